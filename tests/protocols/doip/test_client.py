"""The DoIP client, alone and against our entity."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.protocols.doip import (
    Acknowledged,
    Activation,
    Active,
    Announcement,
    Denied,
    DoipClient,
    DoipClientSettings,
    DoipServer,
    DoipSettings,
    Heard,
    Lost,
    Message,
    PayloadType,
    Refused,
    encode,
    encode_activation,
    vehicle_identification,
)
from opensos.protocols.doip._states import CLIENT, ClientState
from opensos.protocols.effects import Address, Effect, LocalError, Send, Tell, WakeAt

CAR, ME = Address("tcp", "127.0.0.1", 13400), Address("tcp", "127.0.0.1", 50001)
WHO = Announcement("WBAPRETENDCAR0001", 0x10, bytes(6), bytes(6))
READ = b"\x22\xf1\x90"


def tells(effects: list[Effect]) -> list[object]:
    return [e.event for e in effects if isinstance(e, Tell)]


def sent(effects: list[Effect]) -> bytes:
    return b"".join(e.data for e in effects if isinstance(e, Send))


def pair(**changes: int) -> tuple[DoipClient, DoipServer, list[object]]:
    """Return a client, our entity, and what the client was told of its activation."""
    entity = DoipServer(DoipSettings(WHO, frozenset({0x61})))
    entity.connected(ME, 0.0)
    client = DoipClient(CAR, DoipClientSettings(**changes))
    answer = sent(entity.receive(sent(client.connected(0.0)), ME, 0.0))
    return client, entity, tells(client.receive(answer))


def active() -> DoipClient:
    client, _, told = pair()
    assert told == [Active(0x10)]
    return client


def test_a_request_goes_to_our_entity_and_the_answer_comes_back() -> None:
    client, entity, _ = pair()
    acknowledged = sent(entity.receive(sent(client.ask(0x61, READ, 0.1)), ME, 0.1))
    assert tells(client.receive(acknowledged)) == [Acknowledged(0x61)]
    answer = sent(entity.answer(ME, 0x61, b"\x62\xf1\x90", 0.2))
    assert tells(client.receive(answer)) == [Heard(0x61, b"\x62\xf1\x90")]
    refused = sent(entity.receive(sent(client.ask(0x12, READ, 0.3)), ME, 0.3))
    assert tells(client.receive(refused)) == [Refused(0x03)]
    assert client.free


def test_an_entity_that_checks_hears_that_we_live() -> None:
    client, entity, _ = pair()
    other = Address("tcp", "127.0.0.1", 50002)
    entity.connected(other, 1.0)
    activation = encode(Message(PayloadType.ACTIVATION, encode_activation(Activation(0x0EF3))))
    check = [e for e in entity.receive(activation, other, 1.0) if isinstance(e, Send)]
    assert check[0].to == ME
    alive = entity.receive(sent(client.receive(check[0].data)), ME, 1.1)
    assert {e.to for e in alive if isinstance(e, Send)} == {other}  # who is sent away


@pytest.mark.parametrize(
    ("changes", "code"), [({"tester": 0x61}, 0x00), ({"activation_type": 0xE1}, 0x06)]
)
def test_a_denied_activation_is_told_with_its_code(changes: dict[str, int], code: int) -> None:
    client, _, told = pair(**changes)
    assert told == [Denied(code)]
    with pytest.raises(LocalError):
        client.ask(0x61, READ, 0.0)


def test_an_entity_that_does_not_answer_is_given_up() -> None:
    client = DoipClient(CAR)
    assert client.connected(0.0)[-1] == WakeAt(2.0)
    assert client.wake(1.0) == [WakeAt(2.0)]
    assert client.wake(2.0) == [Tell(Lost("no acknowledgement in time"))]
    client = active()
    client.ask(0x61, READ, 5.0)
    assert client.wake(7.0) == [Tell(Lost("no acknowledgement in time"))]


def test_a_refused_header_ends_the_request_and_garbage_the_connection() -> None:
    client = active()
    client.ask(0x61, READ, 0.0)
    refused = client.receive(encode(Message(PayloadType.NACK, b"\x02")))
    assert refused == [Tell(Refused(0x02, header=True))]
    assert client.receive(b"HTTP/1.1 200 OK") == [Tell(Lost("a header that cannot be trusted"))]
    assert client.receive(encode(Message(PayloadType.ALIVE_CHECK, b""))) == []
    assert client.closed() == []


def test_an_entity_that_hangs_up_is_told_once() -> None:
    client = active()
    assert client.closed() == [Tell(Lost("the entity hung up"))]
    assert client.closed() == []


def test_the_question_who_is_there_has_three_forms() -> None:
    entity = DoipServer(DoipSettings(WHO, frozenset()))
    udp = Address("udp", "127.0.0.1", 40000)
    for asked in (
        vehicle_identification(),
        vehicle_identification(eid=bytes(6)),
        vehicle_identification(vin=WHO.vin),
    ):
        assert len(entity.datagram(asked, udp)) == 1
    assert entity.datagram(vehicle_identification(vin="X" * 17), udp) == []


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
                lambda kind, payload: encode(Message(kind, payload)),
                st.sampled_from([int(kind) for kind in PayloadType]),
                st.one_of(
                    st.binary(max_size=13),
                    st.just(bytes.fromhex("0061 0ef3 00")),
                    st.just(bytes.fromhex("0ef3 0010 10 00000000")),
                ),
            ),
        ),
        max_size=20,
    )
)
def test_no_bytes_of_a_hostile_entity_hurt(story: list[bytes]) -> None:
    client, now = DoipClient(CAR), 0.0
    client.connected(now)
    for data in story:
        now += 0.7
        if client.free:
            client.ask(0x61, READ, now)
        client.receive(data)
        client.wake(now)
