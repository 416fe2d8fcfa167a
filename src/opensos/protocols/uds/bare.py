# ruff: noqa: ARG002  # each method keeps the promise's signature and refuses whatever it is given
"""A control unit that offers nothing: what a real one overrides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .nrc import Nrc
from .unit import ALL_GROUPS, standard_needs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .unit import (
        Done,
        Download,
        DtcStatus,
        ExtendedRecord,
        MemoryRange,
        Needs,
        Read,
        Snapshot,
        Upload,
    )


class BareUnit:
    """A unit that is there and offers nothing: the base to override."""

    def present(self, now: float) -> bool:
        """Always there."""
        return True

    def needs(self, service: int, item: int | None) -> Needs:
        """Return what the standard demands."""
        return standard_needs(service)

    def read(self, did: int, now: float) -> Read:
        """Refuse."""
        return Nrc.REQUEST_OUT_OF_RANGE

    def write(self, did: int, data: bytes, now: float) -> Done:
        """Refuse."""
        return Nrc.REQUEST_OUT_OF_RANGE

    def control(self, did: int, option: int, state: bytes, now: float) -> Read:
        """Refuse."""
        return Nrc.REQUEST_OUT_OF_RANGE

    def routine(self, kind: int, rid: int, data: bytes, now: float) -> Read:
        """Refuse."""
        return Nrc.REQUEST_OUT_OF_RANGE

    def dtcs(self, memory: int, now: float) -> Sequence[DtcStatus]:
        """Return no codes."""
        return ()

    def snapshots(self, code: int, memory: int, now: float) -> Sequence[Snapshot]:
        """Return none."""
        return ()

    def extended(self, code: int, memory: int, now: float) -> Sequence[ExtendedRecord]:
        """Return none."""
        return ()

    def clear(self, group: int, memory: int, now: float) -> Done:
        """Clear an empty memory, which succeeds for all codes only."""
        return None if group == ALL_GROUPS else Nrc.REQUEST_OUT_OF_RANGE

    def reset(self, kind: int, now: float) -> Nrc | None:
        """Refuse."""
        return Nrc.CONDITIONS_NOT_CORRECT

    def record_dtcs(self, now: float, *, on: bool) -> None:
        """Note nothing."""

    def communicate(self, control: int, kind: int, now: float) -> Nrc | None:
        """Refuse."""
        return Nrc.CONDITIONS_NOT_CORRECT

    def download(self, where: MemoryRange, now: float) -> Download | Nrc:
        """Refuse."""
        return Nrc.UPLOAD_DOWNLOAD_NOT_ACCEPTED

    def upload(self, where: MemoryRange, now: float) -> Upload | Nrc:
        """Refuse."""
        return Nrc.UPLOAD_DOWNLOAD_NOT_ACCEPTED
