"""One pretend control unit with identity, data, fault memory and resets; keeps ``UdsUnit``."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from opensos.protocols.uds import BareUnit, Nrc, ResetKind
from opensos.sim.ecus.memory import Memory, Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from opensos.protocols.uds import Done, DtcStatus, ExtendedRecord, Read, Snapshot
    from opensos.sim.ecus.surroundings import Surroundings

LOWEST_SUPPLY_V = 6.0
"""Under this a unit is off (from memory; makers demand 6 to 9 V for the start of the engine)."""

BOOT_S = 2.0
GOODBYE_S = 0.1
"""After promising a reset a unit stays for so long, so that its answer gets out."""

Value: TypeAlias = "bytes | Callable[[Surroundings], bytes]"
"""What a DID holds: the same bytes always, or bytes made of the surroundings."""


class ControlUnit(BareUnit):
    """A neighbour of the telematics unit.

    Args:
        address: Its diagnostic address.
        name: What it is, in one word of ours.
        watches: Its tests.
        data: What its DIDs hold.
    """

    def __init__(
        self,
        address: int,
        name: str,
        watches: Iterable[Watch] = (),
        data: Mapping[int, Value] | None = None,
    ) -> None:
        self.address = address
        self.name = name
        self.memory = Memory(watches)
        self.resets = 0
        self._data: dict[int, Value] = dict(data or {})
        self._seen: Surroundings | None = None
        self._down_at = float("inf")
        self._up_at = float("-inf")

    def observe(self, seen: Surroundings) -> None:
        """See how things are now; the network calls it about once a second and at each request."""
        self._seen = seen
        # A dip of the start is too short for a unit to go down by it, and is just what it must see.
        if self.present(seen.at) or seen.cranking:
            self.memory.step(seen)

    @property
    def surroundings(self) -> Surroundings:
        """Return what it saw last.

        Raises:
            LookupError: It has not been let see anything yet.
        """
        if self._seen is None:
            raise LookupError(f"{self.name} has seen nothing yet")
        return self._seen

    def wake_up(self, now: float) -> None:
        """Be woken by the bus: a unit that was put to sleep is there again."""
        if self._up_at == float("inf"):
            self._down_at, self._up_at = float("inf"), now

    # --- UdsUnit ---------------------------------------------------------------------------------

    def present(self, now: float) -> bool:
        """Return whether it answers: powered, awake, and not in a reset."""
        powered = self._seen is None or self._seen.supply_v >= LOWEST_SUPPLY_V
        return powered and not self._down_at <= now < self._up_at

    def read(self, did: int, now: float) -> Read:
        """Return a DID's data."""
        del now
        value = self._data.get(did)
        if value is None or (self._seen is None and not isinstance(value, bytes)):
            return Nrc.REQUEST_OUT_OF_RANGE
        return value if isinstance(value, bytes) else value(self.surroundings)

    def dtcs(self, memory: int, now: float) -> Sequence[DtcStatus]:
        """Return every code of a memory with its status byte."""
        del now
        return self.memory.statuses(memory)

    def snapshots(self, code: int, memory: int, now: float) -> Sequence[Snapshot]:
        """Return a code's freeze frames."""
        del now
        return self.memory.snapshots(code, memory)

    def extended(self, code: int, memory: int, now: float) -> Sequence[ExtendedRecord]:
        """Return a code's counters."""
        del now
        return self.memory.extended(code, memory)

    def clear(self, group: int, memory: int, now: float) -> Done:
        """Clear a code or all."""
        del now
        return self.memory.clear(group, memory)

    def reset(self, kind: int, now: float) -> Nrc | None:
        """Restart, or (11 04, BMW's own meaning) sleep until the bus wakes it."""
        self.resets += 1
        self._down_at = now + GOODBYE_S
        sleeps = kind == ResetKind.SLEEP
        self._up_at = float("inf") if sleeps else now + GOODBYE_S + BOOT_S
        return None

    def record_dtcs(self, now: float, *, on: bool) -> None:
        """Go on or stop to store codes."""
        del now
        self.memory.record(on=on)
