"""The centre's side of NG-eCall (RFC 8147)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opensos.protocols.control import Ack, Capabilities, RequestAction, Requests
from opensos.protocols.effects import Effect, LocalError, RemoteError, Tell
from opensos.protocols.sip import events as sip
from opensos.protocols.sip import parse_name_addr
from opensos.protocols.sip.uac import InviteOrder

from . import events
from .compose import Body, control_part, control_reference, framed, sdp_part
from .contents import read_contents
from .settings import SDP_TYPE
from .side import Info, Line, Side
from .urns import kind_of

if TYPE_CHECKING:
    from opensos.protocols.control import Control
    from opensos.protocols.effects import Address
    from opensos.protocols.sip import Part, Request

    from .contents import Contents
    from .events import EndedWhy, Received

_WHY_ENDED: Final[dict[sip.Why, EndedWhy]] = {
    sip.Why.NO_ACK: "no_ack",
    sip.Why.SESSION_TIMER: "session_timer",
    sip.Why.GONE: "road",
}


@dataclass(slots=True)
class CentreLine(Line):
    """A call as the centre keeps it.

    ``refusal``: the status that the call gets when it is answered although voice is impossible.
    ``voice``: our answer to its offer, or our offer if it made none.
    """

    msd_cid: str | None = None
    has_msd: bool = False
    voice: bytes = b""
    refusal: int | None = None
    answered: bool = False
    unacknowledged: bool = False
    back: bool = False


class EcallCentre(Side[CentreLine]):
    """Answers eCalls, many at once, and calls cars back. Every method returns ordered effects."""

    # --- verbs --------------------------------------------------------------------------------

    def ring(self, call: str, now: float) -> list[Effect]:
        """Send 180 Ringing."""
        if self._line(call) is None:
            return []
        return self._told(self._endpoint.ring(call, now), now)

    def answer(self, call: str, received: Received, sdp: bytes | None, now: float) -> list[Effect]:
        """Send the 200 with the acknowledgement, or what ``refuse_status`` of the call says.

        Args:
            call: the handle that ``CallArrived`` gave.
            received: whether the MSD was understood; None sends no acknowledgement, which tells
                the car that this is no NG-eCall centre (RFC 8147 §9). Without an MSD or a
                reference to one there is nothing to acknowledge.
            sdp: our voice answer (or offer, if the call made none); None = made from the settings.
            now: seconds on the steady clock.

        Raises:
            LocalError: the call is not known or was answered.
        """
        line = self._line(call)
        if line is None:
            return []
        if line.refusal is not None:
            return self.refuse(call, line.refusal, received, now)
        line.own = line.voice if sdp is None else sdp
        body = self._acknowledged(line, received, line.own)
        effects = self._endpoint.answer(call, now, body.content_type, body.body, body.headers)
        line.answered = True
        return self._told(effects, now)

    def refuse(self, call: str, status: int, received: Received, now: float) -> list[Effect]:
        """Refuse the call, 300 to 699, with the acknowledgement: 486, 600, 603 … (RFC 8147 §6)."""
        line = self._line(call)
        if line is None:
            return []
        body = self._acknowledged(line, received, None)
        effects = self._endpoint.refuse(
            call, now, status, None, body.headers, content_type=body.content_type, body=body.body
        )
        return self._told(effects, now)

    def confirm(self, token: str, now: float) -> list[Effect]:
        """Send the 200 to the INFO that ``MsdArrived`` told of; too late, it does nothing."""
        try:
            effects = self._endpoint.reply(token, now)
        except LocalError:
            # The call ended, or the endpoint had to answer 500, while we were committing.
            return []
        return self._told(effects, now)

    def request_msd(self, call: str, now: float) -> list[Effect]:
        """Ask the car for a fresh MSD; before its ACK came, the request waits for that."""
        line = self._line(call)
        if line is None:
            return []
        if not line.answered:
            raise LocalError("Data can be requested once the call has been answered.")
        cid = self._new_cid()
        wanted = Requests((RequestAction("send-data", datatype="eCall.MSD"),))
        body = framed((control_part(wanted, cid),), self._tokens.next(), (control_reference(cid),))
        out: list[Effect] = []
        self._queue_info(line, Info("request", body), now, out)
        return self._finished(out)

    def clear_down(self, call: str, now: float) -> list[Effect]:
        """End an answered call or give up a call back; a call that still rings is declined."""
        line = self._line(call)
        if line is None:
            return []
        if not line.answered and not line.back:
            return self.refuse(call, 603, None, now)
        return self._bye(line, now)

    def call_back(
        self, uri: str, next_hop: Address, now: float, sdp: bytes | None = None
    ) -> tuple[str, list[Effect]]:
        """Call the car back, marked as such (RFC 7090 §4); returns the new call's handle."""
        own = self._voice_offer(None) if sdp is None else sdp
        headers = (("Priority", "psap-callback"),)
        order = InviteOrder(uri, uri, next_hop, headers, SDP_TYPE, own)
        call, effects = self._endpoint.invite(order, now)
        self._lines[call] = CentreLine(call, own=own, back=True)
        return call, self._told(effects, now)

    # --- what the endpoint tells --------------------------------------------------------------

    def _heard(self, event: object, now: float, out: list[Effect]) -> None:
        match event:
            case sip.IncomingInvite(call, request, source):
                out.append(Tell(self._arrived(call, request, source)))
            case sip.Established(call):
                self._stands(call, events.CallEstablished(call), now, out)
            case sip.Answered(call):
                self._stands(call, events.CallBackAnswered(call), now, out)
            case sip.NeverAcknowledged(call):
                self._lines[call].unacknowledged = True
            case sip.InfoArrived(call, request, token):
                self._info(call, request, token, now, out)
            case sip.Unreadable(data, source, status, reason, broken):
                named = broken is not None and "call-id" in broken.headers
                key = call_key(broken) if broken is not None and named else None
                out.append(Tell(events.CallUnreadable(data, source, status, reason, key)))
            case sip.StrayRequest(request, source, status):
                reason = f"{request.method[:20]} that belongs to no call: {status}"
                out.append(Tell(events.NoiseArrived(self._raw, source, reason)))
            case _:
                self._over_now(event, out)
                super()._heard(event, now, out)

    def _over_now(self, event: object, out: list[Effect]) -> None:
        """Tell how a call ended."""
        match event:
            case sip.IncomingCancelled(call):
                self._close(call, out)
                out.append(Tell(events.CallAbandoned(call, "The car gave up before the answer.")))
            case sip.ByeReceived(call):
                line = self._close(call, out)
                ended: events.CentreEvent = events.CallEnded(call, "car_hung_up")
                if not line.answered:
                    ended = events.CallAbandoned(call, "The car hung up before the answer.")
                out.append(Tell(ended))
            case sip.Refused(call, status):
                self._close(call, out)
                out.append(Tell(events.CallBackFailed(call, status)))
            case sip.Ended(call, why):
                self._ended(call, why, out)

    def _arrived(self, call: str, request: Request, source: Address) -> events.CallArrived:
        headers = request.headers
        contents = read_contents(headers, request.body)
        voice, refusal, problems = self._voice(contents)
        self._lines[call] = CentreLine(
            call,
            msd_cid=contents.msd_cid,
            has_msd=contents.msd is not None,
            voice=voice,
            refusal=refusal,
        )
        kind = kind_of(request.uri)
        urn = request.uri
        if kind == "other":
            # A proxy may have put the centre's own address there; To still says what was asked.
            asked = _address_uri(request, "to")
            if asked is not None and kind_of(asked) != "other":
                kind, urn = kind_of(asked), asked
        said = [
            value
            for _, document in contents.controls
            for value in document.every
            if isinstance(value, Capabilities)
        ]
        return events.CallArrived(
            call=call,
            call_key=call_key(request),
            kind=kind,
            urn=urn,
            test=kind == "test",
            msd=contents.msd,
            msd_cid=contents.msd_cid,
            location=contents.location,
            sdp_offer=contents.sdp,
            caller=_caller(request),
            callback_uri=_address_uri(request, "contact") or _identity(request),
            other_parts=contents.others,
            raw=self._raw,
            problems=(*contents.problems, *problems),
            source=source,
            location_uri=contents.location_uri,
            capabilities=said[0] if said else None,
            refuse_status=refusal,
        )

    def _voice(self, contents: Contents) -> tuple[bytes, int | None, tuple[str, ...]]:
        """Return what we say about voice, the status if it is impossible, and what to note."""
        if contents.sdp is not None:
            voice = self._voice_answer(None, contents.sdp)
            if voice is None:
                return b"", 488, ("The voice offer holds no stream that we speak.",)
            return voice, None, ()
        if contents.empty:
            return b"", 400, ("Nothing in the body can be read, so there is no voice offer.",)
        note = "The call makes no voice offer; the answer makes one."
        return self._voice_offer(None), None, (note,)

    def _stands(self, call: str, event: object, now: float, out: list[Effect]) -> None:
        line = self._lines[call]
        line.ready = True
        out.append(Tell(event))
        line.answered = True
        self._next_info(line, now, out)

    def _info(self, call: str, request: Request, token: str, now: float, out: list[Effect]) -> None:
        contents = read_contents(request.headers, request.body)
        heard: list[object] = []
        for _, document in contents.controls:
            for value in document.every:
                heard += _car_says(call, value)
        if contents.msd is not None or not contents.controls:
            problems = contents.problems
            if contents.msd is None:
                problems = (*problems, "The INFO holds neither an MSD nor a control document.")
            heard.append(events.MsdArrived(call, token, contents.msd, problems, self._raw))
        else:
            self._run(self._endpoint.reply(token, now), now, out)
        out += [Tell(event) for event in heard]

    def _ended(self, call: str, why: sip.Why, out: list[Effect]) -> None:
        line = self._close(call, out)
        if line.back and not line.answered:
            out.append(Tell(events.CallBackFailed(call, 487)))
        elif not line.answered:
            if line.refusal is not None:
                text = f"Voice could not be set up: {line.refusal}."
                out.append(Tell(events.CallAbandoned(call, text)))
            elif why is not sip.Why.REFUSED:
                text = "The call ended before the answer."
                out.append(Tell(events.CallAbandoned(call, text)))
        elif line.unacknowledged:
            out.append(Tell(events.CallEnded(call, "no_ack")))
        else:
            out.append(Tell(events.CallEnded(call, _WHY_ENDED.get(why, "cleared_down"))))

    def _info_done(self, line: CentreLine, info: Info, status: int, out: list[Effect]) -> None:
        if info.purpose == "request" and status >= 300:
            out.append(Tell(events.DataRequestFailed(line.call, status)))

    # --- pieces -------------------------------------------------------------------------------

    def _acknowledged(self, line: CentreLine, received: Received, sdp: bytes | None) -> Body:
        """Return the body of a final response: SDP, acknowledgement, both or nothing."""
        parts: tuple[Part, ...] = () if sdp is None else (sdp_part(sdp),)
        if received is None or (not line.has_msd and line.msd_cid is None):
            return Body(SDP_TYPE, sdp) if sdp is not None else Body(None, b"")
        cid = self._new_cid()
        try:
            control = control_part(Ack(line.msd_cid or "", received), cid)
        except LocalError:
            # The car's Content-ID holds what XML cannot carry: its call matters more than our ack.
            return Body(SDP_TYPE, sdp) if sdp is not None else Body(None, b"")
        return framed((*parts, control), self._tokens.next(), (control_reference(cid),))


