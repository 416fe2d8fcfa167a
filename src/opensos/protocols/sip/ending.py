"""The end of a call: BYE from us, and forgetting everything (RFC 3261 §15)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .call import Call, Phase, confirmed_dialog
from .client import in_dialog, send_request
from .events import Ended, Event, Why
from .server import respond

if TYPE_CHECKING:
    from .core import Core
    from .dialog import Dialog
    from .message import Response


def end(core: Core, call: Call, event: Event) -> None:
    """Tell that the call is over and forget it, except for transactions still to run out."""
    if call.phase.over:
        return
    call.phase = Phase.ENDED
    quiet(core, call)
    for token in sorted(call.tokens):
        pending = core.pending.pop(token)
        core.alarms.cancel(pending.alarm)
        respond(core, pending.incoming, 487)  # §15.1.2
    call.tokens.clear()
    for dialog in (*call.early.values(), *filter(None, (call.dialog,))):
        core.dialogs.pop(dialog.key, None)
    call.early.clear()
    core.calls.pop(call.handle, None)
    if call.incoming is not None and call.incoming.key not in core.servers:
        core.forget_merge(call.incoming)
    core.tell(event)


def quiet(core: Core, call: Call) -> None:
    """Stop every timer of the call itself."""
    for repeat in call.repeats.values():
        repeat.stop(core)
    call.repeats.clear()
    if call.session is not None:
        call.session.stop(core)
        call.session = None
    if call.reliable is not None:
        call.reliable.stop(core)
    core.alarms.cancel(call.cancel_alarm)
    call.waiting_answer = None


def send_bye(core: Core, call: Call, why: Why, lines: str = "") -> None:
    """Hang up; whatever comes back, or nothing at all, the call is over then (§15.1.1)."""
    call.phase = Phase.ENDING
    quiet(core, call)
    bye = in_dialog(core, confirmed_dialog(call), "BYE", lines)
    bye.done = partial(_bye_done, core, call, why)
    send_request(core, bye)


def _bye_done(core: Core, call: Call, why: Why, _status: int, _response: Response | None) -> None:
    end(core, call, Ended(call.handle, why))


def peer_forgot(core: Core, call: Call, status: int) -> None:
    """End an established call that the peer does not know: 481 (§12.2.1.2).

    The clause wants the same for 408. We keep the call then: a lost INFO is no reason to cut off
    the voice of somebody in need, and a dead peer shows itself by other means. Before the ACK a
    481 may only mean that our request has overtaken our answer (RFC 6086 §4.2.1).
    """
    if status == 481 and call.phase is Phase.ESTABLISHED:
        send_bye(core, call, Why.GONE)


def bye_stray(core: Core, dialog: Dialog) -> None:
    """Hang up a dialog that nobody wants: a forked answer, or one after the end (§13.2.2.4)."""
    send_request(core, in_dialog(core, dialog, "BYE"))
