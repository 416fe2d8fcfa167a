"""The non-INVITE server transaction (RFC 3261 §17.2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._states import SERVER_OTHER, Notice, On, State
from .base import Transaction

if TYPE_CHECKING:
    from typing import ClassVar

    from ._states import Table


class ServerOther(Transaction):
    """Absorbs repeated requests and repeats the answer to them."""

    __slots__ = ()

    table: ClassVar[Table] = SERVER_OTHER

    def respond(self, status: int, message: bytes) -> Notice | None:
        """Send a response; a second final one is discarded (§17.2.2)."""
        if self.state is not State.COMPLETED:
            self.message = message
        return self.step(On.SEND_PROVISIONAL if status < 200 else On.SEND_FINAL)

    def delay(self, timer: On) -> float | None:
        """Return how long the timer runs (RFC 3261 table 4)."""
        if timer is On.TIMER_J:
            return 0.0 if self._reliable else self._times.life
        return None
