"""Keeps the antenna of the unit: follows what the parts say, and switches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.apps.vehicle.around import PART_FAILS
from opensos.protocols.effects import Tell
from opensos.rules.emergency import AntennaChoice, AntennaView, State, UseAntenna
from opensos.rules.readiness.readings import Registration

if TYPE_CHECKING:
    from opensos.apps.vehicle.around import Around
    from opensos.ports import Parts
    from opensos.rules.readiness.readings import Readings

_CAN_CALL = frozenset({Registration.HOME, Registration.ROAMING, Registration.EMERGENCY_ONLY})


class AerialKeeper:
    """The antenna of one unit.

    Args:
        parts: where the antenna is switched.
        around: the unit.
    """

    def __init__(self, parts: Parts, around: Around) -> None:
        self._parts = parts
        self._around = around
        self._choice = AntennaChoice()

    def look(self, readings: Readings, state: State, now: float) -> None:
        """Follow what the parts say, and where the call stands."""
        circuits = {one.name: one.circuit for one in readings.antennas or ()}
        modem = readings.modem
        registered = None
        if modem is not None and modem.registration is not None:
            registered = modem.registration in _CAN_CALL
        view = AntennaView(
            main=circuits.get("main"),
            emergency=circuits.get("emergency"),
            registered=registered,
            wanted=state is not State.IDLE,
            standing=state is State.CONNECTED,
        )
        for effect in self._choice.observe(view, now):
            if isinstance(effect, Tell) and isinstance(effect.event, UseAntenna):
                self._use(effect.event, now)

    def _use(self, order: UseAntenna, now: float) -> None:
        self._around.note("antenna", name=order.name, why=order.why)
        try:
            self._parts.use_antenna(order.name, now)
        except PART_FAILS:
            self._around.note("antenna_failed", name=order.name)
