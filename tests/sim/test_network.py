"""The pretend car's network: who answers, what neighbours store for which fault, what is shown."""

from __future__ import annotations

import pytest

from opensos.protocols.bmw import decode_i_level, decode_terminal_30
from opensos.protocols.effects import UserError, WakeAt
from opensos.protocols.uds import BareUnit
from opensos.sim.car import PretendCar
from opensos.sim.ecus.generations import GENERATIONS
from opensos.sim.ecus.surroundings import Voice
from opensos.sim.faults import Fault, faults
from opensos.sim.network import CarNetwork
from opensos.sim.recording import Recorder, Reply

READ_CODES = bytes.fromhex("19020C")
CLEAR = bytes.fromhex("14FFFFFF")
IDENT = bytes.fromhex("22F150")
SUPPLY_CODES = {  # what a supply that is bad enough makes units store, whatever made it bad
    (0x40, 0x804011), (0x40, 0x804012), (0x40, 0x80402F), (0x40, 0x8040BD), (0x40, 0x8040C3),
    (0x40, 0x8040C6), (0x60, 0xB7F685), (0x60, 0x00A559), (0x78, 0x00E714), (0x12, 0x213B01),
    (0x12, 0x213901),
}  # fmt: skip
MISSED = {(0x60, 0xE114C8), (0x40, 0xD916C3)}
NEIGHBOURS = {0x40, 0x60, 0x62, 0x78}  # whose codes the facts name


class Car:
    """A pretend car with its network, and a clock that the test moves."""

    def __init__(self, generation: str = "g", seed: int = 1) -> None:
        self.now = 0.0
        self.car = PretendCar(seed=seed, family=GENERATIONS[generation].family)
        self.net = CarNetwork(self.car, generation=generation, seed=seed, act=self.car.do)

    def live(self, seconds: float, step: float = 1.0) -> None:
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + step)
            self.net.observe(self.now)

    def ask(self, target: int, request: bytes) -> list[bytes]:
        return [reply.data for reply in self.net.ask(target, request, self.now)]

    def stored(self) -> set[tuple[int, int]]:
        """Every stored code of every unit but the telematics unit's own."""
        units = [u for u in self.net.units if u != self.net.generation.telematics]
        return {(u, code) for u in units for code in self.net.unit(u).memory.stored()}

    def a_day(self, fault: str | None = None) -> None:
        """Drive, park (then the fault comes), start, drive: what it has to show itself in."""
        self.live(20, 5)
        self.car.park(self.now)
        if fault is not None:
            self.car.inject(fault, self.now)
        self.live(1300, 100)
        self.car.ignition(self.now, on=True)
        self.live(30, 5)
        self.car.start_engine(self.now)
        self.live(5)
        self.car.drive(self.now)
        self.live(120, 10)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_healthy_car_stores_nothing_and_warns_of_nothing(generation: str) -> None:
    one = Car(generation)
    for _ in range(3):
        one.a_day()
        assert one.net.message(one.now) is None
    assert one.stored() == set()
    telematics = one.net.generation.telematics
    assert one.ask(telematics, READ_CODES) == [b"\x59\x02\xff"]


def _expected(fault: Fault, one: Car) -> set[tuple[int, int]]:
    """What the facts and the catalogue say that this car's neighbours store."""
    known = {(c.unit, c.code) for c in fault.codes if c.unit in NEIGHBOURS}
    return known & _possible(one)


CASES = [
    pytest.param(fault, generation, id=f"{fault.id}-{generation}")
    for fault in faults().values()
    for generation, one in GENERATIONS.items()
    if one.family in fault.families
    and (generation == "g" or any(code.unit in NEIGHBOURS for code in fault.codes))
]


