"""Reliable provisional answers, both sides (RFC 3262)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from opensos.protocols.effects import LocalError, RemoteError

from .call import Call, Phase
from .client import in_dialog, send_request
from .ending import end
from .events import Ended, ProgressAcknowledged, Why
from .fields import parse_number, parse_rack
from .server import Incoming, respond

if TYPE_CHECKING:
    from .alarms import Alarm
    from .core import Core
    from .dialog import Dialog
    from .headers import Headers
    from .message import Response

OPTION = "100rel"
MOST_QUEUED = 8
"""More provisional answers than this waiting for one PRACK is a fault of the floor above."""


def option_tags(headers: Headers, name: str) -> frozenset[str]:
    """Return the option tags of Supported, Require or Unsupported, in lower case."""
    return frozenset(value.lower() for value in headers.values(name))


class Provisional(NamedTuple):
    """A provisional answer as `respond` takes it."""

    status: int
    lines: str
    content_type: str | None
    body: bytes


class Reliable:
    """The callee's reliable provisional answers to one INVITE: one at a time, in order."""

    __slots__ = ("_deadline", "_next", "interval", "message", "queue", "rseq", "seen", "session")

    def __init__(self, rseq: int) -> None:
        self.rseq = rseq
        self.message: bytes | None = None
        self.session = False
        self.interval = 0.0
        self.queue: list[Provisional] = []
        self.seen: set[int] = set()
        self._next: Alarm | None = None
        self._deadline: Alarm | None = None

    def stop(self, core: Core) -> None:
        """Stop repeating; a PRACK that comes later is still known (§3)."""
        core.alarms.cancel(self._next)
        core.alarms.cancel(self._deadline)
        self.queue.clear()

    def start(self, core: Core, call: Call) -> None:
        """Repeat from T1 on, doubling without a cap, for 64*T1 (§3)."""
        self.interval = core.times.t1
        self._next = core.after(self.interval, partial(_again, core, call))
        self._deadline = core.after(core.times.life, partial(_give_up, core, call))

    def later(self, core: Core, call: Call) -> None:
        """Arm the next repetition."""
        self.interval *= 2
        self._next = core.after(self.interval, partial(_again, core, call))


# --- as callee -----------------------------------------------------------------------------------


def wanted(incoming: Incoming, *, reliable: bool) -> bool:
    """Say whether a provisional answer must be reliable (§3).

    Raises:
        LocalError: reliability is asked for and the caller does not offer it.
    """
    headers = incoming.request.headers
    if OPTION in option_tags(headers, "require"):
        return True
    if reliable and OPTION not in option_tags(headers, "supported"):
        raise LocalError("The caller does not support reliable provisional answers (100rel).")
    return reliable


def send_reliably(core: Core, call: Call, answer: Provisional) -> None:
    """Send a provisional answer, or queue it until the one before is acknowledged (§3)."""
    if call.reliable is None:
        call.reliable = Reliable(core.tokens.number(2**31 - 1))
    reliable = call.reliable
    if reliable.message is not None:
        if len(reliable.queue) >= MOST_QUEUED:
            raise LocalError("Too many provisional answers wait for a PRACK.")
        reliable.queue.append(answer)
        return
    incoming = call.incoming
    if incoming is None:
        raise LocalError("Only a callee sends provisional answers.")
    reliable.seen.add(reliable.rseq)
    lines = f"Require: {OPTION}\r\nRSeq: {reliable.rseq}\r\n{answer.lines}"
    reliable.session = bool(answer.body)
    reliable.message = respond(
        core, incoming, answer.status, lines, content_type=answer.content_type, body=answer.body
    )
    reliable.start(core, call)


def _again(core: Core, call: Call) -> None:
    reliable, incoming = call.reliable, call.incoming
    if reliable is None or reliable.message is None or incoming is None:
        return
    if incoming.transaction is not None:
        incoming.transaction.respond(180, reliable.message)
    reliable.later(core, call)


def _give_up(core: Core, call: Call) -> None:
    if call.incoming is not None and call.phase is Phase.INCOMING:
        respond(core, call.incoming, 504)
        end(core, call, Ended(call.handle, Why.NO_PRACK))


def must_wait(call: Call) -> bool:
    """Say whether a 2xx must wait: an unacknowledged 1xx carried a session description (§3)."""
    reliable = call.reliable
    return reliable is not None and reliable.message is not None and reliable.session


def prack_arrived(core: Core, call: Call, prack: Incoming) -> None:
    """Take a PRACK (§3)."""
    reliable, invite = call.reliable, call.incoming
    try:
        rack = parse_rack(prack.request.headers.get("rack") or "")
    except RemoteError:
        respond(core, prack, 400, reason="Malformed RAck")
        return
    known = reliable is not None and rack.rseq in reliable.seen and rack.method == "INVITE"
    if reliable is None or invite is None or not known or rack.cseq != invite.cseq.number:
        respond(core, prack, 481)
        return
    reliable.seen.discard(rack.rseq)
    respond(core, prack, 200)
    if call.phase is not Phase.INCOMING or reliable.message is None:
        return
    queue = list(reliable.queue)
    reliable.stop(core)
    reliable.message = None
    reliable.rseq += 1
    core.tell(ProgressAcknowledged(call.handle, prack.request))
    if call.waiting_answer is not None:
        waiting, call.waiting_answer = call.waiting_answer, None
        waiting()
    elif queue:
        send_reliably(core, call, queue[0])
        reliable.queue.extend(queue[1:])


# --- as caller -----------------------------------------------------------------------------------


def acknowledge_progress(core: Core, dialog: Dialog, response: Response) -> bool:
    """Send PRACK for a reliable 1xx; says whether the answer is new and in order (§4).

    An answer that is not reliable is always new.
    """
    headers = response.headers
    if OPTION not in option_tags(headers, "require"):
        return True
    try:
        rseq = parse_number(headers.get("rseq") or "", 2**32 - 1, "The RSeq")
    except RemoteError:
        return False
    if dialog.rseq is not None and rseq != dialog.rseq + 1:
        return False
    dialog.rseq = rseq
    prack = in_dialog(core, dialog, "PRACK", f"RAck: {rseq} {headers.get('cseq')}\r\n")
    send_request(core, prack)
    return True
