"""Calling somebody: INVITE, its answers, and CANCEL (RFC 3261 §9.1, §13.2)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from opensos.protocols.effects import LocalError

from .call import MOST_EARLY, Call, Phase
from .client import Outgoing, acknowledge, begin, render, send_request
from .dialog import Dialog, dialog_as_uac, tag_in
from .ending import bye_stray, end, send_bye
from .events import Answered, Progress, Refused, Why
from .hops import bracketed
from .pending import with_headers
from .reliable import acknowledge_progress
from .session_timer import again, agreed, min_se
from .transaction import On, State

if TYPE_CHECKING:
    from opensos.protocols.effects import Address

    from .core import Core
    from .message import Response


@dataclass(frozen=True, slots=True)
class InviteOrder:
    """A call to make.

    Attributes:
        uri: the Request-URI, any scheme: ``urn:service:sos.ecall.manual``.
        to_uri: the URI of To.
        next_hop: where the INVITE goes.
        headers: further header lines, sent as they are; one that the endpoint would write itself
            (Accept, Allow, Supported, Recv-Info, Contact, User-Agent) replaces it.
        content_type: the Content-Type of the body, ``None`` for no body.
        body: the body, bytes, never altered.
        from_uri: the URI of From; ``None`` for the profile's.
    """

    uri: str
    to_uri: str
    next_hop: Address
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str | None = None
    body: bytes = b""
    from_uri: str | None = None

    def __post_init__(self) -> None:
        """Refuse URIs that would break the message."""
        for uri in (self.uri, self.to_uri, self.from_uri or ""):
            if any(mark in uri for mark in "\r\n <>"):
                raise LocalError(f"{uri!r} is not a URI that can be called.")


def invite(core: Core, order: InviteOrder) -> Call:
    """Send the INVITE (§13.2.1)."""
    if len(core.calls) >= core.profile.calls:
        raise LocalError("Too many calls at once.")
    own = core.address(order.next_hop.transport)
    names = (
        f"<{order.from_uri or core.local_uri}>;tag={core.tokens.next()}",
        f"<{order.to_uri}>",
        f"{core.tokens.next()}@{bracketed(own.host)}",
    )
    outgoing = Outgoing("INVITE", order.uri, order.next_hop, names)
    texts, wish = core.texts, core.profile.session_expires
    timer = f"Session-Expires: {wish}\r\n" if wish is not None else ""
    contact = core.contact_line(order.next_hop.transport)
    defaults = (
        f"{contact}{texts.allow}{texts.supported}{texts.recv_info}{texts.accept}"
        f"{timer}{texts.agent}"
    )
    outgoing.lines = with_headers(defaults, order.headers)
    outgoing.content_type, outgoing.body = order.content_type, order.body
    call = Call(core.tokens.next(), Phase.CALLING)
    call.outgoing = outgoing
    if order.content_type is not None:
        call.content = (order.content_type, order.body)
    outgoing.progress = partial(_progress, core, call)
    outgoing.done = partial(_answered, core, call, wish)
    send_request(core, outgoing)
    core.calls[call.handle] = call
    return call


def _invite_of(call: Call) -> Outgoing:
    if call.outgoing is None:
        raise LocalError(f"The call {call.handle!r} is not ours to cancel.")
    return call.outgoing


def _local(outgoing: Outgoing) -> tuple[str, str]:
    """Return our From value and its tag; the value is our own work, so it can be cut simply."""
    value = outgoing.names[0]
    return value, value.rpartition(";tag=")[2]


def _target(outgoing: Outgoing) -> str:
    """Return where requests go if an answer lacks its Contact: to the peer, by address."""
    hop = outgoing.source
    return f"sip:{bracketed(hop.host)}:{hop.port}"


def _early_dialog(core: Core, call: Call, response: Response) -> Dialog | None:
    """Return the early dialog of a provisional answer, made if it is new (§12.1.2)."""
    tag = tag_in(response.headers, "to")
    outgoing = _invite_of(call)
    dialog = call.early.get(tag)
    if dialog is not None:
        dialog.learn(response.headers)
        return dialog
    if not tag or len(call.early) >= MOST_EARLY:
        return None
    dialog = dialog_as_uac(response, _local(outgoing), _target(outgoing), outgoing.source)
    dialog.roads = core.roads
    dialog.local_cseq = outgoing.cseq
    call.early[tag] = dialog
    core.dialogs[dialog.key] = (dialog, call)
    return dialog


def _progress(core: Core, call: Call, response: Response) -> None:
    """Take a provisional answer (§13.2.2.1)."""
    if call.phase not in {Phase.CALLING, Phase.CANCELLING}:
        return
    if response.status > 100:
        dialog = _early_dialog(core, call, response)
        if dialog is not None and not acknowledge_progress(core, dialog, response):
            return
    if call.phase is Phase.CANCELLING:
        _send_cancel(core, call)
    core.tell(Progress(call.handle, response))


def _answered(
    core: Core, call: Call, wish: int | None, status: int, response: Response | None
) -> None:
    """Take a final answer; repeated and forked 2xx come here too (§13.2.2)."""
    if response is not None and 200 <= status < 300:
        _accepted(core, call, response, wish)
        return
    short = status == 422 and call.phase is Phase.CALLING
    if short and response is not None and _longer_interval(core, call, response):
        return
    end(core, call, Refused(call.handle, status, response))


def _longer_interval(core: Core, call: Call, response: Response) -> bool:
    """Ask again, once, with the session interval that a 422 wants (RFC 4028 §7.3)."""
    outgoing = _invite_of(call)
    lines = outgoing.lines
    if "\r\nMin-SE:" in lines:
        return False
    least = min_se(response.headers)
    kept = [
        line for line in lines.splitlines(keepends=True) if not line.startswith("Session-Expires:")
    ]
    outgoing.lines = f"{''.join(kept)}Session-Expires: {least}\r\nMin-SE: {least}\r\n"
    outgoing.cseq += 1
    outgoing.done = partial(_answered, core, call, least)
    send_request(core, outgoing)
    return True


def _accepted(core: Core, call: Call, response: Response, wish: int | None) -> None:
    """Take a 2xx: acknowledge each, keep the first, hang up the others (§13.2.2.4)."""
    outgoing = _invite_of(call)
    tag = tag_in(response.headers, "to")
    if call.dialog is not None:
        if call.dialog.key[2] == tag:
            again(core, call, outgoing, tag)
        else:
            _forked(core, call, response, tag)
        return
    if call.phase not in {Phase.CALLING, Phase.CANCELLING}:
        _forked(core, call, response, tag)
        return
    dialog = dialog_as_uac(response, _local(outgoing), _target(outgoing), outgoing.source)
    dialog.roads = core.roads
    early = call.early.pop(tag, None)
    dialog.local_cseq = outgoing.cseq
    if early is not None:
        dialog.local_cseq, dialog.remote_cseq = early.local_cseq, early.remote_cseq
        dialog.allows = early.allows if dialog.allows is None else dialog.allows
        dialog.packages = dialog.packages or early.packages
    for other in call.early.values():
        core.dialogs.pop(other.key, None)
    call.early.clear()
    call.dialog = dialog
    core.dialogs[dialog.key] = (dialog, call)
    again(core, call, outgoing, tag)
    core.alarms.cancel(call.cancel_alarm)
    if call.phase is Phase.CANCELLING:
        send_bye(core, call, Why.CANCELLED)
        return
    call.phase = Phase.ESTABLISHED
    agreed(core, call, response, wish, min_se(response.headers))
    core.tell(Answered(call.handle, response))


def _forked(core: Core, call: Call, response: Response, tag: str) -> None:
    """Acknowledge another peer's 2xx to the same INVITE, and hang up on it (§13.2.2.4)."""
    outgoing = _invite_of(call)
    key = (tag, outgoing.cseq)
    if key in call.acks:
        core.send(*call.acks[key])
        return
    if len(call.acks) >= MOST_EARLY:
        return
    dialog = dialog_as_uac(response, _local(outgoing), _target(outgoing), outgoing.source)
    dialog.roads = core.roads
    dialog.local_cseq = outgoing.cseq
    call.acks[key] = acknowledge(core, dialog, outgoing)
    bye_stray(core, dialog)


