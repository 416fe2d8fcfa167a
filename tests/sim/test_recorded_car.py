"""A car that answers from a recording: exactly what was recorded, never more."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opensos.sim.recorded_car import RecordedCar
from opensos.sim.recording import Exchange, Recording, Reply, export, load

READ = bytes.fromhex("1902FF")
CLEAR = bytes.fromhex("14FFFFFF")
IDENT = bytes.fromhex("22F150")
STORED = bytes.fromhex("5902FFB7F3412F")
EMPTY = bytes.fromhex("5902FF")
OUT_OF_RANGE, NO_SERVICE = 0x31, 0x11


def said(request: bytes, *answers: str, to: int = 0x61, everyone: bool = False) -> Exchange:
    replies = tuple(Reply(to, bytes.fromhex(answer), 0.02) for answer in answers)
    return Exchange(0.0, 0xDF if everyone else to, request, replies, everyone)


def car(*exchanges: Exchange, speed: float = 1.0) -> RecordedCar:
    return RecordedCar(Recording(exchanges), speed=speed)


def heard(one: RecordedCar, request: bytes, to: int = 0x61) -> list[bytes]:
    return [reply.data for reply in one.ask(to, request, 0.0)]


def test_a_repeated_request_walks_through_its_answers_and_stays_at_the_last() -> None:
    played = car(said(IDENT, "62F15001"), said(IDENT, "62F15002"))
    assert [heard(played, IDENT)[0][-1] for _ in range(4)] == [1, 2, 2, 2]


def test_a_pending_response_is_played_with_its_times() -> None:
    played = car(said(IDENT, "7F2278", "62F15001"))
    assert [(r.data[0], r.after_s) for r in played.ask(0x61, IDENT, 0.0)] == [
        (0x7F, 0.02),
        (0x62, 0.02),
    ]
    assert car(said(IDENT, "62F15001"), speed=0.0).ask(0x61, IDENT, 0.0)[0].after_s == 0.0


def test_codes_go_by_the_recorded_clear_and_not_by_reading_again() -> None:
    played = car(
        said(READ, STORED.hex()),
        said(CLEAR, "54"),
        said(READ, EMPTY.hex()),
        said(READ, STORED.hex()),
    )
    assert heard(played, READ) == [STORED]
    assert heard(played, READ) == [STORED]
    assert heard(played, CLEAR) == [b"\x54"]
    assert heard(played, READ) == [EMPTY]
    assert heard(played, READ) == [STORED]


def test_what_was_read_only_later_is_not_played_before() -> None:
    played = car(said(CLEAR, "54"), said(READ, EMPTY.hex()), said(IDENT, "62F15001"))
    assert heard(played, READ) == [bytes((0x7F, 0x19, OUT_OF_RANGE))]
    assert heard(played, IDENT) == [bytes.fromhex("62F15001")]  # no repair changes who it is
    assert heard(played, CLEAR) == [b"\x54"]
    assert heard(played, READ) == [EMPTY]


def test_a_clear_more_often_than_recorded_is_answered_as_the_last() -> None:
    played = car(said(READ, STORED.hex()), said(CLEAR, "54"), said(READ, EMPTY.hex()))
    assert [heard(played, CLEAR) for _ in range(3)] == [[b"\x54"]] * 3
    assert heard(played, READ) == [EMPTY]


def test_what_was_never_recorded_is_refused() -> None:
    played = car(said(IDENT, "62F15001"))
    assert heard(played, b"\x22\xf1\x01") == [bytes((0x7F, 0x22, OUT_OF_RANGE))]
    assert heard(played, READ) == [bytes((0x7F, 0x19, NO_SERVICE))]
    assert heard(played, IDENT, to=0x40) == []
    assert heard(played, b"") == []


def test_the_results_of_a_routine_do_not_turn_the_page() -> None:
    start, results = b"\x31\x01\xa0\x5f", b"\x31\x03\xa0\x5f"
    played = car(said(start, "7101A05F"), said(results, "7103A05F01"), said(results, "7103A05F02"))
    heard(played, start)
    assert [heard(played, results)[0][-1] for _ in range(3)] == [1, 2, 2]


def test_a_tester_stays_connected_whatever_was_recorded() -> None:
    played = car(said(IDENT, "62F15001"))
    assert heard(played, b"\x3e\x00") == [b"\x7e\x00"]
    assert heard(played, b"\x3e\x80") == []
    assert heard(played, b"\x10\x03")[0][:2] == b"\x50\x03"
    assert heard(played, b"\x10\x02") == [bytes((0x7F, 0x10, NO_SERVICE))]
    assert heard(played, b"\x10\x01\x00") == [bytes((0x7F, 0x10, NO_SERVICE))]


def test_silence_is_played_as_silence() -> None:
    assert heard(car(said(IDENT)), IDENT) == []


def test_all_units_are_asked_as_it_was_recorded_or_one_by_one() -> None:
    one, two = said(IDENT, "62F15001"), said(IDENT, "7F2222", to=0x40)
    played = car(one, two)
    assert [(r.source, r.data.hex()) for r in played.ask(0xDF, IDENT, 0.0)] == [
        (0x40, "7f2222"),
        (0x61, "62f15001"),
    ]
    assert played.ask(0xDF, READ, 0.0) == []  # nobody refuses aloud when all were asked


def test_an_answer_to_all_serves_one_but_its_silence_does_not() -> None:
    everyone = Exchange(0.0, 0xDF, IDENT, (Reply(0x61, b"\x62\xf1\x50\x01"),), functional=True)
    played = car(everyone, said(READ, EMPTY.hex(), to=0x40))
    assert heard(played, IDENT) == [b"\x62\xf1\x50\x01"]
    assert heard(played, IDENT, to=0x40) == [bytes((0x7F, 0x22, OUT_OF_RANGE))]
    assert [r.source for r in played.ask(0x40, IDENT, 0.0, functional=True)] == [0x61]


def test_a_vin_that_is_written_matches_its_masked_recording() -> None:
    write = b"\x2e\xf1\x90ZZ9TESTS6RA000001"
    recording = load(export(Recording((said(write, "6EF190"),))).encode()).recording
    assert heard(RecordedCar(recording), write) == [bytes.fromhex("6EF190")]


def test_its_units_are_those_that_were_asked_or_answered() -> None:
    played = car(said(IDENT, "62F15001"), said(IDENT, to=0x40))
    assert played.units == (0x40, 0x61)
    assert set(played.servers) == {0x40, 0x61}
    assert played.wake(0.0) == []
    assert played.servers[0x61].wake(0.0) == []
    assert played.servers[0x61].due is None


requests = st.sampled_from([READ, CLEAR, IDENT, b"\x3e\x00", b"\x22\xf1\x01", b"\x11\x01"])


@given(st.lists(st.tuples(requests, st.binary(min_size=1, max_size=4)), min_size=1, max_size=8))
def test_who_asks_as_it_was_recorded_hears_what_was_recorded(
    told: list[tuple[bytes, bytes]],
) -> None:
    played = car(*(said(request, answer.hex()) for request, answer in told))
    assert [heard(played, request) for request, _ in told] == [[answer] for _, answer in told]


@given(st.binary(max_size=8), st.booleans())
def test_any_request_is_answered_as_recorded_refused_or_left_alone(
    request: bytes,
    everyone: bool,  # noqa: FBT001
) -> None:
    played = car(said(IDENT, "62F15001"))
    for reply in played.ask(0xDF if everyone else 0x61, request, 0.0):
        assert reply.data[0] in {0x7F, request[0] + 0x40}
