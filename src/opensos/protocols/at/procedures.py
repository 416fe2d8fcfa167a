"""What we ask in which order: generators, ``reply = yield command``, that run on any line.

A command that fails changes nothing but its own value: a modem that lacks one question is still
asked the others. Only silence stops a procedure: who runs it stops then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from opensos.protocols.at.commands import Command
from opensos.protocols.at.dialogue import Answered, Failed
from opensos.protocols.at.esim import profile_state
from opensos.protocols.at.profiles import profile_for

if TYPE_CHECKING:
    from collections.abc import Generator

    from opensos.protocols.at.profiles import Profile
    from opensos.protocols.at.state import ModemState

Steps: TypeAlias = "Generator[Command, Answered | Failed, None]"

# V.250 and TS 27.007; ATX4 so that BUSY and NO DIALTONE are told apart (V.250 §6.2.7).
SETUP = (
    "ATE0V1Q0",
    "ATX4",
    "AT+CMEE=1",
    "AT+CREG=2",
    "AT+CGREG=2",
    "AT+CEREG=2",
    "AT+C5GREG=2",
    "AT+CLIP=1",
    "AT+CRC=0",
    "AT+CIREP=1",
    "AT+CNEM=1",
)


def set_up(state: ModemState, fixed: Profile | None = None) -> Steps:
    """Bring a modem that has just started into the form that we read, and learn who it is.

    ``fixed`` is a profile that settings prescribe; else the maker's answer chooses.
    """
    for text in SETUP:
        yield Command(text)
    reply = yield Command("AT+CGMI")
    state.take_identity("maker", _lines(reply))
    state.profile = fixed or profile_for(state.maker or "")
    for text in state.profile.setup:
        yield Command(text)
    for text, what in (("AT+CGMM", "model"), ("AT+CGMR", "firmware"), ("AT+CGSN", "imei")):
        reply = yield Command(text)
        state.take_identity(what, _lines(reply))
    reply = yield Command("AT+WS46=?", "+WS46:")
    state.take_identity("technologies", _lines(reply))
    reply = yield Command("AT+CECALL=?", "+CECALL:")
    if isinstance(reply, Answered):
        state.ecall = reply.final.ok


def poll(state: ModemState) -> Steps:
    """Ask for what changes by the second: card, registration, operator, signal."""
    reply = yield Command("AT+CPIN?", "+CPIN:")
    if isinstance(reply, Answered):
        state.take_sim(reply.final, reply.lines)
    for name in ("CREG", "CEREG", "CGREG", "C5GREG"):
        reply = yield Command(f"AT+{name}?", f"+{name}:")
        if isinstance(reply, Answered) and not reply.final.ok:
            state.networks.pop(name.lower(), None)
        for line in _lines(reply):
            state.hear(line)
    reply = yield Command("AT+CESQ", "+CESQ:")
    state.take_signal(_lines(reply))
    if not _ok(reply) or state.signal_dbm is None:
        reply = yield Command("AT+CSQ", "+CSQ:")
        state.take_signal(_lines(reply))


def poll_slowly(state: ModemState, *, esim: bool) -> Steps:
    """Ask for what changes seldom: operator, the card's number, packet session, IMS, eSIM."""
    for form in ("AT+COPS=3,2", "AT+COPS=3,0"):
        yield Command(form)
        reply = yield Command("AT+COPS?", "+COPS:")
        state.take_operator(_lines(reply))
    for text in state.profile.iccid:
        if state.sim == "absent":
            break
        reply = yield Command(text)
        if state.take_iccid(_lines(reply)):
            break
    reply = yield Command("AT+CGACT?", "+CGACT:")
    if _ok(reply):
        state.take_data(_lines(reply))
    for text, prefix in (("AT+CNEM?", "+CNEM:"), ("AT+CIREP?", "+CIREP:")):
        reply = yield Command(text, prefix)
        for line in _lines(reply):
            state.hear(line)
    if esim and state.sim != "absent":
        state.esim = yield from profile_state()


def _lines(reply: Answered | Failed) -> tuple[str, ...]:
    return reply.lines if isinstance(reply, Answered) else ()


def _ok(reply: Answered | Failed) -> bool:
    return isinstance(reply, Answered) and reply.final.ok
