from __future__ import annotations

import pytest

from opensos.protocols.control import Ack, ActionResult
from opensos.protocols.effects import Address, LocalError
from opensos.protocols.ngecall import AUTOMATIC, MANUAL, TEST, events
from opensos.protocols.ngecall.contents import read_contents
from opensos.protocols.sip import Request, Response, parse, parse_sdp
from tests.protocols.ngecall.world import CAR, CENTRE, MSD, PIDF, World


def request(data: bytes) -> Request:
    message = parse(data).message
    assert isinstance(message, Request)
    return message


def sent(world: World, start: bytes) -> list[bytes]:
    return [data for data in world.sent if data.startswith(start)]


def arrived(urn: str = AUTOMATIC, **more: object) -> tuple[World, str, events.CallArrived]:
    world = World()
    call = world.dial(urn, **more)
    world.run(0.1)
    return world, call, world.one(CENTRE, events.CallArrived)


def connected(*, received: events.Received = True) -> tuple[World, str, str]:
    """Return the world, the call at the car and the call at the centre."""
    world, call, event = arrived()
    world.at_centre(world.centre.answer(event.call, received, None, world.now))
    world.run(0.1)
    return world, call, event.call


# --- the call ---------------------------------------------------------------------------------


def test_the_invite_is_as_rfc_8147_and_the_facts_want_it() -> None:
    world, _, _ = arrived()
    invite = request(sent(world, b"INVITE")[0])
    headers = invite.headers
    assert invite.uri == AUTOMATIC
    assert headers.get("to") == f"<{AUTOMATIC}>"
    contents = read_contents(headers, invite.body)
    assert headers.get("call-info") == (
        f"<cid:{contents.msd_cid}>;purpose=EmergencyCallData.eCall.MSD"
    )
    assert (headers.get("geolocation") or "").startswith("<cid:")
    assert headers.get("geolocation-routing") == "yes"
    assert "geolocation" in headers.values("supported")
    for accepted in (
        "application/sdp",
        "application/pidf+xml",
        "application/EmergencyCallData.Control+xml",
    ):
        assert accepted in headers.values("accept")
    assert headers.get("recv-info") == "EmergencyCallData.eCall.MSD"
    assert "INFO" in headers.values("allow")
    assert (headers.get("content-type") or "").startswith("multipart/mixed")
    assert b"Content-Disposition: by-reference;handling=optional" in invite.body
    assert contents.problems == ()
    assert (contents.msd, contents.location) == (MSD, PIDF)


def test_a_call_carries_its_msd_location_and_voice_to_the_centre() -> None:
    _, _, event = arrived()
    assert (event.kind, event.test, event.urn) == ("automatic", False, AUTOMATIC)
    assert (event.msd, event.location) == (MSD, PIDF)
    assert event.sdp_offer is not None
    assert parse_sdp(event.sdp_offer).audio is not None
    assert event.problems == ()
    assert event.source == CAR
    assert event.caller == "car"
    assert event.callback_uri == "sip:car@192.0.2.1:5061"
    assert event.raw.startswith(b"INVITE ")
    assert event.refuse_status is None
    assert event.other_parts == ()


@pytest.mark.parametrize("received", [True, False])
def test_the_answer_says_whether_the_msd_was_received(received: bool) -> None:  # noqa: FBT001  # the case
    world, call, centre_call = connected(received=received)
    event = world.one(CAR, events.Connected)
    assert (event.call, event.received, event.problems) == (call, received, ())
    assert event.sdp is not None
    assert world.one(CENTRE, events.CallEstablished).call == centre_call
    answer = parse(sent(world, b"SIP/2.0 200")[0]).message
    assert isinstance(answer, Response)
    contents = read_contents(answer.headers, answer.body)
    cid, document = contents.controls[0]
    msd_cid = world.one(CENTRE, events.CallArrived).msd_cid
    assert document.value == Ack(msd_cid or "", received)
    assert answer.headers.get("call-info") == f"<cid:{cid}>;purpose=EmergencyCallData.Control"
    assert answer.headers.get("recv-info") == "EmergencyCallData.eCall.MSD"
    assert "application/EmergencyCallData.eCall.MSD" in answer.headers.values("accept")


