"""Requests that came in, and the answers to them (RFC 3261 §8.2.6, §17.2, §18.2)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from opensos.protocols.effects import RemoteError

from .core import Core, content_lines
from .dialog import tag_in
from .fields import CSeq, Via, parse_cseq, parse_via
from .hops import bracketed, fallback_address, response_address, stamped_via
from .reasons import REASONS
from .transaction import MAGIC_COOKIE, Notice, On, ServerInvite, ServerOther

if TYPE_CHECKING:
    from opensos.protocols.effects import Address

    from .alarms import Alarm
    from .call import Call
    from .dialog import Dialog
    from .message import Request


class Incoming:
    """A request that came in, and all that an answer to it needs.

    Attributes:
        key: what its transaction is matched by (§17.2.3); INVITE, its ACK and its CANCEL share one
            but for the last element, the method.
        to: where the answer goes; fallback: where it goes when a connection is lost.
        head: Via, From, Call-ID and CSeq of the answer, copied as they came (§8.2.6.2).
        tag: our tag; an empty text until one is needed.
        merge: what tells a merged request (§8.2.2.2); set for INVITEs that became calls.
        trying: the alarm that sends 100 if no other answer comes before it.
    """

    __slots__ = (
        "call",
        "cseq",
        "fallback",
        "from_tag",
        "head",
        "key",
        "merge",
        "request",
        "source",
        "tag",
        "to",
        "to_tag",
        "to_value",
        "transaction",
        "trying",
        "via",
    )

    def __init__(self, request: Request, source: Address, via: Via, cseq: CSeq) -> None:
        headers = request.headers
        vias = headers.all("via")
        self.request = request
        self.source = source
        self.via = via
        self.cseq = cseq
        self.to = response_address(via, source)
        self.fallback: Address | None = None
        if source.transport != "udp":
            self.fallback = fallback_address(via, source)
        self.to_value = headers.get("to") or ""
        self.from_tag = tag_in(headers, "from")
        self.to_tag = tag_in(headers, "to")
        self.tag = self.to_tag
        self.key = self._key()
        self.merge: tuple[str, str, int] | None = None
        self.transaction: ServerInvite | ServerOther | None = None
        self.call: Call | None = None
        self.trying: Alarm | None = None
        lines = [f"Via: {stamped_top(via, vias[0], source)}\r\n"]
        lines += [f"Via: {line}\r\n" for line in vias[1:]]
        lines.append(f"From: {headers.get('from') or ''}\r\n")
        lines.append(f"Call-ID: {headers.get('call-id') or ''}\r\n")
        lines.append(f"CSeq: {headers.get('cseq') or ''}\r\n")
        self.head = "".join(lines)

    def _key(self) -> tuple[str, ...]:
        """Return what the transaction is matched by (§17.2.3).

        The Call-ID is ours to add: it never parts a repetition from its request, and a car whose
        branches are not unique still gets each of its calls through.

        A branch without the cookie comes from an RFC 2543 peer: then the message is compared.
        """
        request, via = self.request, self.via
        method = "INVITE" if request.method in {"ACK", "CANCEL"} else request.method
        branch = via.branch or ""
        call_id = request.headers.get("call-id") or ""
        if branch.startswith(MAGIC_COOKIE) and len(branch) > len(MAGIC_COOKIE):
            return (branch, via.sent_by.lower(), call_id, method)
        return (request.uri, self.from_tag, call_id, str(self.cseq.number), str(via), method)

    @property
    def local(self) -> str:
        """The To value with our tag."""
        if self.to_tag or not self.tag:
            return self.to_value
        return f"{self.to_value};tag={self.tag}"


class Pending:
    """A request in a dialog that waits for the floor above to `reply`."""

    __slots__ = ("alarm", "call", "dialog", "incoming")

    def __init__(self, call: Call, dialog: Dialog, incoming: Incoming) -> None:
        self.call = call
        self.dialog = dialog
        self.incoming = incoming
        self.alarm: Alarm | None = None


def stamped_top(via: Via, line: str, source: Address) -> str:
    """Return the first Via line of an answer; further hops on the same line stay as they are."""
    top, comma, rest = line.partition(",")
    if '"' in line:
        return line  # a quoted comma: rather no stamp than a torn Via
    return f"{stamped_via(via, top.strip(), source)}{comma}{rest}"


def arrival(request: Request, source: Address) -> Incoming | None:
    """Read what an answer needs, or return ``None`` if there is no Via to answer by.

    A Via or CSeq that cannot be read is a fatal defect, so all that follows is a refusal: it goes
    back to where the request came from, with the headers as they are.
    """
    headers = request.headers
    if not headers.values("via"):
        return None
    try:
        via = headers.read_all("via", parse_via)[0]
    except RemoteError:
        via = Via(source.transport, bracketed(source.host), source.port)
    try:
        cseq = headers.read("cseq", parse_cseq)
    except RemoteError:
        cseq = None
    return Incoming(request, source, via, cseq or CSeq(0, request.method))


def open_transaction(core: Core, incoming: Incoming) -> None:
    """Begin the server transaction of a new request."""
    kind = ServerInvite if incoming.request.method == "INVITE" else ServerOther
    transaction = kind(core, core.times, incoming.to, incoming.key, incoming)
    incoming.transaction = transaction
    core.servers[incoming.key] = (transaction, incoming)
    core.watch(transaction)
    transaction.step(On.START)


def respond(
    core: Core,
    incoming: Incoming,
    status: int,
    lines: str = "",
    *,
    reason: str | None = None,
    content_type: str | None = None,
    body: bytes = b"",
) -> bytes:
    """Answer a request, through its transaction or, without one, statelessly (§8.2.7)."""
    if incoming.trying is not None:
        core.alarms.cancel(incoming.trying)
        incoming.trying = None
    content = content_lines(content_type, body)
    if not incoming.tag and status > 100:
        incoming.tag = core.tokens.stamp("\n".join((*incoming.key, incoming.head)))
    to = incoming.to_value if status == 100 else incoming.local
    text = reason if reason is not None else REASONS.get(status, "Unknown")
    head = f"SIP/2.0 {status} {text}\r\n{incoming.head}To: {to}\r\n{lines}{content}"
    data = head.encode("utf-8", "surrogateescape") + body
    if incoming.transaction is None:
        core.send(data, incoming.to)
    else:
        incoming.transaction.respond(status, data)
    return data


def say_trying(core: Core, incoming: Incoming, lines: str = "") -> None:
    """Send 100 to an INVITE, now or when its answer takes longer than the profile says."""
    wait = core.profile.trying
    if wait is None:
        return
    if wait > 0:
        incoming.trying = core.after(wait, partial(_still_trying, core, incoming, lines))
    else:
        respond(core, incoming, 100, lines)


def _still_trying(core: Core, incoming: Incoming, lines: str) -> None:
    transaction = incoming.transaction
    if transaction is not None and transaction.can(On.SEND_PROVISIONAL):
        respond(core, incoming, 100, lines)


def server_noticed(core: Core, incoming: Incoming, notice: Notice) -> None:
    """Take a failed road: try once where §18.2.2 says when a connection is lost.

    A timeout (timer H) means that a refusal was never acknowledged: nothing depends on it.
    """
    transaction = incoming.transaction
    if notice is not Notice.ROAD or transaction is None or incoming.fallback is None:
        return
    core.unwatch(transaction)
    transaction.to, incoming.fallback = incoming.fallback, None
    core.watch(transaction)
    if transaction.message:
        core.send(transaction.message, transaction.to)
