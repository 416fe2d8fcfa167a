from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.protocols import msd as msd_room
from opensos.rules.incident import (
    Arrival,
    Card,
    LocationReading,
    MsdReading,
    Place,
    Position,
    happened,
    noted,
    open_card,
    placed,
    read_msd,
    same_vehicle,
    unreadable_card,
    with_msd,
)
from opensos.rules.incident._state import OPENINGS, STATES, TRANSITIONS
from opensos.rules.incident.card import Finding
from tests.pretend_car import HANOVER, an_msd

AT = "2026-11-24T12:00:00.000Z"
LATER = "2026-11-24T12:05:00.000Z"
NEAR = Place("Hanover", "Germany", 1.5, "N")


def arrival(kind: str = "automatic", **changes: object) -> Arrival:
    plain = Arrival(
        incident_id="0" * 16,
        at=AT,
        kind=kind,
        urn=f"urn:service:sos.ecall.{kind}",
        test=kind == "test",
        caller="+49511",
        callback_uri="sip:car@10.0.0.1",
        source="udp 10.0.0.1:5060",
        address="udp|10.0.0.1|5060",
    )
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]  # any field


def nearest(latitude: float, longitude: float) -> Place | None:
    del latitude, longitude
    return NEAR


def reading(**options: object) -> MsdReading:
    return read_msd(msd_room.decode(an_msd(**options)))  # type: ignore[arg-type]  # as an_msd takes


def opened(
    msd: MsdReading | None = None,
    location: Position | None = None,
    kind: str = "automatic",
    **changes: object,
) -> Card:
    found = None if location is None else LocationReading(location)
    return open_card(arrival(kind, **changes), msd, found, nearest)


def codes(card: Card) -> set[str]:
    return {f.code for f in (*card.findings, *card.notes)}


NETWORK = Position(*HANOVER, "pidf", None, 50.0)
FAR_AWAY = Position(48.0, 11.5, "pidf", None, 50.0)


def test_a_trusted_position_of_the_car_is_the_one_to_act_on_and_both_are_kept() -> None:
    card = opened(reading(test=False), NETWORK)
    assert card.position is not None
    assert (card.position.source, card.position.trusted) == ("msd", True)
    assert [p.source for p in card.positions] == ["msd", "pidf"]
    assert card.place == NEAR


def test_a_position_that_the_car_does_not_trust_gives_way_to_the_networks() -> None:
    card = opened(reading(trusted=False, test=False), NETWORK)
    assert card.position == NETWORK
    assert "position.untrusted" in codes(card)
    assert len(card.positions) == 2


def test_an_untrusted_position_is_better_than_none() -> None:
    card = opened(reading(trusted=False, test=False))
    assert card.position is not None
    assert card.position.trusted is False


def test_positions_far_apart_are_marked() -> None:
    assert "position.differs" in codes(opened(reading(test=False), FAR_AWAY))
    assert "position.differs" not in codes(opened(reading(test=False), NETWORK))
    wide = dataclasses.replace(FAR_AWAY, radius_m=2_000_000.0)
    assert "position.differs" not in codes(opened(reading(test=False), wide))


def test_a_call_without_data_of_the_car_says_so() -> None:
    card = opened(None, NETWORK)
    assert "msd.absent" in codes(card)
    assert card.vehicle is None
    assert card.position == NETWORK
    assert "msd.absent" not in codes(opened(None, kind="other"))


def test_the_urn_says_who_called_and_a_contradiction_is_marked() -> None:
    assert opened(reading(automatic=False, test=False)).trigger == "automatic"
    assert "triage.trigger_conflict" in codes(opened(reading(automatic=False, test=False)))
    assert opened(reading(automatic=False), kind="test").trigger == "manual"
    assert opened(None, kind="sos").trigger == "unknown"


def test_a_test_is_one_by_urn_or_by_the_cars_own_word() -> None:
    assert opened(reading(test=False), kind="test").test
    assert opened(reading(test=True), kind="other").test
    assert not opened(reading(test=False)).test
    conflict = opened(reading(test=True), kind="automatic")
    assert conflict.test
    assert "triage.test_conflict" in codes(conflict)


def test_a_hand_press_without_a_crash_is_marked_for_listening() -> None:
    card = opened(reading(automatic=False, crash=False, test=False), kind="manual")
    assert "triage.manual_without_crash" in codes(card)
    assert "triage.manual_without_crash" not in codes(opened(reading(test=False)))


