"""Requests of ours, from the first sending to the final answer, retries included (§8.1, §17.1)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from opensos.protocols.effects import Address

from .authentication import answer_challenge
from .core import Core, content_lines
from .transaction import MAGIC_COOKIE, ClientInvite, ClientOther, Notice, On

if TYPE_CHECKING:
    from collections.abc import Callable

    from .dialog import Dialog
    from .message import Response

Done: TypeAlias = "Callable[[int, Response | None], None]"
MAX_FORWARDS = "Max-Forwards: 70\r\n"


class Outgoing:
    """One request of ours.

    Attributes:
        uri, to: the Request-URI and where it goes.
        names: From, To and Call-ID lines without the To of ACK: (from, to, call_id) values.
        routes: the Route lines as text.
        lines: all further header lines as text.
        done: called with the final status, and again with every repeated or forked 2xx to INVITE.
        progress: called with every provisional answer to INVITE.
        source: where the answer at hand came from.
        nonces: the challenges that we have answered, so that none is answered twice.
    """

    __slots__ = (
        "authorization",
        "body",
        "content_type",
        "cseq",
        "dialog",
        "done",
        "lines",
        "method",
        "names",
        "nonces",
        "progress",
        "retried_road",
        "routes",
        "source",
        "to",
        "transaction",
        "uri",
    )

    def __init__(self, method: str, uri: str, to: Address, names: tuple[str, str, str]) -> None:
        self.method = method
        self.uri = uri
        self.to = to
        self.names = names
        self.cseq = 1
        self.routes = ""
        self.lines = ""
        self.content_type: str | None = None
        self.body = b""
        self.authorization = ""
        self.nonces: frozenset[str] = frozenset()
        self.done: Done = _ignore
        self.progress: Callable[[Response], None] | None = None
        self.source = to
        self.dialog: Dialog | None = None
        self.retried_road = False
        self.transaction: ClientInvite | ClientOther | None = None


def _ignore(_status: int, _response: Response | None) -> None:
    """Take an answer that nobody waits for."""


def render(core: Core, outgoing: Outgoing, method: str, branch: str) -> bytes:
    """Write the request; ``method`` differs from its own for ACK and CANCEL."""
    sender, receiver, call_id = outgoing.names
    transport = outgoing.to.transport
    own = method == outgoing.method
    lines = outgoing.lines if own else ""
    content = (
        content_lines(outgoing.content_type, outgoing.body) if own else content_lines(None, b"")
    )
    head = (
        f"{method} {outgoing.uri} SIP/2.0\r\n"
        f"Via: SIP/2.0/{transport.upper()} {core.sent_by(transport)};branch={branch};rport\r\n"
        f"{MAX_FORWARDS}{outgoing.routes}From: {sender}\r\nTo: {receiver}\r\n"
        f"Call-ID: {call_id}\r\nCSeq: {outgoing.cseq} {method}\r\n"
        f"{outgoing.authorization}{lines}{content}"
    )
    data = head.encode("utf-8", "surrogateescape")
    return data + outgoing.body if own else data


def send_request(core: Core, outgoing: Outgoing) -> None:
    """Begin a client transaction for the request as it stands now."""
    branch = MAGIC_COOKIE + core.tokens.next()
    data = render(core, outgoing, outgoing.method, branch)
    limit = core.profile.stream_above
    if limit is not None and len(data) > limit and outgoing.to.transport == "udp":
        outgoing.to = Address("tcp", outgoing.to.host, outgoing.to.port)
        data = render(core, outgoing, outgoing.method, branch)
    begin(core, outgoing, (branch, outgoing.method), data)


def begin(core: Core, outgoing: Outgoing, key: tuple[str, str], data: bytes) -> None:
    """Run a client transaction with this branch and method."""
    kind = ClientInvite if key[1] == "INVITE" else ClientOther
    transaction = kind(core, core.times, outgoing.to, key, outgoing)
    transaction.message = data
    outgoing.transaction = transaction
    core.clients[key] = (transaction, outgoing)
    core.watch(transaction)
    transaction.step(On.START)


def in_dialog(core: Core, dialog: Dialog, method: str, lines: str = "") -> Outgoing:
    """Prepare a request in a dialog (§12.2.1.1); send it with `send_request`."""
    path = dialog.path
    names = (dialog.local, dialog.remote, dialog.key[0])
    outgoing = Outgoing(method, path.uri, dialog.hop(), names)
    outgoing.cseq = dialog.next_cseq()
    outgoing.routes = "".join([f"Route: {route}\r\n" for route in path.routes])
    outgoing.lines = f"{lines}{core.texts.agent}"
    outgoing.dialog = dialog
    return outgoing


def acknowledge(core: Core, dialog: Dialog, invite: Outgoing) -> tuple[bytes, Address]:
    """Send the ACK for a 2xx: in the dialog, a branch of its own (§13.2.2.4)."""
    path = dialog.path
    names = (dialog.local, dialog.remote, dialog.key[0])
    ack = Outgoing("ACK", path.uri, dialog.hop(), names)
    ack.cseq = invite.cseq
    ack.routes = "".join([f"Route: {route}\r\n" for route in path.routes])
    ack.authorization = invite.authorization
    data = render(core, ack, "ACK", MAGIC_COOKIE + core.tokens.next())
    core.send(data, ack.to)
    return data, ack.to


def receive_response(core: Core, key: tuple[str, str], response: Response, source: Address) -> bool:
    """Give a response to its transaction (§17.1.3); says whether there was one."""
    found = core.clients.get(key)
    if found is None:
        return False
    transaction, outgoing = found
    if isinstance(transaction, ClientInvite) and response.status >= 300:
        transaction.ack = _refusal_ack(core, outgoing, key[0], response)
    notice = transaction.receive(response.status)
    if notice is None:
        return True
    outgoing.source = source
    if response.status < 200:
        if outgoing.progress is not None:
            outgoing.progress(response)
    elif not _sent_again(core, outgoing, response):
        outgoing.done(response.status, response)
    return True


def _refusal_ack(core: Core, outgoing: Outgoing, branch: str, response: Response) -> bytes:
    """Write the ACK for a refusal: the INVITE's branch, the answer's To (§17.1.1.3)."""
    sender, receiver, call_id = outgoing.names
    outgoing.names = (sender, response.headers.get("to") or receiver, call_id)
    try:
        return render(core, outgoing, "ACK", branch)
    finally:
        outgoing.names = (sender, receiver, call_id)


def _sent_again(core: Core, outgoing: Outgoing, response: Response) -> bool:
    """Send a challenged request again with credentials (§22.2); says whether that was done."""
    if response.status not in {401, 407} or not answer_challenge(core, outgoing, response):
        return False
    outgoing.cseq += 1
    if outgoing.dialog is not None:
        outgoing.cseq = outgoing.dialog.next_cseq()
    send_request(core, outgoing)
    return True


def client_noticed(core: Core, outgoing: Outgoing, notice: Notice) -> None:
    """Take a timeout as 408 and a failed road as 503 (§8.1.3.1).

    A request in a dialog whose connection is lost is tried once more at the address that the
    dialog's target or route names.
    """
    dialog = outgoing.dialog
    lost = notice is Notice.ROAD and outgoing.to.transport != "udp"
    if lost and dialog is not None and not outgoing.retried_road:
        dialog.leave_connection()
        hop = dialog.hop()
        if hop not in {outgoing.to, dialog.peer}:
            outgoing.retried_road = True
            outgoing.to = hop
            send_request(core, outgoing)
            return
    outgoing.done(408 if notice is Notice.TIMEOUT else 503, None)


def request_outside(
    core: Core, uri: str, to: Address, done: Callable[[str, int, Response | None], None]
) -> str:
    """Send OPTIONS outside a dialog (§11.1); returns its reference."""
    ref = core.tokens.next()
    own = core.address(to.transport).host
    names = (f"<{core.local_uri}>;tag={core.tokens.next()}", f"<{uri}>", f"{ref}@{own}")
    outgoing = Outgoing("OPTIONS", uri, to, names)
    texts = core.texts
    outgoing.lines = (
        f"{core.contact_line(to.transport)}{texts.accept}{texts.supported}{texts.agent}"
    )
    outgoing.done = partial(done, ref)
    send_request(core, outgoing)
    return ref
