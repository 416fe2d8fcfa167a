"""The unit as a workshop's tester meets it, asked byte by byte."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from opensos.apps.vehicle import UnitConfig
from opensos.apps.vehicle.box import OpenBox
from opensos.apps.vehicle.diagnosis import TelematicsUnit, key_for, settings
from opensos.edges.staging import Staging
from opensos.protocols import bmw
from opensos.protocols.uds import Nrc, UdsServer
from opensos.rules.emergency import ClearedDown, Settings, State
from tests.apps.vehicle.garage import AT_ONCE, Garage
from tests.edges.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

KEY = b"a test's key"


@dataclass
class Bay:
    """A tester's end of the wire to a unit in a garage."""

    folder: Path
    here: Garage = field(default_factory=lambda: Garage(AT_ONCE, fitted=True))

    def __post_init__(self) -> None:
        self.staging = Staging(self.folder, most_bytes=100_000)
        self.connect()

    def connect(self) -> None:
        self.unit = TelematicsUnit(OpenBox(self.here.unit), self.here.clock, self.staging)
        self.server = UdsServer(self.unit, settings(KEY), dice=lambda n: bytes(range(1, n + 1)))

    def ask(self, request: str | bytes) -> bytes:
        """Ask, stay in the session, and give the last answer."""
        data = bytes.fromhex(request) if isinstance(request, str) else request
        now = self.here.clock.now()
        self.server.ask(b"\x3e\x80", now)
        return self.server.ask(data, now)[-1].data

    def refused(self, request: str | bytes, why: Nrc) -> None:
        answer = self.ask(request)
        assert answer[0] == 0x7F, answer.hex()
        assert Nrc(answer[2]) is why

    def did(self, number: int) -> bytes:
        answer = self.ask(b"\x22" + number.to_bytes(2, "big"))
        assert answer[0] == 0x62, answer.hex()
        return answer[3:]

    def open(self, session: int, level: int) -> None:
        """Enter a session and unlock a level."""
        assert self.ask(bytes((0x10, session)))[0] == 0x50
        seed = self.ask(bytes((0x27, level)))[2:]
        assert self.ask(bytes((0x27, level + 1)) + key_for(KEY, level, seed))[0] == 0x67


@pytest.fixture
def bay(tmp_path: Path) -> Bay:
    made = Bay(tmp_path)
    made.here.drive(3, 0.05)
    return made


# --- data -----------------------------------------------------------------------------------------


def test_identification_and_live_data_say_what_the_parts_say(bay: Bay) -> None:
    assert bay.did(0xF190) == bay.here.car.identity.vin.encode()
    assert bmw.decode_ident(bay.did(bmw.IDENT)) >> 8 == 0x61
    assert bmw.decode_versions(bay.did(bmw.VERSIONS))
    assert bmw.VARIANTS[bmw.decode_byte(bay.did(bmw.VARIANT)) - 1] == "TCB4G"
    battery = bmw.decode_backup_battery(bay.did(bmw.BACKUP_BATTERY))
    assert battery.fitted is True
    assert battery.millivolts is not None
    assert 3000 < battery.millivolts < 15_000
    for number in (bmw.NETWORK, bmw.GPS, bmw.SOS_BUTTON, bmw.SELF_TEST):
        assert bay.did(number)
    assert bay.did(bmw.INFO_MEMORY) == b"", "nothing happened to it yet"
    assert json.loads(bay.did(0xFD00))["state"] in {"ready", "limited", "not_ready", "unknown"}
    bay.refused("22 1234", Nrc.REQUEST_OUT_OF_RANGE)
    both = bay.ask("22 F190 1234 D108")
    assert both[1:3] == b"\xf1\x90"
    assert both[20:22] == b"\xd1\x08"


def test_before_the_parts_were_looked_at_live_data_is_not_invented(tmp_path: Path) -> None:
    new = Bay(tmp_path)
    new.refused("22 D029", Nrc.REQUEST_OUT_OF_RANGE)
    assert new.did(0xF190)


def test_a_unit_without_power_answers_nothing(bay: Bay) -> None:
    bay.unit._box = _EmptyBox()  # type: ignore[assignment]  # its power is gone
    assert not bay.unit.present(0.0)
    assert bay.unit.warning(0.0) is None
    assert bay.server.ask(b"\x22\xf1\x90", 5.0) == []
    # Asked all the same, as in the moment when its power goes:
    no = Nrc.CONDITIONS_NOT_CORRECT
    assert bay.unit.read(0xF190, 5.0) is no
    assert bay.unit.routine(1, bmw.ANTENNA_TEST, b"\x01", 5.0) is no
    assert bay.unit.clear(0xFFFFFF, 0, 5.0) is bay.unit.reset(1, 5.0) is no
    assert bay.unit.write(0xF198, b"x", 5.0) is Nrc.REQUEST_OUT_OF_RANGE
    assert (bay.unit.dtcs(0, 5.0), bay.unit.snapshots(1, 0, 5.0)) == ((), [])