@pytest.mark.parametrize(("fault", "generation"), CASES)
def test_neighbours_store_what_is_known_of_a_fault_and_nothing_else(
    fault: Fault, generation: str
) -> None:
    one = Car(generation)
    one.a_day(fault.id)
    if fault.id == "alternator_dead":
        one.live(14 * 3600, 600)
    expected, stored = _expected(fault, one), one.stored()
    assert expected <= stored
    named = {code for code in stored if code[1] & 0xFF0000 != 0xFE0000}
    assert named - expected <= (SUPPLY_CODES if fault.cause == "supply" else set())


def _possible(one: Car) -> set[tuple[int, int]]:
    """Every code that the units of this generation have at all."""
    units = [u for u in one.net.units if u != one.net.generation.telematics]
    return {(u, dtc.code) for u in units for dtc in one.net.unit(u).memory.statuses(0)}


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_unit_says_who_it_is(generation: str) -> None:
    one = Car(generation)
    for address in one.net.units:
        (answer,) = one.ask(address, IDENT)
        assert answer[:3] == b"\x62\xf1\x50"
        assert len(answer) > 3
    assert one.ask(0x99, IDENT) == []


def test_all_units_answer_when_all_are_asked_and_none_refuses_aloud() -> None:
    one = Car()
    answers = one.net.ask(0xDF, IDENT, one.now)
    assert tuple(answer.source for answer in answers) == one.net.units
    only = one.net.ask(0x61, bytes.fromhex("22D09B"), one.now, functional=True)
    assert [(answer.source, answer.data.hex()) for answer in only] == [(0x61, "62d09b00")]


def test_the_gateway_knows_the_car_and_the_body_the_voltage() -> None:
    one = Car()
    (level,) = one.ask(0x10, bytes.fromhex("22100B"))
    assert str(decode_i_level(level[3:])) == "S15A-18-03-500"
    (vin,) = one.ask(0x10, bytes.fromhex("22F190"))
    assert vin[3:] == one.car.identity.vin.encode()
    (volts,) = one.ask(0x40, bytes.fromhex("22DAD6"))
    assert decode_terminal_30(volts[3:]) == pytest.approx(
        one.car.main_battery(one.now).battery_v, abs=0.06
    )


# --- the telematics unit goes silent -------------------------------------------------------------


def test_a_unit_that_is_taken_out_is_missed_and_the_cluster_warns() -> None:
    one = Car()
    one.net.detach()
    one.live(15)
    assert one.stored() == MISSED
    assert one.net.message(one.now) == "warning.failure"
    assert one.ask(0x61, IDENT) == []


def test_a_unit_off_the_bus_cannot_be_asked_and_keeps_its_own_code_for_later() -> None:
    one = Car()
    one.car.inject("bus_off", one.now)
    one.live(15)
    assert one.ask(0x61, READ_CODES) == []
    assert one.net.voice(one.now) is Voice.SILENT
    one.car.do("repair_wiring:bus", one.now)
    one.car.clear_faults(one.now)
    one.live(15)
    assert 0xE14468 in one.net.pretend.memory.stored()
    assert one.net.message(one.now) is None
    assert (0x60, 0xE114C8) in one.stored()  # repaired is not cleared
    for unit in (0x40, 0x60):
        assert one.ask(unit, CLEAR) == [b"\x54"]
    one.live(30)
    assert one.stored() == set()


def test_without_12_v_the_unit_lives_on_and_is_missed_by_its_neighbours() -> None:
    one = Car()
    one.car.park(one.now)
    one.live(1)
    assert one.car.do("disconnect_12v:30", one.now).changed
    one.car.ignition(one.now, on=True)
    one.live(20)
    assert one.car.power(one.now).source == "backup"
    assert one.net.pretend.present(one.now)
    assert one.ask(0x61, IDENT) == []


def test_a_unit_that_sleeps_with_the_ignition_on_is_missed_until_the_next_start() -> None:
    one = Car()
    assert one.ask(0x61, bytes.fromhex("1104")) == [b"\x51\x04\xff"]
    one.live(20)
    assert (0x60, 0xE114C8) in one.stored()
    one.car.park(one.now)
    one.live(5)
    one.car.ignition(one.now, on=True)
    one.live(5)
    assert one.ask(0x61, IDENT) != []


