from __future__ import annotations

import asyncio

import pytest

from opensos.apps.vehicle import UnitConfig
from opensos.apps.vehicle.diary import TEXT_KEYS as UNIT_KEYS
from opensos.apps.vehicle.words import catalogue
from opensos.ports import JournalEntry, JournalFinding
from opensos.protocols import pidf
from opensos.protocols.effects import UserError
from opensos.protocols.msd import EuroNcap, ImpactLocation
from opensos.rules.emergency import (
    TEXT_KEYS,
    Answered,
    CalledBack,
    ClearedDown,
    DataRequested,
    Dropped,
    Settings,
    State,
    Unreached,
)
from tests.apps.vehicle.garage import AT_ONCE, Garage, MemoryJournal


def ncap(garage: Garage, index: int) -> EuroNcap:
    additional = garage.bearer.messages[index].additional_data
    assert additional is not None
    assert isinstance(additional.decoded, EuroNcap)
    return additional.decoded


# --- what goes out


def test_an_sos_press_carries_where_and_what_the_car_is() -> None:
    garage = Garage()
    garage.drive(60, step=0.5)
    garage.unit.press_sos()
    (message,) = garage.bearer.messages
    fix = garage.car.fix(garage.clock.now())
    assert fix is not None
    assert message.latitude == pytest.approx(fix.latitude, abs=1e-6)
    assert message.longitude == pytest.approx(fix.longitude, abs=1e-6)
    assert message.version == 3
    assert message.recent_n1 not in {None, (0, 0)}
    assert message.vin == garage.car.identity.vin
    assert message.timestamp == int(garage.clock.utc())
    assert message.occupants == 2
    assert message.position_can_be_trusted is True
    assert message.automatic_activation is False
    assert message.test_call is True
    assert message.additional_data is None


def test_the_location_document_says_the_same_place_with_its_radius() -> None:
    garage = Garage()
    garage.drive(20, step=0.5)
    garage.unit.press_sos()
    location = garage.bearer.dials[0][1].location
    assert location is not None
    place = pidf.decode(location).position
    message = garage.bearer.messages[0]
    assert place is not None
    assert place.lat == pytest.approx(message.latitude, abs=1e-6)
    assert place.radius_m == pytest.approx(4.0)
    assert place.method == "GPS"


def test_a_crash_calls_by_itself_and_the_final_figures_follow() -> None:
    garage = Garage()
    garage.drive(5)
    garage.crash("barrier", 0.1)
    garage.answer()
    garage.drive(1.0)
    first, last = garage.bearer.messages[0], garage.bearer.messages[-1]
    assert first.automatic_activation is True
    assert first.message_identifier == 1
    assert last.message_identifier == 2
    assert ncap(garage, 0).location_of_impact is ImpactLocation.FRONT
    first_x, last_x = ncap(garage, 0).delta_v_x, ncap(garage, -1).delta_v_x
    assert first_x is not None
    assert last_x is not None
    assert last_x < -55 < first_x <= -7
    assert "crash_measured" in garage.keys


def test_the_final_figures_can_be_left_to_the_centre_to_ask_for() -> None:
    garage = Garage(UnitConfig(procedure=AT_ONCE.procedure, send_measured=False))
    garage.drive(5)
    garage.crash("barrier", 0.1)
    garage.answer()
    garage.drive(1.0)
    assert len(garage.bearer.messages) == 1


@pytest.mark.parametrize("scenario", ["hard_braking", "pothole"])
def test_no_call_goes_out_for_hard_driving(scenario: str) -> None:
    garage = Garage()
    garage.drive(5)
    garage.crash(scenario, 6.0)
    assert garage.bearer.asked == []
    assert garage.unit.state is State.IDLE


def test_a_side_impact_is_told_as_the_drivers_or_the_other_side() -> None:
    garage = Garage()
    garage.drive(5)
    garage.crash("side")
    assert ncap(garage, 0).location_of_impact is ImpactLocation.DRIVER_SIDE
    garage = Garage(UnitConfig(procedure=AT_ONCE.procedure, driver_on_left=False))
    garage.drive(5)
    garage.crash("side")
    assert ncap(garage, 0).location_of_impact is ImpactLocation.NON_DRIVER_SIDE


def test_data_on_request_is_fresh_and_has_the_next_number() -> None:
    garage = Garage()
    garage.unit.press_sos()
    call = garage.answer()
    garage.drive(30, step=0.5)
    garage.bearer.report(DataRequested(call, "t"))
    first, second = garage.bearer.messages
    assert second.message_identifier == 2
    assert second.timestamp == int(garage.clock.utc())
    assert (second.latitude_mas, second.longitude_mas) != (first.latitude_mas, first.longitude_mas)


