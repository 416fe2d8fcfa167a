"""Cuts a stream of bytes into DoIP messages and says which headers must be refused."""

from __future__ import annotations

from .header import HEADER_BYTES, LENGTHS, HeaderNack, Message, length_fine, pattern_fine


class Framer:
    """Keeps at most one message that has begun; one that is too large flows by unkept.

    ``broken`` once the stream cannot be trusted any more: the connection has to end.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._buffer = bytearray()
        self._skip = 0
        self.broken = False

    def feed(self, data: bytes) -> list[Message | HeaderNack]:
        """Return what these bytes complete, in order."""
        found: list[Message | HeaderNack] = []
        if self.broken:
            return found
        self._buffer += data
        while not self.broken:
            if self._skip:
                gone = min(self._skip, len(self._buffer))
                del self._buffer[:gone]
                self._skip -= gone
            if len(self._buffer) < HEADER_BYTES:
                break
            one = self._next()
            if one is None:
                break
            found.append(one)
        return found

    def _next(self) -> Message | HeaderNack | None:
        """Return the next message or refusal; None until more bytes come (clause 7.2)."""
        head = self._buffer
        payload_type, length = int.from_bytes(head[2:4], "big"), int.from_bytes(head[4:8], "big")
        if not pattern_fine(head[0], head[1], payload_type):
            return self._break(HeaderNack.INCORRECT_PATTERN)
        if payload_type not in LENGTHS:
            return self._pass(length, HeaderNack.UNKNOWN_PAYLOAD_TYPE)
        if length > self._most:
            return self._pass(length, HeaderNack.MESSAGE_TOO_LARGE)
        if not length_fine(payload_type, length):
            return self._break(HeaderNack.INVALID_PAYLOAD_LENGTH)
        whole = HEADER_BYTES + length
        if len(head) < whole:
            return None
        message = Message(payload_type, bytes(head[HEADER_BYTES:whole]), head[0])
        del self._buffer[:whole]
        return message

    def _pass(self, length: int, why: HeaderNack) -> HeaderNack:
        self._skip = HEADER_BYTES + length
        return why

    def _break(self, why: HeaderNack) -> HeaderNack:
        self.broken = True
        self._buffer.clear()
        return why
