"""What a satellite receiver says on its serial line: NMEA 0183 sentences.

``Framer`` cuts sentences out of any stream of bytes; ``decode`` reads RMC, GGA, GSA, GSV, VTG, GLL,
ZDA and the antenna's state (u-blox ``TXT``, MediaTek ``PGTOP``/``PCD``); ``Receiver`` folds them
into one state with a fix, satellites, signal, and an *estimate* of the accuracy.

Deliberately absent: setting the receiver up (``$PMTK``/UBX commands), UBX and other binary
contents (skipped, never believed), AIS and ship's instruments.
"""

from .fold import Fix, Receiver, State
from .framing import MAX_SENTENCE, Framer
from .sentences import AntennaStatus, Gga, Gll, Gsa, Gsv, Rmc, Sentence, Vtg, Zda, decode

__all__ = [
    "MAX_SENTENCE",
    "AntennaStatus",
    "Fix",
    "Framer",
    "Gga",
    "Gll",
    "Gsa",
    "Gsv",
    "Receiver",
    "Rmc",
    "Sentence",
    "State",
    "Vtg",
    "Zda",
    "decode",
]
