"""When a radio network ends: a dated table, and what it means for a unit.

The table is data (``sunset.json``). A country that is not in it is not known: that says nothing of
whether its networks stay.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opensos.protocols.effects import UserError
from opensos.rules.readiness.readings import Technology

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FIELDS = {"country", "technology", "ends", "operator", "plmns", "source", "source_date"}


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
        plmns: the operator's MCC and MNC as digits, where known.
    """

    country: str
    technology: str
    ends_utc: float
    ends: str
    operator: str | None
    source: str
    source_date: str
    plmns: tuple[str, ...] = ()


def sunsets_from_data(data: Mapping[str, Any]) -> tuple[Sunset, ...]:
    """Return the table.

    Raises:
        UserError: a row is not one; the sentence names its number.
    """
    rows = data.get("rows")
    if not isinstance(rows, list):
        raise UserError("sunset table: 'rows' is missing or no list")
    return tuple(_row(row, f"sunset table, row {number}") for number, row in enumerate(rows, 1))


def _row(row: object, where: str) -> Sunset:
    if not isinstance(row, dict):
        raise UserError(f"{where}: no object")
    strange = set(row) - _FIELDS
    if strange:
        raise UserError(f"{where}: unknown field {min(strange)!r}")
    for name in ("country", "technology", "ends", "source", "source_date"):
        if not isinstance(row.get(name), str) or not row[name]:
            raise UserError(f"{where}: {name!r} is missing or no text")
    country, technology = row["country"], row["technology"]
    if not (len(country) == 2 and country.isalpha() and country.isupper()):
        raise UserError(f"{where}: {country!r} is no ISO 3166 alpha-2 country")
    if technology not in {one.value for one in Technology}:
        raise UserError(f"{where}: {technology!r} is no technology")
    operator, plmns = row.get("operator"), row.get("plmns", [])
    if operator is not None and not isinstance(operator, str):
        raise UserError(f"{where}: 'operator' is no text")
    if not isinstance(plmns, list) or not all(_is_plmn(one) for one in plmns):
        raise UserError(f"{where}: 'plmns' is no list of five or six digits")
    ends_utc = moment_of(row["ends"], where)
    moment_of(row["source_date"], where)
    sources = (row["source"], row["source_date"])
    return Sunset(country, technology, ends_utc, row["ends"], operator, *sources, tuple(plmns))


def _is_plmn(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) in (5, 6)


def moment_of(text: str, where: str = "date") -> float:
    """Return the earliest moment of ``2028``, ``2028-06`` or ``2028-06-30`` in UTC.

    Raises:
        UserError: it is no such date.
    """
    padded = text + "-01-01"[(len(text) - 4) :] if len(text) in (4, 7) else text
    try:
        day = dt.date.fromisoformat(padded)
    except ValueError:
        raise UserError(f"{where}: {text!r} is no year, month or day") from None
    return (day - dt.date(1970, 1, 1)).total_seconds()


@dataclass(frozen=True, slots=True)
class Ending:
    """What the table says of one technology in one country: the first and the last end."""

    technology: str
    first: Sunset
    last: Sunset
    serving: Sunset | None = None  # of the operator that the car is registered with


def endings(
    rows: Iterable[Sunset], country: str, technologies: Iterable[str], plmn: str | None = None
) -> tuple[Ending, ...] | None:
    """Return the announced ends of those technologies; None if the country is not in the table."""
    here = [row for row in rows if row.country == country]
    if not here:
        return None
    found = []
    for technology in technologies:
        ends = sorted((r for r in here if r.technology == technology), key=lambda r: r.ends_utc)
        if ends:
            mine = next((row for row in ends if plmn is not None and plmn in row.plmns), None)
            found.append(Ending(technology, ends[0], ends[-1], mine))
    return tuple(found)
