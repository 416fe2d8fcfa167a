"""Reading bits one field at a time: slow, exact about places, never beyond the end."""

from __future__ import annotations

from typing import NamedTuple

FRAGMENTED = 0xC0


class BitField(NamedTuple):
    """One field on the bit map: where it lies, how wide it is, what it holds."""

    bit: int
    width: int
    name: str
    value: str


class EndOfBitsError(Exception):
    """The message ended inside the field ``name``, which starts at ``bit``."""

    def __init__(self, name: str, bit: int) -> None:
        super().__init__(name, bit)
        self.name = name
        self.bit = bit


class FragmentedError(EndOfBitsError):
    """A length of the form for 16 KiB and more (X.691 §11.9.3.8): no MSD can have one."""


class BitReader:
    """A place in some bytes; ``end`` may be moved nearer or farther within them."""

    __slots__ = ("at", "end", "map", "size", "value")

    def __init__(self, data: bytes, at: int = 0, end: int | None = None) -> None:
        self.value = int.from_bytes(data, "big")
        self.size = 8 * len(data)
        self.at = at
        self.end = self.size if end is None else end
        self.map: list[BitField] = []

    def take(self, width: int, name: str) -> int:
        """Read ``width`` bits as a number.

        Raises:
            EndOfBitsError: Fewer are left; nothing was read then.
        """
        after = self.at + width
        if after > self.end:
            raise EndOfBitsError(name, self.at)
        value = self.value >> (self.size - after) & ((1 << width) - 1)
        self.map.append(BitField(self.at, width, name, str(value)))
        self.at = after
        return value

    def explain(self, value: object) -> None:
        """Say what the last field read means, for the bit map."""
        self.map[-1] = self.map[-1]._replace(value=str(value))

    def take_flag(self, name: str) -> bool:
        """Read one bit as a truth value."""
        value = bool(self.take(1, name))
        self.explain("true" if value else "false")
        return value

    def take_length(self, name: str) -> tuple[int, bool]:
        """Read a length determinant (X.691 §11.9) and whether its form was the shortest.

        Raises:
            EndOfBitsError: It does not fit.
            FragmentedError: It has the form for 16 KiB and more.
        """
        start = self.at
        first = self.take(8, name)
        if first < 0x80:
            return first, True
        if first >= FRAGMENTED:
            raise FragmentedError(name, start)
        value = (first & 0x3F) << 8 | self.take(8, name)
        self.explain(value)
        return value, value >= 0x80

    def take_small(self, name: str) -> int:
        """Read a normally small non-negative whole number (X.691 §11.6)."""
        if not self.take(1, name):
            return self.take(6, name)
        size, _ = self.take_length(name)
        return int.from_bytes(self.take_bytes(size, name), "big")

    def take_bytes(self, count: int, name: str) -> bytes:
        """Read whole bytes, wherever they start."""
        data = self.take(8 * count, name).to_bytes(count, "big")
        self.explain(data.hex())
        return data

    def rest_bytes(self) -> int:
        """Count the whole bytes that are left."""
        return (self.end - self.at) // 8

    def peek_zero(self, at: int, end: int) -> bool:
        """True if all bits from ``at`` up to ``end`` are zero."""
        return not self.value >> (self.size - end) & ((1 << (end - at)) - 1)