def test_an_answer_without_acknowledgement_means_no_ng_ecall() -> None:
    world, _, _ = connected(received=None)
    assert world.one(CAR, events.Connected).received is None
    assert b"EmergencyCallData.Control" not in sent(world, b"SIP/2.0 200")[0].split(b"\r\n\r\n")[1]


def test_ringing_is_told_once_and_carries_no_control_document() -> None:
    world, call, event = arrived()
    world.at_centre(world.centre.ring(event.call, world.now))
    world.at_centre(world.centre.ring(event.call, world.now))
    world.run(0.1)
    assert world.heard(CAR, events.Ringing) == [events.Ringing(call)]
    assert b"Control" not in sent(world, b"SIP/2.0 180")[0]


@pytest.mark.parametrize("status", [486, 600, 603])
def test_a_refusal_can_say_that_the_msd_arrived(status: int) -> None:
    world, call, event = arrived()
    world.at_centre(world.centre.refuse(event.call, status, True, world.now))
    world.run(0.1)
    assert world.ends[CAR].heard[-1] == events.Refused(call, status, True)
    refusal = parse(sent(world, b"SIP/2.0 %d" % status)[0]).message
    assert isinstance(refusal, Response)
    assert (refusal.headers.get("content-type") or "").startswith("multipart/mixed")
    assert world.heard(CENTRE, events.CallEnded) == []


def test_a_plain_refusal_says_nothing_about_the_msd() -> None:
    world, call, event = arrived()
    world.at_centre(world.centre.refuse(event.call, 480, None, world.now))
    world.run(0.1)
    assert world.one(CAR, events.Refused) == events.Refused(call, 480, None)


def test_the_centre_clears_down() -> None:
    world, call, centre_call = connected()
    world.at_centre(world.centre.clear_down(centre_call, world.now))
    world.run(0.1)
    assert world.one(CAR, events.ClearedDown).call == call
    assert world.one(CENTRE, events.CallEnded).why == "cleared_down"


def test_clearing_down_a_ringing_call_declines_it() -> None:
    world, call, event = arrived()
    world.at_centre(world.centre.clear_down(event.call, world.now))
    world.run(0.1)
    assert world.one(CAR, events.Refused) == events.Refused(call, 603, None)


def test_clearing_down_before_the_ack_waits_for_it() -> None:
    world, call, event = arrived()
    world.at_centre(world.centre.answer(event.call, True, None, world.now))
    world.at_centre(world.centre.clear_down(event.call, world.now))
    world.run(0.2)
    assert world.one(CAR, events.ClearedDown).call == call
    assert world.one(CENTRE, events.CallEnded).why == "cleared_down"


def test_the_car_hangs_up() -> None:
    world, call, _ = connected()
    world.at_car(world.car.hang_up(call, world.now))
    world.run(0.1)
    assert world.one(CAR, events.HungUp).call == call
    assert world.one(CENTRE, events.CallEnded).why == "car_hung_up"


def test_the_car_gives_up_before_the_answer() -> None:
    world, call, event = arrived()
    world.at_car(world.car.cancel(call, world.now))
    world.run(0.1)
    assert world.one(CAR, events.Cancelled).call == call
    assert world.one(CENTRE, events.CallAbandoned).call == event.call


def test_giving_up_as_the_answer_comes_still_ends_the_call() -> None:
    world, call, event = arrived()
    world.at_centre(world.centre.answer(event.call, True, None, world.now))
    world.at_car(world.car.cancel(call, world.now))
    world.run(40)
    assert world.one(CAR, events.Cancelled).call == call
    assert world.heard(CAR, events.Connected) == []
    assert world.one(CENTRE, events.CallEnded).call == event.call


