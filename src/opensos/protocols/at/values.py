"""The values of 3GPP TS 27.007 and 27.005 that an emergency call hangs on, from lines of text.

Every reader takes one line and returns None where it is not what it should be: a modem's answer is
never believed to be well-formed. ``split_fields`` is the one place that knows quotes and commas.

Clause numbers are those of TS 27.007 Release 16, from memory; the types of +CECALL and the values
of +CIREPI and +CNEMS1 were compared with public modem sources (``docs/reference/modems.md``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, unique


def split_fields(line: str, head: str) -> tuple[str, ...] | None:
    """Return the fields after ``head`` (``+CREG:``) without their quotes, None if it is another.

    A comma within quotes is part of the text; a missing end quote ends with the line.
    """
    if line[: len(head)].upper() != head.upper():
        return None
    fields: list[str] = []
    field = ""
    quoted = False
    for sign in line[len(head) :].strip():
        if sign == '"':
            quoted = not quoted
        elif sign == "," and not quoted:
            fields.append(field.strip())
            field = ""
        else:
            field += sign
    return (*fields, field.strip())


def number(text: str, highest: int = 2**31) -> int | None:
    """Return a decimal number 0..highest, None if the text is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        return None
    value = int(text)
    return value if value <= highest else None


@unique
class EcallType(IntEnum):
    """What kind of call +CECALL places (TS 27.007 §6.27)."""

    TEST = 0
    RECONFIGURATION = 1
    MANUAL = 2
    AUTOMATIC = 3


@dataclass(frozen=True, slots=True)
class Network:
    """Registration in one domain: +CREG, +CGREG, +CEREG, +C5GREG (TS 27.007 §7.2, §10.1).

    ``stat``: 0 not registered, 1 home, 2 searching, 3 denied, 4 unknown, 5 roaming, 6 and 7 SMS
    only, 8 emergency services only, 9 and 10 as 1 and 5 without preferring CSFB. ``act`` is the
    access technology's number, None if it was not told.
    """

    domain: str  # creg, cgreg, cereg, c5greg
    stat: int
    act: int | None = None


_HEADS = {"+CREG:": "creg", "+CGREG:": "cgreg", "+CEREG:": "cereg", "+C5GREG:": "c5greg"}
_ACT_PLACE = {"creg": 3, "cgreg": 3, "cereg": 3, "c5greg": 3}


def network_of(line: str) -> Network | None:
    """Read a registration, answer (``<n>,<stat>[,<lac>,<ci>,<AcT>]``) or news (without ``<n>``).

    The two forms are told by the second field: in an answer it is one more decimal digit, in news
    it is missing or an area code of four or more (usually quoted) hexadecimal digits.
    """
    for head, domain in _HEADS.items():
        fields = split_fields(line, head)
        if fields is None:
            continue
        if len(fields) > 1 and number(fields[1], 99) is not None and len(fields[1]) <= 2:
            fields = fields[1:]
        stat = number(fields[0], 11)
        if stat is None:
            return None
        place = _ACT_PLACE[domain]
        act = number(fields[place], 99) if len(fields) > place else None
        return Network(domain, stat, act)
    return None


# <AcT> of TS 27.007 §7.2: by number to the name of the radio generation.
_TECHNOLOGIES = {
    0: "gsm",
    1: "gsm",
    2: "umts",
    3: "gsm",
    4: "umts",
    5: "umts",
    6: "umts",
    7: "lte",
    8: "gsm",
    9: "lte",
    10: "lte",  # E-UTRA connected to a 5G core
    11: "nr",
    12: "nr",
    13: "lte",  # E-UTRA with NR as a second leg: the call runs over E-UTRA
}


def technology_of(act: int | None) -> str | None:
    """Return gsm, umts, lte or nr for an access technology's number, None if unknown."""
    return _TECHNOLOGIES.get(act) if act is not None else None


@dataclass(frozen=True, slots=True)
class Operator:
    """+COPS? (TS 27.007 §7.3): ``plmn`` as digits or ``name``, whichever format it came in."""

    plmn: str | None
    name: str | None
    act: int | None


def operator_of(line: str) -> Operator | None:
    """Read an answer to +COPS?: ``<mode>[,<format>,<oper>[,<AcT>]]``."""
    fields = split_fields(line, "+COPS:")
    if fields is None or number(fields[0], 4) is None:
        return None
    if len(fields) < 3 or not fields[2]:
        return Operator(None, None, None)
    act = number(fields[3], 99) if len(fields) > 3 else None
    if fields[1] == "2":
        digits = fields[2]
        plmn = digits if digits.isascii() and digits.isdigit() and len(digits) in {5, 6} else None
        return Operator(plmn, None, act)
    return Operator(None, fields[2][:64], act)


def csq_dbm(line: str) -> int | None:
    """Read +CSQ (TS 27.007 §8.5): received power in dBm, None if not known (99)."""
    fields = split_fields(line, "+CSQ:")
    rssi = number(fields[0], 255) if fields else None
    if rssi is None:
        return None
    if rssi <= 31:
        return -113 + 2 * rssi
    if 100 <= rssi <= 191:  # RSCP or RSRP as several makers extend it (SIMCom, from memory)
        return -116 + (rssi - 100)
    return None


