"""Runs one unit until it is stopped: car or board, page, diagnostic socket, what is printed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import typer
import uvicorn

from opensos.apps.vehicle.cockpit import Cockpit
from opensos.apps.vehicle.config import UnitConfig, car_name
from opensos.apps.vehicle.pretend import PretendOrder, PretendVehicle
from opensos.apps.vehicle.web import create_app
from opensos.apps.vehicle.words import english, journal_text
from opensos.edges.net.tls import client_context
from opensos.edges.outlet import Outlet
from opensos.edges.web.serve import listen
from opensos.protocols.effects import RoadError, UserError
from opensos.sim.scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from opensos.apps.vehicle.box import Box
    from opensos.apps.vehicle.real import RealVehicle
    from opensos.apps.vehicle.tester import DiagOrder
    from opensos.apps.vehicle.unit import Unit
    from opensos.edges.diag import DiagServers
    from opensos.ports import DataPath, VehicleIdentity
    from opensos.protocols.effects import Address
    from opensos.rules.emergency import ButtonSettings

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_HTTP = ("http://", "https://")
_MQTT = ("mqtt://", "mqtts://")
_SAFE = ("https://", "mqtts://")
_RED = "\x1b[1;97;41m"
_PLAIN = "\x1b[0m"


@dataclass(frozen=True, slots=True)
class RunOrder:
    """What ``opensos vehicle run`` was told; ``board`` None = the pretend car."""

    centre: Address
    config: UnitConfig
    journal: Path
    port: int
    as_json: bool
    ca: Path | None
    data_urls: tuple[str, ...]
    button: ButtonSettings
    family: str
    seed: int
    board: Path | None
    diag: DiagOrder | None


def check(order: RunOrder) -> None:
    """Refuse what cannot be, before anything is opened. Raises UserError."""
    if order.config.live and order.board is None:
        raise UserError(
            "--live is refused: the only car here is a pretend one, and a pretend car must never "
            "call an emergency service."
        )
    if order.diag is not None:
        from opensos.apps.vehicle.tester import can_settings, workshop_key  # noqa: PLC0415  # heavy

        workshop_key(order.diag.key)
        if order.diag.can is not None:
            can_settings(order.diag.can)
    for url in order.data_urls:
        _path(url, "car-check", order.ca)
    if order.centre.transport == "tls":
        client_context(order.ca)
    elif order.ca is not None and not any(url.startswith(_SAFE) for url in order.data_urls):
        raise UserError("--ca is whom TLS trusts: nothing here goes by TLS; see --transport.")


async def run_unit(order: RunOrder) -> None:
    """Run until Ctrl-C or SIGTERM. Raises UserError, RoadError."""
    vehicle = _vehicle(order)
    pretend = vehicle if isinstance(vehicle, PretendVehicle) else None
    cockpit = Cockpit(vehicle.box, pretend, english)
    server = _Server(order.port)
    diag: DiagServers | None = None
    outlet = Outlet(typer.echo)
    try:
        server.open()
        vehicle.box.watch(Printer(vehicle.box, as_json=order.as_json, write=outlet))
        await vehicle.start()
        if order.diag is not None:
            from opensos.apps.vehicle.tester import open_diag  # noqa: PLC0415  # heavy

            diag = await open_diag(vehicle, order.diag)
        crash = None if pretend is None else pretend.crash
        server.serve(create_app(cockpit, crash, () if crash is None else SCENARIOS.values()))
        _say_where(order, server.url, diag)
        await server.until_stopped()
    finally:
        if diag is not None:
            await diag.close()
        await vehicle.stop()
        outlet.close()


def _vehicle(order: RunOrder) -> PretendVehicle | RealVehicle:
    if order.board is None:
        pretend = PretendVehicle(
            PretendOrder(
                order.centre,
                order.journal,
                order.config,
                order.ca,
                paths=lambda: _paths(order, pretend.car.identity),
                seed=order.seed,
                family=order.family,
                user="car",
                button=order.button,
            ),
            say,
        )
        return pretend
    from opensos.apps.vehicle.real import RealOrder, RealVehicle  # noqa: PLC0415  # heavy

    real = RealVehicle(
        RealOrder(
            order.board,
            order.centre,
            order.journal,
            order.config,
            order.ca,
            paths=lambda: _paths(order, real.board.identity),
            family=order.family,
            button=order.button,
        ),
        say,
    )
    return real


def _paths(order: RunOrder, identity: VehicleIdentity) -> tuple[DataPath, ...]:
    vin = order.config.vin
    name = car_name(identity if vin is None else replace(identity, vin=vin))
    return tuple(_path(url, name, order.ca) for url in order.data_urls)


def _path(url: str, car: str, ca: Path | None) -> DataPath:
    """Make a path of data; each kind is loaded only where it is asked for. Raises UserError."""
    if url.startswith(_HTTP):
        from opensos.edges.data_https import HttpsPath, HttpsSettings  # noqa: PLC0415

        return HttpsPath(HttpsSettings(url, ca=ca))
    if url.startswith(_MQTT):
        from opensos.edges.data_mqtt import MqttPath, MqttPathSettings  # noqa: PLC0415

        return MqttPath(MqttPathSettings(url, car, ca=ca))
    raise UserError(
        f"{url!r} is no way for data: write https://…, mqtts://…, or http://127.0.0.1:8112."
    )


def _say_where(order: RunOrder, url: str, diag: DiagServers | None) -> None:
    host = order.centre.host
    if order.config.live:
        say_red("LIVE: this unit calls a real emergency centre.")
    elif host not in _LOOPBACK:
        say(f"Test calls go to {host}, which is not this machine.")
    mode = "live" if order.config.live else "in test mode"
    say(f"The unit runs {mode}. Its page: {url}/car. Stop it with Ctrl-C.")
    for road, address in () if diag is None else (("hsfz", diag.hsfz), ("doip", diag.doip)):
        if address is not None:
            say(f"A tester finds the car at {road}://{address.host}:{address.port}")
    if order.diag is not None and order.diag.can is not None:
        say(f"A tester finds the car on the bus {order.diag.can}, by ISO-TP")


class _Server:
    """uvicorn in our own loop, with our own way to stop."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None
        self.url = ""

    def open(self) -> None:
        """Bind before anything is said, so that a port in use is one clear sentence."""
        try:
            self._socket = listen("127.0.0.1", self._port)
        except RoadError as error:
            raise RoadError(
                f"Port {self._port} is in use: is another unit running? Choose one with --port."
            ) from error
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def serve(self, application: Any) -> None:
        """Answer from now on."""
        config = uvicorn.Config(
            application,
            log_level="warning",
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        # serve() would take the signals for itself.
        serving = self._server._serve(sockets=[self._socket])  # noqa: SLF001
        self._task = asyncio.get_running_loop().create_task(serving)

    async def until_stopped(self) -> None:
        """Wait for Ctrl-C or SIGTERM."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop)
        if self._task is not None:
            await self._task

    def _stop(self) -> None:
        if self._server is not None:
            self._server.should_exit = True


class Printer:
    """Prints each new line of the journal once, through every restart of the unit."""

    def __init__(
        self, box: Box, *, as_json: bool, write: Callable[[str], None] = typer.echo
    ) -> None:
        self._box = box
        self._as_json = as_json
        self._write = write
        self._unit: Unit | None = None
        self._printed = 0

    def __call__(self) -> None:
        """Look for new lines."""
        unit = self._box.unit
        if unit is None:
            return
        if unit is not self._unit:
            self._unit, self._printed = unit, 0
        fresh = unit.diary.after(self._printed)
        self._printed = unit.diary.count
        for line in fresh:
            values = line.to_json()
            text = json.dumps(values, ensure_ascii=False) if self._as_json else journal_line(values)
            self._write(text)


def journal_line(line: Mapping[str, Any]) -> str:
    """Return a line of the journal for a terminal."""
    return f"{line.get('at')}  {journal_text(str(line.get('text_key')), line.get('data') or {})}"


def say(sentence: str) -> None:
    """Tell a person something that is no data."""
    typer.echo(sentence, err=True)


def say_red(sentence: str) -> None:
    """Tell a person something that nobody must overlook; NO_COLOR and pipes get it plain."""
    loud = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    say(f"{_RED} {sentence} {_PLAIN}" if loud else sentence)
