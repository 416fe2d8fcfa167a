"""Our 2xx to INVITE, repeated until its ACK comes (RFC 3261 §13.3.1.4, RFC 6026 §8.1)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .call import Call, Phase
from .ending import send_bye
from .events import Established, NeverAcknowledged, Why
from .transaction import On

if TYPE_CHECKING:
    from .alarms import Alarm
    from .core import Core
    from .message import Request
    from .server import Incoming


class Repeat:
    """One 2xx that waits for its ACK; ``first`` for the answer to the call itself."""

    __slots__ = ("deadline", "first", "incoming", "interval", "message", "next")

    def __init__(self, incoming: Incoming, message: bytes, interval: float, *, first: bool) -> None:
        self.incoming = incoming
        self.message = message
        self.interval = interval
        self.first = first
        self.next: Alarm | None = None
        self.deadline: Alarm | None = None

    def stop(self, core: Core) -> None:
        """Stop repeating."""
        core.alarms.cancel(self.next)
        core.alarms.cancel(self.deadline)


def repeat_until_ack(
    core: Core, call: Call, incoming: Incoming, message: bytes, *, first: bool
) -> None:
    """Begin to repeat: T1, doubled up to T2, on every transport; after 64*T1 give up."""
    number = incoming.cseq.number
    repeat = Repeat(incoming, message, core.times.t1, first=first)
    call.repeats[number] = repeat
    repeat.deadline = core.after(core.times.life, partial(_give_up, core, call, number))
    repeat.next = core.after(repeat.interval, partial(_again, core, call, number))


def _again(core: Core, call: Call, number: int) -> None:
    repeat = call.repeats[number]
    transaction = repeat.incoming.transaction
    if transaction is None or not transaction.can(On.SEND_SUCCESS):
        return
    transaction.respond(200, repeat.message)
    repeat.interval = min(2 * repeat.interval, core.times.t2)
    repeat.next = core.after(repeat.interval, partial(_again, core, call, number))


def _give_up(core: Core, call: Call, _number: int) -> None:
    """Nobody acknowledged: the session is not there, so end it (§13.3.1.4, §14.2)."""
    core.tell(NeverAcknowledged(call.handle))
    send_bye(core, call, Why.NO_ACK)


def acknowledged(core: Core, call: Call, ack: Request, number: int) -> None:
    """Take an ACK for a 2xx; repeated and unknown ones change nothing."""
    repeat = call.repeats.pop(number, None)
    if repeat is None:
        return
    repeat.stop(core)
    if not repeat.first or call.phase is not Phase.ANSWERED:
        return
    call.phase = Phase.ESTABLISHED
    core.tell(Established(call.handle, ack))
    if call.bye_lines is not None:
        send_bye(core, call, Why.HUNG_UP, call.bye_lines)
