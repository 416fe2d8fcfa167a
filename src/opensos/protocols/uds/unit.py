"""What a control unit offers to its UDS server, and the values that pass between them.

Start from ``BareUnit``: it keeps the whole promise and offers nothing; override what yours has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Generic, Protocol, TypeAlias, TypeVar

from opensos.protocols.effects import LocalError

from .nrc import Nrc, Sid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ValueT_co = TypeVar("ValueT_co", covariant=True)


class Session(IntEnum):
    """Diagnostic sessions (ISO 14229-1 clause 10.2, table 25)."""

    DEFAULT = 0x01
    PROGRAMMING = 0x02
    EXTENDED = 0x03


class RoutineKind(IntEnum):
    """Sub-functions of 0x31."""

    START = 0x01
    STOP = 0x02
    RESULTS = 0x03


class ResetKind(IntEnum):
    """Sub-functions of 0x11; 04 is standard's "enable rapid power shutdown", BMW's sleep."""

    HARD = 0x01
    KEY_OFF_ON = 0x02
    SOFT = 0x03
    SLEEP = 0x04


ANY_SESSION = frozenset(Session)
NOT_DEFAULT = frozenset({Session.PROGRAMMING, Session.EXTENDED})
LONGEST_WAIT_S = 600.0
ALL_GROUPS = 0xFFFFFF  # groupOfDTC of 0x14 that means every code
FAULT_MEMORY = 0  # the first memory, that of 19 02
INFO_MEMORY = 1  # the second memory, asked with MemorySelection 1 (19 17, 19 18, 19 19)


@dataclass(frozen=True, slots=True)
class Later(Generic[ValueT_co]):
    """A result that takes ``after_s`` seconds (0..600); the tester hears 0x78 until then.

    Raises:
        LocalError: the time is out of bounds.
    """

    value: ValueT_co
    after_s: float

    def __post_init__(self) -> None:
        """Bound the wait: each 0x78 is one message to keep."""
        if not 0.0 <= self.after_s <= LONGEST_WAIT_S:
            raise LocalError(f"A result {self.after_s} s later is not 0..{LONGEST_WAIT_S} s.")


@dataclass(frozen=True, slots=True)
class Needs:
    """What a request demands: one of these sessions, and this security level (0 is none)."""

    sessions: frozenset[int] = ANY_SESSION
    security: int = 0


@dataclass(frozen=True, slots=True)
class DtcStatus:
    """One trouble code: 24 bits, and its status byte (``Status``)."""

    code: int
    status: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One freeze frame: record number 0x01..0xFE and its data by DID."""

    record: int
    values: tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True)
class ExtendedRecord:
    """One extended data record: number 0x01..0xEF and its bytes (counters)."""

    record: int
    data: bytes


@dataclass(frozen=True, slots=True)
class MemoryRange:
    """What 0x34 or 0x35 asks for: where, how many bytes, and the compression/encryption byte."""

    address: int
    size: int
    data_format: int


@dataclass(frozen=True, slots=True)
class Answer:
    """One response message, to be sent ``after_s`` seconds after the request came."""

    data: bytes
    after_s: float = 0.0


Read: TypeAlias = bytes | Nrc | Later[bytes | Nrc]
"""Data, a refusal, or either of them later."""
Done: TypeAlias = Nrc | Later[Nrc | None] | None
"""``None`` is done; else a refusal, or either of them later."""


class Download(Protocol):
    """Takes an update's bytes (0x34, 0x36, 0x37), in order, each once."""

    block_size: int
    """The most data bytes of one block, 1..4093."""

    def block(self, data: bytes, now: float) -> Done:
        """Take the next bytes."""
        ...

    def finish(self, parameters: bytes, now: float) -> Read:
        """All bytes are there: check them; the result is the response's parameter record."""
        ...

    def abort(self, now: float) -> None:
        """Forget what came: the tester went away or the session ended."""
        ...


class Upload(Protocol):
    """Gives bytes away (0x35, 0x36, 0x37)."""

    block_size: int
    """The most data bytes of one block, 1..4093."""

    def block(self, size: int, now: float) -> bytes | Nrc:
        """Return the next bytes, exactly ``size`` of them."""
        ...

    def abort(self, now: float) -> None:
        """The tester went away or has all it wants."""
        ...