def test_silence_is_a_refusal_with_408() -> None:
    world = World(loss=1.0)
    call = world.dial()
    world.run(40)
    assert world.one(CAR, events.Refused) == events.Refused(call, 408, None)


def test_a_failed_road_is_a_refusal_with_503() -> None:
    world = World()
    world.keep = lambda _: False
    call = world.dial()
    world.at_car(world.car.road_failed(CENTRE, world.now))
    assert world.one(CAR, events.Refused) == events.Refused(call, 503, None)


def test_a_lost_ack_ends_the_call_after_32_seconds() -> None:
    world, _, event = arrived()
    world.keep = lambda data: not data.startswith(b"ACK")
    world.at_centre(world.centre.answer(event.call, True, None, world.now))
    world.run(70)
    assert world.one(CENTRE, events.CallEnded).why == "no_ack"
    assert world.heard(CENTRE, events.CallEstablished) == []


def test_a_request_before_the_ack_waits_for_it() -> None:
    world, call, event = arrived()
    world.at_centre(world.centre.answer(event.call, True, None, world.now))
    world.at_centre(world.centre.request_msd(event.call, world.now))
    assert sent(world, b"INFO") == []
    world.run(0.2)
    assert world.one(CAR, events.MsdRequested).call == call


def test_data_of_a_call_that_only_rings_cannot_be_requested() -> None:
    world, _, event = arrived()
    with pytest.raises(LocalError):
        world.centre.request_msd(event.call, world.now)


# --- update on request ------------------------------------------------------------------------


def test_the_car_sends_a_fresh_msd_when_it_is_asked() -> None:
    world, call, centre_call = connected()
    world.at_centre(world.centre.request_msd(centre_call, world.now))
    world.run(0.1)
    wanted = world.one(CAR, events.MsdRequested)
    assert wanted.call == call
    world.at_car(world.car.send_msd(call, MSD + b"2", world.now))
    world.run(0.1)
    arrival = world.one(CENTRE, events.MsdArrived)
    assert (arrival.call, arrival.msd, arrival.problems) == (centre_call, MSD + b"2", ())
    assert arrival.raw.startswith(b"INFO ")
    assert world.heard(CAR, events.MsdDelivered) == []
    world.at_centre(world.centre.confirm(arrival.token, world.now))
    world.run(0.1)
    assert world.one(CAR, events.MsdDelivered).call == call
    # A solicited MSD gets no acknowledgement of its own (RFC 8147 §9).
    assert len(sent(world, b"INFO")) == 2


def test_both_infos_are_as_rfc_8147_section_14_9_6_wants_them() -> None:
    world, call, centre_call = connected()
    world.at_centre(world.centre.request_msd(centre_call, world.now))
    world.run(0.1)
    world.at_car(world.car.send_msd(call, MSD, world.now))
    world.run(0.1)
    for data, purpose in zip(sent(world, b"INFO"), ("Control", "eCall.MSD"), strict=True):
        headers = request(data).headers
        assert headers.get("info-package") == "EmergencyCallData.eCall.MSD"
        assert headers.get("content-disposition") == "Info-Package"
        assert (headers.get("content-type") or "").startswith("multipart/mixed")
        assert f"purpose=EmergencyCallData.{purpose}" in (headers.get("call-info") or "")
        assert b"Content-Disposition: by-reference\r\n" in data


def test_a_car_that_cannot_send_says_why() -> None:
    world, call, centre_call = connected()
    world.at_centre(world.centre.request_msd(centre_call, world.now))
    world.run(0.1)
    token = world.one(CAR, events.MsdRequested).token
    world.at_car(world.car.cannot_send(call, "unable", world.now, "no satellites"))
    world.run(0.1)
    assert world.one(CENTRE, events.MsdRefused) == events.MsdRefused(
        centre_call, "unable", "no satellites"
    )
    info = request(sent(world, b"INFO")[1])
    document = read_contents(info.headers, info.body).controls[0][1]
    result = ActionResult("send-data", False, "unable", "no satellites")
    assert document.value == Ack(token, None, (result,))
    with pytest.raises(LocalError):
        world.car.cannot_send(call, "unable", world.now)


