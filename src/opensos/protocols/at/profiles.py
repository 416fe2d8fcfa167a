"""What differs between makers, as data: the MSD, in-band news, jamming, pins for an antenna switch.

3GPP TS 27.007 ends at +CECALL: how the modem gets its MSD and what it tells of the in-band transfer
(3GPP TS 26.267) is every maker's own. Each entry says where it is from, in one of three grades:

* ``manual``: the maker's manual or program text that uses it was read;
* ``seen``: one program that uses it was read, which gives its form but not all of its meaning;
* ``memory``: from memory, not confirmed by anything.

What is only remembered may be sent in test mode, where the worst is ERROR, but an acknowledgement
that is only remembered is never reported as a delivery (``Meaning.sure``). Who has checked an
entry with the maker's manual replaces it (``dataclasses.replace``) and sets its grade.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, unique

from opensos.protocols.at.commands import Command
from opensos.protocols.at.values import split_fields


@unique
class News(Enum):
    """What an unasked line of a maker means for an emergency call or for the modem."""

    MSD_PULLED = "the centre asks for the MSD, and the modem begins to send it"
    MSD_RECEIVED = "LL-ACK: the MSD has arrived without an error"
    MSD_ACCEPTED = "AL-ACK: the centre could read it"
    CLEARED = "AL-ACK with the order to clear down"
    MSD_FAILED = "a timer ran out, or the signal was lost: this transfer is over"
    ALERTING = "it rings at the centre"
    CONNECTED = "the call was answered"
    ENDED = "the call is over"
    RINGING = "somebody calls"
    JAMMED = "the modem believes that it is jammed"
    UNJAMMED = "the modem sees no jamming"
    RESTARTED = "the modem has just started"


@dataclass(frozen=True, slots=True)
class Meaning:
    """One kind of line: it begins with ``head`` and its first fields are ``fields``."""

    head: str
    fields: tuple[str, ...]
    news: News
    grade: str

    @property
    def sure(self) -> bool:
        """Whether more than memory says so."""
        return self.grade != "memory"


@dataclass(frozen=True, slots=True)
class MsdForm:
    """How the modem is given its MSD.

    Attributes:
        command: the command line; ``{hex}`` is the MSD in hexadecimal, ``{size}`` its bytes.
        at_prompt: the MSD is sent, in hexadecimal, at the prompt ``>`` instead.
        grade: where this is from.
    """

    command: str
    at_prompt: bool
    grade: str

    def fill(self, msd: bytes) -> Command:
        """Return the command for one MSD (at most 140 bytes, TS 26.267 §4.2)."""
        digits = msd.hex().upper()
        text = self.command.replace("{hex}", digits).replace("{size}", str(len(msd)))
        payload = digits.encode("ascii") if self.at_prompt else None
        return Command(text, timeout_s=4.0, payload=payload, urgent=True)


@dataclass(frozen=True, slots=True)
class Profile:
    """One maker.

    Attributes:
        name: short, for settings and pages.
        makers: words of its +CGMI, lower case.
        setup: command lines after the standard's own; an ERROR to one of them is no matter.
        meanings: its unasked lines.
        msd: how it is given the MSD, None = not known.
        iccid: how the card's number is asked, in the order in which it is tried.
        pin: commands that set an output pin; ``{pin}`` and ``{value}`` are filled in.
        note: what an engineer must know.
    """

    name: str
    makers: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()
    meanings: tuple[Meaning, ...] = ()
    msd: MsdForm | None = None
    iccid: tuple[str, ...] = ("AT+CCID", "AT+ICCID")
    pin: tuple[str, ...] = ()
    note: str = ""

    def pin_commands(self, pin: int, value: int) -> tuple[Command, ...]:
        """Return what sets an output pin; nothing where the maker's command is not known."""
        forms = (form.replace("{pin}", str(pin)) for form in self.pin)
        return tuple(Command(form.replace("{value}", str(value))) for form in forms)

    def meaning_of(self, line: str) -> Meaning | None:
        """Return what an unasked line means to this maker or to all, None if nothing known."""
        for meaning in (*self.meanings, *_COMMON):
            if _fits(meaning, line):
                return meaning
        return None


def _fits(meaning: Meaning, line: str) -> bool:
    if not meaning.head.endswith(":"):
        upper = line.upper()
        return upper == meaning.head or upper.startswith((meaning.head + " ", meaning.head + ":"))
    fields = split_fields(line, meaning.head)
    if fields is None or len(fields) < len(meaning.fields):
        return False
    pairs = zip(meaning.fields, fields, strict=False)
    return all(want in {"", got.upper()} for want, got in pairs)


N = News
# V.250 and TS 27.007; RDY and ^SYSSTART are what several makers say when they have booted.
_COMMON = (
    Meaning("RING", (), N.RINGING, "manual"),
    Meaning("+CRING:", (), N.RINGING, "manual"),
    Meaning("NO CARRIER", (), N.ENDED, "manual"),
    Meaning("BUSY", (), N.ENDED, "manual"),
    Meaning("NO ANSWER", (), N.ENDED, "manual"),
    Meaning("RDY", (), N.RESTARTED, "seen"),
    Meaning("^SYSSTART", (), N.RESTARTED, "seen"),
)

