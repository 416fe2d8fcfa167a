"""A whole board from one file: the example, boards with little, and files that cannot be."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import can
import pytest

from opensos.edges.board import Board, PartFound, describe, open_board
from opensos.edges.clock import SystemClock
from opensos.edges.input_button import EVENT, KEY_SOS
from opensos.ports import Car, Parts, Seat
from opensos.protocols.effects import UserError
from opensos.rules.crash.samples import EMPTY, UNKNOWN_RANGE
from opensos.rules.readiness.readings import (
    AntennaReading,
    Circuit,
    SetupReading,
    SimCard,
    SupplyReading,
    VehicleReading,
)
from tests.edges.clocks import StillClock
from tests.edges.iio_tree import G_COUNTS, SCAN, accelerometer, fifo
from tests.edges.nmea_log import LATITUDE, second, sentence
from tests.edges.waiting import until
from tests.shared import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

CAR = '[car]\nvin = "ZZ9TESTS6RA000001"\n'
EXAMPLE = ROOT / "examples" / "board-raspberry-pi.toml"


def with_board(
    path: Path, story: Callable[[Board], Coroutine[object, object, None]], *, utc: float = 1.8e9
) -> None:
    async def whole() -> None:
        async with await open_board(path, StillClock(utc=utc)) as board:
            await story(board)

    asyncio.run(whole())


def written(directory: Path, text: str) -> Path:
    path = directory / "board.toml"
    path.write_text(text)
    return path


def refused(directory: Path, text: str) -> str:
    async def story() -> None:
        await open_board(written(directory, text), StillClock())

    with pytest.raises(UserError) as error:
        asyncio.run(story())
    return str(error.value)


def found(board: Board, part: str, now: float = 100.0) -> PartFound:
    return next(one for one in describe(board, now) if one.part == part)


# --- a board with nothing ------------------------------------------------------------------------


def test_a_board_without_any_part_answers_every_question(tmp_path: Path) -> None:
    async def story(board: Board) -> None:
        now = 100.0
        car: Car = board
        parts: Parts = board
        assert car.identity.vin == "ZZ9TESTS6RA000001"
        assert car.full_scale == UNKNOWN_RANGE
        assert car.fix(now) is None
        assert car.recent(now) == ()
        assert car.acceleration(now) == EMPTY
        assert car.airbag_fired_at(now) is None
        assert car.seats(now) == ()
        assert car.occupants(now) is None
        assert car.ignition_on(now) is None
        assert car.supply(now) == SupplyReading(None, None, None)
        assert car.sim_card(now) == SimCard("absent")
        assert car.utc(now) == 1.8e9
        answers = (
            parts.modem(now),
            parts.receiver(now),
            parts.antennas(now),
            parts.backup(now),
            parts.audio(now),
            parts.button(now),
            parts.lamp(now),
            parts.airbag_line(now),
            parts.bus(now),
            parts.setup(now),
            parts.software(now),
            parts.reference_utc(now),
        )
        assert all(answer is None for answer in answers)
        assert parts.vehicle(now) == VehicleReading()
        parts.use_antenna("emergency", now)
        parts.test_tone(now)
        parts.play("dialling", now)
        parts.show("red_steady", now)
        lines = describe(board, now)
        assert [one.part for one in lines if one.state != "absent"] == ["car"]
        assert "TESTS6RA000" not in lines[0].words

    with_board(written(tmp_path, CAR), story)


def test_a_clock_that_was_never_set_is_not_set(tmp_path: Path) -> None:
    async def story(board: Board) -> None:
        assert board.utc(100.0) is None

    with_board(written(tmp_path, CAR), story, utc=3600.0)


# --- the example ---------------------------------------------------------------------------------


def test_the_example_opens_where_none_of_its_hardware_is_there() -> None:
    async def story(board: Board) -> None:
        states = {one.part: one.state for one in describe(board, 100.0)}
        assert "absent" not in states.values()
        assert states["gnss"] == states["accelerometer"] == states["modem"] == "silent"
        assert states["supply"] == states["battery"] == states["antenna"] == "silent"
        assert states["button"] == "faulty"
        assert board.identity.propulsion == ("gasoline_tank_present",)
        assert board.vehicle(100.0).country == "DE"
        assert board.setup(100.0) is not None
        reading = board.button(100.0)
        assert reading is not None
        assert reading.fitted is False
        assert board.seats(100.0) == (Seat("driver", None, None),)
        assert board.occupants(100.0) is None
        for one in describe(board, 100.0):
            assert one.words.endswith(".")

    with_board(EXAMPLE, story)


# --- a board of files, FIFOs and a virtual bus ---------------------------------------------------


def emulated(directory: Path) -> tuple[Path, dict[str, int]]:
    """Write a board whose every part is a file or FIFO; return its file and the writing ends."""
    ends = {name: fifo(directory / name) for name in ("gnss", "event0", "iio:device0.fifo")}
    (directory / "dev").mkdir()
    (directory / "dev" / "iio:device0").symlink_to(directory / "iio:device0.fifo")
    accelerometer(directory, in_voltage1_raw="1200", in_voltage1_scale="1.0")
    for name, files in {
        "bq": {"present": "1", "voltage_now": "3900000", "temp": "215", "capacity": "80"},
        "mains": {"online": "1", "voltage_now": "12400000"},
        "sos-red": {"max_brightness": "1", "brightness": "0", "trigger": "[none] timer"},
    }.items():
        (directory / name).mkdir()
        for file, text in files.items():
            (directory / name / file).write_text(text + "\n")
    text = f"""{CAR}
        [gnss]
        kind = "nmea"
        path = "{directory}/gnss"
        [accelerometer]
        kind = "iio"
        name = "adxl375"
        sysfs = "{directory}"
        dev = "{directory}/dev"
        matrix = [[1, 0, 0], [0, -1, 0], [0, 0, -1]]
        [supply]
        kind = "power_supply"
        name = "mains"
        sysfs = "{directory}"
        [battery]
        name = "bq"
        sysfs = "{directory}"
        installed = 2024-05-17
        [[antenna]]
        name = "main"
        device = "iio:device0"
        sysfs = "{directory}"
        channel = "in_voltage1"
        short_below_mv = 300
        open_above_mv = 3000
        [audio]
        playback = "null"
        [button]
        path = "{directory}/event0"
        [lamp]
        sysfs = "{directory}"
        red = "sos-red"
        [can]
        interface = "virtual"
        channel = "board"
        airbag = {{ id = 0x320, fired = {{ byte = 0, value = 1 }} }}
        ignition = {{ id = 0x130, byte = 0, mask = 1, value = 1 }}
        [[can.seat]]
        name = "driver"
        occupied = {{ id = 0x130, byte = 0, mask = 2, value = 2 }}
        [software]
        version = "1.0"
        [setup]
        coded = true
        certificate_until = 2030-01-01
    """
    return written(directory, text), ends


def test_an_emulated_board_works_in_every_part(tmp_path: Path) -> None:
    path, ends = emulated(tmp_path)

    async def story(board: Board, now: Callable[[], float]) -> None:
        os.write(ends["gnss"], b"".join(map(second, range(12))))
        os.write(ends["gnss"], sentence("GPTXT,01,01,02,ANTSTATUS=OPEN"))
        os.write(ends["event0"], EVENT.pack(0, 0, 1, KEY_SOS, 1))
        os.write(ends["iio:device0.fifo"], SCAN.pack(0, 0, G_COUNTS, round(now() * 1e9)))
        board.show("red_steady", now())
        with can.Bus(interface="virtual", channel="board") as car:
            await until(lambda: found(board, "can", now()).state != "silent" or _send(car))
            await until(lambda: board.airbag_fired_at(now()) or _send(car))
        await until(lambda: len(board.recent(now())) == 2)
        await until(lambda: (button := board.button(now())) and button.pressed)
        await until(lambda: board.supply(now()).main_v == 12.4)
        await until(lambda: board.supply(now()).backup_v == 3.9)
        await until(lambda: len(board.antennas(now()) or ()) == 2)
        await until(lambda: (tmp_path / "sos-red" / "brightness").read_text() == "1\n")
        await until(lambda: (board.acceleration(now()).az or [0])[-1] < -0.99)
        check(board, now())

    async def whole() -> None:
        clock = SystemClock()
        async with await open_board(path, clock) as board:
            await story(board, clock.now)
        for end in ends.values():
            os.close(end)

    asyncio.run(whole())


def _send(car: can.BusABC) -> bool:
    """Send the car's frames once more; false, so that whoever waits goes on waiting."""
    car.send(can.Message(arbitration_id=0x320, data=b"\x01", is_extended_id=False))
    car.send(can.Message(arbitration_id=0x130, data=b"\x03", is_extended_id=False))
    return False


