"""A bad road: loses messages in both directions, by seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from opensos.protocols.effects import Address


class Carrier(Protocol):
    """The road underneath."""

    def send(self, data: bytes, to: Address) -> None:
        """Send one message."""
        ...

    async def close(self) -> None:
        """Give every socket back."""
        ...


class Hearer(Protocol):
    """Who listens at our end."""

    def received(self, data: bytes, source: Address) -> None:
        """Take one whole message."""
        ...

    def failed(self, to: Address) -> None:
        """Take the news that this address cannot be reached."""
        ...


@dataclass
class LossyRoad:
    """Stands between a real road and its receiver and drops a share of what passes.

    Open the real road with this object as receiver, then set ``carrier`` and hand this object to
    the pump as its road.

    Attributes:
        hearer: who gets what is not lost.
        loss: share of messages that vanish, 0..1, each direction on its own.
        seed: the same seed loses the same messages.
        lost: how many vanished so far.
    """

    hearer: Hearer
    loss: float
    seed: int
    carrier: Carrier | None = None
    lost: int = 0
    _dice: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)  # noqa: S311  # a pretend road, not a secret

    def send(self, data: bytes, to: Address) -> None:
        """Pass the message on, unless it is lost."""
        if self.carrier is not None and not self._vanishes():
            self.carrier.send(data, to)

    def received(self, data: bytes, source: Address) -> None:
        """Hand the message over, unless it is lost."""
        if not self._vanishes():
            self.hearer.received(data, source)

    def failed(self, to: Address) -> None:
        """Hand the news over; the local kernel's word is never lost."""
        self.hearer.failed(to)

    async def close(self) -> None:
        """Close the road underneath."""
        if self.carrier is not None:
            await self.carrier.close()

    def _vanishes(self) -> bool:
        if self._dice.random() < self.loss:
            self.lost += 1
            return True
        return False
