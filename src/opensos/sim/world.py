"""The state of the pretend car, and how it moves on when time does.

Time may pass in milliseconds or jump by months: nothing is done per second. Whoever changes
something settles first, so that the past is reckoned as it was. Asking about a time before the last
change gives what holds now.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from opensos.protocols.effects import UserError
from opensos.sim import weather
from opensos.sim.ailments import Ailment, Ailments
from opensos.sim.cabin import Cabin
from opensos.sim.condition import Conditions
from opensos.sim.driving import Driving
from opensos.sim.geography import place
from opensos.sim.motion import Odometer
from opensos.sim.outfit import Outfit, sim_card
from opensos.sim.radio import Air, Radio
from opensos.sim.satellites import Satellites, Sky
from opensos.sim.supply import Moment, Supply

if TYPE_CHECKING:
    from opensos.ports import SimCard
    from opensos.sim.condition import Condition
    from opensos.sim.damage import Damage

CRUISE_KMH: Final = 57.0
_COLD_C = 3.0
_HOT_C = 27.0
_SETTLE_S = 6 * 3600.0  # temperature and weather are taken anew at least this often at rest
_SETTLE_STEPS = 40


class World:
    """Everything that the car is made of.

    Args:
        start: steady seconds of the beginning; the car drives.
        utc_at_start: true civil time then.
        seed: of all chance.
        condition: what is fixed by hand.
        family: in which family of cars this is one (``faults.FAMILIES``).
    """

    def __init__(
        self,
        *,
        start: float,
        utc_at_start: float,
        seed: int,
        condition: Condition | None,
        family: str,
    ) -> None:
        self.start, self.utc_at_start = start, utc_at_start
        self.seed, self.family = seed, family
        self.conditions = Conditions(condition)
        self.odometer = Odometer(start, CRUISE_KMH)
        self.driving = Driving(
            self.odometer, "driving", since=start, ignition_since=start, cranking_until=start
        )
        self.ailments = Ailments(self._triggered)
        self.supply = Supply(start, utc_at_start, seed)
        self.radio = Radio(start, seed)
        self.satellites = Satellites(start, seed)
        self.cabin = Cabin(seed)
        self.outfit = Outfit(utc_at_start - 31_557_600.0)
        self._settled = start
        self._restarts = 0
        self._powered = True
        self._at_once: list[Ailment] = []
        self._air_c: tuple[float, float] = (-math.inf, 0.0)

    # --- time ------------------------------------------------------------------------------------

    def true_utc(self, now: float) -> float:
        """Return civil time as it really is."""
        return self.utc_at_start + (now - self.start)

    def settle(self, now: float) -> None:
        """Let everything that goes by itself go on until now."""
        while self._settled < now:
            self._step(self._next_stop(now))

    def _next_stop(self, now: float) -> float:
        """The batteries are integrated in pieces over which nothing changes abruptly."""
        stops = [now, self._settled + max(_SETTLE_S, (now - self._settled) / _SETTLE_STEPS)]
        stops += [a.since for a in self._at_once if a.since > self._settled]
        if self.supply.main_off_until > self._settled:
            stops.append(self.supply.main_off_until)
        return min(stops)

    def _step(self, until: float) -> None:
        since = self._settled
        # The piece's own end is where the moment is taken, but for the dials: they held before.
        moment = self.moment(until, dials_at=since)
        self._settled = until
        self.supply.advance(since, moment)
        for ailment in [a for a in self._at_once if a.since <= until]:
            self._at_once.remove(ailment)
            self._strike(ailment)
        power = self.supply.power(moment)
        powered = power.source != "none"
        if power.restarts != self._restarts or powered is not self._powered:
            self._restarts, self._powered = power.restarts, powered
            self.radio.search_again(until)
            self.satellites.start_cold(until)

    # --- what the physics ask ---------------------------------------------------------------------

    def temperature_c(self, now: float) -> float:
        """Return the air's temperature around the car, fresh every five minutes."""
        slot = now // 300.0 + (1e7 if self.driving.surroundings.shelter else 0.0)
        if self._air_c[0] != slot:
            sheltered = self.driving.surroundings.shelter
            law = weather.indoors_c if sheltered else weather.temperature_c
            value = law(self.true_utc(now), self.seed, self.driving.country)
            self._air_c = (slot, value)
        return self._air_c[1]

    def damage(self, now: float) -> Damage:
        """Return the dials."""
        return self.ailments.damage(now)

    def speed_kmh(self, now: float) -> float:
        """Return the true speed."""
        return self.odometer.speed_kmh(now)

    def moment(self, now: float, *, dials_at: float | None = None) -> Moment:
        """Return what the supply depends on."""
        dials = now if dials_at is None else dials_at
        return Moment(
            now,
            self.true_utc(now),
            self.temperature_c(now),
            self.ailments.damage(dials),
            self.driving.trip(),
        )

    def powered(self, now: float) -> bool:
        """Whether the unit has any power."""
        self.settle(now)
        return self._powered

    def air(self, now: float) -> Air:
        """Return what the radio depends on."""
        return Air(
            now=now,
            utc=self.true_utc(now),
            along_m=self.odometer.driven_m(now),
            surroundings=self.driving.surroundings,
            country=self.driving.country,
            damage=self.ailments.damage(now),
            powered=self.powered(now),
            modem_silent_since=self.ailments.since("modem", now),
        )

    def sky(self, now: float) -> Sky:
        """Return what the receiver depends on."""
        return Sky(
            now=now,
            utc=self.true_utc(now),
            surroundings=self.driving.surroundings,
            damage=self.ailments.damage(now),
            powered=self.powered(now),
            silent_since=self.ailments.since("gnss_receiver", now),
        )

    def look(self, now: float) -> None:
        """Let radio and receiver notice what is round the car now."""
        self.radio.look(self.air(now))
        self.satellites.look(self.sky(now))

    def card(self, now: float) -> SimCard:
        """Return the SIM as the modem reads it."""
        condition = self.conditions.at(now)
        if self.conditions.fixed("sim_card", now):
            return condition.sim_card
        return sim_card(condition.sim_card, self.ailments.damage(now))

    # --- faults -----------------------------------------------------------------------------------

    def afflict(self, ailment: Ailment, now: float) -> None:
        """Put a fault in. Raises UserError where it cannot occur in this family of cars."""
        if self.family not in ailment.fault.families:
            raise UserError(
                f"{ailment.fault.id} does not occur in cars of family {self.family},"
                f" only in {', '.join(ailment.fault.families)}."
            )
        self.settle(now)
        self.ailments.add(ailment)
        if ailment.fault.at_once:
            self._at_once.append(ailment)
            if ailment.since <= now:
                self._at_once.remove(ailment)
                self._strike(ailment)
        self.look(now)

    def _strike(self, ailment: Ailment) -> None:
        """Do what a fault does once; severity 1 takes all that the file says."""
        for what, left in ailment.fault.at_once.items():
            battery = self.supply.main if what == "main_charge" else self.supply.backup
            target = 1.0 - (1.0 - left) * ailment.severity
            battery.charge = min(battery.charge, target)

    def heal(self, ids: tuple[str, ...], now: float) -> tuple[str, ...]:
        """Take faults out; return which were there."""
        self.settle(now)
        gone = self.ailments.remove(ids)
        self._at_once = [a for a in self._at_once if a.fault.id not in gone]
        self.look(now)
        return gone

    def _triggered(self, trigger: str, now: float) -> bool:
        if trigger == "vibration":
            return self.speed_kmh(now) > 5.0
        if trigger == "wet":
            sheltered = self.driving.surroundings.shelter
            return not sheltered and weather.wet(self.true_utc(now), self.seed)
        if trigger in {"cold", "heat"}:
            air = self.temperature_c(now)
            return air < _COLD_C if trigger == "cold" else air > _HOT_C
        return True

    # --- the driver -------------------------------------------------------------------------------

    def start_engine(self, now: float) -> bool:
        """Turn the starter; return whether the engine runs."""
        self.settle(now)
        return self.driving.crank(now, strong=self.supply.can_crank(self.moment(now)))

    def drive(self, now: float, where: str) -> bool:
        """Start the engine if it does not run and drive; return whether the car drives."""
        surroundings = place(where)
        if not self.start_engine(now):
            return False
        self.driving.pull_away(now, surroundings)
        self.look(now)
        return True

    def park(self, now: float, where: str) -> None:
        """Stop, switch off, get out."""
        surroundings = place(where)
        self.settle(now)
        self.driving.stop(now, surroundings)
        self.look(now)

    def ignition(self, now: float, *, on: bool) -> None:
        """Switch the ignition."""
        self.settle(now)
        self.driving.ignition(now, on=on)

    def surround(self, now: float, where: str) -> None:
        """Change what is round the car, without stopping or starting it."""
        surroundings = place(where)
        self.settle(now)
        self.driving.surroundings = surroundings
        self.look(now)

    def travel(self, now: float, country: str) -> None:
        """Cross a border."""
        self.settle(now)
        self.driving.travel(country)
        self.radio.search_again(now)
        self.look(now)
