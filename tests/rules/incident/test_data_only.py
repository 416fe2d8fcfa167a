from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols import msd as msd_room
from opensos.rules.incident import (
    Card,
    DataArrival,
    Link,
    LocationReading,
    MsdReading,
    Position,
    Related,
    card_from_json,
    data_digest,
    happened,
    incident_id,
    message_digest,
    open_data_card,
    read_msd,
    related,
    unreadable_data_card,
    updated_card,
)
from tests.pretend_car import HANOVER, an_msd

if TYPE_CHECKING:
    from opensos.rules.incident import Place

AT = "2026-11-24T12:00:00.000Z"
NETWORK = LocationReading(Position(*HANOVER, "pidf", None, 50.0))


def arrival(
    *, test: bool | None = False, seq: int = 1, cause: str | None = "automatic", **changes: object
) -> DataArrival:
    plain = DataArrival(
        incident_id="0" * 16,
        at=AT,
        car="car-1",
        link=Link("car-1", "case-1", "mqtt", seq, cause, 2, AT),
        test=test,
        source="mqtt car-1",
    )
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]  # any field


def nowhere(latitude: float, longitude: float) -> Place | None:
    del latitude, longitude
    return None


def reading(**options: object) -> MsdReading:
    return read_msd(msd_room.decode(an_msd(**options)))  # type: ignore[arg-type]  # as an_msd takes


def at_degree(latitude: int) -> MsdReading:
    return reading(test=False, at=(float(latitude), 9.0))


def degree(card: Card) -> int | None:
    return None if card.position is None else round(card.position.lat)


UNREAD = read_msd(msd_room.decode(b"\xff"))


def opened(
    msd: MsdReading | None = None,
    location: LocationReading | None = None,
    *,
    test: bool | None = False,
    seq: int = 1,
    cause: str | None = "automatic",
) -> Card:
    return open_data_card(arrival(test=test, seq=seq, cause=cause), msd, location, nowhere)


def codes(card: Card) -> set[str]:
    return {f.code for f in (*card.findings, *card.notes)}


def test_data_without_a_call_is_a_state_of_its_own_that_only_asks_to_be_acknowledged() -> None:
    card = opened(reading(test=False))
    assert card.state == "data_only"
    assert card.can.to_json() == {
        "acknowledge": True,
        "request_data": False,
        "clear_down": False,
        "call_back": False,
    }
    assert not card.up
    assert card.position is not None
    seen = happened(card, "incident.acknowledged", AT)
    assert seen.acknowledged_at == AT
    assert seen.state == "data_only"
    assert not seen.can.acknowledge


def test_nothing_of_a_call_changes_it() -> None:
    card = opened(reading(test=False))
    for kind in ("call.answered", "call.ended", "incident.opened", "callback.answered"):
        assert happened(card, kind, AT).state == "data_only"


def test_a_message_without_an_msd_says_so_and_one_that_came_later_heals_it() -> None:
    card = opened(None, NETWORK)
    assert "link.no_msd" in codes(card)
    assert "msd.absent" not in codes(card)
    assert card.position == NETWORK.position
    card = updated_card(card, arrival(seq=2), reading(test=False), None, nowhere)
    assert "link.no_msd" not in codes(card)
    assert card.msd_count == 1
    assert [p.source for p in card.positions] == ["msd", "pidf"]


def test_an_msd_that_cannot_be_read_is_an_incident_all_the_same() -> None:
    card = opened(UNREAD, NETWORK)
    assert "msd.unreadable" in codes(card)
    assert card.msd_count == 1
    better = updated_card(card, arrival(seq=2), reading(test=False), None, nowhere)
    assert "msd.unreadable" not in codes(better)
    worse = updated_card(better, arrival(seq=3), UNREAD, None, nowhere)
    assert "msd.unreadable" in codes(worse)
    assert worse.msd == better.msd


def test_a_newer_message_brings_the_card_up_to_date() -> None:
    card = opened(at_degree(1))
    newer = updated_card(card, arrival(seq=5), at_degree(3), NETWORK, nowhere)
    assert degree(newer) == 3
    assert newer.link is not None
    assert newer.link.seq == 5
    assert [p.source for p in newer.positions] == ["msd", "pidf"]
    moved = LocationReading(Position(48.0, 11.5, "pidf", None, 50.0))
    further = updated_card(newer, arrival(seq=6), None, moved, nowhere)
    assert moved.position in further.positions
    assert "position.differs" in codes(further)
    near = LocationReading(Position(3.0, 9.0, "pidf", None, 50.0))
    back = updated_card(further, arrival(seq=7), None, near, nowhere)
    assert "position.differs" not in codes(back)


def test_an_older_message_that_comes_late_is_counted_but_takes_nothing_back() -> None:
    card = opened(at_degree(3), seq=5)
    later = updated_card(card, arrival(seq=2), at_degree(1), NETWORK, nowhere)
    assert degree(later) == 3
    assert later.positions == card.positions
    assert later.msd_count == 2
    assert later.link == card.link
    assert "link.older" in codes(later)


