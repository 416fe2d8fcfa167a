"""Everything that a person can do to a car and its unit, for the page and the command line.

The unit alone has button, self-test, faults, resets and service mode; a pretend car adds ignition,
driving, faults to put in and actions to do. What is refused says why, in one sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opensos.apps.vehicle.cockpit_view import pretend_json, signals_json, unit_json
from opensos.protocols.effects import LocalError, UserError
from opensos.rules.emergency import State
from opensos.rules.resets import Kind, may
from opensos.sim.faults import actions, faults
from opensos.sim.geography import places

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.apps.vehicle.box import Housing
    from opensos.apps.vehicle.pretend import PretendVehicle
    from opensos.apps.vehicle.unit import Unit
    from opensos.rules.resets import Refusal
    from opensos.sim.view import Done

DRIVES = ("engine", "drive", "stop", "park")
_LONG_PRESS_S = 31.0


class RefusedError(UserError):
    """Not now; ``text_key`` names a sentence of ``rules/emergency/texts`` that says why."""

    def __init__(self, text_key: str, sentence: str) -> None:
        super().__init__(sentence)
        self.text_key = text_key


class Cockpit:
    """One car with its unit, as a person sits in it.

    Args:
        box: holds the unit.
        vehicle: the pretend car around it; None = a real board.
        say: returns the English sentence of a text key.
    """

    def __init__(
        self, box: Housing, vehicle: PretendVehicle | None = None, say: Callable[[str], str] = str
    ) -> None:
        self.box = box
        self.vehicle = vehicle
        self._say = say

    @property
    def unit(self) -> Unit:
        """The unit that runs, or ran last. Raises RefusedError before the first start."""
        try:
            return self.box.newest
        except LocalError as error:
            raise RefusedError("unit_off", "The unit has not started yet.") from error

    def to_json(self) -> dict[str, Any]:
        """Return the whole state: the call, the unit's health, the pretend car.

        Raises:
            RefusedError: the unit has not started yet.
        """
        state = self.unit.to_json() | unit_json(self.box)
        state["pretend"] = None if self.vehicle is None else pretend_json(self.vehicle)
        return state

    # --- the unit

    def press_sos(self, *, test: bool = False) -> None:
        """Press SOS long enough, or place a test call.

        Raises:
            RefusedError: not now; or the unit is live, whose SOS is pressed by hand, in the car.
        """
        unit = self._running()
        if unit.config.live and not test:
            raise RefusedError("sos.in_car", "This unit is live: press the button in the car.")
        if not test:
            unit.press_sos()
        elif unit.state is State.IDLE:
            unit.call_for_test()
        else:
            raise RefusedError(
                "test_not_now", "A test call can only be made while nothing else is under way."
            )

    def cancel(self) -> None:
        """Take a press back. Raises RefusedError when there is nothing to take back."""
        if not self._running().cancel():
            raise RefusedError("cancel_too_late", "There is nothing that can be cancelled now.")

    def self_test(self) -> None:
        """Begin a self-test. Raises UserError."""
        self._running().self_test()

    def clear_faults(self) -> None:
        """Clear the fault memory. Raises RefusedError."""
        self._refuse(self._running().clear_faults())

    def service(self, *, on: bool) -> None:
        """Enter or leave service mode. Raises RefusedError."""
        unit = self._running()
        if on:
            self._refuse(unit.resets.enter_service())
        else:
            unit.resets.leave_service()

    def reset(self, kind: str, minutes: float = 15.0) -> None:
        """Reset: ``soft``, ``unit`` or ``hard``; ``gesture`` is made with the button.

        Raises:
            RefusedError: not now.
            UserError: there is no such reset, or not here.
        """
        if kind not in {Kind.SOFT, Kind.UNIT, Kind.HARD}:
            raise UserError("Resets are soft, unit and hard; the gesture is made with the button.")
        if kind == Kind.UNIT:
            self._refuse(self._running().reset(kind, "asked"))
            return
        vehicle = self._pretend()
        self._refuse(may(kind, self.unit.resets.situation()))
        now = vehicle.clock.now()
        if kind == Kind.SOFT:
            if not vehicle.network.head_unit.can_restart:
                raise RefusedError(
                    "reset.refused.no_soft", "This head unit is too old to be reset by a press."
                )
            vehicle.network.head_unit.restart(now)
            self.unit.note("soft_reset", "service")
        else:
            self._done(vehicle.car.do(f"disconnect_12v:{minutes:g}", now))
            self.unit.note("hard_reset", "service", minutes=minutes)
        self.box.changed()

    # --- the pretend car

    def button(self, *, down: bool) -> None:
        """Press or release the SOS button of the pretend car."""
        vehicle = self._pretend()
        now = vehicle.clock.now()
        if down:
            vehicle.car.press_button(now)
        else:
            vehicle.car.release_button(now)

    def ignition(self, *, on: bool) -> None:
        """Turn the ignition of the pretend car on or off."""
        vehicle = self._pretend()
        vehicle.car.ignition(vehicle.clock.now(), on=on)
        self.unit.note("ignition_on" if on else "ignition_off", "car")

    def move(self, what: str, place: str | None = None) -> None:
        """Start the engine, drive, stop (engine on) or park (all off). Raises UserError."""
        vehicle = self._pretend()
        car, now = vehicle.car, vehicle.clock.now()
        if what == "engine":
            if not car.start_engine(now):
                raise RefusedError("engine_dead", "The starter does not turn the engine.")
        elif what == "drive":
            if not car.drive(now, place or "road"):
                raise RefusedError("engine_dead", "The starter does not turn the engine.")
        elif what == "stop":
            car.surround(now, place or car.trip(now).place)
        elif what == "park":
            car.park(now, place or "street")
        else:
            raise UserError(f"A car can {', '.join(DRIVES)}, not {what!r}.")
        self.unit.note(f"car_{what}", "car", place=car.trip(now).place)

    def crash(self, scenario: str) -> None:
        """Let a scenario happen. Raises UserError for no such one."""
        self._pretend().crash(scenario)

    def inject(self, fault: str, *, mode: str = "hard", severity: float = 1.0) -> None:
        """Put a fault in. Raises UserError."""
        vehicle = self._pretend()
        vehicle.car.inject(fault, vehicle.clock.now(), mode=mode, severity=severity)
        self.unit.note("fault_injected", "car", fault=fault, mode=mode)

    def inject_from(self, text: str) -> int:
        """Put in what a TOML file says; returns how many faults. Raises UserError."""
        vehicle = self._pretend()
        present = vehicle.car.inject_from(text, vehicle.clock.now())
        for one in present:
            self.unit.note("fault_injected", "car", fault=one.fault.id, mode=one.mode)
        return len(present)

    def take_out(self, fault: str) -> None:
        """Take a fault out by magic, or ``all``. Raises UserError for no such one."""
        vehicle = self._pretend()
        now = vehicle.clock.now()
        if fault == "all":
            vehicle.car.clear_faults(now)
        elif not vehicle.car.clear_fault(fault, now):
            raise UserError(f"The fault {fault!r} is not in the car.")
        self.unit.note("fault_taken_out", "car", fault=fault)

    def do(self, action: str) -> Done:
        """Do to the car what an owner or a workshop does. Raises UserError, RefusedError."""
        vehicle = self._pretend()
        # A reset is asked for like any other, and then the pretend car learns what it cures. A unit
        # that hangs can be asked nothing: the workshop's reset reaches it all the same.
        if action == Kind.SOFT + "_reset":
            self.reset(Kind.SOFT)
        elif action == Kind.UNIT + "_reset" and self.box.unit is not None:
            self.reset(Kind.UNIT)
        done = vehicle.car.do(action, vehicle.clock.now())
        self._done(done)
        cured = ", ".join(done.cured) or None
        self.unit.note("action_done", "car", action=action, result=done.text_key, cured=cured)
        self.box.changed()
        return done

    def known(self) -> dict[str, Any]:
        """Return what lists are made of: lamps, sounds; of a pretend car faults, actions, places.

        Faults that the car's family cannot have are left out.
        """
        if self.vehicle is None:
            return {**signals_json(), "faults": [], "actions": [], "places": []}
        family = self.vehicle.order.family
        return {
            **signals_json(),
            "faults": [
                {"id": one.id, "cause": one.cause, "text_key": one.text_key, "sos": one.sos}
                for one in faults().values()
                if family in one.families
            ],
            "actions": [
                {"id": one.id, "who": one.who, "minutes": one.minutes, "text_key": one.text_key}
                for one in actions().values()
            ],
            "places": list(places()),
        }

    # --- inside

    def _running(self) -> Unit:
        unit = self.box.unit
        if unit is None:
            raise RefusedError("unit_off", f"The unit does not run: it is {self.box.state}.")
        return unit

    def _pretend(self) -> PretendVehicle:
        if self.vehicle is None:
            raise RefusedError("no_pretend", "This is a real board, not a pretend car.")
        return self.vehicle

    def _refuse(self, refusal: Refusal | None) -> None:
        if refusal is not None:
            raise RefusedError(refusal.text_key, self._say(refusal.text_key))

    def _done(self, done: Done) -> None:
        if done.text_key.startswith("refused."):
            raise RefusedError(done.text_key, self._say(done.text_key))
