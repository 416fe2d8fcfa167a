"""Reads a table of TOML with one clear sentence for whatever is wrong in it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from opensos.protocols.effects import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Table:
    """One table; every key that is read is known, ``done`` refuses those that are left.

    All readers raise UserError for a value of the wrong kind or out of range.
    """

    def __init__(self, data: Mapping[str, Any], where: str) -> None:
        self._data = data
        self._where = where
        self._known: set[str] = set()

    def __contains__(self, key: str) -> bool:
        """Tell whether the key is there."""
        return key in self._data

    def wrong(self, key: str, words: str) -> UserError:
        """Return the error that says what is wrong with a key."""
        return UserError(f"{self._name(key)} {words}.")

    def text(self, key: str, default: str | None = None) -> str | None:
        """Return a text that is not empty."""
        value = self._get(key)
        if value is None:
            return default
        if not isinstance(value, str) or not value or "\0" in value:
            raise self.wrong(key, "must be a text")
        return value

    def need(self, key: str) -> str:
        """Return a text that must be there."""
        value = self.text(key)
        if value is None:
            raise self.wrong(key, "is missing")
        return value

    def choice(self, key: str, choices: Sequence[str]) -> str:
        """Return one of some words; it must be there."""
        value = self.need(key)
        if value not in choices:
            raise self.wrong(key, f"may be {' or '.join(choices)}, not {value!r}")
        return value

    def choice_or(self, key: str, choices: Sequence[str], default: str | None) -> str | None:
        """Return one of some words, ``default`` if the key is not there."""
        return self.choice(key, choices) if self.text(key) is not None else default

    def flag(self, key: str, *, default: bool | None = None) -> bool | None:
        """Return true or false."""
        value = self._get(key)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(key, "must be true or false")
        return default if value is None else value

    def number(self, key: str, low: float, high: float) -> float | None:
        """Return a number within bounds, None if it is not there."""
        value = self._get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
            raise self.wrong(key, "must be a number")
        if not low <= value <= high:
            raise self.wrong(key, f"must lie between {low:g} and {high:g}")
        return float(value)

    def number_or(self, key: str, default: float, low: float, high: float) -> float:
        """Return a number within bounds, ``default`` if it is not there."""
        value = self.number(key, low, high)
        return default if value is None else value

    def need_number(self, key: str, low: float, high: float) -> float:
        """Return a number that must be there."""
        value = self.number(key, low, high)
        if value is None:
            raise self.wrong(key, "is missing")
        return value

    def whole(self, key: str, low: int, high: int) -> int | None:
        """Return a whole number within bounds, None if it is not there."""
        value = self.number(key, low, high)
        if value is not None and not value.is_integer():
            raise self.wrong(key, "must be a whole number")
        return None if value is None else int(value)

    def whole_or(self, key: str, default: int, low: int, high: int) -> int:
        """Return a whole number within bounds, ``default`` if it is not there."""
        value = self.whole(key, low, high)
        return default if value is None else value

    def need_whole(self, key: str, low: int, high: int) -> int:
        """Return a whole number that must be there."""
        value = self.whole(key, low, high)
        if value is None:
            raise self.wrong(key, "is missing")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; one text alone is a list of one, none is an empty one."""
        value = self._get(key)
        if value is None:
            return ()
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(v, str) and v for v in values):
            raise self.wrong(key, "must be a list of texts")
        return tuple(values)

    def rows(self, key: str) -> list[list[float]] | None:
        """Return rows of numbers (their count is for the reader to check)."""
        value = self._get(key)
        if value is None:
            return None
        good = isinstance(value, list) and all(
            isinstance(row, list)
            and all(isinstance(v, int | float) and not isinstance(v, bool) for v in row)
            for row in value
        )
        if not good:
            raise self.wrong(key, "must be rows of numbers")
        return [[float(v) for v in row] for row in value]

    def moment(self, key: str) -> float | None:
        """Return a date (or date and time) as seconds since 1970 UTC."""
        from datetime import UTC, date, datetime, time  # noqa: PLC0415  only where there is a date

        value = self._get(key)
        if value is None:
            return None
        if isinstance(value, datetime):
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
        if isinstance(value, date):
            return datetime.combine(value, time(), UTC).timestamp()
        raise self.wrong(key, "must be a date without quotes, as in 2024-05-17")

    def table(self, key: str) -> Table | None:
        """Return a table inside this one, None if it is not there."""
        value = self._get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.wrong(key, "must be a table")
        return Table(value, self._name(key))

    def tables(self, key: str) -> tuple[Table, ...]:
        """Return the tables of an array (``[[key]]``)."""
        value = self._get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise self.wrong(key, f"must be an array of tables: write [[{self._name(key)}]]")
        return tuple(Table(one, f"{self._name(key)}[{i}]") for i, one in enumerate(value))

    def done(self) -> None:
        """Refuse what nobody has read. Raises UserError."""
        unknown = sorted(set(self._data) - self._known)
        if unknown:
            known = ", ".join(sorted(self._known))
            raise UserError(f"{self._name(unknown[0])} is no key here; known are {known}.")

    def _get(self, key: str) -> Any:
        self._known.add(key)
        return self._data.get(key)

    def _name(self, key: str) -> str:
        return f"{self._where}.{key}" if self._where else key
