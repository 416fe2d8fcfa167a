"""The head unit as a tester sees it; on E-series cars it is also the master of the MOST ring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.protocols.uds import Nrc, RoutineKind
from opensos.sim.ecus.generations import HEAD_UNIT
from opensos.sim.ecus.unit import GOODBYE_S, ControlUnit
from opensos.sim.most import encode_answers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opensos.protocols.uds import Read
    from opensos.sim.ecus.unit import Value
    from opensos.sim.head_unit import HeadUnit
    from opensos.sim.most import MostRing

RING_BREAK_DIAGNOSIS = 0xFD90
"""Routine of ours: 31 01 FD90 nn, nn 00 with full light, 01 attenuated; the answer holds what every
unit of the ring saw (``sim/most.py``). How a real master is asked is not public."""


class HeadUnitEcu(ControlUnit):
    """The head unit on the network.

    Args:
        behaviour: The box itself: its knob and its restarts.
        data: What its DIDs hold.
        ring: The ring whose master it is; None = there is none.
        searched: Called when a ring-break diagnosis was made.
    """

    def __init__(
        self,
        behaviour: HeadUnit,
        data: Mapping[int, Value],
        ring: MostRing | None,
        searched: Callable[[float], None],
    ) -> None:
        super().__init__(HEAD_UNIT, "head_unit", (), data)
        self._behaviour = behaviour
        self._ring = ring
        self._searched = searched

    def present(self, now: float) -> bool:
        """Return whether it answers: not while it restarts."""
        return super().present(now) and not self._behaviour.away(now)

    def reset(self, kind: int, now: float) -> Nrc | None:
        """Restart as after a long press; every generation can when a tester asks."""
        self.resets += 1
        self._behaviour.restart(now + GOODBYE_S)
        del kind
        return None

    def routine(self, kind: int, rid: int, data: bytes, now: float) -> Read:
        """Search the ring."""
        if rid != RING_BREAK_DIAGNOSIS or self._ring is None or kind != RoutineKind.START:
            return Nrc.REQUEST_OUT_OF_RANGE
        if data not in {b"\x00", b"\x01"}:
            return Nrc.REQUEST_OUT_OF_RANGE
        self._searched(now)
        return encode_answers(self._ring.ring_break_diagnosis(attenuated=data == b"\x01"))
