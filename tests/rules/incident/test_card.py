from __future__ import annotations

import dataclasses
import json

from hypothesis import given
from hypothesis import strategies as st

from opensos.rules.incident import (
    Card,
    Crash,
    Finding,
    Link,
    Place,
    Position,
    Related,
    SeverityView,
    Vehicle,
    card_from_json,
)

BARE = Card(id="0" * 16, opened_at="2026-11-24T12:00:00.000Z", urn="", caller="", source="")

texts = st.text(max_size=12)
degrees = st.floats(-90, 90).map(lambda d: round(d, 6))
maybe_bool = st.none() | st.booleans()
positions = st.builds(
    Position,
    degrees,
    degrees,
    st.sampled_from(["msd", "pidf"]),
    maybe_bool,
    st.none() | st.floats(0, 1e5),
)
findings = st.lists(
    st.builds(Finding, texts, st.sampled_from(["info", "warning", "error"]), texts), max_size=3
).map(tuple)
cards = st.builds(
    Card,
    id=texts,
    opened_at=texts,
    urn=texts,
    caller=texts,
    source=texts,
    address=texts,
    state=st.sampled_from(["ringing", "connected", "ended", "unreadable", "data_only"]),
    link=st.none()
    | st.builds(
        Link,
        car=texts,
        case=st.none() | texts,
        road=texts,
        seq=st.integers(0, 9),
        attempt=st.none() | st.integers(1, 9),
        sent_at=st.none() | texts,
    ),
    related=st.lists(
        st.builds(Related, texts, st.sampled_from(["voice", "data_only"])), max_size=2
    ).map(tuple),
    ended_why=st.none() | st.sampled_from(["abandoned", "road"]),
    acknowledged_at=st.none() | texts,
    test=st.booleans(),
    callback_uri=st.none() | texts,
    position=st.none() | positions,
    positions=st.lists(positions, max_size=2).map(tuple),
    recent_positions=st.lists(st.tuples(degrees, degrees), max_size=2).map(tuple),
    place=st.none() | st.builds(Place, texts, texts, st.floats(0, 1e4), texts),
    vehicle=st.none()
    | st.builds(
        Vehicle,
        vin=st.none() | texts,
        propulsion=st.none() | st.lists(texts, max_size=2).map(tuple),
        occupants=st.none() | st.integers(0, 9),
    ),
    crash=st.none()
    | st.builds(
        Crash,
        rollover=maybe_bool,
        severity=st.none() | st.just(SeverityView(0.1, 0.05, 0.2, False, True, "c")),
    ),
    msd=st.none() | st.just({"version": 2}),
    msd_count=st.integers(0, 9),
    findings=findings,
    notes=findings,
    established=st.booleans(),
    calling_back=st.booleans(),
    requesting=st.booleans(),
)


@given(cards)
def test_a_card_comes_back_from_its_json_as_it_was(card: Card) -> None:
    assert card_from_json(json.loads(json.dumps(card.to_json()))) == card


@given(cards, cards)
def test_the_lasting_part_is_the_same_whenever_it_is_said_to_be(one: Card, other: Card) -> None:
    assert one.lasts(one)
    if one.lasts(other):
        assert one.lasting_json() == other.lasting_json()


@given(cards, st.sampled_from(["state", "acknowledged_at", "requesting", "established"]))
def test_what_passes_leaves_the_lasting_part_alone(card: Card, name: str) -> None:
    changed = dataclasses.replace(card, **{name: getattr(BARE, name)})
    assert changed.lasts(card)
    assert changed.lasting_json() == card.lasting_json()


def test_what_is_unknown_is_null_and_never_zero_or_false() -> None:
    shown = BARE.to_json()
    for key in ("position", "place", "vehicle", "crash", "msd", "ended_why", "acknowledged_at"):
        assert shown[key] is None
    assert set(Vehicle().to_json().values()) == {None}
    assert set(Crash().to_json().values()) == {None}
    assert Position(1, 2, "pidf").to_json()["trusted"] is None


def test_a_card_of_an_earlier_version_can_be_read() -> None:
    old = {k: BARE.to_json()[k] for k in ("id", "opened_at", "urn", "caller", "source", "state")}
    assert card_from_json(old) == BARE


def test_buttons_follow_the_state() -> None:
    ringing = dataclasses.replace(BARE, callback_uri="sip:car@x")
    assert ringing.can.to_json() == {
        "acknowledge": True,
        "request_data": False,
        "clear_down": True,
        "call_back": False,
    }
    connected = dataclasses.replace(ringing, state="connected", acknowledged_at="now")
    assert connected.can.to_json() == {
        "acknowledge": False,
        "request_data": True,
        "clear_down": True,
        "call_back": False,
    }
    assert not dataclasses.replace(connected, requesting=True).can.request_data
    ended = dataclasses.replace(connected, state="ended")
    assert ended.can.call_back
    assert not ended.can.clear_down
    assert not dataclasses.replace(ended, callback_uri=None).can.call_back
    calling = dataclasses.replace(ended, calling_back=True)
    assert calling.can.clear_down
    assert not calling.can.call_back
    assert calling.up
