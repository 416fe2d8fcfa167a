"""Peers that are not ours: messages written by hand, on the road of `world.World`."""

from __future__ import annotations

from opensos.protocols.ngecall import events
from opensos.protocols.sip import Request, Response, parse
from tests.protocols.ngecall.world import CAR, CENTRE, World

SDP = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 0 8\r\n"
)
VIDEO = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=video 9 RTP/AVP 96\r\n"
MSD_TYPE = "application/EmergencyCallData.eCall.MSD"
CONTROL_TYPE = "application/EmergencyCallData.Control+xml"
NAMESPACE = "urn:ietf:params:xml:ns:EmergencyCallData:control"
Lines = tuple[str, ...]


def part(content_type: str, body: bytes, *lines: str) -> bytes:
    head = "".join(f"{line}\r\n" for line in (f"Content-Type: {content_type}", *lines))
    return head.encode() + b"\r\n" + body


def multipart(*parts: bytes, boundary: str = "b1") -> bytes:
    mark = b"--" + boundary.encode()
    return b"".join(mark + b"\r\n" + p + b"\r\n" for p in parts) + mark + b"--\r\n"


MIXED = "multipart/mixed;boundary=b1"


def control(inner: str) -> bytes:
    name = "EmergencyCallData.Control"
    return f'<{name} xmlns="{NAMESPACE}">{inner}</{name}>'.encode()


def message(start: str, lines: Lines, body: bytes) -> bytes:
    head = "\r\n".join((start, *lines, f"Content-Length: {len(body)}"))
    return head.encode() + b"\r\n\r\n" + body


class StrangeCar:
    """Calls our centre with whatever a test says."""

    def __init__(self, world: World | None = None) -> None:
        self.world = World() if world is None else world
        self.world.ends.pop(CAR, None)
        self.cseq = 0
        self.to = ""
        self.call = ""

    def send(
        self,
        method: str,
        lines: Lines = (),
        body: bytes = b"",
        *,
        uri: str = "urn:service:sos.ecall.manual",
        to: str = "<urn:service:sos.ecall.manual>",
        contact: str = "<sip:car@192.0.2.1:5061>",
        sender: str = "<sip:+4912@example.com>;tag=car1",
    ) -> bytes:
        self.cseq += method != "ACK"
        head = [
            f"Via: SIP/2.0/UDP 192.0.2.1:5061;branch=z9hG4bK-{method}-{self.cseq}",
            "Max-Forwards: 70",
            f"From: {sender}",
            f"To: {self.to or to}",
            "Call-ID: stranger@192.0.2.1",
            f"CSeq: {self.cseq} {method}",
        ]
        if contact:
            head.append(f"Contact: {contact}")
        data = message(f"{method} {uri} SIP/2.0", (*head, *lines), body)
        self.world.inject(data, CAR, CENTRE)
        self.world.run(0.1)
        return data

    def invite(
        self, content_type: str | None = None, body: bytes = b"", *lines: str, **more: str
    ) -> events.CallArrived:
        """Send an INVITE and return what the centre tells of it."""
        head = ("Recv-Info: EmergencyCallData.eCall.MSD", *lines)
        if content_type is not None:
            head = (*head, f"Content-Type: {content_type}")
        self.send("INVITE", head, body, **more)
        event = self.world.one(CENTRE, events.CallArrived)
        self.call = event.call
        return event

    def answered(self, *, received: events.Received = True) -> Response:
        """Let the centre answer, send the ACK, and return the answer."""
        centre, now = self.world.centre, self.world.now
        self.world.at_centre(centre.answer(self.call, received, None, now))
        response = self.last_response()
        self.to = response.headers.get("to") or ""
        if response.status < 300:
            self.send("ACK")
        return response

    def info(self, content_type: str | None, body: bytes, *lines: str) -> int:
        """Send an INFO in the call and return the status of its answer, 0 for none yet."""
        before = len(self.world.sent)
        head = lines if content_type is None else (*lines, f"Content-Type: {content_type}")
        self.send("INFO", head, body)
        return last_status(self.world, before)

    def last_response(self) -> Response:
        found = [parse(data).message for data in self.world.sent if data[:8] == b"SIP/2.0 "]
        response = found[-1]
        assert isinstance(response, Response)
        return response


class StrangeCentre:
    """Takes the call of our car and answers with whatever a test says."""

    def __init__(self, world: World | None = None) -> None:
        self.world = World() if world is None else world
        self.world.ends.pop(CENTRE, None)
        self.call = self.world.dial()
        found = parse(self.world.sent[0]).message
        assert isinstance(found, Request)
        self.invite = found
        self.cseq = 100

    def respond(
        self, status: int, lines: Lines = (), body: bytes = b"", request: Request | None = None
    ) -> None:
        asked = self.invite if request is None else request
        headers = asked.headers
        tag = "" if ";tag=" in (headers.get("to") or "") else ";tag=psap"
        head = (
            *(f"{name}: {headers.get(name)}" for name in ("Via", "From", "Call-ID", "CSeq")),
            f"To: {headers.get('to')}{tag}",
            "Contact: <sip:psap@192.0.2.2:5060>",
            *lines,
        )
        self.world.inject(message(f"SIP/2.0 {status} Whatever", head, body), CENTRE, CAR)
        self.world.run(0.1)

    def accept(self, content_type: str = "application/sdp", body: bytes = SDP, *lines: str) -> None:
        self.respond(
            200,
            ("Recv-Info: EmergencyCallData.eCall.MSD", f"Content-Type: {content_type}", *lines),
            body,
        )

    def send(self, method: str, lines: Lines = (), body: bytes = b"") -> None:
        """Send a request in the call."""
        self.cseq += 1
        headers = self.invite.headers
        head = (
            f"Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK-{method}-{self.cseq}",
            "Max-Forwards: 70",
            f"From: {headers.get('to')};tag=psap",
            f"To: {headers.get('from')}",
            f"Call-ID: {headers.get('call-id')}",
            f"CSeq: {self.cseq} {method}",
            "Contact: <sip:psap@192.0.2.2:5060>",
            *lines,
        )
        start = f"{method} sip:car@192.0.2.1:5061 SIP/2.0"
        self.world.inject(message(start, head, body), CENTRE, CAR)
        self.world.run(0.1)

    def ask(self, inner: str) -> None:
        """Send a control document in an INFO."""
        body = multipart(part(CONTROL_TYPE, control(inner), "Content-ID: <ask@psap>"))
        self.send(
            "INFO",
            ("Info-Package: EmergencyCallData.eCall.MSD", f"Content-Type: {MIXED}"),
            body,
        )

    def requests(self, method: bytes) -> list[Request]:
        found = [parse(data).message for data in self.world.sent if data.startswith(method)]
        return [message for message in found if isinstance(message, Request)]


def last_status(world: World, since: int = 0) -> int:
    found = [parse(data).message for data in world.sent[since:] if data[:8] == b"SIP/2.0 "]
    last = found[-1] if found else None
    return last.status if isinstance(last, Response) else 0
