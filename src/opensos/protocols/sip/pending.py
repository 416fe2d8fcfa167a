"""Requests in a dialog that the floor above answers: told with a token, answered by `reply`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from opensos.protocols.effects import LocalError

from .accepted import repeat_until_ack
from .core import Core, header_lines
from .server import Pending, respond
from .session_timer import agree

if TYPE_CHECKING:
    from .call import Call
    from .dialog import Dialog
    from .server import Incoming


def hold(core: Core, call: Call, dialog: Dialog, incoming: Incoming) -> str:
    """Keep the request until `reply`, or until the time for it is over; returns its token."""
    token = core.tokens.next()
    pending = Pending(call, dialog, incoming)
    pending.alarm = core.after(core.profile.reply_within, partial(_too_late, core, token))
    core.pending[token] = pending
    call.tokens.add(token)
    return token


def release(core: Core, token: str) -> Pending:
    """Take the request back.

    Raises:
        LocalError: no request waits under this token.
    """
    pending = core.pending.pop(token, None)
    if pending is None:
        raise LocalError(f"No request waits under the token {token!r}: it was answered, or late.")
    core.alarms.cancel(pending.alarm)
    pending.call.tokens.discard(token)
    if pending.call.offered == token:
        pending.call.offered = None
    return pending


def _too_late(core: Core, token: str) -> None:
    respond(core, release(core, token).incoming, 500)


def reply(
    core: Core, token: str, status: int, lines: str, content: tuple[str | None, bytes]
) -> None:
    """Answer the request finally; a 2xx to a re-INVITE is repeated until its ACK."""
    if not 200 <= status <= 699:
        raise LocalError(f"A final answer is 200 to 699, not {status}.")
    pending = release(core, token)
    call, incoming = pending.call, pending.incoming
    method = incoming.request.method
    content_type, body = content
    texts = core.texts
    if method not in {"INVITE", "UPDATE"} or status >= 300:
        data = lines + texts.server
        respond(core, incoming, status, data, content_type=content_type, body=body)
        return
    own = session_lines(core, incoming)
    if call.phase.confirmed:
        own += agree(core, call, incoming.request.headers)
    message = respond(
        core, incoming, status, own + lines + texts.server, content_type=content_type, body=body
    )
    if content_type is not None:
        call.content = (content_type, body)
    if method == "INVITE" and call.phase.confirmed:
        repeat_until_ack(core, call, incoming, message, first=False)


def session_lines(core: Core, incoming: Incoming) -> str:
    """Return the lines of a 2xx to INVITE, re-INVITE or UPDATE: Contact, Allow, Supported, …."""
    texts = core.texts
    packages = texts.recv_info if "recv-info" in incoming.request.headers else ""  # RFC 6086 §5.2.3
    contact = core.contact_line(incoming.source.transport)
    return f"{contact}{texts.allow}{texts.supported}{packages}"


def with_headers(defaults: str, headers: tuple[tuple[str, str], ...]) -> str:
    """Return our lines and the caller's; a caller's line replaces all of ours of that name."""
    if not headers:
        return defaults
    given = {name.lower() for name, _ in headers}
    kept = [
        line
        for line in defaults.splitlines(keepends=True)
        if line.partition(":")[0].lower() not in given
    ]
    return "".join(kept) + header_lines(headers)
