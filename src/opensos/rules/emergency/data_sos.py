"""The data-only SOS: what a voice call cannot carry goes as a message, until the centre says so.

It lives beside the voice call and never in its way. It begins

- when an attempt at a voice call has failed once (a unit without any rung fails at once), and
- when a call stands but its MSD is not acknowledged in time: the person may be unconscious, and
  then the position is all that the centre could have.

It ends only with the centre's own acknowledgement, whichever way that comes: of this message, or of
the same data in the call; when the centre ends the call (a person decided); when it expires; or
when its tries are used up. Each offer has the case's one message id and a higher ``seq``, so that
the centre inserts it once and knows which is newer. Every try is on disk before it is made, so that
any number of restarts share one bound.

Deliberately absent: what an envelope looks like and how it travels (``protocols/link``, the paths),
and what stands in the MSD.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from opensos.protocols.effects import Effect, Tell, WakeAt
from opensos.rules.emergency.data_record import (
    DataPhase,
    DataRecord,
    DataSettings,
    KeptData,
)
from opensos.rules.emergency.events import (
    AnswerCallback,
    Answered,
    Cause,
    ClearedDown,
    DataDelivered,
    Dial,
    Dropped,
    HangUp,
    Note,
    Refused,
    Report,
    SendData,
    Unreached,
)
from opensos.rules.emergency.settings import person_knows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opensos.rules.emergency.events import Order


@dataclass(frozen=True, slots=True)
class RememberData:
    """Put this record on disk before anything that follows it is carried out."""

    record: DataRecord


@dataclass(frozen=True, slots=True)
class OfferData:
    """Try once to deliver the SOS over ``path``; the unit makes the bytes.

    Attributes:
        path: name of the path, ``mqtt`` or ``https``.
        message_id: of the case; the same in every offer.
        seq: counts the offers; the centre keeps the highest.
        cause: why the case was opened, for the MSD.
        test: the envelope and the MSD say that this is a test.
        message_identifier: of the MSD to build (1..255).
        expires_in_s: after this the SOS is of no use any more.
        timeout_s: how long the path may take.
    """

    path: str
    message_id: str
    seq: int
    cause: Cause
    test: bool
    message_identifier: int
    expires_in_s: float
    timeout_s: float


@dataclass(frozen=True, slots=True)
class DataEnded:
    """The data-only SOS is over.

    ``outcome``: ``acknowledged``, ``by_call``, ``cleared_down``, ``expired``, ``tries_used``,
    ``no_path``, ``superseded`` (a newer case took its place) or ``not_needed`` (a test was ended).
    """

    message_id: str
    outcome: str


DataOrder: TypeAlias = RememberData | OfferData | DataEnded | Note

DATA_KEYS: tuple[str, ...] = (
    *("data_begun", "data_offer", "data_not_taken", "data_acknowledged", "data_by_call"),
    *("data_cleared_down", "data_expired", "data_tries_used", "data_no_path", "data_superseded"),
    *("data_not_needed", "data_resumed", "data_unacknowledged"),
)
_SHOWN: Mapping[str | None, str] = {
    "acknowledged": "delivered",
    "expired": "failed",
    "tries_used": "failed",
    "no_path": "failed",
}
_REACHED = frozenset({"acknowledged", "by_call"})
_ANSWERS = frozenset({"by_call", "cleared_down"})
_FAILURES = frozenset({"expired", "tries_used", "no_path"})
_GRACE_S = 2.0  # a path says in time that it failed; one that hangs is given up a little later


class DataSos:
    """One unit's data-only SOS, one case at a time.

    Every method takes ``now`` (steady seconds) and returns its effects in order: ``RememberData``,
    ``OfferData``, ``DataEnded`` and ``Note`` as ``Tell``.
    """

    def __init__(self, paths: tuple[str, ...], settings: DataSettings | None = None) -> None:
        """Use ``paths`` in turn, the first one first."""
        self._paths = paths
        self._settings = settings or DataSettings()
        self._record = DataRecord()
        self._call = ""  # the voice attempt or call that the case has now
        self._sent = 0  # the content that the call was given last
        self._aboard = 0  # the content that the offer under way carries
        self._lapsed = 0  # the content of the last offer that had no answer in time
        self._expires_at = 0.0
        self._due: float | None = None  # next offer, or begin for want of an acknowledgement
        self._flight: OfferData | None = None
        self._flight_until = 0.0
        self._told: list[DataOrder] = []

    # --- what can be seen

    @property
    def phase(self) -> DataPhase:
        """Where it stands."""
        return self._record.phase

    @property
    def pending(self) -> bool:
        """Whether an SOS is on its way as data and nobody has acknowledged it."""
        return self._record.phase is DataPhase.SENDING

    @property
    def shown(self) -> str | None:
        """What the lamp shows of it: sending, delivered, failed, None."""
        if self._record.phase is DataPhase.SENDING:
            return "sending"
        return _SHOWN.get(self._record.outcome)

    def record(self, now: float) -> DataRecord:
        """Return it all as it would be remembered now."""
        return replace(self._record, left_s=self._left(now))

    # --- the voice call

    def order(self, order: Order, message_id: str, now: float) -> list[Effect]:
        """Learn what the procedure orders; ``message_id`` is used if this opens a case."""
        match order:
            case Dial(call):
                self._dialled(order, message_id, now)
            case SendData(call) if call == self._call:
                self._news(order.message_identifier, order.cause, now)
                self._sent = self._record.content
                if self._record.phase is DataPhase.ARMED:
                    self._due = now + self._settings.unacknowledged_s
            case AnswerCallback(call):
                self._call = call
            case HangUp(call) if call == self._call:
                self._voice_failed(now)
        return self._effects()

    def report(self, report: Report, now: float) -> list[Effect]:
        """Learn what the bearer says of the voice call."""
        if report.call == self._call:
            self._of_the_call(report, now)
        return self._effects()

    def measured(self, now: float) -> list[Effect]:
        """Learn that the crash is known better than before; the centre shall know it too."""
        if self._record.phase is not DataPhase.NONE:
            self._record = replace(self._record, content=self._record.content + 1)
            self._open_again(now)
        return self._effects()

    def cancelled(self, now: float) -> list[Effect]:
        """Learn that a person ended a test call; a real case cannot be cancelled any more."""
        if self._record.cause is Cause.TEST:
            self._end("not_needed", now)
        return self._effects()

    # --- the paths

    def result(
        self, path: str, message_id: str, now: float, *, delivered: bool, why: str | None = None
    ) -> list[Effect]:
        """Learn what became of an offer; an acknowledgement counts however late it comes."""
        if message_id != self._record.message_id or self._record.phase is DataPhase.NONE:
            return self._effects()
        flight = self._flight
        mine = flight is not None and flight.path == path
        if delivered:
            self._acknowledged(now, carried=self._aboard if mine else max(1, self._lapsed))
        elif mine:
            self._not_taken(why or "unknown", now)
        return self._effects()

    def wake(self, now: float) -> list[Effect]:
        """Do what has become due; waking up too early is harmless."""
        if self._flight is not None and now >= self._flight_until:
            self._not_taken("silence", now)
        if self._record.phase is DataPhase.SENDING and now >= self._expires_at:
            self._end("expired", now)
        if self._due is not None and now >= self._due:
            self._due = None
            if self._record.phase is DataPhase.ARMED:
                self._begin("data_unacknowledged", now)
            else:
                self._offer(now)
        return self._effects()

    @classmethod
    def restore(
        cls,
        kept: KeptData | None,
        now: float,
        utc: float,
        paths: tuple[str, ...],
        settings: DataSettings | None = None,
        *,
        live: bool,
    ) -> tuple[DataSos, list[Effect]]:
        """Go on after a restart from the last record on disk (None = there is none).

        A voice attempt that was under way was cut off by the loss of power, which is a failure.
        A unit in test mode never goes on with a live case as a live one.
        """
        self = cls(paths, settings)
        if kept is None:
            return self, []
        s = self._settings
        self._record = replace(kept.record, test=kept.record.test or not live)
        self._expires_at = now + min(kept.record.left_s, s.expires_s) - kept.age(utc)
        if self._record.cause is Cause.TEST:
            self._end("not_needed", now)  # as the call itself: a test is not taken up again
        elif self._record.phase is DataPhase.ARMED:
            self._begin("data_begun", now)
        elif self._record.phase is DataPhase.SENDING:
            self._note("data_resumed", tries=self._record.tries)
            self._due = now + min(s.delay_after(self._record.tries), s.restart_wait_s)
        return self, self._effects()

    # --- pieces: the case

    def _dialled(self, order: Dial, message_id: str, now: float) -> None:
        case = order.call.rpartition("-")[0]
        if order.attempt == 1 or case != self._record.case:
            if self.pending and order.test and not self._record.test:
                return  # a test never pushes aside an SOS that nobody has acknowledged
            self._end("superseded", now)
            self._flight = self._due = None
            self._lapsed = 0
            self._expires_at = now + self._settings.expires_s
            self._record = DataRecord(
                phase=DataPhase.ARMED,
                case=case,
                message_id=message_id,
                cause=order.cause,
                test=order.test,
            )
        self._call = order.call
        self._news(order.message_identifier, order.cause, now)
        self._sent = self._record.content

    def _news(self, message_identifier: int, cause: Cause, now: float) -> None:
        """Know of a newer MSD; what became another kind of case must reach the centre anew."""
        before = self._record
        if before.phase is DataPhase.NONE or message_identifier <= before.message_identifier:
            return
        changed = before.content == 0 or cause is not before.cause
        self._record = replace(
            before,
            message_identifier=message_identifier,
            cause=cause,
            content=before.content + (1 if changed else 0),
        )
        if changed:
            self._open_again(now)

    def _open_again(self, now: float) -> None:
        """Take an SOS up again that had reached the centre, because there is news."""
        if self._record.phase is DataPhase.ENDED and self._record.outcome in _REACHED:
            self._record = replace(self._record, phase=DataPhase.ARMED, outcome=None, reached=True)
            if not self._call:
                self._begin("data_begun", now)
                return
        self._remember(now)

    def _of_the_call(self, report: Report, now: float) -> None:
        match report:
            case Answered(received=True) | DataDelivered():
                if self._sent >= self._record.content:
                    self._end("by_call", now)
            case Answered():
                if self._record.phase is DataPhase.ARMED:
                    self._due = now + self._settings.unacknowledged_s
            case Refused(_, status, received) if person_knows(status, received):
                self._end("by_call", now)
                self._call = ""
            case ClearedDown():
                self._end("cleared_down", now)
                self._call = ""
            case Refused() | Unreached() | Dropped():
                self._voice_failed(now)

    def _voice_failed(self, now: float) -> None:
        self._call = ""
        if self._record.phase is DataPhase.ARMED:
            self._begin("data_begun", now)

    def _begin(self, text_key: str, now: float) -> None:
        self._record = replace(self._record, phase=DataPhase.SENDING)
        self._note(text_key, test=self._record.test)
        if not self._paths:
            self._end("no_path", now)
        elif now >= self._expires_at:
            self._end("expired", now)
        else:
            self._remember(now)
            self._due = now  # at the next waking: an alarm is set before anything is offered

    def _end(self, outcome: str, now: float) -> None:
        before = self._record
        if before.phase is DataPhase.ENDED and outcome in _ANSWERS and before.outcome in _FAILURES:
            self._record = replace(before, outcome=outcome)  # what data could not, the call could
            self._remember(now)
        if before.phase in {DataPhase.NONE, DataPhase.ENDED}:
            return
        if before.reached and outcome in _FAILURES:
            outcome = "acknowledged"  # only the news did not arrive
        told = self._record.phase is DataPhase.SENDING
        self._flight = self._due = None
        self._record = replace(self._record, phase=DataPhase.ENDED, outcome=outcome)
        self._remember(now)
        if told:
            self._note(f"data_{outcome}", tries=self._record.tries)
        self._told.append(DataEnded(self._record.message_id, outcome))

    # --- pieces: one offer at a time

    def _offer(self, now: float) -> None:
        record, s = self._record, self._settings
        if record.tries >= s.most_tries:
            self._end("tries_used", now)
            return
        path = self._paths[record.tries % len(self._paths)]
        self._record = record = replace(record, tries=record.tries + 1)
        self._remember(now)
        self._flight = OfferData(
            path=path,
            message_id=record.message_id,
            seq=record.tries,
            cause=record.cause or Cause.MANUAL,
            test=record.test,
            message_identifier=record.message_identifier,
            expires_in_s=self._left(now),
            timeout_s=s.timeout_s,
        )
        self._aboard = record.content
        self._flight_until = now + s.timeout_s + _GRACE_S
        self._note("data_offer", path=path, tries=record.tries, test=record.test)
        self._told.append(self._flight)

    def _not_taken(self, why: str, now: float) -> None:
        self._flight = None
        self._lapsed = self._aboard
        self._note("data_not_taken", tries=self._record.tries, why=why)
        self._due = now + self._settings.delay_after(self._record.tries)

    def _acknowledged(self, now: float, *, carried: int) -> None:
        """Take the centre's acknowledgement; news that no offer has carried still goes out."""
        if self._record.phase is not DataPhase.SENDING:
            return
        self._record = replace(self._record, reached=True)
        if carried >= self._record.content:
            self._end("acknowledged", now)
        elif self._flight is None or carried == self._aboard:
            self._flight = None
            self._due = now + self._settings.delay_after(self._record.tries)
            self._remember(now)

    # --- pieces: small

    def _left(self, now: float) -> float:
        return max(0.0, self._expires_at - now)

    def _remember(self, now: float) -> None:
        self._told.append(RememberData(self.record(now)))

    def _note(self, text_key: str, **data: str | float | bool | None) -> None:
        self._told.append(Note(text_key, tuple(data.items())))

    def _effects(self) -> list[Effect]:
        told, self._told = self._told, []
        whens = [] if self._due is None else [self._due]
        if self._flight is not None:
            whens.append(self._flight_until)
        if self._record.phase is DataPhase.SENDING:
            whens.append(self._expires_at)
        # The alarm stands first: a path may fail while it is being tried, and that sets another.
        wake: list[Effect] = [WakeAt(min(whens))] if whens else []
        return [*wake, *(Tell(order) for order in told)]