class _EmptyBox:
    unit = None


# --- fault memory ---------------------------------------------------------------------------------


def stored(bay: Bay) -> dict[int, int]:
    body = bay.ask("19 02 0C")[3:]
    return {int.from_bytes(body[at : at + 3], "big"): body[at + 3] for at in range(0, len(body), 4)}


def test_a_fault_is_stored_with_its_frames_and_yields_to_a_clearing_only_for_a_while(
    bay: Bay,
) -> None:
    assert stored(bay) == {}
    bay.here.car.inject("main_antenna_open", bay.here.clock.now())
    bay.here.drive(60, 0.5)
    found = stored(bay)
    assert found
    code = next(iter(found))
    assert found[code] & 0x0C
    text = code.to_bytes(3, "big").hex()
    assert bay.ask(f"19 06 {text} 01")[6:8] == b"\x01\x01"
    frames = bay.ask(f"19 04 {text} FF")
    assert b"\xfd\x02" in frames
    bay.refused("14 FFFFFF", Nrc.CONDITIONS_NOT_CORRECT)  # the car drives
    bay.here.stand()
    bay.refused("14 123456", Nrc.REQUEST_OUT_OF_RANGE)
    assert bay.ask("14 FFFFFF") == b"\x54"
    assert code not in stored(bay)
    assert "faults_cleared" in bay.here.keys
    bay.here.drive(60, 0.5)
    assert code in stored(bay), "what is still broken comes back"


def test_recording_can_be_stopped_only_outside_the_default_session_and_comes_back(bay: Bay) -> None:
    keeper = bay.here.unit.keeper
    assert keeper is not None
    bay.refused("85 02", Nrc.SERVICE_NOT_SUPPORTED_IN_ACTIVE_SESSION)
    bay.ask("10 03")
    assert bay.ask("85 02") == b"\xc5\x02"
    bay.here.car.inject("main_antenna_open", bay.here.clock.now())
    bay.here.drive(60, 0.5)
    assert stored(bay) == {}
    bay.server.wake(bay.here.clock.now() + 10.0)  # nobody spoke for S3: the session has ended
    bay.here.drive(60, 0.5)
    assert stored(bay)


# --- routines -------------------------------------------------------------------------------------


def result(bay: Bay, rid: int) -> bytes:
    bay.here.drive(1.5, 0.05)
    return bay.ask(bytes((0x31, 0x03)) + rid.to_bytes(2, "big"))[4:]


def test_antennas_and_fit_are_tested_on_request(bay: Bay) -> None:
    assert bmw.decode_antenna_result(bay.ask("31 01 A0 5E 01")[4:]).status == bmw.Status.RUNNING
    assert bmw.decode_antenna_result(result(bay, bmw.ANTENNA_TEST)).status == bmw.Status.OK
    bay.here.car.inject("main_antenna_open", bay.here.clock.now())
    bay.here.drive(3, 0.5)
    bay.ask("31 01 A0 5E 01")
    found = bmw.decode_antenna_result(result(bay, bmw.ANTENNA_TEST))
    assert (found.status, found.fault) == (bmw.Status.FAULT, bmw.AntennaFault.OPEN)
    bay.ask("31 01 A0 5F 03 FF")
    fits = bmw.decode_fit_result(result(bay, bmw.FIT_TEST))
    assert fits.status == bmw.Status.FAULT
    assert not fits.fitted & bmw.Fit.ANTENNA_1
    assert fits.fitted & bmw.Fit.BUTTON
    for wrong in ("31 01 A0 5E", "31 01 A0 5E 03", "31 01 A0 5F 01", "31 02 A0 5E", "31 01 12 34"):
        assert bay.ask(wrong)[0] == 0x7F


def test_the_self_test_runs_on_request_and_never_in_a_call(bay: Bay) -> None:
    assert bay.ask("31 01 FD 01")[4:] == bytes((bmw.Status.RUNNING,))
    bay.here.drive(120, 0.5)
    assert bay.ask("31 03 FD 01")[4:] == bytes((bmw.Status.OK,))
    bay.here.unit.press_sos()
    bay.refused("31 01 FD 01", Nrc.CONDITIONS_NOT_CORRECT)


