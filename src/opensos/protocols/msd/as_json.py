"""An MSD as JSON: the standard's names, and beside them what a person can read.

``docs/reference/msd-json.md`` describes the form. Absent is null, never 0 or false.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opensos.protocols.msd.additional import KIND_NAMES
from opensos.protocols.msd.euro_ncap import EuroNcap
from opensos.protocols.msd.oid import oid_bytes
from opensos.protocols.msd.shape import PROPULSION_FIELDS, PROPULSION_NAMES, SHAPES, VIN_PARTS
from opensos.protocols.msd.vin import describe_vin

if TYPE_CHECKING:
    from opensos.protocols.msd.era_glonass import EraGlonass
    from opensos.protocols.msd.findings import Finding
    from opensos.protocols.msd.message import (
        Addition,
        AdditionalData,
        Decoded,
        Delta,
        Msd,
        Propulsion,
    )

Json = dict[str, Any]

DELTA_NAMES: Final = ("recentVehicleLocationN1", "recentVehicleLocationN2")


def to_json(decoded: Decoded) -> Json:
    """Turn a decoded message into JSON values; the keys are always all there."""
    msd = decoded.msd
    version = decoded.declared_version
    if version is None and msd is not None:
        version = msd.version
    return {
        "version": version,
        "read_as_version": None if msd is None else msd.version,
        "layout": decoded.layout,
        "msd": None if msd is None else msd_to_json(msd),
        "additional_data": None if msd is None else _additional_to_json(msd.additional_data),
        "findings": [finding_to_json(one) for one in decoded.findings],
        "raw": decoded.raw.hex(),
    }


def finding_to_json(finding: Finding) -> Json:
    """Turn a finding into JSON values."""
    return {
        "code": finding.code,
        "level": finding.level,
        "bit": finding.bit,
        "text": finding.text,
    }


def msd_to_json(msd: Msd) -> Json:
    """Turn the message into JSON values, without its additional data."""
    when = msd.timestamp_utc
    facts = describe_vin(msd.vin)
    return {
        "messageIdentifier": msd.message_identifier,
        "control": {
            "automaticActivation": msd.automatic_activation,
            "testCall": msd.test_call,
            "positionCanBeTrusted": msd.position_can_be_trusted,
            "vehicleType": None if msd.vehicle_type is None else str(msd.vehicle_type),
        },
        "vehicleIdentificationNumber": _vin_to_json(msd.vin),
        "vehiclePropulsionStorageType": _propulsion_to_json(msd.propulsion, msd.version),
        "timestamp": msd.timestamp,
        "vehicleLocation": {
            "positionLatitude": msd.latitude_mas,
            "positionLongitude": msd.longitude_mas,
        },
        "vehicleDirection": msd.direction,
        DELTA_NAMES[0]: _delta_to_json(msd.recent_n1),
        DELTA_NAMES[1]: _delta_to_json(msd.recent_n2),
        SHAPES[msd.version].occupants_name: msd.occupants,
        "vin": msd.vin,
        "make": facts.make,
        "model_years": list(facts.model_years),
        "vin_check_digit": facts.check_digit,
        "timestamp_utc": None if when is None else when.isoformat().replace("+00:00", "Z"),
        "latitude": msd.latitude,
        "longitude": msd.longitude,
        "direction_deg": msd.direction_deg,
        "recent_positions": [
            {"latitude": north, "longitude": east} for north, east in msd.recent_positions
        ],
        "occupants": msd.occupant_count,
        "additions": additions_to_json(msd.additions),
    }


def _vin_to_json(vin: str | None) -> Json | None:
    if vin is None:
        return None
    parts, at = {}, 0
    for name, length in VIN_PARTS:
        parts[name] = vin[at : at + length]
        at += length
    return parts


def _propulsion_to_json(propulsion: Propulsion | None, version: int) -> Json | None:
    if propulsion is None:
        return None
    pairs = zip(PROPULSION_NAMES, PROPULSION_FIELDS, strict=True)
    known = {name: getattr(propulsion, attribute) for name, attribute in pairs}
    return dict(list(known.items())[: SHAPES[version].propulsion])


def _delta_to_json(delta: Delta | None) -> Json | None:
    if delta is None:
        return None
    return {"latitudeDelta": delta.latitude, "longitudeDelta": delta.longitude}


def _additional_to_json(additional: AdditionalData | None) -> Json | None:
    if additional is None:
        return None
    return {
        "oid": additional.oid,
        "oid_hex": oid_bytes(additional.oid).hex(),
        "kind": KIND_NAMES.get(additional.oid),
        "data": additional.data.hex(),
        "missing_bytes": additional.missing,
        "decoded": None if additional.decoded is None else value_to_json(additional.decoded),
    }


def value_to_json(value: EuroNcap | EraGlonass) -> Json:
    """Turn the content of additional data into JSON values under the standard's names."""
    if isinstance(value, EuroNcap):
        return {
            "locationOfImpact": None
            if value.location_of_impact is None
            else str(value.location_of_impact),
            "rolloverDetected": value.rollover_detected,
            "deltaV": {
                "rangeLimit": value.range_limit,
                "deltaVX": value.delta_v_x,
                "deltaVY": value.delta_v_y,
            },
            "additions": additions_to_json(value.additions),
        }
    return {
        "crashSeverity": value.crash_severity,
        "diagnosticResult": None if value.diagnostics is None else dict(value.diagnostics),
        "crashInfo": None if value.crash is None else dict(value.crash),
        "additions": additions_to_json(value.additions),
    }


def additions_to_json(additions: tuple[Addition, ...]) -> list[Json]:
    """Turn kept parts of later versions into JSON values."""
    return [{"where": one.where, "number": one.number, "data": one.data.hex()} for one in additions]
