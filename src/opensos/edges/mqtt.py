"""One MQTT connection that holds by itself; car and centre both hang on one.

paho-mqtt carries it, in one thread. Only what MQTT 3.1.1 and 5 share is used. After each broken
connection a new client is made, so that nothing of the old one is sent behind our back; what must
arrive is repeated by whoever waits for an acknowledgement of his own.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
import random
import socket
import ssl
import threading
import time
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from opensos.protocols.effects import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

_KEEPALIVE_S = 30
_IDLE_S = 10.0
"""Longest wait of the thread while nothing happens; well below the keep-alive."""

_PATIENCE_S = 5.0
"""How long a broker may take to connect, greet and subscribe us."""

_IN_FLIGHT = 2_000


@dataclass(frozen=True, slots=True)
class MqttSettings:
    """How a broker is reached.

    Attributes:
        url: ``mqtts://broker.example:8883``, or ``mqtt://`` without TLS.
        client_id: our name at the broker; a second client of that name throws the first out.
        subscribe: the topic to hear.
        tls: context for ``mqtts``.
        username, password: for brokers that want them.
        version: 4 = MQTT 3.1.1, 5 = MQTT 5.
        retry_s: shortest and longest span from which the pause before a new try is drawn; the
            longest is what keeps a million cars from coming back in the same second.
    """

    url: str
    client_id: str
    subscribe: str
    tls: ssl.SSLContext | None = None
    username: str | None = None
    password: str | None = None
    version: int = 4
    retry_s: tuple[float, float] = (1.0, 300.0)


def mqtt_address(url: str) -> tuple[bool, str, int]:
    """Return whether TLS is asked for, host and port of an ``mqtt(s)://`` URL. Raises UserError."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UserError(f"{url!r} is no address of a broker: {error}.") from error
    if host is None or parts.scheme not in {"mqtt", "mqtts"} or parts.username is not None:
        raise UserError(f"{url!r} is no address such as mqtts://broker.example:8883.")
    secure = parts.scheme == "mqtts"
    return secure, host, port or (8883 if secure else 1883)