def test_another_vin_can_be_set_and_a_wrong_one_is_refused() -> None:
    garage = Garage(UnitConfig(procedure=AT_ONCE.procedure, vin="WM9VDSVDSYA123456"))
    garage.unit.press_sos()
    assert garage.bearer.messages[0].vin == "WM9VDSVDSYA123456"
    for wrong in ("", "WM9VDSVDSYA12345", "WM9VDSVDSYA12345O"):
        with pytest.raises(UserError, match="VIN"):
            UnitConfig(vin=wrong)


# --- order and disk


def test_the_attempt_is_on_the_disk_before_it_is_dialled() -> None:
    garage = Garage()
    garage.unit.press_sos()
    written = garage.journal.entries[: garage.bearer.journal_at_dial[0]]
    states = [entry for entry in written if entry.kind == "state"]
    assert states[-1].durable
    assert states[-1].data["state"] == "dialling"
    assert states[-1].data["attempt"] == 1


def test_a_full_disk_is_noted_once_and_the_call_goes_on() -> None:
    garage = Garage()
    garage.journal.full = True
    garage.unit.press_sos()
    call = garage.answer()
    garage.bearer.report(ClearedDown(call))
    assert garage.bearer.verbs == ["dial"]
    assert garage.unit.state is State.CALLBACK_WINDOW
    assert garage.keys.count("journal_failed") == 1
    garage.journal.full = False
    garage.unit.press_sos()
    garage.journal.full = True
    garage.answer()
    assert garage.keys.count("journal_failed") == 2


def test_a_unit_whose_disk_cannot_be_read_still_calls() -> None:
    garage = Garage(journal=MemoryJournal(full=True))
    garage.unit.press_sos()
    assert garage.bearer.verbs == ["dial"]
    assert "journal_failed" in garage.keys


def test_no_position_and_no_vin_is_ever_written_to_the_disk() -> None:
    garage = Garage()
    garage.drive(10, step=0.5)
    garage.crash("barrier")
    call = garage.answer()
    garage.drive(1)
    garage.bearer.report(DataRequested(call, "t"))
    garage.bearer.report(ClearedDown(call))
    text = repr(garage.journal.entries)
    fix = garage.car.fix(garage.clock.now())
    assert fix is not None
    assert f"{fix.latitude:.2f}" not in text
    assert garage.car.identity.vin not in text


# --- restarts


def test_a_restart_in_a_call_redials_with_the_figures_of_the_crash() -> None:
    garage = Garage()
    garage.drive(5)
    garage.crash("barrier", 1.0)
    garage.answer()
    garage.clock.advance(10)
    again = garage.restarted()
    again.drive(0.1)
    ((order, _),) = again.bearer.dials
    assert order.attempt == 2
    assert ncap(again, 0).location_of_impact is ImpactLocation.FRONT
    assert "restarted" in again.keys
    assert "crash" in again.keys, "the lines of before are still there"


def test_a_restart_after_the_clear_down_dials_nothing() -> None:
    garage = Garage()
    garage.unit.press_sos()
    garage.bearer.report(ClearedDown(garage.answer()))
    again = garage.restarted()
    again.drive(300, step=1.0)
    assert again.bearer.asked == []
    assert again.unit.state is State.CALLBACK_WINDOW


def test_a_damaged_journal_is_noted_and_the_last_good_record_counts() -> None:
    garage = Garage()
    garage.unit.press_sos()
    garage.answer()
    garage.journal.entries += [
        JournalEntry("state", 0.0, {"state": "nonsense"}, True),
        JournalEntry("crash", 0.0, {"impact": "front"}, False),
        JournalEntry("note", 0.0, {"kind": 1}, False),
        JournalEntry("later", 0.0, {}, False),
    ]
    garage.journal.findings = (JournalFinding("torn_last_write", 5),)
    again = garage.restarted()
    damaged = [line for line in again.unit.diary.lines if line.text_key == "journal_damaged"]
    assert [line.data for line in damaged] == [{"places": 3}]
    assert again.unit.state is State.REDIAL_WAIT


# --- the procedure's other orders


def test_the_unit_carries_out_every_order() -> None:
    garage = Garage(UnitConfig(procedure=Settings(cancel_window_s=0, t2_s=60)))
    garage.bearer.report(CalledBack("cb0"))
    garage.unit.press_sos()
    garage.answer()
    garage.drive(61, step=1.0)
    garage.bearer.report(CalledBack("cb1"))
    assert garage.bearer.verbs == ["decline", "dial", "hang_up", "answer_callback"]


def test_a_press_can_be_cancelled_in_its_window_only() -> None:
    garage = Garage(UnitConfig())
    garage.unit.press_sos()
    assert garage.unit.cancel() is True
    assert garage.unit.cancel() is False
    assert garage.bearer.asked == []


