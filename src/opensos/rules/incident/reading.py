"""From what arrived with a call to what the card shows: positions, vehicle, crash, findings."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from opensos.protocols.msd import EuroNcap, to_json
from opensos.rules.crash import estimate, facts_of_msd
from opensos.rules.incident.card import Crash, Finding, Position, SeverityView, Vehicle
from opensos.rules.incident.vin import masked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from opensos.protocols.msd import Decoded, Msd
    from opensos.protocols.pidf import Location, LocationResult

FAR_APART_M = 1_000.0
"""Two positions that differ by more than this, and by more than both radii, are worth a mark."""

_EARTH_M = 6_371_008.8
_SHOWN = 20
"""Findings of one kind that a card shows; the raw bytes hold the rest."""


@dataclass(frozen=True, slots=True)
class MsdReading:
    """What one MSD says, ready for the card."""

    received: bool
    position: Position | None = None
    recent: tuple[tuple[float, float], ...] = ()
    vehicle: Vehicle | None = None
    crash: Crash | None = None
    msd: Mapping[str, Any] | None = None
    test: bool | None = None
    automatic: bool | None = None
    findings: tuple[Finding, ...] = field(default=())


UNREAD_MSD = Finding(
    "msd.unreadable", "error", "The data of the car could not be read; its bytes are kept."
)


def read_msd(decoded: Decoded) -> MsdReading:
    """Return what the MSD says.

    ``received`` is what the acknowledgement tells the car: true when the position's field was
    reached (be it "unknown"), so that sending again could bring nothing that matters more.
    """
    msd = decoded.msd
    if msd is None:
        return MsdReading(received=False, findings=(UNREAD_MSD, *_msd_findings(decoded)))
    position = _msd_position(msd)
    shown = to_json(decoded)
    return MsdReading(
        received=msd.latitude_mas is not None and msd.longitude_mas is not None,
        position=position,
        recent=msd.recent_positions,
        vehicle=_vehicle(msd, shown["msd"]),
        crash=_crash(msd),
        msd=shown,
        test=msd.test_call,
        automatic=msd.automatic_activation,
        findings=(*_msd_findings(decoded), *_position_findings(position)),
    )


def read_location(result: LocationResult) -> tuple[Position | None, tuple[Finding, ...]]:
    """Return the point of a location document, and what was wrong with the document."""
    findings = [Finding("location.problem", "warning", p) for p in result.problems[:_SHOWN]]
    point = result.point
    if point is None or point.lat is None or point.lon is None or not _on_earth(point):
        place = result.position
        if place is not None and place.civic:
            address = ", ".join(str(v) for v in list(place.civic.values())[:12])[:300]
            findings.append(Finding("location.address", "info", f"Address: {address}"))
        elif not findings:
            findings.append(Finding("location.none", "warning", "The location holds no position."))
        return None, tuple(findings)
    radius = point.radius_m
    if radius is not None and not math.isfinite(radius):
        radius = None
    return Position(point.lat, point.lon, "pidf", None, radius), tuple(findings)


def _on_earth(point: Location) -> bool:
    """Whether a map can show it: also false for NaN."""
    lat, lon = point.lat, point.lon
    return lat is not None and lon is not None and -90 <= lat <= 90 and -180 <= lon <= 180


def choose(positions: tuple[Position, ...]) -> Position | None:
    """Choose the position to act on: a trusted MSD, else the network's, else whatever there is."""
    for position in positions:
        if position.source == "msd" and position.trusted:
            return position
    for position in positions:
        if position.source == "pidf":
            return position
    return positions[0] if positions else None


def disagreement(positions: tuple[Position, ...]) -> Finding | None:
    """Mark positions that cannot both be right."""
    for i, one in enumerate(positions):
        for other in positions[i + 1 :]:
            apart = metres_between(one, other)
            if apart > max(FAR_APART_M, (one.radius_m or 0.0) + (other.radius_m or 0.0)):
                text = f"The positions of car and network differ by {apart / 1000:.1f} km."
                return Finding("position.differs", "warning", text)
    return None


