"""Writing bits one field at a time into one growing number."""

from __future__ import annotations

from opensos.protocols.effects import LocalError

MAX_LENGTH = 0x3FFF


class BitWriter:
    """Bits so far: ``value`` is ``width`` bits wide."""

    __slots__ = ("value", "width")

    def __init__(self) -> None:
        self.value = 0
        self.width = 0

    def put(self, value: int, width: int) -> None:
        """Append ``value`` in ``width`` bits; the caller has checked that it fits."""
        self.value = self.value << width | value
        self.width += width

    def put_ranged(self, value: int | None, low: int, high: int, name: str) -> None:
        """Append a constrained whole number (X.691 §11.5.7.1).

        Raises:
            LocalError: It is missing or out of its range.
        """
        if value is None or not low <= value <= high:
            raise LocalError(f"{name} must be from {low} to {high}, not {value}")
        self.put(value - low, (high - low).bit_length())

    def put_length(self, length: int, name: str) -> None:
        """Append a length determinant in its shortest form (X.691 §11.9).

        Raises:
            LocalError: 16 KiB or more.
        """
        if length > MAX_LENGTH:
            raise LocalError(f"{name} is too long for an MSD: {length} bytes")
        if length < 0x80:
            self.put(length, 8)
        else:
            self.put(0x8000 | length, 16)

    def put_bytes(self, data: bytes, name: str) -> None:
        """Append a length and the bytes."""
        self.put_length(len(data), name)
        self.put(int.from_bytes(data, "big"), 8 * len(data))

    def put_small(self, value: int, name: str) -> None:
        """Append a normally small non-negative whole number (X.691 §11.6)."""
        if value < 64:
            self.put(value, 7)
            return
        self.put(1, 1)
        self.put_bytes(value.to_bytes((value.bit_length() + 7) // 8, "big"), name)

    def to_bytes(self) -> bytes:
        """Return all bits, filled up with zero bits to whole bytes; at least one byte."""
        size = (self.width + 7) // 8
        return (self.value << (8 * size - self.width)).to_bytes(size, "big")