def test_nothing_is_missed_while_the_car_sleeps() -> None:
    one = Car()
    one.car.park(one.now)
    one.net.detach()
    one.live(3600, 30)
    assert one.stored() == set()


def test_a_request_wakes_a_sleeping_network() -> None:
    one = Car()
    one.car.park(one.now)
    one.live(600, 30)
    assert not one.net.awake(one.now)
    assert one.ask(0x40, IDENT) != []
    assert one.net.awake(one.now)


def test_a_reset_takes_two_seconds_and_is_no_reason_to_warn() -> None:
    one = Car()
    assert one.ask(0x61, bytes.fromhex("1101")) == [b"\x51\x01"]
    one.live(1)
    assert one.ask(0x61, IDENT) == []
    one.live(3)
    assert one.ask(0x61, IDENT) != []
    assert one.stored() == set()
    assert one.net.pretend.resets == 1


# --- our own unit in its place -------------------------------------------------------------------


class Ours(BareUnit):
    """A unit that is there or not, as the test says."""

    awake = True

    def present(self, now: float) -> bool:
        return self.awake


def test_our_unit_takes_the_place_and_its_warning_is_shown() -> None:
    one, ours = Car(), Ours()
    one.net.attach(ours, warning=lambda _: "warning.limited" if ours.awake else None)
    one.live(15)
    assert one.net.message(one.now) == "warning.limited"
    assert one.net.head_unit_state(one.now).message == "warning.limited"
    assert one.ask(0x61, IDENT) == [bytes.fromhex("7F2231")]
    ours.awake = False
    one.live(15)
    assert one.stored() == MISSED
    assert one.net.message(one.now) == "warning.failure"
    ours.awake = True
    one.net.detach()
    assert one.ask(0x61, IDENT) == []


def test_a_message_that_is_coded_away_is_shown_nowhere_and_the_codes_stay() -> None:
    one = Car()
    one.car.inject("backup_end_of_life", one.now)
    one.live(15)
    assert one.net.message(one.now) is not None
    hidden = next(f.id for f in faults().values() if f.effects == {"message_hidden": True})
    one.car.inject(hidden, one.now)
    one.live(15)
    assert one.net.message(one.now) is None
    assert one.ask(0x61, READ_CODES)[0].hex().upper().find("B7F341") > 0


def test_a_new_backup_battery_leaves_the_fault_until_it_is_cleared() -> None:
    one = Car()
    one.car.inject("backup_end_of_life", one.now)
    one.live(15)
    one.car.clear_fault("backup_end_of_life", one.now)
    one.live(60)
    assert one.net.message(one.now) is not None
    assert one.ask(0x61, CLEAR) == [b"\x54"]
    one.net.pretend.clear(0xFFFFFF, 1, one.now)
    one.live(60)
    assert one.net.message(one.now) is None


# --- head unit -----------------------------------------------------------------------------------


def test_a_long_press_restarts_the_head_unit_and_never_the_telematics_unit() -> None:
    one = Car()
    one.net.head_unit.press(one.now)
    one.live(31)
    assert one.ask(0x63, IDENT) == []
    assert one.ask(0x61, IDENT) != []
    one.live(120)
    assert one.ask(0x63, IDENT) != []
    assert one.net.pretend.resets == 0
    assert one.stored() == set()


def test_a_tester_restarts_the_head_unit_too() -> None:
    one = Car("e")
    assert one.ask(0x63, bytes.fromhex("1101")) == [b"\x51\x01"]
    one.live(2)
    assert one.net.head_unit_state(one.now).restarting
    assert one.ask(0x63, IDENT) == []


# --- engine and airbag ---------------------------------------------------------------------------


