"""The unit with all its parts: button, lamp, self-test, resets, service mode, data, antenna."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opensos.apps.vehicle import UnitConfig
from opensos.ports import DataReport
from opensos.protocols import link
from opensos.protocols.effects import UserError
from opensos.rules.emergency import ClearedDown, Refused, Settings, State, Unreached
from tests.apps.vehicle.garage import AT_ONCE, Garage, read

if TYPE_CHECKING:
    from collections.abc import Callable


def garage(config: UnitConfig = AT_ONCE) -> Garage:
    return Garage(config, fitted=True)


# --- the button ---------------------------------------------------------------------------------


def test_holding_sos_calls_and_a_touch_does_not() -> None:
    here = garage()
    here.hold_sos(0.3)
    assert here.bearer.verbs == []
    assert "sos_touched" in here.keys
    here.hold_sos(1.5)
    assert here.bearer.verbs == ["dial"]
    assert here.bearer.dials[0][0].test is True


def test_sos_works_with_the_ignition_off() -> None:
    here = garage()
    here.car.park(here.clock.now())
    here.drive(60, 1.0)
    here.hold_sos()
    assert here.bearer.verbs == ["dial"]


def test_a_short_press_in_the_cancel_window_takes_the_call_back() -> None:
    here = garage(UnitConfig(procedure=Settings(cancel_window_s=5.0)))
    here.hold_sos()
    assert here.unit.to_json()["state"] == "cancel_window"
    here.drive(0.6)
    here.hold_sos(0.2)
    here.drive(1.0)
    assert here.unit.to_json()["state"] == "idle"
    here.drive(6.0, 0.05)
    assert here.bearer.verbs == []


def test_a_crash_has_no_cancel_window() -> None:
    here = garage(UnitConfig(procedure=Settings(cancel_window_s=5.0)))
    here.drive(2, 0.05)
    here.crash("barrier")
    assert here.bearer.verbs[0] == "dial"


def test_a_stuck_button_calls_at_most_once_and_is_found() -> None:
    here = garage()
    here.drive(40, 0.5)
    here.car.inject("button_stuck", here.clock.now())
    here.drive(60, 0.05)
    assert here.keys.count("sos_pressed") <= 1, "no call can be told from a long press sooner"
    assert "sos_pressed_again" not in here.keys
    assert "button_stuck" in here.keys


def test_lamp_and_sound_follow_the_call() -> None:
    here = garage()
    here.drive(2, 0.05)
    assert here.unit.panel is not None
    calm = here.unit.panel.signal
    here.hold_sos()
    calling = here.unit.panel.signal
    assert calm is not None
    assert calling is not None
    assert calm.led.startswith("green")
    assert calling.led.startswith("amber")
    assert here.car.lamp_pattern(here.clock.now()) == calling.led


# --- self-test and faults -------------------------------------------------------------------------


def test_a_broken_antenna_lights_the_warning_until_a_passed_test_puts_it_out() -> None:
    here = garage()
    here.drive(100, 0.5)
    keeper = here.unit.keeper
    assert keeper is not None
    assert keeper.health.readiness.state == "ready"
    here.car.inject("main_antenna_open", here.clock.now())
    here.drive(60, 0.5)
    assert keeper.health.warning is not None
    assert here.unit.signal().led.startswith("red")
    assert here.unit.clear_faults() is not None, "not in a drive"
    here.stand()
    assert here.unit.clear_faults() is None
    assert keeper.health.warning is not None, "clearing proves nothing"
    here.car.do("replace_antenna:main", here.clock.now())
    here.car.do("repair_wiring:main_antenna", here.clock.now())
    here.drive(60, 0.5)
    assert keeper.health.warning is None


def test_faults_survive_a_restart_and_a_self_test_never_calls() -> None:
    here = garage()
    here.car.inject("sim_locked", here.clock.now())
    here.drive(60, 0.5)
    here.unit.self_test()
    here.drive(100, 0.5)
    before = {dtc.code for dtc in here.unit.keeper.health.faults} if here.unit.keeper else set()
    again = here.restarted()
    assert again.unit.keeper is not None
    assert before
    assert {dtc.code for dtc in again.unit.keeper.health.faults} == before
    assert here.bearer.verbs == again.bearer.verbs == []


def test_a_self_test_waits_for_the_end_of_a_call() -> None:
    here = garage()
    here.hold_sos()
    with pytest.raises(UserError):
        here.unit.self_test()


def test_a_unit_without_parts_has_no_self_test_and_still_calls() -> None:
    here = Garage()
    with pytest.raises(UserError):
        here.unit.self_test()
    here.unit.press_sos()
    assert here.bearer.verbs == ["dial"]


# --- resets and service mode ----------------------------------------------------------------------


def test_a_reset_is_refused_in_a_drive_in_a_call_and_in_the_callback_window() -> None:
    here = garage()
    here.drive(3, 0.05)
    refused = here.unit.reset("unit", "asked")
    assert refused is not None
    assert refused.text_key == "reset.refused.driving"
    here.stand()
    here.hold_sos()
    refused = here.unit.reset("unit", "asked")
    assert refused is not None
    assert refused.text_key == "reset.refused.call"
    call = here.answer()
    here.bearer.report(ClearedDown(call))
    assert here.unit.state is State.CALLBACK_WINDOW
    refused = here.unit.reset("unit", "asked")
    assert refused is not None
    assert refused.text_key == "reset.refused.callback_window"
    assert here.restarts == []


def test_a_reset_that_is_allowed_is_logged_and_bounded_over_restarts() -> None:
    here = garage()
    here.stand()
    for _ in range(3):
        assert here.unit.reset("unit", "asked") is None
        assert here.restarts == ["asked"]
        here = here.restarted()
        here.stand()
    refused = here.unit.reset("unit", "asked")
    assert refused is not None
    assert refused.text_key == "reset.refused.too_often"


def test_the_gesture_restarts_only_in_service_mode_and_calls_nobody() -> None:
    here = garage()
    here.stand()
    assert here.unit.resets.enter_service() is None
    here.drive(1.5, 0.05)
    here.hold_sos(12.0)
    assert here.restarts == ["gesture"]
    assert here.bearer.verbs == []


def test_holding_sos_outside_service_mode_is_a_call_and_never_a_reset() -> None:
    here = garage()
    here.stand()
    here.hold_sos(12.0)
    assert here.restarts == []
    assert here.bearer.verbs == ["dial"]


def test_service_mode_ends_by_itself_and_at_once_by_a_crash() -> None:
    here = garage()
    here.stand()
    assert here.unit.resets.enter_service() is None
    here.unit.press_sos()
    assert here.bearer.verbs == []
    assert "sos_held_back" in here.keys
    here.drive(301, 0.5)
    assert not here.unit.in_service()
    here.unit.press_sos()
    assert here.bearer.verbs == ["dial"]

    other = garage()
    other.stand()
    assert other.unit.resets.enter_service() is None
    other.crash("side")
    assert not other.unit.in_service()
    assert other.bearer.verbs[0] == "dial"


def test_a_restart_ends_service_mode() -> None:
    here = garage()
    here.stand()
    assert here.unit.resets.enter_service() is None
    again = here.restarted()
    assert not again.unit.in_service()


# --- data only ------------------------------------------------------------------------------------


class Inbox:
    """A data path whose centre the test plays."""

    name = "https"

    def __init__(self) -> None:
        self.offers: list[tuple[str, bytes]] = []
        self.tell: Callable[[DataReport], None] | None = None

    def listen(self, tell: Callable[[DataReport], None]) -> None:
        self.tell = tell

    def offer(self, message_id: str, envelope: bytes, timeout_s: float) -> None:
        assert timeout_s > 0
        self.offers.append((message_id, envelope))

    async def close(self) -> None:
        """Nothing to let go of."""


def test_data_goes_when_voice_has_failed_and_ends_with_the_centres_acknowledgement() -> None:
    inbox = Inbox()
    here = Garage(AT_ONCE, fitted=True, paths=(inbox,))
    here.hold_sos()
    assert inbox.offers == []
    here.bearer.report(Unreached(here.bearer.dials[-1][0].call, "no_network"))
    here.drive(0.5, 0.05)
    assert len(inbox.offers) == 1
    name, data = inbox.offers[0]
    envelope = link.decode(data)
    sos = link.read_sos(envelope.body)
    assert (envelope.id, sos.test, sos.cause) == (name, True, "manual")
    assert sos.msd is not None
    assert read(sos.msd).test_call is True
    assert inbox.tell is not None
    inbox.tell(DataReport(name, delivered=True))
    assert here.unit.data.outcome == "acknowledged"
    here.drive(30, 0.5)
    assert len(inbox.offers) == 1


def test_data_that_nobody_acknowledged_goes_on_after_a_restart_with_the_same_name() -> None:
    inbox = Inbox()
    here = Garage(AT_ONCE, fitted=True, paths=(inbox,))
    here.hold_sos()
    here.bearer.report(Unreached(here.bearer.dials[-1][0].call, "no_network"))
    here.drive(0.5, 0.05)
    again = here.restarted()
    again.drive(15, 0.1)
    names = {name for name, _ in inbox.offers}
    assert len(names) == 1
    assert len(inbox.offers) >= 2


def test_hundreds_of_tries_leave_few_lines_in_the_journal() -> None:
    inbox = Inbox()
    here = Garage(AT_ONCE, fitted=True, paths=(inbox,))
    here.hold_sos()
    here.bearer.report(Refused(here.bearer.dials[-1][0].call, 503, None))
    for _ in range(60):
        here.drive(60, 1.0)
        assert inbox.tell is not None
        inbox.tell(DataReport(inbox.offers[-1][0], delivered=False, why="unreachable"))
    assert len(inbox.offers) > 30
    assert here.keys.count("data_offer") < 8


def test_a_reset_waits_while_a_person_at_the_centre_may_call_back() -> None:
    inbox = Inbox()
    here = Garage(AT_ONCE, fitted=True, paths=(inbox,))
    here.stand()
    here.unit.press_sos()
    here.bearer.report(Refused(here.bearer.dials[-1][0].call, 486, True))
    here.drive(0.5, 0.05)
    assert here.unit.state is not State.IDLE
    assert here.unit.reset("unit", "asked") is not None


# --- power and antenna ----------------------------------------------------------------------------


def test_the_emergency_antenna_is_used_when_the_main_one_breaks() -> None:
    here = garage()
    here.drive(10, 0.5)
    here.car.inject("main_antenna_open", here.clock.now())
    here.drive(5, 0.5)
    modem = here.car.modem(here.clock.now())
    assert modem is not None
    assert modem.antenna == "emergency"
    assert "antenna" in here.keys


def test_a_call_survives_the_loss_of_12_v_in_the_middle() -> None:
    here = garage()
    here.hold_sos()
    here.answer()
    here.car.inject("supply_wire_broken", here.clock.now())
    here.drive(60, 0.1)
    assert here.car.power(here.clock.now()).source in {"capacitors", "backup"}
    assert here.unit.state is State.CONNECTED
    assert "hang_up" not in here.bearer.verbs
