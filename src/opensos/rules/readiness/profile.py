"""The numbering of a maker: which code a (component, symptom) has, and in which memory.

Profiles are data (``profiles/*.json``); whoever stands higher reads the file, this floor opens
none. A unit has one variant of one profile.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from opensos.protocols.effects import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Fit: TypeAlias = Literal["exact", "near", "own"]
_FITS = ("exact", "near", "own")
_LARGEST = 0xFFFFFF


@dataclass(frozen=True, slots=True)
class Row:
    """The codes of one (component, symptom).

    Attributes:
        key: ``component.symptom``.
        fault: its code in the fault memory, None = not kept there.
        info: its code in the info memory, None = not kept there.
        fit: ``exact`` the maker has a code of this meaning; ``near`` a wider one; ``own`` the maker
            has none, and the number is ours.
    """

    key: str
    fault: int | None
    info: int | None
    fit: Fit = "exact"


@dataclass(frozen=True, slots=True)
class Profile:
    """One variant's numbering.

    Attributes:
        name: of the profile.
        variant: of the unit.
        rows: by key.
        labels: a code's meaning in English, for testers; people get the texts of the keys.
    """

    name: str
    variant: str
    rows: Mapping[str, Row]
    labels: Mapping[int, str] = field(default_factory=dict)

    def row(self, key: str) -> Row | None:
        """Return the codes of ``component.symptom``, None if the profile has none."""
        return self.rows.get(key)

    def keys_of(self, code: int) -> tuple[str, ...]:
        """Return every key that has this code in either memory."""
        return tuple(k for k, row in self.rows.items() if code in (row.fault, row.info))

    def missing(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Return those keys that have no code at all."""
        return tuple(key for key in keys if key not in self.rows)


def profile_from_data(data: Mapping[str, Any], variant: str | None = None) -> Profile:
    """Return one variant of a profile; the default one if none is named.

    Raises:
        UserError: the data is no profile, or has no such variant; the sentence names the place.
    """
    name = _text(data, "name", "profile")
    variants = _mapping(data, "variants", f"profile {name}")
    chosen = variant if variant is not None else _text(data, "default", f"profile {name}")
    if chosen not in variants:
        known = ", ".join(sorted(variants))
        raise UserError(f"profile {name} has no variant {chosen!r}; it has {known}")
    where = f"profile {name}, variant {chosen}"
    raw = _mapping(variants, chosen, where)
    rows = {key: _row(key, value, f"{where}, {key}") for key, value in raw.items()}
    if not rows:
        raise UserError(f"{where} has no codes")
    labels = _mapping(data, "labels", f"profile {name}") if "labels" in data else {}
    return Profile(name, chosen, rows, {_code(k, f"{name} labels"): str(labels[k]) for k in labels})


def check_profile(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Read every variant and return its names.

    Raises:
        UserError: as :func:`profile_from_data`.
    """
    names = tuple(_mapping(data, "variants", "profile"))
    for name in names:
        profile_from_data(data, name)
    profile_from_data(data)
    return names


def _row(key: str, value: object, where: str) -> Row:
    if not isinstance(value, dict) or set(value) - {"fault", "info", "fit"}:
        raise UserError(f"{where}: expected an object with fault, info and fit")
    if key.count(".") != 1:
        raise UserError(f"{where}: a key is component.symptom")
    fault = value.get("fault")
    info = value.get("info")
    if fault is None and info is None:
        raise UserError(f"{where}: a code in at least one memory is needed")
    fit = value.get("fit", "exact")
    if fit not in _FITS:
        raise UserError(f"{where}: fit is one of {', '.join(_FITS)}")
    return Row(
        key,
        None if fault is None else _code(fault, where),
        None if info is None else _code(info, where),
        cast("Fit", fit),
    )


def _code(value: object, where: str) -> int:
    if not isinstance(value, str):
        raise UserError(f"{where}: a code is a text of hexadecimal digits")
    try:
        code = int(value, 16)
    except ValueError:
        raise UserError(f"{where}: {value!r} is no hexadecimal number") from None
    if not 0 < code <= _LARGEST:
        raise UserError(f"{where}: {value!r} is not between 1 and FFFFFF")
    return code


def _text(data: Mapping[str, Any], key: str, where: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value:
        raise UserError(f"{where}: {key!r} is missing or no text")
    return value


def _mapping(data: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    value = data.get(key)
    if not isinstance(value, dict):
        raise UserError(f"{where}: {key!r} is missing or no object")
    return value
