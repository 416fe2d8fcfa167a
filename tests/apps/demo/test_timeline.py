from __future__ import annotations

from opensos.apps.demo.timeline import (
    CAR_STEPS,
    CENTRE_STEPS,
    Moment,
    catalogue,
    missing_steps,
    moments_of_centre,
    words,
)

WHOLE = [
    *(Moment(0.0, "car", step[0]) for step in CAR_STEPS),
    *(Moment(0.0, "centre", step[0]) for step in CENTRE_STEPS),
]


def test_a_whole_exchange_misses_nothing() -> None:
    assert missing_steps(WHOLE) == []


def test_each_step_is_missed_when_it_was_not_seen() -> None:
    for left_out in WHOLE:
        rest = [moment for moment in WHOLE if moment is not left_out]
        missing = missing_steps(rest)
        assert len(missing) == 1
        assert missing[0][0] == left_out.side
        assert left_out.key in missing[0][1]


def test_what_the_other_side_saw_does_not_count() -> None:
    swapped = [Moment(m.utc, "centre" if m.side == "car" else "car", m.key) for m in WHOLE]
    assert len(missing_steps(swapped)) == len(WHOLE)


def test_any_way_to_start_a_call_is_a_trigger() -> None:
    for key in ("crash", "sos_pressed", "test_started"):
        assert missing_steps([Moment(0.0, "car", key), *WHOLE[1:]]) == []


def test_a_console_stream_is_read_event_by_event_with_its_card() -> None:
    chunk = (
        b": heartbeat\n\nid: 7\nevent: incident\n"
        b'data: {"event_id":7,"at":"2026-11-24T12:00:00.500Z","kind":"incident.opened",'
        b'"data":{"n":1},"card":{"id":"x"}}\n\n'
    )
    [(moment, card)] = moments_of_centre(chunk)
    assert moment == Moment(1_795_521_600.5, "centre", "incident.opened", {"n": 1})
    assert card == {"id": "x"}


def test_every_step_of_both_sides_has_words_in_the_pages_catalogue() -> None:
    texts = catalogue()
    for moment in WHOLE:
        assert words(moment, texts) != moment.key


def test_a_key_without_a_text_stands_for_itself() -> None:
    assert words(Moment(0.0, "car", "no_such_key"), {}) == "no_such_key"


def test_values_are_filled_in_and_an_unknown_one_is_called_unknown() -> None:
    texts = {"journal.hit": "Hit from {side}, {speed} km/h"}
    moment = Moment(0.0, "car", "hit", {"side": "left", "speed": None})
    assert words(moment, texts) == "Hit from left, unknown km/h"