def test_an_unreadable_msd_is_a_finding_and_takes_nothing_away() -> None:
    unread = read_msd(msd_room.decode(b""))
    assert not unread.received
    card = opened(unread, NETWORK)
    assert "msd.unreadable" in codes(card)
    assert card.position == NETWORK
    later = with_msd(opened(reading(test=False)), unread, nearest)
    assert later.vehicle is not None
    assert later.position is not None
    assert later.msd_count == 2
    assert "msd.unreadable" in codes(later)


def test_a_further_msd_replaces_what_the_first_said_but_not_what_the_call_said() -> None:
    first = opened(reading(trusted=False, test=False), problems=("The boundary is odd.",))
    second = with_msd(first, reading(at=(50.0, 8.0), test=False), nearest)
    assert second.position is not None
    assert second.position.lat == pytest.approx(50.0)
    assert second.msd_count == 2
    assert "position.untrusted" not in codes(second)
    assert "call.problem" in codes(second)


def test_a_place_that_was_not_known_at_first_comes_later() -> None:
    card = open_card(arrival(), reading(test=False), None, lambda *_: None)
    assert card.place is None
    assert placed(card, lambda *_: None) is card
    assert placed(card, nearest).place == NEAR
    assert placed(opened(), nearest).place is None


def test_a_vehicle_that_called_before_is_marked_once() -> None:
    card = same_vehicle(same_vehicle(opened(), "first"), "second")
    assert [n.code for n in card.notes] == ["triage.same_vehicle"]
    assert "second" in card.notes[0].text


def test_a_strangers_long_text_is_cut_on_the_card() -> None:
    card = opened(urn="u" * 10_000, caller="c" * 10_000, problems=("p" * 10_000,) * 100)
    assert len(card.urn) == 300
    assert len(card.caller) == 300
    assert len(card.findings) < 30
    assert all(len(f.text) <= 300 for f in card.findings)


def test_the_life_of_a_call() -> None:
    card = opened(reading(test=False))
    assert card.state == "ringing"
    card = happened(card, "call.answered", AT)
    card = happened(card, "call.established", AT)
    assert (card.state, card.established) == ("connected", True)
    card = happened(card, "msd.requested", AT)
    assert card.requesting
    card = with_msd(card, reading(test=False), nearest)
    assert not card.requesting
    card = happened(card, "incident.acknowledged", AT)
    card = happened(card, "incident.acknowledged", LATER)
    assert card.acknowledged_at == AT
    card = happened(card, "call.cleared_down", LATER, "cleared_down")
    assert (card.state, card.ended_why, card.ended_at) == ("ended", "cleared_down", LATER)
    assert not card.established


def test_a_call_back_opens_the_line_again() -> None:
    ended = happened(opened(), "call.ended", AT, "road")
    calling = happened(ended, "callback.started", LATER)
    assert (calling.state, calling.calling_back, calling.up) == ("ended", True, True)
    failed = happened(calling, "callback.failed", LATER)
    assert (failed.state, failed.ended_why, failed.up) == ("ended", "road", False)
    answered = happened(calling, "callback.answered", LATER)
    assert (answered.state, answered.ended_why, answered.calling_back) == ("connected", None, False)
    assert happened(calling, "call.cleared_down", LATER, "cleared_down").calling_back is False


def test_an_incident_whose_sip_was_unreadable_can_still_become_a_call() -> None:
    card = unreadable_card(arrival(), "No Via.")
    assert (card.state, card.up) == ("unreadable", False)
    assert "call.unreadable" in codes(card)
    assert happened(card, "incident.opened", LATER).state == "ringing"


def test_every_state_can_be_reached_and_left_for_good() -> None:
    reached = set(OPENINGS.values())
    while True:
        more = {to for (state, _), to in TRANSITIONS.items() if state in reached} - reached
        if not more:
            break
        reached |= more
    assert reached == set(STATES)
    for state in STATES:
        if state not in {"ended", "unreadable", "data_only"}:  # without a call from the start
            assert "ended" in {to for (start, _), to in TRANSITIONS.items() if start == state}


def test_the_newest_notes_stay() -> None:
    card = opened()
    for number in range(50):
        card = noted(card, Finding(f"note.{number}", "info", ""))
    assert [n.code for n in card.notes] == [f"note.{n}" for n in range(30, 50)]


@settings(max_examples=150)
@given(st.binary(max_size=160), st.sampled_from(["automatic", "manual", "test", "sos", "other"]))
def test_whatever_the_msd_holds_there_is_a_card(data: bytes, kind: str) -> None:
    found = read_msd(msd_room.decode(data))
    card = opened(found, kind=kind)
    assert card.msd_count == 1
    assert card.to_json()["can"]["acknowledge"]
    if found.msd is None:
        assert "msd.unreadable" in codes(card)
