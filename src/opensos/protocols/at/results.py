"""Final result codes: which line ends a command, and what it says.

V.250 §5.7.1 (OK, ERROR, NO CARRIER …), 3GPP TS 27.007 §9.2 (+CME ERROR), 3GPP TS 27.005 §3.2.5
(+CMS ERROR). The numbers of +CME ERROR are those of 27.007 §9.2.1; their texts (+CMEE=2) vary in
case and spelling between makers, so only the few that matter are known here by text.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Final:
    """How a command ended.

    Attributes:
        ok: whether it did what it was asked.
        word: OK, ERROR, CME, CMS, NO CARRIER, BUSY, NO ANSWER, NO DIALTONE, CONNECT.
        code: the number of a +CME or +CMS ERROR, None if it came as text or not at all.
        text: what followed +CME ERROR or +CMS ERROR.
    """

    ok: bool
    word: str
    code: int | None = None
    text: str = ""


OK = Final(ok=True, word="OK")
ERROR = Final(ok=False, word="ERROR")

_PLAIN = {
    "OK": OK,
    "ERROR": ERROR,
    "COMMAND NOT SUPPORT": ERROR,  # Huawei and Quectel firmwares, from memory
    "COMMAND NOT SUPPORTED": ERROR,
    "TOO MANY PARAMETERS": ERROR,
}
# They end a command only if it is one that places or takes a call; else they are news of a call.
_CALL = {
    "NO CARRIER": Final(ok=False, word="NO CARRIER"),
    "BUSY": Final(ok=False, word="BUSY"),
    "NO ANSWER": Final(ok=False, word="NO ANSWER"),
    "NO DIALTONE": Final(ok=False, word="NO DIALTONE"),
    "NO DIAL TONE": Final(ok=False, word="NO DIALTONE"),
    "CONNECT": Final(ok=True, word="CONNECT"),
}

# 3GPP TS 27.007 §9.2.1, by number and by the text of +CMEE=2 (lower case).
NOT_INSERTED = 10
PIN_REQUIRED = 11
PUK_REQUIRED = 12
SIM_FAILURE = 13
SIM_BUSY = 14
SIM_WRONG = 15
_TEXTS = {
    "sim not inserted": NOT_INSERTED,
    "sim pin required": PIN_REQUIRED,
    "sim puk required": PUK_REQUIRED,
    "sim failure": SIM_FAILURE,
    "sim busy": SIM_BUSY,
    "sim wrong": SIM_WRONG,
}


def final_of(line: str, *, call: bool = False) -> Final | None:
    """Return what a line says as a final result, None if it is none.

    Args:
        line: without its line end.
        call: whether the command under way places or takes a call, so that NO CARRIER, BUSY, NO
            ANSWER and CONNECT end it too.
    """
    word = line.strip().upper()
    if word in _PLAIN:
        return _PLAIN[word]
    if call and (found := _call_word(word)) is not None:
        return found
    for kind in ("CME", "CMS"):
        head = f"+{kind} ERROR:"
        if word.startswith(head):
            return _extended(kind, line.strip()[len(head) :].strip())
    return None


def call_word(line: str) -> Final | None:
    """Return what an unasked line says about a call: NO CARRIER, BUSY, NO ANSWER; None if not."""
    found = _call_word(line.strip().upper())
    return found if found is not None and not found.ok else None


def _call_word(word: str) -> Final | None:
    if word in _CALL:
        return _CALL[word]
    # V.250 lets a rate follow CONNECT; some firmwares add a cause after NO CARRIER.
    for known, final in _CALL.items():
        if word.startswith((known + " ", known + ":")):
            return final
    return None


def _extended(kind: str, text: str) -> Final:
    if text.isascii() and text.isdigit() and len(text) <= 5:
        return Final(ok=False, word=kind, code=int(text), text=text)
    code = _TEXTS.get(text.lower()) if kind == "CME" else None
    return Final(ok=False, word=kind, code=code, text=text[:80])