def test_requests_in_a_row_go_out_one_after_the_other() -> None:
    world, _, centre_call = connected()
    for _ in range(3):
        world.at_centre(world.centre.request_msd(centre_call, world.now))
    assert len(sent(world, b"INFO")) == 1
    world.run(0.2)
    assert len(world.heard(CAR, events.MsdRequested)) == 3


def test_an_unconfirmed_msd_is_not_delivered() -> None:
    world, call, _ = connected()
    world.at_car(world.car.send_msd(call, MSD, world.now))
    world.run(40)
    arrival = world.one(CENTRE, events.MsdArrived)
    assert world.one(CAR, events.MsdUndelivered) == events.MsdUndelivered(call, 500)
    assert world.centre.confirm(arrival.token, world.now) == []


def test_a_centre_that_forgot_the_call_answers_481_and_the_call_is_over() -> None:
    world, call, _ = connected()
    world.ends[CENTRE].machine = World().centre  # killed and started anew
    world.at_car(world.car.send_msd(call, MSD, world.now))
    world.run(40)
    assert world.one(CAR, events.MsdUndelivered).status == 481
    assert world.one(CAR, events.Dropped) == events.Dropped(call, "road")


def test_clearing_down_a_call_that_is_already_being_ended_changes_nothing() -> None:
    world, _, centre_call = connected()
    world.ends[CAR].machine = World(seed=7).car

    def act(world: World, _: Address, event: object) -> None:
        if isinstance(event, events.DataRequestFailed):
            world.at_centre(world.centre.clear_down(event.call, world.now))

    world.on_event = act
    world.at_centre(world.centre.request_msd(centre_call, world.now))
    world.run(1)
    assert world.one(CENTRE, events.CallEnded).why == "road"


def test_a_car_that_forgot_the_call_fails_the_request() -> None:
    world, _, centre_call = connected()
    world.ends[CAR].machine = World(seed=7).car
    world.at_centre(world.centre.request_msd(centre_call, world.now))
    world.run(40)
    assert world.one(CENTRE, events.DataRequestFailed) == events.DataRequestFailed(centre_call, 481)
    assert world.one(CENTRE, events.CallEnded).why == "road"


def test_what_still_waits_when_the_call_ends_has_failed() -> None:
    world, call, centre_call = connected()
    world.keep = lambda data: not data.startswith(b"INFO")
    for _ in range(2):
        world.at_centre(world.centre.request_msd(centre_call, world.now))
    world.at_car(world.car.hang_up(call, world.now))
    world.run(1)
    failed = events.DataRequestFailed(centre_call, 481)
    assert world.ends[CENTRE].heard[-3:] == [
        failed,
        failed,
        events.CallEnded(centre_call, "car_hung_up"),
    ]


# --- the repeated, the late, the unknown ------------------------------------------------------


def test_everything_twice_is_still_one_call() -> None:
    world = World()
    world.copies = 2
    world.dial()
    world.run(0.1)
    event = world.one(CENTRE, events.CallArrived)
    world.at_centre(world.centre.answer(event.call, True, None, world.now))
    world.run(5)
    assert len(world.heard(CAR, events.Connected)) == 1
    assert len(world.heard(CENTRE, events.CallEstablished)) == 1


def test_a_repeat_has_the_same_key_also_after_a_restart_of_the_centre() -> None:
    world, _, event = arrived()
    world.ends[CENTRE].machine = World().centre
    world.inject(event.raw, CAR, CENTRE)
    world.run(1)
    keys = {e.call_key for e in world.heard(CENTRE, events.CallArrived)}
    assert keys == {event.call_key}
    assert len(world.heard(CENTRE, events.CallArrived)) == 2