def test_sos_messages_are_held_back_only_in_a_standing_car_and_for_a_while(bay: Bay) -> None:
    bay.ask("10 03")
    bay.refused("31 01 A0 89", Nrc.CONDITIONS_NOT_CORRECT)
    bay.here.stand()
    bay.ask("10 03")
    assert bay.ask("31 01 A0 89")[0] == 0x71
    assert bay.here.unit.in_service()
    bay.here.unit.press_sos()
    assert bay.here.bearer.verbs == []
    bay.here.drive(310, 0.5)
    assert not bay.here.unit.in_service()
    bay.ask("10 03")
    assert bay.ask("31 01 A0 89")[0] == 0x71
    assert bay.ask("31 02 A0 89")[0] == 0x71
    assert not bay.here.unit.in_service()
    bay.here.unit.press_sos()
    assert bay.here.bearer.verbs == ["dial"]
    bay.refused("31 01 A0 89", Nrc.CONDITIONS_NOT_CORRECT)


# --- security, workshop's code --------------------------------------------------------------------


def test_the_workshops_code_needs_a_key_and_survives_a_restart(bay: Bay) -> None:
    bay.refused("2E F198 41", Nrc.SERVICE_NOT_SUPPORTED_IN_ACTIVE_SESSION)
    bay.ask("10 03")
    bay.refused("2E F198 41", Nrc.SECURITY_ACCESS_DENIED)
    bay.ask("27 01")
    bay.refused("27 02 0000000000000000", Nrc.INVALID_KEY)
    bay.open(3, 0x01)
    assert bay.ask(b"\x2e\xf1\x98WORKSHOP 7")[0] == 0x6E
    bay.refused(b"\x2e\xf1\x98" + b"x" * 17, Nrc.INCORRECT_MESSAGE_LENGTH_OR_INVALID_FORMAT)
    bay.refused(b"\x2e\xf1\x98\x00", Nrc.INCORRECT_MESSAGE_LENGTH_OR_INVALID_FORMAT)
    bay.refused("2E F190 41", Nrc.REQUEST_OUT_OF_RANGE)
    bay.here = bay.here.restarted()
    bay.connect()
    assert bay.did(0xF198) == b"WORKSHOP 7"


def test_guessing_keys_is_stopped_and_without_a_key_nothing_opens(bay: Bay) -> None:
    bay.ask("10 03")
    for why in (Nrc.INVALID_KEY, Nrc.INVALID_KEY, Nrc.EXCEED_NUMBER_OF_ATTEMPTS):
        bay.ask("27 01")
        bay.refused("27 02 0000000000000000", why)
    bay.refused("27 01", Nrc.REQUIRED_TIME_DELAY_NOT_EXPIRED)
    keyless = UdsServer(bay.unit, settings(b""), dice=bytes)
    keyless.ask(b"\x10\x03", 0.0)
    assert keyless.ask(b"\x27\x01", 0.0)[0].data[0] == 0x7F


# --- update ---------------------------------------------------------------------------------------


def begin(bay: Bay, size: int) -> bytes:
    return bay.ask(bytes((0x34, 0x00, 0x44)) + bytes(4) + size.to_bytes(4, "big"))


def test_an_update_is_taken_whole_and_named_by_its_digest(bay: Bay) -> None:
    bay.here.stand()
    assert begin(bay, 3)[0] == 0x7F
    bay.open(2, 0x11)
    assert begin(bay, 6)[0] == 0x74
    assert bay.ask(b"\x36\x01abc") == b"\x76\x01"
    bay.refused("37", Nrc.REQUEST_SEQUENCE_ERROR)
    assert bay.ask(b"\x36\x01abc") == b"\x76\x01", "said again because its answer was lost"
    bay.ask(b"\x36\x02def")
    assert bay.ask("37")[1:] == hashlib.sha256(b"abcdef").digest()
    assert bay.staging.file.read_bytes() == b"abcdef"
    assert "update_begun" in bay.here.keys


