"""The satellite receiver: what it sees of the sky, and how long it takes to find itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opensos.rules.readiness.readings import GnssReading
from opensos.sim.dice import bell, between

if TYPE_CHECKING:
    from opensos.sim.damage import Damage
    from opensos.sim.geography import Surroundings

OPEN_ACCURACY_M: Final = 4.0
_SKY: Final = {"open": (43.0, 16, 4.0), "urban": (36.0, 8, 14.0), "none": (0.0, 0, 0.0)}
"""Sky: carrier to noise in dBHz, satellites in use, 95 % radius in metres; made up in size."""

_ACQUIRE_DBHZ = 27.0
_ANTENNA_LOSS: Final = {"ok": 0.0, "open": 25.0, "short_ground": 30.0, "short_supply": 30.0}
HOT_S: Final = 2.0
WARM_S: Final = 28.0
COLD_S: Final = 38.0
"""Time to a fix after a gap under two hours, a longer one, a loss of power (data sheets' size)."""

_HOT_GAP_S = 2 * 3600.0


@dataclass(frozen=True, slots=True)
class Sky:
    """What the receiver depends on, at one time; ``silent_since`` when it stopped to answer."""

    now: float
    utc: float
    surroundings: Surroundings
    damage: Damage
    powered: bool
    silent_since: float | None


class Satellites:
    """The receiver. Feed it with moments that never go back far."""

    def __init__(self, now: float, seed: int) -> None:
        self._seed = seed
        self._sky_since: float | None = now - 3600.0
        self._lost_at = now - 3601.0
        self._cold = False

    @staticmethod
    def cn0(sky: Sky) -> float:
        """Return carrier to noise density; 0 = nothing at all."""
        damage = sky.damage
        if not sky.powered or damage.gnss_receiver != "ok":
            return 0.0
        loss = _ANTENNA_LOSS[damage.gnss_antenna] + damage.gnss_antenna_loss_db
        return max(0.0, _SKY[sky.surroundings.gnss][0] - loss - damage.gnss_noise_db)

    def look(self, sky: Sky) -> None:
        """Notice sky found or lost at this moment."""
        good = self.cn0(sky) >= _ACQUIRE_DBHZ
        if not good and self._sky_since is not None:
            self._sky_since, self._lost_at = None, sky.now
        elif good and self._sky_since is None:
            self._sky_since = sky.now

    def start_cold(self, now: float) -> None:
        """Forget everything, as after a loss of power."""
        self._sky_since, self._lost_at, self._cold = None, now, True

    def accuracy_m(self, sky: Sky) -> float | None:
        """Return the radius of a fix now, None while there is none."""
        self.look(sky)
        if self._sky_since is None or sky.now - self._sky_since < self._delay():
            return None
        self._cold = False
        weak = max(1.0, (_SKY[sky.surroundings.gnss][0] + 6.0) / (self.cn0(sky) + 6.0))
        return _SKY[sky.surroundings.gnss][2] * weak**3

    def _delay(self) -> float:
        since = self._sky_since or 0.0
        base = COLD_S if self._cold else HOT_S
        if not self._cold and since - self._lost_at > _HOT_GAP_S:
            base = WARM_S
        return base * between(0.8, 1.3, self._seed, "fix", int(since))

    def reading(self, sky: Sky) -> GnssReading | None:
        """Return the receiver's newest state, None without power."""
        accuracy = self.accuracy_m(sky)
        if not sky.powered:
            return None
        if sky.damage.gnss_receiver == "dead":
            return GnssReading(heard_at=sky.silent_since)
        strength, used, _ = _SKY[sky.surroundings.gnss]
        cn0 = self.cn0(sky)
        share = cn0 / strength if strength else 0.0
        flicker = bell(self._seed, "satellites", int(sky.now // 10.0))
        seen = max(0, round(used * 1.2 * share + flicker)) if cn0 >= 18.0 else 0
        return GnssReading(
            heard_at=sky.now // 1.0,
            fix_kind="none" if accuracy is None else "3d",
            satellites_used=0 if accuracy is None else max(4, round(used * share + flicker)),
            satellites_seen=seen if accuracy is None else max(4, seen),
            cn0_dbhz=round(cn0 + 0.5 * flicker, 1) if cn0 >= 18.0 else None,
            accuracy_m=None if accuracy is None else round(accuracy, 1),
            utc=None if accuracy is None else float(sky.utc // 1.0),
        )
