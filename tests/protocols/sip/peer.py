"""A peer who writes its messages by hand, and an endpoint whose effects are sorted."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from opensos.protocols.effects import Address, Effect, Send, Tell, WakeAt
from opensos.protocols.sip.endpoint import Endpoint
from opensos.protocols.sip.events import IncomingInvite
from opensos.protocols.sip.message import Request, Response, parse
from opensos.protocols.sip.tokens import Tokens
from tests.protocols.sip.road import CENTRE, profile

if TYPE_CHECKING:
    from opensos.protocols.sip.profile import Profile

E = TypeVar("E")
PEER = Address("udp", "192.0.2.7", 5070)
TCP_PEER = Address("tcp", "192.0.2.7", 40123)


def request(
    method: str = "INVITE",
    *,
    uri: str = "urn:service:sos.ecall.manual",
    to_tag: str = "",
    branch: str = "z9hG4bKone",
    cseq: int = 1,
    via: str = "SIP/2.0/UDP 192.0.2.7:5070",
    lines: tuple[str, ...] = (),
    body: bytes = b"",
    call_id: str = "call@peer",
    from_tag: str = "peer",
) -> bytes:
    """Write a request by hand."""
    tag = f";tag={to_tag}" if to_tag else ""
    head = [
        f"{method} {uri} SIP/2.0",
        f"Via: {via};branch={branch};rport",
        "Max-Forwards: 70",
        f"From: <sip:car@192.0.2.7>;tag={from_tag}",
        f"To: <urn:service:sos.ecall.manual>{tag}",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq} {method}",
        "Contact: <sip:car@192.0.2.7:5070>",
        *lines,
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(head).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


class Watch:
    """An endpoint and all that it did, sorted."""

    def __init__(self, settings: Profile | None = None) -> None:
        self.endpoint = Endpoint(settings or profile(CENTRE), Tokens(b"watch"))
        self.now = 100.0
        self.sent: list[Send] = []
        self.told: list[object] = []
        self.wake_at: float | None = None

    def do(self, effects: list[Effect]) -> list[Send]:
        """Sort the effects; returns what was sent by them."""
        sent = [effect for effect in effects if isinstance(effect, Send)]
        self.sent += sent
        for effect in effects:
            if isinstance(effect, Tell):
                self.told.append(effect.event)
            elif isinstance(effect, WakeAt):
                self.wake_at = effect.when
        return sent

    def receive(self, data: bytes, source: Address = PEER) -> list[Send]:
        return self.do(self.endpoint.receive(data, source, self.now))

    def answers(self, data: bytes, source: Address = PEER) -> list[Response]:
        """Return the responses that a request brought."""
        return [read_response(sent.data) for sent in self.receive(data, source)]

    def call(self, data: bytes | None = None, source: Address = PEER) -> str:
        """Let a call come in; returns its handle."""
        self.receive(data or request(), source)
        return self.all(IncomingInvite)[-1].call

    def answer(self, call: str, data: bytes | None = None) -> str:
        """Answer a call with 200 and let it be acknowledged; returns our tag."""
        effects = self.endpoint.answer(call, self.now, "application/sdp", b"v=0\r\n")
        tag = tag_of(read_response(self.do(effects)[0].data))
        self.receive(data or request("ACK", to_tag=tag, branch="z9hG4bKack"))
        return tag

    def pass_time(self, seconds: float) -> None:
        """Let time pass, waking when the endpoint wants it."""
        until = self.now + seconds
        while self.wake_at is not None and self.wake_at <= until:
            self.now, self.wake_at = max(self.now, self.wake_at), None
            self.do(self.endpoint.wake(self.now))
        self.now = until

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.told if isinstance(event, kind)]

    def one(self, kind: type[E]) -> E:
        found = self.all(kind)
        assert len(found) == 1, f"{kind.__name__} told {len(found)} times: {self.told}"
        return found[0]

    def last(self) -> str:
        """Return the start line of the last message sent."""
        return start_line(self.sent[-1].data)


def start_line(data: bytes) -> str:
    return data.split(b"\r\n", 1)[0].decode()


def read_response(data: bytes) -> Response:
    message = parse(data).message
    assert isinstance(message, Response), data
    return message


def read_request(data: bytes) -> Request:
    message = parse(data).message
    assert isinstance(message, Request), data
    return message


def tag_of(response: Response) -> str:
    return (response.headers.get("to") or "").partition(";tag=")[2]


def reply_to(
    data: bytes, status: int, *, tag: str = "them", lines: tuple[str, ...] = (), body: bytes = b""
) -> bytes:
    """Write an answer to a request of the endpoint."""
    asked = read_request(data)
    to = asked.headers.get("to") or ""
    if ";tag=" not in to and status > 100 and tag:
        to += f";tag={tag}"
    head = [
        f"SIP/2.0 {status} Because",
        *(f"Via: {via}" for via in asked.headers.all("via")),
        f"From: {asked.headers.get('from')}",
        f"To: {to}",
        f"Call-ID: {asked.headers.get('call-id')}",
        f"CSeq: {asked.headers.get('cseq')}",
        *lines,
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(head).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body
