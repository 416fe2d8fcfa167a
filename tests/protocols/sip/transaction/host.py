"""A host that writes down what a transaction asks of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.protocols.effects import Address
from opensos.protocols.sip.transaction import On, Times, Transaction

if TYPE_CHECKING:
    from opensos.protocols.sip.transaction import Notice

UDP = Address("udp", "192.0.2.9", 5060)
TCP = Address("tcp", "192.0.2.9", 5060)
TIMES = Times(0.5, 4.0, 5.0)


class NoteHost:
    """Keeps every message sent and every timer that runs, with its length."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.running: dict[On, float] = {}
        self.over: list[Transaction] = []

    def send(self, data: bytes, to: Address) -> None:
        self.sent.append(data)

    def arm(self, owner: Transaction, timer: On, delay: float) -> object:
        self.running[timer] = delay
        return timer

    def disarm(self, alarm: object) -> None:
        if isinstance(alarm, On):
            self.running.pop(alarm, None)

    def ended(self, transaction: Transaction) -> None:
        self.over.append(transaction)

    def fire(self, transaction: Transaction, timer: On) -> Notice | None:
        assert timer in self.running, f"{timer} does not run"
        del self.running[timer]
        return transaction.step(timer)
