"""Where a caller is: PIDF-LO documents (RFC 4119, 5139, 5491, 6848, 7459).

``decode`` reads every shape of RFC 5491 and reduces it to a centre and a radius in metres that
covers it, plus the civic address; ``encode`` writes a Point or a Circle.

Deliberately absent: fetching a location by reference, routing by location (LoST), usage rules,
map projections other than WGS 84, and any judgement whether the location is to be believed.
"""

from .reader import decode
from .values import Location, LocationResult
from .writer import encode

__all__ = ["Location", "LocationResult", "decode", "encode"]
