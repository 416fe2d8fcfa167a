"""What the unit knows of itself: version, slot, storage, temperature; coding and provisioning.

Facts that never change stand in the board's file; those that change are read again and again from
small files that the board's own programs write (an updater, a provisioning client).
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from opensos.edges.background import Poller
from opensos.protocols.effects import RoadError, UserError
from opensos.rules.readiness.readings import SetupReading, SoftwareReading, VehicleMode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from opensos.ports import Clock

STALE_S = 120.0
_LONGEST_FILE = 65_536
_YES = {"1": True, "ok": True, "true": True, "0": False, "bad": False, "false": False}
_COLDEST_C, _HOTTEST_C = -60.0, 150.0
_PLANS = frozenset({"active", "trial", "expired", "suspended", "none"})


@dataclass(frozen=True, slots=True)
class SoftwareSettings:
    """Where the facts are.

    Attributes:
        fixed: What the board's file says itself.
        version_file: First line: the version.
        slot_file: First line: a or b.
        image_file: 1 or ok while the running slot's checksum holds, 0 or bad when it does not.
        resets_file: Unasked-for restarts since the last ignition cycle began, a number.
        storage: A directory on the disk whose free space and writability count.
        temperature_file: Thousandths of a degree (``/sys/class/thermal/thermal_zone0/temp``).
        setup: Coding, mode, provisioning as the board's file says them.
        setup_file: The same as JSON, written by other programs; wins key by key.
    """

    fixed: SoftwareReading = field(default_factory=SoftwareReading)
    version_file: Path | None = None
    slot_file: Path | None = None
    image_file: Path | None = None
    resets_file: Path | None = None
    storage: Path | None = None
    temperature_file: Path | None = None
    setup: SetupReading | None = None
    setup_file: Path | None = None


class BoardSoftware:
    """Keeps ``software`` and ``setup`` of the port ``Setup``."""

    def __init__(self, settings: SoftwareSettings, clock: Clock, *, every_s: float = 10.0) -> None:
        self._settings = settings
        self._software = Poller(self._read_software, clock, every_s=every_s, name="software")
        self._setup = Poller(self._read_setup, clock, every_s=every_s, name="setup")

    def start(self) -> None:
        """Begin to look in the background."""
        self._software.start()
        self._setup.start()

    def look(self) -> None:
        """Look once, now."""
        self._software.look()
        self._setup.look()

    @property
    def trouble(self) -> str | None:
        """Why the files cannot be read."""
        return self._software.trouble or self._setup.trouble

    def software(self, now: float) -> SoftwareReading:
        """Return the newest state; without news what the board's file says remains."""
        return self._software.fresh(now, STALE_S) or self._settings.fixed

    def setup(self, now: float) -> SetupReading | None:
        """Return the newest state, None if neither the board's file nor another says any."""
        return self._setup.fresh(now, STALE_S) or self._settings.setup

    async def close(self) -> None:
        """Look no more."""
        self._software.stop()
        self._setup.stop()

    def _read_software(self) -> SoftwareReading:
        s = self._settings
        slot = (_line(s.slot_file) or "").lower()
        resets = _number(s.resets_file)
        millidegrees = _number(s.temperature_file)
        celsius = None if millidegrees is None else millidegrees / 1000.0
        reading = replace(
            s.fixed,
            version=_line(s.version_file) or s.fixed.version,
            slot=slot if slot in {"a", "b"} else s.fixed.slot,
            image_ok=_YES.get((_line(s.image_file) or "").lower()),
            resets=None if resets is None or resets < 0 else int(resets),
            board_c=celsius
            if celsius is not None and _COLDEST_C <= celsius <= _HOTTEST_C
            else None,
        )
        return reading if s.storage is None else _with_storage(reading, s.storage)

    def _read_setup(self) -> SetupReading | None:
        path, said = self._settings.setup_file, self._settings.setup
        if path is None:
            return said
        text = _text(path)
        if text is None:
            return said
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            raise RoadError(f"{path.name} is no JSON") from None
        if not isinstance(data, dict):
            raise RoadError(f"{path.name} is no JSON object")
        return setup_from(data, said or SetupReading())


def setup_from(data: Mapping[str, Any], base: SetupReading) -> SetupReading:
    """Return ``base`` with what the data say; a value that cannot be leaves its key as it was."""
    changes: dict[str, Any] = {}
    for one in fields(SetupReading):
        value = data.get(one.name)
        if one.name == "mode":
            if isinstance(value, str) and value in set(VehicleMode):
                changes["mode"] = VehicleMode(value)
        elif one.name == "plan":
            if isinstance(value, str) and value in _PLANS:
                changes["plan"] = value
        elif one.name == "certificate_until_utc":
            if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e11:
                changes[one.name] = float(value)
        elif isinstance(value, bool):
            changes[one.name] = value
    return replace(base, **changes)


def check_plan(plan: str | None) -> str | None:
    """Return a plan's name. Raises UserError for one that nobody knows."""
    if plan is not None and plan not in _PLANS:
        raise UserError(f"setup.plan may be {', '.join(sorted(_PLANS))}, not {plan!r}.")
    return plan


def _with_storage(reading: SoftwareReading, directory: Path) -> SoftwareReading:
    try:
        disk = os.statvfs(directory)
    except OSError:
        return replace(reading, storage_ok=False)  # the disk that the journal needs is not there
    free = 100.0 * disk.f_bavail / disk.f_blocks if disk.f_blocks else None
    return replace(
        reading,
        storage_ok=not disk.f_flag & os.ST_RDONLY,  # Linux mounts a broken disk read-only
        storage_free_pct=free,
    )


def _text(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST_FILE).decode("utf-8", errors="replace")
    except OSError:
        return None


def _line(path: Path | None) -> str | None:
    lines = (_text(path) or "").strip().splitlines()
    return lines[0].strip()[:64] if lines else None


def _number(path: Path | None) -> float | None:
    try:
        return float(int(_line(path) or ""))
    except ValueError:
        return None
