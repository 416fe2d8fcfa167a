from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.protocols.control import Ack, Capabilities, RequestAction
from opensos.protocols.effects import Tell
from opensos.protocols.ngecall import call_key, events
from opensos.protocols.ngecall.contents import read_contents
from opensos.protocols.sip import Headers, Request, parse, parse_sdp
from opensos.protocols.sip import events as sip
from tests.protocols.ngecall.stranger import (
    CONTROL_TYPE,
    MIXED,
    MSD_TYPE,
    SDP,
    VIDEO,
    StrangeCar,
    control,
    last_status,
    message,
    multipart,
    part,
)
from tests.protocols.ngecall.world import CAR, CENTRE, MSD, World

CALL_INFO = "Call-Info: <cid:msd@car>;purpose=EmergencyCallData.eCall.MSD"
SDP_PART = part("application/sdp", SDP)
MSD_PART = part(MSD_TYPE, MSD, "Content-ID: <msd@car>")


def ack_of(car: StrangeCar, *, received: events.Received = True) -> object:
    response = car.answered(received=received)
    controls = read_contents(response.headers, response.body).controls
    return controls[0][1].value if controls else None


def test_a_content_id_that_xml_cannot_carry_costs_the_acknowledgement_and_not_the_answer() -> None:
    car = StrangeCar()
    car.invite(MIXED, multipart(SDP_PART, part(MSD_TYPE, MSD, "Content-ID: <m\x01@car>")))
    response = car.answered(received=True)
    assert response.status == 200
    assert read_contents(response.headers, response.body).controls == ()
    assert response.body.startswith(b"v=0")


# --- finding the pieces -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    [
        "application/EmergencyCallData.eCall.MSD",
        "APPLICATION/EMERGENCYCALLDATA.ECALL.MSD",
        "application/emergencyCallData.eCall.MSD; charset=x",
        "application/emergencyCallData.eCall.MSD+per",
    ],
)
def test_an_msd_is_found_by_its_type_in_any_spelling(content_type: str) -> None:
    car = StrangeCar()
    event = car.invite(MIXED, multipart(SDP_PART, part(content_type, MSD, "Content-ID: <m@c>")))
    assert (event.msd, event.msd_cid) == (MSD, "m@c")
    assert event.problems == ("No Call-Info refers to the MSD.",)
    assert ack_of(car) == Ack("m@c", received=True)


def test_an_msd_is_found_by_its_reference_whatever_its_type() -> None:
    car = StrangeCar()
    body = multipart(SDP_PART, part("application/octet-stream", MSD, "Content-ID: <msd@car>"))
    event = car.invite(MIXED, body, CALL_INFO)
    assert (event.msd, event.msd_cid, event.problems) == (MSD, "msd@car", ())


def test_a_dangling_reference_is_refused_by_name() -> None:
    car = StrangeCar()
    event = car.invite(MIXED, multipart(SDP_PART), CALL_INFO)
    assert (event.msd, event.msd_cid) == (None, "msd@car")
    assert "does not hold" in event.problems[0]
    assert ack_of(car, received=False) == Ack("msd@car", received=False)


def test_a_dangling_reference_and_a_nameless_msd_belong_together() -> None:
    car = StrangeCar()
    body = multipart(SDP_PART, part(MSD_TYPE, MSD))
    event = car.invite(MIXED, body, CALL_INFO.replace("cid:", ""))
    assert (event.msd, event.msd_cid) == (MSD, "msd@car")
    assert len(event.problems) == 1


def test_a_nameless_msd_is_acknowledged_without_a_name() -> None:
    car = StrangeCar()
    event = car.invite(MIXED, multipart(SDP_PART, part(MSD_TYPE, MSD)))
    assert (event.msd, event.msd_cid) == (MSD, None)
    assert ack_of(car) == Ack("", received=True)