def metres_between(one: Position, other: Position) -> float:
    """Return the great-circle distance in metres."""
    phi1, phi2 = math.radians(one.lat), math.radians(other.lat)
    h = (
        math.sin((phi2 - phi1) / 2) ** 2
        + math.cos(phi1) * math.cos(phi2) * math.sin(math.radians(other.lon - one.lon) / 2) ** 2
    )
    return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(h)))


def _msd_position(msd: Msd) -> Position | None:
    lat, lon = msd.latitude, msd.longitude
    if lat is None or lon is None:
        return None
    return Position(lat, lon, "msd", msd.position_can_be_trusted)


def _position_findings(position: Position | None) -> tuple[Finding, ...]:
    if position is None:
        return (Finding("position.unknown", "warning", "The car does not know its position."),)
    if position.trusted is False:
        return (Finding("position.untrusted", "warning", "The car does not trust its position."),)
    return ()


def _msd_findings(decoded: Decoded) -> tuple[Finding, ...]:
    # What is only informative (explicit defaults in every real message) stays in the MSD's JSON.
    worth = [f for f in decoded.findings if f.level != "info"]
    return tuple(Finding(f"msd.{f.code}", f.level, f.text) for f in worth[:_SHOWN])


_PROPULSION = (
    ("gasoline_tank_present", "gasoline"),
    ("diesel_tank_present", "diesel"),
    ("compressed_natural_gas", "compressed_natural_gas"),
    ("liquid_propane_gas", "liquid_propane_gas"),
    ("electric_energy_storage", "electric"),
    ("hydrogen_storage", "hydrogen"),
    ("other_storage", "other"),
)


def _vehicle(msd: Msd, shown: Mapping[str, Any]) -> Vehicle:
    propulsion = msd.propulsion
    kinds = (
        None
        if propulsion is None
        else tuple(name for field_, name in _PROPULSION if getattr(propulsion, field_))
    )
    return Vehicle(
        vin=msd.vin,
        vin_masked=masked(msd.vin),
        make=shown["make"],
        model_year=_model_year(msd, shown["model_years"]),
        type=None if msd.vehicle_type is None else msd.vehicle_type.value.upper(),
        propulsion=kinds,
        direction_deg=msd.direction_deg,
        occupants=msd.occupant_count,
    )


def _model_year(msd: Msd, candidates: Sequence[int]) -> int | None:
    """Return the newest year that the VIN's tenth character may mean and that has come by now."""
    sent = msd.timestamp_utc
    limit = 9999 if sent is None else sent.year + 1  # a model year begins before its calendar year
    return max((year for year in candidates if year <= limit), default=None)


_IMPACTS = {"driverSide": "driver_side", "nonDriverSide": "non_driver_side"}


def _crash(msd: Msd) -> Crash | None:
    """Read Euro NCAP's data; other additional data is shown as part of the MSD."""
    extra = None if msd.additional_data is None else msd.additional_data.decoded
    if not isinstance(extra, EuroNcap):
        return None
    where = None if extra.location_of_impact is None else extra.location_of_impact.value
    return Crash(
        impact=None if where is None else _IMPACTS.get(where, where),
        rollover=extra.rollover_detected,
        delta_v_x_kmh=extra.delta_v_x,
        delta_v_y_kmh=extra.delta_v_y,
        range_kmh=extra.range_limit,
        severity=_severity(
            extra.delta_v_x, extra.delta_v_y, extra.range_limit, where, extra.rollover_detected
        ),
    )


@lru_cache(maxsize=4096)
def _severity(
    delta_v_x: int | None,
    delta_v_y: int | None,
    limit: int | None,
    where: str | None,
    rollover: bool | None,  # noqa: FBT001  # the MSD's own word
) -> SeverityView | None:
    """Estimate; remembered, since an MSD repeats what the one before it said."""
    severity = estimate(
        facts_of_msd(
            delta_v_x_kmh=delta_v_x,
            delta_v_y_kmh=delta_v_y,
            range_limit_kmh=limit,
            location_of_impact=where,
            rollover=rollover,
        )
    )
    if severity is None:
        return None
    return SeverityView(
        severity.probability,
        severity.low,
        severity.high,
        severity.cdc_flag,
        severity.high_concern_flag,
        severity.caveat,
    )
