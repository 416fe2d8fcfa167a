"""A small control unit for tests: some DIDs, codes, routines, security and a download."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opensos.protocols.uds import (
    ALL_GROUPS,
    CLEARED,
    FAULT_MEMORY,
    NOT_DEFAULT,
    BareUnit,
    DtcStatus,
    ExtendedRecord,
    Later,
    MemoryRange,
    Needs,
    Nrc,
    ServerSettings,
    Session,
    Sid,
    Snapshot,
    UdsServer,
    standard_needs,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opensos.protocols.uds import Done, Download, Read, Upload

VIN = b"WBAPRETENDCAR0001"
DID_VIN = 0xF190
DID_NAME = 0x1000  # writable in the extended session
DID_SECRET = 0x1001  # readable and writable with security level 1
DID_SLOW = 0x1002  # takes 12 s
DID_LATE = 0x1004  # takes 0.2 s: longer than P2
DID_LONG = 0x1003  # longer than any response may be
RID_QUICK = 0x0203
RID_SLOW = 0x0204
FAULT = 0xB7F341
FREED = 0xB7F31E


def key_of(seed: bytes) -> bytes:
    return bytes(byte ^ 0x5A for byte in seed)


@dataclass
class Image:
    """Takes an update; keeps what it was told."""

    unit: SmallUnit
    block_size: int = 16
    data: bytes = b""
    aborted: bool = False

    def block(self, data: bytes, now: float) -> Done:
        if self.unit.flash_fails:
            return Nrc.GENERAL_PROGRAMMING_FAILURE
        self.data += data
        return None

    def finish(self, parameters: bytes, now: float) -> Read:
        self.unit.installed = self.data
        return b"\xaa" + parameters

    def abort(self, now: float) -> None:
        self.aborted = True


@dataclass
class Dump:
    """Gives the memory away."""

    unit: SmallUnit
    block_size: int = 16
    at: int = 0
    aborted: bool = False

    def block(self, size: int, now: float) -> bytes | Nrc:
        if self.unit.flash_fails:
            return Nrc.GENERAL_PROGRAMMING_FAILURE
        self.at += size
        return bytes(range(self.at - size, self.at))

    def abort(self, now: float) -> None:
        self.aborted = True


@dataclass
class SmallUnit(BareUnit):
    """The unit."""

    awake: bool = True
    name: bytes = b"small"
    recording: bool = True
    communication: int = 0
    resets: list[int] = field(default_factory=list)
    cleared: list[tuple[int, int]] = field(default_factory=list)
    image: Image | None = None
    dump: Dump | None = None
    installed: bytes = b""
    flash_fails: bool = False
    block_size: int = 16
    codes: dict[int, int] = field(default_factory=lambda: {FAULT: 0x2F, FREED: 0x20})

    def present(self, now: float) -> bool:
        return self.awake

    def needs(self, service: int, item: int | None) -> Needs:
        if service == Sid.DIAGNOSTIC_SESSION_CONTROL and item == Session.PROGRAMMING:
            return Needs(NOT_DEFAULT)
        if item == DID_SECRET:
            return Needs(NOT_DEFAULT, security=1)
        if item == DID_NAME and service == Sid.WRITE_DATA_BY_IDENTIFIER:
            return Needs(NOT_DEFAULT)
        if service in {Sid.REQUEST_DOWNLOAD, Sid.REQUEST_UPLOAD}:
            return Needs(frozenset({Session.PROGRAMMING}), security=1)
        return standard_needs(service)

    def read(self, did: int, now: float) -> Read:
        found: dict[int, Read] = {
            DID_VIN: VIN,
            DID_NAME: self.name,
            DID_SECRET: b"\x2a",
            DID_SLOW: Later(b"\x01", 12.0),
            DID_LATE: Later(b"\x05", 0.2),
            DID_LONG: bytes(5000),
        }
        return found.get(did, Nrc.REQUEST_OUT_OF_RANGE)

    def write(self, did: int, data: bytes, now: float) -> Done:
        if did not in {DID_NAME, DID_SECRET}:
            return Nrc.REQUEST_OUT_OF_RANGE
        if len(data) > 20:
            return Nrc.INCORRECT_MESSAGE_LENGTH_OR_INVALID_FORMAT
        self.name = data
        return None

    def control(self, did: int, option: int, state: bytes, now: float) -> Read:
        return bytes((option,)) + state if did == DID_NAME else Nrc.REQUEST_OUT_OF_RANGE

    def routine(self, kind: int, rid: int, data: bytes, now: float) -> Read:
        if rid == RID_QUICK:
            return bytes((kind,)) + data
        if rid == RID_SLOW:
            return Later(b"\x02", 9.0) if kind == 1 else Later(Nrc.REQUEST_SEQUENCE_ERROR, 0.01)
        return Nrc.REQUEST_OUT_OF_RANGE

    def dtcs(self, memory: int, now: float) -> Sequence[DtcStatus]:
        if memory != FAULT_MEMORY:
            return (DtcStatus(0x610021, 0x08),)
        return tuple(DtcStatus(code, status) for code, status in self.codes.items())

    def snapshots(self, code: int, memory: int, now: float) -> Sequence[Snapshot]:
        if code != FAULT:
            return ()
        return (Snapshot(1, ((0x1234, b"\x09\xc4"),)), Snapshot(2, ((0x1234, b"\x09\xc5"),)))

    def extended(self, code: int, memory: int, now: float) -> Sequence[ExtendedRecord]:
        return (ExtendedRecord(1, b"\x07"), ExtendedRecord(2, b"\x28")) if code == FAULT else ()

    def clear(self, group: int, memory: int, now: float) -> Done:
        if group != ALL_GROUPS and group not in self.codes:
            return Nrc.REQUEST_OUT_OF_RANGE
        self.cleared.append((group, memory))
        for code in self.codes if group == ALL_GROUPS else (group,):
            self.codes[code] = CLEARED
        return None

    def reset(self, kind: int, now: float) -> Nrc | None:
        if kind == 2:
            return Nrc.CONDITIONS_NOT_CORRECT
        self.resets.append(kind)
        return None

    def record_dtcs(self, now: float, *, on: bool) -> None:
        self.recording = on

    def communicate(self, control: int, kind: int, now: float) -> Nrc | None:
        self.communication = control
        return None

    def download(self, where: MemoryRange, now: float) -> Download | Nrc:
        if where.size > 1000:
            return Nrc.REQUEST_OUT_OF_RANGE
        self.image = Image(self, self.block_size)
        return self.image

    def upload(self, where: MemoryRange, now: float) -> Upload | Nrc:
        if where.size > 100:
            return Nrc.UPLOAD_DOWNLOAD_NOT_ACCEPTED
        self.dump = Dump(self)
        return self.dump


SETTINGS = ServerSettings(levels={0x01: key_of, 0x11: key_of})


def small_server(unit: SmallUnit | None = None) -> UdsServer:
    """Return the unit's server, with seeds that repeat from run to run."""
    return UdsServer(unit or SmallUnit(), SETTINGS, dice=lambda n: bytes(range(1, n + 1)))