def test_a_battery_is_registered_with_ignition_on_and_engine_off() -> None:
    one, register = Car(), bytes.fromhex("3101F030")
    assert one.ask(0x12, register) == [bytes.fromhex("7F3183")]
    one.car.park(one.now)
    one.live(2)
    assert one.ask(0x12, register) == [bytes.fromhex("7F3122")]
    one.car.do("replace_12v", one.now)
    assert not one.car.main_battery(one.now).registered
    one.car.ignition(one.now, on=True)
    one.live(2)
    assert one.ask(0x12, bytes.fromhex("3103F030")) == [bytes.fromhex("7103F03000")]
    assert one.ask(0x12, register) == [bytes.fromhex("7101F03002")]
    assert one.car.main_battery(one.now).registered
    assert one.ask(0x12, bytes.fromhex("3103F030")) == [bytes.fromhex("7103F03002")]
    assert one.ask(0x12, bytes.fromhex("3101F031")) == [bytes.fromhex("7F3131")]


def test_the_airbag_unit_is_never_cleared_and_the_car_remembers_who_tried() -> None:
    one = Car()
    one.car.inject("airbag_line_open", one.now)
    one.live(5)
    before = one.net.unit(0x01).memory.stored()
    assert before
    assert one.ask(0x01, CLEAR) == [bytes.fromhex("7F1422")]
    one.net.ask(0xDF, CLEAR, one.now)
    assert one.net.unit(0x01).memory.stored() == before
    assert [(u.target, u.request) for u in one.net.unsafe] == [(0x01, CLEAR)] * 2
    assert "airbag" in one.net.unsafe[0].why


@pytest.mark.parametrize(
    "request_hex", ["3101A079", "3101A07A", "3101A0B8", "2ED34D01", "2FD34D03"]
)
def test_a_request_that_is_never_automated_is_remembered(request_hex: str) -> None:
    one = Car()
    one.net.ask(0x61, bytes.fromhex(request_hex), one.now)
    assert len(one.net.unsafe) == 1


def test_what_a_doctor_does_all_day_is_not_unsafe() -> None:
    one = Car()
    for request in ("19020C", "14FFFFFF", "1101", "3101A05E01", "3101A089", "22D029", "31"):
        one.net.ask(0x61, bytes.fromhex(request), one.now)
    assert one.net.unsafe == []


def test_a_tester_stops_the_storing_of_codes_until_its_session_ends() -> None:
    one = Car()
    one.net.detach()
    one.ask(0x60, bytes.fromhex("1003"))
    assert one.ask(0x60, bytes.fromhex("8502")) == [bytes.fromhex("C502")]
    one.live(4)
    one.ask(0x60, bytes.fromhex("3E00"))
    one.live(4)
    assert one.stored() & {(0x60, 0xE114C8)} == set()
    one.live(10)
    one.net.wake(one.now)
    one.live(10)
    assert (0x60, 0xE114C8) in one.stored()


# --- the telematics unit's tests -----------------------------------------------------------------


def test_an_antenna_test_names_the_fault_and_the_millivolts() -> None:
    one = Car()
    one.car.inject("main_antenna_open", one.now)
    one.live(3)
    assert one.ask(0x61, bytes.fromhex("3103A05E")) == [bytes.fromhex("7103A05E00000000")]
    assert one.ask(0x61, bytes.fromhex("3101A05E01")) == [bytes.fromhex("7101A05E01000000")]
    assert one.ask(0x61, bytes.fromhex("3103A05E")) == [bytes.fromhex("7103A05E01000000")]
    one.live(2)
    (answer,) = one.ask(0x61, bytes.fromhex("3103A05E"))
    assert answer[4:6] == b"\x03\x02"
    assert int.from_bytes(answer[6:8], "big") > 4000
    one.ask(0x61, bytes.fromhex("3101A05E04"))
    one.live(2)
    assert one.ask(0x61, bytes.fromhex("3103A05E"))[0][4] == 0x02


