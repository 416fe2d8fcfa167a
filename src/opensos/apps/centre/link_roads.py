"""How cars' messages reach the intake: the MQTT subscriber, and the broker if it is our own."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from opensos.apps.centre.intake import NoSosError
from opensos.edges.broker import BrokerChild
from opensos.edges.mqtt import MqttLine, MqttSettings, mqtt_address
from opensos.edges.net import client_context
from opensos.protocols import link
from opensos.protocols.effects import UserError
from opensos.rules.incident import shown_car

if TYPE_CHECKING:
    import asyncio

    from opensos.apps.centre.intake import Answer, Intake
    from opensos.apps.centre.settings import CentreSettings

log = logging.getLogger(__name__)

_CONNECTING = "connecting"
_EMBEDDED = "embedded"
_PORT = 1883
_RETRY_S = (0.2, 5.0)
"""We are one and not a million: a broker that is back is asked at once."""


class MqttRoad:
    """Hears every car's ``up`` topic and answers on its ``down`` topic."""

    def __init__(self, settings: CentreSettings, intake: Intake) -> None:
        """Look at the settings. Raises UserError if address, file or library cannot be used."""
        self._intake = intake
        self.noise = 0
        self._child: BrokerChild | None = None
        wanted = settings.broker or ""
        name, _, port = wanted.partition(":")
        if name == _EMBEDDED:
            if port and not (port.isascii() and port.isdigit() and int(port) < 65536):
                raise UserError(f"{wanted!r} is no broker such as embedded:1883.")
            self._child = BrokerChild(int(port or _PORT))
            wanted = self._child.url
        secure, _, _ = mqtt_address(wanted)
        tls = None
        if secure:
            files = settings.tls
            ca, cert, key = settings.broker_ca, None, None
            if files is not None:
                cert, key = Path(files.cert), Path(files.key)
            tls = client_context(None if ca is None else Path(ca), cert, key)
        self.url = wanted
        self._line = MqttLine(
            MqttSettings(
                wanted, f"opensos-{settings.name}", link.ALL_UP, tls=tls, retry_s=_RETRY_S
            ),
            self._heard,
            self._changed,
        )
        self.trouble: str | None = _CONNECTING

    async def start(self) -> None:
        """Start the broker, if it is ours, and begin to listen. Raises RoadError."""
        if self._child is not None:
            await self._child.start()
        self._line.start()

    async def close(self) -> None:
        """Stop listening, then the broker."""
        await self._line.close()
        if self._child is not None:
            await self._child.close()

    def _changed(self, why: str | None) -> None:
        if why is None and self.trouble not in {None, _CONNECTING}:
            log.warning("The broker %s is heard again.", self.url)
        elif why is not None and self.trouble in {None, _CONNECTING}:
            log.error("Data-only SOS over MQTT are not heard: %s (%s).", self.url, why)
        self.trouble = why

    def _heard(self, topic: str, payload: bytes) -> None:
        car = link.car_of(topic)
        if car is None:
            self.noise += 1
            return
        try:
            taken = self._intake.take(payload, "mqtt", f"mqtt {shown_car(car)}", car)
        except NoSosError:
            self.noise += 1  # other kinds have other readers
            return
        taken.add_done_callback(lambda done: self._answered(car, done))

    def _answered(self, car: str, done: asyncio.Future[Answer]) -> None:
        if not done.cancelled() and done.result().ack is not None:
            self._line.publish(link.down(car), done.result().ack or b"")