def test_a_test_call_is_a_test_and_a_press_goes_before_it() -> None:
    garage = Garage()
    garage.unit.call_for_test()
    garage.unit.press_sos()
    assert garage.bearer.verbs == ["dial", "hang_up", "dial"]
    assert garage.unit.cancel() is False


def test_a_bearer_that_reports_at_once_does_not_confuse_the_order() -> None:
    garage = Garage()
    dial = garage.bearer.dial

    def refused(order: object, load: object) -> None:
        dial(order, load)  # type: ignore[arg-type]  # handed on as they came
        garage.bearer.report(Unreached(garage.bearer.dials[-1][0].call, "local"))

    garage.bearer.dial = refused  # type: ignore[method-assign]  # a bearer with no patience
    garage.unit.press_sos()
    garage.drive(130, step=0.5)
    assert len(garage.bearer.dials) == 1 + 8
    assert garage.unit.state is State.CALLBACK_WINDOW


# --- who watches


def test_watchers_hear_of_every_change_until_they_leave() -> None:
    garage = Garage()
    heard: list[State] = []
    leave = garage.unit.watch(lambda: heard.append(garage.unit.state))
    garage.unit.press_sos()
    assert State.DIALLING in heard
    leave()
    count = len(heard)
    garage.answer()
    assert len(heard) == count


def test_the_state_for_the_page_says_all_that_is_known() -> None:
    garage = Garage()
    garage.drive(5)
    assert garage.unit.to_json()["call"] is None
    garage.crash("barrier", 1.0)
    garage.answer()
    state = garage.unit.to_json()
    assert state["mode"] == "test"
    assert state["state"] == "connected"
    assert state["led"] == "red"
    assert state["call"]["acknowledged"] is True
    assert state["call"]["attempt"] == 1
    assert state["airbag"] is True
    assert state["belts"] == {"driver": True, "front_passenger": True}
    assert state["last_crash"]["impact"] == "front"
    assert 0 < state["last_crash"]["severity"]["probability"] < 1
    assert garage.car.identity.vin not in repr(state)
    assert state["vin_masked"].startswith("ZZ9")


def test_what_the_car_does_not_know_is_null_and_the_call_goes_out_all_the_same() -> None:
    garage = Garage()
    garage.car.change(gnss_accuracy_m=None, clock_offset_s=None, occupants=None, seats=())
    garage.drive(2)
    state = garage.unit.to_json()
    assert (state["position"], state["occupants"], state["belts"]) == (None, None, None)
    garage.unit.press_sos()
    (message,) = garage.bearer.messages
    assert message.latitude is None
    assert message.timestamp_utc is None
    assert message.occupant_count is None
    assert message.position_can_be_trusted is False
    assert garage.bearer.dials[0][1].location is None
    assert "location_unknown" in garage.keys


def test_every_line_of_the_journal_has_a_key_that_is_listed() -> None:
    garage = Garage()
    garage.drive(5)
    garage.crash("barrier")
    garage.bearer.report(Dropped(garage.answer(), "road"))
    garage.drive(1)
    garage.bearer.report(Answered(garage.bearer.dials[-1][0].call, received=None))
    assert set(garage.keys) <= {*TEXT_KEYS, *UNIT_KEYS}


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_key_has_a_text_in_each_catalogue_of_the_page(language: str) -> None:
    texts = catalogue(language)
    assert [key for key in (*TEXT_KEYS, *UNIT_KEYS) if f"journal.{key}" not in texts] == []


def test_the_lines_after_a_count_are_found_also_when_the_oldest_have_fallen_out() -> None:
    garage = Garage()
    diary = garage.unit.diary
    for _ in range(250):
        garage.unit.note("no_trigger")
    count = diary.count
    assert diary.after(count) == ()
    garage.unit.note("sensor_failed")
    assert [line.text_key for line in diary.after(count)] == ["sensor_failed"]
    assert len(diary.after(0)) == len(diary.lines) == 200


# --- with the event loop


def test_started_the_unit_runs_by_itself_until_it_is_closed() -> None:
    async def story() -> None:
        garage = Garage(UnitConfig(poll_s=0.001))
        garage.unit.start()
        garage.clock.advance(1.0)
        garage.unit.press_sos()
        garage.clock.advance(5.0)
        garage.unit.press_sos()  # asks the loop for an alarm that is due
        async with asyncio.timeout(5):
            while not garage.bearer.dials:
                await asyncio.sleep(0)
                garage.clock.advance(0.001)
                if garage.unit.wake_at is not None and garage.unit.wake_at <= garage.clock.now():
                    garage.unit.wake()
        await garage.unit.close()
        before = len(garage.bearer.asked)
        await asyncio.sleep(0.005)
        assert len(garage.bearer.asked) == before

    asyncio.run(story())
