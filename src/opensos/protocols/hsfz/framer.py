"""Cuts a stream of bytes into HSFZ frames, whatever the pieces in which it comes."""

from __future__ import annotations

from .frames import HEADER_BYTES, Frame


class Framer:
    """Keeps at most one frame that has begun; ``too_large`` once a frame says it is longer."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._buffer = bytearray()
        self.too_large = False

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames completed by these bytes; none after one that is too large."""
        frames: list[Frame] = []
        if self.too_large:
            return frames
        self._buffer += data
        while len(self._buffer) >= HEADER_BYTES:
            length = int.from_bytes(self._buffer[:4], "big")
            if length > self._most:
                self.too_large = True
                self._buffer.clear()
                break
            whole = HEADER_BYTES + length
            if len(self._buffer) < whole:
                break
            control = int.from_bytes(self._buffer[4:HEADER_BYTES], "big")
            frames.append(Frame(control, bytes(self._buffer[HEADER_BYTES:whole])))
            del self._buffer[:whole]
        return frames
