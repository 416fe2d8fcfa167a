"""How many resets an hour: a unit that is reset again and again has a fault that needs a person.

The count outlives the resets themselves, so it is a record on disk. Time without power is counted
by the civil clock, as far as that can be compared; where it cannot, no time has passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opensos.protocols.effects import LocalError, RoadError
from opensos.rules.emergency.record import seconds, time_passed
from opensos.rules.resets.may import Kind, Refusal, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

_HOUR_S = 3600.0
_COUNTED = frozenset({Kind.SOFT, Kind.UNIT, Kind.GESTURE})


@dataclass(frozen=True, slots=True)
class RestartsRecord:
    """How long ago the resets of the last hour were, in seconds, at the civil time ``utc``."""

    utc: float
    ages_s: tuple[float, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the record as plain values."""
        return {"utc": self.utc, "ages_s": list(self.ages_s)}


def restarts_from_json(values: Mapping[str, Any]) -> RestartsRecord:
    """Read a record back.

    Raises:
        RoadError: the disk gave back something that is not a record.
    """
    try:
        ages = tuple(seconds(age) or 0.0 for age in values["ages_s"])
        utc = _civil(values["utc"])
    except (KeyError, ValueError, TypeError) as error:
        raise RoadError(f"the count of resets in the journal cannot be used: {error}") from error
    return RestartsRecord(utc, ages)


def _civil(value: object) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not abs(value) < 1e12:
        raise ValueError(f"{value!r} is not a civil time")
    return float(value)


class Restarts:
    """At most ``most`` resets an hour, over all restarts."""

    def __init__(
        self,
        most: int = 3,
        *,
        kept: RestartsRecord | None = None,
        now: float = 0.0,
        utc: float = 0.0,
    ) -> None:
        """Go on from what is on disk, at ``now`` (steady) and ``utc`` (civil)."""
        if not 1 <= most <= 20:
            raise LocalError("between 1 and 20 resets an hour can be allowed")
        self._most = most
        gone = 0.0 if kept is None else time_passed(kept.utc, utc)
        ages = () if kept is None else kept.ages_s
        self._at = [now - max(0.0, age) - gone for age in ages]

    def may(self, kind: Kind | str, now: float) -> Refusal | None:
        """Return the refusal if there were too many already; updates, clears, 12 V do not count."""
        kind = Kind(kind)
        if kind in _COUNTED and len(self._recent(now)) >= self._most:
            return refusal(kind, "too_often")
        return None

    def done(self, kind: Kind | str, now: float, utc: float) -> RestartsRecord:
        """Count one that is about to be done; the record goes to the disk before it is."""
        self._at = self._recent(now)
        if Kind(kind) in _COUNTED:
            self._at.append(now)
        return RestartsRecord(utc, tuple(now - at for at in self._at))

    def _recent(self, now: float) -> list[float]:
        return [at for at in self._at if now - at < _HOUR_S]
