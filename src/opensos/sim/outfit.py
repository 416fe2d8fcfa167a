"""Coding, modes, provisioning, SIM, software and board of the pretend unit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from opensos.rules.readiness.readings import (
    SetupReading,
    SimCard,
    SoftwareReading,
    VehicleMode,
)

if TYPE_CHECKING:
    from opensos.sim.damage import Damage

NEWEST: Final = "1.4.0"
_OLD: Final = "1.1.2"
_CERTIFICATE_S: Final = 15 * 365.25 * 86_400.0
_EXPIRED_AGO_S: Final = 10 * 86_400.0
_RESETS_SEEN: Final = 3


@dataclass(slots=True)
class Outfit:
    """What the maker put into the unit; ``made_utc`` is when its certificate began."""

    made_utc: float
    slot: str = "a"

    def setup(self, utc: float, damage: Damage) -> SetupReading:
        """Return coding, mode and provisioning."""
        until = self.made_utc + _CERTIFICATE_S
        return SetupReading(
            coded=damage.coded,
            ecall_enabled=damage.ecall_enabled if damage.coded else None,
            message_hidden=damage.message_hidden,
            mode=VehicleMode(damage.mode),
            provisioned=damage.provisioned,
            certificate_until_utc=utc - _EXPIRED_AGO_S if damage.certificate_expired else until,
            plan=damage.plan,
        )

    def software(self, damage: Damage, air_c: float, on_s: float) -> SoftwareReading:
        """Return version, slot and board; ``on_s`` is how long the ignition has been on."""
        resets = 0
        if damage.reset_every_s:
            # By the time that anybody looks the unit has already come up a few times.
            resets = _RESETS_SEEN + int(on_s // damage.reset_every_s)
        return SoftwareReading(
            version=_OLD if damage.version_behind else NEWEST,
            newest=NEWEST,
            slot=self.slot,
            image_ok=damage.image_ok and not damage.update_open,
            resets=resets,
            hardware_ok=damage.hardware_ok and damage.moisture < 0.5,
            storage_ok=damage.storage_ok,
            storage_free_pct=round(damage.storage_free_pct, 1),
            board_c=round(air_c + 15.0 + damage.over_hot_c, 1),
        )


def sim_card(card: SimCard, damage: Damage) -> SimCard:
    """Return the card as the modem reads it: one that it cannot read has no number."""
    if damage.sim_state in {"absent", "failed"}:
        return SimCard(damage.sim_state)
    if damage.sim_profile in {"disabled", "none"}:
        return SimCard("ready", profile=damage.sim_profile)
    return replace(card, state=damage.sim_state) if damage.sim_state != card.state else card