def test_without_an_msd_there_is_nothing_to_acknowledge() -> None:
    car = StrangeCar()
    event = car.invite("application/sdp", SDP)
    assert (event.msd, event.sdp_offer, event.problems) == (None, SDP, ())
    response = car.answered()
    assert response.headers.get("content-type") == "application/sdp"


def test_a_second_msd_is_kept_and_noted() -> None:
    event = StrangeCar().invite(MIXED, multipart(SDP_PART, MSD_PART, MSD_PART), CALL_INFO)
    assert event.msd == MSD
    assert "more than one MSD" in event.problems[0]
    assert [other.body for other in event.other_parts] == [MSD]


def test_base64_is_undone_and_bad_base64_is_kept_as_it_is() -> None:
    encoded = part(MSD_TYPE, base64.b64encode(MSD), "Content-Transfer-Encoding: base64")
    assert StrangeCar().invite(MIXED, multipart(SDP_PART, encoded)).msd == MSD
    broken = part(MSD_TYPE, b"A", "Content-Transfer-Encoding: base64")
    event = StrangeCar().invite(MIXED, multipart(SDP_PART, broken))
    assert event.msd == b"A"
    assert any("base64" in problem for problem in event.problems)


def test_unreadable_references_are_problems() -> None:
    event = StrangeCar().invite(
        MIXED,
        multipart(SDP_PART, MSD_PART),
        "Call-Info: <cid:msd@car;purpose=x",
        "Call-Info: <urn:emergency:uid:callid:1>;purpose=emergency-CallId",
    )
    assert event.msd == MSD
    assert "call-info header cannot be read" in event.problems[0]


def test_a_location_comes_by_reference_by_type_or_by_address() -> None:
    place = part("application/pidf+xml", b"<presence/>", "Content-ID: <place@car>")
    named = StrangeCar().invite(
        MIXED, multipart(SDP_PART, place), "Geolocation: <cid:place@car>;inserted-by=x"
    )
    assert (named.location, named.location_uri, named.problems) == (b"<presence/>", None, ())
    typed = StrangeCar().invite(MIXED, multipart(SDP_PART, place), "Geolocation: <cid:other@car>")
    assert typed.location == b"<presence/>"
    assert "Geolocation names" in typed.problems[0]
    held = StrangeCar().invite(
        "application/sdp", SDP, "Geolocation: <https://lis.example/1>, <sips:2@lis.example>"
    )
    assert (held.location, held.location_uri) == (None, "https://lis.example/1")


def test_what_the_car_can_do_comes_with_the_call() -> None:
    inner = '<capabilities><request action="honk"/></capabilities>'
    document = part("application/emergencyCallData.control", control(inner))
    event = StrangeCar().invite(MIXED, multipart(SDP_PART, document))
    assert event.capabilities == Capabilities((RequestAction("honk"),))


def test_other_parts_and_a_broken_control_document_are_kept() -> None:
    veds = part("application/EmergencyCallData.VEDS+xml", b"<x/>", "Content-ID: <v@c>")
    event = StrangeCar().invite(MIXED, multipart(SDP_PART, veds, part(CONTROL_TYPE, b"<")))
    assert [other.content_id for other in event.other_parts] == ["v@c"]
    assert event.capabilities is None
    assert event.problems


# --- who and what -----------------------------------------------------------------------------


def test_the_to_header_says_what_was_asked_when_a_proxy_rewrote_the_uri() -> None:
    event = StrangeCar().invite(
        uri="sip:psap@192.0.2.2", to="<URN:Service:SOS.eCall.Automatic.truck>"
    )
    assert event.kind == "automatic"
    assert event.urn == "URN:Service:SOS.eCall.Automatic.truck"
    plain = StrangeCar().invite(uri="sip:psap@192.0.2.2", to="sip:psap@192.0.2.2")
    assert (plain.kind, plain.urn) == ("other", "sip:psap@192.0.2.2")


