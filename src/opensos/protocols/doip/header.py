"""The generic DoIP header (ISO 13400-2 clause 7, tables 16 to 19, numbering of 2019)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

HEADER_BYTES = 8
VERSION_2012 = 0x02
VERSION_2019 = 0x03
VERSION_ANY = 0xFF  # in vehicle identification requests only


class PayloadType(IntEnum):
    """What a message is."""

    NACK = 0x0000
    IDENTIFY = 0x0001
    IDENTIFY_EID = 0x0002
    IDENTIFY_VIN = 0x0003
    ANNOUNCEMENT = 0x0004
    ACTIVATION = 0x0005
    ACTIVATION_ANSWER = 0x0006
    ALIVE_CHECK = 0x0007
    ALIVE_ANSWER = 0x0008
    ENTITY_STATUS = 0x4001
    ENTITY_STATUS_ANSWER = 0x4002
    POWER_MODE = 0x4003
    POWER_MODE_ANSWER = 0x4004
    DIAGNOSTIC = 0x8001
    DIAGNOSTIC_ACK = 0x8002
    DIAGNOSTIC_NACK = 0x8003


class HeaderNack(IntEnum):
    """Why a header is refused (0x0000)."""

    INCORRECT_PATTERN = 0x00
    UNKNOWN_PAYLOAD_TYPE = 0x01
    MESSAGE_TOO_LARGE = 0x02
    OUT_OF_MEMORY = 0x03
    INVALID_PAYLOAD_LENGTH = 0x04


LENGTHS: dict[int, tuple[int, int | None]] = {
    # Without and with the optional tail; None: bounded by the entity's maximum.
    PayloadType.NACK: (1, 1),
    PayloadType.IDENTIFY: (0, 0),
    PayloadType.IDENTIFY_EID: (6, 6),
    PayloadType.IDENTIFY_VIN: (17, 17),
    PayloadType.ANNOUNCEMENT: (32, 33),
    PayloadType.ACTIVATION: (7, 11),
    PayloadType.ACTIVATION_ANSWER: (9, 13),
    PayloadType.ALIVE_CHECK: (0, 0),
    PayloadType.ALIVE_ANSWER: (2, 2),
    PayloadType.ENTITY_STATUS: (0, 0),
    PayloadType.ENTITY_STATUS_ANSWER: (3, 7),
    PayloadType.POWER_MODE: (0, 0),
    PayloadType.POWER_MODE_ANSWER: (1, 1),
    PayloadType.DIAGNOSTIC: (5, None),
    PayloadType.DIAGNOSTIC_ACK: (5, None),
    PayloadType.DIAGNOSTIC_NACK: (5, None),
}


@dataclass(frozen=True, slots=True)
class Message:
    """One message whose header is in order."""

    type: int
    payload: bytes
    version: int = VERSION_2012


def encode(message: Message) -> bytes:
    """Return header and payload."""
    version = message.version & 0xFF
    head = bytes((version, version ^ 0xFF)) + message.type.to_bytes(2, "big")
    return head + len(message.payload).to_bytes(4, "big") + message.payload


def pattern_fine(version: int, inverse: int, payload_type: int) -> bool:
    """Say whether the synchronisation pattern is one that we know (clause 7.2, step 1)."""
    if version ^ 0xFF != inverse:
        return False
    asks_who = PayloadType.IDENTIFY <= payload_type <= PayloadType.IDENTIFY_VIN
    return version in {VERSION_2012, VERSION_2019} or (version == VERSION_ANY and asks_who)


def length_fine(payload_type: int, length: int) -> bool:
    """Say whether a known payload type can have this length."""
    shortest, longest = LENGTHS[payload_type]
    return length >= shortest if longest is None else length in {shortest, longest}


def decode_datagram(data: bytes) -> Message | HeaderNack:
    """Read a datagram, which holds one whole message; or say why it is refused."""
    if len(data) < HEADER_BYTES:
        return HeaderNack.INCORRECT_PATTERN
    payload_type = int.from_bytes(data[2:4], "big")
    if not pattern_fine(data[0], data[1], payload_type):
        return HeaderNack.INCORRECT_PATTERN
    if payload_type not in LENGTHS:
        return HeaderNack.UNKNOWN_PAYLOAD_TYPE
    length = int.from_bytes(data[4:8], "big")
    if length != len(data) - HEADER_BYTES or not length_fine(payload_type, length):
        return HeaderNack.INVALID_PAYLOAD_LENGTH
    return Message(payload_type, data[HEADER_BYTES:], data[0])
