"""The times and bounds of the call procedure, and which URN a call may use."""

from __future__ import annotations

from dataclasses import dataclass

from opensos.protocols.effects import LocalError
from opensos.rules.emergency.events import Cause

# RFC 8147 §14.2. Written out here too, so that this room needs no bearer; a test compares.
AUTOMATIC = "urn:service:sos.ecall.automatic"
MANUAL = "urn:service:sos.ecall.manual"
TEST = "urn:service:test.sos.ecall"


@dataclass(frozen=True, slots=True)
class Settings:
    """Times in seconds. The defaults are the standards' where they name a figure.

    Attributes:
        cancel_window_s: how long a person may take an SOS press back; a crash never waits.
        t2_s: fallback clear-down by the car (EN 16062: T2, 60 min).
        t9_s: how long the unit stays registered for a callback (EN 16062: T9, at least 1 h).
        redial_bound_s: a redial starts within this time of the drop (EN 16062: 2 min).
        redial_delays_s: the wait before each redial; their number bounds the redials of one
            trigger, or since the call last stood for ``beat_s``. The first two go at once.
        attempts_most: attempts of one trigger, whatever comes between them: a network that carries
            each call for a minute and drops it earns new redials, but not for hours.
        attempt_limit_s: an attempt without any sign of life is taken back after this time; longer
            than SIP's own timer B (32 s, RFC 3261 §17.1.1.2), which normally says so first.
        beat_s: how often a standing call is noted on disk, so that a unit that lost its power
            knows to this grain when the call was lost.
    """

    cancel_window_s: float = 5.0
    t2_s: float = 3600.0
    t9_s: float = 3600.0
    redial_bound_s: float = 120.0
    redial_delays_s: tuple[float, ...] = (0.0, 0.0, 5.0, 10.0, 15.0, 20.0, 30.0, 30.0)
    attempts_most: int = 25
    attempt_limit_s: float = 40.0
    beat_s: float = 30.0

    def __post_init__(self) -> None:
        """Refuse settings that would break a promise: endless calls, endless redial."""
        if not 0 <= self.cancel_window_s <= 60:
            raise LocalError("the cancel window must be between 0 and 60 seconds")
        if not (self.t2_s > 0 and self.attempt_limit_s > 0 and self.beat_s > 0):
            raise LocalError("the times of a call must be more than 0 seconds")
        if self.t9_s < 3600:
            raise LocalError("the callback window must be at least one hour")
        if not 0 <= self.redial_bound_s <= 120:
            raise LocalError("redial must stay within two minutes of the drop")
        if any(delay < 0 for delay in self.redial_delays_s):
            raise LocalError("a redial delay cannot be negative")
        if not 1 <= self.attempts_most <= 100:
            raise LocalError("one trigger is dialled between 1 and 100 times")


def urn_for(cause: Cause, *, test: bool) -> str:
    """Return the service URN to dial: the only place where a call becomes an emergency call."""
    if test or cause is Cause.TEST:
        return TEST
    return AUTOMATIC if cause is Cause.AUTOMATIC else MANUAL


# "Busy here", "busy everywhere", "decline" with the acknowledgement: a person at the centre knows
# of the crash and cannot talk (RFC 8147 §6). Other statuses say that something is broken.
_KNOWING_REFUSALS = frozenset({486, 600, 603})


def person_knows(status: int, received: bool | None) -> bool:  # noqa: FBT001  # as in the report
    """Return whether a refusal says that a person at the centre knows and cannot talk."""
    return received is True and status in _KNOWING_REFUSALS