@pytest.mark.parametrize(
    ("sender", "lines", "caller", "back"),
    [
        ("<sip:+4912@x.example;user=phone>;tag=1", (), "+4912", "sip:+4912@x.example;user=phone"),
        ("tel:+49-12;tag=1", (), "+49-12", "tel:+49-12"),
        ("<sip:x.example>;tag=1", (), "x.example", "sip:x.example"),
        ("<urn:uuid:1>;tag=1", (), "urn:uuid:1", "urn:uuid:1"),
        (
            "<sip:anonymous@anonymous.invalid>;tag=1",
            ("P-Asserted-Identity: <>", 'P-Asserted-Identity: "A, B" <tel:+4999>'),
            "+4999",
            "tel:+4999",
        ),
    ],
)
def test_the_caller_is_who_the_network_says_it_is(
    sender: str, lines: tuple[str, ...], caller: str, back: str
) -> None:
    event = StrangeCar().invite(None, b"", *lines, sender=sender, contact="")
    assert (event.caller, event.callback_uri) == (caller, back)


def test_the_key_of_a_call_is_its_call_id_and_the_callers_tag() -> None:
    event = StrangeCar().invite()
    assert event.call_key == "stranger@192.0.2.1;car1"
    assert call_key(Request("INVITE", "sip:x", Headers())) == ";"
    assert call_key(Request("INVITE", "sip:x", Headers((("From", '"'),)))) == ";"


# --- voice ------------------------------------------------------------------------------------


def test_a_call_without_an_offer_gets_ours() -> None:
    car = StrangeCar()
    event = car.invite()
    assert (event.sdp_offer, event.refuse_status) == (None, None)
    assert "no voice offer" in event.problems[0]
    audio = parse_sdp(car.answered().body).audio
    assert audio is not None
    assert audio.port == 9


def test_a_body_with_an_msd_but_no_offer_gets_ours_with_the_acknowledgement() -> None:
    car = StrangeCar()
    event = car.invite(MIXED, multipart(MSD_PART), CALL_INFO)
    assert (event.msd, event.refuse_status) == (MSD, None)
    response = car.answered()
    contents = read_contents(response.headers, response.body)
    assert contents.sdp is not None
    assert contents.controls[0][1].value == Ack("msd@car", received=True)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/mixed;boundary=other", multipart(SDP_PART, MSD_PART)),
        ("multipart/mixed", multipart(SDP_PART, MSD_PART)),
        ("text/plain", multipart(SDP_PART, MSD_PART)),
        (None, multipart(SDP_PART, MSD_PART)),
        (MIXED, multipart(part("text/plain", SDP), MSD_PART)),
        (MIXED, multipart(SDP_PART, MSD_PART).removesuffix(b"--b1--\r\n")),
        (MIXED, SDP + b"--b1\r\n" + MSD_PART + b"\r\n--b1--"),
    ],
)
def test_a_malformed_body_does_not_lose_the_call(content_type: str | None, body: bytes) -> None:
    car = StrangeCar()
    event = car.invite(content_type, body, CALL_INFO)
    assert event.problems
    assert event.refuse_status is None
    assert event.msd is not None
    assert event.msd.startswith(MSD[:-2])
    assert (event.sdp_offer or b"").startswith(b"v=0")
    assert event.raw.endswith(body)
    assert car.answered().status == 200


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (None, SDP),
        ("text/plain", SDP),
        (MIXED, SDP),
        (MIXED, b"preamble\r\n" + SDP + b"--rest"),
    ],
)
def test_a_bare_description_is_found_by_its_look(content_type: str | None, body: bytes) -> None:
    car = StrangeCar()
    event = car.invite(content_type, body)
    assert event.sdp_offer == SDP
    assert event.problems
    assert car.answered().status == 200


def test_a_body_in_which_nothing_can_be_read_is_refused_with_400() -> None:
    car = StrangeCar()
    event = car.invite(MIXED, b"--b1\r\n--b1--\r\n", CALL_INFO)
    assert event.refuse_status == 400
    assert event.problems
    response = car.answered()
    assert response.status == 400
    controls = read_contents(response.headers, response.body).controls
    assert controls[0][1].value == Ack("msd@car", received=True)
    assert car.world.one(CENTRE, events.CallAbandoned) == events.CallAbandoned(
        event.call, "Voice could not be set up: 400."
    )


