"""Turns what a modem said of itself into the readings that the self-test and the call look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.rules.readiness.readings import ModemReading, Registration, SimCard, Technology

if TYPE_CHECKING:
    from opensos.protocols.at import ModemState

# <stat> of +CREG and its kin, and ModemManager's number of the same; 4 ("unknown") is not known.
REGISTRATION = {
    0: Registration.OFF,
    1: Registration.HOME,
    2: Registration.SEARCHING,
    3: Registration.DENIED,
    5: Registration.ROAMING,
    6: Registration.HOME,
    7: Registration.ROAMING,
    8: Registration.EMERGENCY_ONLY,
    9: Registration.HOME,
    10: Registration.ROAMING,
}
_TECHNOLOGY = {t.value: t for t in Technology}


def sim_card_of(state: ModemState) -> SimCard | None:
    """Return the card, None while the modem has not spoken of it."""
    if state.sim is None:
        return None
    return SimCard(state.sim, iccid=state.iccid, profile=state.esim)


def reading_of(state: ModemState, heard_at: float | None, antenna: str | None) -> ModemReading:
    """Return everything that is known, with the time at which the modem was last heard."""
    network = state.network
    technology = state.technology
    technologies = state.technologies
    return ModemReading(
        heard_at=heard_at,
        registration=REGISTRATION.get(network.stat) if network is not None else None,
        technology=_TECHNOLOGY.get(technology) if technology is not None else None,
        plmn=state.plmn,
        operator=state.operator,
        signal_dbm=state.signal_dbm,
        sim=sim_card_of(state),
        imei=state.imei,
        model=state.model,
        firmware=state.firmware,
        ims_emergency=state.ims_emergency,
        cs_ecall=state.cs_ecall,
        data=state.data,
        jammed=state.jammed,
        technologies=None if technologies is None else tuple(_TECHNOLOGY[t] for t in technologies),
        antenna=antenna,
    )