@pytest.mark.parametrize(("said", "shown"), [(True, True), (False, False), (None, False)])
def test_only_what_says_so_is_a_test(*, said: bool | None, shown: bool) -> None:
    assert opened(None, test=said).test is shown


def test_an_emergency_after_a_test_of_the_same_case_is_an_emergency() -> None:
    card = opened(reading(test=True), test=True)
    assert card.test
    assert "triage.test_conflict" not in codes(card)
    seen = happened(card, "incident.acknowledged", AT)
    real = updated_card(seen, arrival(test=None, seq=2), None, None, nowhere)
    assert (real.test, real.acknowledged_at) == (False, None)
    again = updated_card(seen, arrival(test=True, seq=2), None, None, nowhere)
    assert (again.test, again.acknowledged_at) == (True, AT)
    assert not updated_card(card, arrival(seq=1), reading(test=False), None, nowhere).test


def test_an_emergency_never_becomes_a_test() -> None:
    """As when the car's unit is started again in test mode while its SOS is on its way."""
    card = opened(reading(test=False))
    for said in (True, False, None):
        later = updated_card(card, arrival(test=said, seq=2), reading(test=True), None, nowhere)
        assert not later.test
    assert not opened(reading(test=True), test=False).test
    assert not opened(reading(test=True), test=None).test


def test_data_of_an_emergency_in_a_message_that_says_test_is_an_emergency() -> None:
    assert not opened(reading(test=False), test=True).test
    assert opened(UNREAD, test=True).test
    card = happened(opened(reading(test=True), test=True), "incident.acknowledged", AT)
    later = updated_card(card, arrival(test=True, seq=2), reading(test=False), None, nowhere)
    assert (later.test, later.acknowledged_at) == (False, None)


@pytest.mark.parametrize("cause", ["manual", "automatic", "test", None])
def test_a_test_in_the_msd_beside_an_emergency_is_marked(cause: str | None) -> None:
    assert "triage.test_conflict" in codes(opened(reading(test=True), cause=cause))
    assert "triage.test_conflict" not in codes(opened(reading(test=True), cause=cause, test=True))


def test_what_could_not_be_read_of_the_message_is_on_the_card() -> None:
    card = open_data_card(arrival(problems=("Odd.",) * 50), None, None, nowhere)
    assert [f.code for f in card.findings].count("link.problem") == 10
    fresh = updated_card(card, arrival(seq=2), None, None, nowhere)
    assert "link.problem" not in codes(fresh)


def test_a_message_that_is_none_is_an_unreadable_incident_with_its_road() -> None:
    card = unreadable_data_card(arrival(car=""), "The message is not JSON.")
    assert card.state == "unreadable"
    assert codes(card) == {"link.unreadable"}
    assert card.link is not None
    assert not card.can.call_back


def test_a_car_that_is_named_after_its_vehicle_is_masked() -> None:
    card = open_data_card(arrival(car="WBAZZ9TEST0000001"), None, None, nowhere)
    assert card.caller == "WBA***********001"
    assert opened().caller == "car-1"


def test_incidents_that_belong_together_are_named_once_each_and_never_oneself() -> None:
    card = opened(None)
    both = related(related(card, Related("1" * 16, "voice")), Related("1" * 16, "voice"))
    assert both.related == (Related("1" * 16, "voice"),)
    assert related(card, Related(card.id, "voice")) is card
    many = card
    for number in range(40):
        many = related(many, Related(f"{number:016}", "voice"))
    assert len(many.related) == 20
    assert not many.lasts(card)
    assert card_from_json(many.to_json()) == many


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from([None, "good", "bad"])), max_size=8))
def test_in_whatever_order_messages_come_the_newest_readable_one_is_shown(
    messages: list[tuple[int, str | None]],
) -> None:
    card = opened(None, seq=0)
    best: int | None = None
    newest = 0
    for seq, what in messages:
        data = {"good": at_degree(seq), "bad": UNREAD, None: None}[what]
        card = updated_card(card, arrival(seq=seq), data, None, nowhere)
        if seq >= newest:
            newest = seq
            best = seq if what == "good" else best
    assert card.state == "data_only"
    assert degree(card) == best
    assert card.msd_count == sum(what is not None for _, what in messages)
    assert card_from_json(card.to_json()).to_json() == card.to_json()


def test_all_that_a_car_says_of_one_case_is_one_incident() -> None:
    assert data_digest("a", "b") == data_digest("a", "b")
    assert len({data_digest("a", "b"), data_digest("ab", ""), data_digest("a", "c")}) == 3
    assert len(incident_id(data_digest("a", "b"))) == 16
    found = {
        message_digest("m", 1, b"x", None),
        message_digest("m", 2, b"x", None),
        message_digest("m", 1, None, b"x"),
        message_digest("m", 1, b"", b"x"),
        message_digest("m", 1, b"x", b""),
        message_digest("m 1", 1, b"x", None),
    }
    assert len(found) == 6