class MqttLine:
    """Holds the connection from ``start`` to ``close``.

    ``heard(topic, payload)`` gets each message, ``changed(why)`` is called when the line becomes
    usable (None) and when it breaks or a try fails (the reason: ``address``, ``unreachable``,
    ``tls``, ``silence``, ``not_allowed``, ``lost``). Both on the event loop that ``start`` ran on.
    """

    def __init__(
        self,
        settings: MqttSettings,
        heard: Callable[[str, bytes], None],
        changed: Callable[[str | None], None],
    ) -> None:
        """Look at the settings. Raises UserError if they or the library cannot be used."""
        secure, self._host, self._port = mqtt_address(settings.url)
        if secure != (settings.tls is not None):
            raise UserError("mqtts:// needs a TLS authority, and mqtt:// takes none.")
        if importlib.util.find_spec("paho") is None:
            raise UserError("MQTT needs paho-mqtt: pip install 'opensos[mqtt]'.")
        self._settings = settings
        self._heard, self._changed = heard, changed
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._client: Any = None
        self._hurry = threading.Event()
        self._closing = threading.Event()
        self._arrived: deque[tuple[str, bytes]] = deque()
        self._why = "unreachable"
        self.ready = False
        """Whether we are connected and subscribed (as the event loop was told)."""

    def start(self) -> None:
        """Begin to connect; to be called on the event loop."""
        if self._thread is not None or self._closing.is_set():
            return
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="opensos-mqtt", daemon=True)
        self._thread.start()

    def hurry(self) -> None:
        """Try at once, if we are waiting before the next try: somebody needs help."""
        self._hurry.set()

    def publish(self, topic: str, payload: bytes) -> bool:
        """Hand a message to the broker (QoS 1); False while the line is not usable."""
        client = self._client
        if client is None or not self.ready:
            return False
        return int(client.publish(topic, payload, qos=1).rc) == 0

    async def close(self) -> None:
        """Say good-bye and let go."""
        self._closing.set()
        self.ready = False
        self._hurry.set()
        client = self._client
        if client is not None:
            client.disconnect()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, _PATIENCE_S)

    # --- the thread -----------------------------------------------------------------------------

    def _run(self) -> None:
        shortest, longest = self._settings.retry_s
        span = shortest
        while not self._closing.is_set():
            self._why = "lost"
            span = shortest if self._held() else min(span * 2, longest)
            if self._closing.is_set():
                return
            self._say(partial(self._now, self._why))
            self._hurry.wait(random.uniform(0.0, span))  # noqa: S311  # to spread cars, no secret
            self._hurry.clear()

    def _held(self) -> bool:
        """Hold the line, whatever a broker sends: bytes that the library falls over end it only."""
        try:
            return self._hold()
        except Exception:
            log.exception("The line to %s broke by a mistake.", self._settings.url)
            return False

    def _hold(self) -> bool:
        """Connect and stay connected as long as it lasts; whether the line became usable."""
        held = threading.Event()
        client = self._new_client(held)
        try:
            if self._connect(client):
                self._client = client
                self._serve(client, held)
        finally:
            self._client = None
            if (sock := client.socket()) is not None:
                sock.close()
        return held.is_set()

    def _connect(self, client: Any) -> bool:
        try:
            client.connect(self._host, self._port, _KEEPALIVE_S)
        except (ssl.SSLError, ssl.CertificateError):
            self._why = "tls"
        except TimeoutError:
            self._why = "silence"
        except socket.gaierror:
            self._why = "address"
        except (OSError, ValueError):
            self._why = "unreachable"
        else:
            return True
        return False

    def _serve(self, client: Any, held: threading.Event) -> None:
        until = time.monotonic() + _PATIENCE_S
        with contextlib.suppress(OSError):
            while client.loop(_IDLE_S if held.is_set() else _PATIENCE_S / 10) == 0:
                if self._closing.is_set():
                    client.loop(_PATIENCE_S / 10)  # carries our good-bye
                    return
                if not held.is_set() and time.monotonic() > until:
                    self._why = "silence"
                    return

    def _new_client(self, held: threading.Event) -> Any:
        # Loaded here: an idle unit without MQTT must not carry it.
        from paho.mqtt.client import Client  # noqa: PLC0415
        from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion  # noqa: PLC0415

        settings = self._settings
        version = MQTTProtocolVersion(settings.version)
        client = Client(
            CallbackAPIVersion.VERSION2,
            settings.client_id,
            clean_session=True if version == MQTTProtocolVersion.MQTTv311 else None,
            protocol=version,
            reconnect_on_failure=False,
        )
        client.connect_timeout = _PATIENCE_S
        client.max_inflight_messages_set(_IN_FLIGHT)
        if settings.tls is not None:
            client.tls_set_context(settings.tls)
        if settings.username is not None:
            client.username_pw_set(settings.username, settings.password)
        client.on_socket_open = _no_delay
        # With this set, only our thread writes to the socket, whoever publishes.
        client.on_socket_register_write = lambda *_: None
        client.on_connect = self._greeted
        client.on_subscribe = partial(self._subscribed, held)
        client.on_message = self._took
        return client

    def _greeted(self, client: Any, _data: Any, _flags: Any, code: Any, _props: Any) -> None:
        if code.is_failure:
            self._why = "not_allowed"
            client.disconnect()
        else:
            client.subscribe(self._settings.subscribe, qos=1)

    def _subscribed(
        self, held: threading.Event, client: Any, _data: Any, _mid: Any, codes: Any, _props: Any
    ) -> None:
        if any(code.is_failure for code in codes):
            self._why = "not_allowed"
            client.disconnect()
            return
        held.set()
        self._say(partial(self._now, None))

    def _took(self, _client: Any, _data: Any, message: Any) -> None:
        # One wake-up of the loop for all that came meanwhile.
        first = not self._arrived
        self._arrived.append((message.topic, bytes(message.payload)))
        if first:
            self._say(self._deliver)

    def _say(self, call: Callable[[], None]) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is gone, and with it who listened
                self._loop.call_soon_threadsafe(call)

    # --- the event loop -------------------------------------------------------------------------

    def _now(self, why: str | None) -> None:
        if self._closing.is_set():
            return
        self.ready = why is None
        self._changed(why)

    def _deliver(self) -> None:
        while self._arrived:
            topic, payload = self._arrived.popleft()
            if self._closing.is_set():
                continue
            try:
                self._heard(topic, payload)
            except Exception:
                # What comes after it must be heard: nothing would call us again for it.
                log.exception("A message on %s could not be taken.", topic)


def _no_delay(_client: Any, _data: Any, sock: Any) -> None:
    # 44 ms to the acknowledgement with Nagle's algorithm, 1 ms without.
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