STANDARD = Profile(
    name="standard",
    note="3GPP TS 27.007 only: a test call can be placed, its MSD cannot be set.",
)

TELIT = Profile(
    name="telit",
    makers=("telit",),
    # #ECALLURC: seen in a public ERA-GLONASS unit for Telit modules. It also sets #DIALMODE=2 for
    # the four words below; 0 is set here instead, with which (from memory) OK follows the order to
    # call at once and not only the answer: nothing could be asked, or hung up, until then.
    setup=("AT#ECALLURC=2", "AT#DIALMODE=0", "AT#JDR=2"),  # #JDR: from memory
    meanings=(
        # Seen in the same program, with each number's meaning in its comments.
        Meaning("#ECALLEV:", ("0",), N.MSD_PULLED, "seen"),
        Meaning("#ECALLEV:", ("1",), N.MSD_RECEIVED, "seen"),
        Meaning("#ECALLEV:", ("2", "1"), N.CLEARED, "seen"),
        Meaning("#ECALLEV:", ("2",), N.MSD_ACCEPTED, "seen"),
        Meaning("#ECALLEV:", ("5",), N.MSD_FAILED, "seen"),
        Meaning("#ECALLEV:", ("6",), N.MSD_FAILED, "seen"),
        Meaning("#ECALLEV:", ("7",), N.MSD_FAILED, "seen"),
        Meaning("#ECALLEV:", ("16",), N.MSD_FAILED, "seen"),
        Meaning("RINGING", (), N.ALERTING, "seen"),
        Meaning("CONNECTED", (), N.CONNECTED, "seen"),
        Meaning("DISCONNECTED", (), N.ENDED, "seen"),
        Meaning("RELEASED", (), N.ENDED, "seen"),
        # "#JDR: <text>" was seen in two programs; the texts are from memory.
        Meaning("#JDR:", ("JAMMED",), N.JAMMED, "memory"),
        Meaning("#JDR:", ("OPERATIVE",), N.UNJAMMED, "memory"),
    ),
    # Manual: LE910Cx AT Commands Reference Guide, 80502ST10950A Rev. 14, page 1069: a prompt ">",
    # at most 140 bytes, Ctrl-Z. The program above sends them there in hexadecimal.
    msd=MsdForm("AT#MSDSEND", at_prompt=True, grade="manual"),
    iccid=("AT#CCID", "AT+CCID", "AT+ICCID"),
    pin=("AT#GPIO={pin},{value},1",),  # from memory: <pin>,<mode>,<dir> with 1 = output
    note="ATX and #DIALMODE change which news of a call come; both are set at each start.",
)

UBLOX = Profile(
    name="u-blox",
    makers=("u-blox", "ublox"),
    # Seen: +UCALLSTAT in a firmware for LARA modules and in ModemManager's plugin. +UCD (jamming):
    # seen with its head and one number only.
    setup=("AT+UCALLSTAT=1", "AT+UCD=1"),
    meanings=(
        Meaning("+UCALLSTAT:", ("", "3"), N.ALERTING, "seen"),
        Meaning("+UCALLSTAT:", ("", "0"), N.CONNECTED, "seen"),
        Meaning("+UCALLSTAT:", ("", "7"), N.CONNECTED, "seen"),
        # Seen: a whole incoming call came with this line and without any RING.
        Meaning("+UCALLSTAT:", ("", "4"), N.RINGING, "seen"),
        Meaning("+UCALLSTAT:", ("", "6"), N.ENDED, "seen"),
        Meaning("+UUECALLDATA:", ("0",), N.MSD_PULLED, "memory"),
        Meaning("+UUECALLDATA:", ("1",), N.MSD_RECEIVED, "memory"),
        Meaning("+UUECALLDATA:", ("2", "1"), N.CLEARED, "memory"),
        Meaning("+UUECALLDATA:", ("2",), N.MSD_ACCEPTED, "memory"),
        Meaning("+UUECALLDATA:", ("3",), N.MSD_FAILED, "memory"),
        Meaning("+UCD:", ("3",), N.JAMMED, "memory"),
        Meaning("+UCD:", ("0",), N.UNJAMMED, "memory"),
    ),
    # Seen in one program: +UECALLDATA=<op>,<param>,"<data>"; which <op> stores an MSD is from
    # memory. The commands' names are also in the contents of the application note UBX-13001924.
    msd=MsdForm('AT+UECALLDATA=1,0,"{hex}"', at_prompt=False, grade="memory"),
    # Seen in two programs: +UGPIOC=<pin>,0 makes it an output, +UGPIOW sets it.
    pin=("AT+UGPIOC={pin},0", "AT+UGPIOW={pin},{value}"),
    note="Check <op> of +UECALLDATA and the events of +UUECALLDATA in the module's own manual.",
)