def call_key(request: Request) -> str:
    """Return what is the same for every repeat of a call: its Call-ID and the caller's tag."""
    try:
        tag = parse_name_addr(request.headers.get("from") or "").tag
    except RemoteError:
        tag = None
    return f"{request.headers.get('call-id') or ''};{tag or ''}"


def _car_says(call: str, value: Control) -> list[object]:
    """Return the events for one control document from a car."""
    if isinstance(value, Capabilities):
        return [events.CapabilitiesArrived(call, value)]
    if isinstance(value, Requests):
        return []  # a car asks nothing of a centre (RFC 8147 §9.1)
    return [
        events.MsdRefused(call, result.reason or "unable", result.details)
        for result in value.results
        if result.success is False and result.action.lower() in {"send-data", ""}
    ]


def _address_uri(request: Request, name: str) -> str | None:
    for value in request.headers.values(name):
        try:
            return parse_name_addr(value).uri
        except RemoteError:
            continue
    return None


def _identity(request: Request) -> str | None:
    """Who the network says is calling (RFC 3325), else who says so itself."""
    return _address_uri(request, "p-asserted-identity") or _address_uri(request, "from")


def _caller(request: Request) -> str:
    """Return the number or address of the caller, for a person."""
    uri = _identity(request) or ""
    scheme, colon, rest = uri.partition(":")
    if colon and scheme.lower() in {"sip", "sips", "tel"}:
        user, at, _ = rest.partition("@")
        return user.partition(";")[0] if at or scheme.lower() == "tel" else rest
    return uri
