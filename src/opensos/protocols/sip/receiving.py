"""What comes from the network: parsed, judged, and led to the right room (RFC 3261 §8.2, §18)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .accepted import acknowledged
from .call import Phase
from .checks import check_method, unsupported_options
from .client import receive_response
from .defect import Defect
from .ending import end
from .events import ByeReceived, StrayRequest, Unreadable
from .fields import parse_cseq, parse_via
from .info import info_arrived
from .message import Parsed, Request, Response, check, parse
from .modify import reinvite_arrived, update_arrived
from .reliable import prack_arrived
from .server import Incoming, arrival, open_transaction, respond
from .session_timer import too_short
from .transaction import Notice, On
from .uas import cancel_arrived, invite_arrived, merge_key

if TYPE_CHECKING:
    from opensos.protocols.effects import Address

    from .call import Call
    from .core import Core
    from .dialog import Dialog


def receive(core: Core, data: bytes, source: Address) -> None:
    """Take one message."""
    parsed = parse(data)
    message = parsed.message
    if message is None:
        if data.lstrip()[:7].upper() == b"INVITE ":
            defect = check(parsed) or Defect(400, "Bad Request")
            _unreadable(core, data, source, defect, None)
    elif isinstance(message, Response):
        if check(parsed) is None:
            _response(core, message, source)
    else:
        _request(core, Arrival(data, parsed, message, source))


class Arrival:
    """One request as it came."""

    __slots__ = ("data", "parsed", "request", "source")

    def __init__(self, data: bytes, parsed: Parsed, request: Request, source: Address) -> None:
        self.data = data
        self.parsed = parsed
        self.request = request
        self.source = source


def _response(core: Core, response: Response, source: Address) -> None:
    """Give a response to its transaction, or drop it (RFC 6026 §7.2, §8.1.3.3)."""
    headers = response.headers
    via = headers.read_all("via", parse_via)[0]
    cseq = headers.read("cseq", parse_cseq)
    if cseq is not None and via.branch is not None:
        receive_response(core, (via.branch, cseq.method), response, source)


def _request(core: Core, arrival_: Arrival) -> None:
    request = arrival_.request
    defect = check(arrival_.parsed)
    incoming = arrival(request, arrival_.source)
    if incoming is None:
        _turn_down(core, arrival_, None, defect or Defect(400, "Bad Request"))
        return
    if request.method == "ACK":
        _ack(core, incoming)
        return
    found = core.servers.get(incoming.key)
    if found is not None and request.method != "CANCEL":
        found[0].step(On.REQUEST)
    elif defect is not None:
        _turn_down(core, arrival_, incoming, defect)
    elif request.method == "CANCEL":
        cancel_arrived(core, incoming)
    elif not _screened(core, arrival_, incoming):
        _new(core, arrival_, incoming)


def _screened(core: Core, arrival_: Arrival, incoming: Incoming) -> bool:
    """Refuse what we cannot do: unknown methods and extensions (§8.2.1, §8.2.2.3)."""
    headers = incoming.request.headers
    defect = check_method(incoming.request.method, core.profile.allow)
    if defect is not None:
        _turn_down(core, arrival_, incoming, defect, core.texts.allow)
        return True
    if "require" in headers:
        known = (*core.profile.supported, *core.profile.understood)
        unknown = unsupported_options(headers, known)
        if unknown:
            lines = f"Unsupported: {', '.join(unknown)}\r\n"
            _turn_down(core, arrival_, incoming, Defect(420, "Bad Extension"), lines)
            return True
    return False


def _new(core: Core, arrival_: Arrival, incoming: Incoming) -> None:
    """Take a request that no transaction knows, inside a dialog or outside (§8.2.2.2, §12.2.2)."""
    method = incoming.request.method
    if incoming.to_tag:
        key = (incoming.request.headers.get("call-id") or "", incoming.to_tag, incoming.from_tag)
        found = core.dialogs.get(key)
        if found is not None:
            _in_dialog(core, incoming, *found)
            return
    if method == "OPTIONS":
        _options(core, incoming)
    elif method != "INVITE" or incoming.to_tag:
        defect = Defect(481, "Call/Transaction Does Not Exist")
        _turn_down(core, arrival_, incoming, defect)
    elif merge_key(incoming) in core.merges:
        respond(core, incoming, 482)
    elif too_short(core, incoming.request.headers):
        respond(core, incoming, 422, f"Min-SE: {core.profile.min_se}\r\n")
    elif len(core.calls) >= core.profile.calls:
        _turn_down(core, arrival_, incoming, Defect(503, "Service Unavailable"))
    else:
        invite_arrived(core, incoming)


def _in_dialog(core: Core, incoming: Incoming, dialog: Dialog, call: Call) -> None:
    method = incoming.request.method
    dialog.heard_from(incoming.source)
    if method == "OPTIONS":
        dialog.in_order(incoming.cseq.number)
        _options(core, incoming)
        return
    incoming.call = call
    open_transaction(core, incoming)
    if not dialog.in_order(incoming.cseq.number):
        respond(core, incoming, 500, reason="CSeq Out Of Order")
    elif method == "BYE":
        _bye(core, call, incoming)
    elif method == "INFO":
        info_arrived(core, call, dialog, incoming)
    elif method == "PRACK":
        prack_arrived(core, call, incoming)
    elif method == "UPDATE":
        update_arrived(core, call, dialog, incoming)
    elif method == "INVITE":
        reinvite_arrived(core, call, dialog, incoming)
    else:
        respond(core, incoming, 405, core.texts.allow)


def _bye(core: Core, call: Call, incoming: Incoming) -> None:
    """Take a BYE: 200, and 487 for an INVITE that is still open (§15.1.2)."""
    respond(core, incoming, 200)
    if call.phase in {Phase.CALLING, Phase.CANCELLING}:
        return  # §15: no callee may do this; the INVITE will have its own end
    if call.phase is Phase.INCOMING and call.incoming is not None:
        respond(core, call.incoming, 487)
    end(core, call, ByeReceived(call.handle, incoming.request))


def _ack(core: Core, incoming: Incoming) -> None:
    """Take an ACK: for a refusal it ends in the transaction, for a 2xx in the dialog."""
    found = core.servers.get(incoming.key)
    if found is not None and found[0].can(On.ACK) and found[0].step(On.ACK) is not Notice.MESSAGE:
        return
    key = (incoming.request.headers.get("call-id") or "", incoming.to_tag, incoming.from_tag)
    known = core.dialogs.get(key)
    if known is not None:
        acknowledged(core, known[1], incoming.request, incoming.cseq.number)


def _options(core: Core, incoming: Incoming) -> None:
    """Say what we can (§11.2), without a transaction: the same question has the same answer."""
    texts = core.texts
    contact = core.contact_line(incoming.source.transport)
    lines = f"{contact}{texts.allow}{texts.accept}{texts.supported}{texts.recv_info}{texts.server}"
    respond(core, incoming, 200, lines)


# --- what cannot be used -------------------------------------------------------------------------


def _turn_down(
    core: Core, arrival_: Arrival, incoming: Incoming | None, defect: Defect, lines: str = ""
) -> None:
    """Refuse without keeping anything (§8.2.7), and tell: an INVITE may be a cry for help."""
    request, source = arrival_.request, arrival_.source
    if incoming is not None and request.method != "ACK":
        respond(core, incoming, defect.status, lines + core.texts.server, reason=defect.reason)
    if request.method.upper() == "INVITE":
        _unreadable(core, arrival_.data, source, defect, request)
    else:
        core.tell(StrayRequest(request, source, 0 if incoming is None else defect.status))


def _unreadable(
    core: Core, data: bytes, source: Address, defect: Defect, request: Request | None
) -> None:
    """Tell of an INVITE that became no call, once for each repetition of the same bytes."""
    if core.seen_before(data):
        return
    core.tell(Unreadable(data, source, defect.status, defect.reason, request))
