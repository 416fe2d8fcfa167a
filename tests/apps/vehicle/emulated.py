"""A board whose every part is a file, a FIFO, a pseudo-terminal or a virtual bus; and a centre."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import can

from opensos.apps.centre import Centre, create_app
from opensos.apps.vehicle import UnitConfig
from opensos.apps.vehicle.real import RealOrder, RealVehicle
from opensos.edges.clock import SystemClock
from opensos.edges.input_button import EVENT, KEY_SOS
from opensos.edges.web.serve import listen, serve
from opensos.protocols.effects import Address
from opensos.rules.emergency import ButtonSettings, Settings
from opensos.sim.modem_pty import PtyModem
from opensos.sim.modem_radio import Identity, ModemWorld
from tests.centre import running, settings_for
from tests.edges.iio_tree import fifo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from opensos.apps.vehicle.unit import Unit
    from opensos.ports import Clock, DataPath
    from opensos.rules.emergency.ladder import LadderSettings

QUICK = Settings(cancel_window_s=0, redial_delays_s=(0.0, 0.0, 0.05, 0.05))
SHORT_HOLD = ButtonSettings(hold_s=0.2)
BUS = "emulated-board"


@dataclass
class Emulated:
    """The far ends of a board's parts."""

    folder: Path
    pty: PtyModem
    gnss: int
    button: int
    file: Path = field(init=False)

    @classmethod
    def made(cls, folder: Path) -> Emulated:
        """Make files, FIFOs and the modem's terminal; to be called on the running loop."""
        folder.mkdir(exist_ok=True)
        pty = PtyModem(ModemWorld(identity=Identity(maker="telit")), folder / "modem")
        pty.plug_in()
        self = cls(folder, pty, fifo(folder / "gnss"), fifo(folder / "event0"))
        for name, files in {
            "bq": {"present": "1", "voltage_now": "3900000", "temp": "215", "capacity": "80"},
            "mains": {"online": "1", "voltage_now": "12400000"},
            "sos-red": {"max_brightness": "1", "brightness": "0", "trigger": "[none] timer"},
        }.items():
            (folder / name).mkdir()
            for file, text in files.items():
                (folder / name / file).write_text(text + "\n")
        self.file = folder / "board.toml"
        self.file.write_text(_text(folder))
        return self

    def press(self, *, down: bool) -> None:
        """Press or release the input device's SOS key."""
        os.write(self.button, EVENT.pack(0, 0, 1, KEY_SOS, int(down)))

    def frame(self, number: int, *data: int) -> bool:
        """Send one frame as the car would; false, so that who waits goes on waiting."""
        with can.Bus(interface="virtual", channel=BUS) as bus:
            bus.send(can.Message(arbitration_id=number, data=bytes(data), is_extended_id=False))
        return False

    def close(self) -> None:
        """Take everything away."""
        self.pty.unplug()
        for end in (self.gnss, self.button):
            os.close(end)


def _text(folder: Path) -> str:
    return f"""
        [car]
        vin = "ZZ9TESTS6RA000001"
        [gnss]
        kind = "nmea"
        path = "{folder}/gnss"
        [modem]
        kind = "serial"
        path = "{folder}/modem"
        poll_s = 1.0
        [supply]
        kind = "power_supply"
        name = "mains"
        sysfs = "{folder}"
        [battery]
        name = "bq"
        sysfs = "{folder}"
        [button]
        path = "{folder}/event0"
        [lamp]
        sysfs = "{folder}"
        red = "sos-red"
        [can]
        interface = "virtual"
        channel = "{BUS}"
        airbag = {{ id = 0x320, fired = {{ byte = 0, value = 1 }} }}
        ignition = {{ id = 0x130, byte = 0, mask = 1, value = 1 }}
        engine = {{ id = 0x130, byte = 0, mask = 2, value = 2 }}
        speed = {{ id = 0x131, byte = 0, length = 1, scale = 1.0 }}
    """


@dataclass
class LeapingClock(SystemClock):
    """A machine that was looked away from for a while: all its clocks go on at once."""

    leap_s: float = 0.0

    def now(self) -> float:
        return super().now() + self.leap_s

    def utc(self) -> float:
        return super().utc() + self.leap_s


def closed_port() -> int:
    """Return a UDP port of this machine where nobody listens."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


NOBODY = Address("udp", "127.0.0.1", 9)


@contextlib.asynccontextmanager
async def centre_with_page(data: Path) -> AsyncIterator[tuple[Centre, str]]:
    """Run a centre and its page; give both."""
    async with running(settings_for(data)) as centre:
        sock = listen("127.0.0.1", 0)
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        stopping = asyncio.Event()
        page = asyncio.create_task(serve(create_app(centre), sock, stopping, lambda _: None))
        try:
            yield centre, url
        finally:
            stopping.set()
            await page


@contextlib.asynccontextmanager
async def real_vehicle(
    board: Path,
    journal: Path,
    centre: Address = NOBODY,
    *,
    paths: Callable[[], tuple[DataPath, ...]] = tuple,
    ladder: LadderSettings | None = None,
    clock: Clock | None = None,
    said: Callable[[str], None] | None = None,
) -> AsyncIterator[RealVehicle]:
    """Run a unit on a board."""
    config = UnitConfig(procedure=QUICK, poll_s=0.01)
    order = RealOrder(board, centre, journal, config, paths=paths, button=SHORT_HOLD, ladder=ladder)
    vehicle = RealVehicle(order, said, clock)
    try:
        await vehicle.start()
        yield vehicle
    finally:
        await vehicle.stop()


def keys(unit: Unit) -> list[str]:
    """Return the text keys of a unit's journal."""
    return [line.text_key for line in unit.diary.lines]
