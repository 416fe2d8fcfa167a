"""From sensors to the bytes that a call carries: the MSD and the PIDF-LO document.

There is always an MSD. What the sensors do not know is left out or coded as unknown; if even the
VIN cannot be written, a row of zeros stands for it, and the finding goes into the journal.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from itertools import takewhile
from typing import TYPE_CHECKING

from opensos.apps.vehicle.config import is_vin
from opensos.ports import CallLoad, VehicleIdentity
from opensos.protocols import msd as codec
from opensos.protocols import pidf
from opensos.protocols.effects import LocalError
from opensos.protocols.msd import (
    Delta,
    EraGlonass,
    EuroNcap,
    Msd,
    Propulsion,
    VehicleType,
    units,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opensos.apps.vehicle.crash import CrashFigures
    from opensos.ports import Fix

NO_VIN = "0" * 17
_TRUSTED_M = 150.0  # EN 15722: positionCanBeTrusted, radius at 95 % confidence
_FRESH_S = 10.0  # a fix older than this may be far from where the car is now
_PROPULSIONS = frozenset(field.name for field in fields(Propulsion))


@dataclass(frozen=True, slots=True)
class Observation:
    """All that the sensors say at one moment; None = not known."""

    identity: VehicleIdentity
    utc: float | None
    fix: Fix | None
    recent: Sequence[Fix]
    occupants: int | None


@dataclass(frozen=True, slots=True)
class Purpose:
    """What the message is for."""

    message_identifier: int
    automatic: bool
    test: bool
    crash: CrashFigures | None
    driver_on_left: bool = True
    diagnostics: Mapping[str, bool] | None = None  # of an ERA-GLONASS unit


def build_load(seen: Observation, purpose: Purpose) -> tuple[CallLoad, tuple[str, ...]]:
    """Return what the call carries, and the text keys of what had to be left out.

    A sensor that says garbage costs what it says, and the next barer message goes instead.
    """
    findings: tuple[str, ...] = ()
    for one, wanted in _barer(seen, purpose):
        try:
            load, more = _built(one, wanted)
        except Exception:  # noqa: BLE001  # whatever it was: a call never waits for its data
            findings = ("data_reduced",)
            continue
        return load, (*findings, *(key for key in more if key not in findings))
    raise LocalError("an MSD of nothing but zeros cannot be made")  # pragma: no cover


def _barer(seen: Observation, purpose: Purpose) -> Iterator[tuple[Observation, Purpose]]:
    """Yield the message with less and less that garbage could stand in."""
    yield seen, purpose
    seen = replace(seen, recent=(), occupants=None)
    yield seen, purpose
    purpose = replace(purpose, crash=None, diagnostics=None)
    yield seen, purpose
    yield replace(seen, utc=None), purpose
    yield replace(seen, fix=None), purpose
    yield replace(seen, utc=None, fix=None), purpose
    nobody = VehicleIdentity(NO_VIN)
    yield Observation(nobody, None, None, (), None), purpose


def _built(seen: Observation, purpose: Purpose) -> tuple[CallLoad, tuple[str, ...]]:
    fix = _possible(seen.fix)
    # A receiver's earlier positions are a chain: what follows an impossible one has no anchor.
    recent = tuple(takewhile(_possible, seen.recent))
    utc = seen.utc if seen.utc is not None and 0 < seen.utc < 2**32 else None
    message, findings = _encoded(replace(seen, fix=fix, recent=recent, utc=utc), purpose)
    location = _location(fix)
    if location is None:
        findings = (*findings, "location_unknown")
    return CallLoad(message, location), findings


def _possible(fix: Fix | None) -> Fix | None:
    """Return the fix without figures that cannot be; None if it is no place on earth."""
    if fix is None or not (abs(fix.latitude) <= 90.0 and abs(fix.longitude) <= 180.0):
        return None
    accuracy, heading = fix.accuracy_m, fix.heading_deg
    return replace(
        fix,
        accuracy_m=accuracy if accuracy is not None and 0.0 <= accuracy < 1e7 else None,
        heading_deg=heading if heading is not None and abs(heading) <= 720.0 else None,
    )


def _encoded(seen: Observation, purpose: Purpose) -> tuple[bytes, tuple[str, ...]]:
    findings = () if is_vin(seen.identity.vin) else ("vin_unusable",)
    try:
        return codec.encode(_msd(seen, purpose)), findings
    except LocalError:
        # Something that the codec forbids: what an MSD must have goes all the same.
        seen, purpose = (
            replace(seen, recent=(), occupants=None),
            replace(purpose, crash=None, diagnostics=None),
        )
        return codec.encode(_msd(seen, purpose)), (*findings, "data_reduced")


def _msd(seen: Observation, purpose: Purpose) -> Msd:
    fix = seen.fix
    latitude = units.latitude_mas(fix.latitude if fix else None)
    longitude = units.longitude_mas(fix.longitude if fix else None)
    n1, n2 = _deltas(fix, seen.recent)
    more = _additional(purpose)
    return Msd(
        # Version 3 demands both recent positions; where they are unknown, version 2 can say so.
        version=3 if n1 is not None and n2 is not None else 2,
        message_identifier=purpose.message_identifier,
        automatic_activation=purpose.automatic,
        test_call=purpose.test,
        position_can_be_trusted=_trusted(fix, seen.utc),
        vehicle_type=_vehicle_type(seen.identity.vehicle_type),
        vin=seen.identity.vin if is_vin(seen.identity.vin) else NO_VIN,
        propulsion=_propulsion(seen.identity.propulsion),
        timestamp=0 if seen.utc is None else int(seen.utc),
        latitude_mas=latitude,
        longitude_mas=longitude,
        # The receiver's course counts from true north, the standard's from magnetic north; without
        # a map of declination the difference (a few degrees in Europe) stays in.
        direction=units.direction_code(fix.heading_deg if fix else None),
        recent_n1=n1,
        recent_n2=n2,
        occupants=_count(seen.occupants),
        additional_data=None if more is None else codec.additional_data(more),
    )


def _additional(purpose: Purpose) -> EuroNcap | EraGlonass | None:
    """Return the one additional data that an MSD has room for."""
    crash = purpose.crash
    if purpose.diagnostics is not None:
        kinds = None if crash is None else crash.era_glonass()
        return EraGlonass(diagnostics=purpose.diagnostics or None, crash=kinds)
    return None if crash is None else crash.euro_ncap(driver_on_left=purpose.driver_on_left)


def _trusted(fix: Fix | None, utc: float | None) -> bool:
    if fix is None or fix.accuracy_m is None or utc is None:
        return False
    return fix.accuracy_m <= _TRUSTED_M and abs(utc - fix.utc) <= _FRESH_S


def _deltas(fix: Fix | None, recent: Sequence[Fix]) -> tuple[Delta | None, Delta | None]:
    """Return N1 (against the current position) and N2 (against N1), None where out of reach."""
    deltas: list[Delta | None] = [None, None]
    before = fix
    for index, earlier in enumerate(recent[:2]):
        if before is None:
            break
        north = _steps(earlier.latitude - before.latitude)
        east = _steps((earlier.longitude - before.longitude + 180.0) % 360.0 - 180.0)
        if not (-512 <= north <= 511 and -512 <= east <= 511):
            break
        deltas[index] = Delta(north, east)
        before = earlier
    return deltas[0], deltas[1]


def _steps(degrees: float) -> int:
    return round(degrees * units.MAS_PER_DEGREE / units.DELTA_UNIT_MAS)


def _vehicle_type(name: str) -> VehicleType:
    try:
        return VehicleType(name.lower())
    except ValueError:
        return VehicleType.M1


def _propulsion(names: Sequence[str]) -> Propulsion:
    return Propulsion(**dict.fromkeys(_PROPULSIONS.intersection(names), True))


def _count(occupants: int | None) -> int | None:
    return occupants if occupants is not None and 0 <= occupants < units.UNKNOWN_OCCUPANTS else None


def _location(fix: Fix | None) -> bytes | None:
    if fix is None:
        return None
    place = pidf.Location(
        lat=fix.latitude,
        lon=fix.longitude,
        radius_m=fix.accuracy_m,
        method="GPS",
        timestamp=_rfc3339(fix.utc),
    )
    return pidf.encode(place)


def _rfc3339(utc: float) -> str | None:
    if not 0 <= utc < 2**32:
        return None
    return datetime.fromtimestamp(utc, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
