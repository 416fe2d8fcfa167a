"""Sentences out of a byte stream, whatever else is in it (NMEA 0183 §5.3).

``$`` address and fields ``*`` two hex digits CR LF. The digits are the exclusive or of all bytes
between ``$`` and ``*``. A stream may begin in the middle, hold binary messages of the maker in
between, lose bytes at a full buffer: only what has a right checksum is a sentence.
"""

from __future__ import annotations

from functools import reduce
from operator import xor

MAX_SENTENCE = 256
"""Bytes from ``$`` to the checksum. The standard allows 82; receivers with many satellites and
makers' texts go beyond, a line that never ends must not fill the memory."""

_START = b"$"
_PRINTABLE = frozenset(range(0x20, 0x7F))


def checksum(body: bytes) -> int:
    """Return the exclusive or of all bytes between ``$`` and ``*``."""
    return reduce(xor, body, 0)


class Framer:
    """Cuts sentences out of chunks of bytes; counts what it had to throw away.

    Attributes:
        damaged: sentences with a wrong or missing checksum, or cut by the next one.
        foreign: bytes that belong to no sentence (binary messages, noise).
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.damaged = 0
        self.foreign = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Return the bodies (between ``$`` and ``*``) of the sentences completed."""
        found: list[bytes] = []
        self._buffer += data
        while (start := self._buffer.find(_START)) >= 0:
            self._drop(start)
            end = self._end()
            if end is None:
                break
            body = _body(bytes(self._buffer[1:end]))
            if body is None:
                self.damaged += 1
                del self._buffer[:end]  # the next ``$`` may stand right here
                continue
            found.append(body)
            del self._buffer[:end]
        else:
            self._drop(len(self._buffer))
        return found

    @property
    def pending(self) -> int:
        """Bytes of a sentence that has begun; bounded by ``MAX_SENTENCE``."""
        return len(self._buffer)

    def _end(self) -> int | None:
        """Return where the sentence at the buffer's start ends (exclusive); None = not yet."""
        for i in range(1, min(len(self._buffer), MAX_SENTENCE)):
            if self._buffer[i] not in _PRINTABLE or self._buffer[i] == _START[0]:
                return i
        return MAX_SENTENCE if len(self._buffer) >= MAX_SENTENCE else None

    def _drop(self, count: int) -> None:
        self.foreign += sum(byte not in b"\r\n" for byte in self._buffer[:count])
        del self._buffer[:count]


def _body(text: bytes) -> bytes | None:
    """Return what stands before ``*`` when the two digits after it are right, else None."""
    body, star, digits = text.partition(b"*")
    if not star or len(digits) != 2 or not body:
        return None
    try:
        said = int(digits, 16)
    except ValueError:
        return None
    return body if said == checksum(body) else None