SIMCOM = Profile(
    name="simcom",
    makers=("simcom", "simtech"),
    setup=("AT+CLCC=1", "AT+SJDR=1"),  # +CLCC=1: seen (python-gsmmodem); +SJDR: by name in a list
    meanings=(
        # Seen in several programs. One of them found BEGIN on a module while it still rang.
        Meaning("VOICE CALL: BEGIN", (), N.CONNECTED, "seen"),
        Meaning("VOICE CALL: END", (), N.ENDED, "seen"),
        Meaning("+SJDR:", ("NO JAMMING",), N.UNJAMMED, "seen"),
        Meaning("+SJDR:", ("JAMMING DETECTED",), N.JAMMED, "memory"),
        Meaning("+CMSD:", ("START",), N.MSD_PULLED, "memory"),
        Meaning("+CMSD:", ("LL-ACK",), N.MSD_RECEIVED, "memory"),
        Meaning("+CMSD:", ("AL-ACK",), N.MSD_ACCEPTED, "memory"),
        Meaning("+CMSD:", ("CLEARDOWN",), N.CLEARED, "memory"),
        Meaning("+CMSD:", ("FAIL",), N.MSD_FAILED, "memory"),
    ),
    # The name and that it takes hexadecimal: a vendor's list of SIM7600 commands (momoiot.co.kr).
    # Its exact form and the lines above are from memory.
    msd=MsdForm('AT+CMSD="{hex}"', at_prompt=False, grade="memory"),
    iccid=("AT+CICCID", "AT+CCID", "AT+ICCID"),
    pin=("AT+CGDRT={pin},1", "AT+CGSETV={pin},{value}"),  # seen in many programs
    note="The maker's own +CECALLS dials any number at once and is never used.",
)

QUECTEL = Profile(
    name="quectel",
    makers=("quectel",),
    setup=("AT^DSCI=1", "AT+QJDR=1"),  # ^DSCI: seen in many programs; +QJDR=1: from memory
    meanings=(
        # Seen: state 6 is the end of a call. The others differ between makers that have ^DSCI, so
        # +CLCC alone says whether a call was answered.
        Meaning("^DSCI:", ("", "0", "6"), N.ENDED, "seen"),
        Meaning("+QJDR:", ("JAMMED",), N.JAMMED, "seen"),
        Meaning("+QJDR:", ("NOJAMMING",), N.UNJAMMED, "memory"),
        Meaning("+QECALL:", ("START",), N.MSD_PULLED, "memory"),
        Meaning("+QECALL:", ("LL-ACK",), N.MSD_RECEIVED, "memory"),
        Meaning("+QECALL:", ("AL-ACK", "1"), N.CLEARED, "memory"),
        Meaning("+QECALL:", ("AL-ACK",), N.MSD_ACCEPTED, "memory"),
        Meaning("+QECALL:", ("FAIL",), N.MSD_FAILED, "memory"),
    ),
    # Quectel's eCall notes exist ("GSM eCall Application Notes" V1.2) but their text could not be
    # read: the form below is a placeholder from memory and must be checked.
    msd=MsdForm('AT+QECALL="MSD","{hex}"', at_prompt=False, grade="memory"),
    iccid=("AT+QCCID", "AT+CCID", "AT+ICCID"),
    note="Replace the MSD's form and the +QECALL lines by those of the module's eCall note.",
)

CINTERION = Profile(
    name="cinterion",
    makers=("cinterion", "gemalto", "thales"),
    setup=("AT+CMER=2,0,0,2", 'AT^SIND="ecallda",1'),  # from memory
    meanings=(
        # Seen as a comparison in the ERA-GLONASS program: 1 start, 2 LL-ACK, 3 AL-ACK.
        Meaning("+CIEV:", ("ECALLDA", "1"), N.MSD_PULLED, "seen"),
        Meaning("+CIEV:", ("ECALLDA", "2"), N.MSD_RECEIVED, "seen"),
        Meaning("+CIEV:", ("ECALLDA", "3"), N.MSD_ACCEPTED, "seen"),
    ),
    # Manual: EHS6 AT Command Set V03.001, 2.12 AT^SCFG: hexadecimal, at most 280 digits.
    msd=MsdForm('AT^SCFG="Call/Ecall/Msd","{hex}"', at_prompt=False, grade="manual"),
    note="Call/Ecall/Callback and its timeout belong to the modem; set them once by hand.",
)
del N

PROFILES = {p.name: p for p in (STANDARD, QUECTEL, UBLOX, TELIT, SIMCOM, CINTERION)}


def profile_for(maker: str) -> Profile:
    """Return the profile for an answer to +CGMI, the standard's where the maker is unknown."""
    text = maker.lower()
    for profile in PROFILES.values():
        if any(word in text for word in profile.makers):
            return profile
    return STANDARD


def checked(profile: Profile) -> Profile:
    """Return the profile as one whose every entry was checked with the maker's manual by hand."""
    meanings = tuple(replace(m, grade="manual") for m in profile.meanings)
    msd = None if profile.msd is None else replace(profile.msd, grade="manual")
    return replace(profile, meanings=meanings, msd=msd)