def test_an_offer_without_voice_is_refused_with_488() -> None:
    car = StrangeCar()
    event = car.invite(MIXED, multipart(part("application/sdp", VIDEO), MSD_PART), CALL_INFO)
    assert event.refuse_status == 488
    assert car.answered().status == 488


def test_offers_in_the_call_are_answered_and_the_voice_stays_where_it_is() -> None:
    car = StrangeCar()
    car.invite("application/sdp", SDP)
    car.answered()
    for method, body, status in (
        ("UPDATE", SDP, 200),
        ("UPDATE", VIDEO, 488),
        ("INVITE", SDP, 200),
        ("INVITE", b"", 200),
        ("INVITE", VIDEO, 488),
    ):
        before = len(car.world.sent)
        car.send(method, ("Content-Type: application/sdp",) if body else (), body)
        assert last_status(car.world, before) == status, method
        response = car.last_response()
        if status == 200:
            audio = parse_sdp(response.body).audio
            assert audio is not None
            assert audio.port == 9
        if method == "INVITE" and status == 200:
            car.send("ACK")
    before = len(car.world.sent)
    car.send("UPDATE", ("Content-Type: text/plain",), b"x")
    assert last_status(car.world, before) == 200
    assert car.last_response().body == b""


def test_a_description_of_ours_without_voice_falls_back_to_the_settings() -> None:
    car = StrangeCar()
    event = car.invite("application/sdp", SDP)
    world = car.world
    world.at_centre(world.centre.answer(event.call, None, VIDEO, world.now))
    car.to = car.last_response().headers.get("to") or ""
    car.send("ACK")
    car.send("INVITE", ("Content-Type: application/sdp",), SDP)
    assert parse_sdp(car.last_response().body).connection == "192.0.2.2"


# --- INFO -------------------------------------------------------------------------------------

PACKAGE = "Info-Package: EmergencyCallData.eCall.MSD"


def standing(*, recv_info: bool = True) -> StrangeCar:
    car = StrangeCar()
    if recv_info:
        car.invite(MIXED, multipart(SDP_PART, MSD_PART), CALL_INFO)
    else:
        car.send("INVITE", ("Content-Type: application/sdp",), SDP)
        car.call = car.world.one(CENTRE, events.CallArrived).call
    car.answered()
    return car


def test_an_unknown_package_is_469_and_says_what_is_known() -> None:
    car = standing()
    assert car.info(MIXED, multipart(MSD_PART), "Info-Package: other") == 469
    assert car.last_response().headers.get("recv-info") == "EmergencyCallData.eCall.MSD"
    assert car.world.heard(CENTRE, events.MsdArrived) == []


def test_an_info_outside_any_call_is_481_and_noise() -> None:
    car = StrangeCar()
    car.to = "<sip:psap@192.0.2.2>;tag=never"
    assert car.info(MIXED, multipart(MSD_PART), PACKAGE) == 481
    noise = car.world.one(CENTRE, events.NoiseArrived)
    assert noise.raw.startswith(b"INFO ")
    assert "481" in noise.reason


@pytest.mark.parametrize("lines", [(), (PACKAGE,), ("info-package: emergencycalldata.ecall.msd",)])
def test_an_msd_comes_with_and_without_a_package(lines: tuple[str, ...]) -> None:
    car = standing()
    assert car.info(MIXED, multipart(MSD_PART), CALL_INFO, *lines) == 0
    event = car.world.one(CENTRE, events.MsdArrived)
    assert (event.msd, event.problems) == (MSD, ())
    car.world.at_centre(car.world.centre.confirm(event.token, car.world.now))
    assert last_status(car.world) == 200


