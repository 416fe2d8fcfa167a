"""Is the content of a message what it should be? More than decoding says, and no clock needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opensos.protocols.effects import LocalError
from opensos.protocols.msd.decoding import bit_map
from opensos.protocols.msd.encoding import encode
from opensos.protocols.msd.euro_ncap import EuroNcap
from opensos.protocols.msd.findings import Finding, finding
from opensos.protocols.msd.message import MAX_ADDITIONAL_BYTES
from opensos.protocols.msd.shape import PROPULSION_FIELDS, SHAPES
from opensos.protocols.msd.units import UNKNOWN_DIRECTION, UNKNOWN_POSITION
from opensos.protocols.msd.vin import computed_check_digit, describe_vin

if TYPE_CHECKING:
    from opensos.protocols.msd.message import Decoded, Msd

_2010: Final = 1_262_304_000


def validate(decoded: Decoded) -> tuple[Finding, ...]:
    """Say everything that is worth saying: the decoder's findings, then those on the content."""
    msd = decoded.msd
    if msd is None:
        return decoded.findings
    places: dict[str, int] = {}
    for one in bit_map(decoded.raw):
        places.setdefault(one.name, one.bit)
    found = [
        *_canonical(decoded, msd),
        *_head(msd, places),
        *_vin(msd, places),
        *_position(msd, places),
        *_additional(msd, places),
    ]
    return decoded.findings + tuple(found)


def _canonical(decoded: Decoded, msd: Msd) -> list[Finding]:
    try:
        canonical = encode(msd)
    except LocalError as error:
        return [finding("not-canonical", None, f"It has no canonical encoding: {error}.")]
    if canonical == decoded.raw:
        return []
    return [finding("not-canonical", None, f"The canonical encoding is {canonical.hex()}.")]


def _head(msd: Msd, places: dict[str, int]) -> list[Finding]:
    found = []
    if msd.message_identifier == 0:
        text = "The message number is 0; the first MSD of a call has number 1."
        found.append(finding("message-identifier-zero", places.get("messageIdentifier"), text))
    if msd.timestamp == 0:
        text = "The time is 0: the car's clock had failed."
        found.append(finding("timestamp-failure", places.get("timestamp"), text))
    elif msd.timestamp is not None and msd.timestamp < _2010:
        text = f"The time is {msd.timestamp_utc:%Y-%m-%d}, before there were eCall cars."
        found.append(finding("timestamp-implausible", places.get("timestamp"), text))
    if msd.propulsion is not None and not any(
        getattr(msd.propulsion, name) for name in PROPULSION_FIELDS
    ):
        text = "No propulsion storage is marked: rescuers cannot tell what is in the tank."
        place = places.get("vehiclePropulsionStorageType.extension")
        found.append(finding("propulsion-none", place, text))
    if msd.occupant_count is None:
        place = places.get(SHAPES[msd.version].occupants_name)
        text = "The number of occupants is absent or sent as unknown."
        found.append(finding("occupants-unknown", place, text))
    return found


def _vin(msd: Msd, places: dict[str, int]) -> list[Finding]:
    facts = describe_vin(msd.vin)
    if msd.vin is not None and facts.placeholder:
        text = f"The VIN {msd.vin} is one character repeated: a placeholder."
        return [finding("vin-placeholder", places.get("isowmi"), text)]
    if msd.vin is not None and facts.check_digit == "invalid":
        right = computed_check_digit(msd.vin)
        text = f"The check digit of {msd.vin} is {msd.vin[8]}; by the rule it is {right}."
        return [finding("vin-check-digit", places.get("isowmi"), text)]
    return []


def _position(msd: Msd, places: dict[str, int]) -> list[Finding]:
    found = []
    if UNKNOWN_POSITION in (msd.latitude_mas, msd.longitude_mas):
        text = "The car sent that it does not know its position."
        found.append(finding("position-unknown", places.get("positionLatitude"), text))
        if msd.position_can_be_trusted:
            text = "The position is marked as one to be trusted, and is unknown."
            found.append(finding("position-trust", places.get("positionCanBeTrusted"), text))
    if msd.direction == UNKNOWN_DIRECTION:
        text = "The car sent that it does not know its direction."
        found.append(finding("direction-unknown", places.get("vehicleDirection"), text))
    return found


def _additional(msd: Msd, places: dict[str, int]) -> list[Finding]:
    additional = msd.additional_data
    if additional is None:
        return []
    found = []
    size = len(additional.data) + additional.missing
    if size > MAX_ADDITIONAL_BYTES:
        text = f"The additional data has {size} bytes; at most {MAX_ADDITIONAL_BYTES} are allowed."
        found.append(finding("additional-data-size", places.get("data.length"), text))
    value = additional.decoded
    if isinstance(value, EuroNcap) and value.range_limit is not None:
        beyond = [
            f"{name} {speed}"
            for name, speed in (("deltaVX", value.delta_v_x), ("deltaVY", value.delta_v_y))
            if speed is not None and abs(speed) > value.range_limit
        ]
        if beyond:
            text = f"{' and '.join(beyond)} km/h is beyond the range of {value.range_limit} km/h."
            found.append(finding("delta-v-range", places.get("data"), text))
    return found