def test_verbs_that_come_too_late_do_nothing() -> None:
    world, call, centre_call = connected()
    world.at_car(world.car.hang_up(call, world.now))
    assert world.car.send_msd(call, MSD, world.now) == []
    world.run(0.1)
    car, centre, now = world.car, world.centre, world.now
    assert centre.ring(centre_call, now) == []
    assert centre.answer(centre_call, True, None, now) == []
    assert centre.refuse(centre_call, 486, True, now) == []
    assert centre.request_msd(centre_call, now) == []
    assert centre.clear_down(centre_call, now) == []
    assert car.cancel(call, now) == []
    assert car.send_msd(call, MSD, now) == []
    assert car.cannot_send(call, "unable", now) == []
    assert car.hang_up(call, now) == []
    assert car.answer_callback(call, now) == []
    assert car.refuse_callback(call, now) == []


def test_a_call_that_never_was_is_our_own_fault() -> None:
    world = World()
    with pytest.raises(LocalError):
        world.centre.answer("nobody", True, None, 0.0)
    with pytest.raises(LocalError):
        world.car.hang_up("nobody", 0.0)


def test_only_so_many_ended_calls_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opensos.protocols.ngecall.side.MOST_OVER", 2)
    world = World()
    calls = []
    for _ in range(3):
        call = world.dial()
        world.at_car(world.car.cancel(call, world.now))
        world.run(1)
        calls.append(call)
    assert world.car.hang_up(calls[2], world.now) == []
    with pytest.raises(LocalError):
        world.car.hang_up(calls[0], world.now)


# --- test calls, call backs -------------------------------------------------------------------


def test_test_calls_are_known_by_their_urn() -> None:
    _, _, event = arrived(TEST)
    assert (event.kind, event.test) == ("test", True)


def test_a_plain_address_with_an_msd_is_answered_like_any_other_call() -> None:
    world, _, event = arrived("sip:test@192.0.2.2")
    assert (event.kind, event.test, event.msd) == ("other", False, MSD)
    world.at_centre(world.centre.answer(event.call, True, None, world.now))
    world.run(0.1)
    assert world.one(CAR, events.Connected).received is True


def test_the_centre_calls_back_and_asks_for_data_again() -> None:
    world, call, centre_call = connected()
    world.at_centre(world.centre.clear_down(centre_call, world.now))
    world.run(0.1)
    uri = world.one(CENTRE, events.CallArrived).callback_uri or ""
    back, effects = world.centre.call_back(uri, CAR, world.now)
    world.at_centre(effects)
    world.run(0.1)
    ringing = world.one(CAR, events.CalledBack)
    assert ringing.marked
    assert ringing.caller == "sip:psap@192.0.2.2"
    assert ringing.call != call
    world.at_car(world.car.answer_callback(ringing.call, world.now))
    world.run(0.1)
    assert world.one(CENTRE, events.CallBackAnswered).call == back
    assert world.one(CAR, events.CallbackEstablished).call == ringing.call
    answer = parse(sent(world, b"SIP/2.0 200")[-1]).message
    assert isinstance(answer, Response)
    assert answer.headers.get("recv-info") == "EmergencyCallData.eCall.MSD"
    world.at_centre(world.centre.request_msd(back, world.now))
    world.run(0.1)
    world.at_car(world.car.send_msd(ringing.call, MSD, world.now))
    world.run(0.1)
    assert world.one(CENTRE, events.MsdArrived).call == back
    world.at_centre(world.centre.clear_down(back, world.now))
    world.run(0.1)
    assert world.heard(CAR, events.ClearedDown)[-1].call == ringing.call
    assert world.heard(CENTRE, events.CallEnded)[-1] == events.CallEnded(back, "cleared_down")


