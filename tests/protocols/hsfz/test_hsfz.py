"""HSFZ: frames, framer, the gateway's one seat, acknowledgements, discovery, any bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.protocols.effects import Address, Effect, LocalError, RemoteError, Send, Tell, WakeAt
from opensos.protocols.hsfz import (
    Asked,
    Control,
    Cut,
    Diagnostic,
    Frame,
    Framer,
    HsfzServer,
    HsfzSettings,
    Identity,
    decode_diagnostic,
    decode_identity,
    encode,
    encode_diagnostic,
    encode_identity,
)
from opensos.protocols.hsfz._states import TABLE, State

IDENTITY = Identity(0x10, "001A37012345", "WBAPRETENDCAR0001")
ONE, TWO, THREE = (Address("tcp", "127.0.0.1", port) for port in (50001, 50002, 50003))


def server(**changes: object) -> HsfzServer:
    return HsfzServer(HsfzSettings(IDENTITY, frozenset({0x10, 0x61}), **changes))  # type: ignore[arg-type]


def seated() -> HsfzServer:
    gateway = server()
    gateway.connected(ONE, 0.0)
    return gateway


def ask(target: int = 0x61, data: bytes = b"\x22\xf1\x90", source: int = 0xF4) -> bytes:
    return encode_diagnostic(Diagnostic(source, target, data))


def frames(effects: list[Effect], to: Address = ONE) -> list[Frame]:
    data = b"".join(e.data for e in effects if isinstance(e, Send) and e.to == to)
    return Framer(100_000).feed(data)


def tells(effects: list[Effect]) -> list[object]:
    return [e.event for e in effects if isinstance(e, Tell)]


def test_a_frame_is_length_control_addresses_and_data() -> None:
    assert ask().hex(" ") == "00 00 00 05 00 01 f4 61 22 f1 90"
    with pytest.raises(LocalError):
        ask(target=0x100)
    with pytest.raises(RemoteError):
        decode_diagnostic(b"\xf4\x61")


@given(st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=60)), max_size=6), st.data())
def test_frames_are_cut_out_of_any_pieces(
    parts: list[tuple[int, bytes]], data: st.DataObject
) -> None:
    wanted = [Frame(*part) for part in parts]
    stream = b"".join(map(encode, wanted))
    framer, got = Framer(60), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        got += framer.feed(stream[:size])
        stream = stream[size:]
    assert got == wanted


def test_a_request_is_acknowledged_with_its_first_five_bytes_and_passed_on() -> None:
    effects = seated().receive(ask(data=bytes(range(9))), ONE, 1.0)
    assert frames(effects) == [Frame(Control.ACK, bytes.fromhex("f4 61 00 01 02 03 04"))]
    assert tells(effects) == [Asked(ONE, 0xF4, 0x61, bytes(range(9)), functional=False)]
    assert effects[-1] == WakeAt(6.0)


def test_a_response_goes_back_to_who_asked() -> None:
    gateway = seated()
    gateway.receive(ask(), ONE, 1.0)
    effects = gateway.answer(ONE, 0x61, b"\x7e\x00", 2.0)
    assert frames(effects) == [Frame(Control.DATA, bytes.fromhex("61 f4 7e 00"))]
    assert gateway.answer(TWO, 0x61, b"\x7e\x00", 2.0) == []


def test_all_units_are_asked_at_the_functional_address() -> None:
    (asked,) = tells(seated().receive(ask(0xDF, b"\x3e\x80"), ONE, 1.0))
    assert asked == Asked(ONE, 0xF4, 0xDF, b"\x3e\x80", functional=True)


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (ask(target=0x12), Frame(Control.BAD_TARGET, b"\xf4\x12")),
        (ask(source=0x61), Frame(Control.BAD_TESTER, b"\xf0\x61")),
        (encode(Frame(0x77, b"\x01")), Frame(Control.BAD_CONTROL)),
        (encode(Frame(Control.DATA, b"\xf4\x61")), Frame(Control.BAD_FORMAT)),
        (encode(Frame(Control.ALIVE_CHECK, b"\x00\xf4")), Frame(Control.ALIVE_CHECK, b"\x00\xf4")),
        (encode(Frame(Control.TERMINAL_15)), Frame(Control.TERMINAL_15, b"\x04")),
        (encode(Frame(Control.STATUS)), Frame(Control.STATUS, b"\x00")),
    ],
)
def test_other_frames_have_their_answer(sent: bytes, answer: Frame) -> None:
    effects = seated().receive(sent, ONE, 1.0)
    assert frames(effects) == [answer]
    assert tells(effects) == []


def test_a_frame_too_large_ends_the_connection_without_being_stored() -> None:
    effects = seated().receive(bytes.fromhex("ff ff ff ff 00 01 f4 61"), ONE, 1.0)
    assert frames(effects) == [Frame(Control.TOO_LARGE)]
    assert tells(effects) == [Cut(ONE, "more than can be taken")]


def test_who_says_nothing_for_five_seconds_is_cut_but_not_while_a_unit_answers() -> None:
    gateway = seated()
    gateway.receive(ask(), ONE, 1.0)
    gateway.answer(ONE, 0x61, b"\x7f\x22\x78", 5.0)
    assert gateway.wake(9.9) == [WakeAt(10.0)]
    assert gateway.wake(10.0) == [Tell(Cut(ONE, "idle too long"))]
    assert gateway.receive(ask(), ONE, 10.1) == []


def test_a_second_tester_is_sent_away_when_the_first_lives() -> None:
    gateway = seated()
    gateway.receive(ask(), ONE, 1.0)
    effects = gateway.connected(TWO, 2.0)
    assert frames(effects) == [Frame(Control.ALIVE_CHECK, b"\x00\xf4")]
    assert gateway.receive(ask(), TWO, 2.1)[:-1] == []
    effects = gateway.receive(encode(Frame(Control.ALIVE_CHECK, b"\x00\xf4")), ONE, 2.2)
    assert frames(effects) == []  # no echo of the echo
    assert tells(effects) == [Cut(TWO, "the first tester lives")]


def test_a_second_tester_gets_the_seat_and_its_first_request_answered_when_the_first_is_gone() -> (
    None
):
    gateway = seated()
    gateway.connected(TWO, 2.0)
    gateway.receive(ask(), TWO, 2.1)
    effects = gateway.wake(2.5)
    assert tells(effects) == [
        Cut(ONE, "no sign of life in time"),
        Asked(TWO, 0xF4, 0x61, b"\x22\xf1\x90", functional=False),
    ]
    assert [frame.control for frame in frames(effects, TWO)] == [Control.ACK]


def test_a_third_tester_is_sent_away_at_once() -> None:
    gateway = seated()
    gateway.connected(TWO, 2.0)
    assert tells(gateway.connected(THREE, 2.1)) == [Cut(THREE, "connects, somebody waits already")]


def test_who_hangs_up_frees_the_seat_or_stops_waiting_for_it() -> None:
    gateway = seated()
    gateway.connected(TWO, 2.0)
    assert gateway.closed(TWO, 2.1) == [WakeAt(5.0)]
    gateway.connected(TWO, 2.2)
    gateway.closed(ONE, 2.3)
    assert tells(gateway.receive(ask(), TWO, 2.4)) != []
    assert gateway.closed(ONE, 2.5) == []


def test_who_talks_too_much_while_waiting_is_cut() -> None:
    gateway = seated()
    gateway.connected(TWO, 2.0)
    effects = gateway.receive(ask() * 5, TWO, 2.1)
    assert frames(effects, TWO) == [Frame(Control.OUT_OF_MEMORY)]
    assert tells(effects) == [Cut(TWO, "more than can be taken")]


def test_discovery_is_answered_with_address_and_vehicle() -> None:
    who = Address("udp", "127.0.0.1", 40000)
    (sent,) = server().discover(bytes.fromhex("00 00 00 00 00 11"), who)
    assert isinstance(sent, Send)
    assert sent.to == who
    assert sent.data[6:] == b"DIAGADR10BMWMAC001A37012345BMWVINWBAPRETENDCAR0001"
    assert decode_identity(sent.data[6:]) == IDENTITY
    assert server().discover(bytes.fromhex("00 00 00 00 00 04"), who) == []
    assert server().discover(sent.data, who) == []  # another gateway's answer
    assert server().discover(b"\x00", who) == []


def test_an_identity_of_the_wrong_form_is_our_mistake() -> None:
    with pytest.raises(LocalError):
        encode_identity(Identity(0x10, "00:1A", "WBAPRETENDCAR0001"))
    assert decode_identity(b"DIAGADR10BMWMAC00") is None


def test_every_state_can_be_reached() -> None:
    reached = {State.NEW}
    while more := {then for state in reached for then in TABLE[state].values()} - reached:
        reached |= more
    assert reached == set(State)


_BYTES = st.one_of(
    st.binary(max_size=40),
    st.builds(ask, st.integers(0, 255), st.binary(max_size=9), st.integers(0, 255)),
    st.builds(lambda c, b: encode(Frame(c, b)), st.integers(0, 0x50), st.binary(max_size=4)),
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["in", "out", "bytes", "wake", "answer"]),
            st.sampled_from([ONE, TWO, THREE]),
            _BYTES,
            st.floats(0, 2),
        ),
        max_size=40,
    )
)
def test_whatever_happens_one_tester_at_most_is_served(
    story: list[tuple[str, Address, bytes, float]],
) -> None:
    gateway, now = server(), 0.0
    open_: set[Address] = set()
    for what, peer, data, pause in story:
        now += pause
        effects: list[Effect] = []
        if what == "in" and peer not in open_:
            open_.add(peer)
            effects = gateway.connected(peer, now)
        elif what == "out":
            open_.discard(peer)
            effects = gateway.closed(peer, now)
        elif what == "bytes":
            effects = gateway.receive(data, peer, now)
        elif what == "answer":
            effects = gateway.answer(peer, 0x61, data or b"\x00", now)
        effects += gateway.wake(now)
        open_ -= {event.peer for event in tells(effects) if isinstance(event, Cut)}
        assert set(gateway._connections) == open_
        states = [c.state for c in gateway._connections.values()]
        assert sum(s in {State.SEATED, State.CHECKED} for s in states) <= 1
        assert states.count(State.WAITING) == states.count(State.CHECKED)
