from __future__ import annotations

import pytest

from opensos.protocols.control import Ack, ActionResult
from opensos.protocols.ngecall import events
from opensos.protocols.ngecall.contents import read_contents
from opensos.protocols.sip import Request, Response, parse
from tests.protocols.ngecall.stranger import (
    CONTROL_TYPE,
    MIXED,
    SDP,
    StrangeCentre,
    control,
    last_status,
    message,
    multipart,
    part,
)
from tests.protocols.ngecall.world import CAR, CENTRE, MSD, World

SDP_PART = part("application/sdp", SDP)
REFERENCE = "Call-Info: <cid:c@psap>;purpose=EmergencyCallData.Control"


def msd_cid(centre: StrangeCentre) -> str:
    return read_contents(centre.invite.headers, centre.invite.body).msd_cid or ""


def acknowledged(
    ref: str, content_type: str = CONTROL_TYPE
) -> tuple[StrangeCentre, events.Connected]:
    centre = StrangeCentre()
    ref = ref.replace("MSD", msd_cid(centre))
    document = part(content_type, control(f'<ack received="true" ref="{ref}"/>'))
    centre.accept(MIXED, multipart(SDP_PART, document), REFERENCE)
    return centre, centre.world.one(CAR, events.Connected)


def standing() -> StrangeCentre:
    centre = StrangeCentre()
    centre.accept()
    return centre


def documents(centre: StrangeCentre) -> list[object]:
    """Confirm every INFO of the car in turn; return what control documents they held."""
    seen: list[object] = []
    answered = 0
    while len(found := centre.requests(b"INFO")) > answered:
        request = found[answered]
        answered += 1
        controls = read_contents(request.headers, request.body).controls
        seen += [document.value for _, document in controls]
        centre.respond(200, request=request)
    return seen


# --- the answer -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    [
        "application/EmergencyCallData.Control+xml",
        "application/EmergencyCallData.eCall.Control+xml",
        "application/EmergencyCallData.control",
        "application/emergencyCallData.Control",
    ],
)
def test_every_spelling_of_the_control_type_is_understood(content_type: str) -> None:
    _, event = acknowledged("MSD", content_type)
    assert (event.received, event.problems) == (True, ())


@pytest.mark.parametrize("ref", ["MSD", "cid:MSD", "&lt;MSD&gt;", ""])
def test_every_way_to_name_our_msd_is_understood(ref: str) -> None:
    assert acknowledged(ref)[1].received is True


def test_an_acknowledgement_of_something_else_is_none() -> None:
    _, event = acknowledged("other@car")
    assert event.received is None
    assert "not our MSD" in event.problems[0]


def test_an_answer_that_only_holds_voice_is_no_ng_ecall() -> None:
    event = standing().world.one(CAR, events.Connected)
    assert (event.received, event.sdp) == (None, SDP)


def test_an_ack_that_does_not_say_whether_it_was_received_says_nothing() -> None:
    centre = StrangeCentre()
    inner = f'<ack ref="{msd_cid(centre)}"/><request action="honk"/>'
    centre.accept(MIXED, multipart(SDP_PART, part(CONTROL_TYPE, control(inner))))
    assert centre.world.one(CAR, events.Connected).received is None


def test_a_broken_answer_still_connects() -> None:
    centre = StrangeCentre()
    centre.accept("multipart/mixed;boundary=other", multipart(SDP_PART))
    event = centre.world.one(CAR, events.Connected)
    assert event.sdp == SDP
    assert event.problems


def test_trying_is_not_ringing() -> None:
    centre = StrangeCentre()
    centre.respond(100)
    assert centre.world.heard(CAR, events.Ringing) == []
    centre.respond(183)
    assert centre.world.one(CAR, events.Ringing).call == centre.call


