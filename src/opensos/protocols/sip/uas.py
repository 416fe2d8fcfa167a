"""Being called: INVITE in, our answers out, and CANCEL (RFC 3261 §9.2, §13.3)."""

from __future__ import annotations

from functools import partial

from opensos.protocols.effects import LocalError

from .accepted import repeat_until_ack
from .call import Call, Phase
from .core import Core, content_lines
from .dialog import dialog_as_uas
from .ending import end
from .events import Ended, IncomingCancelled, IncomingInvite, Why
from .pending import release, session_lines, with_headers
from .reliable import Provisional, must_wait, send_reliably, wanted
from .server import Incoming, open_transaction, respond, say_trying
from .session_timer import agree


def merge_key(incoming: Incoming) -> tuple[str, str, int]:
    """Return what tells that two INVITEs are one that came by two ways (§8.2.2.2)."""
    headers = incoming.request.headers
    return (incoming.from_tag, headers.get("call-id") or "", incoming.cseq.number)


def invite_arrived(core: Core, incoming: Incoming) -> None:
    """Take a new INVITE that can be read: 100 soon, and tell (§13.3.1)."""
    call = Call(core.tokens.next(), Phase.INCOMING)
    incoming.call, call.incoming = call, incoming
    incoming.tag = core.tokens.next()
    incoming.merge = merge_key(incoming)
    open_transaction(core, incoming)
    request, source = incoming.request, incoming.source
    dialog = dialog_as_uas(request, incoming.via, source, (incoming.local, incoming.tag))
    dialog.roads = core.roads
    dialog.in_order(incoming.cseq.number)
    call.dialog = dialog
    core.calls[call.handle] = call
    core.dialogs[dialog.key] = (dialog, call)
    core.merges[incoming.merge] = incoming.key
    stamp = request.headers.get("timestamp")
    say_trying(core, incoming, f"Timestamp: {stamp}\r\n" if stamp is not None else "")
    core.tell(IncomingInvite(call.handle, request, source))


def _invite_of(call: Call) -> Incoming:
    if call.incoming is None:
        raise LocalError(f"The call {call.handle!r} is ours; only the peer can answer it.")
    return call.incoming


def _record_route(incoming: Incoming) -> str:
    """Return the Record-Route lines of a dialog-making answer, as they came (§12.1.1)."""
    lines = incoming.request.headers.all("record-route")
    return "".join([f"Record-Route: {line}\r\n" for line in lines])


def ring(
    core: Core,
    call: Call,
    answer: Provisional,
    headers: tuple[tuple[str, str], ...],
    *,
    reliable: bool,
) -> None:
    """Send a provisional answer (§13.3.1.1)."""
    if not 101 <= answer.status <= 199:
        raise LocalError(f"A provisional answer is 101 to 199, not {answer.status}.")
    incoming = _invite_of(call)
    defaults = f"{core.contact_line(incoming.source.transport)}{core.texts.allow}"
    lines = _record_route(incoming) + with_headers(defaults, headers)
    content_lines(answer.content_type, answer.body)
    if wanted(incoming, reliable=reliable):
        packages = core.texts.recv_info if "recv-info" in incoming.request.headers else ""
        send_reliably(core, call, answer._replace(lines=packages + lines))
        return
    respond(
        core, incoming, answer.status, lines, content_type=answer.content_type, body=answer.body
    )


def answer(
    core: Core,
    call: Call,
    content_type: str | None,
    body: bytes,
    headers: tuple[tuple[str, str], ...],
) -> None:
    """Answer with 200, at once or after the PRACK that must come first (RFC 3262 §3)."""
    incoming = _invite_of(call)
    if call.waiting_answer is not None:
        raise LocalError(f"The call {call.handle!r} has its answer already.")
    texts = core.texts
    defaults = f"{session_lines(core, incoming)}{texts.accept}{texts.server}"
    lines = _record_route(incoming) + with_headers(defaults, headers)
    content_lines(content_type, body)
    send = partial(_send_answer, core, call, lines, content_type, body)
    if must_wait(call):
        call.waiting_answer = send
        return
    send()


def _send_answer(core: Core, call: Call, lines: str, content_type: str | None, body: bytes) -> None:
    incoming = _invite_of(call)
    if call.reliable is not None:
        call.reliable.stop(core)
    call.phase = Phase.ANSWERED
    if content_type is not None:
        call.content = (content_type, body)
    lines += agree(core, call, incoming.request.headers)
    message = respond(core, incoming, 200, lines, content_type=content_type, body=body)
    repeat_until_ack(core, call, incoming, message, first=True)


def refuse(
    core: Core,
    call: Call,
    verdict: tuple[int, str | None],
    lines: str,
    content: tuple[str | None, bytes],
) -> None:
    """Refuse with 300 to 699 and a reason phrase or the usual one (§13.3.1.2, §13.3.1.3)."""
    status, reason = verdict
    if not 300 <= status <= 699:
        raise LocalError(f"A refusal is 300 to 699, not {status}.")
    if reason is not None and ("\r" in reason or "\n" in reason):
        raise LocalError("A line end inside a reason phrase would forge a header line.")
    respond(
        core,
        _invite_of(call),
        status,
        lines + core.texts.server,
        reason=reason,
        content_type=content[0],
        body=content[1],
    )
    end(core, call, Ended(call.handle, Why.REFUSED))


def cancel_arrived(core: Core, incoming: Incoming) -> None:
    """Take a CANCEL (§9.2): 481 if it fits nothing, else 200, and 487 if that comes in time."""
    found = core.servers.get(incoming.key)
    if found is None or found[1].request.method != "INVITE":
        respond(core, incoming, 481)
        return
    invite = found[1]
    incoming.tag = incoming.to_tag or invite.tag
    respond(core, incoming, 200)
    call = invite.call
    if call is None or invite is not call.incoming:
        _cancel_reinvite(core, invite)
        return
    if call.phase is Phase.INCOMING:
        respond(core, invite, 487)
        end(core, call, IncomingCancelled(call.handle))


def _cancel_reinvite(core: Core, invite: Incoming) -> None:
    """End a re-INVITE that waits for its reply; the session stays as it was (§9.2, §14.2)."""
    for token in sorted(invite.call.tokens if invite.call is not None else ()):
        if core.pending[token].incoming is invite:
            release(core, token)
            respond(core, invite, 487)
