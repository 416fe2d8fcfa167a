"""Download and upload: services 0x34 to 0x37 (ISO 14229-1 clause 15, from memory)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._refusal import Reply, demand, done, length, refuse, told
from ._states import TRANSFER, TransferOn, TransferState
from .nrc import Nrc, Sid
from .unit import Later, MemoryRange

if TYPE_CHECKING:
    from .unit import Done, Download, UdsUnit, Upload

_LARGEST_BLOCK = 4093  # 4095 bytes of ISO-TP less service and counter


class Transfer:
    """At most one transfer, its block counter and how many bytes it still expects."""

    def __init__(self, unit: UdsUnit) -> None:
        self._unit = unit
        self._state = TransferState.IDLE
        self._download: Download | None = None
        self._upload: Upload | None = None
        self._missing = 0
        self._counter = 0  # of the last block that was taken or given
        self._last = b""  # the answer to it, for a tester that did not hear it
        self._any = False

    @property
    def state(self) -> TransferState:
        """Whether bytes are on their way."""
        return self._state

    def session_changed(self, now: float) -> None:
        """Abort: a transfer lives in the session it began in."""
        self._end(TransferOn.SESSION, now, abort=True)

    def request(self, service: int, request: bytes, now: float) -> Reply:
        """Answer 0x34 or 0x35."""
        where = _memory_range(request)
        demand(self._state is TransferState.IDLE, Nrc.CONDITIONS_NOT_CORRECT)
        if service == Sid.REQUEST_DOWNLOAD:
            taker = self._unit.download(where, now)
            block = _accepted(taker)
            self._download = None if isinstance(taker, Nrc) else taker
            self._state = TRANSFER[self._state][TransferOn.DOWNLOAD]
        else:
            giver = self._unit.upload(where, now)
            block = _accepted(giver)
            self._upload = None if isinstance(giver, Nrc) else giver
            self._state = TRANSFER[self._state][TransferOn.UPLOAD]
        self._missing, self._counter, self._last, self._any = where.size, 0, b"", False
        # maxNumberOfBlockLength counts service and counter too; 0x20: it has two bytes.
        return Reply(b"\x20" + (block + 2).to_bytes(2, "big"))

    def block(self, request: bytes, now: float) -> Reply:
        """Answer 0x36."""
        demand(self._state is not TransferState.IDLE, Nrc.REQUEST_SEQUENCE_ERROR)
        length(request, least=2)
        counter, data = request[1], request[2:]
        if self._any and counter == self._counter:
            return Reply(self._last)  # our answer was lost: the block is not taken twice
        expected = (self._counter + 1) & 0xFF
        demand(counter == expected, Nrc.WRONG_BLOCK_SEQUENCE_COUNTER)
        return self._give(counter, data, now) if self._upload else self._take(counter, data, now)

    def exit(self, request: bytes, now: float) -> Reply:
        """Answer 0x37."""
        demand(self._state is not TransferState.IDLE, Nrc.REQUEST_SEQUENCE_ERROR)
        if self._download is None:  # a tester may have enough of an upload at any time
            self._end(TransferOn.EXIT, now, abort=True)
            return Reply(b"")
        demand(not self._missing, Nrc.REQUEST_SEQUENCE_ERROR)
        outcome = self._download.finish(request[1:], now)
        self._end(TransferOn.EXIT, now, abort=False)
        return told(outcome)

    def _take(self, counter: int, data: bytes, now: float) -> Reply:
        if self._download is None:
            refuse(Nrc.REQUEST_SEQUENCE_ERROR)
        most = min(self._download.block_size, _LARGEST_BLOCK)
        length(data, least=1, most=most)
        demand(len(data) <= self._missing, Nrc.TRANSFER_DATA_SUSPENDED)
        outcome = self._download.block(data, now)
        if _failed(outcome):
            self._end(TransferOn.FAILED, now, abort=True)
            return done(outcome)
        self._missing -= len(data)
        self._went_well(counter, bytes((counter,)))
        return done(outcome, self._last)

    def _give(self, counter: int, data: bytes, now: float) -> Reply:
        if self._upload is None:
            refuse(Nrc.REQUEST_SEQUENCE_ERROR)
        length(data, least=0, most=0)
        size = min(self._upload.block_size, self._missing, _LARGEST_BLOCK)
        demand(size, Nrc.REQUEST_SEQUENCE_ERROR)
        given = self._upload.block(size, now)
        if isinstance(given, Nrc):
            self._end(TransferOn.FAILED, now, abort=True)
            return Reply(given)
        self._missing -= size
        self._went_well(counter, bytes((counter,)) + given)
        return Reply(self._last)

    def _went_well(self, counter: int, answer: bytes) -> None:
        self._counter, self._last, self._any = counter, answer, True
        self._state = TRANSFER[self._state][TransferOn.BLOCK]

    def _end(self, why: TransferOn, now: float, *, abort: bool) -> None:
        partner = self._download or self._upload
        self._state = TRANSFER[self._state][why]
        self._download = self._upload = None
        if abort and partner is not None:
            partner.abort(now)


def _failed(outcome: Done) -> bool:
    value = outcome.value if isinstance(outcome, Later) else outcome
    return value is not None


def _accepted(partner: Download | Upload | Nrc) -> int:
    """Return the block size; refuse where the unit refused."""
    if isinstance(partner, Nrc):
        refuse(partner)
    return max(1, min(partner.block_size, _LARGEST_BLOCK))


def _memory_range(request: bytes) -> MemoryRange:
    """Read dataFormatIdentifier, addressAndLengthFormatIdentifier, address and size."""
    length(request, least=5)
    size_bytes, address_bytes = request[2] >> 4, request[2] & 0x0F
    # Widths of more than eight bytes are no memory of this world (the standard ends at 5 and 4).
    demand(1 <= size_bytes <= 8 and 1 <= address_bytes <= 8, Nrc.REQUEST_OUT_OF_RANGE)
    whole = 3 + address_bytes + size_bytes
    length(request, least=whole, most=whole)
    address = int.from_bytes(request[3 : 3 + address_bytes], "big")
    size = int.from_bytes(request[3 + address_bytes :], "big")
    demand(size, Nrc.REQUEST_OUT_OF_RANGE)
    return MemoryRange(address, size, request[1])
