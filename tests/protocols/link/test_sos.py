from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.effects import LocalError, RemoteError
from opensos.protocols.link import (
    CAUSES,
    Ack,
    Envelope,
    Sos,
    acknowledge,
    car_of,
    decode,
    down,
    encode,
    read_ack,
    read_sos,
    sos_body,
    up,
)
from tests.protocols.link.test_envelope import names, values

soses = st.builds(
    Sos,
    msd=st.none() | st.binary(max_size=140),
    location=st.none() | st.binary(max_size=2000),
    test=st.none() | st.booleans(),
    cause=st.none() | st.sampled_from(CAUSES),
    attempt=st.none() | st.integers(1, 1000),
    case=st.none() | names,
)


@given(soses)
def test_an_sos_is_read_back_from_its_envelope(sos: Sos) -> None:
    envelope = Envelope("m", "c", 1, "sos", sos_body(sos))
    assert read_sos(decode(encode(envelope)).body) == sos


@given(
    st.dictionaries(
        st.sampled_from(["msd", "location", "test", "cause", "attempt", "case", "more"]), values
    )
)
def test_any_body_is_read_as_far_as_it_goes(body: dict[str, object]) -> None:
    sos = read_sos(body)
    for name in ("msd", "location", "test", "cause", "attempt", "case"):
        if body.get(name) is not None and getattr(sos, name) is None:
            assert any(repr(name) in sentence for sentence in sos.problems)


def test_a_field_that_cannot_be_read_takes_nothing_else_with_it() -> None:
    sos = read_sos({"msd": "AgAA*", "location": "PGE+", "test": 0, "cause": [], "attempt": True})
    assert sos.msd is None
    assert sos.location == b"<a>"
    assert sos.test is None
    assert len(sos.problems) == 4


@pytest.mark.parametrize(
    "sos",
    [Sos(b"", cause="fun"), Sos(b"", case="a b"), Sos(b"", attempt=0), Sos(b"x" * 1025)],
)
def test_what_cannot_be_read_is_not_sent(sos: Sos) -> None:
    with pytest.raises(LocalError):
        sos_body(sos)


@pytest.mark.parametrize("received", [True, False, None])
def test_an_acknowledgement_names_its_sos(*, received: bool | None) -> None:
    sos = Envelope("m7", "c", 4, "sos", {})
    answer = decode(encode(acknowledge(sos, "0123456789abcdef", received, 5.0)))
    assert (answer.id, answer.car, answer.seq, answer.kind) == ("m7", "c", 4, "sos.ack")
    assert read_ack(answer) == Ack("m7", "0123456789abcdef", received)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("sos", {"id": "m", "incident": "i", "received": True}),
        ("sos.ack", {"incident": "i", "received": True}),
        ("sos.ack", {"id": "m", "received": True}),
        ("sos.ack", {"id": "m", "incident": "i", "received": 1}),
        ("sos.ack", {"id": "m", "incident": "i" * 65, "received": None}),
    ],
)
def test_what_is_no_acknowledgement_is_none(kind: str, body: dict[str, object]) -> None:
    with pytest.raises(RemoteError):
        read_ack(Envelope("m", "c", 1, kind, body))


@given(names)
def test_a_car_has_one_topic_each_way(car: str) -> None:
    assert car_of(up(car)) == car
    assert car_of(down(car)) is None


@pytest.mark.parametrize("car", ["", "+", "#", "a/b", "a b", "-a", "a" * 65, "é"])
def test_no_name_reaches_another_cars_topic(car: str) -> None:
    with pytest.raises(LocalError):
        up(car)
    with pytest.raises(LocalError):
        down(car)
    assert car_of(f"opensos/v1/{car}/up") is None