def check(board: Board, now: float) -> None:
    fix = board.fix(now)
    assert fix is not None
    assert fix.latitude == pytest.approx(LATITUDE, abs=1e-6)
    assert board.antennas(now) == (
        AntennaReading("main", Circuit.OK, 1200),
        AntennaReading("gnss", Circuit.OPEN),
    )
    backup = board.backup(now)
    assert backup is not None
    assert (backup.temperature_c, backup.installed_utc) == (21.5, 1_715_904_000.0)
    assert board.ignition_on(now) is True
    assert board.occupants(now) == 1
    assert board.setup(now) == SetupReading(coded=True, certificate_until_utc=1_893_456_000.0)
    assert board.reference_utc(now) is not None
    states = {one.part: one.state for one in describe(board, now)}
    assert states.pop("modem") == "absent"
    assert states.pop("antenna") == "faulty"
    assert states.pop("audio") == "silent"  # not tested yet
    assert set(states.values()) == {"works"}, describe(board, now)


# --- files that cannot be ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "board.toml: The board's file must have a table [car] with the VIN."),
        ("[car]", "board.toml: The board's file must say car.vin or car.vin_file."),
        (
            '[car]\nvin = "SHORT"',
            "board.toml: The car's VIN must be 17 characters, digits and capitals without I, O, Q.",
        ),
        (
            '[car]\nvin_file = "/nowhere/vin"',
            "board.toml: /nowhere/vin (car.vin_file) cannot be read as a VIN.",
        ),
        (
            CAR + 'country = "Germany"',
            "board.toml: car.country must be two capitals (ISO 3166), as in DE.",
        ),
        (CAR + "[gnss]", "board.toml: gnss.kind is missing."),
        (
            CAR + '[gnss]\nkind = "galileo"',
            "board.toml: gnss.kind may be gpsd or nmea, not 'galileo'.",
        ),
        (
            CAR + '[gnss]\nkind = "gpsd"\nprot = 1',
            "board.toml: gnss.prot is no key here; known are device, host, kind, port.",
        ),
        (
            CAR + '[gnss]\nkind = "gpsd"\nport = 99999',
            "board.toml: gnss.port must lie between 1 and 65535.",
        ),
        (CAR + "[accelerator]\nx = 1", "board.toml: accelerator is no key here; known are "),
        (
            CAR + '[accelerometer]\nkind = "iio"\ndevice = "x"\nmatrix = [[1,0,0],[1,0,0],[0,0,1]]',
            "board.toml: accelerometer.matrix is no rotation: its rows must be at right angles ",
        ),
        (
            CAR + '[accelerometer]\nkind = "stream"',
            "board.toml: accelerometer.path or host and port must say where the samples come from.",
        ),
        (
            CAR + '[can]\nchannel = "can0"\nairbag = { id = 0x320 }',
            "board.toml: can.airbag.fired is missing: without it the line tells no crash.",
        ),
        (
            CAR + '[can]\nchannel = "can0"\nignition = { id = 0x800, byte = 0, value = 1 }',
            "board.toml: can.ignition.id must lie between 0 and 2047.",
        ),
        (
            CAR + '[can]\nchannel = "c"\nengine = { id = 1, byte = 0, mask = 1, value = 2 }',
            "board.toml: can.engine.value has bits that mask leaves out: it could never be seen.",
        ),
        (CAR + "[button]\ncode = 5", "board.toml: button.path or name must say which input "),
        (CAR + "[lamp]", "board.toml: lamp.red (or green, amber) must name an LED."),
        (CAR + "[antenna]", "board.toml: antenna must be an array of tables: write [[antenna]]."),
        (CAR + '[battery]\nname = "b"\ninstalled = "2024"', "board.toml: battery.installed must "),
        (CAR + '[modem]\nkind = "serial"', "board.toml: modem.path is missing."),
        (CAR + '[setup]\nmode = "party"', "board.toml: setup.mode may be normal or transport or "),
        ("[car\n", "board.toml is not TOML: "),
    ],
)
def test_a_file_that_cannot_be_is_refused_in_one_sentence(
    tmp_path: Path, text: str, words: str
) -> None:
    said = refused(tmp_path, text)
    assert said.startswith(words)
    assert said.endswith(".")
    assert "\n" not in said


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    async def opened(path: Path) -> None:
        await open_board(path, StillClock())

    with pytest.raises(UserError, match=r"There is no board's file .*nothing\.toml"):
        asyncio.run(opened(tmp_path / "nothing.toml"))
    with pytest.raises(UserError, match="cannot be read"):
        asyncio.run(opened(tmp_path))
    (tmp_path / "board.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match="not a text in UTF-8"):
        asyncio.run(opened(tmp_path / "board.toml"))
    (tmp_path / "board.toml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(UserError, match="larger than a megabyte"):
        asyncio.run(opened(tmp_path / "board.toml"))


def test_what_was_opened_is_closed_when_the_file_is_refused(tmp_path: Path) -> None:
    text = CAR + '[gnss]\nkind = "gpsd"\nport = 1\n[modem]\nkind = "carrier pigeon"'

    async def story() -> None:
        with pytest.raises(UserError, match=r"modem\.kind may be serial or modemmanager"):
            await open_board(written(tmp_path, text), StillClock())
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(story())


@pytest.mark.parametrize(
    "section",
    [
        '[modem]\nkind = "modemmanager"\naddress = "unix:path=/nowhere/bus"',
        '[modem]\nkind = "serial"\npath = "/nowhere/tty"\nprofile = "quectel"',
        '[accelerometer]\nkind = "stream"\nhost = "127.0.0.1"\nport = 1',
        '[accelerometer]\nkind = "iio"\ndevice = "iio:device77"\npolled = true',
        '[supply]\nkind = "adc"\ndevice = "iio:device77"\nchannel = "in_voltage0"',
        '[can]\ninterface = "socketcan"\nchannel = "nocan7"\nspeed = { id = 1, byte = 0 }',
        '[button]\nname = "no such button"',
    ],
)
def test_each_other_kind_opens_without_its_hardware(tmp_path: Path, section: str) -> None:
    async def story(board: Board) -> None:
        states = [one for one in describe(board, 100.0) if one.state != "absent"]
        assert len(states) == 2
        assert states[1].state in {"silent", "faulty"}

    with_board(written(tmp_path, CAR + section), story)
