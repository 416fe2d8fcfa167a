"""One circuit-switched call as the bearer sees it, and what its end means."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opensos.rules.emergency import ClearedDown, Dropped, Refused, Unreached

if TYPE_CHECKING:
    from opensos.rules.emergency import Report


@dataclass(slots=True)
class ModemCall:
    """The one call that there is. ``phase``: placing, dialling, ringing (at the car), up, over."""

    name: str
    phase: str
    rang: bool = False
    told: bool = True  # whether reports of it are wanted
    missed: int = 0  # looks in a row that did not show it
    transfer: bool = False
    delivered: bool = False
    pulls: int = 0
    fresh: bytes | None = None  # waits for the running transfer to end
    owed: asyncio.TimerHandle | None = None
    word: str = ""  # the modem's word for its end
    look_now: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def callback(self) -> bool:
        """Whether the centre called."""
        return self.name.startswith("callback ")

    def wanted(self) -> bool:
        """Tell whether its reports are wanted still (nobody has hung up or dialled anew)."""
        return self.told

    def standing(self) -> bool:
        """Tell whether it is wanted and up."""
        return self.told and self.phase == "up"

    def forgive(self) -> None:
        """Stop waiting for a delivery."""
        if self.owed is not None:
            self.owed.cancel()
            self.owed = None


def last_report(call: ModemCall, was: str, *, normal: bool | None) -> Report:
    """Return the report that ends a call, from the phase where it stood and the modem's words.

    A centre that hangs up after it has the data ends the call on purpose. One that hangs up before
    that may have been a person's slip: it is called again.
    """
    if was == "ringing":
        return Dropped(call.name, "abandoned")
    if was != "up":
        return _never_stood(call)
    if call.word == "CLEARED" or (normal and (call.delivered or call.callback)):
        return ClearedDown(call.name)
    return Dropped(call.name, "modem" if call.word == "MODEM" else "network")


_WHY = {"NO ANSWER": "no_answer", "NO DIALTONE": "no_network", "NO CARRIER": "no_carrier"}


def _never_stood(call: ModemCall) -> Report:
    if call.word == "BUSY":
        return Refused(call.name, 486, None)
    return Unreached(call.name, _WHY.get(call.word, "modem" if call.word else "no_carrier"))
