"""What car and centre share: the endpoint below, one INFO at a time, answers about voice."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from opensos.protocols.effects import Effect, LocalError, Send, Tell, WakeAt
from opensos.protocols.sip import answer, build_sdp, offer, parse_sdp
from opensos.protocols.sip import events as sip
from opensos.protocols.sip.endpoint import Endpoint
from opensos.protocols.sip.profile import EXTENSIONS, Profile

from .contents import read_contents
from .settings import (
    CONTROL_TYPE,
    DISCARD,
    MSD_PACKAGE,
    MSD_TYPE,
    PIDF_TYPE,
    SDP_TYPE,
    TRYING_S,
)

if TYPE_CHECKING:
    from opensos.protocols.effects import Address
    from opensos.protocols.sip import Request
    from opensos.protocols.sip.tokens import Tokens

    from .compose import Body
    from .settings import Settings

MOST_OVER: Final = 4096  # how many ended calls are remembered, so that a late verb is forgiven
MOST_WAITING: Final = 32  # INFOs of one call; a peer that asks without end gets no more memory
ACCEPT: Final = (SDP_TYPE, "multipart/mixed", PIDF_TYPE, CONTROL_TYPE, MSD_TYPE)


@dataclass(frozen=True, slots=True)
class Info:
    """An INFO that waits for its turn; ``purpose`` says what its answer means."""

    purpose: str
    body: Body


@dataclass(slots=True)
class Line:
    """One call, as both sides keep it.

    ``ready``: the dialog stands, INFO may go out. ``closing``: we hung up. ``own``: what was said
    about voice last.
    """

    call: str
    ready: bool = False
    closing: bool = False
    own: bytes = b""
    waiting: deque[Info] = field(default_factory=deque)
    under_way: Info | None = None


LineT = TypeVar("LineT", bound=Line)


class Side(Generic[LineT]):
    """One side of NG-eCall: turns what the SIP endpoint tells into what an eCall means.

    INFOs of one call go out one after the other: a lost first one would else be overtaken and
    refused for its CSeq (RFC 3261 §12.2.2).
    """

    def __init__(self, settings: Settings, tokens: Tokens) -> None:
        self._settings = settings
        self._tokens = tokens
        self._endpoint = Endpoint(_profile(settings), tokens)
        self._lines: dict[str, LineT] = {}
        self._over: dict[str, None] = {}
        self._raw = b""
        self._wake: WakeAt | None = None

    # --- the world ----------------------------------------------------------------------------

    def receive(self, data: bytes, source: Address, now: float) -> list[Effect]:
        """Take in one message from the road."""
        self._raw = data
        return self._told(self._endpoint.receive(data, source, now), now)

    def wake(self, now: float) -> list[Effect]:
        """Do what has become due."""
        return self._told(self._endpoint.wake(now), now)

    def road_failed(self, to: Address, now: float) -> list[Effect]:
        """Learn that bytes for this address could not be delivered."""
        return self._told(self._endpoint.road_failed(to, now), now)

    # --- effects ------------------------------------------------------------------------------

    def _told(self, effects: list[Effect], now: float) -> list[Effect]:
        """Return our own effects for those of the endpoint; its latest wish to wake comes last."""
        out: list[Effect] = []
        self._run(effects, now, out)
        return self._finished(out)

    def _finished(self, out: list[Effect]) -> list[Effect]:
        if self._wake is not None:
            out.append(self._wake)
            self._wake = None
        return out

    def _run(self, effects: list[Effect], now: float, out: list[Effect]) -> None:
        # The wish first: what is heard below may call the endpoint again, and then that one counts.
        for effect in effects:
            if isinstance(effect, WakeAt):
                self._wake = effect
        for effect in effects:
            match effect:
                case Tell(event):
                    self._heard(event, now, out)
                case Send():
                    out.append(effect)

    def _heard(self, event: object, now: float, out: list[Effect]) -> None:
        """Turn one event of the endpoint into our own effects: each side adds its part."""
        match event:
            case sip.InfoAnswered(call, status):
                self._info_answered(call, status, now, out)
            case sip.UpdateArrived(call, request, token) | sip.ReinviteArrived(
                call, request, token
            ):
                self._renegotiate(call, request, token, now, out)

    # --- voice --------------------------------------------------------------------------------

    def _voice_place(self, line: LineT | None) -> tuple[str, int]:
        """Return where voice goes: as said last in this call, else by the settings."""
        if line is not None and line.own:
            said = parse_sdp(line.own)
            voice = said.audio
            host = None if voice is None else said.host_of(voice)
            if voice is not None and host is not None:
                return host, voice.port
        settings = self._settings
        return settings.media_host or settings.contact.host, settings.media_port

    def _voice_offer(self, line: LineT | None) -> bytes:
        return build_sdp(offer(*self._voice_place(line)))

    def _voice_answer(self, line: LineT | None, offered: bytes) -> bytes | None:
        """Return our answer to an offer, or None if it holds no voice that we can take.

        While nobody listens at our end (port 9, discard), the answer says ``inactive`` and takes
        whatever codec is offered: cars of the IMS age offer AMR and EVS alone, and an emergency
        call must not fail on a voice that would not flow anyway.
        """
        host, port = self._voice_place(line)
        silent = port == DISCARD
        direction = "inactive" if silent else "sendrecv"
        answered = answer(parse_sdp(offered), host, port, direction, any_codec=silent)
        return None if answered.audio is None else build_sdp(answered)

    def _renegotiate(
        self, call: str, request: Request, token: str, now: float, out: list[Effect]
    ) -> None:
        """Answer an offer in the call (RFC 3264 §8): the voice stays where it is."""
        line = self._lines[call]
        offered = read_contents(request.headers, request.body).sdp
        if offered is None:
            sdp: bytes | None = self._voice_offer(line) if request.method == "INVITE" else b""
        else:
            sdp = self._voice_answer(line, offered)
        if sdp is None:
            self._run(self._endpoint.reply(token, now, 488), now, out)
            return
        content_type = SDP_TYPE if sdp else None
        effects = self._endpoint.reply(token, now, content_type=content_type, body=sdp)
        self._run(effects, now, out)

    # --- INFO ---------------------------------------------------------------------------------

    def _line(self, call: str) -> LineT | None:
        """Return the call for a verb; None if it is over or ending.

        A verb that comes too late does nothing: the other side hung up while ours was deciding,
        and nobody is to blame for that.

        Raises:
            LocalError: there never was such a call.
        """
        line = self._lines.get(call)
        if line is None:
            if call in self._over:
                return None
            raise LocalError(f"There is no call {call}.")
        return None if line.closing else line

    def _bye(self, line: LineT, now: float) -> list[Effect]:
        """Hang up; if the endpoint is already doing so (481, session timer), that is enough."""
        line.closing = True
        try:
            effects = self._endpoint.bye(line.call, now)
        except LocalError:
            return []
        return self._told(effects, now)

    def _queue_info(self, line: LineT, info: Info, now: float, out: list[Effect]) -> None:
        if len(line.waiting) >= MOST_WAITING:
            self._info_done(line, info, 503, out)
            return
        line.waiting.append(info)
        self._next_info(line, now, out)

    def _next_info(self, line: LineT, now: float, out: list[Effect]) -> None:
        while line.ready and not line.closing and line.under_way is None and line.waiting:
            info = line.waiting.popleft()
            if not self._endpoint.accepts(line.call, MSD_PACKAGE):
                # RFC 6086 §4.2.1 forbids to send it; the answer would be this one.
                self._info_done(line, info, 469, out)
                continue
            body = info.body
            headers = (("Content-Disposition", "Info-Package"), *body.headers)
            try:
                effects = self._endpoint.info(
                    line.call, now, MSD_PACKAGE, body.content_type, body.body, headers=headers
                )
            except LocalError:  # the endpoint itself is ending the call
                self._info_done(line, info, 481, out)
                continue
            line.under_way = info
            self._run(effects, now, out)

    def _info_answered(self, call: str, status: int, now: float, out: list[Effect]) -> None:
        line = self._lines[call]
        info, line.under_way = line.under_way, None
        if info is not None:
            self._info_done(line, info, status, out)
        self._next_info(line, now, out)

    def _close(self, call: str, out: list[Effect]) -> LineT:
        """Forget a call that is over; what still waited has failed, since no dialog is left."""
        line = self._lines.pop(call)
        self._over[call] = None
        if len(self._over) > MOST_OVER:
            del self._over[next(iter(self._over))]
        under_way = () if line.under_way is None else (line.under_way,)
        for info in (*under_way, *line.waiting):
            self._info_done(line, info, 481, out)
        return line

    def _info_done(self, line: LineT, info: Info, status: int, out: list[Effect]) -> None:
        """Take the answer to one of our INFOs."""
        raise NotImplementedError  # pragma: no cover  # each side has its own

    # --- names --------------------------------------------------------------------------------

    def _new_cid(self) -> str:
        """Return a Content-ID that nobody else makes (RFC 2392 §2)."""
        return f"{self._tokens.next()}@{self._settings.contact.host.replace(':', '-')}"


def _profile(settings: Settings) -> Profile:
    return Profile(
        contact=settings.contact,
        user=settings.user,
        user_agent=settings.user_agent,
        recv_info=(MSD_PACKAGE,),
        accept=ACCEPT,
        supported=(*EXTENSIONS, "geolocation"),
        trying=TRYING_S,
        t1=settings.t1,
        t2=settings.t2,
        t4=settings.t4,
    )
