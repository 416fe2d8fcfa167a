"""The INVITE client transaction (RFC 3261 §17.1.1, RFC 6026 §7.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._states import CLIENT_INVITE, Notice, On
from .base import Transaction

if TYPE_CHECKING:
    from typing import ClassVar

    from ._states import Table

LEAST_D = 32.0
"""Timer D is at least this long on datagrams: the server's T1 is unknown (RFC 3261 §17.1.1.2)."""


class ClientInvite(Transaction):
    """Sends an INVITE until something answers, and acknowledges refusals by itself.

    ``ack`` is the ACK for a refusal as bytes; whoever passes the response in sets it first, since
    it carries the response's To (§17.1.1.3).
    """

    __slots__ = ("ack",)

    table: ClassVar[Table] = CLIENT_INVITE
    ack: bytes

    def receive(self, status: int) -> Notice | None:
        """Take a response that matches this transaction (§17.1.3)."""
        if status < 200:
            return self.step(On.PROVISIONAL)
        return self.step(On.SUCCESS if status < 300 else On.FAILURE)

    def delay(self, timer: On) -> float | None:
        """Return how long the timer runs (RFC 3261 table 4, RFC 6026 §8.4)."""
        if timer is On.TIMER_A:
            return None if self._reliable else self._doubled(timer)
        if timer is On.TIMER_D:
            return 0.0 if self._reliable else max(LEAST_D, self._times.life)
        return self._times.life  # timer_b, timer_m

    def _send_ack(self) -> None:
        self._host.send(self.ack, self.to)