def test_a_refusal_may_carry_a_false_acknowledgement() -> None:
    centre = StrangeCentre()
    inner = f'<ack received="false" ref="{msd_cid(centre)}"/>'
    body = multipart(part(CONTROL_TYPE, control(inner)))
    centre.respond(600, (f"Content-Type: {MIXED}", REFERENCE), body)
    assert centre.world.one(CAR, events.Refused) == events.Refused(centre.call, 600, False)


# --- requests of the centre -------------------------------------------------------------------


@pytest.mark.parametrize(
    "inner",
    [
        '<request action="send-data" datatype="eCall.MSD"/>',
        '<request action="SEND-DATA" datatype="ecall.msd"/>',
        '<request action="send-data" datatype="EmergencyCallData.eCall.MSD"/>',
        '<request action="send-data"/>',
    ],
)
def test_a_request_for_the_msd_is_told_and_confirmed(inner: str) -> None:
    centre = standing()
    centre.ask(inner)
    assert last_status(centre.world) == 200
    assert centre.world.one(CAR, events.MsdRequested) == events.MsdRequested(
        centre.call, "ask@psap"
    )


def test_what_the_car_cannot_do_is_refused_by_itself() -> None:
    centre = standing()
    centre.ask(
        '<request action="honk"/><request action="send-data" datatype="VEDS"/>'
        '<request action="send-data" datatype="eCall.MSD"/><request/>'
    )
    assert len(centre.world.heard(CAR, events.MsdRequested)) == 1
    assert documents(centre) == [
        Ack(
            "ask@psap",
            None,
            (
                ActionResult("honk", False, "unsupported"),
                ActionResult("send-data", False, "data-unsupported"),
                ActionResult("unknown", False, "unsupported"),
            ),
        )
    ]


def test_a_flood_of_requests_is_answered_within_bounds() -> None:
    centre = standing()
    for _ in range(60):
        centre.ask('<request action="honk"/>')
    found = documents(centre)
    assert 1 <= len(found) <= 40
    assert centre.world.heard(CAR, events.MsdRequested) == []


def test_a_request_that_cannot_be_read_is_answered_with_unable() -> None:
    centre = standing()
    body = multipart(part(CONTROL_TYPE, b"<nonsense", "Content-ID: <ask@psap>"))
    centre.send("INFO", (f"Content-Type: {MIXED}",), body)
    found = documents(centre)
    assert isinstance(found[0], Ack)
    assert found[0].results[0].reason == "unable"
    assert centre.world.heard(CAR, events.MsdUndelivered) == []


def test_documents_that_ask_for_nothing_are_confirmed_and_forgotten() -> None:
    centre = standing()
    centre.ask('<ack received="true" ref="x"/>')
    assert last_status(centre.world) == 200
    centre.send("INFO", ("Info-Package: EmergencyCallData.eCall.MSD",))
    assert last_status(centre.world) == 200
    assert documents(centre) == []
    assert centre.world.heard(CAR, events.MsdRequested) == []


def test_one_msd_answers_every_open_request() -> None:
    centre = standing()
    for _ in range(2):
        centre.ask('<request action="send-data" datatype="eCall.MSD"/>')
    world = centre.world
    world.at_car(world.car.send_msd(centre.call, MSD, world.now))
    assert documents(centre) == []
    assert world.one(CAR, events.MsdDelivered).call == centre.call


def test_a_centre_that_takes_no_msd_gets_none() -> None:
    centre = StrangeCentre()
    centre.respond(200, ("Content-Type: application/sdp",), SDP)
    world = centre.world
    world.at_car(world.car.send_msd(centre.call, MSD, world.now))
    assert world.one(CAR, events.MsdUndelivered).status == 469
    assert centre.requests(b"INFO") == []


def test_469_from_the_centre_is_told() -> None:
    centre = standing()
    world = centre.world
    world.at_car(world.car.send_msd(centre.call, MSD, world.now))
    centre.respond(469, request=centre.requests(b"INFO")[0])
    assert world.one(CAR, events.MsdUndelivered).status == 469


