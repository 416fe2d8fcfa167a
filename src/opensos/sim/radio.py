"""Which cell the pretend modem hears, and whether it may call: layers, walls, antennas, SIM.

Signal of a layer = its level on the open road + a hilly coverage map - walls - antenna - noise. The
levels are made up in the size that modems report; the dates of switch-off are in
``networks.toml``. Deliberately absent: cells, handover and interference one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opensos.rules.readiness.readings import ModemReading, Registration, SimCard, Technology
from opensos.sim.dice import between, drifting
from opensos.sim.geography import network

if TYPE_CHECKING:
    from opensos.sim.damage import Damage
    from opensos.sim.geography import Network, Surroundings

HOME: Final = "DE"
IMEI: Final = "350000000000006"  # a body of type allocation that is nobody's; right check digit

# Layer: level on the open road and the least that a modem holds, both in dBm (GSM RSSI, UMTS RSCP,
# LTE and NR RSRP), best first.
_LAYERS: Final = (
    (Technology.NR, -92.0, -113.0),
    (Technology.LTE, -88.0, -119.0),
    (Technology.UMTS, -76.0, -110.0),
    (Technology.GSM, -68.0, -105.0),
)
_CS = frozenset({Technology.GSM, Technology.UMTS})
_IMS = frozenset({Technology.LTE, Technology.NR})
_HARDWARE: Final = {
    "": (Technology.GSM, Technology.UMTS, Technology.LTE, Technology.NR),
    "2g": (Technology.GSM,),
    "3g": (Technology.GSM, Technology.UMTS),
}
_CELL_M = 400.0  # the coverage map's hills
_HILLS_DB = 3.0
_ANTENNA_LOSS: Final = {"ok": 0.0, "open": 27.0, "short_ground": 34.0, "short_supply": 34.0}
_WITHOUT_SECOND_DB = 3.0  # one antenna hears less than two
_EMERGENCY_DB = 5.0  # the small antenna on the rear shelf
CAMP_S: Final = 2.0
"""An emergency call needs only a cell, not a registration."""


@dataclass(frozen=True, slots=True)
class Air:
    """What the radio depends on, at one time."""

    now: float
    utc: float
    along_m: float
    surroundings: Surroundings
    country: str
    damage: Damage
    powered: bool
    modem_silent_since: float | None


class Radio:
    """The modem and the air around it. Feed it with moments that never go back far."""

    def __init__(self, now: float, seed: int) -> None:
        self._seed = seed
        self._covered_since: float | None = now - 3600.0
        self._lost_at = now - 3600.0
        self._attach = 0
        self.antenna = "main"

    # --- the air ---------------------------------------------------------------------------------

    def heard(self, air: Air) -> dict[Technology, float]:
        """Return every layer that the modem hears well enough, best first."""
        if not air.powered or air.damage.jammed:
            return {}
        net = network(air.country)
        loss = self._loss(air)
        found = {}
        for layer, level, least in _LAYERS:
            if layer not in _HARDWARE[air.damage.old_modem] or not net.lit(layer, air.utc):
                continue
            if layer in air.surroundings.without or layer.value in air.damage.layers_off:
                continue
            hills = _HILLS_DB * drifting(self._seed, layer.value, air.along_m / _CELL_M)
            signal = level + hills - loss
            if signal >= least + air.damage.radio_noise_db:
                found[layer] = signal
        return found

    def _loss(self, air: Air) -> float:
        damage = air.damage
        loss = air.surroundings.loss_db + damage.everywhere_dead_db
        loss += damage.home_dead_db if air.surroundings.home else 0.0
        if self.antenna == "emergency":
            antenna = _ANTENNA_LOSS[damage.emergency_antenna] + damage.emergency_antenna_loss_db
            return loss + _EMERGENCY_DB + antenna
        loss += _ANTENNA_LOSS[damage.main_antenna] + damage.main_antenna_loss_db
        lost_second = damage.second_antenna != "ok" or damage.second_antenna_loss_db > 10.0
        return loss + (_WITHOUT_SECOND_DB if lost_second else 0.0)

    def look(self, air: Air) -> dict[Technology, float]:
        """Notice coverage found or lost at this moment; return what is heard."""
        heard = self.heard(air)
        if not heard and self._covered_since is not None:
            self._covered_since, self._lost_at = None, air.now
        elif heard and self._covered_since is None:
            self._covered_since = air.now
            self._attach += 1
        return heard

    def search_again(self, now: float) -> None:
        """Start over, as after a restart."""
        self._covered_since, self._lost_at = None, now

    def _camped(self, air: Air) -> bool:
        return self._covered_since is not None and air.now - self._covered_since >= CAMP_S

    def _registered(self, air: Air) -> bool:
        """Attaching takes 3 to 9 s after a short gap, up to 20 s after a long one."""
        if self._covered_since is None:
            return False
        long_gap = self._covered_since - self._lost_at > 60.0
        delay = between(3.0, 20.0 if long_gap else 9.0, self._seed, "attach", self._attach)
        return air.now - self._covered_since >= delay

    # --- what the modem says ---------------------------------------------------------------------

    def reading(self, air: Air, sim: SimCard) -> ModemReading | None:
        """Return the modem's newest state, None without power."""
        heard = self.look(air)
        if not air.powered:
            return None
        damage = air.damage
        if damage.modem == "dead":
            return ModemReading()
        registration = self._registration(air, heard, sim)
        layer = next(iter(heard), None)
        net = network(air.country)
        on_air = registration is not Registration.SEARCHING and layer is not None
        heard_at = air.now // 1.0
        if damage.modem == "hung" and air.modem_silent_since is not None:
            heard_at = min(heard_at, air.modem_silent_since)
        return ModemReading(
            heard_at=heard_at,
            registration=registration,
            technology=layer if on_air else None,
            plmn=net.plmn if on_air else None,
            operator=f"Pretend Mobile {air.country}" if on_air else None,
            signal_dbm=round(heard[layer]) if layer is not None else None,
            sim=sim,
            imei=IMEI,
            model="Pretend LE-910" if not damage.old_modem else f"Pretend {damage.old_modem}",
            firmware="1.0",
            ims_emergency=self._ims(air, heard, net) if heard else None,
            cs_ecall=any(layer in _CS for layer in heard) if heard else None,
            data=registration in {Registration.HOME, Registration.ROAMING},
            jammed=damage.jammed,
            technologies=_HARDWARE[damage.old_modem],
            antenna=self.antenna,
        )

    def _registration(self, air: Air, heard: dict[Technology, float], sim: SimCard) -> Registration:
        damage = air.damage
        if not heard or not self._camped(air):
            return Registration.SEARCHING
        if sim.state != "ready" or sim.profile in {"disabled", "none"}:
            return Registration.EMERGENCY_ONLY
        abroad = air.country != HOME
        if not self._registered(air):
            return Registration.SEARCHING
        if damage.denied or not damage.sim_active or (abroad and not damage.roaming_allowed):
            return Registration.DENIED
        return Registration.ROAMING if abroad else Registration.HOME

    @staticmethod
    def _ims(air: Air, heard: dict[Technology, float], net: Network) -> bool:
        return air.utc >= net.ims_emergency_from and any(layer in _IMS for layer in heard)

    # --- may it call ------------------------------------------------------------------------------

    def why_no_call(self, rung: str, air: Air, sim: SimCard) -> str | None:
        """Return why an emergency call cannot travel on a rung now, None if it can.

        Args:
            rung: ``ng`` needs LTE or NR with IMS emergency, ``cs`` a layer with CS eCall.
            air: the moment.
            sim: the card: without one, only where the country lets such calls in.
        """
        heard = self.look(air)
        if air.damage.modem != "ok" or not air.powered:
            return "no_modem" if air.powered else "no_power"
        if not heard or not self._camped(air):
            return "jammed" if air.damage.jammed else "no_network"
        net = network(air.country)
        if (sim.state != "ready" or sim.profile in {"disabled", "none"}) and not net.simless:
            return "no_sim"
        if rung == "ng":
            return None if self._ims(air, heard, net) else "no_ims_emergency"
        return None if any(layer in _CS for layer in heard) else "no_circuit_switched"

    def why_no_data(self, air: Air, sim: SimCard) -> str | None:
        """Return why no data session stands now, None if one does."""
        reading = self.reading(air, sim)
        if reading is None:
            return "no_power"
        if air.damage.modem != "ok":
            return "no_modem"
        return None if reading.data else "no_data_session"
