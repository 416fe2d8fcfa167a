"""One road between two ends: a receiver and a sender that do not wait for each other."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.protocols.effects import LocalError, Send, Tell, WakeAt

from ._states import RECEIVER, SENDER, ReceiverOn, ReceiverState, SenderOn, SenderState
from .frames import (
    CAN_FD_LENGTHS,
    CanAddress,
    Consecutive,
    First,
    Flow,
    FlowControl,
    Frame,
    Single,
    bus_address,
    decode,
    encode,
    first_room,
    single_room,
)
from .tells import Failed, Failure, Received, Sent

if TYPE_CHECKING:
    from opensos.protocols.effects import Effect

_MOST_WAITING = 8  # messages that may wait for the one under way


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """How a link sends and what it accepts; times in seconds (ISO 15765-2 table 16: 1 s)."""

    frame_size: int = 8
    padding: int | None = 0xCC
    block_size: int = 0
    st_min_s: float = 0.0
    n_bs_s: float = 1.0
    n_cr_s: float = 1.0
    max_waits: int = 10
    max_message: int = 4095
    single_only: bool = False  # for the address of all units: nobody flow-controls a broadcast
    burst: int = 16  # frames handed to the bus at once; a driver's queue is short


class Link:
    """Carries messages between ``ours`` (what we send under) and ``theirs`` (what we hear)."""

    def __init__(
        self,
        name: str,
        ours: CanAddress,
        theirs: CanAddress,
        settings: LinkSettings | None = None,
    ) -> None:
        self.name = name
        self.ours = ours
        self.theirs = theirs
        self._settings = settings = settings or LinkSettings()
        if settings.frame_size not in CAN_FD_LENGTHS:
            raise LocalError(f"No CAN frame has room for {settings.frame_size} bytes.")
        self._prefix = b"" if ours.first_byte is None else bytes((ours.first_byte,))
        # Receiver.
        self._receiver = ReceiverState.IDLE
        self._incoming = bytearray()
        self._length = 0
        self._room = 0  # bytes of a full consecutive frame, as the first frame showed
        self._number_in = 0
        self._block_in = 0
        self._n_cr: float | None = None
        # Sender.
        self._sender = SenderState.IDLE
        self._queue: deque[bytes] = deque()
        self._outgoing = b""
        self._at = 0
        self._number_out = 0
        self._block_out: int | None = None  # frames until the next flow control; None: all
        self._pause = 0.0
        self._waits = 0
        self._send_at: float | None = None
        self._n_bs: float | None = None

    @property
    def due(self) -> float | None:
        """When ``wake`` must be called next."""
        return min(
            (t for t in (self._n_cr, self._n_bs, self._send_at) if t is not None), default=None
        )

    def send(self, message: bytes, now: float) -> list[Effect]:
        """Send a message, after those that are under way.

        Raises:
            LocalError: the message is empty.
        """
        if not message:
            raise LocalError("An empty message cannot be sent over ISO-TP.")
        if len(self._queue) >= _MOST_WAITING:
            return [Tell(Failed(self.name, Failure.N_ERROR, sending=True))]
        self._queue.append(message)
        return self._timed(self._begin(now))

    def receive(self, data: bytes, now: float) -> list[Effect]:
        """Take in one CAN frame that came under ``theirs``, address byte included."""
        effects = self._expired(now)
        payload = data if self.theirs.first_byte is None else data[1:]
        match decode(payload, room=len(data)):
            case Single(message):
                effects += self._interrupted() + self._take_single(message)
            case First() if self._settings.single_only:
                pass
            case First() as frame:
                effects += self._interrupted() + self._take_first(frame, len(payload), now)
            case Consecutive() as frame:
                effects += self._take_next(frame, now)
            case FlowControl() as frame:
                effects += self._take_flow(frame, now)
            case None:
                pass
        return self._timed(effects)

    def wake(self, now: float) -> list[Effect]:
        """Send what is due; give up what waited too long."""
        effects = self._expired(now)
        if self._send_at is not None and now >= self._send_at:
            effects += self._send_frames(now)
        return self._timed(effects)

    def road_failed(self, now: float) -> list[Effect]:
        """Give up the message under way: the bus could not send (N_As, bus-off)."""
        if self._sender is SenderState.IDLE:
            return []
        return self._timed(self._give_up(SenderOn.ROAD_FAILED, Failure.N_ERROR, now))

    # --- receiver

    def _take_single(self, message: bytes) -> list[Effect]:
        self._receiver = RECEIVER[self._receiver][ReceiverOn.SINGLE]
        return [Tell(Received(self.name, message))]

    def _take_first(self, frame: First, payload_size: int, now: float) -> list[Effect]:
        if frame.length > self._settings.max_message:
            self._receiver = RECEIVER[self._receiver][ReceiverOn.TOO_LONG]
            return [self._frame(FlowControl(Flow.OVERFLOW))]
        self._receiver = RECEIVER[self._receiver][ReceiverOn.FIRST]
        self._incoming = bytearray(frame.data)
        self._length = frame.length
        self._room = payload_size - 1
        self._number_in = 1
        return [self._clear_to_send(now)]

    def _take_next(self, frame: Consecutive, now: float) -> list[Effect]:
        if self._receiver is ReceiverState.IDLE:
            return []  # somebody else's, or of a message that was given up
        if frame.number != self._number_in:
            self._receiver_ends(ReceiverOn.WRONG_NUMBER)
            return [Tell(Failed(self.name, Failure.N_WRONG_SN, sending=False))]
        missing = self._length - len(self._incoming)
        if len(frame.data) < min(missing, self._room):
            return []  # too short to be the next one: ignored, N_Cr goes on
        self._incoming += frame.data[:missing]
        self._number_in = (self._number_in + 1) & 0x0F
        if len(self._incoming) >= self._length:
            message = bytes(self._incoming)
            self._receiver_ends(ReceiverOn.LAST)
            return [Tell(Received(self.name, message))]
        self._receiver = RECEIVER[self._receiver][ReceiverOn.NEXT]
        self._n_cr = now + self._settings.n_cr_s
        self._block_in -= 1
        return [self._clear_to_send(now)] if self._block_in == 0 else []

    def _clear_to_send(self, now: float) -> Effect:
        self._block_in = self._settings.block_size
        self._n_cr = now + self._settings.n_cr_s
        settings = self._settings
        return self._frame(FlowControl(Flow.CONTINUE, settings.block_size, settings.st_min_s))

    def _receiver_ends(self, why: ReceiverOn) -> None:
        self._receiver = RECEIVER[self._receiver][why]
        self._incoming = bytearray()
        self._n_cr = None

    def _interrupted(self) -> list[Effect]:
        """Drop a message that a new one overtakes."""
        if self._receiver is ReceiverState.IDLE:
            return []
        self._incoming, self._n_cr = bytearray(), None
        return [Tell(Failed(self.name, Failure.N_UNEXP_PDU, sending=False))]

    # --- sender

    def _begin(self, now: float) -> list[Effect]:
        """Send the first frame of the next message; several short ones at once."""
        effects: list[Effect] = []
        prefix, size = len(self._prefix), self._settings.frame_size
        while self._sender is SenderState.IDLE and self._queue:
            message = self._queue.popleft()
            if len(message) <= single_room(prefix, size):
                self._sender = SENDER[self._sender][SenderOn.SHORT]
                effects += [self._frame(Single(message)), Tell(Sent(self.name))]
                continue
            self._sender = SENDER[self._sender][SenderOn.LONG]
            self._at = first_room(prefix, size, len(message))
            self._outgoing, self._number_out, self._waits = message, 1, 0
            effects.append(self._frame(First(len(message), message[: self._at])))
            self._n_bs = now + self._settings.n_bs_s
        return effects

    def _take_flow(self, frame: FlowControl, now: float) -> list[Effect]:
        if self._sender is not SenderState.WAITING:
            return []
        match frame.status:
            case Flow.CONTINUE:
                self._sender = SENDER[self._sender][SenderOn.CLEAR]
                self._n_bs, self._waits = None, 0
                self._block_out = frame.block_size or None
                self._pause = frame.st_min_s
                return self._send_frames(now)
            case Flow.WAIT:
                self._waits += 1
                if self._waits > self._settings.max_waits:
                    return self._give_up(SenderOn.TOO_MANY_WAITS, Failure.N_WFT_OVRN, now)
                self._sender = SENDER[self._sender][SenderOn.WAIT]
                self._n_bs = now + self._settings.n_bs_s
                return []
            case Flow.OVERFLOW:
                return self._give_up(SenderOn.OVERFLOW, Failure.N_BUFFER_OVFLW, now)
            case _:
                return self._give_up(SenderOn.UNKNOWN_STATUS, Failure.N_INVALID_FS, now)

    def _send_frames(self, now: float) -> list[Effect]:
        """Send one frame, or a burst where the receiver wants no pause."""
        effects: list[Effect] = []
        room = self._settings.frame_size - len(self._prefix) - 1
        self._send_at = None
        for _ in range(1 if self._pause else self._settings.burst):
            chunk = self._outgoing[self._at : self._at + room]
            effects.append(self._frame(Consecutive(self._number_out, chunk)))
            self._at += len(chunk)
            self._number_out = (self._number_out + 1) & 0x0F
            if self._at >= len(self._outgoing):
                self._sender = SENDER[self._sender][SenderOn.ALL_SENT]
                self._outgoing = b""
                return [*effects, Tell(Sent(self.name)), *self._begin(now)]
            if self._block_out is not None:
                self._block_out -= 1
                if not self._block_out:
                    self._sender = SENDER[self._sender][SenderOn.BLOCK_OVER]
                    self._n_bs = now + self._settings.n_bs_s
                    return effects
        self._send_at = now + self._pause
        return effects

    def _give_up(self, why: SenderOn, failure: Failure, now: float) -> list[Effect]:
        self._sender = SENDER[self._sender][why]
        self._outgoing, self._n_bs, self._send_at = b"", None, None
        return [Tell(Failed(self.name, failure, sending=True)), *self._begin(now)]

    # --- both

    def _expired(self, now: float) -> list[Effect]:
        effects: list[Effect] = []
        if self._n_cr is not None and now >= self._n_cr:
            self._receiver_ends(ReceiverOn.N_CR)
            effects.append(Tell(Failed(self.name, Failure.N_TIMEOUT_CR, sending=False)))
        if self._n_bs is not None and now >= self._n_bs:
            effects += self._give_up(SenderOn.N_BS, Failure.N_TIMEOUT_BS, now)
        return effects

    def _frame(self, frame: Frame) -> Send:
        settings = self._settings
        data = encode(
            frame, prefix=self._prefix, size=settings.frame_size, padding=settings.padding
        )
        return Send(data, bus_address(self.ours.can_id))

    def _timed(self, effects: list[Effect]) -> list[Effect]:
        due = self.due
        return effects if due is None else [*effects, WakeAt(due)]
