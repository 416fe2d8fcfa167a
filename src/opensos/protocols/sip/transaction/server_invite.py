"""The INVITE server transaction (RFC 3261 §17.2.1, RFC 6026 §7.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._states import SERVER_INVITE, Notice, On
from .base import Transaction

if TYPE_CHECKING:
    from typing import ClassVar

    from ._states import Table


class ServerInvite(Transaction):
    """Absorbs repeated INVITEs and repeats a refusal until its ACK comes.

    The 100 that §17.2.1 wants within 200 ms is sent by the user of this machine, at once.
    """

    __slots__ = ()

    table: ClassVar[Table] = SERVER_INVITE

    def respond(self, status: int, message: bytes) -> Notice | None:
        """Send a response; a 2xx may be sent again, which is how the core repeats it."""
        if status < 200:
            on = On.SEND_PROVISIONAL
        else:
            on = On.SEND_SUCCESS if status < 300 else On.SEND_FAILURE
        if self.can(on):
            self.message = message
        return self.step(on)

    def delay(self, timer: On) -> float | None:
        """Return how long the timer runs (RFC 3261 table 4, RFC 6026 §7.1)."""
        if timer is On.TIMER_G:
            return None if self._reliable else self._doubled(timer, self._times.t2)
        if timer is On.TIMER_I:
            return 0.0 if self._reliable else self._times.t4
        return self._times.life  # timer_h, timer_l
