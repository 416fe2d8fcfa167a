"""What the unit must still know when it wakes up after losing its power."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opensos.protocols.effects import RoadError
from opensos.rules.emergency._state import State
from opensos.rules.emergency.events import Cause

if TYPE_CHECKING:
    from collections.abc import Mapping

# A clock that says less than 2020 was never set (a unit's clock starts at 1970 or its build date).
_PLAUSIBLE_UTC = 1_577_836_800.0


@dataclass(frozen=True, slots=True)
class Record:
    """The whole procedure at one step; the last one on disk is enough to go on.

    Times are what was *left* in seconds, because a steady clock means nothing after a restart.

    Attributes:
        state: where the call stood.
        case: number of the case, one per trigger that opened a call; never goes back.
        cause: why the present case was opened, None before the first.
        test: the case is a test.
        attempt: number of the last attempt of the case (0 before the first).
        redials: redials used of those allowed.
        dialled: attempts since the last trigger; only a new trigger starts it anew.
        message_identifier: of the last MSD of the case (0 before the first).
        call: name of the attempt or callback that stands or stood last.
        callback_call: the standing call is a callback of a case that had ended.
        owed: an MSD must follow as soon as the call stands.
        cancel_left_s: of the cancel window, None outside it.
        redial_left_s: of the two minutes, None while they do not run.
        callback_left_s: of T9, None when no callback is possible.
    """

    state: State = State.IDLE
    case: int = 0
    cause: Cause | None = None
    test: bool = True
    attempt: int = 0
    redials: int = 0
    message_identifier: int = 0
    call: str = ""
    callback_call: bool = False
    owed: bool = False
    cancel_left_s: float | None = None
    redial_left_s: float | None = None
    callback_left_s: float | None = None
    dialled: int = 0

    def essence(self) -> tuple[object, ...]:
        """Return all that is not a running time: a step that changes none of it needs no record."""
        return (
            *(self.state, self.case, self.cause, self.test, self.attempt, self.redials),
            *(self.message_identifier, self.call, self.callback_call, self.owed),
            *(self.cancel_left_s is None, self.redial_left_s is None),
            *(self.callback_left_s is None, self.dialled),
        )

    def to_json(self) -> dict[str, str | int | float | bool | None]:
        """Return the record as plain values."""
        return {
            "state": self.state.value,
            "case": self.case,
            "cause": None if self.cause is None else self.cause.value,
            "test": self.test,
            "attempt": self.attempt,
            "redials": self.redials,
            "message_identifier": self.message_identifier,
            "call": self.call,
            "callback_call": self.callback_call,
            "owed": self.owed,
            "cancel_left_s": self.cancel_left_s,
            "redial_left_s": self.redial_left_s,
            "callback_left_s": self.callback_left_s,
            "dialled": self.dialled,
        }


def record_from_json(values: Mapping[str, Any]) -> Record:
    """Read a record back.

    Raises:
        RoadError: the disk gave back something that is not a record.
    """
    try:
        cause = values["cause"]
        return Record(
            state=State(values["state"]),
            case=count(values["case"]),
            cause=None if cause is None else Cause(cause),
            test=truth(values["test"]),
            attempt=count(values["attempt"]),
            redials=count(values["redials"]),
            message_identifier=min(255, count(values["message_identifier"])),
            call=str(values["call"]),
            callback_call=truth(values["callback_call"]),
            owed=truth(values["owed"]),
            cancel_left_s=seconds(values["cancel_left_s"]),
            redial_left_s=seconds(values["redial_left_s"]),
            callback_left_s=seconds(values["callback_left_s"]),
            # A record from before this count was kept is still a case that must go on.
            dialled=count(values.get("dialled", 0)),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise RoadError(f"a record in the journal cannot be used: {error}") from error


def count(value: object) -> int:
    """Return a whole number from 0 on; raises ValueError for anything else."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise ValueError(f"{value!r} is not a count")
    return value


def truth(value: object) -> bool:
    """Return true or false; raises TypeError for anything else."""
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def seconds(value: object) -> float | None:
    """Return a time in seconds or None; raises ValueError for anything else."""
    if value is None:
        return None
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not abs(value) < 1e6:
        raise ValueError(f"{value!r} is not a time in seconds")
    return float(value)


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as it lay on disk, with the civil time at which it was written (s since 1970)."""

    utc: float
    record: Record

    def age(self, utc: float) -> float:
        """Return the seconds since it was written; 0 when the clocks cannot be compared.

        A clock that was never set, or that went back, says nothing about the time that passed.
        Then the times left count on from where they stood, and the count of redials, which is in
        the record, is what bounds them.
        """
        return time_passed(self.utc, utc)


def time_passed(then_utc: float, utc: float) -> float:
    """Return the seconds between two civil times, 0 when they cannot be compared."""
    if then_utc < _PLAUSIBLE_UTC or utc < then_utc:
        return 0.0
    return utc - then_utc