def cancel(core: Core, call: Call) -> None:
    """Give up: at once if something was heard of the INVITE, else when it is (§9.1)."""
    outgoing = _invite_of(call)
    call.phase = Phase.CANCELLING
    if outgoing.transaction is not None and outgoing.transaction.state is State.PROCEEDING:
        _send_cancel(core, call)


def _send_cancel(core: Core, call: Call) -> None:
    if call.cancel_sent:
        return
    call.cancel_sent = True
    invite_sent = _invite_of(call)
    if invite_sent.transaction is None:
        return
    branch = invite_sent.transaction.key[0]
    request = Outgoing("CANCEL", invite_sent.uri, invite_sent.to, invite_sent.names)
    request.cseq, request.routes = invite_sent.cseq, invite_sent.routes
    begin(core, request, (branch, "CANCEL"), render(core, request, "CANCEL", branch))
    call.cancel_alarm = core.after(core.times.life, partial(_never_ended, core, call))


def _never_ended(core: Core, call: Call) -> None:
    """Consider the INVITE cancelled: no final answer 64*T1 after CANCEL (§9.1)."""
    transaction = _invite_of(call).transaction
    if transaction is not None and transaction.can(On.GIVE_UP):
        transaction.step(On.GIVE_UP)
    end(core, call, Refused(call.handle, 487, None))
