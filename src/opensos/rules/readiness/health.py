"""The machine: self-test, fault memory, warning, readiness and forecast of one unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opensos.protocols.effects import Tell, WakeAt
from opensos.rules.readiness import _record as records
from opensos.rules.readiness import showing
from opensos.rules.readiness._selftest import SelfTesting
from opensos.rules.readiness._tone import ToneTest
from opensos.rules.readiness._warning import Warnings
from opensos.rules.readiness.abilities import readiness_of
from opensos.rules.readiness.events import (
    AskToneTest,
    HealthNote,
    ReadinessChanged,
    Remember,
    SelfTestEnded,
    WarningChanged,
)
from opensos.rules.readiness.forecast import Outlook, Trend, forecast_of, sunset_passed
from opensos.rules.readiness.frames import frame_of
from opensos.rules.readiness.memory import EVENT_PRIORITY, MEMORIES, Bank, Failure
from opensos.rules.readiness.monitor import Running
from opensos.rules.readiness.monitors import MONITORS, event_key
from opensos.rules.readiness.outcome import Outcome, finite
from opensos.rules.readiness.readings import Readings
from opensos.rules.readiness.result import Readiness
from opensos.rules.readiness.scene import Need, Scene
from opensos.rules.readiness.settings import HealthSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opensos.protocols.effects import Effect
    from opensos.rules.readiness.dtc import Dtc, Memory
    from opensos.rules.readiness.outcome import Figures
    from opensos.rules.readiness.profile import Profile
    from opensos.rules.readiness.result import DriverWarning, SelfTest, Why

_FORECAST_EVERY_S = 3600.0
_CLOCK_JUMP_S = 86_400.0


class Health:
    """Everything that is known of whether the SOS call would work.

    Feed it: :meth:`observe` about once a second while awake, :meth:`ignition` at each change,
    :meth:`wake` when its ``WakeAt`` asks. It answers with ``Tell`` of the types in
    :mod:`opensos.rules.readiness.events`; a ``Remember`` comes before whatever it is about.
    """

    def __init__(self, profile: Profile, settings: HealthSettings | None = None) -> None:
        self.profile = profile
        self.settings = settings or HealthSettings()
        self._scene = Scene(self.settings)
        self._running = tuple(Running(one) for one in MONITORS)
        self._banks: dict[Memory, Bank] = {
            "fault": Bank("fault", profile, self.settings.fault_entries),
            "info": Bank("info", profile, self.settings.info_entries),
        }
        self._warnings = Warnings()
        self._tone = ToneTest(self._running)
        self._testing = SelfTesting(self._running, self.settings)
        self._health_trend = Trend([])
        self._rest_trend = Trend([])
        self._ignition: bool | None = None
        self._cycle_open = False
        self._resumed = False
        self._recording = True
        self._unrecorded = False
        self._utc: tuple[float, float] | None = None  # (steady, civil) of the last observation
        self._readings = Readings(at=0.0)
        self._readiness = Readiness()
        self._warning: DriverWarning | None = None
        self._forecast_at: float | None = None
        self._country: str | None = None
        self._stale = True  # readiness and warning must be worked out anew
        self._later: float | None = None  # since when something waits to be written
        self._now_dirty = False
        self._woken_for: float | None = None
        self._said: list[Effect] = []

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
        health = cls(profile, settings)
        return health, health.resume(record, now, utc)

    def resume(
        self, record: Mapping[str, Any] | None, now: float, utc: float | None
    ) -> list[Effect]:
        """Take in what a former life wrote down; used by :meth:`restore` only."""
        if utc is not None:
            self._utc = (now, utc)
        if record is None:
            return []
        if record.get("version") != records.VERSION:
            return [Tell(HealthNote("note.record_unreadable"))]
        for memory in MEMORIES:
            records.bank_from_json(self._banks[memory], record.get(memory))
        known = record.get("known")
        if isinstance(known, dict):
            for running in self._running:
                records.known_from_json(running, known.get(running.monitor.id))
        self._warnings.restore(record.get("warned"), [one.monitor for one in self._running])
        records.trend_from_json(self._health_trend, record.get("backup_health"))
        records.trend_from_json(self._rest_trend, record.get("supply_rest"))
        self._tone.last_utc = records.number(record.get("tone_utc"))
        self._cycle_open = self._resumed = record.get("cycle_open") is True
        self._work_out()
        self._now_dirty = False
        self._said.clear()
        return [Tell(WarningChanged(self._warning))] if self._warning else []

    # --- what the world brings --------------------------------------------------------------

    def observe(self, readings: Readings, utc: float | None) -> list[Effect]:
        """Look at every part once. ``utc`` is the unit's own civil time, None if not known."""
        utc = finite(utc)
        self._readings = readings
        scene = self._scene
        scene.step(readings)
        self._watch_clock(readings.at, utc)
        if self._unrecorded and self._recording:
            self._catch_up()
        for running in self._running:
            if running.look(readings, scene):
                self._result(running)
        audible = readings.audio is not None and not readings.service_mode
        if self._tone.step(scene, self._civil(), audible=audible):
            self._said.append(Tell(AskToneTest()))
        self._trends(readings)
        self._end_if_done(readings.at)
        return self._flush(readings.at)

    def begin(self, why: Why, now: float) -> list[Effect]:
        """Start a self-test; one that runs is begun anew."""
        self._testing.begin(why, now, self._civil())
        if why != "ignition" or self._tone_is_due():
            self._tone.want()
        return self._flush(now)

    def ignition(self, on: bool, now: float) -> list[Effect]:  # noqa: FBT001  # the contract's shape
        """Begin (and self-test) or end an operation cycle; the same state twice does nothing."""
        if on == self._ignition:
            return []
        self._ignition = on
        resumed, self._resumed = self._resumed, False
        if on and resumed:
            return self.begin("ignition", now)  # the unit restarted in the middle of a cycle
        self._end_cycle()
        if not on:
            return self._flush(now)
        for bank in self._banks.values():
            bank.begin_cycle()
        self._cycle_open = True
        return self.begin("ignition", now)

    def wake(self, now: float) -> list[Effect]:
        """Do what is due: end a self-test that nobody observes, write what waits."""
        self._woken_for = None
        self._end_if_done(now)
        return self._flush(now)

    def clear(self, group: int, memory: Memory, now: float) -> list[Effect]:
        """Clear entries: ``0xFFFFFF`` is all, any other number the code itself.

        What was cleared counts as not tested; a driver's warning stays until a test passes.
        """
        keys = set(self._banks[memory].clear(group))
        for running in self._running:
            if keys.intersection(running.monitor.keys):
                running.forget()
                self._stale = True
        return self._flush(now)

    def report_event(self, code_key: str, now: float, data: Figures = ()) -> list[Effect]:
        """Log what happened (``reset_logged``, ``network_event``): no test, no warning.

        Raises:
            LocalError: there is no such event.
        """
        key = event_key(code_key)
        if self._recording:
            frame = frame_of(self._readings, self._civil_at(now), data)
            for bank in self._banks.values():
                bank.event(key, frame)
        return self._flush(now)

    def set_recording(self, on: bool) -> None:  # noqa: FBT001  # the contract's shape
        """Let the memories be written (UDS 0x85 01), or not (02)."""
        self._recording = on

    # --- inside -------------------------------------------------------------------------------

    def _result(self, running: Running) -> None:
        """Take in a result: into the memories, the warnings and, by the flag, readiness."""
        self._stale = True
        if self._later is None:
            self._later = self._readings.at
        monitor = running.monitor
        if running.outcome is Outcome.PASSED and self._warnings.passed(monitor.id):
            for bank in self._banks.values():
                bank.set_warning(monitor.keys, on=False)
        if self._recording:
            self._record(running)
        else:
            self._unrecorded = True

    def _record(self, running: Running) -> None:
        monitor = running.monitor
        if running.outcome is not Outcome.FAILED or running.symptom is None:
            for bank in self._banks.values():
                bank.passed(monitor.keys)
            return
        symptom = monitor.symptom(running.symptom)
        key = f"{monitor.component.value}.{symptom.name}"
        priority = EVENT_PRIORITY if symptom.event else (symptom.warn or 3)
        frame = frame_of(self._readings, self._civil(), running.data)
        failure = Failure(key, priority, monitor.trips, frame, warns=symptom.warn > 0)
        confirmed = [bank.failed(failure) for bank in self._banks.values() if bank.holds(key)]
        others = [other for other in monitor.keys if other != key]
        for bank in self._banks.values():
            bank.passed(others)
            bank.set_warning(others, on=False)
        if symptom.warn and any(confirmed):
            self._warnings.raised(monitor, symptom, self._civil())

    def _catch_up(self) -> None:
        """Recording is on again: what was found meanwhile is written now."""
        self._unrecorded = False
        for running in self._running:
            if running.outcome is not Outcome.NOT_COMPLETED:
                self._record(running)
        self._stale = True

    def _end_cycle(self) -> None:
        if not self._cycle_open:
            return
        self._cycle_open = False
        for bank in self._banks.values():
            bank.end_cycle(self.settings.heal_cycles, self.settings.ageing_cycles)

    def _end_if_done(self, now: float) -> None:
        if self._testing.is_done(now, tone_waits=self._tone.wanted):
            self._tone.wanted = False
            self._said.append(Tell(SelfTestEnded(self._testing.end(now))))
            self._forecast_at = None
            self._stale = True

    def _tone_is_due(self) -> bool:
        last, utc = self._tone.last_utc, self._civil()
        if last is None or utc is None:
            return last is None and not self._testing.tone_known()
        return not 0 <= utc - last < self.settings.tone_every_s

    def _trends(self, readings: Readings) -> None:
        utc = self._scene.utc
        if utc is None:
            return
        backup, supply = readings.backup, readings.supply
        health = None if backup is None else finite(backup.health_pct)
        if health is not None and self._health_trend.add(utc, health):
            self._wait(readings.at)
        volts = None if supply is None else finite(supply.main_v)
        at_rest = volts is not None and self._scene.has(Need.PARKED | Need.NOT_CRANKING)
        if volts is not None and at_rest and self._rest_trend.add(utc, volts):
            self._wait(readings.at)

    def _wait(self, now: float) -> None:
        self._later = now if self._later is None else self._later

    def _watch_clock(self, at: float, utc: float | None) -> None:
        """Note a jump of civil time; nothing here is decided by it."""
        before = self._utc
        if utc is None:
            return
        self._utc = (at, utc)
        if before is not None:
            jump = utc - (before[1] + at - before[0])
            if abs(jump) > _CLOCK_JUMP_S:
                data = (("days", round(jump / 86_400)),)
                self._said.append(Tell(HealthNote("note.clock_jumped", data)))

    def _civil(self) -> float | None:
        """Return civil time: proven if possible, else what the unit's clock says."""
        if self._scene.utc is not None:
            return self._scene.utc
        return None if self._utc is None else self._utc[1]

    def _civil_at(self, now: float) -> float | None:
        civil = self._civil()
        at = self._scene.at if self._utc is None else self._utc[0]
        return None if civil is None or at is None else civil + max(0.0, now - at)

    # --- what it answers ------------------------------------------------------------------------

    def _work_out(self) -> None:
        """Work readiness and warning out anew, and tell what changed."""
        self._stale = False
        outlook = Outlook(self._readings, self._civil(), self._health_trend, self._rest_trend)
        if self._forecast_at is None or self._forecast_is_old():
            self._forecast_at = self._readings.at
            self._country = self._readings.vehicle.country
            forecast = forecast_of(outlook, self.settings)
        else:
            forecast = self._readiness.forecast
        passed = sunset_passed(outlook, self.settings)
        extra = () if passed is None else (passed,)
        readiness = readiness_of(self._running, self.settings.fitted, forecast, extra)
        if readiness != self._readiness:
            self._readiness = readiness
            self._said.append(Tell(ReadinessChanged(readiness)))
        warning = self._warnings.shown()
        if warning != self._warning:
            self._warning = warning
            self._now_dirty = True
            self._said.append(Tell(WarningChanged(warning)))

    def _forecast_is_old(self) -> bool:
        if self._readings.vehicle.country != self._country:
            return True
        at = self._forecast_at
        return at is None or self._readings.at - at >= _FORECAST_EVERY_S

    def _flush(self, now: float) -> list[Effect]:
        """Return the effects, the record first."""
        if self._stale or self._forecast_is_old():
            self._work_out()
        changes: list[Effect] = []
        dirty = self._now_dirty
        for memory in MEMORIES:
            bank = self._banks[memory]
            dirty = dirty or bank.changed
            bank.changed = False
            changes += [Tell(change) for change in bank.changes]
            bank.changes.clear()
        due = self._later is not None and now - self._later >= self.settings.write_later_s
        effects: list[Effect] = []
        if dirty or due:
            self._now_dirty = False
            self._later = None
            effects.append(Tell(Remember(self.to_record())))
        effects += changes
        effects += self._said
        self._said.clear()
        wish = self._next_wake()
        if wish is not None and wish != self._woken_for:
            self._woken_for = wish
            effects.append(WakeAt(wish))
        return effects

    def _next_wake(self) -> float | None:
        writing = None if self._later is None else self._later + self.settings.write_later_s
        times = [one for one in (self._testing.deadline, writing) if one is not None]
        return min(times) if times else None

    # --- what can be seen -----------------------------------------------------------------------

    @property
    def faults(self) -> tuple[Dtc, ...]:
        """Return the fault memory, newest first."""
        return self._banks["fault"].dtcs()

    @property
    def infos(self) -> tuple[Dtc, ...]:
        """Return the info memory, newest first."""
        return self._banks["info"].dtcs()

    def statuses(self, memory: Memory) -> tuple[tuple[int, int], ...]:
        """Return (code, status byte) of every code of the profile, those never seen included.

        Keys that share a code are merged: a bit is set if it is set for one of them.
        """
        return self._banks[memory].by_code()

    @property
    def known(self) -> dict[str, tuple[Outcome, str | None]]:
        """Return the last completed result of every monitor and its symptom."""
        return {one.monitor.id: (one.known, one.known_symptom) for one in self._running}

    @property
    def overflowed(self) -> bool:
        """Return whether the fault memory is full (ERA-GLONASS reports it)."""
        return self._banks["fault"].overflowed()

    @property
    def readiness(self) -> Readiness:
        """Return whether the call would work."""
        return self._readiness

    @property
    def warning(self) -> DriverWarning | None:
        """Return what the driver sees."""
        return self._warning

    @property
    def self_test(self) -> SelfTest:
        """Return the self-test that runs, or the last one."""
        return self._testing.seen()

    @property
    def recording(self) -> bool:
        """Return whether the memories are written."""
        return self._recording

    def to_record(self) -> dict[str, Any]:
        """Return all that must survive a restart, as plain JSON values."""
        known = {one.monitor.id: records.known_to_json(one) for one in self._running}
        return {
            "version": records.VERSION,
            "profile": self.profile.name,
            "variant": self.profile.variant,
            "cycle_open": self._cycle_open,
            **{memory: records.bank_to_json(self._banks[memory]) for memory in MEMORIES},
            "known": {name: value for name, value in known.items() if value is not None},
            "warned": self._warnings.to_json(),
            "tone_utc": self._tone.last_utc,
            "backup_health": [list(point) for point in self._health_trend.points],
            "supply_rest": [list(point) for point in self._rest_trend.points],
        }

    def to_json(self) -> dict[str, Any]:
        """Return all that is worth showing, as plain JSON values."""
        return {
            "readiness": showing.readiness(self.readiness),
            "warning": showing.warning(self.warning),
            "self_test": showing.self_test(self.self_test),
            "faults": [showing.dtc(one) for one in self.faults],
            "infos": [showing.dtc(one) for one in self.infos],
            "recording": self._recording,
            "profile": self.profile.name,
            "variant": self.profile.variant,
        }
