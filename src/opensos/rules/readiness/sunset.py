"""When a radio network ends: a dated table, and what it means for a unit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sunset:
    """One network's announced end.

    Attributes:
        country: ISO 3166 alpha-2.
        technology: ``gsm``, ``umts``, ``lte`` or ``nr``.
        ends_utc: the earliest moment of the announced time, seconds since 1970.
        ends: as announced: a year, a month or a day.
        operator: whose network; None = the whole country.
        source: who says so.
        source_date: when that was said or read.
    """

    country: str
    technology: str
    ends_utc: float
    ends: str
    operator: str | None
    source: str
    source_date: str