def test_an_msd_that_is_the_whole_body_is_found() -> None:
    car = standing()
    car.info(MSD_TYPE, MSD, PACKAGE)
    assert car.world.one(CENTRE, events.MsdArrived).msd == MSD


def test_an_info_without_anything_is_told_with_a_problem() -> None:
    car = standing()
    car.info(None, b"", PACKAGE)
    event = car.world.one(CENTRE, events.MsdArrived)
    assert event.msd is None
    assert "neither an MSD nor a control document" in event.problems[-1]


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (
            '<ack><actionResult action="send-data" success="false" reason="damaged"/></ack>',
            [events.MsdRefused("", "damaged")],
        ),
        (
            '<ack ref="r"><actionResult success="false" details="d"/></ack>',
            [events.MsdRefused("", "unable", "d")],
        ),
        ('<ack ref="r"><actionResult action="send-data" success="true"/></ack>', []),
        ('<ack ref="r"><actionResult action="honk" success="false"/></ack>', []),
        ('<request action="honk"/>', []),
        (
            '<capabilities><request action="honk"/></capabilities>',
            [events.CapabilitiesArrived("", Capabilities((RequestAction("honk"),)))],
        ),
    ],
)
def test_control_documents_of_a_car_are_confirmed_at_once(
    inner: str, expected: list[object]
) -> None:
    car = standing()
    before = len(car.world.ends[CENTRE].heard)
    body = multipart(part(CONTROL_TYPE, control(inner), "Content-ID: <c@car>"))
    assert car.info(MIXED, body, PACKAGE) == 200
    heard = car.world.ends[CENTRE].heard[before:]
    assert [str(event).replace(repr(car.call), "''") for event in heard] == [
        str(event) for event in expected
    ]


def test_a_car_that_takes_no_requests_is_not_asked() -> None:
    car = standing(recv_info=False)
    car.world.at_centre(car.world.centre.request_msd(car.call, car.world.now))
    assert car.world.one(CENTRE, events.DataRequestFailed).status == 469
    assert not any(data.startswith(b"INFO") for data in car.world.sent)


def test_a_request_while_the_endpoint_ends_the_call_fails() -> None:
    car = StrangeCar()
    car.invite(MIXED, multipart(SDP_PART), "Session-Expires: 90;refresher=uac", "Supported: timer")
    car.answered()
    car.world.run(85)  # nobody refreshes: our BYE is out and unanswered
    assert any(data.startswith(b"BYE") for data in car.world.sent)
    car.world.at_centre(car.world.centre.request_msd(car.call, car.world.now))
    assert car.world.one(CENTRE, events.DataRequestFailed).status == 481
    car.world.run(40)
    assert car.world.one(CENTRE, events.CallEnded).why == "session_timer"


def test_a_bye_before_the_answer_abandons_the_call() -> None:
    car = StrangeCar()
    event = car.invite()
    car.world.at_centre(car.world.centre.ring(event.call, car.world.now))
    car.to = car.last_response().headers.get("to") or ""
    car.send("BYE")
    assert car.world.one(CENTRE, events.CallAbandoned).why.startswith("The car hung up")


def test_an_end_that_only_reliable_ringing_knows_abandons_the_call() -> None:
    car = StrangeCar()
    event = car.invite()
    out: list[object] = []
    car.world.centre._heard(sip.Ended(event.call, sip.Why.NO_PRACK), 0.0, out)  # type: ignore[arg-type]  # a list of effects
    assert out == [Tell(events.CallAbandoned(event.call, "The call ended before the answer."))]


def test_a_stray_answer_to_an_info_is_overlooked() -> None:
    car = standing()
    out: list[object] = []
    car.world.centre._heard(sip.InfoAnswered(car.call, 200, None, 1), 0.0, out)  # type: ignore[arg-type]  # a list of effects
    assert out == []


# --- what SIP itself cannot read --------------------------------------------------------------


