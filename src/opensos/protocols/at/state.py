"""What a modem has said so far, folded line by line: answers and news alike, the newest counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from opensos.protocols.at.profiles import STANDARD, News, Profile
from opensos.protocols.at.results import (
    NOT_INSERTED,
    PIN_REQUIRED,
    PUK_REQUIRED,
    SIM_FAILURE,
    SIM_WRONG,
    Final,
)
from opensos.protocols.at.values import (
    Network,
    cesq_dbm,
    csq_dbm,
    data_of,
    emergency_of,
    iccid_of,
    imei_of,
    network_of,
    operator_of,
    sim_of,
    technologies_of,
    technology_of,
    text_of,
    voice_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")

_SIM_ERRORS = {
    NOT_INSERTED: "absent",
    PIN_REQUIRED: "locked",
    PUK_REQUIRED: "locked",
    SIM_FAILURE: "failed",
    SIM_WRONG: "failed",
}
REGISTERED = frozenset({1, 5, 6, 7, 9, 10})


@dataclass(slots=True)
class ModemState:
    """Everything known of one modem. None = it has not said, or what it said was not readable."""

    profile: Profile = STANDARD
    maker: str | None = None
    model: str | None = None
    firmware: str | None = None
    imei: str | None = None
    iccid: str | None = None
    sim: str | None = None
    esim: str | None = None
    networks: dict[str, Network] = field(default_factory=dict)
    plmn: str | None = None
    operator: str | None = None
    operator_act: int | None = None
    signal_dbm: int | None = None
    ims_emergency: bool | None = None
    ims_voice: bool | None = None
    ecall: bool | None = None
    data: bool | None = None
    jammed: bool | None = None
    technologies: tuple[str, ...] | None = None

    def hear(self, line: str) -> bool:
        """Take one line, whoever asked for it; tell whether it said something known."""
        network = network_of(line)
        if network is not None:
            self.networks[network.domain] = network
            return True
        known = [
            self._set("sim", sim_of(line)),
            self._set("ims_emergency", emergency_of(line)),
            self._set("ims_voice", voice_of(line)),
            "CCID:" in line.upper() and self._set("iccid", iccid_of(line)),
        ]
        return any(known) or self._hear_news(line)

    def _set(self, name: str, value: object) -> bool:
        if value is None:
            return False
        setattr(self, name, value)
        return True

    def _hear_news(self, line: str) -> bool:
        meaning = self.profile.meaning_of(line)
        if meaning is None:
            return False
        if meaning.news in {News.JAMMED, News.UNJAMMED}:
            self.jammed = meaning.news is News.JAMMED
        return True

    # --- answers to what only an answer can say

    def take_signal(self, lines: tuple[str, ...]) -> None:
        """Take +CESQ or +CSQ; "not known" replaces an older figure."""
        for line in lines:
            if line.upper().startswith("+CESQ:"):
                self.signal_dbm = cesq_dbm(line)
            elif line.upper().startswith("+CSQ:"):
                self.signal_dbm = csq_dbm(line)

    def take_operator(self, lines: tuple[str, ...]) -> None:
        """Take +COPS?; no operator replaces an older one."""
        for line in lines:
            found = operator_of(line)
            if found is None:
                continue
            self.operator_act = found.act
            if found.plmn is None and found.name is None:
                self.plmn = self.operator = None
            elif found.plmn is not None:
                self.plmn = found.plmn
            else:
                self.operator = found.name

    def take_data(self, lines: tuple[str, ...]) -> None:
        """Take +CGACT?; a modem without any context has no data."""
        found = [value for value in map(data_of, lines) if value is not None]
        self.data = any(found)

    def take_sim(self, final: Final, lines: tuple[str, ...]) -> None:
        """Take +CPIN?, whose errors say what is the matter with the card."""
        if final.ok:
            for line in lines:
                self._set("sim", sim_of(line))
            return
        self._set("sim", _SIM_ERRORS.get(-1 if final.code is None else final.code))
        if self.sim == "absent":
            self.iccid = self.esim = None

    def take_iccid(self, lines: tuple[str, ...]) -> bool:
        """Take the card's number; tell whether there was one."""
        return self._set("iccid", _first(iccid_of(line) for line in lines))

    def take_identity(self, what: str, lines: tuple[str, ...]) -> None:
        """Take maker, model, firmware, imei or technologies."""
        match what:
            case "imei":
                self._set("imei", _first(imei_of(line) for line in lines))
            case "technologies":
                self._set("technologies", _first(technologies_of(line) for line in lines))
            case _:
                self._set(what, _first(text_of(line) or None for line in lines))

    # --- what follows from it

    @property
    def network(self) -> Network | None:
        """The registration that counts for a call: a registered domain before one that is not."""
        order = [
            self.networks[d] for d in ("c5greg", "cereg", "creg", "cgreg") if d in self.networks
        ]
        for wanted in (REGISTERED, {8}, {2}, {3}):
            for network in order:
                if network.stat in wanted:
                    return network
        return order[0] if order else None

    @property
    def technology(self) -> str | None:
        """Radio technology of the serving cell: gsm, umts, lte, nr."""
        network = self.network
        told = technology_of(network.act) if network is not None else None
        if told is None and network is not None and network.stat in REGISTERED | {8}:
            told = technology_of(self.operator_act)
        return told

    @property
    def cs_ecall(self) -> bool | None:
        """Whether modem and cell can do a circuit-switched eCall, as far as they say.

        GSM and UMTS can; on LTE only with a registration in the circuit-switched domain (+CREG,
        that is CSFB); a cell of 5G alone cannot.
        """
        if self.ecall is None:
            return None
        if not self.ecall:
            return False
        match self.technology:
            case "gsm" | "umts":
                return True
            case "lte":
                circuit = self.networks.get("creg")
                return None if circuit is None else circuit.stat in REGISTERED
            case "nr":
                return False
            case _:
                return None


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)
