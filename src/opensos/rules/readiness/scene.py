"""What the car went through lately: which tests mean anything now.

A test that is run in the wrong moment blames a healthy part: a modem that was woken a second ago,
a battery while the starter turns, a receiver in a garage. Each condition is a bit; all are worked
out once per observation.
"""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING, Final

from opensos.rules.readiness.outcome import finite
from opensos.rules.readiness.readings import Circuit, VehicleMode

if TYPE_CHECKING:
    from opensos.rules.readiness.readings import Readings, ToneResult
    from opensos.rules.readiness.settings import HealthSettings

EARLIEST_UTC: Final = 1_577_836_800.0
"""1 January 2020: a clock that says less was never set."""
LATEST_UTC: Final = 4_102_444_800.0
"""1 January 2100: a clock that says more has jumped."""

_CRANK_REST_S = 10.0
_IGNITION_S = 10.0
_ENGINE_S = 60.0
_PARKED_S = 120.0


class Need(IntFlag):
    """A condition under which a test may run. What is not known is not fulfilled, but see each."""

    NOTHING = 0
    AWAKE = 1  # the unit has been awake for settle_s
    IGNITION = 2  # on for 10 s
    PARKED = 4  # ignition off for 2 min
    ENGINE = 8  # running for 1 min
    NOT_CRANKING = 16  # and not for 10 s
    SUPPLY_OK = 32  # 12 V or the unit's own battery carries the parts; unknown counts as enough
    NO_CALL = 64
    NOT_TRANSPORT = 128  # no energy-saving mode; unknown counts as none
    MODEM_FRESH = 256  # it answered lately
    NOT_JAMMED = 512  # the modem does not report jamming
    GNSS_ANTENNA = 1024  # its line is not known to be broken
    BUS_ALIVE = 2048  # the bus is not known to be off
    TIME_KNOWN = 4096  # civil time was proven by satellites or network since the last wake-up


class Scene:
    """The moment, and what must be remembered of those before it."""

    __slots__ = (
        *("settings", "limits", "at", "dt", "awake_since", "ignition_since", "parked_since"),
        *("engine_since", "cranked_at", "utc", "tone", "tone_at", "offset", "met"),
    )

    def __init__(self, settings: HealthSettings) -> None:
        self.settings = settings
        self.limits = settings.limits
        self.at: float | None = None
        self.dt = 0.0
        self.awake_since = 0.0
        self.ignition_since: float | None = None
        self.parked_since: float | None = None
        self.engine_since: float | None = None
        self.cranked_at: float | None = None
        self.utc: float | None = None
        """Civil time that satellites or network have proven, carried on by the steady clock."""
        self.tone: ToneResult | None = None
        """The result of a tone test that has just come in; None at every other moment."""
        self.tone_at: float | None = None
        self.offset: float | None = None
        self.met = Need.NOTHING.value

    def step(self, readings: Readings) -> None:
        """Take in one moment."""
        at = readings.at
        gap = None if self.at is None else at - self.at
        if gap is None or gap > self.settings.sleep_gap_s:
            self._woke(at)
            gap = 0.0
        self.at = at
        self.dt = max(0.0, gap)
        self._vehicle(readings, at)
        self._time(readings, at)
        tone = None if readings.audio is None else readings.audio.tone
        self.tone = tone if tone is not None and tone.at != self.tone_at else None
        if tone is not None:
            self.tone_at = tone.at
        self.met = self._met(readings, at)

    def has(self, need: int) -> bool:
        """Return whether every one of these conditions is fulfilled."""
        return not need & ~self.met

    def _woke(self, at: float) -> None:
        """After a sleep nothing that lasted is known to have lasted; the offset may be stale."""
        self.awake_since = at
        self.ignition_since = self.parked_since = self.engine_since = None
        self.offset = None

    def _vehicle(self, readings: Readings, at: float) -> None:
        car = readings.vehicle
        self.ignition_since = _since(self.ignition_since, at, holds=car.ignition_on is True)
        self.parked_since = _since(self.parked_since, at, holds=car.ignition_on is False)
        self.engine_since = _since(self.engine_since, at, holds=car.engine_running is True)
        if car.cranking:
            self.cranked_at = at

    def _time(self, readings: Readings, at: float) -> None:
        clock = readings.clock
        reference = None if clock is None else clock.reference_utc
        if reference is not None and EARLIEST_UTC <= reference < LATEST_UTC:
            self.offset = reference - at
        self.utc = None if self.offset is None else at + self.offset

    def _met(self, readings: Readings, at: float) -> int:
        met = 0
        if at - self.awake_since >= self.settings.settle_s:
            met |= 1
        if self.ignition_since is not None and at - self.ignition_since >= _IGNITION_S:
            met |= 2
        if self.parked_since is not None and at - self.parked_since >= _PARKED_S:
            met |= 4
        if self.engine_since is not None and at - self.engine_since >= _ENGINE_S:
            met |= 8
        if self.cranked_at is None or at - self.cranked_at >= _CRANK_REST_S:
            met |= 16
        if _supplied(readings, self.limits.supply_enough_v):
            met |= 32
        if not readings.in_call:
            met |= 64
        setup = readings.setup
        if setup is None or setup.mode is not VehicleMode.TRANSPORT:
            met |= 128
        return met | self._met_by_parts(readings, at)

    def _met_by_parts(self, readings: Readings, at: float) -> int:
        met = 0
        modem = readings.modem
        heard = None if modem is None else finite(modem.heard_at)
        if heard is not None and at - heard <= self.limits.silent_s:
            met |= 256
        if modem is None or not modem.jammed:
            met |= 512
        if not _broken_gnss_antenna(readings):
            met |= 1024
        bus = readings.bus
        if bus is None or bus.state not in ("bus_off", "silent"):
            met |= 2048
        return met | 4096 if self.utc is not None else met


def _since(since: float | None, at: float, *, holds: bool) -> float | None:
    if not holds:
        return None
    return at if since is None else since


def _supplied(readings: Readings, enough_v: float) -> bool:
    supply = readings.supply
    volts = None if supply is None else finite(supply.main_v)
    if supply is None or supply.main_connected is False or volts is None:
        return True  # unknown, or the unit lives on its own battery
    return volts >= enough_v


def _broken_gnss_antenna(readings: Readings) -> bool:
    for antenna in readings.antennas or ():
        if antenna.name == "gnss":
            return antenna.circuit not in (None, Circuit.OK)
    return False
