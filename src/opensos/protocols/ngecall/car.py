"""The car's side of NG-eCall (RFC 8147)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from opensos.protocols.control import Ack, ActionResult, Requests, same_id
from opensos.protocols.effects import Effect, LocalError, RemoteError, Tell
from opensos.protocols.sip import events as sip
from opensos.protocols.sip import parse_name_addr
from opensos.protocols.sip.uac import InviteOrder

from . import events
from .compose import (
    BY_REFERENCE,
    OPTIONAL,
    Body,
    control_part,
    control_reference,
    framed,
    location_part,
    msd_part,
    msd_reference,
    sdp_part,
)
from .contents import Contents, is_msd, read_contents
from .settings import SDP_TYPE
from .side import Info, Line, Side

if TYPE_CHECKING:
    from opensos.protocols.control import RequestAction
    from opensos.protocols.sip import Part, Request, Response

    from .compose import HeaderLines
    from .events import DroppedWhy, Received
    from .settings import EcallOrder

_WHY_DROPPED: Final[dict[sip.Why, DroppedWhy]] = {
    sip.Why.NO_ACK: "no_ack",
    sip.Why.SESSION_TIMER: "session_timer",
    sip.Why.GONE: "road",
}


@dataclass(slots=True)
class CarLine(Line):
    """A call as the car keeps it.

    ``requested``: Content-IDs of control documents that asked for an MSD and got none yet.
    """

    msd_cid: str = ""
    ringing: bool = False
    given_up: bool = False
    incoming: bool = False
    offered: bytes | None = None
    requested: list[str] = field(default_factory=list)


class EcallCar(Side[CarLine]):
    """Makes eCalls and takes calls back. Every method returns its effects in order."""

    # --- verbs --------------------------------------------------------------------------------

    def dial(self, order: EcallOrder, now: float) -> tuple[str, list[Effect]]:
        """Make a call with its MSD and location; returns its handle (RFC 8147 §6, §10)."""
        own = self._voice_offer(None) if order.sdp is None else order.sdp
        cid = self._new_cid()
        parts: tuple[Part, ...] = (sdp_part(own), msd_part(order.msd, cid, OPTIONAL))
        headers: HeaderLines = (msd_reference(cid), *order.headers)
        if order.location is not None:
            place = self._new_cid()
            parts = (*parts, location_part(order.location, place))
            # RFC 6442 §4.1, §4.2: whoever routes the call may look at where it comes from.
            headers = (
                ("Geolocation", f"<cid:{place}>"),
                ("Geolocation-Routing", "yes"),
                *headers,
            )
        body = framed(parts, self._tokens.next(), headers)
        call, effects = self._endpoint.invite(
            InviteOrder(
                order.urn,
                order.urn,
                order.next_hop,
                body.headers,
                body.content_type,
                body.body,
                order.caller,
            ),
            now,
        )
        self._lines[call] = CarLine(call, own=own, msd_cid=cid)
        return call, self._told(effects, now)

    def cancel(self, call: str, now: float) -> list[Effect]:
        """Give up a call that is not answered yet."""
        line = self._line(call)
        if line is None:
            return []
        effects = self._endpoint.cancel(call, now)
        line.given_up = True
        return self._told(effects, now)

    def send_msd(self, call: str, msd: bytes, now: float) -> list[Effect]:
        """Send a fresh MSD in the call; it answers every request for one that is open."""
        line = self._line(call)
        if line is None:
            return []
        cid = self._new_cid()
        part = msd_part(msd, cid, BY_REFERENCE)
        line.requested.clear()
        body = framed((part,), self._tokens.next(), (msd_reference(cid),))
        return self._send_info(line, Info("msd", body), now)

    def cannot_send(
        self, call: str, reason: str, now: float, details: str | None = None
    ) -> list[Effect]:
        """Say that no MSD can be sent; ``reason`` as in RFC 8147 §9.1.1.2.

        Raises:
            LocalError: nobody asked, or the call is not known.
        """
        line = self._line(call)
        if line is None:
            return []
        if not line.requested:
            raise LocalError("No MSD was requested in this call.")
        result = ActionResult("send-data", success=False, reason=reason, details=details)
        body = self._results(line.requested[0], (result,))
        line.requested.clear()
        return self._send_info(line, Info("ack", body), now)

    def hang_up(self, call: str, now: float) -> list[Effect]:
        """End the call from the car (T2 has run out, or nobody is there)."""
        line = self._line(call)
        if line is None:
            return []
        return self._bye(line, now)

    def answer_callback(self, call: str, now: float, sdp: bytes | None = None) -> list[Effect]:
        """Take the call back; 488 goes out by itself if its offer holds no voice that we speak."""
        line = self._line(call)
        if line is None:
            return []
        if sdp is None and line.offered is not None:
            sdp = self._voice_answer(line, line.offered)
            if sdp is None:
                return self.refuse_callback(call, now, 488)
        line.own = sdp if sdp is not None else self._voice_offer(line)
        return self._told(self._endpoint.answer(call, now, SDP_TYPE, line.own), now)

    def refuse_callback(self, call: str, now: float, status: int = 486) -> list[Effect]:
        """Refuse a call that is not wanted."""
        if self._line(call) is None:
            return []
        return self._told(self._endpoint.refuse(call, now, status), now)

    # --- what the endpoint tells --------------------------------------------------------------

    def _heard(self, event: object, now: float, out: list[Effect]) -> None:
        match event:
            case sip.Progress(call, response):
                self._progress(call, response, out)
            case sip.Answered(call, response):
                self._answered(call, response, now, out)
            case sip.Refused(call, status, refusal):
                self._refused(call, status, refusal, out)
            case sip.InfoArrived(call, request, token):
                self._info(call, request, token, now, out)
            case sip.ByeReceived(call):
                self._close(call, out)
                out.append(Tell(events.ClearedDown(call)))
            case sip.Ended(call, why):
                self._ended(call, why, out)
            case sip.IncomingInvite(call, request):
                out.append(Tell(self._called_back(call, request)))
            case sip.IncomingCancelled(call):
                self._close(call, out)
                out.append(Tell(events.CallbackAbandoned(call)))
            case sip.Established(call):
                line = self._lines[call]
                line.ready = True
                out.append(Tell(events.CallbackEstablished(call)))
                self._next_info(line, now, out)
            case _:
                super()._heard(event, now, out)

    def _progress(self, call: str, response: Response, out: list[Effect]) -> None:
        line = self._lines[call]
        if response.status > 100 and not line.ringing:
            line.ringing = True
            out.append(Tell(events.Ringing(call)))

    def _answered(self, call: str, response: Response, now: float, out: list[Effect]) -> None:
        line = self._lines[call]
        line.ready = True
        contents = read_contents(response.headers, response.body)
        received, problems = _acknowledgement(contents, line.msd_cid)
        out.append(Tell(events.Connected(call, received, contents.sdp, problems)))
        self._next_info(line, now, out)

    def _refused(
        self, call: str, status: int, response: Response | None, out: list[Effect]
    ) -> None:
        line = self._lines[call]
        self._close(call, out)
        if line.given_up:
            out.append(Tell(events.Cancelled(call)))
            return
        received: Received = None
        problems: tuple[str, ...] = ()
        if response is not None:
            contents = read_contents(response.headers, response.body)
            received, problems = _acknowledgement(contents, line.msd_cid)
        out.append(Tell(events.Refused(call, status, received, problems)))

    def _ended(self, call: str, why: sip.Why, out: list[Effect]) -> None:
        self._close(call, out)
        if why is sip.Why.HUNG_UP:
            out.append(Tell(events.HungUp(call)))
        elif why is sip.Why.CANCELLED:
            out.append(Tell(events.Cancelled(call)))
        elif why is not sip.Why.REFUSED:
            out.append(Tell(events.Dropped(call, _WHY_DROPPED.get(why, "road"))))

    def _called_back(self, call: str, request: Request) -> events.CalledBack:
        contents = read_contents(request.headers, request.body)
        self._lines[call] = CarLine(call, incoming=True, offered=contents.sdp)
        marked = (request.headers.get("priority") or "").strip().lower() == "psap-callback"
        try:
            caller = parse_name_addr(request.headers.get("from") or "").uri
        except RemoteError:
            caller = ""
        return events.CalledBack(call, call, caller, marked, contents.sdp, self._raw)

    # --- requests of the centre ---------------------------------------------------------------

    def _info(self, call: str, request: Request, token: str, now: float, out: list[Effect]) -> None:
        """Accept the INFO at once; what it asks for goes back in an INFO of its own (§9)."""
        self._run(self._endpoint.reply(token, now), now, out)
        line = self._lines[call]
        contents = read_contents(request.headers, request.body)
        for cid, document in contents.controls:
            actions: list[RequestAction] = []
            for value in document.every:
                if isinstance(value, Requests):
                    actions += value.actions
            if document.value is None:
                unreadable = ActionResult(
                    "send-data", False, "unable", "The request cannot be read."
                )
                self._queue_info(line, Info("ack", self._results(cid, (unreadable,))), now, out)
            elif actions:
                self._requested(line, cid, actions, now, out)

    def _requested(
        self, line: CarLine, cid: str, actions: list[RequestAction], now: float, out: list[Effect]
    ) -> None:
        wanted = [action for action in actions if _asks_for_msd(action)]
        results = tuple(
            ActionResult(action.action or "unknown", success=False, reason=_why_not(action))
            for action in actions
            if action not in wanted
        )
        if results:
            self._queue_info(line, Info("ack", self._results(cid, results)), now, out)
        if wanted:
            line.requested = [*line.requested[-15:], cid]
            out.append(Tell(events.MsdRequested(line.call, cid)))

    def _results(self, ref: str, results: tuple[ActionResult, ...]) -> Body:
        cid = self._new_cid()
        part = control_part(Ack(ref, None, results), cid)
        return framed((part,), self._tokens.next(), (control_reference(cid),))

    # --- pieces -------------------------------------------------------------------------------

    def _send_info(self, line: CarLine, info: Info, now: float) -> list[Effect]:
        out: list[Effect] = []
        self._queue_info(line, info, now, out)
        return self._finished(out)

    def _info_done(self, line: CarLine, info: Info, status: int, out: list[Effect]) -> None:
        if info.purpose != "msd":
            return
        if status < 300:
            out.append(Tell(events.MsdDelivered(line.call)))
        else:
            out.append(Tell(events.MsdUndelivered(line.call, status)))


def _acknowledgement(contents: Contents, cid: str) -> tuple[Received, tuple[str, ...]]:
    """Return what the centre says about our MSD, and what was wrong with how it says it.

    An acknowledgement of something else is none: the MSD then goes another way once more, which
    does no harm, while a false 'received' would.
    """
    problems = list(contents.problems)
    for _, document in contents.controls:
        for value in document.every:
            if not isinstance(value, Ack) or value.received is None:
                continue
            if not value.ref or same_id(value.ref, cid):
                return value.received, tuple(problems)
            problems.append(f"The centre acknowledges {value.ref[:80]}, which is not our MSD.")
    return None, tuple(problems)


def _asks_for_msd(action: RequestAction) -> bool:
    """Whether an action asks for the MSD; a request that names no data can mean nothing else."""
    datatype = (action.datatype or "eCall.MSD").lower()
    return action.action.lower() == "send-data" and (datatype == "ecall.msd" or is_msd(datatype))


def _why_not(action: RequestAction) -> str:
    return "data-unsupported" if action.action.lower() == "send-data" else "unsupported"