@pytest.mark.parametrize(
    ("bit", "fault"),
    [
        ("0001", "main_antenna_open"),
        ("0002", "second_antenna_open"),
        ("0008", "speaker_open"),
        ("0010", "button_unplugged"),
        ("0020", "led_open"),
        ("0040", "backup_missing"),
        ("0080", "airbag_line_open"),
        ("0100", "emergency_antenna_open"),
        ("0200", "microphone_open"),
    ],
)
def test_a_fit_test_fails_for_the_part_that_is_not_connected_alone(bit: str, fault: str) -> None:
    one = Car()

    def result() -> int:
        one.ask(0x61, bytes.fromhex("3101A05F" + bit))
        one.live(2)
        return one.ask(0x61, bytes.fromhex("3103A05F"))[0][4]

    assert result() == 0x02
    one.car.inject(fault, one.now)
    one.live(2)
    assert result() == 0x03


@pytest.mark.parametrize(
    "request_hex", ["3101A05E03", "3101A05F0401", "3101A05F00", "3101A05E", "3102A05E", "3101A05D"]
)
def test_a_test_that_does_not_exist_is_refused(request_hex: str) -> None:
    assert Car().ask(0x61, bytes.fromhex(request_hex))[0][:2] == b"\x7f\x31"


def test_sos_messages_are_held_back_while_the_button_is_tested() -> None:
    one = Car()
    assert one.ask(0x61, bytes.fromhex("3101A089")) == [bytes.fromhex("7101A08902")]
    assert one.net.pretend.sos_held_back
    one.car.press_button(one.now)
    one.live(1)
    assert one.ask(0x61, bytes.fromhex("22D09B")) == [bytes.fromhex("62D09B01")]
    one.ask(0x61, bytes.fromhex("3102A089"))
    assert not one.net.pretend.sos_held_back


# --- ring, time, recording -----------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "place"), [("most_ring_broken", 0x36), ("most_node_dead", 0x37)])
def test_a_search_of_the_ring_finds_the_place(fault: str, place: int) -> None:
    from opensos.sim.most import decode_answers  # noqa: PLC0415  the one test that needs it

    one = Car("e")
    one.car.inject(fault, one.now)
    one.live(15)
    assert one.ask(0x36, IDENT) == []
    (answer,) = one.ask(0x63, bytes.fromhex("3101FD9000"))
    saw = decode_answers(answer[4:])
    i = next(i for i, unit in enumerate(saw) if unit.position == 0)
    assert (saw[i] if saw[i - 1].answered else saw[i - 1]).address == place
    one.car.clear_faults(one.now)
    one.live(15)
    assert one.ask(0x36, IDENT) != []
    assert 0x00D690 in one.net.pretend.memory.stored()
    assert one.ask(0x63, bytes.fromhex("3101FD9002")) == [bytes.fromhex("7F3131")]


def test_a_car_without_a_ring_has_none_to_search() -> None:
    assert Car("g").ask(0x63, bytes.fromhex("3101FD9000")) == [bytes.fromhex("7F3131")]
    assert Car("g").net.ring is None


def test_sessions_end_and_wake_says_when_to_call_again() -> None:
    one = Car()
    one.ask(0x40, b"\x10\x03")
    effects = one.net.wake(one.now)
    assert [type(effect) for effect in effects] == [WakeAt]
    one.live(10)
    one.net.wake(one.now)
    assert one.net.doors[0x40].server.session == 1


def test_what_is_asked_is_recorded() -> None:
    one = Car()
    one.net.recorder = Recorder(one.now, "g")
    answers = one.net.ask(0x61, IDENT, one.now)
    one.net.ask(0xDF, b"\x3e\x80", one.now)
    first, second = one.net.recorder.recording().exchanges
    assert list(first.answers) == answers
    assert isinstance(answers[0], Reply)
    assert second.functional
    assert second.answers == ()


def test_what_does_not_exist_is_said() -> None:
    with pytest.raises(UserError, match="generation"):
        CarNetwork(PretendCar(), generation="z")
    with pytest.raises(UserError, match="61"):
        Car().net.unit(0x61)
