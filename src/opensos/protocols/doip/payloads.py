"""The payloads (ISO 13400-2 clauses 7.4 to 9, tables 2 to 14 and 21 to 29, numbering of 2019)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from opensos.protocols.effects import RemoteError


class ActivationCode(IntEnum):
    """The answer to a routing activation."""

    UNKNOWN_SOURCE = 0x00
    ALL_SOCKETS_BUSY = 0x01
    OTHER_SOURCE_ON_SOCKET = 0x02
    SOURCE_ON_OTHER_SOCKET = 0x03
    MISSING_AUTHENTICATION = 0x04
    REJECTED_CONFIRMATION = 0x05
    UNSUPPORTED_TYPE = 0x06
    TLS_REQUIRED = 0x07
    SUCCESS = 0x10
    CONFIRMATION_REQUIRED = 0x11


class DiagnosticNack(IntEnum):
    """Why a diagnostic message is refused (0x8003)."""

    INVALID_SOURCE = 0x02
    UNKNOWN_TARGET = 0x03
    MESSAGE_TOO_LARGE = 0x04
    OUT_OF_MEMORY = 0x05
    TARGET_UNREACHABLE = 0x06
    UNKNOWN_NETWORK = 0x07
    TRANSPORT_ERROR = 0x08


class PowerMode(IntEnum):
    """Whether the car is ready for diagnosis (0x4004)."""

    NOT_READY = 0x00
    READY = 0x01
    NOT_SUPPORTED = 0x02


@dataclass(frozen=True, slots=True)
class Announcement:
    """Vehicle announcement and identification answer; ``sync_status`` 0x10: not yet one VIN."""

    vin: str
    address: int
    eid: bytes
    gid: bytes
    further_action: int = 0
    sync_status: int | None = None


@dataclass(frozen=True, slots=True)
class Activation:
    """A routing activation request."""

    tester: int
    type: int = 0
    oem: bytes = b""


@dataclass(frozen=True, slots=True)
class ActivationAnswer:
    """Its answer; ``code`` is a plain number where it is none of ours."""

    tester: int
    entity: int
    code: int
    oem: bytes = b""


@dataclass(frozen=True, slots=True)
class EntityStatus:
    """Node type (0 gateway, 1 node), sockets that can be and are open, longest message."""

    node_type: int
    max_sockets: int
    open_sockets: int
    max_size: int | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A request or response between two logical addresses."""

    source: int
    target: int
    data: bytes


@dataclass(frozen=True, slots=True)
class DiagnosticAck:
    """Acknowledgement (code 0) or refusal (``DiagnosticNack``), perhaps with what was sent."""

    source: int
    target: int
    code: int
    previous: bytes = b""


def _two(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(2, "big") for number in numbers)


def _need(payload: bytes, least: int, what: str) -> None:
    if len(payload) < least:
        raise RemoteError(f"A DoIP {what} of {len(payload)} bytes is too short.")


def encode_announcement(value: Announcement) -> bytes:
    """Return payload 0x0004."""
    vin = value.vin.encode("ascii", "replace").ljust(17, b"\x00")[:17]
    ids = value.eid.ljust(6, b"\x00")[:6] + value.gid.ljust(6, b"\x00")[:6]
    tail = b"" if value.sync_status is None else bytes((value.sync_status,))
    return vin + _two(value.address) + ids + bytes((value.further_action,)) + tail


def decode_announcement(payload: bytes) -> Announcement:
    """Read payload 0x0004.

    Raises:
        RemoteError: it is too short.
    """
    _need(payload, 32, "announcement")
    vin = payload[:17].decode("ascii", "replace").rstrip("\x00\xff\ufffd")
    sync = payload[32] if len(payload) > 32 else None
    address = int.from_bytes(payload[17:19], "big")
    return Announcement(vin, address, payload[19:25], payload[25:31], payload[31], sync)


def encode_activation(value: Activation) -> bytes:
    """Return payload 0x0005."""
    return _two(value.tester) + bytes((value.type,)) + bytes(4) + value.oem


def decode_activation(payload: bytes) -> Activation:
    """Read payload 0x0005.

    Raises:
        RemoteError: it is too short.
    """
    _need(payload, 7, "routing activation")
    return Activation(int.from_bytes(payload[:2], "big"), payload[2], payload[7:])


def encode_activation_answer(value: ActivationAnswer) -> bytes:
    """Return payload 0x0006."""
    return _two(value.tester, value.entity) + bytes((value.code,)) + bytes(4) + value.oem


def decode_activation_answer(payload: bytes) -> ActivationAnswer:
    """Read payload 0x0006.

    Raises:
        RemoteError: it is too short.
    """
    _need(payload, 9, "routing activation answer")
    tester, entity = (int.from_bytes(payload[i : i + 2], "big") for i in (0, 2))
    return ActivationAnswer(tester, entity, payload[4], payload[9:])


def encode_entity_status(value: EntityStatus) -> bytes:
    """Return payload 0x4002."""
    tail = b"" if value.max_size is None else value.max_size.to_bytes(4, "big")
    counts = (value.node_type, min(value.max_sockets, 255), min(value.open_sockets, 255))
    return bytes(counts) + tail


def decode_entity_status(payload: bytes) -> EntityStatus:
    """Read payload 0x4002.

    Raises:
        RemoteError: it is too short.
    """
    _need(payload, 3, "entity status")
    size = int.from_bytes(payload[3:7], "big") if len(payload) >= 7 else None
    return EntityStatus(payload[0], payload[1], payload[2], size)


def encode_diagnostic(value: Diagnostic) -> bytes:
    """Return payload 0x8001."""
    return _two(value.source, value.target) + value.data


def decode_diagnostic(payload: bytes) -> Diagnostic:
    """Read payload 0x8001.

    Raises:
        RemoteError: it is too short.
    """
    _need(payload, 5, "diagnostic message")
    source, target = (int.from_bytes(payload[i : i + 2], "big") for i in (0, 2))
    return Diagnostic(source, target, payload[4:])


def encode_ack(value: DiagnosticAck) -> bytes:
    """Return payload 0x8002 or 0x8003."""
    return _two(value.source, value.target) + bytes((value.code,)) + value.previous


def decode_ack(payload: bytes) -> DiagnosticAck:
    """Read payload 0x8002 or 0x8003.

    Raises:
        RemoteError: it is too short.
    """
    _need(payload, 5, "acknowledgement")
    source, target = (int.from_bytes(payload[i : i + 2], "big") for i in (0, 2))
    return DiagnosticAck(source, target, payload[4], payload[5:])