def cesq_dbm(line: str) -> int | None:
    """Read +CESQ (TS 27.007 §8.69): the power of whichever radio reports one, in dBm.

    Fields: rxlev, ber, rscp, ecno, rsrq, rsrp and, from Release 15 on, ss_rsrq, ss_rsrp, ss_sinr.
    The newest radio that has a value wins.
    """
    fields = split_fields(line, "+CESQ:")
    if fields is None or len(fields) < 6:
        return None
    values = [number(field, 255) for field in fields]
    for place, highest, lowest_dbm in ((7, 126, -157), (5, 97, -141), (2, 96, -121), (0, 63, -111)):
        value = values[place] if place < len(values) else None
        if value is not None and value <= highest:
            return lowest_dbm + value
    return None


def sim_of(line: str) -> str | None:
    """Read +CPIN? (TS 27.007 §8.3): ready or locked; None if it says nothing of the card."""
    fields = split_fields(line, "+CPIN:")
    if fields is None or not fields[0]:
        return None
    code = fields[0].upper()
    if code == "READY":
        return "ready"
    if code in {"NOT INSERTED", "NOT READY"}:  # SIMCom and Quectel say so unasked
        return "absent" if code == "NOT INSERTED" else None
    return "locked" if code.startswith(("SIM", "PH-")) else "failed"


_ICCID_HEADS = ("+ICCID:", "+CCID:", "+QCCID:", "#CCID:", "+CICCID:", "ICCID:")


def iccid_of(line: str) -> str | None:
    """Read a card's number (ITU-T E.118: 18 to 20 digits, a filler F may follow)."""
    text = line
    for head in _ICCID_HEADS:
        fields = split_fields(line, head)
        if fields is not None:
            text = fields[0]
            break
    text = text.strip().strip('"').upper().rstrip("F")
    good = text.isascii() and text.isdigit() and 18 <= len(text) <= 20 and text.startswith("89")
    return text if good else None


def imei_of(line: str) -> str | None:
    """Read +CGSN (TS 27.007 §5.4): 15 digits, with or without a head and quotes."""
    text = line.partition(":")[2] if line.upper().startswith(("+CGSN:", "+GSN:")) else line
    text = text.strip().strip('"')
    return text if text.isascii() and text.isdigit() and len(text) == 15 else None


def text_of(line: str) -> str:
    """Read free text such as the model's name (+CGMM), with or without a head and quotes."""
    head, colon, rest = line.partition(":")
    headed = colon and head.startswith("+") and " " not in head
    text = rest if headed else line
    return text.strip().strip('"').strip()[:64]


def emergency_of(line: str) -> bool | None:
    """Read whether the cell offers IMS emergency calls, None if the line does not say.

    +CNEMS1 and +CNEM5G are news, +CNEM the answer ``<n>,<Iu>,<S1>[,<5G>]`` (TS 27.007 §8.68).
    That IMS voice is offered (+CIREPI) is another thing: see ``voice_of``.
    """
    for head in ("+CNEMS1:", "+CNEM5G:"):
        fields = split_fields(line, head)
        if fields is not None:
            value = number(fields[0], 9)
            return None if value is None else value > 0
    fields = split_fields(line, "+CNEM:")
    if fields is None or len(fields) < 3:
        return None
    values = [number(field, 9) for field in fields[2:4]]
    known = [value for value in values if value is not None]
    return any(value > 0 for value in known) if known else None


def voice_of(line: str) -> bool | None:
    """Read whether the network offers voice over IMS: +CIREPI news, +CIREP answer (§8.71)."""
    fields = split_fields(line, "+CIREPI:")
    if fields is None:
        answer = split_fields(line, "+CIREP:")
        fields = answer[1:2] if answer is not None else None
    value = number(fields[0], 9) if fields else None
    return None if value is None else value > 0


def data_of(line: str) -> bool | None:
    """Read one line of +CGACT? (TS 27.007 §10.1.10): whether that context is active."""
    fields = split_fields(line, "+CGACT:")
    if fields is None or len(fields) != 2:
        return None
    value = number(fields[1], 1)
    return None if value is None else value == 1


# <n> of +WS46 (TS 27.007 §5.9); combinations of later releases that are not sure are left out.
_WS46 = {
    12: ("gsm",),
    22: ("umts",),
    25: ("gsm", "umts", "lte"),
    28: ("lte",),
    29: ("gsm", "umts"),
    30: ("gsm", "lte"),
    31: ("umts", "lte"),
    36: ("nr",),
}


def technologies_of(line: str) -> tuple[str, ...] | None:
    """Read +WS46=?: what the hardware can use, oldest first; None if nothing in it is known."""
    if not line.upper().startswith("+WS46:"):
        return None
    text = line[6:].strip().strip("()")
    known: set[str] = set()
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        low, high = number(first, 99), number(last or first, 99)
        if low is None or high is None:
            continue
        for code in range(low, high + 1):
            known.update(_WS46.get(code, ()))
    return tuple(name for name in ("gsm", "umts", "lte", "nr") if name in known) or None
