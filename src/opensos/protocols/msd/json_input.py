"""From JSON to an MSD: what ``to_json`` gives comes back as it was, and a short form is enough.

Whoever writes by hand may give ``vin``, ``latitude`` and ``longitude`` (degrees, null = unknown),
``direction_deg`` (null = unknown), ``timestamp_utc`` and ``occupants`` instead of the coded fields.
Where both are given the coded field counts: it is the exact one. Nothing is made up: what is not
given is absent, and the encoder says what it misses.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias, TypeVar

from opensos.protocols.effects import LocalError, UserError
from opensos.protocols.msd import units
from opensos.protocols.msd.additional import KINDS, additional_data
from opensos.protocols.msd.era_glonass import OID as ERA_GLONASS
from opensos.protocols.msd.era_glonass import EraGlonass
from opensos.protocols.msd.euro_ncap import OID as EURO_NCAP
from opensos.protocols.msd.euro_ncap import EuroNcap, ImpactLocation
from opensos.protocols.msd.message import (
    Addition,
    AdditionalData,
    Delta,
    Msd,
    Propulsion,
    VehicleType,
)
from opensos.protocols.msd.oid import oid_bytes, oid_text
from opensos.protocols.msd.shape import PROPULSION_FIELDS, PROPULSION_NAMES, SHAPES, VIN_PARTS

Object: TypeAlias = Mapping[str, Any]
_T = TypeVar("_T", bool, int, float, str, list[Any], dict[str, Any])

_KIND_WORDS: Final[dict[type, str]] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "an object",
}


def from_json(document: object) -> Msd:
    """Read an MSD from JSON values, either of the form of ``to_json`` or its short form.

    Raises:
        UserError: Something has the wrong form; the sentence says what and how it should be.
    """
    if not isinstance(document, dict):
        raise UserError('an MSD in JSON is an object like {"version": 2, "msd": {…}}')
    try:
        return _message(document)
    except LocalError as error:
        raise UserError(str(error)) from error


def _message(document: Object) -> Msd:
    version = _get(document, "read_as_version", int)
    if version is None:
        version = _get(document, "version", int)
    if version not in SHAPES:
        raise UserError(f"version must be 1, 2 or 3, not {version}")
    body = _get(document, "msd", dict)
    if body is None:
        raise UserError('the key "msd" with the fields of the message is missing')
    control = _get(body, "control", dict) or {}
    location = _get(body, "vehicleLocation", dict) or {}
    kind = _get(control, "vehicleType", str)
    additional = _get(document, "additional_data", dict)
    return Msd(
        version=version,
        message_identifier=_get(body, "messageIdentifier", int),
        automatic_activation=_get(control, "automaticActivation", bool),
        test_call=_get(control, "testCall", bool),
        position_can_be_trusted=_get(control, "positionCanBeTrusted", bool),
        vehicle_type=None if kind is None else _choice(VehicleType, kind.lower(), "vehicleType"),
        vin=_vin(body),
        propulsion=_propulsion(body, SHAPES[version].propulsion),
        timestamp=_timestamp(body),
        latitude_mas=_angle(location, "positionLatitude", body, "latitude"),
        longitude_mas=_angle(location, "positionLongitude", body, "longitude"),
        direction=_direction(body),
        recent_n1=_delta(body, "recentVehicleLocationN1"),
        recent_n2=_delta(body, "recentVehicleLocationN2"),
        occupants=_occupants(body, SHAPES[version].occupants_name),
        additional_data=None if additional is None else _additional(additional),
        additions=_additions(body),
    )


def _get(source: Object, key: str, kind: type[_T]) -> _T | None:
    """Fetch a value of that kind; absent and null are ``None``, anything else is refused."""
    value = source.get(key)
    if value is None:
        return None
    if kind is float and type(value) is int:
        return kind(value)
    # Not isinstance: true is an int to Python, and no number to anybody else.
    if type(value) is not kind:
        raise UserError(f"{key} must be {_KIND_WORDS[kind]}, not {value!r}")
    return value


def _choice(kinds: type[VehicleType | ImpactLocation], text: str, name: str) -> Any:
    try:
        return kinds(text)
    except ValueError:
        raise UserError(f"{name} must be one of {', '.join(kinds)}; not {text!r}") from None


def _vin(body: Object) -> str | None:
    parts = _get(body, "vehicleIdentificationNumber", dict)
    if parts is None:
        return _get(body, "vin", str)
    return "".join(_get(parts, name, str) or "" for name, _ in VIN_PARTS)


def _propulsion(body: Object, count: int) -> Propulsion | None:
    given = _get(body, "vehiclePropulsionStorageType", dict)
    if given is None:
        return None
    unknown = set(given) - set(PROPULSION_NAMES)
    if unknown:
        raise UserError(f"{min(unknown)!r} is no propulsion storage of the MSD")
    flags = {
        attribute: _get(given, name, bool) if name in given else False
        for name, attribute in zip(PROPULSION_NAMES, PROPULSION_FIELDS, strict=True)
    }
    if count < len(PROPULSION_NAMES) and PROPULSION_NAMES[-1] not in given:
        flags[PROPULSION_FIELDS[-1]] = None
    return Propulsion(**flags)


def _timestamp(body: Object) -> int | None:
    if "timestamp" in body:
        return _get(body, "timestamp", int)
    text = _get(body, "timestamp_utc", str)
    if text is None:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(f"timestamp_utc must be like 2026-11-24T13:02:00Z, not {text!r}") from None
    return round((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())


def _angle(location: Object, coded: str, body: Object, degrees: str) -> int | None:
    if coded in location or degrees not in body:
        return _get(location, coded, int)
    convert = units.latitude_mas if degrees == "latitude" else units.longitude_mas
    return convert(_get(body, degrees, float))


def _direction(body: Object) -> int | None:
    if "vehicleDirection" in body or "direction_deg" not in body:
        return _get(body, "vehicleDirection", int)
    return units.direction_code(_get(body, "direction_deg", float))


def _occupants(body: Object, name: str) -> int | None:
    return _get(body, name if name in body else "occupants", int)


def _delta(body: Object, name: str) -> Delta | None:
    given = _get(body, name, dict)
    if given is None:
        return None
    north, east = _get(given, "latitudeDelta", int), _get(given, "longitudeDelta", int)
    if north is None or east is None:
        raise UserError(f"{name} needs latitudeDelta and longitudeDelta")
    return Delta(north, east)


def _additions(source: Object) -> tuple[Addition, ...]:
    found = []
    for one in _get(source, "additions", list) or []:
        if not isinstance(one, dict):
            raise UserError('additions must be objects like {"where": …, "number": 0, "data": …}')
        where, number = _get(one, "where", str), _get(one, "number", int)
        if where is None or number is None:
            raise UserError("an addition needs where and number")
        found.append(Addition(where, number, _hex(one, "data") or b""))
    return tuple(found)


def _hex(source: Object, key: str) -> bytes | None:
    text = _get(source, key, str)
    if text is None:
        return None
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise UserError(f"{key} must be pairs of hex digits, not {text!r}") from None


def _additional(given: Object) -> AdditionalData:
    oid = _get(given, "oid", str)
    if oid is None:
        raise UserError("additional_data needs an oid, like 8.1")
    oid = oid_text(oid_bytes(oid))
    data, decoded = _hex(given, "data"), _get(given, "decoded", dict)
    if data is None:
        if decoded is None:
            raise UserError("additional_data needs data (hex) or decoded (fields)")
        return additional_data(_value(oid, decoded))
    value = KINDS[oid](data)[0] if oid in KINDS else None
    return AdditionalData(oid, data, value, _get(given, "missing_bytes", int) or 0)


def _value(oid: str, given: Object) -> EuroNcap | EraGlonass:
    if oid == EURO_NCAP:
        return _euro_ncap(given)
    if oid == ERA_GLONASS:
        return EraGlonass(
            _get(given, "crashSeverity", int),
            _flags(given, "diagnosticResult"),
            _flags(given, "crashInfo"),
            _additions(given),
        )
    raise UserError(f"the content of additional data {oid} is not known here; give data as hex")


def _euro_ncap(given: Object) -> EuroNcap:
    location = _get(given, "locationOfImpact", str)
    delta_v = _get(given, "deltaV", dict) or {}
    return EuroNcap(
        None if location is None else _choice(ImpactLocation, location, "locationOfImpact"),
        _get(given, "rolloverDetected", bool),
        _get(delta_v, "rangeLimit", int),
        _get(delta_v, "deltaVX", int),
        _get(delta_v, "deltaVY", int),
        _additions(given),
    )


def _flags(given: Object, name: str) -> dict[str, bool] | None:
    flags = _get(given, name, dict)
    if flags is None:
        return None
    return {str(key): bool(_get(flags, key, bool)) for key in flags if flags[key] is not None}
