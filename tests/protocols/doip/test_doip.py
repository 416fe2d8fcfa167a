"""DoIP: header and payloads, framer, testers' sockets, discovery, any bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.protocols.doip import (
    Activation,
    ActivationAnswer,
    ActivationCode,
    Announcement,
    Asked,
    Cut,
    Diagnostic,
    DiagnosticAck,
    DiagnosticNack,
    DoipServer,
    DoipSettings,
    EntityStatus,
    Framer,
    HeaderNack,
    Message,
    PayloadType,
    PowerMode,
    decode_ack,
    decode_activation,
    decode_activation_answer,
    decode_announcement,
    decode_datagram,
    decode_diagnostic,
    decode_entity_status,
    encode,
    encode_ack,
    encode_activation,
    encode_activation_answer,
    encode_announcement,
    encode_diagnostic,
    encode_entity_status,
)
from opensos.protocols.doip._states import TABLE, State
from opensos.protocols.effects import Address, Effect, RemoteError, Send, Tell, WakeAt

if TYPE_CHECKING:
    from collections.abc import Callable

WHO = Announcement("WBAPRETENDCAR0001", 0x10, b"\x00\x1a\x37\x01\x23\x45", bytes(6), 0, 0)
ONE, TWO, THREE = (Address("tcp", "127.0.0.1", port) for port in (50001, 50002, 50003))
UDP = Address("udp", "127.0.0.1", 40000)
TESTER = 0x0EF3


def server(**changes: object) -> DoipServer:
    return DoipServer(DoipSettings(WHO, frozenset({0x10, 0x61}), **changes))  # type: ignore[arg-type]


def activation(tester: int = TESTER, kind: int = 0) -> bytes:
    return encode(Message(PayloadType.ACTIVATION, encode_activation(Activation(tester, kind))))


def ask(target: int = 0x61, data: bytes = b"\x22\xf1\x90", source: int = TESTER) -> bytes:
    payload = encode_diagnostic(Diagnostic(source, target, data))
    return encode(Message(PayloadType.DIAGNOSTIC, payload))


def said(effects: list[Effect], to: Address = ONE) -> list[Message]:
    data = b"".join(e.data for e in effects if isinstance(e, Send) and e.to == to)
    return [found for found in Framer(100_000).feed(data) if isinstance(found, Message)]


def tells(effects: list[Effect]) -> list[object]:
    return [e.event for e in effects if isinstance(e, Tell)]


def code(effects: list[Effect], to: Address = ONE) -> int:
    (message,) = said(effects, to)
    assert message.type == PayloadType.ACTIVATION_ANSWER
    return decode_activation_answer(message.payload).code


def active(
    entity: DoipServer | None = None, peer: Address = ONE, tester: int = TESTER
) -> DoipServer:
    entity = entity or server()
    entity.connected(peer, 0.0)
    assert code(entity.receive(activation(tester), peer, 0.0), peer) == ActivationCode.SUCCESS
    return entity


# --- codec


def test_a_message_is_version_inverse_type_length_and_payload() -> None:
    assert activation().hex(" ") == "02 fd 00 05 00 00 00 07 0e f3 00 00 00 00 00"


@pytest.mark.parametrize(
    ("value", "encode_", "decode_"),
    [
        (WHO, encode_announcement, decode_announcement),
        (Activation(0xE00, 1, b"\x01\x02\x03\x04"), encode_activation, decode_activation),
        (
            ActivationAnswer(0xE00, 0x10, 0x10, b"\x01\x02\x03\x04"),
            encode_activation_answer,
            decode_activation_answer,
        ),
        (EntityStatus(0, 4, 1, 4096), encode_entity_status, decode_entity_status),
        (EntityStatus(1, 4, 1), encode_entity_status, decode_entity_status),
        (Diagnostic(0xE00, 0x61, b"\x3e"), encode_diagnostic, decode_diagnostic),
        (DiagnosticAck(0x61, 0xE00, 3, b"\x3e"), encode_ack, decode_ack),
    ],
)
def test_payloads_are_read_as_they_were_written_and_short_ones_refused(
    value: object, encode_: Callable[[object], bytes], decode_: Callable[[bytes], object]
) -> None:
    payload = encode_(value)
    assert decode_(payload) == value
    with pytest.raises(RemoteError):
        decode_(payload[:2])


@given(
    st.lists(
        st.one_of(
            st.builds(ask, st.integers(0, 0xFFFF), st.binary(min_size=1, max_size=50)),
            st.builds(activation, st.integers(0, 0xFFFF)),
        ),
        max_size=6,
    ),
    st.data(),
)
def test_messages_are_cut_out_of_any_pieces(parts: list[bytes], data: st.DataObject) -> None:
    stream, framer, got = b"".join(parts), Framer(100), b""
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        for found in framer.feed(stream[:size]):
            assert isinstance(found, Message)
            got += encode(found)
        stream = stream[size:]
    assert got == b"".join(parts)


@pytest.mark.parametrize(
    ("head", "why", "broken"),
    [
        ("02 fc 80 01 00 00 00 05", HeaderNack.INCORRECT_PATTERN, True),
        ("04 fb 80 01 00 00 00 05", HeaderNack.INCORRECT_PATTERN, True),
        ("ff 00 80 01 00 00 00 05", HeaderNack.INCORRECT_PATTERN, True),
        ("02 fd 12 34 00 00 00 05", HeaderNack.UNKNOWN_PAYLOAD_TYPE, False),
        ("02 fd 80 01 ff ff ff ff", HeaderNack.MESSAGE_TOO_LARGE, False),
        ("02 fd 80 01 00 00 00 04", HeaderNack.INVALID_PAYLOAD_LENGTH, True),
        ("02 fd 00 05 00 00 00 08", HeaderNack.INVALID_PAYLOAD_LENGTH, True),
    ],
)
def test_a_bad_header_is_named(head: str, why: HeaderNack, *, broken: bool) -> None:
    framer = Framer(100)
    assert framer.feed(bytes.fromhex(head)) == [why]
    assert framer.broken is broken
    if broken:
        assert framer.feed(ask()) == []


def test_a_message_too_large_flows_by_and_the_next_one_is_heard() -> None:
    framer = Framer(10)
    large = encode(Message(PayloadType.DIAGNOSTIC, bytes(5000)))
    assert framer.feed(large[:100]) == [HeaderNack.MESSAGE_TOO_LARGE]
    assert framer.feed(large[100:] + ask()) == [
        Message(PayloadType.DIAGNOSTIC, bytes.fromhex("0ef3 0061 22f190"))
    ]


# --- routing activation


def test_a_tester_activates_asks_and_is_answered() -> None:
    entity = active()
    effects = entity.receive(ask(), ONE, 1.0)
    assert said(effects) == [Message(PayloadType.DIAGNOSTIC_ACK, bytes.fromhex("0061 0ef3 00"))]
    assert tells(effects) == [Asked(ONE, TESTER, 0x61, b"\x22\xf1\x90", functional=False)]
    effects = entity.answer(ONE, 0x61, b"\x7e\x00", 2.0)
    assert said(effects) == [Message(PayloadType.DIAGNOSTIC, bytes.fromhex("0061 0ef3 7e00"))]
    assert entity.answer(TWO, 0x61, b"\x7e\x00", 2.0) == []


def test_the_version_of_the_tester_is_spoken() -> None:
    entity = server()
    entity.connected(ONE, 0.0)
    asked = Message(PayloadType.ACTIVATION, encode_activation(Activation(TESTER)), 0x03)
    (answer,) = said(entity.receive(encode(asked), ONE, 0.0))
    assert answer.version == 0x03


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (activation(0x0061), ActivationCode.UNKNOWN_SOURCE),
        (activation(TESTER, 0xE1), ActivationCode.UNSUPPORTED_TYPE),
    ],
)
def test_a_refused_activation_ends_the_connection(sent: bytes, why: ActivationCode) -> None:
    entity = server()
    entity.connected(ONE, 0.0)
    effects = entity.receive(sent, ONE, 0.1)
    assert code(effects) == why
    assert tells(effects) == [Cut(ONE, "activation denied")]
    assert entity.receive(sent, ONE, 0.2) == []


def test_the_same_tester_may_activate_again_but_no_other_on_its_socket() -> None:
    entity = active()
    assert code(entity.receive(activation(), ONE, 1.0)) == ActivationCode.SUCCESS
    effects = entity.receive(activation(0x0E01), ONE, 1.1)
    assert code(effects) == ActivationCode.OTHER_SOURCE_ON_SOCKET
    assert tells(effects) == [Cut(ONE, "activation denied")]


def test_two_testers_work_side_by_side() -> None:
    entity = active(active(), TWO, 0x0E01)
    assert tells(entity.receive(ask(), ONE, 1.0)) != []
    assert tells(entity.receive(ask(source=0x0E01), TWO, 1.0)) != []


def test_a_tester_that_comes_back_gets_in_when_its_old_socket_is_dead() -> None:
    entity = active()
    entity.connected(TWO, 1.0)
    effects = entity.receive(activation(), TWO, 1.0)
    assert said(effects) == [Message(PayloadType.ALIVE_CHECK, b"")]
    assert said(effects, TWO) == []
    effects = entity.wake(1.5)
    assert tells(effects) == [Cut(ONE, "no answer to the alive check")]
    assert code(effects, TWO) == ActivationCode.SUCCESS


def test_a_tester_whose_name_is_taken_and_alive_is_sent_away() -> None:
    entity = active()
    entity.connected(TWO, 1.0)
    entity.receive(activation(), TWO, 1.0)
    alive = encode(Message(PayloadType.ALIVE_ANSWER, TESTER.to_bytes(2, "big")))
    effects = entity.receive(alive, ONE, 1.2)
    assert code(effects, TWO) == ActivationCode.SOURCE_ON_OTHER_SOCKET
    assert tells(effects) == [Cut(TWO, "the others are alive")]


def test_when_all_sockets_are_taken_each_is_asked_whether_it_lives() -> None:
    entity = active(active(server(max_sockets=2)), TWO, 0x0E01)
    entity.connected(THREE, 1.0)
    effects = entity.receive(activation(0x0E02), THREE, 1.0)
    assert [m.type for to in (ONE, TWO) for m in said(effects, to)] == [PayloadType.ALIVE_CHECK] * 2
    assert entity.receive(activation(0x0E02), THREE, 1.1)[:-1] == []  # patience
    entity.receive(ask(), ONE, 1.2)
    effects = entity.receive(ask(source=0x0E01), TWO, 1.3)
    assert code(effects, THREE) == ActivationCode.ALL_SOCKETS_BUSY


def test_who_hangs_up_makes_room_for_who_waits() -> None:
    entity = active(server(max_sockets=1))
    entity.connected(TWO, 1.0)
    entity.receive(activation(0x0E01), TWO, 1.0)
    assert code(entity.closed(ONE, 1.1), TWO) == ActivationCode.SUCCESS
    assert entity.closed(ONE, 1.2) == []


# --- diagnostic messages


def test_an_unknown_target_is_refused_and_the_connection_stays() -> None:
    entity = active()
    effects = entity.receive(ask(0x12), ONE, 1.0)
    assert said(effects) == [
        Message(PayloadType.DIAGNOSTIC_NACK, encode_ack(DiagnosticAck(0x12, TESTER, 3)))
    ]
    assert tells(effects) == []
    assert tells(entity.receive(ask(), ONE, 1.1)) != []


def test_a_wrong_source_or_none_activated_is_refused_and_cut() -> None:
    effects = active().receive(ask(source=0x0E01), ONE, 1.0)
    assert decode_ack(said(effects)[0].payload).code == DiagnosticNack.INVALID_SOURCE
    assert tells(effects) == [Cut(ONE, "diagnostic message with a wrong source")]
    entity = server()
    entity.connected(ONE, 0.0)
    assert tells(entity.receive(ask(), ONE, 1.0)) == [
        Cut(ONE, "diagnostic message with a wrong source")
    ]


def test_all_units_are_asked_at_the_functional_address() -> None:
    (asked,) = tells(active().receive(ask(0xE400, b"\x3e\x80"), ONE, 1.0))
    assert asked == Asked(ONE, TESTER, 0xE400, b"\x3e\x80", functional=True)


def test_a_bad_header_is_answered_and_ends_the_connection_a_large_one_does_not() -> None:
    entity = active()
    effects = entity.receive(bytes.fromhex("02 fd 80 01 ff ff ff ff"), ONE, 1.0)
    assert said(effects) == [Message(PayloadType.NACK, b"\x02")]
    assert tells(effects) == []
    effects = active().receive(b"GET / HTTP/1.1", ONE, 1.0)
    assert said(effects) == [Message(PayloadType.NACK, b"\x00")]
    assert tells(effects) == [Cut(ONE, "header that cannot be trusted")]


def test_a_tester_may_ask_whether_we_live_and_what_is_no_matter_of_a_socket_is_refused() -> None:
    entity = active()
    effects = entity.receive(encode(Message(PayloadType.ALIVE_CHECK, b"")), ONE, 1.0)
    assert said(effects) == [Message(PayloadType.ALIVE_ANSWER, b"\x0e\xf3")]
    effects = entity.receive(encode(Message(PayloadType.POWER_MODE, b"")), ONE, 1.0)
    assert said(effects) == [Message(PayloadType.NACK, b"\x01")]


# --- time


def test_who_does_not_activate_in_time_or_falls_silent_is_cut() -> None:
    entity = active()
    assert entity.connected(TWO, 10.0) == [WakeAt(12.0)]
    assert tells(entity.wake(12.0)) == [Cut(TWO, "T_TCP_Initial_Inactivity over")]
    entity.receive(ask(), ONE, 20.0)
    assert entity.answer(ONE, 0x61, b"\x7f\x22\x78", 30.0)[-1] == WakeAt(330.0)
    assert tells(entity.wake(330.0)) == [Cut(ONE, "T_TCP_General_Inactivity over")]


# --- datagrams


def datagram(
    entity: DoipServer, kind: int, payload: bytes = b"", version: int = 2
) -> Message | None:
    effects = entity.datagram(encode(Message(kind, payload, version)), UDP)
    if not effects:
        return None
    (effect,) = effects
    assert isinstance(effect, Send)
    found = decode_datagram(effect.data)
    assert isinstance(found, Message)
    return found


def test_a_car_says_who_it_is_to_all_or_to_who_knows_its_name() -> None:
    entity = server()
    here = Message(PayloadType.ANNOUNCEMENT, encode_announcement(WHO))
    assert datagram(entity, PayloadType.IDENTIFY, version=0xFF) == here
    assert datagram(entity, PayloadType.IDENTIFY_EID, WHO.eid) == here
    assert datagram(entity, PayloadType.IDENTIFY_EID, bytes(6)) is None
    assert datagram(entity, PayloadType.IDENTIFY_VIN, WHO.vin.encode()) == here
    assert datagram(entity, PayloadType.IDENTIFY_VIN, b"X" * 17) is None
    (sent,) = entity.announce(UDP)
    assert isinstance(sent, Send)
    assert decode_datagram(sent.data) == here


def test_status_and_power_are_told() -> None:
    entity = active()
    status = datagram(entity, PayloadType.ENTITY_STATUS)
    assert status is not None
    assert decode_entity_status(status.payload) == EntityStatus(0, 4, 1, 70_000)
    entity.power_mode = PowerMode.NOT_READY
    assert datagram(entity, PayloadType.POWER_MODE) == Message(
        PayloadType.POWER_MODE_ANSWER, b"\x00"
    )


def test_answers_of_others_are_ignored_and_bad_datagrams_refused() -> None:
    entity = server()
    assert datagram(entity, PayloadType.ANNOUNCEMENT, encode_announcement(WHO)) is None
    assert datagram(entity, PayloadType.NACK, b"\x00") is None
    assert datagram(entity, 0x1234) == Message(PayloadType.NACK, b"\x01")
    (sent,) = entity.datagram(b"hello", UDP)
    assert isinstance(sent, Send)
    assert decode_datagram(sent.data) == Message(PayloadType.NACK, b"\x00")


# --- whatever comes


def test_every_state_can_be_reached() -> None:
    reached = {State.INITIALIZED}
    while more := {then for state in reached for then in TABLE[state].values()} - reached:
        reached |= more
    assert reached == set(State)


_BYTES = st.one_of(
    st.binary(max_size=30),
    st.builds(activation, st.sampled_from([TESTER, 0x0E01, 0x0E02, 0x61]), st.integers(0, 2)),
    st.builds(
        ask,
        st.sampled_from([0x61, 0x12, 0xE400]),
        st.just(b"\x3e"),
        st.sampled_from([TESTER, 0xE01]),
    ),
    st.builds(
        lambda kind, payload: encode(Message(kind, payload)),
        st.sampled_from([int(kind) for kind in PayloadType]),
        st.binary(max_size=12),
    ),
)


@settings(max_examples=250, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["in", "out", "bytes", "bytes", "wake", "answer", "udp"]),
            st.sampled_from([ONE, TWO, THREE]),
            _BYTES,
            st.floats(0, 1),
        ),
        max_size=50,
    )
)
def test_whatever_happens_a_testers_name_is_active_once_and_the_bound_is_kept(
    story: list[tuple[str, Address, bytes, float]],
) -> None:
    entity, now = server(max_sockets=2), 0.0
    open_: set[Address] = set()
    for what, peer, data, pause in story:
        now += pause
        effects: list[Effect] = []
        if what == "in" and peer not in open_:
            open_.add(peer)
            effects = entity.connected(peer, now)
        elif what == "out":
            open_.discard(peer)
            effects = entity.closed(peer, now)
        elif what == "bytes":
            effects = entity.receive(data, peer, now)
        elif what == "udp":
            assert len(entity.datagram(data, UDP)) <= 1
        elif what == "answer":
            effects = entity.answer(peer, 0x61, b"\x7e\x00", now)
        effects += entity.wake(now)
        open_ -= {event.peer for event in tells(effects) if isinstance(event, Cut)}
        assert set(entity._sockets) == open_
        using = [s for s in entity._sockets.values() if s.state in {State.ACTIVE, State.CHECKED}]
        assert len(using) <= 2
        assert len({s.tester for s in using}) == len(using)
