"""One call: the phase that it is in and everything that belongs to it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from opensos.protocols.effects import LocalError

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.protocols.effects import Address

    from .accepted import Repeat
    from .alarms import Alarm
    from .client import Outgoing
    from .core import Core
    from .dialog import Dialog
    from .reliable import Reliable
    from .server import Incoming
    from .session_timer import Session

MOST_EARLY = 16
"""How many early dialogs or forked answers one call may have; further ones are not followed."""


class Phase(StrEnum):
    """Where a call stands."""

    CALLING = "calling"
    CANCELLING = "cancelling"
    INCOMING = "incoming"
    ANSWERED = "answered"
    ESTABLISHED = "established"
    ENDING = "ending"
    ENDED = "ended"

    @property
    def over(self) -> bool:
        """Whether the call is dead."""
        return self is Phase.ENDED

    @property
    def confirmed(self) -> bool:
        """Whether a 2xx was sent or received and no BYE was sent by us."""
        return self in {Phase.ANSWERED, Phase.ESTABLISHED}


# What leads from phase to phase; the docs draw their picture from here and a test walks it.
PHASES: dict[Phase, dict[str, Phase]] = {
    Phase.CALLING: {
        "2xx": Phase.ESTABLISHED,
        "cancel()": Phase.CANCELLING,
        "300-699, timeout, transport error": Phase.ENDED,
    },
    Phase.CANCELLING: {
        "2xx": Phase.ENDING,
        "300-699, 64*T1 after CANCEL": Phase.ENDED,
    },
    Phase.INCOMING: {
        "answer()": Phase.ANSWERED,
        "refuse(), CANCEL, BYE, no PRACK": Phase.ENDED,
    },
    Phase.ANSWERED: {
        "ACK": Phase.ESTABLISHED,
        "no ACK in 64*T1": Phase.ENDING,
        "BYE": Phase.ENDED,
    },
    Phase.ESTABLISHED: {
        "bye(), session expired, 481": Phase.ENDING,
        "BYE": Phase.ENDED,
    },
    Phase.ENDING: {
        "answer to our BYE, timeout, BYE": Phase.ENDED,
    },
    Phase.ENDED: {},
}


def phases_picture() -> str:
    """Return the phases as a Mermaid picture; ``docs/reference/sip.md`` shows it."""
    lines = ["stateDiagram-v2"]
    lines += [f"    [*] --> {Phase.CALLING}: invite()", f"    [*] --> {Phase.INCOMING}: INVITE"]
    for phase, steps in PHASES.items():
        lines += [f"    {phase} --> {then}: {what}" for what, then in steps.items()]
    lines.append(f"    {Phase.ENDED} --> [*]")
    return "\n".join(lines)


class Call:
    """One call, ours or a peer's.

    Attributes:
        dialog: the confirmed dialog, or the callee's early one.
        early: the caller's early dialogs by the peer's tag.
        outgoing: our INVITE; incoming: the peer's.
        acks: our ACKs for 2xx by (peer's tag, CSeq), to be sent again with every repeated 2xx.
        repeats: our 2xx that wait for their ACK, by CSeq.
        content: the last session description that we sent, with its type: what a refresh repeats.
        offering: whether an offer of ours is unanswered; offered: the token of the peer's.
        tokens: tokens of this call that wait for `reply`.
    """

    __slots__ = (
        "acks",
        "bye_lines",
        "cancel_alarm",
        "cancel_sent",
        "content",
        "dialog",
        "early",
        "handle",
        "incoming",
        "offered",
        "offering",
        "outgoing",
        "phase",
        "reliable",
        "repeats",
        "session",
        "tokens",
        "waiting_answer",
    )

    def __init__(self, handle: str, phase: Phase) -> None:
        self.handle = handle
        self.phase = phase
        self.dialog: Dialog | None = None
        self.early: dict[str, Dialog] = {}
        self.outgoing: Outgoing | None = None
        self.incoming: Incoming | None = None
        self.acks: dict[tuple[str, int], tuple[bytes, Address]] = {}
        self.repeats: dict[int, Repeat] = {}
        self.content: tuple[str, bytes] | None = None
        self.offering = False
        self.offered: str | None = None
        self.tokens: set[str] = set()
        self.reliable: Reliable | None = None
        self.session: Session | None = None
        self.bye_lines: str | None = None
        self.cancel_sent = False
        self.cancel_alarm: Alarm | None = None
        self.waiting_answer: Callable[[], None] | None = None


def find(core: Core, handle: str, *phases: Phase) -> Call:
    """Return a call that is in one of these phases.

    Raises:
        LocalError: no such call, or it is in another phase.
    """
    call = core.calls.get(handle)
    if call is None:
        raise LocalError(f"There is no call {handle!r}: it never was, or it is over.")
    if phases and call.phase not in phases:
        raise LocalError(f"The call {handle!r} is {call.phase}; that does not go together.")
    return call


def confirmed_dialog(call: Call) -> Dialog:
    """Return the dialog of a call that has one.

    Raises:
        LocalError: there is none yet.
    """
    if call.dialog is None:
        raise LocalError(f"The call {call.handle!r} has no dialog yet.")
    return call.dialog
