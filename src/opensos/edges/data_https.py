"""The path of a data-only SOS over HTTPS: one POST, answered with the centre's acknowledgement.

The standard library's client in a thread of its own for each offer, none while nothing is offered:
a library with a pool would cost the idle unit more memory than all the rest of this file's work.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import ssl
import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from opensos.edges.net.loopback import is_loopback_host
from opensos.edges.net.tls import client_context
from opensos.edges.offers import Offers
from opensos.protocols.effects import UserError
from opensos.protocols.link import MEDIA_TYPE, MOST_BYTES, SOS_PATH, decode, read_ack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from opensos.ports import DataReport

_MOST = 4
"""Requests at once; a road that hangs in the name service can hold a thread for a while."""

_LATE_S = 20.0
"""How long after its time an offer's answer is still waited for."""


@dataclass(frozen=True, slots=True)
class HttpsSettings:
    """Where the centre is and how it proves itself.

    Attributes:
        url: ``https://centre.example:8443``; plain ``http`` to this machine only.
        ca: PEM file of the authority that is trusted; None = the system's.
        cert: PEM file with which the car proves itself, ``key`` its key; None = it does not.
    """

    url: str
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None


class HttpsPath:
    """Keeps the port ``DataPath``.

    Reasons in its reports: ``address``, ``unreachable``, ``tls``, ``silence``, ``status_NNN``,
    ``no_acknowledgement``, ``busy``, ``closed``.
    """

    name = "https"

    def __init__(self, settings: HttpsSettings) -> None:
        """Look at the settings; nothing is opened yet.

        Raises:
            UserError: the address or a file cannot be used, or plain HTTP would leave the machine.
        """
        try:
            url = urlsplit(settings.url)
            host, port = url.hostname, url.port
        except ValueError as error:
            raise UserError(f"{settings.url!r} is no address of a centre: {error}.") from error
        if host is None or url.scheme not in {"http", "https"} or url.username is not None:
            raise UserError(f"{settings.url!r} is no address such as https://centre.example.")
        self._context: ssl.SSLContext | None = None
        if url.scheme == "https":
            self._context = client_context(settings.ca, settings.cert, settings.key)
        elif not is_loopback_host(host):
            raise UserError("An SOS leaves this machine encrypted only: use https.")
        self._host, self._port = host, port
        self._target = url.path.rstrip("/") + SOS_PATH
        self._offers = Offers()
        self._requests: set[http.client.HTTPConnection] = set()

    def listen(self, tell: Callable[[DataReport], None]) -> None:
        """Say where reports go."""
        self._offers.listen(tell)

    def offer(self, message_id: str, envelope: bytes, timeout_s: float) -> None:
        """Post the message once; see the port."""
        loop = asyncio.get_running_loop()
        self._offers.begin(message_id, timeout_s, lambda: "silence")
        if len(self._requests) >= _MOST:
            loop.call_soon(self._offers.failed, message_id, "busy")
            return
        patience = timeout_s + _LATE_S
        connection = self._connection(patience)
        self._requests.add(connection)
        watchdog = loop.call_later(patience, _hang_up, connection)

        def ended(why: str | None) -> None:
            watchdog.cancel()
            self._requests.discard(connection)
            if why is None:
                self._offers.delivered(message_id)
            else:
                self._offers.failed(message_id, why)

        def work() -> None:
            why = self._post(connection, message_id, envelope)
            with contextlib.suppress(RuntimeError):  # the loop is gone, and with it who asked
                loop.call_soon_threadsafe(partial(ended, why))

        try:
            threading.Thread(target=work, name="opensos-https", daemon=True).start()
        except RuntimeError:  # no more threads to be had
            loop.call_soon(ended, "busy")

    async def close(self) -> None:
        """End what is under way."""
        self._offers.close()
        for connection in tuple(self._requests):
            _hang_up(connection)

    def _connection(self, timeout_s: float) -> http.client.HTTPConnection:
        if self._context is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=timeout_s)
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=timeout_s, context=self._context
        )

    def _post(
        self, connection: http.client.HTTPConnection, message_id: str, envelope: bytes
    ) -> str | None:
        """Return None once the centre has acknowledged, else the reason why it has not."""
        try:
            headers = {"Content-Type": MEDIA_TYPE, "Connection": "close"}
            connection.request("POST", self._target, envelope, headers)
            answer = connection.getresponse()
            body = answer.read(MOST_BYTES + 1)
            if answer.status != http.client.OK:
                return f"status_{answer.status}"
            acknowledged = read_ack(decode(body)).id == message_id
        except (ssl.SSLError, ssl.CertificateError):
            return "tls"
        except TimeoutError:
            return "silence"
        except OSError as error:
            return "address" if type(error).__name__ == "gaierror" else "unreachable"
        except Exception:  # noqa: BLE001  # a thread that dies here would be waited for for ever
            return "no_acknowledgement"
        finally:
            connection.close()
        return None if acknowledged else "no_acknowledgement"


def _hang_up(connection: http.client.HTTPConnection) -> None:
    """Make a thread that waits on this connection end."""
    sock = connection.sock
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.shutdown(2)