# --- ends -------------------------------------------------------------------------------------


def test_a_session_that_nobody_refreshes_is_dropped() -> None:
    centre = StrangeCentre()
    centre.accept("application/sdp", SDP, "Session-Expires: 90;refresher=uas", "Require: timer")
    centre.world.run(150)
    assert centre.world.one(CAR, events.Dropped) == events.Dropped(centre.call, "session_timer")


def incoming(world: World, sender: str, lines: tuple[str, ...] = (), body: bytes = SDP) -> None:
    head = (
        "Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK-back",
        "Max-Forwards: 70",
        f"From: {sender}",
        "To: <sip:car@192.0.2.1>",
        "Call-ID: back@psap",
        "CSeq: 1 INVITE",
        "Contact: <sip:psap@192.0.2.2:5060>",
        *lines,
    )
    if body:
        head = (*head, "Content-Type: application/sdp")
    world.ends.pop(CENTRE, None)
    world.inject(message("INVITE sip:car@192.0.2.1:5061 SIP/2.0", head, body), CENTRE, CAR)
    world.run(0.1)


def test_a_call_that_is_not_marked_is_told_as_such() -> None:
    world = World()
    incoming(world, "tel:+49110;tag=1")
    event = world.one(CAR, events.CalledBack)
    assert (event.marked, event.caller, event.sdp_offer) == (False, "tel:+49110", SDP)
    assert event.token == event.call
    assert event.raw.startswith(b"INVITE ")


def test_the_mark_is_read_in_any_case() -> None:
    world = World()
    incoming(world, "<sip:psap@x>;tag=1", ("Priority: PSAP-Callback",))
    assert world.one(CAR, events.CalledBack).marked


def test_a_call_back_whose_answer_is_never_acknowledged_is_dropped() -> None:
    world = World()
    incoming(world, "<sip:psap@x>;tag=1", body=b"")
    call = world.one(CAR, events.CalledBack).call
    world.at_car(world.car.answer_callback(call, world.now))
    answer = parse(world.sent[-1]).message
    assert isinstance(answer, Response)
    assert answer.body.startswith(b"v=0")
    world.run(100)
    assert world.one(CAR, events.Dropped).why == "no_ack"


def test_an_offer_in_the_call_is_answered() -> None:
    centre = standing()
    centre.send("INVITE", ("Content-Type: application/sdp",), SDP)
    assert last_status(centre.world) == 200


def test_the_callers_name_is_left_out_when_it_cannot_be_read() -> None:
    world = World()
    headers = parse(message("INVITE sip:c SIP/2.0", ('From: "',), b"")).message
    assert isinstance(headers, Request)
    assert world.car._called_back("c", headers).caller == ""


def test_a_request_that_cannot_be_read_is_not_reported_as_done() -> None:
    centre = standing()
    body = multipart(part(CONTROL_TYPE, b"<nonsense", "Content-ID: <ask@psap>"))
    centre.send("INFO", (f"Content-Type: {MIXED}",), body)
    unable = ActionResult("send-data", False, "unable", "The request cannot be read.")
    assert documents(centre) == [Ack("ask@psap", None, (unable,))]


def test_only_the_last_sixteen_open_requests_are_kept() -> None:
    centre = standing()
    body = multipart(
        *(
            part(CONTROL_TYPE, control('<request action="send-data"/>'), f"Content-ID: <{n}@psap>")
            for n in range(17)
        )
    )
    package = "Info-Package: EmergencyCallData.eCall.MSD"
    centre.send("INFO", (package, f"Content-Type: {MIXED}"), body)
    world = centre.world
    told = len(world.heard(CAR, events.MsdRequested))
    assert told >= 17
    world.at_car(world.car.cannot_send(centre.call, "unable", world.now))
    refused = ActionResult("send-data", False, "unable")
    assert documents(centre) == [Ack(f"{told - 16}@psap", None, (refused,))]
