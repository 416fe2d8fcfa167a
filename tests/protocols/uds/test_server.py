"""The UDS server: order of checks, sessions, security, codes, data, routines, transfer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.protocols.effects import LocalError, Tell, WakeAt
from opensos.protocols.uds import (
    INFO_MEMORY,
    Answer,
    BareUnit,
    Later,
    Nrc,
    ServerSettings,
    Session,
    SessionChanged,
    Sid,
    UdsServer,
)
from tests.protocols.uds_unit import FAULT, VIN, SmallUnit, key_of, small_server


class Workshop:
    """Asks in hex, hears in hex, and lives in a clock of its own."""

    def __init__(self) -> None:
        self.unit = SmallUnit()
        self.server = small_server(self.unit)
        self.now = 0.0

    def all(self, request: str, *, functional: bool = False) -> list[Answer]:
        return self.server.ask(bytes.fromhex(request), self.now, functional=functional)

    def ask(self, request: str, *, functional: bool = False) -> str | None:
        """Return the only answer; None where there is none."""
        answers = self.all(request, functional=functional)
        assert len(answers) <= 1, answers
        return answers[0].data.hex(" ") if answers else None

    def extended(self) -> None:
        assert self.ask("10 03") == "50 03 00 32 01 f4"

    def unlock(self, level: int = 1) -> None:
        seed = bytes.fromhex(self.ask(f"27 {level:02x}") or "")[2:]
        assert self.ask(f"27 {level + 1:02x}" + key_of(seed).hex()) == f"67 {level + 1:02x}"

    def programming(self) -> None:
        self.extended()
        assert self.ask("10 02") == "50 02 00 32 01 f4"
        self.unlock()


@pytest.fixture
def tester() -> Workshop:
    return Workshop()


# --- the order of checks (figures 5 and 6)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("99", "7f 99 11"),  # no such service, whatever its length
        ("27", "7f 27 7f"),  # the session comes before the length
        ("2e", "7f 2e 13"),
        ("3e", "7f 3e 13"),
        ("3e 01", "7f 3e 12"),  # the sub-function before the whole length
        ("3e 01 02", "7f 3e 12"),
        ("3e 00 02", "7f 3e 13"),
        ("10 02 ff", "7f 10 7e"),  # its session before the whole length
        ("10 04", "7f 10 12"),
        ("10 01 00", "7f 10 13"),
        ("22 10 01", "7f 22 31"),  # a DID of another session does not exist here
        ("2e 10 00 41", "7f 2e 31"),
        ("31 04 02 03", "7f 31 12"),
        ("31 01 02", "7f 31 13"),
        ("31 01 99 99", "7f 31 31"),
    ],
)
def test_the_first_failed_check_names_the_refusal(
    tester: Workshop, request_: str, answer: str
) -> None:
    assert tester.ask(request_) == answer


def test_security_is_asked_for_after_the_session(tester: Workshop) -> None:
    tester.extended()
    assert tester.ask("22 10 01") == "7f 22 33"
    assert tester.ask("34 00 11 00 10") == "7f 34 7f"
    assert tester.ask("10 02") == "50 02 00 32 01 f4"
    assert tester.ask("34 00 11 00 10") == "7f 34 33"


def test_a_service_that_the_unit_leaves_out_is_unknown() -> None:
    server = UdsServer(BareUnit(), ServerSettings(services=frozenset({Sid.ECU_RESET})), dice=bytes)
    assert server.ask(b"\x22\xf1\x90", 0.0) == [Answer(b"\x7f\x22\x11")]


def test_a_request_over_the_bound_is_refused(tester: Workshop) -> None:
    assert tester.all("2e 10 00" + "00" * 4093)[0].data == b"\x7f\x2e\x13"


def test_an_answer_over_the_bound_is_refused(tester: Workshop) -> None:
    assert tester.ask("22 10 03") == "7f 22 14"


# --- suppressed and functional


def test_a_suppressed_answer_is_not_sent_but_a_refusal_is(tester: Workshop) -> None:
    assert tester.ask("3e 80") is None
    assert tester.ask("10 83") is None
    assert tester.server.session is Session.EXTENDED
    assert tester.ask("3e 81") == "7f 3e 12"


def test_a_data_identifier_is_no_sub_function(tester: Workshop) -> None:
    assert tester.ask("22 f1 90") == "62 f1 90 " + VIN.hex(" ")


@pytest.mark.parametrize(
    "request_", ["99", "3e 01", "22 99 99", "10 02", "28 00 01", "31 01 99 99"]
)
def test_who_asks_all_units_hears_only_those_that_can(tester: Workshop, request_: str) -> None:
    assert tester.ask(request_, functional=True) is None
    assert tester.ask(request_) is not None


def test_who_asks_all_units_hears_other_refusals(tester: Workshop) -> None:
    assert tester.ask("22 f1", functional=True) == "7f 22 13"
    assert tester.ask("22 f1 90", functional=True) == "62 f1 90 " + VIN.hex(" ")


def test_a_unit_that_is_down_says_nothing_and_comes_back_in_its_default_session(
    tester: Workshop,
) -> None:
    tester.extended()
    tester.unit.awake = False
    assert tester.ask("3e 00") is None
    tester.unit.awake = True
    assert tester.ask("3e 00") == "7e 00"
    assert tester.server.session is Session.DEFAULT


# --- time


def test_a_session_ends_when_nobody_speaks_for_s3(tester: Workshop) -> None:
    tester.extended()
    tester.now = 4.9
    assert tester.ask("3e 80") is None
    tester.now = 9.8
    assert tester.server.wake(9.8) == [WakeAt(9.9)]
    assert tester.server.wake(9.9) == [Tell(SessionChanged(Session.DEFAULT))]
    assert tester.server.session is Session.DEFAULT
    assert tester.server.due is None


def test_a_late_timer_does_not_stretch_the_session(tester: Workshop) -> None:
    tester.extended()
    tester.now = 5.0
    assert tester.ask("2e 10 00 41") == "7f 2e 31"


def test_a_slow_answer_is_announced_in_time_and_again_before_p2_star_ends(tester: Workshop) -> None:
    answers = tester.all("22 10 02")
    assert [(a.data.hex(" "), a.after_s) for a in answers] == [
        ("7f 22 78", 0.0),
        ("7f 22 78", 4.0),
        ("7f 22 78", 8.0),
        ("62 10 02 01", 12.0),
    ]


def test_a_result_within_p2_needs_no_announcement(tester: Workshop) -> None:
    (answer,) = tester.all("31 03 02 04")
    assert answer == Answer(b"\x7f\x31\x24", 0.01)


def test_after_an_announcement_the_result_is_sent_though_it_was_suppressed(
    tester: Workshop,
) -> None:
    last = tester.all("31 81 02 04")[-1]
    assert last == Answer(b"\x71\x01\x02\x04\x02", 9.0)


def test_a_busy_unit_takes_no_second_request_but_hears_that_the_tester_is_there(
    tester: Workshop,
) -> None:
    tester.extended()
    tester.all("31 01 02 04")
    tester.now = 8.9
    assert tester.ask("22 f1 90") == "7f 22 21"
    assert tester.ask("3e 80") is None
    assert tester.ask("3e 00") == "7e 00"
    tester.now = 13.9  # S3 counts from the final answer
    assert tester.ask("22 f1 90") == "62 f1 90 " + VIN.hex(" ")
    assert tester.server.session is Session.EXTENDED


@pytest.mark.parametrize("after_s", [-0.1, 601.0, float("nan")])
def test_a_wait_out_of_bounds_is_our_mistake(after_s: float) -> None:
    with pytest.raises(LocalError):
        Later(b"", after_s)


# --- security


def test_a_wrong_key_counts_and_the_third_starts_the_delay(tester: Workshop) -> None:
    tester.extended()
    for refusal in ("35", "35", "36"):
        assert tester.ask("27 01") == "67 01 01 02 03 04"
        assert tester.ask("27 02 00 00 00 00") == f"7f 27 {refusal}"
    assert tester.ask("27 01") == "7f 27 37"
    assert tester.ask("27 02 00 00 00 00") == "7f 27 24"
    for tester.now in (4.0, 8.0):
        tester.ask("3e 80")
    assert tester.ask("10 03") is not None  # a new session does not shorten the wait
    assert tester.ask("27 01") == "7f 27 37"
    tester.now = 10.0
    assert tester.ask("27 01") == "67 01 01 02 03 04"
    assert tester.ask("27 02 00 00 00 00") == "7f 27 36"  # one attempt for each delay


def test_a_key_without_its_seed_is_out_of_sequence(tester: Workshop) -> None:
    tester.extended()
    assert tester.ask("27 02 01 02 03 04") == "7f 27 24"
    tester.ask("27 01")
    assert tester.ask("27 12 01 02 03 04") == "7f 27 24"
    assert tester.ask("27 02 01") == "7f 27 13"


def test_an_open_level_answers_a_seed_of_zeros(tester: Workshop) -> None:
    tester.extended()
    tester.unlock()
    assert tester.server.unlocked == 1
    assert tester.ask("27 01") == "67 01 00 00 00 00"
    assert tester.ask("22 10 01") == "62 10 01 2a"


def test_another_level_or_session_shuts_the_open_one(tester: Workshop) -> None:
    tester.extended()
    tester.unlock(0x11)
    assert tester.ask("22 10 01") == "7f 22 33"
    tester.unlock()
    tester.extended()
    assert tester.server.unlocked == 0


def test_a_dice_of_zeros_makes_no_zero_seed() -> None:
    server = UdsServer(BareUnit(), ServerSettings(levels={1: key_of}), dice=bytes)
    server.ask(b"\x10\x03", 0.0)
    assert server.ask(b"\x27\x01", 0.0) == [Answer(b"\x67\x01\x00\x00\x00\x01")]


def test_a_right_key_clears_the_counter_of_wrong_ones(tester: Workshop) -> None:
    tester.extended()
    for _ in range(2):
        for _ in range(2):
            tester.ask("27 01")
            assert tester.ask("27 02 00 00 00 00") == "7f 27 35"
        tester.unlock()
        tester.extended()


# --- data


def test_several_identifiers_are_answered_and_unknown_ones_left_out(tester: Workshop) -> None:
    assert tester.ask("22 10 00 99 99 f1 90") == "62 10 00 73 6d 61 6c 6c f1 90 " + VIN.hex(" ")
    assert tester.ask("22 99 99 98 98") == "7f 22 31"
    assert tester.ask("22 10 00 f1") == "7f 22 13"
    assert tester.ask("22" + "1000" * 65) == "7f 22 13"


def test_a_name_is_written_and_read_back(tester: Workshop) -> None:
    tester.extended()
    assert tester.ask("2e 10 00 41 42") == "6e 10 00"
    assert tester.ask("22 10 00") == "62 10 00 41 42"
    assert tester.ask("2e 10 00" + "41" * 21) == "7f 2e 13"


def test_an_output_is_taken_over_and_given_back(tester: Workshop) -> None:
    assert tester.ask("2f 10 00 03 01") == "7f 2f 7f"
    tester.extended()
    assert tester.ask("2f 10 00 03 01") == "6f 10 00 03 03 01"
    assert tester.ask("2f 10 00 00") == "6f 10 00 00 00"
    assert tester.ask("2f 10 00 04") == "7f 2f 31"


def test_a_routine_starts_stops_and_gives_results(tester: Workshop) -> None:
    assert tester.ask("31 01 02 03 05") == "71 01 02 03 01 05"
    assert tester.ask("31 02 02 03") == "71 02 02 03 02"
    assert tester.ask("31 03 02 03") == "71 03 02 03 03"


# --- trouble codes


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("19 01 0c", "59 01 ff 01 00 01"),
        ("19 02 0c", "59 02 ff b7 f3 41 2f"),
        ("19 02 00", "59 02 ff"),
        ("19 02 20", "59 02 ff b7 f3 41 2f b7 f3 1e 20"),
        ("19 03", "59 03 b7 f3 41 01 b7 f3 41 02"),
        ("19 04 b7 f3 41 02", "59 04 b7 f3 41 2f 02 01 12 34 09 c5"),
        ("19 04 b7 f3 41 ff", "59 04 b7 f3 41 2f 01 01 12 34 09 c4 02 01 12 34 09 c5"),
        ("19 04 b7 f3 1e ff", "59 04 b7 f3 1e 20"),
        ("19 04 b7 f3 41 00", "7f 19 31"),
        ("19 06 b7 f3 41 ff", "59 06 b7 f3 41 2f 01 07 02 28"),
        ("19 06 b7 f3 41 02", "59 06 b7 f3 41 2f 02 28"),
        ("19 06 99 99 99 ff", "7f 19 31"),
        ("19 0a", "59 0a ff b7 f3 41 2f b7 f3 1e 20"),
        ("19 17 0c 01", "59 17 01 ff 61 00 21 08"),
        ("19 17 0c 02", "7f 19 31"),
        ("19 18 61 00 21 ff 01", "59 18 01 61 00 21 08"),
        ("19 19 61 00 21 ff 01", "59 19 01 61 00 21 08"),
        ("19 05 01", "7f 19 12"),
        ("19 02", "7f 19 13"),
    ],
)
def test_codes_are_reported(tester: Workshop, request_: str, answer: str) -> None:
    assert tester.ask(request_) == answer


def test_codes_are_cleared_wholly_singly_and_by_memory(tester: Workshop) -> None:
    assert tester.ask("14 b7 f3 41") == "54"
    assert tester.ask("19 02 50") == "59 02 ff b7 f3 41 50"
    assert tester.ask("14 ff ff ff 01") == "54"
    assert tester.unit.cleared == [(FAULT, 0), (0xFFFFFF, INFO_MEMORY)]
    assert tester.ask("14 12 34 56") == "7f 14 31"
    assert tester.ask("14 ff ff ff 07") == "7f 14 31"
    assert tester.ask("14 ff ff") == "7f 14 13"


def test_communication_is_controlled_by_whole_requests_that_the_unit_accepts(
    tester: Workshop,
) -> None:
    tester.extended()
    assert tester.ask("28 00") == "7f 28 13"
    assert tester.ask("28 00 01 00") == "7f 28 13"
    assert tester.ask("28 05 01") == "7f 28 12"
    assert tester.ask("28 01 01") == "68 01"
    server = UdsServer(BareUnit(), dice=bytes)
    server.ask(b"\x10\x03", 0.0)
    assert server.ask(b"\x28\x00\x01", 0.0) == [Answer(b"\x7f\x28\x22")]


def test_a_bare_unit_refuses_everything_that_needs_something() -> None:
    server = UdsServer(BareUnit(), ServerSettings(levels={1: key_of}), dice=bytes)
    server.ask(b"\x10\x03", 0.0)
    for request, nrc in (
        ("22 f1 90", 0x31),
        ("2e f1 90 41", 0x31),
        ("2f f1 90 00", 0x31),
        ("31 01 02 03", 0x31),
        ("11 01", 0x22),
        ("34 00 11 00 10", 0x70),
        ("35 00 11 00 10", 0x70),
        ("14 12 34 56", 0x31),
        ("19 06 12 34 56 ff", 0x31),
    ):
        (answer,) = server.ask(bytes.fromhex(request), 0.0)
        assert answer.data == bytes((0x7F, int(request[:2], 16), nrc)), request
    assert server.ask(bytes.fromhex("14 ff ff ff"), 0.0) == [Answer(b"\x54")]
    assert server.ask(bytes.fromhex("85 02"), 0.0) == [Answer(b"\xc5\x02")]
    assert server.ask(bytes.fromhex("19 0a"), 0.0) == [Answer(b"\x59\x0a\xff")]


def test_codes_held_back_are_recorded_again_when_the_session_ends(tester: Workshop) -> None:
    tester.extended()
    assert tester.ask("85 02") == "c5 02"
    assert tester.ask("28 03 01") == "68 03"
    assert (tester.unit.recording, tester.unit.communication) == (False, 3)
    tester.server.wake(5.0)
    assert (tester.unit.recording, tester.unit.communication) == (True, 0)


# --- reset


def test_a_reset_is_answered_and_begins_a_default_session(tester: Workshop) -> None:
    tester.extended()
    assert tester.ask("11 02") == "7f 11 22"
    assert tester.ask("2f 10 00 00") == "6f 10 00 00 00"  # still in the extended session
    assert tester.ask("11 01") == "51 01"
    assert tester.server.session is Session.DEFAULT
    assert tester.ask("11 04") == "51 04 ff"
    assert tester.ask("11 05") == "7f 11 12"
    assert tester.unit.resets == [1, 4]


# --- download and upload


def test_an_update_is_taken_block_by_block(tester: Workshop) -> None:
    tester.programming()
    assert tester.ask("34 00 44 00000000 00000014") == "74 20 00 12"
    assert tester.ask("37") == "7f 37 24"  # not all bytes are there
    assert tester.ask("36 01" + "11" * 16) == "76 01"
    assert tester.ask("36 01" + "11" * 16) == "76 01"  # said twice, taken once
    assert tester.ask("36 03" + "22" * 4) == "7f 36 73"
    assert tester.ask("36 02" + "22" * 17) == "7f 36 13"
    assert tester.ask("36 02" + "22" * 5) == "7f 36 71"
    assert tester.ask("34 00 11 00 10") == "7f 34 22"
    assert tester.ask("36 02" + "22" * 4) == "76 02"
    assert tester.ask("37 55") == "77 aa 55"
    assert tester.unit.installed == b"\x11" * 16 + b"\x22" * 4
    assert tester.ask("36 03 00") == "7f 36 24"


def test_the_block_counter_goes_round_through_zero(tester: Workshop) -> None:
    tester.programming()
    tester.unit.block_size = 1
    assert tester.ask("34 00 22 0000 0102") == "74 20 00 03"
    for number in range(1, 0x103):
        assert tester.ask(f"36 {number & 0xFF:02x} 55") == f"76 {number & 0xFF:02x}"
    assert tester.ask("37") == "77 aa"
    assert tester.unit.installed == b"\x55" * 0x102


def test_an_update_that_the_unit_cannot_store_is_over(tester: Workshop) -> None:
    tester.programming()
    tester.ask("34 00 11 00 10")
    tester.unit.flash_fails = True
    assert tester.ask("36 01 00") == "7f 36 72"
    assert tester.unit.image is not None
    assert tester.unit.image.aborted
    assert tester.ask("36 01 00") == "7f 36 24"


def test_an_update_is_aborted_when_the_session_ends(tester: Workshop) -> None:
    tester.programming()
    tester.ask("34 00 11 00 10")
    tester.ask("36 01 00")
    tester.server.wake(5.0)
    assert tester.unit.image is not None
    assert tester.unit.image.aborted
    assert not tester.unit.installed


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("34 00 11 00", "7f 34 13"),
        ("34 00 00 00 10", "7f 34 31"),
        ("34 00 11 00 00", "7f 34 31"),
        ("34 00 21 00 10 01", "7f 34 31"),
        ("34 00 12 0000 65 00", "7f 34 13"),
        ("35 00 11 00 65", "7f 35 70"),
        ("36 01 00", "7f 36 24"),
        ("37", "7f 37 24"),
    ],
)
def test_a_transfer_that_cannot_begin_says_why(
    tester: Workshop, request_: str, answer: str
) -> None:
    tester.programming()
    assert tester.ask(request_) == answer


def test_memory_is_given_block_by_block(tester: Workshop) -> None:
    tester.programming()
    assert tester.ask("35 00 11 00 14") == "75 20 00 12"
    assert tester.ask("36 01") == "76 01 " + bytes(range(16)).hex(" ")
    assert tester.ask("36 01") == "76 01 " + bytes(range(16)).hex(" ")
    assert tester.ask("36 02 00") == "7f 36 13"
    assert tester.ask("36 02") == "76 02 10 11 12 13"
    assert tester.ask("36 03") == "7f 36 24"
    assert tester.ask("37") == "77"
    assert tester.unit.dump is not None
    assert tester.unit.dump.aborted


def test_memory_that_cannot_be_read_ends_the_upload(tester: Workshop) -> None:
    tester.programming()
    tester.unit.flash_fails = True
    tester.ask("35 00 11 00 14")
    assert tester.ask("36 01") == "7f 36 72"
    assert tester.unit.dump is not None
    assert tester.unit.dump.aborted
    assert tester.ask("36 01") == "7f 36 24"


# --- whatever comes


_REQUESTS = st.one_of(
    st.binary(max_size=40),
    st.builds(
        lambda sid, sub, rest: bytes((sid, sub)) + rest,
        st.sampled_from([int(sid) for sid in Sid]),
        st.sampled_from([0, 1, 2, 3, 4, 6, 0x0A, 0x10, 0x11, 0x12, 0x17, 0x18, 0x19, 0x81, 0xF1]),
        st.binary(max_size=12),
    ),
    st.sampled_from([b"\x10\x03", b"\x10\x02", b"\x27\x01", b"\x27\x02\x5b\x58\x59\x5e"]),
    st.sampled_from([b"\x34\x00\x11\x00\x10", b"\x35\x00\x11\x00\x10", b"\x36\x01\x00", b"\x37"]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(_REQUESTS, st.floats(0, 4), st.booleans()), max_size=25))
def test_every_request_has_at_most_one_final_answer_and_it_is_about_the_request(
    story: list[tuple[bytes, float, bool]],
) -> None:
    server, now = small_server(), 0.0
    for request, pause, functional in story:
        now += pause
        answers = server.ask(request, now, functional=functional)
        finals = [a for a in answers if a.data[:1] != b"\x7f" or a.data[2] != 0x78]
        assert len(finals) <= 1
        assert not answers or answers[-1] is finals[0]
        assert [a.after_s for a in answers] == sorted(a.after_s for a in answers)
        for answer in answers:
            _is_about(answer.data, request)
        if not functional and request and not answers:
            assert request[1] & 0x80  # only the tester's wish silences a unit that is asked alone
        server.wake(now)


def _is_about(answer: bytes, request: bytes) -> None:
    assert len(answer) <= 4095
    if answer[0] == 0x7F and len(answer) == 3 and answer[1] == request[0]:
        assert answer[2] in set(Nrc)
    else:
        assert answer[0] == request[0] + 0x40