def test_a_call_back_can_be_refused_given_up_and_unheard() -> None:
    world = World()
    back, effects = world.centre.call_back("sip:car@192.0.2.1:5061", CAR, world.now)
    world.at_centre(effects)
    world.run(0.1)
    call = world.one(CAR, events.CalledBack).call
    world.at_car(world.car.refuse_callback(call, world.now))
    world.run(0.1)
    assert world.one(CENTRE, events.CallBackFailed) == events.CallBackFailed(back, 486)

    back, effects = world.centre.call_back("sip:car@192.0.2.1:5061", CAR, world.now, b"v=0\r\n")
    world.at_centre(effects)
    world.run(0.1)
    world.at_centre(world.centre.clear_down(back, world.now))
    world.run(0.1)
    assert world.heard(CENTRE, events.CallBackFailed)[-1] == events.CallBackFailed(back, 487)
    assert len(world.heard(CAR, events.CallbackAbandoned)) == 1

    nobody = Address("udp", "192.0.2.9", 5060)
    back, effects = world.centre.call_back("sip:car@192.0.2.9", nobody, world.now)
    world.at_centre(effects)
    world.run(40)
    assert world.heard(CENTRE, events.CallBackFailed)[-1] == events.CallBackFailed(back, 408)


def test_giving_up_a_call_back_as_it_is_taken_ends_it() -> None:
    world = World()
    back, effects = world.centre.call_back("sip:car@192.0.2.1:5061", CAR, world.now)
    world.at_centre(effects)
    world.run(0.1)
    call = world.one(CAR, events.CalledBack).call
    world.at_car(world.car.answer_callback(call, world.now))
    world.at_centre(world.centre.clear_down(back, world.now))
    world.run(40)
    assert world.one(CENTRE, events.CallBackFailed) == events.CallBackFailed(back, 487)
    assert world.one(CAR, events.ClearedDown).call == call


def test_a_call_back_without_voice_that_we_speak_is_refused_with_488() -> None:
    world = World()
    video = b"v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nt=0 0\r\nm=video 9 RTP/AVP 96\r\n"
    back, effects = world.centre.call_back("sip:car@192.0.2.1:5061", CAR, world.now, video)
    world.at_centre(effects)
    world.run(0.1)
    world.at_car(world.car.answer_callback(world.one(CAR, events.CalledBack).call, world.now))
    world.run(0.1)
    assert world.one(CENTRE, events.CallBackFailed) == events.CallBackFailed(back, 488)


def test_own_descriptions_and_headers_are_used_as_given() -> None:
    own = (
        b"v=0\r\no=- 7 7 IN IP4 192.0.2.77\r\ns=-\r\nc=IN IP4 192.0.2.77\r\nt=0 0\r\n"
        b"m=audio 4000 RTP/AVP 8\r\n"
    )
    world, _, event = arrived(
        MANUAL, sdp=own, location=None, caller="tel:+491234", headers=(("Priority", "emergency"),)
    )
    assert event.sdp_offer == own
    assert event.location is None
    assert event.caller == "+491234"
    assert b"Priority: emergency\r\n" in event.raw
    world.at_centre(world.centre.answer(event.call, True, own, world.now))
    world.run(0.1)
    assert world.one(CAR, events.Connected).sdp == own


# --- the lossy road ---------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(40))
def test_every_call_completes_on_a_road_that_loses_a_fifth(seed: int) -> None:
    world = World(loss=0.2, seed=seed)

    def act(world: World, where: Address, event: object) -> None:
        centre, car, now = world.centre, world.car, world.now
        match event:
            case events.CallArrived(call):
                world.at_centre(centre.answer(call, True, None, now))
            case events.CallEstablished(call):
                world.at_centre(centre.request_msd(call, now))
            case events.MsdRequested(call):
                world.at_car(car.send_msd(call, MSD, now))
            case events.MsdArrived(call, token):
                world.at_centre(centre.confirm(token, now))
                world.at_centre(centre.clear_down(call, now))

    world.on_event = act
    call = world.dial()
    world.run(120)
    assert world.one(CAR, events.Connected).received is True
    assert world.one(CENTRE, events.MsdArrived).msd == MSD
    assert world.one(CAR, events.ClearedDown).call == call
    assert world.one(CENTRE, events.CallEnded).why == "cleared_down"
