"""ModemManager's properties -> readings. Numbers are those of its documented D-Bus enumerations.

(MMModem3gppRegistrationState, MMModemAccessTechnology, MMModemMode, MMModemState,
MMModemStateFailedReason, MMModemLock, MMSimEsimStatus.) A property that is missing, of another
type, or "unknown" is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from opensos.edges.modem_reading import REGISTRATION
from opensos.rules.readiness.readings import ModemReading, SimCard, Technology

if TYPE_CHECKING:
    from collections.abc import Mapping

Properties: TypeAlias = "Mapping[str, Mapping[str, Any]]"
"""Interface -> property -> plain value, of one object."""

ROOT = "org.freedesktop.ModemManager1"
MODEM = f"{ROOT}.Modem"
MODEM_3GPP = f"{ROOT}.Modem.Modem3gpp"
SIGNAL = f"{ROOT}.Modem.Signal"
SIM = f"{ROOT}.Sim"

# Bits of an access technology, the newest radio first: with NR beside LTE the call runs over LTE.
_ACCESS = (
    (1 << 14 | 1 << 16 | 1 << 17, Technology.LTE),
    (1 << 15, Technology.NR),
    (0b11111 << 5, Technology.UMTS),
    (0b1111 << 1, Technology.GSM),
)
_MODES = (
    (1 << 1, Technology.GSM),
    (1 << 2, Technology.UMTS),
    (1 << 3, Technology.LTE),
    (1 << 4, Technology.NR),
)
# Which figure of .Signal is the power of which radio.
_POWER = (
    ("Nr5g", "rsrp"),
    ("Lte", "rsrp"),
    ("Umts", "rscp"),
    ("Umts", "rssi"),
    ("Gsm", "rssi"),
)
_CONNECTED, _CONNECTING, _FAILED = 11, 10, -1
_SIM_MISSING, _SIM_ERROR = 2, 3
_NO_LOCK = 1
# A card may be "unlocked" and yet ask for PIN2 when something special is done.
_HARMLESS_LOCKS = frozenset({4, 5})


def reading_of(modem: Properties, sim: Properties, heard_at: float | None) -> ModemReading:
    """Return what the modem's and the card's properties say."""
    basic = modem.get(MODEM, {})
    network = modem.get(MODEM_3GPP, {})
    state = _whole(basic.get("State"))
    return ModemReading(
        heard_at=heard_at,
        registration=REGISTRATION.get(_whole(network.get("RegistrationState"), -1)),
        technology=_technology(_whole(basic.get("AccessTechnologies"), 0)),
        plmn=_plmn(_text(network.get("OperatorCode"))),
        operator=_text(network.get("OperatorName")),
        signal_dbm=power_of(modem.get(SIGNAL, {})),
        sim=sim_card_of(modem, sim),
        imei=_text(network.get("Imei")) or _text(basic.get("EquipmentIdentifier")),
        model=_text(basic.get("Model")),
        firmware=_text(basic.get("Revision")),
        data=None if state is None else state == _CONNECTED,
        technologies=_technologies(basic.get("SupportedModes")),
    )


def sim_card_of(modem: Properties, sim: Properties) -> SimCard | None:
    """Return the card, None while nothing is known of it."""
    basic = modem.get(MODEM, {})
    if _whole(basic.get("State")) == _FAILED:
        reason = _whole(basic.get("StateFailedReason"))
        if reason == _SIM_MISSING:
            return SimCard("absent")
        if reason == _SIM_ERROR:
            return SimCard("failed")
    card = sim.get(SIM, {})
    lock = _whole(basic.get("UnlockRequired"), 0)
    iccid = _text(card.get("SimIdentifier"))
    profile = _profile(card)
    if lock > _NO_LOCK and lock not in _HARMLESS_LOCKS:
        return SimCard("locked", iccid=iccid, profile=profile)
    if basic.get("Sim") == "/":
        return SimCard("absent")
    if not card:
        return None
    return SimCard("ready", iccid=iccid, profile=profile)


def _profile(card: Mapping[str, Any]) -> str | None:
    """MMSimType 2 is an eSIM; MMSimEsimStatus 1 has no profiles, 2 has some."""
    if _whole(card.get("SimType")) != 2:
        return None
    match _whole(card.get("EsimStatus")):
        case 1:
            return "none"
        case 2:
            # ModemManager shows a card's number only of an enabled profile.
            return "enabled" if _text(card.get("SimIdentifier")) else "disabled"
        case _:
            return None


def power_of(signal: Mapping[str, Any]) -> int | None:
    """Return the received power in dBm from the interface ``.Signal``."""
    for radio, figure in _POWER:
        values = signal.get(radio)
        value = values.get(figure) if isinstance(values, dict) else None
        if isinstance(value, float | int) and not isinstance(value, bool) and -200 < value < 0:
            return round(value)
    return None


def _technology(bits: int) -> Technology | None:
    return next((technology for mask, technology in _ACCESS if bits & mask), None)


def _technologies(modes: object) -> tuple[Technology, ...] | None:
    """SupportedModes is a list of (allowed, preferred)."""
    if not isinstance(modes, list):
        return None
    bits = 0
    for mode in modes:
        if isinstance(mode, list | tuple) and mode:
            allowed = _whole(mode[0], 0)
            bits |= 0 if allowed == 0xFFFFFFFF else allowed
    return tuple(technology for mask, technology in _MODES if bits & mask) or None


def _plmn(text: str | None) -> str | None:
    good = text is not None and text.isascii() and text.isdigit() and len(text) in {5, 6}
    return text if good else None


def _text(value: object) -> str | None:
    return value[:64] if isinstance(value, str) and value else None


def _whole(value: object, otherwise: Any = None) -> Any:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise
