"""What was found on the board, part by part, in words for a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .board import Board


@dataclass(frozen=True, slots=True)
class PartFound:
    """One line of ``opensos vehicle parts``.

    Attributes:
        part: name of the part as the board's file calls it.
        adapter: what does it, None if nothing is configured.
        state: works, silent (configured, but nothing comes), faulty, or absent (not configured).
        words: one sentence for a person; no full VIN, ICCID, IMEI or number.
    """

    part: str
    adapter: str | None
    state: str
    words: str


def describe(board: Board, now: float) -> tuple[PartFound, ...]:
    """Return what each part says at this moment; never raises, never waits."""
    raise NotImplementedError
