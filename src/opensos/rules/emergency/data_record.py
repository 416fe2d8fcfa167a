"""What of a data-only SOS survives a loss of power, and the bounds that it keeps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Any

from opensos.protocols.effects import LocalError, RoadError
from opensos.rules.emergency.events import Cause
from opensos.rules.emergency.record import count, seconds, time_passed, truth

if TYPE_CHECKING:
    from collections.abc import Mapping


@unique
class DataPhase(StrEnum):
    """Where a data-only SOS stands."""

    NONE = "none"
    ARMED = "armed"  # a voice call is under way; should it fail, the data goes by itself
    SENDING = "sending"  # offered until the centre acknowledges
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class DataSettings:
    """Times in seconds.

    Attributes:
        expires_s: from the trigger on, after this nobody offers it any more.
        most_tries: offers of one case, over all restarts.
        delays_s: the wait before each offer after the first; the last one repeats.
        timeout_s: how long one offer may take.
        unacknowledged_s: a call that stands this long without an acknowledgement of its MSD gets
            the data-only SOS beside it.
        restart_wait_s: after a restart the next offer comes at the latest after this time.
    """

    expires_s: float = 4 * 3600.0
    most_tries: int = 250
    delays_s: tuple[float, ...] = (0.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0)
    timeout_s: float = 10.0
    unacknowledged_s: float = 10.0
    restart_wait_s: float = 10.0

    def __post_init__(self) -> None:
        """Refuse settings that would break a promise: endless messages, or none."""
        if not 0 < self.expires_s <= 86_400:
            raise LocalError("a data-only SOS expires within a day")
        if not 1 <= self.most_tries <= 2000:
            raise LocalError("a data-only SOS is tried between 1 and 2000 times")
        if not self.delays_s or any(not 0 <= delay <= 600 for delay in self.delays_s):
            raise LocalError("the waits of a data-only SOS are between 0 and 600 seconds")
        if self.delays_s[-1] < 5:
            raise LocalError("a data-only SOS goes on at most every 5 seconds")
        if not (0 < self.timeout_s <= 60 and self.unacknowledged_s >= 0):
            raise LocalError("an offer takes between 0 and 60 seconds")
        if self.restart_wait_s < 1:
            raise LocalError("a restart is no reason to offer at once")

    def delay_after(self, tries: int) -> float:
        """Return the wait after so many offers (at least 1)."""
        return self.delays_s[min(max(tries, 1), len(self.delays_s)) - 1]


@dataclass(frozen=True, slots=True)
class DataRecord:
    """A data-only SOS at one step; the last one on disk is enough to go on.

    Attributes:
        phase: where it stands.
        case: the procedure's number of the case, as text.
        message_id: the one id of the case; the centre inserts it once.
        cause: why the case was opened or what it has become; None before the first.
        test: the case is a test.
        message_identifier: of the newest MSD of the case (0 before the first).
        content: counts what is new in the case: a higher one must still reach the centre.
        tries: offers made.
        left_s: seconds until it expires.
        outcome: how it ended, None while it has not.
        reached: the centre has acknowledged the SOS, though perhaps not its latest news.
    """

    phase: DataPhase = DataPhase.NONE
    case: str = ""
    message_id: str = ""
    cause: Cause | None = None
    test: bool = True
    message_identifier: int = 0
    content: int = 0
    tries: int = 0
    left_s: float = 0.0
    outcome: str | None = None
    reached: bool = False

    def to_json(self) -> dict[str, str | int | float | bool | None]:
        """Return the record as plain values."""
        return {
            "phase": self.phase.value,
            "case": self.case,
            "message_id": self.message_id,
            "cause": None if self.cause is None else self.cause.value,
            "test": self.test,
            "message_identifier": self.message_identifier,
            "content": self.content,
            "tries": self.tries,
            "left_s": self.left_s,
            "outcome": self.outcome,
            "reached": self.reached,
        }


def data_record_from_json(values: Mapping[str, Any]) -> DataRecord:
    """Read a record back.

    Raises:
        RoadError: the disk gave back something that is not a record.
    """
    try:
        cause, outcome = values["cause"], values["outcome"]
        return DataRecord(
            phase=DataPhase(values["phase"]),
            case=str(values["case"]),
            message_id=str(values["message_id"]),
            cause=None if cause is None else Cause(cause),
            test=truth(values["test"]),
            message_identifier=min(255, count(values["message_identifier"])),
            content=count(values["content"]),
            tries=count(values["tries"]),
            left_s=seconds(values["left_s"]) or 0.0,
            outcome=None if outcome is None else str(outcome),
            reached=truth(values["reached"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise RoadError(f"a data-only SOS in the journal cannot be used: {error}") from error


@dataclass(frozen=True, slots=True)
class KeptData:
    """A record as it lay on disk, with the civil time at which it was written (s since 1970)."""

    utc: float
    record: DataRecord

    def age(self, utc: float) -> float:
        """Return the seconds since it was written; 0 when the clocks cannot be compared."""
        return time_passed(self.utc, utc)
