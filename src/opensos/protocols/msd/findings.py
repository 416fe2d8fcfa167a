"""What a decoder or a check has to say about a message: the codes, their levels, their meaning.

The table below is the source of ``docs/reference/msd-findings.md``; a test keeps the two equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Level: TypeAlias = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is worth saying about a message.

    Attributes:
        code: A key of :data:`CODES`; stable, for programs.
        level: ``info`` (read whole), ``warning`` (read, but not as the standard has it), ``error``
            (nothing could be read).
        bit: Where in the input, counted from its first bit; ``None`` when no place fits.
        text: One sentence for a person.
    """

    code: str
    level: Level
    bit: int | None
    text: str


CODES: Final[dict[str, tuple[Level, str]]] = {
    "explicit-default": ("info", "A FALSE that the standard leaves out was sent explicitly."),
    "trailing-padding": ("info", "Zero bytes follow the message, up to 140 bytes in all."),
    "extension-addition": (
        "info",
        "A field of a later version was skipped by its length and kept as bytes.",
    ),
    "length-form": ("info", "A length was written in a longer form than needed."),
    "empty": ("error", "There are no bytes at all."),
    "unreadable": ("error", "No reading of the bytes makes sense as an MSD."),
    "truncated": ("warning", "The message ends inside a field; everything before it was read."),
    "wrapper-missing": ("warning", "The version byte or the length is missing in front."),
    "wrapper-length": ("warning", "The length in front does not fit the bytes that follow."),
    "version-unknown": ("warning", "The version byte names a version that is not 1, 2 or 3."),
    "version-mismatch": ("warning", "The message is laid out as another version than it says."),
    "trailing-bytes": ("warning", "Bytes other than zero follow the message."),
    "padding-bits": ("warning", "The bits that fill up the last byte are not zero."),
    "too-long": ("warning", "The input is longer than the 140 bytes that an MSD may have."),
    "vehicle-type-unknown": ("warning", "The vehicle type is one that this version does not have."),
    "vin-character": ("warning", "A character of the VIN is outside the VIN alphabet."),
    "latitude-out-of-range": ("warning", "The latitude is beyond 90 degrees and not 'unknown'."),
    "longitude-out-of-range": ("warning", "The longitude is beyond 180 degrees and not 'unknown'."),
    "direction-reserved": ("warning", "The direction is a reserved value (180 to 254)."),
    "length-fragmented": (
        "warning",
        "A length is of the form for 16 KiB and more; reading stopped.",
    ),
    "oid-broken": ("warning", "The object identifier of the additional data is malformed."),
    "additional-data-broken": (
        "warning",
        "Additional data of a known kind could not be read whole.",
    ),
    # What only `validate` says: the message can be read, its content deserves a second look.
    "not-canonical": ("info", "The canonical encoding of the same content is another one."),
    "position-unknown": ("info", "The car sent 'position unknown'."),
    "direction-unknown": ("info", "The car sent 'direction unknown'."),
    "occupants-unknown": ("info", "The number of occupants is absent or sent as unknown."),
    "timestamp-failure": ("info", "The time is 0: the car has no clock that it trusts."),
    "timestamp-implausible": ("warning", "The time is before 2010: no eCall car existed."),
    "position-trust": ("warning", "The position is unknown, yet marked as one to be trusted."),
    "message-identifier-zero": ("warning", "The first MSD of a call has number 1; this one has 0."),
    "vin-check-digit": ("warning", "The check digit of a North American or Chinese VIN is wrong."),
    "vin-placeholder": ("warning", "The VIN is one character repeated: a placeholder."),
    "propulsion-none": ("info", "No propulsion storage is marked."),
    "additional-data-size": ("warning", "The additional data has more than 94 bytes of content."),
    "delta-v-range": ("warning", "A change of velocity exceeds the range that the car states."),
}


def finding(code: str, bit: int | None, text: str) -> Finding:
    """Build a finding with the level that :data:`CODES` gives its code."""
    return Finding(code, CODES[code][0], bit, text)
