"""The non-INVITE client transaction (RFC 3261 §17.1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._states import CLIENT_OTHER, Notice, On
from .base import Transaction

if TYPE_CHECKING:
    from typing import ClassVar

    from ._states import Table


class ClientOther(Transaction):
    """Sends a request until a final answer comes."""

    __slots__ = ()

    table: ClassVar[Table] = CLIENT_OTHER

    def receive(self, status: int) -> Notice | None:
        """Take a response that matches this transaction (§17.1.3)."""
        return self.step(On.PROVISIONAL if status < 200 else On.FINAL)

    def delay(self, timer: On) -> float | None:
        """Return how long the timer runs (RFC 3261 table 4)."""
        if timer is On.TIMER_E:
            return None if self._reliable else self._doubled(timer, self._times.t2)
        if timer is On.TIMER_K:
            return 0.0 if self._reliable else self._times.t4
        return self._times.life  # timer_f
