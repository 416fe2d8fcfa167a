"""The minimum set of data (MSD) of EN 15722: what the car tells when it calls for help.

Reading is tolerant (:func:`decode` never raises: value as far as read, findings, raw bytes),
writing is strict (:func:`encode` gives canonical unaligned PER or raises). Versions 1, 2 and 3,
Euro NCAP TB 040 and ERA-GLONASS additional data. The values lie in ``message.py``: start there.

Deliberately absent: a general ASN.1 compiler (the three layouts are fixed, and written by hand they
are ten times as fast and can be read half); the in-band modem; anything that transports an MSD,
for which it is opaque bytes; a clock, so nobody here says whether a time is recent.
"""

from opensos.protocols.msd.additional import additional_data
from opensos.protocols.msd.as_json import finding_to_json, msd_to_json, to_json, value_to_json
from opensos.protocols.msd.decoding import bit_map, decode
from opensos.protocols.msd.diffing import Difference, diff
from opensos.protocols.msd.encoding import encode
from opensos.protocols.msd.era_glonass import EraGlonass, decode_era_glonass, encode_era_glonass
from opensos.protocols.msd.euro_ncap import (
    EuroNcap,
    ImpactLocation,
    decode_euro_ncap,
    encode_euro_ncap,
)
from opensos.protocols.msd.findings import CODES, Finding
from opensos.protocols.msd.json_input import from_json
from opensos.protocols.msd.message import (
    MAX_BYTES,
    Addition,
    AdditionalData,
    Decoded,
    Delta,
    Msd,
    Propulsion,
    VehicleType,
)
from opensos.protocols.msd.reader import BitField
from opensos.protocols.msd.units import (
    direction_code,
    direction_deg,
    latitude,
    latitude_mas,
    longitude,
    longitude_mas,
    utc,
)
from opensos.protocols.msd.validating import validate
from opensos.protocols.msd.vin import VinFacts, describe_vin

__all__ = [
    "CODES",
    "MAX_BYTES",
    "Addition",
    "AdditionalData",
    "BitField",
    "Decoded",
    "Delta",
    "Difference",
    "EraGlonass",
    "EuroNcap",
    "Finding",
    "ImpactLocation",
    "Msd",
    "Propulsion",
    "VehicleType",
    "VinFacts",
    "additional_data",
    "bit_map",
    "decode",
    "decode_era_glonass",
    "decode_euro_ncap",
    "describe_vin",
    "diff",
    "direction_code",
    "direction_deg",
    "encode",
    "encode_era_glonass",
    "encode_euro_ncap",
    "finding_to_json",
    "from_json",
    "latitude",
    "latitude_mas",
    "longitude",
    "longitude_mas",
    "msd_to_json",
    "to_json",
    "utc",
    "validate",
    "value_to_json",
]
