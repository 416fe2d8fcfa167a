"""What a pretend modem finds around it: network, card, centre; and what is wrong with it itself."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Radio:
    """The modem's surroundings as it would report them; change a field, then ``changed()``.

    Attributes:
        stat: registration by the numbers of TS 27.007 (+CREG).
        act: access technology (<AcT>): 0 GSM, 2 UMTS, 7 LTE, 11 NR.
        dbm: received power, None = not known.
        circuit: whether the circuit-switched domain is registered as well (CSFB on LTE).
    """

    stat: int = 1
    act: int = 7
    dbm: int | None = -85
    plmn: str = "00101"
    operator: str = "Test Net"
    circuit: bool = True
    ims_emergency: bool = True
    ims_voice: bool = True
    data: bool = True
    jammed: bool = False


@dataclass(slots=True)
class Card:
    """The SIM: ``state`` is ready, absent, pin, puk, failed or busy; ``esim`` its profile's."""

    state: str = "ready"
    iccid: str = "89000000000000000001"
    esim: str | None = None


@dataclass(slots=True)
class Psap:
    """What the centre does by itself.

    Attributes:
        does: ``answer``, ``ring`` (for ever), ``busy``, ``no_answer``, ``no_carrier``, ``wait``
            (nothing happens until the test says so).
        takes: what becomes of the MSD after the answer: ``acknowledge``, ``link_only``, ``fail``,
            ``nothing``.
    """

    does: str = "answer"
    takes: str = "acknowledge"


@dataclass(slots=True)
class Ills:
    """What is wrong with the modem itself.

    Attributes:
        hung: it hears and says nothing.
        echo: it echoes although it was told not to.
        noise: every answer comes with line noise before it.
        storm: so many unasked lines come in the middle of every answer.
        split: every answer comes byte by byte.
        refuses_msd: ERROR to the maker's command for the MSD.
        no_ecall: it has no +CECALL.
        redials: how many times it redials a lost call by itself.
        no_final: never ends the command that begins like this.
        reset_on: starts anew in the middle of the command that begins like this.
        no_ring_line: an incoming call is told without RING (seen with u-blox).
    """

    hung: bool = False
    echo: bool = False
    noise: bool = False
    storm: int = 0
    split: bool = False
    refuses_msd: bool = False
    no_ecall: bool = False
    redials: int = 0
    no_final: str = ""
    reset_on: str = ""
    no_ring_line: bool = False


@dataclass(slots=True)
class Identity:
    """Who the modem says that it is; ``maker`` names a profile of ``protocols/at``."""

    maker: str = "standard"
    model: str = "PRETEND-1"
    firmware: str = "01.00"
    imei: str = "490154203237518"
    technologies: str = "(12,22,25,28)"


@dataclass(slots=True)
class ModemWorld:
    """All of it together."""

    identity: Identity = field(default_factory=Identity)
    radio: Radio = field(default_factory=Radio)
    card: Card = field(default_factory=Card)
    psap: Psap = field(default_factory=Psap)
    ills: Ills = field(default_factory=Ills)
