"""HSFZ frames: length (32 bits), control word (16 bits), body."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from opensos.protocols.effects import LocalError, RemoteError

HEADER_BYTES = 6
ACK_ECHO = 5  # how many bytes of a request the acknowledgement repeats (gallia checks it)


class Control(IntEnum):
    """Control words."""

    DATA = 0x01
    ACK = 0x02
    TERMINAL_15 = 0x10
    IDENTIFICATION = 0x11
    ALIVE_CHECK = 0x12
    STATUS = 0x13
    BAD_TESTER = 0x40
    BAD_CONTROL = 0x41
    BAD_FORMAT = 0x42
    BAD_TARGET = 0x43
    TOO_LARGE = 0x44
    NOT_READY = 0x45
    OUT_OF_MEMORY = 0xFF


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame; ``control`` is a plain number where the word is none of ours."""

    control: int
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A request, a response or an acknowledgement: two addresses of 8 bits and UDS bytes."""

    source: int
    target: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a gateway says it is: its diagnostic address, hardware address (12 hex), VIN."""

    address: int
    mac: str
    vin: str


def encode(frame: Frame) -> bytes:
    """Return the frame's bytes."""
    head = len(frame.body).to_bytes(4, "big") + (frame.control & 0xFFFF).to_bytes(2, "big")
    return head + frame.body


def encode_diagnostic(message: Diagnostic, control: Control = Control.DATA) -> bytes:
    """Return a data or acknowledgement frame's bytes.

    Raises:
        LocalError: an address is none of 8 bits.
    """
    if not (0 <= message.source <= 0xFF and 0 <= message.target <= 0xFF):
        raise LocalError(f"HSFZ has no address {message.source:#x} or {message.target:#x}.")
    return encode(Frame(control, bytes((message.source, message.target)) + message.data))


def decode_diagnostic(body: bytes) -> Diagnostic:
    """Read the body of a data or acknowledgement frame.

    Raises:
        RemoteError: addresses or data are missing.
    """
    if len(body) < 3:
        raise RemoteError(f"An HSFZ message of {len(body)} bytes has no addresses and data.")
    return Diagnostic(body[0], body[1], body[2:])


# From memory of public captures, one source: DIAGADR10BMWMAC001A37012345BMWVINWBA...
_IDENTITY = re.compile(
    rb"DIAGADR([0-9A-Fa-f]{2})BMWMAC([0-9A-Fa-f]{12})BMWVIN([0-9A-Za-z]{17})", re.ASCII
)


def encode_identity(identity: Identity) -> bytes:
    """Return the body of an identification answer.

    Raises:
        LocalError: a part has the wrong form.
    """
    text = f"DIAGADR{identity.address:02X}BMWMAC{identity.mac.upper()}BMWVIN{identity.vin}"
    body = text.encode("ascii", "replace")
    if not _IDENTITY.fullmatch(body):
        raise LocalError("An HSFZ identity needs an address, 12 hexadecimal digits and a VIN.")
    return body


def decode_identity(body: bytes) -> Identity | None:
    """Read an identification answer or an announcement; None where it is something else.

    Answers come as control 0x11; 0x04, a long 0x12 and a 0x01 that begins ``DIAG`` are tolerated
    by those who call this.
    """
    found = _IDENTITY.search(body[:256])
    if found is None:
        return None
    address, mac, vin = (part.decode("ascii") for part in found.groups())
    return Identity(int(address, 16), mac.upper(), vin.upper())
