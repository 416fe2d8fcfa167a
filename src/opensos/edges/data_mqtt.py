"""The path of a data-only SOS over MQTT: up on the car's own topic, the answer on its down topic.

A broker's PUBACK decides nothing: brokers lose acknowledged messages when they are killed. Only
the centre's own acknowledgement ends an offer well.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.edges.mqtt import MqttLine, MqttSettings, mqtt_address
from opensos.edges.net.loopback import is_loopback_host
from opensos.edges.net.tls import client_context
from opensos.edges.offers import Offers
from opensos.protocols.effects import RemoteError, UserError
from opensos.protocols.link import SOS_ACK, decode, down, read_ack, up

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from opensos.ports import DataReport


@dataclass(frozen=True, slots=True)
class MqttPathSettings:
    """Where the broker is and how both sides prove themselves.

    Attributes:
        url: ``mqtts://broker.example:8883``; plain ``mqtt`` to this machine only.
        car: the car's name in topics and at the broker.
        ca: PEM file of the authority that is trusted; None = the system's.
        cert: PEM file with which the car proves itself, ``key`` its key.
        username, password: for brokers that want them.
        version: 4 = MQTT 3.1.1, 5 = MQTT 5.
        retry_s: shortest and longest span of the pause before a new connection.
    """

    url: str
    car: str
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    username: str | None = None
    password: str | None = None
    version: int = 4
    retry_s: tuple[float, float] = (1.0, 300.0)


class MqttPath:
    """Keeps the port ``DataPath``; connects when it is listened to, and stays connected.

    Reasons in its reports: those of ``MqttLine``, ``silence``, ``closed``.
    """

    name = "mqtt"

    def __init__(self, settings: MqttPathSettings) -> None:
        """Look at the settings; nothing is opened yet.

        Raises:
            UserError: address, file or library cannot be used, or it would go unencrypted.
            LocalError: the car's name cannot stand in a topic.
        """
        secure, host, _ = mqtt_address(settings.url)
        if not secure and not is_loopback_host(host):
            raise UserError("An SOS leaves this machine encrypted only: use mqtts.")
        self._up = up(settings.car)
        self._line = MqttLine(
            MqttSettings(
                url=settings.url,
                client_id=settings.car,
                subscribe=down(settings.car),
                tls=client_context(settings.ca, settings.cert, settings.key) if secure else None,
                username=settings.username,
                password=settings.password,
                version=settings.version,
                retry_s=settings.retry_s,
            ),
            self._heard,
            self._changed,
        )
        self._offers = Offers()
        self._waiting: dict[str, bytes] = {}
        self._why: str | None = None

    def listen(self, tell: Callable[[DataReport], None]) -> None:
        """Say where reports go, and begin to connect if an event loop runs already."""
        self._offers.listen(tell)
        with contextlib.suppress(RuntimeError):
            asyncio.get_running_loop()
            self._line.start()

    def offer(self, message_id: str, envelope: bytes, timeout_s: float) -> None:
        """Publish the message once; see the port."""
        self._line.start()
        self._offers.begin(message_id, timeout_s, self._reason)
        self._waiting[message_id] = envelope
        if not self._line.publish(self._up, envelope):
            self._line.hurry()

    async def close(self) -> None:
        """Let go of the broker."""
        self._offers.close()
        await self._line.close()

    def _reason(self) -> str:
        return "silence" if self._line.ready else self._why or "silence"

    def _changed(self, why: str | None) -> None:
        """Take the news that the line is usable (None) or why it is not."""
        before, self._why = self._why, why
        still = self._offers.waiting
        self._waiting = {name: data for name, data in self._waiting.items() if name in still}
        if why is None:
            for envelope in self._waiting.values():
                self._line.publish(self._up, envelope)
        elif why == "lost" and before is None:
            if still:
                self._line.hurry()  # it may be back within the offer's time
        else:
            for message_id in still:
                self._offers.failed(message_id, why)

    def _heard(self, topic: str, payload: bytes) -> None:
        del topic
        try:
            envelope = decode(payload)
            if envelope.kind == SOS_ACK:
                self._offers.delivered(read_ack(envelope).id)
        except RemoteError:
            return  # no acknowledgement: the offer's time goes on
