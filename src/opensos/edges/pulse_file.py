"""Recorded crash pulses from files: NHTSA's two-column ASCII and CSV with a header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.rules.crash import FullScale, Samples

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Pulse:
    """A recorded pulse: its samples, where it came from, and sentences about it for a person."""

    samples: Samples
    source: str
    notes: tuple[str, ...] = ()
    full_scale: FullScale = FullScale()


def read_pulse(paths: Sequence[Path | str]) -> Pulse:
    """Read one pulse from one or several files (one an axis); raises UserError in one sentence."""
    raise NotImplementedError
