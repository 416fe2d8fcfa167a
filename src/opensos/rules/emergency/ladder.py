"""The bearer ladder: which way to carry one attempt, and which one next when it fails.

Rungs are named by how they carry the voice: ``ng`` is NG-eCall over SIP, ``cs`` the
circuit-switched eCall of the modem. (Data without voice is ``data_sos``, beside the ladder.)

What public texts say (3GPP TS 23.167 §7.7 and annex H, the table of first and second attempt;
TS 24.229 for the 380; EN 17184 could not be read): an NG-eCall where the cell says that it carries
one, else a circuit-switched eCall where there is a circuit-switched service, else an emergency call
over IMS all the same; the second attempt goes by the other way. A 380 "alternative service" sends
the car to the circuit-switched side. What they leave open is ours, and argued in
``docs/topics/bearer-ladder.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from opensos.protocols.effects import Effect, LocalError, Tell, WakeAt
from opensos.rules.emergency.events import (
    Answered,
    CalledBack,
    ClearedDown,
    Dropped,
    Refused,
    Report,
    Ringing,
    Unreached,
)
from opensos.rules.emergency.settings import person_knows

if TYPE_CHECKING:
    from collections.abc import Mapping

NG = "ng"
CS = "cs"
_ALTERNATIVE_SERVICE = 380
_LASTING = (Refused, Unreached, Dropped, ClearedDown)  # after one of these the call is over


@dataclass(frozen=True, slots=True)
class LadderSettings:
    """Times in seconds, inside the procedure's ``attempt_limit_s`` of 40.

    Attributes:
        patience_s: a rung without any sign of life is left after this time if another one waits.
        last_s: the same for the last rung of an attempt.
    """

    patience_s: float = 15.0
    last_s: float = 39.0

    def __post_init__(self) -> None:
        """Refuse times that would leave no time to the next rung."""
        if not 0 < self.patience_s < self.last_s:
            raise LocalError("a rung is left before the last one's time is over")


@dataclass(frozen=True, slots=True)
class TryRung:
    """Place the attempt ``call`` on this rung."""

    rung: str
    call: str


@dataclass(frozen=True, slots=True)
class LeaveRung:
    """Hang up ``call`` on this rung, or take the attempt back: nothing of it is wanted any more."""

    rung: str
    call: str


@dataclass(frozen=True, slots=True)
class PassOn:
    """Give this report to the procedure; ``rung`` is where it comes from, None: the ladder."""

    report: Report
    rung: str | None


LadderEvent: TypeAlias = TryRung | LeaveRung | PassOn


def order_of(
    rungs: tuple[str, ...], offer: Mapping[str, bool | None], *, last_resort: frozenset[str]
) -> tuple[str, ...]:
    """Return the rungs in the order in which they are tried.

    Known to be there, then not known, then said to be missing; within each the given order, which
    has ``ng`` first as the standard does. What is said to be missing still comes at the end: a
    wrong "no" must not cost the call. ``last_resort`` goes behind all that is not missing.
    """

    def rank(rung: str) -> tuple[int, int]:
        known = {True: 0, None: 1, False: 3}[offer.get(rung)]
        return (2 if rung in last_resort and known < 2 else known, rungs.index(rung))

    return tuple(sorted(rungs, key=rank))


class Ladder:
    """One attempt at a time, over several rungs; the procedure sees one bearer.

    Every method takes ``now`` (steady seconds) and returns its effects in order.
    """

    def __init__(
        self, rungs: tuple[str, ...] = (NG, CS), settings: LadderSettings | None = None
    ) -> None:
        """Carry calls over ``rungs``, in the order of the standard."""
        if len(set(rungs)) != len(rungs):
            raise LocalError("a rung stands on the ladder once")
        self._rungs = rungs
        self._settings = settings or LadderSettings()
        self._call = ""  # the attempt or call under way
        self._rung = ""  # and who carries it
        self._left: tuple[str, ...] = ()  # rungs that this attempt has not tried
        self._offer: dict[str, bool | None] = {}
        self._standing = False
        self._leave_at: float | None = None
        self._demoted: frozenset[str] = frozenset()
        self._carried: str | None = None  # the rung on which this case's call stood

    # --- what can be seen

    @property
    def rung(self) -> str | None:
        """The rung that carries the attempt or call under way."""
        return self._rung or None

    @property
    def standing(self) -> bool:
        """Whether a call stands."""
        return self._standing

    # --- what the procedure wants

    def dial(
        self, call: str, now: float, offer: Mapping[str, bool | None], *, new_case: bool
    ) -> list[Effect]:
        """Begin an attempt; ``offer`` says for each rung whether it is there, None = not known."""
        told: list[LadderEvent] = self._leave()
        if new_case:
            self._demoted, self._carried = frozenset(), None
        self._offer = dict(offer)
        ordered = order_of(self._rungs, offer, last_resort=self._demoted)
        if self._carried in ordered and offer.get(self._carried) is not False:
            # It carried this case's call a moment ago: that is better than any promise of a cell.
            ordered = (self._carried, *(rung for rung in ordered if rung != self._carried))
        self._call, self._left = call, ordered
        if not ordered:
            self._call = ""
            return _effects([*told, PassOn(Unreached(call, "no_bearer"), None)])
        return self._next_rung(told, now)

    def hang_up(self, call: str, now: float) -> list[Effect]:
        """End the call or take the attempt back; no report of it follows."""
        del now
        return _effects(self._leave()) if call == self._call else []

    def answer_callback(self, rung: str, call: str, now: float) -> list[Effect]:
        """Learn that the callback which rang on this rung is taken."""
        del now
        told = self._leave()
        self._call, self._rung, self._standing = call, rung, True
        self._carried = rung
        return _effects(told)

    # --- what a rung says

    def report(self, rung: str, report: Report, now: float) -> list[Effect]:
        """Take in what a rung reports of a call."""
        if isinstance(report, CalledBack):
            return _effects([PassOn(report, rung)])
        if report.call != self._call or rung != self._rung:
            # A late word of a rung that was left. If it stands there, somebody holds an open line.
            late = isinstance(report, Answered)
            return _effects([LeaveRung(rung, report.call)] if late else [])
        match report:
            case Answered() if not self._standing:
                self._standing, self._leave_at = True, None
                self._carried = rung
            case Ringing():
                self._leave_at = None  # the centre was reached: its queue is waited for
            case Refused() | Unreached() if not self._standing:
                return self._failed(report, now)
        if isinstance(report, _LASTING):
            self._forget()
        return _effects([PassOn(report, rung)])

    def wake(self, now: float) -> list[Effect]:
        """Leave a rung that gave no sign of life in time; waking up too early is harmless."""
        if self._leave_at is None:
            return []
        if now < self._leave_at:
            return [WakeAt(self._leave_at)]
        told: list[LadderEvent] = [LeaveRung(self._rung, self._call)]
        if self._left:
            return self._next_rung(told, now)
        call = self._call
        self._forget()
        return _effects([*told, PassOn(Unreached(call, "silence"), None)])

    # --- pieces

    def _failed(self, report: Refused | Unreached, now: float) -> list[Effect]:
        """Go on with the next rung, unless a person at the centre already knows."""
        rung = self._rung
        if isinstance(report, Refused):
            if report.status == _ALTERNATIVE_SERVICE:
                self._demoted |= {rung}
            if person_knows(report.status, report.received):
                self._forget()
                return _effects([PassOn(report, rung)])
        if rung == self._carried:
            self._carried = None
        if self._left:
            return self._next_rung([], now)
        self._forget()
        return _effects([PassOn(report, rung)])

    def _next_rung(self, told: list[LadderEvent], now: float) -> list[Effect]:
        self._rung, *left = self._left
        self._left = tuple(left)
        another = any(self._offer.get(rung) is not False for rung in left)
        self._leave_at = now + (self._settings.patience_s if another else self._settings.last_s)
        # The alarm stands first: a rung may fail while it is being tried, and set its own.
        return [WakeAt(self._leave_at), *_effects([*told, TryRung(self._rung, self._call)])]

    def _leave(self) -> list[LadderEvent]:
        left: list[LadderEvent] = [LeaveRung(self._rung, self._call)] if self._call else []
        self._forget()
        return left

    def _forget(self) -> None:
        self._call = self._rung = ""
        self._left = ()
        self._standing = False
        self._leave_at = None


def renamed(report: Report, call: str) -> Report:
    """Return the report with another name for its call."""
    return replace(report, call=call)


def _effects(told: list[LadderEvent]) -> list[Effect]:
    return [Tell(event) for event in told]
