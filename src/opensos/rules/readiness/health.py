"""The machine: self-test, fault memory, warning, readiness and forecast of one unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opensos.rules.readiness.settings import HealthSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opensos.protocols.effects import Effect
    from opensos.rules.readiness.dtc import Dtc, Memory
    from opensos.rules.readiness.outcome import Figures
    from opensos.rules.readiness.profile import Profile
    from opensos.rules.readiness.readings import Readings
    from opensos.rules.readiness.result import DriverWarning, Readiness, SelfTest, Why


class Health:
    """Everything that is known of whether the SOS call would work.

    Feed it: :meth:`observe` about once a second while awake, :meth:`ignition` at each change,
    :meth:`wake` when its ``WakeAt`` asks. It answers with ``Tell`` of the types in
    :mod:`opensos.rules.readiness.events`; a ``Remember`` comes before whatever it is about.
    """

    def __init__(self, profile: Profile, settings: HealthSettings | None = None) -> None:
        self._profile = profile
        self._settings = settings or HealthSettings()

    @classmethod
    def restore(
        cls,
        profile: Profile,
        settings: HealthSettings | None,
        record: Mapping[str, Any] | None,
        now: float,
        utc: float | None,
    ) -> tuple[Health, list[Effect]]:
        """Return the machine as it was; an unreadable record is noted, not fatal."""
        raise NotImplementedError

    def observe(self, readings: Readings, utc: float | None) -> list[Effect]:
        """Look at every part once."""
        raise NotImplementedError

    def begin(self, why: Why, now: float) -> list[Effect]:
        """Start a self-test; one that runs is begun anew."""
        raise NotImplementedError

    def ignition(self, on: bool, now: float) -> list[Effect]:  # noqa: FBT001  # the contract's shape
        """Begin (and self-test) or end an operation cycle; the same state twice does nothing."""
        raise NotImplementedError

    def wake(self, now: float) -> list[Effect]:
        """Do what is due."""
        raise NotImplementedError

    def clear(self, group: int, memory: Memory, now: float) -> list[Effect]:
        """Clear entries: ``0xFFFFFF`` is all, any other number the code itself."""
        raise NotImplementedError

    def report_event(self, code_key: str, now: float, data: Figures = ()) -> list[Effect]:
        """Log what happened (``reset_logged``, ``network_event``): no test, no warning."""
        raise NotImplementedError

    def set_recording(self, on: bool) -> None:  # noqa: FBT001  # the contract's shape
        """Let the memories be written (UDS 0x85 01), or not (02)."""
        raise NotImplementedError

    @property
    def faults(self) -> tuple[Dtc, ...]:
        """Return the fault memory, newest first."""
        raise NotImplementedError

    @property
    def infos(self) -> tuple[Dtc, ...]:
        """Return the info memory, newest first."""
        raise NotImplementedError

    def statuses(self, memory: Memory) -> tuple[tuple[int, int], ...]:
        """Return (code, status byte) of every code of the profile, those never seen included.

        Keys that share a code are merged: a bit is set if it is set for one of them.
        """
        raise NotImplementedError

    @property
    def readiness(self) -> Readiness:
        """Return whether the call would work."""
        raise NotImplementedError

    @property
    def warning(self) -> DriverWarning | None:
        """Return what the driver sees."""
        raise NotImplementedError

    @property
    def self_test(self) -> SelfTest:
        """Return the self-test that runs, or the last one."""
        raise NotImplementedError

    def to_record(self) -> dict[str, Any]:
        """Return all that must survive a restart, as plain JSON values."""
        raise NotImplementedError

    def to_json(self) -> dict[str, Any]:
        """Return all that is worth showing, as plain JSON values."""
        raise NotImplementedError