def test_an_update_that_is_too_long_wrong_or_interrupted_leaves_nothing(bay: Bay) -> None:
    bay.here.stand()
    bay.open(2, 0x11)
    begin(bay, 2)
    bay.refused(b"\x36\x01abc", Nrc.TRANSFER_DATA_SUSPENDED)
    bay.open(2, 0x11)
    begin(bay, 3)
    bay.ask(b"\x36\x01abc")
    bay.refused(b"\x37" + bytes(32), Nrc.GENERAL_PROGRAMMING_FAILURE)
    assert list(bay.folder.iterdir()) == []
    begin(bay, 3)
    bay.ask(b"\x36\x01a")
    bay.server.wake(bay.here.clock.now() + 10.0)
    assert list(bay.folder.iterdir()) == []
    bay.open(2, 0x11)
    assert begin(bay, 100_001)[0] == begin(bay, 0)[0] == 0x7F


def test_no_update_is_begun_in_a_drive_or_a_call(bay: Bay) -> None:
    bay.open(2, 0x11)
    assert begin(bay, 3)[2] == Nrc.CONDITIONS_NOT_CORRECT
    bay.here.stand()
    bay.here.unit.press_sos()
    bay.open(2, 0x11)
    assert begin(bay, 3)[2] == Nrc.CONDITIONS_NOT_CORRECT


# --- reset ----------------------------------------------------------------------------------------


def test_a_reset_is_promised_first_and_done_once(bay: Bay) -> None:
    async def story() -> None:
        bay.here.stand()
        assert bay.ask("11 01") == b"\x51\x01"
        assert bay.ask("11 03") == b"\x51\x03"
        assert bay.here.restarts == []
        await until(lambda: bay.here.restarts)
        await asyncio.sleep(0)
        assert bay.here.restarts == ["tester"]
        assert bay.ask("11 04")[:2] == b"\x51\x04"
        bay.refused("11 02", Nrc.CONDITIONS_NOT_CORRECT)

    asyncio.run(story())


def test_a_reset_is_refused_in_a_drive_a_call_and_the_callback_window(bay: Bay) -> None:
    async def story() -> None:
        bay.refused("11 01", Nrc.CONDITIONS_NOT_CORRECT)
        bay.here.stand()
        bay.here.unit.press_sos()
        bay.refused("11 01", Nrc.CONDITIONS_NOT_CORRECT)
        bay.here.bearer.report(ClearedDown(bay.here.answer()))
        assert bay.here.unit.state is State.CALLBACK_WINDOW
        bay.refused("11 01", Nrc.CONDITIONS_NOT_CORRECT)

    asyncio.run(story())


def test_a_call_that_begins_after_the_promise_goes_first(bay: Bay) -> None:
    async def story() -> None:
        bay.here.stand()
        bay.ask("11 01")
        bay.here.unit.press_sos()
        await until(lambda: "reset_refused" in bay.here.keys)
        assert bay.here.restarts == []
        assert bay.here.bearer.verbs == ["dial"]

    asyncio.run(story())


# --- whatever comes -------------------------------------------------------------------------------


def requests(dice: random.Random) -> bytes:
    """Return a request that is nearly right: a known service, known items, then anything."""
    service = dice.choice((0x10, 0x11, 0x14, 0x19, 0x22, 0x27, 0x2E, 0x31, 0x34, 0x36, 0x37, 0x85))
    items = (
        b"\xa0\x5e",
        b"\xa0\x5f",
        b"\xa0\x89",
        b"\xfd\x01",
        b"\xf1\x98",
        b"\xd0\x29",
        b"\x20\0",
    )
    sub = bytes((dice.randrange(8),)) if dice.random() < 0.7 else b""
    tail = dice.randbytes(dice.choice((0, 1, 2, 3, 4, 9, 40)))
    return bytes((service,)) + sub + dice.choice(items) + tail


@pytest.mark.parametrize("seed", range(4))
def test_no_request_crashes_the_unit_or_calls_anybody(tmp_path: Path, seed: int) -> None:
    async def story() -> None:
        dice = random.Random(seed)
        bay = Bay(tmp_path, Garage(UnitConfig(procedure=Settings(cancel_window_s=0)), fitted=True))
        bay.here.drive(2, 0.1)
        if seed % 2:
            bay.here.stand()
        for turn in range(1500):
            if turn % 100 == 0:
                bay.open(*dice.choice(((3, 0x01), (2, 0x11))))
            data = requests(dice) if dice.random() < 0.8 else dice.randbytes(dice.randrange(1, 30))
            for answer in bay.server.ask(data, bay.here.clock.now()):
                assert answer.data
            bay.here.drive(0.05, 0.05)
        assert bay.here.bearer.verbs == []
        assert bay.here.unit.state is State.IDLE
        bay.server.wake(bay.here.clock.now() + 20.0)

    asyncio.run(story())
