"""The HSFZ client, alone and against our gateway."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.protocols.effects import Address, Effect, LocalError, Send, Tell, WakeAt
from opensos.protocols.hsfz import (
    Acknowledged,
    Announced,
    Asked,
    Control,
    Diagnostic,
    Frame,
    Heard,
    HsfzClient,
    HsfzServer,
    HsfzSettings,
    Identity,
    Lost,
    Refused,
    encode,
    encode_diagnostic,
    encode_identity,
)
from opensos.protocols.hsfz._states import CLIENT, ClientState

CAR, ME = Address("tcp", "127.0.0.1", 6801), Address("tcp", "127.0.0.1", 50001)
IDENTITY = Identity(0x10, "001A37012345", "WBAPRETENDCAR0001")
READ = bytes.fromhex("22 f1 90 f1 91 f1 92")


def connected() -> HsfzClient:
    client = HsfzClient(CAR)
    client.connected()
    return client


def tells(effects: list[Effect]) -> list[object]:
    return [e.event for e in effects if isinstance(e, Tell)]


def sent(effects: list[Effect]) -> bytes:
    return b"".join(e.data for e in effects if isinstance(e, Send))


def ack(data: bytes, target: int = 0x61) -> bytes:
    return encode_diagnostic(Diagnostic(0xF4, target, data), Control.ACK)


def test_a_request_goes_to_our_gateway_and_the_answer_comes_back() -> None:
    gateway = HsfzServer(HsfzSettings(IDENTITY, frozenset({0x61})))
    gateway.connected(ME, 0.0)
    client = connected()
    at_gateway = gateway.receive(sent(client.ask(0x61, READ, 0.0)), ME, 0.0)
    assert Asked(ME, 0xF4, 0x61, READ, functional=False) in tells(at_gateway)
    assert tells(client.receive(sent(at_gateway))) == [Acknowledged(0x61)]
    answer = sent(gateway.answer(ME, 0x61, b"\x62\xf1\x90", 0.1))
    assert tells(client.receive(answer)) == [Heard(0x61, b"\x62\xf1\x90")]
    identity = sent(gateway.receive(sent(client.identify()), ME, 0.2))
    assert tells(client.receive(identity)) == [Announced(IDENTITY)]
    refused = sent(gateway.receive(sent(client.ask(0x12, READ, 0.3)), ME, 0.3))
    assert tells(client.receive(refused)) == [Refused(Control.BAD_TARGET)]
    assert client.free


@pytest.mark.parametrize("echo", [READ, READ[:5], b""])
def test_an_acknowledgement_may_repeat_all_some_or_nothing(echo: bytes) -> None:
    client = connected()
    client.ask(0x61, READ, 0.0)
    assert tells(client.receive(ack(echo))) == [Acknowledged(0x61)]


@pytest.mark.parametrize("wrong", [ack(READ, 0x10), ack(b"\x3e\x00"), ack(READ + b"\x00")])
def test_an_acknowledgement_of_something_else_does_not_count(wrong: bytes) -> None:
    client = connected()
    client.ask(0x61, READ, 0.0)
    assert client.receive(wrong) == []
    assert client.wake(0.5) == [WakeAt(1.0)]
    assert client.wake(1.0) == [Tell(Lost("no acknowledgement in time"))]


def test_an_alive_check_is_echoed_with_our_address_and_an_announcement_is_none() -> None:
    client = connected()
    check = encode(Frame(Control.ALIVE_CHECK, b"\x00\x00"))
    assert sent(client.receive(check)) == encode(Frame(Control.ALIVE_CHECK, b"\x00\xf4"))
    for control in (0x11, 0x04, 0x12, 0x01):
        frame = encode(Frame(control, encode_identity(IDENTITY)))
        assert client.receive(frame) == [Tell(Announced(IDENTITY))]


def test_what_is_for_another_tester_or_too_large_is_not_ours() -> None:
    client = connected()
    assert client.receive(encode_diagnostic(Diagnostic(0x61, 0xF1, b"\x7e\x00"))) == []
    assert client.receive(encode(Frame(Control.DATA, b"\x61"))) == []
    assert client.receive(b"\xff\xff\xff\xff\x00\x01") == [Tell(Lost("a frame too large"))]
    assert client.receive(ack(READ)) == []


def test_a_gateway_that_hangs_up_is_told_once_and_nothing_can_be_sent() -> None:
    client = connected()
    assert client.closed() == [Tell(Lost("the gateway hung up"))]
    assert client.closed() == []
    with pytest.raises(LocalError):
        client.ask(0x61, READ, 0.0)


def test_every_state_of_the_client_can_be_reached() -> None:
    reached = {ClientState.CLOSED}
    while more := {then for state in reached for then in CLIENT[state].values()} - reached:
        reached |= more
    assert reached == set(ClientState)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=20),
            st.builds(
                lambda c, b: encode(Frame(c, b)),
                st.sampled_from([int(c) for c in Control]),
                st.one_of(st.binary(max_size=8), st.just(b"\xf4\x61\x22")),
            ),
        ),
        max_size=20,
    )
)
def test_no_bytes_of_a_hostile_gateway_hurt(story: list[bytes]) -> None:
    client, now = connected(), 0.0
    for data in story:
        now += 0.4
        if client.free:
            client.ask(0x61, b"\x22", now)
        client.receive(data)
        client.wake(now)