class UdsUnit(Protocol):
    """A control unit as its UDS server sees it. Every method returns at once."""

    def present(self, now: float) -> bool:
        """Say whether the unit answers at all: powered, not asleep, not in a reset."""
        ...

    def needs(self, service: int, item: int | None) -> Needs:
        """Return the demands of a service (``item`` None) and of one DID, RID or sub-function.

        Both are checked. Sub-functions: 0x10, 0x11, 0x19, 0x27, 0x28, 0x3E, 0x85 (without the
        suppress bit). DIDs: 0x22, 0x2E, 0x2F. RIDs: 0x31.
        """
        ...

    def read(self, did: int, now: float) -> Read:
        """Return a DID's data; REQUEST_OUT_OF_RANGE where there is none."""
        ...

    def write(self, did: int, data: bytes, now: float) -> Done:
        """Write a DID."""
        ...

    def control(self, did: int, option: int, state: bytes, now: float) -> Read:
        """Take over an input or output (0x2F); the result follows DID and option."""
        ...

    def routine(self, kind: int, rid: int, data: bytes, now: float) -> Read:
        """Start (1), stop (2) or ask the results (3) of a routine; the result follows the RID."""
        ...

    def dtcs(self, memory: int, now: float) -> Sequence[DtcStatus]:
        """Return every code the memory knows, those with status 0 too."""
        ...

    def snapshots(self, code: int, memory: int, now: float) -> Sequence[Snapshot]:
        """Return a code's freeze frames."""
        ...

    def extended(self, code: int, memory: int, now: float) -> Sequence[ExtendedRecord]:
        """Return a code's extended data."""
        ...

    def clear(self, group: int, memory: int, now: float) -> Done:
        """Clear a group of codes (``ALL_GROUPS``, or one code)."""
        ...

    def reset(self, kind: int, now: float) -> Nrc | None:
        """Promise a reset; the unit goes down a moment later, so that the answer gets out."""
        ...

    def record_dtcs(self, now: float, *, on: bool) -> None:
        """Go on or stop to store codes (0x85); the server turns it on when the session ends."""
        ...

    def communicate(self, control: int, kind: int, now: float) -> Nrc | None:
        """Enable or disable sending and receiving (0x28: control 0..3, kind as sent)."""
        ...

    def download(self, where: MemoryRange, now: float) -> Download | Nrc:
        """Begin to take bytes."""
        ...

    def upload(self, where: MemoryRange, now: float) -> Upload | Nrc:
        """Begin to give bytes."""
        ...


_NOT_IN_DEFAULT = {  # ISO 14229-1 table 23, from memory
    Sid.SECURITY_ACCESS,
    Sid.COMMUNICATION_CONTROL,
    Sid.INPUT_OUTPUT_CONTROL_BY_IDENTIFIER,
    Sid.REQUEST_DOWNLOAD,
    Sid.REQUEST_UPLOAD,
    Sid.TRANSFER_DATA,
    Sid.REQUEST_TRANSFER_EXIT,
    Sid.CONTROL_DTC_SETTING,
}


def standard_needs(service: int) -> Needs:
    """Return the standard's own demands: which services the default session leaves out."""
    return Needs(NOT_DEFAULT) if service in _NOT_IN_DEFAULT else Needs()


def _no_levels() -> Mapping[int, Callable[[bytes], bytes]]:
    return {}


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What a server needs to know beside its unit; times in seconds.

    ``levels`` maps a security level (its odd seed sub-function) to the algorithm seed → key.
    """

    services: frozenset[int] = frozenset(Sid)
    sessions: frozenset[int] = ANY_SESSION
    levels: Mapping[int, Callable[[bytes], bytes]] = field(default_factory=_no_levels)
    seed_bytes: int = 4
    attempts: int = 3
    delay_s: float = 10.0
    p2_s: float = 0.05
    p2_star_s: float = 5.0
    s3_s: float = 5.0
    status_mask: int = 0xFF
    memories: frozenset[int] = frozenset({INFO_MEMORY})
    max_request: int = 4095
    max_response: int = 4095