def test_an_invite_that_sip_cannot_use_is_still_told_with_what_could_be_read() -> None:
    world = World()
    data = message(
        "INVITE urn:service:sos SIP/2.0",
        (
            "Via: SIP/2.0/UDP 192.0.2.1:5061;branch=z9hG4bK1",
            "From: <sip:a@b>;tag=1",
            "To: <urn:service:sos>",
            "Call-ID: 7",
        ),
        SDP,
    )
    world.inject(data, CAR, CENTRE)
    world.inject(b"INVITE what is this", CAR, CENTRE)
    world.run(0.1)
    first, second = world.heard(CENTRE, events.CallUnreadable)
    assert (first.raw, first.source, first.status, first.call_key) == (data, CAR, 400, "7;1")
    assert (second.status, second.call_key) == (400, None)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([MIXED, "multipart/mixed", "text/plain", ""]))
def test_no_body_breaks_the_centre(body: bytes, content_type: str) -> None:
    car = StrangeCar()
    event = car.invite(content_type or None, body, CALL_INFO)
    assert event.raw.endswith(body)
    assert car.answered().status in {200, 400, 488}


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_no_datagram_breaks_either_side(data: bytes) -> None:
    world = World()
    for prefix in (b"", b"INVITE ", b"SIP/2.0 200 "):
        world.inject(prefix + data, CAR, CENTRE)
        world.inject(prefix + data, CENTRE, CAR)
    world.run(1)


def test_a_voice_codec_that_nobody_here_speaks_is_taken_silently_while_there_is_no_voice() -> None:
    wideband = (
        b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
        b"m=audio 4000 RTP/AVP 96 97\r\na=rtpmap:96 telephone-event/8000\r\n"
        b"a=rtpmap:97 AMR-WB/16000\r\n"
    )
    car = StrangeCar()
    event = car.invite("application/sdp", wideband)
    assert event.refuse_status is None
    response = car.answered()
    assert response.status == 200
    sdp = read_contents(response.headers, response.body).sdp
    assert sdp is not None
    answered = parse_sdp(sdp)
    assert answered.audio is not None
    assert answered.audio.formats[0] == "97"
    assert answered.direction_of(answered.audio) == "inactive"


def test_to_says_what_was_asked_only_when_it_names_an_emergency() -> None:
    uri = "sip:psap@192.0.2.2"
    other = StrangeCar().invite(uri=uri, to="<sip:somebody@example.com>")
    assert (other.kind, other.urn) == ("other", uri)
    sos = StrangeCar().invite(uri=uri, to="<urn:service:sos.ecall.manual>")
    assert (sos.kind, sos.urn) == ("manual", "urn:service:sos.ecall.manual")


@pytest.mark.parametrize(("status", "failed"), [(200, []), (299, []), (300, [300]), (469, [469])])
def test_a_request_for_data_fails_only_when_the_car_refuses_it(
    status: int, failed: list[int]
) -> None:
    car = standing()
    world = car.world
    world.at_centre(world.centre.request_msd(car.call, world.now))
    asked = parse(next(data for data in world.sent if data.startswith(b"INFO"))).message
    assert isinstance(asked, Request)
    copied = ("Via", "From", "To", "Call-ID", "CSeq")
    head = tuple(f"{name}: {asked.headers.get(name)}" for name in copied)
    world.inject(message(f"SIP/2.0 {status} Whatever", head, b""), CAR, CENTRE)
    world.run(0.1)
    told = world.heard(CENTRE, events.DataRequestFailed)
    assert [event.status for event in told] == failed


def test_one_request_is_under_way_and_thirty_two_wait_and_the_next_fails_at_once() -> None:
    car = standing()
    world = car.world
    for _ in range(33):
        world.at_centre(world.centre.request_msd(car.call, world.now))
    assert world.heard(CENTRE, events.DataRequestFailed) == []
    world.at_centre(world.centre.request_msd(car.call, world.now))
    assert world.one(CENTRE, events.DataRequestFailed).status == 503
