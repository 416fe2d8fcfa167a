"""An MSD in plain words and lines, for the eyes of an engineer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opensos.protocols.msd import describe_vin, value_to_json
from opensos.protocols.msd.shape import PROPULSION_FIELDS, PROPULSION_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opensos.protocols.msd import AdditionalData, BitField, Decoded, Finding, Msd

_WIDTH: Final = 20
_LAYOUTS: Final = {
    "wrapped": "",
    "inline": "",
    "bare": ", without its wrapper",
    None: "",
}


def message_lines(decoded: Decoded) -> list[str]:
    """Describe the message, one field a line; empty if nothing could be read."""
    msd = decoded.msd
    if msd is None:
        return []
    return [f"{name:{_WIDTH}}{value}" for name, value in _rows(decoded, msd)]


def _rows(decoded: Decoded, msd: Msd) -> list[tuple[str, str]]:
    version = f"{msd.version}{_LAYOUTS[decoded.layout]}"
    if decoded.declared_version not in {None, msd.version}:
        version = f"{decoded.declared_version}, read as {msd.version}"
    rows = [
        ("version", version),
        ("message number", _text(msd.message_identifier)),
        ("call", _choice(msd.automatic_activation, "automatic", "manual")),
        ("test call", _choice(msd.test_call, "yes", "no")),
        ("vehicle type", _text(msd.vehicle_type)),
        ("VIN", _vin(msd)),
        ("energy", _propulsion(msd)),
        ("time", "unknown" if msd.timestamp_utc is None else f"{msd.timestamp_utc:%F %T} UTC"),
        ("position", _position(msd)),
        ("direction", "unknown" if msd.direction_deg is None else f"{msd.direction_deg}°"),
    ]
    rows += [
        (f"earlier position {at}", f"{north:.6f}, {east:.6f}")
        for at, (north, east) in enumerate(msd.recent_positions, 1)
    ]
    rows.append(("occupants", _text(msd.occupant_count)))
    if msd.additional_data is not None:
        rows += _additional(msd.additional_data)
    rows += [
        ("later version", f"{one.where} addition {one.number}: {one.data.hex() or '-'}")
        for one in msd.additions
    ]
    return rows


def _text(value: object) -> str:
    return "unknown" if value is None else str(value)


def _choice(flag: bool | None, yes: str, no: str) -> str:  # noqa: FBT001 - a value to be shown
    if flag is None:
        return "unknown"
    return yes if flag else no


def _vin(msd: Msd) -> str:
    if msd.vin is None:
        return "unknown"
    facts = describe_vin(msd.vin)
    years = " or ".join(map(str, facts.model_years)) or "unknown"
    return (
        f"{msd.vin} (make {_text(facts.make)}, model year {years},"
        f" check digit {facts.check_digit.replace('-', ' ')})"
    )


def _propulsion(msd: Msd) -> str:
    if msd.propulsion is None:
        return "unknown"
    pairs = zip(PROPULSION_NAMES, PROPULSION_FIELDS, strict=True)
    return ", ".join(n for n, field in pairs if getattr(msd.propulsion, field)) or "none marked"


def _position(msd: Msd) -> str:
    trust = _choice(msd.position_can_be_trusted, "can be trusted", "cannot be trusted")
    if msd.latitude is None or msd.longitude is None:
        return f"unknown ({trust})"
    return f"{msd.latitude:.6f}, {msd.longitude:.6f} ({trust})"


def _additional(additional: AdditionalData) -> list[tuple[str, str]]:
    rows = [("additional data", f"{additional.oid}: {additional.data.hex() or '-'}")]
    if additional.missing:
        rows.append(("", f"{additional.missing} more byte(s) were promised"))
    if additional.decoded is not None:
        for name, value in value_to_json(additional.decoded).items():
            inner = value.items() if isinstance(value, dict) else [(name, value)]
            rows += [("", f"{key} = {one}") for key, one in inner if one not in (None, [])]
    return rows


def finding_lines(findings: Iterable[Finding]) -> list[str]:
    """Describe the findings, one a line."""
    return [
        f"{one.level}: {'' if one.bit is None else f'bit {one.bit}: '}{one.text} [{one.code}]"
        for one in findings
    ]


def bit_lines(fields: Iterable[BitField]) -> list[str]:
    """Draw the bit map: place, width, field, value."""
    rows = [("bit", "width", "field", "value")]
    rows += [(str(one.bit), str(one.width), one.name, one.value) for one in fields]
    wide = max(len(row[2]) for row in rows)
    return [f"{bit:>5} {width:>5}  {name:{wide}}  {value}" for bit, width, name, value in rows]
