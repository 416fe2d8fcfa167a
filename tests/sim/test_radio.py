"""Radio and satellites: coverage, switch-off dates, SIM, antennas, and the gates for bearers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opensos.ports import CallLoad, DataReport
from opensos.protocols.effects import LocalError, UserError
from opensos.rules.emergency import (
    Answered,
    CalledBack,
    Cause,
    ClearedDown,
    Dial,
    Dropped,
    Ringing,
    Unreached,
)
from opensos.rules.readiness.readings import Registration, Technology
from opensos.sim.car import PretendCar
from opensos.sim.clock import PretendClock
from opensos.sim.geography import network, networks, place, places
from opensos.sim.radio_bearer import HOLDS_S, GatedBearer, GatedDataPath

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.rules.emergency import Report
    from opensos.rules.readiness.readings import ModemReading

DAY = 86_400.0
Y2026, Y2029 = 1_767_225_600.0, 1_861_920_000.0


def modem(car: PretendCar, now: float) -> ModemReading:
    reading = car.modem(now)
    assert reading is not None
    return reading


# --- coverage ---------------------------------------------------------------------------------


def test_on_the_open_road_the_modem_is_at_home_on_the_best_layer() -> None:
    reading = modem(PretendCar(), 30.0)
    assert reading.registration is Registration.HOME
    assert reading.technology is Technology.NR
    assert reading.plmn == "26299"
    assert reading.ims_emergency
    assert reading.cs_ecall
    assert reading.signal_dbm is not None
    assert -112 < reading.signal_dbm < -80


def test_a_tunnel_takes_everything_and_it_comes_back_within_seconds() -> None:
    car = PretendCar()
    car.surround(10.0, "tunnel")
    assert modem(car, 11.0).registration is Registration.SEARCHING
    assert car.fix(12.0) is None
    assert car.why_no_call("ng", 12.0) == "no_network"
    car.surround(60.0, "road")
    assert modem(car, 61.0).registration is Registration.SEARCHING
    assert car.why_no_call("ng", 63.0) is None, "an emergency call needs no registration"
    assert modem(car, 75.0).registration is Registration.HOME
    assert car.fix(75.0) is not None


def test_walls_cost_signal_layers_and_sky() -> None:
    car = PretendCar()
    car.park(0.0, "garage")
    inside = modem(car, 60.0)
    assert inside.registration is Registration.HOME
    assert inside.signal_dbm is not None
    assert inside.signal_dbm < -95
    assert car.receiver(60.0) is not None
    assert car.fix(60.0) is None
    car.park(100.0, "work")
    fix = car.fix(200.0)
    assert fix is not None
    assert fix.accuracy_m is not None
    assert fix.accuracy_m > 10.0
    car.drive(300.0, "countryside")
    assert modem(car, 400.0).technology is Technology.LTE


def test_networks_end_at_their_date_and_old_hardware_with_them() -> None:
    assert network("DE").lit(Technology.GSM, Y2026)
    assert not network("DE").lit(Technology.GSM, Y2029)
    assert modem(PretendCar(utc_at_start=Y2029), 30.0).cs_ecall is False
    old = PretendCar()
    old.inject("sunset_3g", 1.0)
    assert modem(old, 30.0).registration is Registration.SEARCHING
    assert modem(old, 30.0).technologies == (Technology.GSM, Technology.UMTS)
    assert old.why_no_call("cs", 30.0) == "no_network"


def test_abroad_the_car_roams_unless_its_plan_bars_it() -> None:
    car = PretendCar()
    car.travel(10.0, "AT")
    assert modem(car, 60.0).registration is Registration.ROAMING
    assert modem(car, 60.0).plmn == "23299"
    car.inject("roaming_barred", 70.0)
    assert modem(car, 80.0).registration is Registration.DENIED
    assert car.why_no_call("ng", 80.0) is None, "a refused subscription may still call for help"
    assert car.why_no_data(80.0) == "no_data_session"
    with pytest.raises(UserError):
        car.travel(90.0, "XX")


@pytest.mark.parametrize("country", networks())
def test_a_call_without_sim_travels_only_where_the_country_lets_it_in(country: str) -> None:
    car = PretendCar()
    car.travel(1.0, country)
    car.inject("sim_absent", 2.0)
    assert modem(car, 60.0).registration is Registration.EMERGENCY_ONLY
    allowed = network(country).simless
    assert car.why_no_call("ng", 60.0) == (None if allowed else "no_sim")


@pytest.mark.parametrize(
    ("fault", "why"),
    [("jammed", "jammed"), ("modem_hung", "no_modem"), ("modem_dead", "no_modem")],
)
def test_what_takes_the_radio_takes_both_rungs(fault: str, why: str) -> None:
    car = PretendCar()
    car.inject(fault, 10.0)
    assert car.why_no_call("ng", 20.0) == car.why_no_call("cs", 20.0) == why
    assert car.why_no_data(20.0) is not None


def test_a_hung_modem_is_seen_by_the_age_of_its_last_word() -> None:
    car = PretendCar()
    car.inject("modem_hung", 10.0)
    assert modem(car, 500.0).heard_at == 10.0


def test_the_emergency_antenna_helps_when_the_main_one_is_gone() -> None:
    car = PretendCar()
    car.park(0.0, "garage")
    car.inject("main_antenna_short_ground", 10.0)
    assert car.why_no_call("ng", 60.0) == "no_network"
    car.use_antenna("emergency", 61.0)
    assert car.why_no_call("ng", 70.0) is None
    assert modem(car, 70.0).antenna == "emergency"
    with pytest.raises(LocalError):
        car.use_antenna("coat_hanger", 80.0)


def test_no_coverage_at_home_is_nothing_on_the_road() -> None:
    car = PretendCar()
    car.inject("no_coverage_at_home", 1.0)
    assert car.why_no_call("ng", 10.0) is None
    car.park(20.0, "home")
    assert car.why_no_call("ng", 60.0) == "no_network"


def test_an_unknown_place_is_refused_with_the_names_of_the_known() -> None:
    with pytest.raises(UserError, match="garage"):
        PretendCar().park(0.0, "moon")
    assert all(place(name).name == name for name in places())


# --- the satellites' own faults -----------------------------------------------------------------


def test_an_open_antenna_and_a_deaf_receiver_find_nothing_under_the_open_sky() -> None:
    for fault in ("gnss_antenna_open", "gnss_receiver_deaf", "accessory_gnss_noise", "jammed"):
        car = PretendCar()
        car.inject(fault, 1.0)
        reading = car.receiver(100.0)
        assert reading is not None
        assert reading.fix_kind == "none"
        assert reading.heard_at == 100.0
        assert car.fix(100.0) is None


def test_time_comes_from_satellites_or_network_or_nowhere() -> None:
    car = PretendCar()
    assert car.reference_utc(30.5) == Y2026 + 30.5
    car.park(40.0, "garage")
    assert car.reference_utc(60.4) == Y2026 + 60.0
    car.park(70.0, "underground")
    assert car.reference_utc(100.0) is None


# --- the gates --------------------------------------------------------------------------------

LOAD = CallLoad(b"msd", None)
ORDER = Dial("a", 1, Cause.TEST, test=True, urn="urn:service:test.sos.ecall", message_identifier=1)


class Inner:
    """A bearer and data path that write down what they are asked."""

    name = "mqtt"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.tell: Callable[[Report], None]
        self.tell_data: Callable[[DataReport], None]

    def listen(self, tell: Callable[[Report], None]) -> None:
        self.tell = tell

    def dial(self, order: Dial, load: CallLoad) -> None:
        self.asked.append(f"dial {order.call}")

    def send_data(self, call: str, msd: bytes) -> None:
        self.asked.append(f"send {call}")

    def cannot_send(self, call: str) -> None:
        self.asked.append(f"cannot {call}")

    def hang_up(self, call: str) -> None:
        self.asked.append(f"hang up {call}")

    def answer_callback(self, call: str) -> None:
        self.asked.append(f"answer {call}")

    def decline(self, call: str) -> None:
        self.asked.append(f"decline {call}")


class Path:
    """A data path that writes down what it is asked."""

    name = "mqtt"

    def __init__(self) -> None:
        self.offered: list[str] = []
        self.closed = False
        self.tell: Callable[[DataReport], None]

    def listen(self, tell: Callable[[DataReport], None]) -> None:
        self.tell = tell

    def offer(self, message_id: str, envelope: bytes, timeout_s: float) -> None:
        self.offered.append(message_id)

    async def close(self) -> None:
        self.closed = True


class Bench:
    """A gate between an inner bearer and a listener, on a clock that stands."""

    def __init__(self, rung: str = "ng") -> None:
        self.clock, self.car, self.inner = PretendClock(30.0), PretendCar(), Inner()
        self.later: list[Callable[[], None]] = []
        self.cuts: list[bool] = []
        self.heard: list[Report] = []
        self.gate = GatedBearer(
            self.inner,
            self.car,
            rung,
            self.clock,
            soon=self.later.append,
            cut=self.cuts.append,
        )
        self.gate.listen(self.heard.append)

    def answered(self) -> None:
        self.gate.dial(ORDER, LOAD)
        self.inner.tell(Ringing("a"))
        self.inner.tell(Answered("a", received=True))

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.gate.check()


def test_a_call_travels_while_the_radio_carries_it() -> None:
    bench = Bench()
    bench.answered()
    bench.gate.send_data("a", b"msd")
    bench.gate.cannot_send("a")
    bench.wait(1.0)
    bench.inner.tell(ClearedDown("a"))
    assert bench.heard == [Ringing("a"), Answered("a", received=True), ClearedDown("a")]
    assert bench.inner.asked == ["dial a", "send a", "cannot a"]
    assert bench.cuts == []
    bench.gate.send_data("a", b"late")
    assert len(bench.inner.asked) == 3


def test_without_radio_an_attempt_is_reported_later_and_never_dialled() -> None:
    bench = Bench()
    bench.car.surround(30.0, "tunnel")
    bench.gate.dial(ORDER, LOAD)
    assert (bench.heard, bench.inner.asked, bench.cuts) == ([], [], [True])
    bench.later.pop()()
    assert bench.heard == [Unreached("a", "no_network")]


def test_a_short_gap_is_survived_and_a_long_one_drops_the_call_once() -> None:
    bench = Bench()
    bench.answered()
    bench.car.surround(30.0, "tunnel")
    bench.wait(0.5)
    bench.car.surround(30.5, "road")
    bench.wait(3.0)
    assert len(bench.heard) == 2
    bench.car.surround(bench.clock.now(), "tunnel")
    for _ in range(8):
        bench.wait(HOLDS_S / 4)
    assert bench.heard[2:] == [Dropped("a", "no_network")]
    bench.inner.tell(ClearedDown("a"))
    assert len(bench.heard) == 3, "nothing follows a call that was lost"
    assert bench.cuts[-1] is True
    assert bench.inner.asked[-1] == "hang up a"


def test_an_attempt_that_loses_the_radio_is_unreached() -> None:
    bench = Bench()
    bench.gate.dial(ORDER, LOAD)
    bench.car.inject("jammed", bench.clock.now())
    bench.wait(0.1)
    bench.wait(HOLDS_S + 1.0)
    assert bench.heard == [Unreached("a", "jammed")]


def test_a_dead_modem_drops_at_once_and_losing_12v_does_not() -> None:
    bench = Bench()
    bench.answered()
    bench.car.inject("supply_wire_broken", 30.0)
    bench.wait(60.0)
    assert bench.car.power(bench.clock.now()).source == "backup"
    assert len(bench.heard) == 2
    bench.car.inject("modem_dead", bench.clock.now())
    bench.wait(0.1)
    assert bench.heard[2:] == [Dropped("a", "no_modem")]


def test_the_capacitors_end_ends_the_call() -> None:
    bench = Bench()
    bench.answered()
    bench.car.inject("backup_missing", 30.0)
    bench.car.inject("supply_wire_broken", 30.0)
    bench.wait(100.0)
    assert len(bench.heard) == 2
    bench.wait(100.0)
    assert bench.heard[2:] == [Dropped("a", "no_power")]


def test_a_call_back_arrives_only_over_a_living_radio() -> None:
    bench = Bench()
    bench.inner.tell(CalledBack("b"))
    bench.gate.answer_callback("b")
    bench.gate.hang_up("b")
    bench.inner.tell(CalledBack("c"))
    bench.gate.decline("c")
    bench.gate.answer_callback("c")
    bench.car.surround(30.0, "tunnel")
    bench.inner.tell(CalledBack("d"))
    assert bench.heard == [CalledBack("b"), CalledBack("c")]
    assert bench.inner.asked == ["answer b", "hang up b", "decline c", "decline d"]


def test_each_rung_needs_its_own_layers() -> None:
    car = PretendCar(utc_at_start=Y2029)
    assert car.why_no_call("ng", 30.0) is None
    assert car.why_no_call("cs", 30.0) == "no_circuit_switched"


async def _on_a_loop() -> list[Report]:
    import asyncio  # noqa: PLC0415  # only this test needs a loop

    clock, car, inner = PretendClock(30.0), PretendCar(), Inner()
    heard: list[Report] = []
    gate = GatedBearer(inner, car, "ng", clock)
    gate.listen(heard.append)
    car.inject("jammed", 30.0)
    gate.dial(ORDER, LOAD)
    assert heard == []
    await asyncio.sleep(0)
    gate.close()
    return heard


def test_on_an_event_loop_the_gate_needs_no_soon_of_its_own() -> None:
    import asyncio  # noqa: PLC0415

    assert asyncio.run(_on_a_loop()) == [Unreached("a", "jammed")]


def test_data_travels_only_while_a_session_stands() -> None:
    import asyncio  # noqa: PLC0415

    clock, car, path = PretendClock(30.0), PretendCar(), Path()
    later: list[Callable[[], None]] = []
    heard: list[DataReport] = []
    gate = GatedDataPath(path, car, clock, soon=later.append)
    gate.listen(heard.append)
    gate.offer("1", b"x", 5.0)
    path.tell(DataReport("1", delivered=True))
    gate.offer("2", b"x", 5.0)
    car.inject("sim_not_active", 30.0)
    path.tell(DataReport("2", delivered=True))
    gate.offer("3", b"x", 5.0)
    later.pop()()
    assert path.offered == ["1", "2"]
    assert [r.delivered for r in heard] == [True, False, False]
    assert heard[2].why == "no_data_session"
    assert gate.name == "mqtt"
    asyncio.run(gate.close())
    assert path.closed
