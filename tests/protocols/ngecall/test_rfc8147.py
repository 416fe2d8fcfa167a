"""The messages that RFC 8147 §10 shows, taken out of its text."""

from __future__ import annotations

import re
import textwrap

from opensos.protocols.control import Ack, RequestAction, Requests, same_id
from opensos.protocols.ngecall import events
from opensos.protocols.ngecall.car import _acknowledgement
from opensos.protocols.ngecall.contents import Contents, read_contents
from opensos.protocols.sip import Request, Response, parse
from tests.protocols.ngecall.stranger import SDP
from tests.protocols.ngecall.world import CAR, CENTRE, MSD, World
from tests.shared import SHARED, needs_vectors

pytestmark = needs_vectors
PAGE_BREAK = re.compile(r"\n*\n[^\n]*\[Page \d+\]\n\x0c?\n?RFC \d+[^\n]*\n+")
# What the RFC leaves out, since 'the example does not show all SIP headers'.
LEFT_OUT = (
    "Via: SIP/2.0/UDP 192.0.2.1:5061;branch=z9hG4bKrfc\r\n"
    "Max-Forwards: 70\r\nContact: <sip:+13145551111@192.0.2.1:5061>\r\n"
)
SKETCHES = {
    b"...Session Description Protocol (SDP) goes here...": SDP,
    b"...PIDF-LO goes here...": b"<presence/>",
    b"...MSD in ASN.1 PER encoding goes here...": MSD,
}


def figure(number: int, start: str) -> bytes:
    """Return one message: margins taken off, sketches filled, length corrected."""
    text = (SHARED / "rfc" / "rfc8147.txt").read_text(encoding="utf-8")
    text = PAGE_BREAK.sub("\n\n", text)
    end = text.index(f"Figure {number}: ", text.index("10.  Examples\n\n   Figure 6"))
    beginnings = re.finditer(rf"^ +{re.escape(start)}", text[:end], re.MULTILINE)
    begin = max(match.start() for match in beginnings)
    lines = textwrap.dedent(text[begin:end].rstrip() + "\n").split("\n")
    # Folded lines keep their indent; the closing boundary and the sketches lose theirs.
    lines = [line.strip() if line.strip().startswith(("--", "...")) else line for line in lines]
    head, _, body = "\r\n".join(lines).partition("\r\n\r\n")
    data = body.rstrip().encode() + b"\r\n"
    # The RFC sets blank lines between boundaries for the eye; a line end belongs to each boundary.
    data = re.sub(rb"(\r\n)+--boundary", b"\r\n--boundary", data).lstrip()
    for sketch, content in SKETCHES.items():
        data = data.replace(sketch, content)
    head = re.sub(r"Content-Length: \.\.\.", f"Content-Length: {len(data)}", head)
    return head.encode() + b"\r\n\r\n" + data


def read(data: bytes) -> tuple[Request | Response, Contents]:
    message = parse(data).message
    assert message is not None
    return message, read_contents(message.headers, message.body)


def test_the_invite_of_figure_8_becomes_a_call() -> None:
    first, _, rest = figure(8, "INVITE urn:service").partition(b"\r\n")
    data = first + b"\r\n" + LEFT_OUT.encode() + rest
    world = World()
    world.ends.pop(CAR)
    world.inject(data, CAR, CENTRE)
    world.run(0.1)
    event = world.one(CENTRE, events.CallArrived)
    assert (event.kind, event.urn) == ("automatic", "urn:service:sos.ecall.automatic")
    assert event.problems == ()
    assert (event.msd, event.msd_cid) == (MSD, "1234567890@atlanta.example.com")
    assert event.location == b"<presence/>"
    assert event.sdp_offer == SDP
    assert event.caller == "+13145551111"
    assert event.call_key == "3848276298220188511@atlanta.example.com;9fxced76sl"
    world.at_centre(world.centre.answer(event.call, True, None, world.now))
    world.run(0.1)
    answer, contents = read(world.sent[-1])
    assert isinstance(answer, Response)
    assert contents.controls[0][1].value == Ack("1234567890@atlanta.example.com", received=True)


def test_the_answer_of_figure_9_acknowledges_the_msd() -> None:
    answer, contents = read(figure(9, "SIP/2.0 200 OK"))
    assert isinstance(answer, Response)
    assert contents.sdp == SDP
    assert _acknowledgement(contents, "1234567890@atlanta.example.com") == (True, ())
    cid, _ = contents.controls[0]
    assert same_id(cid, (answer.headers.get("call-info") or "").partition(">")[0])


def test_the_info_of_figure_10_asks_for_an_msd() -> None:
    info, contents = read(figure(10, "INFO sip:+13145551111"))
    assert info.headers.get("info-package") == "EmergencyCallData.eCall.MSD"
    assert info.headers.get("content-disposition") == "Info-Package"
    wanted = Requests((RequestAction("send-data", datatype="eCall.MSD"),))
    assert [(cid, document.value) for cid, document in contents.controls] == [
        ("3456789012@atlanta.example.com", wanted)
    ]
    assert contents.problems == ()


def test_the_info_of_figure_11_brings_an_msd() -> None:
    info, contents = read(figure(11, "INFO urn:service"))
    assert isinstance(info, Request)
    assert (contents.msd, contents.msd_cid) == (MSD, "4567890123@atlanta.example.com")
    assert contents.problems == ()
