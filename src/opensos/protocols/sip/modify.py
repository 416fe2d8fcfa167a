"""Changing a session that stands: re-INVITE (RFC 3261 §14) and UPDATE (RFC 3311), both sides."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from opensos.protocols.effects import LocalError

from .call import Call, Phase, confirmed_dialog
from .client import Outgoing, in_dialog, send_request
from .ending import peer_forgot
from .events import ReinviteAnswered, ReinviteArrived, UpdateAnswered, UpdateArrived
from .pending import hold, session_lines
from .server import Incoming, respond, say_trying
from .session_timer import again, agree, agreed, request_lines, too_short

if TYPE_CHECKING:
    from .core import Core
    from .dialog import Dialog
    from .message import Response

RETRY_WITHIN = 10
"""Seconds: a peer whose last change is still open is asked to wait up to this long (§14.2)."""


def _refused(core: Core, call: Call, incoming: Incoming, *, offer: bool) -> bool:
    """Answer a change that cannot be taken now; says whether it was one (§14.2, RFC 3311 §5.2)."""
    if too_short(core, incoming.request.headers):
        respond(core, incoming, 422, f"Min-SE: {core.profile.min_se}\r\n")
    elif offer and call.offered is not None:
        wait = core.tokens.number(RETRY_WITHIN)
        respond(core, incoming, 500, f"Retry-After: {wait}\r\n")
    elif offer and call.offering:
        respond(core, incoming, 491)
    else:
        return False
    return True


def _untimely(core: Core, call: Call, incoming: Incoming) -> None:
    """Refuse a re-INVITE while the first INVITE is open or the call is ending (§14.2)."""
    if call.phase is Phase.INCOMING:
        wait = core.tokens.number(RETRY_WITHIN)
        respond(core, incoming, 500, f"Retry-After: {wait}\r\n")
    else:
        respond(core, incoming, 487 if call.phase is Phase.ENDING else 491)


def reinvite_arrived(core: Core, call: Call, dialog: Dialog, incoming: Incoming) -> None:
    """Take a re-INVITE: the floor above replies with the current session (§14.2)."""
    if not call.phase.confirmed:
        _untimely(core, call, incoming)
        return
    if _refused(core, call, incoming, offer=True):
        return
    say_trying(core, incoming)
    _refresh(dialog, incoming)
    call.offered = hold(core, call, dialog, incoming)
    core.tell(ReinviteArrived(call.handle, incoming.request, call.offered))


def update_arrived(core: Core, call: Call, dialog: Dialog, incoming: Incoming) -> None:
    """Take an UPDATE: answer a bare one at once (a refresh), hand one with an offer up."""
    offer = bool(incoming.request.body)
    if _refused(core, call, incoming, offer=offer):
        return
    _refresh(dialog, incoming)
    if not offer:
        own = session_lines(core, incoming)
        if call.phase.confirmed:
            own += agree(core, call, incoming.request.headers)
        respond(core, incoming, 200, own + core.texts.server)
        return
    call.offered = hold(core, call, dialog, incoming)
    core.tell(UpdateArrived(call.handle, incoming.request, call.offered))


def _refresh(dialog: Dialog, incoming: Incoming) -> None:
    dialog.refresh_target(incoming.request.headers)
    dialog.learn(incoming.request.headers)


class _Asked(NamedTuple):
    """A change of ours: the request, the session interval in it, whether it carries an offer."""

    request: Outgoing
    wish: int | None
    offer: bool


def send_change(
    core: Core, call: Call, method: str, content: tuple[str | None, bytes], lines: str
) -> None:
    """Send UPDATE or re-INVITE.

    Raises:
        LocalError: an offer is open in one direction or the other (§14.1, RFC 3311 §5.1), the
            peer does not take UPDATE, or the call is in the wrong phase.
    """
    dialog = confirmed_dialog(call)
    early = method == "UPDATE" and call.phase is Phase.INCOMING
    if call.phase is not Phase.ESTABLISHED and not early:
        raise LocalError(f"The call {call.handle!r} is {call.phase}: it cannot be changed now.")
    if method == "UPDATE" and not dialog.can("UPDATE"):
        raise LocalError("The peer did not list UPDATE in Allow (RFC 3311 §5.1).")
    offer = method == "INVITE" or content[0] is not None
    if offer and (call.offering or call.offered is not None):
        raise LocalError("An offer is still open; the session cannot be changed twice at once.")
    timer, wish = request_lines(call)
    texts, contact = core.texts, core.contact_line(dialog.peer.transport)
    own = f"{contact}{texts.allow}{texts.supported}{texts.recv_info}{timer}"
    if method == "UPDATE":
        own = f"{contact}{texts.allow}{texts.supported}{timer}"
    request = in_dialog(core, dialog, method, own + lines)
    request.content_type, request.body = content
    call.offering = call.offering or offer
    request.done = partial(_answered, core, call, _Asked(request, wish, offer))
    send_request(core, request)


def _answered(
    core: Core, call: Call, asked: _Asked, status: int, response: Response | None
) -> None:
    dialog, request = confirmed_dialog(call), asked.request
    success = response is not None and status < 300
    if success and request.method == "INVITE" and not again(core, call, request, dialog.key[2]):
        return
    if asked.offer:
        call.offering = False
    if call.phase.over:
        return
    if response is not None and success:
        dialog.refresh_target(response.headers)
        dialog.learn(response.headers)
        if call.phase.confirmed:
            least = call.session.least if call.session else 90
            agreed(core, call, response, asked.wish, least)
        if request.content_type is not None:
            call.content = (request.content_type, request.body)
    event = ReinviteAnswered if request.method == "INVITE" else UpdateAnswered
    core.tell(event(call.handle, status, response))
    peer_forgot(core, call, status)
