"""Reports on trouble codes, service 0x19 (ISO 14229-1 clause 12.3, from memory)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._refusal import Reply, demand, length
from .codec import encode_dtcs
from .nrc import Nrc
from .unit import FAULT_MEMORY, DtcStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .unit import ServerSettings, Snapshot, UdsUnit

_FORMAT_14229 = 0x01  # DTCFormatIdentifier
_ALL_RECORDS = 0xFF

LENGTHS = {
    # The whole request's length, service and sub-function included.
    0x01: 3,  # number of codes by status mask
    0x02: 3,  # codes by status mask
    0x03: 2,  # which freeze frames there are
    0x04: 6,  # freeze frame of a code
    0x06: 6,  # extended data of a code
    0x0A: 2,  # all codes that the unit knows
    0x17: 4,  # as 02, of another memory
    0x18: 7,  # as 04, of another memory
    0x19: 7,  # as 06, of another memory
}


class Reports:
    """Makes the reports of one unit."""

    def __init__(self, unit: UdsUnit, settings: ServerSettings) -> None:
        self._unit = unit
        self._settings = settings

    def answer(self, sub: int, request: bytes, now: float) -> Reply:  # noqa: PLR0911  # one each
        """Answer a request whose sub-function is supported."""
        length(request, least=LENGTHS[sub], most=LENGTHS[sub])
        head = bytes((sub,))
        match sub:
            case 0x01:
                found = self._matching(request[2], FAULT_MEMORY, now)
                count = min(len(found), 0xFFFF).to_bytes(2, "big")
                return Reply(head + bytes((self._mask, _FORMAT_14229)) + count)
            case 0x02:
                found = self._matching(request[2], FAULT_MEMORY, now)
                return Reply(head + bytes((self._mask,)) + encode_dtcs(found))
            case 0x03:
                return Reply(head + self._which_snapshots(now))
            case 0x0A:
                known = self._known(FAULT_MEMORY, now)
                return Reply(head + bytes((self._mask,)) + encode_dtcs(known))
            case 0x17:
                memory = self._memory(request[3])
                found = self._matching(request[2], memory, now)
                return Reply(head + bytes((memory, self._mask)) + encode_dtcs(found))
            case 0x04 | 0x06:
                return Reply(head + self._of_code(request, FAULT_MEMORY, now, frames=sub == 0x04))
            case _:
                memory = self._memory(request[6])
                body = self._of_code(request, memory, now, frames=sub == 0x18)
                return Reply(head + bytes((memory,)) + body)

    @property
    def _mask(self) -> int:
        return self._settings.status_mask

    def _memory(self, selection: int) -> int:
        demand(selection in self._settings.memories, Nrc.REQUEST_OUT_OF_RANGE)
        return selection

    def _known(self, memory: int, now: float) -> list[DtcStatus]:
        """Return all codes, with the bits that this unit supports."""
        known = self._unit.dtcs(memory, now)
        return [DtcStatus(dtc.code & 0xFFFFFF, dtc.status & self._mask) for dtc in known]

    def _matching(self, mask: int, memory: int, now: float) -> list[DtcStatus]:
        return [dtc for dtc in self._known(memory, now) if dtc.status & mask]

    def _which_snapshots(self, now: float) -> bytes:
        return b"".join(
            dtc.code.to_bytes(3, "big") + bytes((frame.record & 0xFF,))
            for dtc in self._known(FAULT_MEMORY, now)
            for frame in self._unit.snapshots(dtc.code, FAULT_MEMORY, now)
        )

    def _of_code(self, request: bytes, memory: int, now: float, *, frames: bool) -> bytes:
        """Return code, status and the records asked for; none where none are stored."""
        code, wanted = int.from_bytes(request[2:5], "big"), request[5]
        known = [dtc for dtc in self._known(memory, now) if dtc.code == code]
        demand(known and wanted, Nrc.REQUEST_OUT_OF_RANGE)
        body = encode_dtcs(known[:1])
        if frames:
            return body + _frames(self._unit.snapshots(code, memory, now), wanted)
        for record in self._unit.extended(code, memory, now):
            if wanted in {_ALL_RECORDS, record.record}:
                body += bytes((record.record & 0xFF,)) + record.data
        return body


def _frames(frames: Sequence[Snapshot], wanted: int) -> bytes:
    body = b""
    for frame in frames:
        if wanted in {_ALL_RECORDS, frame.record}:
            body += bytes((frame.record & 0xFF, len(frame.values) & 0xFF))
            body += b"".join(did.to_bytes(2, "big") + data for did, data in frame.values)
    return body
