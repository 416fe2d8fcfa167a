"""The MOST ring of an E-series car: light that runs from unit to unit, and where it stops.

Every unit passes on the light that it receives, so one dead unit or one broken fibre silences the
ring. The *ring-break diagnosis* finds the place: at a cold start every unit sends light by itself
and notes what it saw. The unit that saw none takes position 0, and the ones after it count on from
there. So the place is before the unit with position 0: the fibre, or the unit before it if that
one did not answer at all. The *attenuation test* repeats it with 3 dB less light, and shows a fibre
that is still good enough today.

Order of the ring, levels and the counting of positions are from memory of how MOST25 rings are
searched; equipment decides what is really in a car's ring. Deliberately absent: what travels on the
ring (sound, telephone), plastic fibre's ageing, more than one master.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opensos.protocols.effects import RemoteError, UserError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SENT_DBM = -6.0
"""Light that a healthy unit sends (from memory: MOST25 allows -10 to -1.5 dBm)."""

SENSITIVITY_DBM = -23.0
"""Below this a receiver sees no light (from memory)."""

FIBRE_LOSS_DB = 4.0
"""A good fibre with its plugs."""

TEST_LOSS_DB = 3.0
"""How much less light the attenuation test sends."""


@dataclass(frozen=True, slots=True)
class Node:
    """One unit in the ring: its diagnostic address and what it is."""

    address: int
    name: str


RING = (
    Node(0x63, "head_unit"),  # the master: the ring begins and ends here
    Node(0x3C, "cd_changer"),
    Node(0x36, "telematics"),
    Node(0x37, "amplifier"),
    Node(0x62, "most_gateway"),
)
"""The units in the order in which the light passes them (from memory; equipment decides)."""


@dataclass(frozen=True, slots=True)
class RingFaults:
    """What is wrong with the ring.

    Attributes:
        broken: Fibres that carry no light, each named by the address of the unit that it leads to.
        dead: Addresses of units that neither answer nor pass light on.
        loss_db: Extra loss of fibres, by the address of the unit that each leads to.
    """

    broken: frozenset[int] = frozenset()
    dead: frozenset[int] = frozenset()
    loss_db: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RingAnswer:
    """What one unit saw in a ring-break diagnosis.

    Attributes:
        address: Who.
        answered: False = it said nothing, and everything else here is None.
        light: Whether it saw light from the unit before it.
        level_dbm: How much; None without light.
        position: Its distance, in ring order, from the unit that saw no light (0 = that one
            itself); None if nobody lacked light.
    """

    address: int
    answered: bool
    light: bool | None = None
    level_dbm: float | None = None
    position: int | None = None


class MostRing:
    """The ring with its faults.

    Args:
        nodes: Units in the order in which the light passes them, the master first.
    """

    def __init__(self, nodes: Iterable[Node] = RING) -> None:
        self.nodes = tuple(nodes)
        self.faults = RingFaults()
        if len({node.address for node in self.nodes}) != len(self.nodes) or len(self.nodes) < 2:
            raise UserError("A ring needs two units or more, each with an address of its own.")

    def change(
        self,
        *,
        broken: Iterable[int] = (),
        dead: Iterable[int] = (),
        loss_db: Mapping[int, float] | None = None,
    ) -> None:
        """Replace the ring's faults; without arguments it is healthy again.

        Raises:
            UserError: An address that is not in the ring, or a loss that is negative.
        """
        faults = RingFaults(frozenset(broken), frozenset(dead), dict(loss_db or {}))
        known = {node.address for node in self.nodes}
        strange = (faults.broken | faults.dead | set(faults.loss_db)) - known
        if strange:
            names = ", ".join(f"0x{address:02X}" for address in sorted(strange))
            raise UserError(f"No unit of the ring has the address {names}.")
        if any(not 0.0 <= loss < 1e3 for loss in faults.loss_db.values()):
            raise UserError("A fibre's extra loss is 0 dB or more.")
        self.faults = faults

    def closed(self) -> bool:
        """Return whether the light comes round: every unit lives and sees the one before it."""
        return all(answer.answered and answer.light for answer in self.ring_break_diagnosis())

    def reachable(self, address: int) -> bool:
        """Return whether a unit can be asked over the ring: all of it must be closed."""
        return any(node.address == address for node in self.nodes) and self.closed()

    def ring_break_diagnosis(self, *, attenuated: bool = False) -> tuple[RingAnswer, ...]:
        """Return what every unit saw, in ring order, the master first.

        Args:
            attenuated: Send 3 dB less light, to find a fibre that is about to fail.
        """
        levels = [self._level(i, TEST_LOSS_DB if attenuated else 0.0) for i in self._indexes()]
        positions = self._positions(levels)
        return tuple(
            RingAnswer(node.address, answered=False)
            if node.address in self.faults.dead
            else RingAnswer(node.address, True, level is not None, level, position)
            for node, level, position in zip(self.nodes, levels, positions, strict=True)
        )

    def _indexes(self) -> range:
        return range(len(self.nodes))

    def _level(self, i: int, less_db: float) -> float | None:
        """Light that arrives at unit i from the one before it; None = too little to be seen."""
        address, before = self.nodes[i].address, self.nodes[i - 1].address
        if address in self.faults.broken or before in self.faults.dead:
            return None
        level = SENT_DBM - FIBRE_LOSS_DB - less_db - self.faults.loss_db.get(address, 0.0)
        return level if level >= SENSITIVITY_DBM else None

    def _positions(self, levels: list[float | None]) -> list[int | None]:
        """Count from the nearest living unit upstream that saw no light."""
        size = len(self.nodes)
        dark = {
            i
            for i in self._indexes()
            if levels[i] is None and self.nodes[i].address not in self.faults.dead
        }
        if not dark:
            return [None] * size
        return [next(d for d in range(size) if (i - d) % size in dark) for i in self._indexes()]


_NO_POSITION = 0xFF
_NO_LEVEL = -0x8000
_ANSWERED, _LIGHT = 0x01, 0x02
_ROW = 5


def encode_answers(answers: Iterable[RingAnswer]) -> bytes:
    """Pack what every unit saw: address, flags (1 answered, 2 light), tenths of dBm s16, position.

    The layout is ours; FF and 8000 stand for what is not known.
    """
    rows = bytearray()
    for one in answers:
        flags = (_ANSWERED if one.answered else 0) | (_LIGHT if one.light else 0)
        level = _NO_LEVEL if one.level_dbm is None else round(one.level_dbm * 10)
        rows += bytes((one.address, flags)) + level.to_bytes(2, "big", signed=True)
        rows.append(_NO_POSITION if one.position is None else one.position)
    return bytes(rows)


def decode_answers(data: bytes) -> tuple[RingAnswer, ...]:
    """Read what :func:`encode_answers` packed.

    Raises:
        RemoteError: The length is none of ours.
    """
    if len(data) % _ROW:
        raise RemoteError(f"A ring diagnosis has {_ROW} bytes a unit, not {len(data)} in all.")
    return tuple(_answer(data[i : i + _ROW]) for i in range(0, len(data), _ROW))


def _answer(row: bytes) -> RingAnswer:
    if not row[1] & _ANSWERED:
        return RingAnswer(row[0], answered=False)
    level = int.from_bytes(row[2:4], "big", signed=True)
    return RingAnswer(
        row[0],
        answered=True,
        light=bool(row[1] & _LIGHT),
        level_dbm=None if level == _NO_LEVEL else level / 10,
        position=None if row[4] == _NO_POSITION else row[4],
    )
