"""The SOS call itself: the machine that walks through the state table and remembers each step.

It decides and never does: orders come back as ``Tell`` effects, and ``Remember`` stands before
every order that a restart must know about.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeAlias

from opensos.protocols.effects import Effect, Tell, WakeAt
from opensos.rules.emergency._state import Action, Guard, Happening, State, rows
from opensos.rules.emergency.events import (
    AnswerCallback,
    Answered,
    CalledBack,
    Cause,
    ClearedDown,
    DataDelivered,
    DataRefused,
    DataRequested,
    Decline,
    Dial,
    Dropped,
    HangUp,
    Note,
    Refused,
    Remember,
    Report,
    Ringing,
    SendData,
    Unreached,
)
from opensos.rules.emergency.notes import note_for
from opensos.rules.emergency.record import Kept, Record
from opensos.rules.emergency.settings import Settings, person_knows, urn_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opensos.rules.emergency._state import Row
    from opensos.rules.emergency.events import Order

_REPORTED: Mapping[type, Happening] = {
    Ringing: Happening.RINGING,
    Answered: Happening.ANSWERED,
    Refused: Happening.REFUSED,
    Unreached: Happening.UNREACHED,
    Dropped: Happening.DROPPED,
    ClearedDown: Happening.CLEARED_DOWN,
    CalledBack: Happening.CALLED_BACK,
    DataRequested: Happening.DATA_REQUESTED,
    DataDelivered: Happening.DATA_DELIVERED,
    DataRefused: Happening.DATA_REFUSED,
}
_PRESSED = {
    Cause.MANUAL: Happening.MANUAL,
    Cause.AUTOMATIC: Happening.AUTOMATIC,
    Cause.TEST: Happening.TEST,
}
_LAST_IDENTIFIER = 255


class Procedure:
    """One unit's SOS call, one call at a time.

    Every method takes ``now`` (seconds, steady clock) and returns its effects in order. Orders and
    notes come as ``Tell``; see ``events``.
    """

    def __init__(self, settings: Settings | None = None, *, live: bool = False) -> None:
        """Start idle; ``live`` False makes every call a test (no emergency URN is ever dialled)."""
        self._settings = settings or Settings()
        self._live = live
        self._state = State.IDLE
        self._case = 0
        self._cause: Cause | None = None
        self._test = True
        self._attempt = 0
        self._redials = 0
        self._dialled = 0
        self._message_identifier = 0
        self._call = ""
        self._callback_call = False
        self._owed = False
        self._acknowledged: bool | None = None
        self._dialled_at = 0.0
        self._redial_until: float | None = None
        self._callback_until: float | None = None
        self._timers: dict[Happening, float] = {}
        self._orders: list[Order] = []
        self._kept: tuple[object, ...] | None = None

    # --- what can be seen

    @property
    def state(self) -> State:
        """Where the call stands."""
        return self._state

    @property
    def acknowledged(self) -> bool | None:
        """What the centre last said about our data in this case; None if nothing."""
        return self._acknowledged

    @property
    def live(self) -> bool:
        """Whether a call goes to the emergency URNs."""
        return self._live

    def record(self, now: float) -> Record:
        """Return the whole procedure as it would be remembered now."""
        cancel_until = self._timers.get(Happening.CANCEL_OVER)
        return Record(
            state=self._state,
            case=self._case,
            cause=self._cause,
            test=self._test,
            attempt=self._attempt,
            redials=self._redials,
            dialled=self._dialled,
            message_identifier=self._message_identifier,
            call=self._call,
            callback_call=self._callback_call,
            owed=self._owed,
            cancel_left_s=_left(cancel_until, now),
            redial_left_s=_left(self._redial_until, now),
            callback_left_s=_left(self._callback_until, now),
        )

    # --- what can happen

    def trigger(self, cause: Cause, now: float) -> list[Effect]:
        """Take in a press of SOS, a crash, or a wish for a test call."""
        return self._happen(_PRESSED[cause], now)

    def measured(self, now: float) -> list[Effect]:
        """Learn that the crash is now known better than when the last MSD went out."""
        return self._happen(Happening.MEASURED, now)

    def cancel(self, now: float) -> list[Effect]:
        """Take back an SOS press while its cancel window runs; ends a test call at any time."""
        return self._happen(Happening.CANCEL, now)

    def report(self, report: Report, now: float) -> list[Effect]:
        """Take in what a bearer says. News of a call that is no longer ours changes nothing."""
        if report.call != self._call and not isinstance(report, CalledBack):
            return []
        return self._happen(_REPORTED[type(report)], now, report)

    def wake(self, now: float) -> list[Effect]:
        """Do what has become due; waking up too early is harmless."""
        effects: list[Effect] = []
        for happening in sorted(self._timers, key=self._timers.__getitem__):
            if self._timers.get(happening, now + 1) <= now:
                del self._timers[happening]
                effects += self._happen(happening, now)
        return effects or self._next_wake()

    @classmethod
    def restore(
        cls,
        kept: Kept | None,
        now: float,
        utc: float,
        settings: Settings | None = None,
        *,
        live: bool = False,
    ) -> tuple[Procedure, list[Effect]]:
        """Go on after a restart from the last record on disk (None = there is none).

        ``utc`` is the civil time now, in seconds since 1970. A call that was being dialled or that
        stood is taken for dropped when its record was written, and is redialled within what is
        left of the two minutes and of the allowed redials.
        """
        self = cls(settings, live=live)
        if kept is None:
            return self, []
        self._load(kept.record, now, kept.age(utc))
        return self, self._happen(Happening.RESTARTED, now) or self._next_wake()

    # --- the walk through the table

    def _happen(
        self, happening: Happening, now: float, report: Report | None = None
    ) -> list[Effect]:
        what = _What(now, happening, report, self._state)
        row = self._choose(happening, what)
        if row is None:
            return []
        if row.then is not row.state:
            self._timers.clear()
        self._state = row.then
        self._orders = []
        for action in row.actions:
            _DO[action](self, what)
        if self._state is State.CALLBACK_WINDOW and self._callback_until is not None:
            self._timers[Happening.T9_OVER] = self._callback_until
        return self._conclude(what)

    def _choose(self, happening: Happening, what: _What) -> Row | None:
        for row in rows(self._state, happening):
            if all(_HOLDS[guard](self, what) for guard in row.guards):
                return row
        return None

    def _conclude(self, what: _What) -> list[Effect]:
        """Put the record before the orders, unless nothing changed that a restart must know."""
        record = self.record(what.now)
        orders = self._orders
        effects: list[Effect] = []
        if what.happening is Happening.BEAT or record.essence() != self._kept:
            self._kept = record.essence()
            effects.append(Tell(Remember(record)))
        return [*effects, *(Tell(order) for order in orders), *self._next_wake()]

    def _next_wake(self) -> list[Effect]:
        return [WakeAt(min(self._timers.values()))] if self._timers else []

    def _load(self, record: Record, now: float, age: float) -> None:
        self._state = record.state
        self._case = record.case
        self._cause = record.cause
        # A case that was a test stays one; a unit in test mode never goes on with a live case.
        self._test = record.test or not self._live
        self._attempt = record.attempt
        self._redials = record.redials
        self._dialled = record.dialled
        self._message_identifier = record.message_identifier
        self._call = record.call
        self._callback_call = record.callback_call
        self._owed = record.owed
        bound = self._settings.redial_bound_s
        if record.redial_left_s is not None:
            self._redial_until = now + min(record.redial_left_s, bound) - age
        elif record.state in {State.DIALLING, State.CONNECTED}:
            self._redial_until = now + bound - age
        if record.callback_left_s is not None:
            self._callback_until = now + min(record.callback_left_s, self._settings.t9_s) - age
        elif record.state is State.CALLBACK_WINDOW:
            self._callback_until = now
        if record.state is State.CANCEL_WINDOW:
            left = min(record.cancel_left_s or 0.0, self._settings.cancel_window_s)
            if age == 0.0:
                left /= (
                    2  # how long was it dark? power that comes and goes must not put the call off
                )
            self._timers[Happening.CANCEL_OVER] = now + max(0.0, left - age)

    # --- guards

    def _window_set(self, what: _What) -> bool:
        del what
        return self._settings.cancel_window_s > 0

    def _test_call(self, what: _What) -> bool:
        del what
        return self._cause is Cause.TEST

    def _is_callback_call(self, what: _What) -> bool:
        del what
        return self._callback_call

    def _callback_open(self, what: _What) -> bool:
        return self._callback_until is not None and what.now < self._callback_until

    def _data_owed(self, what: _What) -> bool:
        return self._owed or what.get("received") is None

    def _data_arrived(self, what: _What) -> bool:
        return person_knows(what.get("status"), what.get("received"))

    def _manual_case(self, what: _What) -> bool:
        del what
        return self._cause is Cause.MANUAL

    def _may_redial(self, what: _What) -> bool:
        delays = self._settings.redial_delays_s
        if self._redials >= len(delays) or self._dialled >= self._settings.attempts_most:
            return False
        until = self._redial_until
        if until is None:
            until = what.now + self._settings.redial_bound_s
        wait = 0.0 if what.happening is Happening.REDIAL_DUE else delays[self._redials]
        return what.now + wait <= until

    # --- actions

    def _open_case(self, what: _What) -> None:
        self._case += 1
        self._cause = {
            Happening.AUTOMATIC: Cause.AUTOMATIC,
            Happening.TEST: Cause.TEST,
        }.get(what.happening, Cause.MANUAL)
        self._test = self._cause is Cause.TEST or not self._live
        self._attempt = self._redials = self._dialled = self._message_identifier = 0
        self._owed = self._callback_call = False
        self._acknowledged = self._redial_until = self._callback_until = None

    def _start_cancel_window(self, what: _What) -> None:
        seconds = self._settings.cancel_window_s
        self._timers[Happening.CANCEL_OVER] = what.now + seconds
        self._note("cancel_window", seconds=seconds)

    def _dial(self, what: _What) -> None:
        if what.happening is Happening.REDIAL_DUE:
            self._redials += 1
        self._attempt += 1
        self._dialled += 1
        self._call = f"{self._case}-{self._attempt}"
        self._dialled_at = what.now
        self._owed = False
        self._timers[Happening.ATTEMPT_OVER] = what.now + self._settings.attempt_limit_s
        cause = self._cause or Cause.MANUAL
        urn = urn_for(cause, test=self._test)
        number = self._next_message()
        self._note("dialling", attempt=self._attempt, cause=cause.value, test=self._test)
        self._orders.append(Dial(self._call, self._attempt, cause, self._test, urn, number))

    def _next_message(self) -> int:
        """Count one more MSD of the case; the highest number stays rather than go round."""
        self._message_identifier = min(_LAST_IDENTIFIER, self._message_identifier + 1)
        return self._message_identifier

    def _hang_up(self, what: _What) -> None:
        del what
        self._orders.append(HangUp(self._call))
        self._call = ""

    def _keep_ringing(self, what: _What) -> None:
        del what
        self._timers[Happening.ATTEMPT_OVER] = self._dialled_at + self._settings.t2_s

    def _enter_call(self, what: _What) -> None:
        self._redial_until = None
        self._timers[Happening.T2_OVER] = what.now + self._settings.t2_s
        self._timers[Happening.BEAT] = what.now + self._settings.beat_s
        if isinstance(what.report, Answered):
            self._acknowledged = what.report.received

    def _send_data(self, what: _What) -> None:
        self._owed = False
        token = what.report.token if isinstance(what.report, DataRequested) else None
        cause = self._cause or Cause.MANUAL
        number = self._next_message()
        self._orders.append(SendData(self._call, token, cause, self._test, number))
        self._note("data_sent", message_identifier=number)

    def _owe_data(self, what: _What) -> None:
        del what
        self._owed = True

    def _make_automatic(self, what: _What) -> None:
        del what
        self._cause = Cause.AUTOMATIC

    def _renew_bound(self, what: _What) -> None:
        """Let a new trigger have all the redials that a first one has, also in a callback."""
        del what
        self._redials = self._dialled = 0
        self._redial_until = None
        self._callback_call = False

    def _plan_redial(self, what: _What) -> None:
        if (
            self._redial_until is None
        ):  # the first failure since the trigger or since the call stood
            self._redial_until = what.now + self._settings.redial_bound_s
        wait = self._settings.redial_delays_s[self._redials]
        self._timers[Happening.REDIAL_DUE] = what.now + wait
        self._note("redial_planned", in_s=wait, redial=self._redials + 1)

    def _give_up(self, what: _What) -> None:
        del what
        self._note("gave_up", attempts=self._attempt)

    def _open_callback(self, what: _What) -> None:
        self._redial_until = None
        self._callback_until = what.now + self._settings.t9_s

    def _answer_callback(self, what: _What) -> None:
        # From a redial or a fresh press, the case is not over: if this call drops, the car dials.
        self._callback_call = what.state is State.CALLBACK_WINDOW
        self._call = what.get("call")
        self._orders.append(AnswerCallback(self._call))
        self._note("callback_answered")

    def _decline(self, what: _What) -> None:
        self._orders.append(Decline(what.get("call")))
        self._note("callback_declined")

    def _close(self, what: _What) -> None:
        del what
        self._cause = None
        self._dialled = 0
        self._call = ""
        self._callback_call = self._owed = False
        self._redial_until = self._callback_until = None

    def _beat_again(self, what: _What) -> None:
        """Note that the call still stands; one that stood this long earns its redials anew."""
        self._redials = 0
        self._timers[Happening.BEAT] = what.now + self._settings.beat_s

    def _note_it(self, what: _What) -> None:
        test_call = self._cause is Cause.TEST
        self._orders.append(
            note_for(what.state, what.happening, what.data(), test_call=test_call),
        )

    def _note(self, text_key: str, **data: str | float | bool | None) -> None:
        self._orders.append(Note(text_key, tuple(data.items())))


class _What:
    """One happening with all that a guard or an action may need to know about it."""

    __slots__ = ("happening", "now", "report", "state")

    def __init__(
        self, now: float, happening: Happening, report: Report | None, state: State
    ) -> None:
        self.now = now
        self.happening = happening
        self.report = report
        self.state = state

    def get(self, name: str) -> Any:
        """Return a field of the report, None where it has no such field."""
        return getattr(self.report, name, None)

    def data(self) -> dict[str, Any]:
        """Return what a note may show: the report without names that mean nothing to people."""
        if self.report is None:
            return {}
        names = (field.name for field in fields(self.report))
        return {name: getattr(self.report, name) for name in names if name not in {"call", "token"}}


def _left(until: float | None, now: float) -> float | None:
    return None if until is None else max(0.0, until - now)


_Guard: TypeAlias = "Callable[[Procedure, _What], bool]"
_Action: TypeAlias = "Callable[[Procedure, _What], None]"

# These tables belong to the class: they bind the words of the table to its private methods.
# ruff: noqa: SLF001
_HOLDS: Mapping[Guard, _Guard] = {
    Guard.WINDOW_SET: Procedure._window_set,
    Guard.TEST_CALL: Procedure._test_call,
    Guard.CALLBACK_CALL: Procedure._is_callback_call,
    Guard.CALLBACK_OPEN: Procedure._callback_open,
    Guard.DATA_OWED: Procedure._data_owed,
    Guard.DATA_ARRIVED: Procedure._data_arrived,
    Guard.MANUAL_CASE: Procedure._manual_case,
    Guard.MAY_REDIAL: Procedure._may_redial,
}
_DO: Mapping[Action, _Action] = {
    Action.OPEN_CASE: Procedure._open_case,
    Action.START_CANCEL_WINDOW: Procedure._start_cancel_window,
    Action.DIAL: Procedure._dial,
    Action.HANG_UP: Procedure._hang_up,
    Action.KEEP_RINGING: Procedure._keep_ringing,
    Action.ENTER_CALL: Procedure._enter_call,
    Action.SEND_DATA: Procedure._send_data,
    Action.OWE_DATA: Procedure._owe_data,
    Action.MAKE_AUTOMATIC: Procedure._make_automatic,
    Action.RENEW_BOUND: Procedure._renew_bound,
    Action.PLAN_REDIAL: Procedure._plan_redial,
    Action.GIVE_UP: Procedure._give_up,
    Action.OPEN_CALLBACK: Procedure._open_callback,
    Action.ANSWER_CALLBACK: Procedure._answer_callback,
    Action.DECLINE: Procedure._decline,
    Action.CLOSE: Procedure._close,
    Action.BEAT_AGAIN: Procedure._beat_again,
    Action.NOTE: Procedure._note_it,
}
