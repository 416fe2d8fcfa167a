"""Recordings: written and read back, bounded, masked, and robust against any file."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.protocols.effects import UserError
from opensos.sim import recording as room
from opensos.sim.recording import (
    Exchange,
    Recorder,
    Recording,
    Reply,
    export,
    load,
    masked,
)

HEAD = '{"format": "opensos-recording", "version": 1}\n'
LINE = '{"t": 1.5, "to": "61", "ask": "22F101", "answers": [{"from": "61", "data": "62F1010203"}]}'

messages = st.binary(min_size=1, max_size=40)
times = st.integers(0, 10_000_000).map(lambda us: us / 1e6)
replies = st.builds(Reply, st.integers(0, 0xFFFF), messages, times)
exchanges = st.builds(
    Exchange,
    times,
    st.integers(0, 0xFFFF),
    messages,
    st.lists(replies, max_size=3).map(tuple),
    st.booleans(),
)
recordings = st.builds(
    Recording,
    st.lists(exchanges, max_size=8).map(lambda e: tuple(sorted(e, key=lambda x: x.at))),
    st.sampled_from(room.GENERATIONS),
    st.none() | times,
    note=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=20),
)


@given(recordings)
def test_what_is_exported_is_read_back_without_its_identifiers(recording: Recording) -> None:
    imported = load(export(recording).encode())
    assert imported.recording == masked(recording)
    assert imported.warnings == ()


@given(recordings)
def test_masking_twice_is_masking_once(recording: Recording) -> None:
    assert masked(masked(recording)) == masked(recording)


def test_an_export_holds_no_identifier() -> None:
    vin = b"ZZ9TESTS6RA000001"
    said = Exchange(0.0, 0x10, b"\x22\xf1\x90", (Reply(0x10, b"\x62\xf1\x90" + vin),))
    text = export(Recording((said,)))
    assert vin.hex().upper() not in text
    assert load(text.encode()).recording.masked


def test_certificates_are_left_out() -> None:
    said = Exchange(0.0, 0x61, b"\x29\x01\x00", (Reply(0x61, b"\x69\x01\x11"),))
    assert masked(Recording((said,))).exchanges == ()


def test_a_recorder_keeps_the_order_and_counts_from_its_start() -> None:
    recorder = Recorder(100.0, "f", 1e9, "before")
    recorder.add(0x61, b"\x22\xf1\x01", [Reply(0x61, b"\x62\xf1\x01\x02")], 100.5, functional=False)
    recorder.add(0xDF, b"\x3e\x80", [], 101.0, functional=True)
    recording = recorder.recording()
    assert [e.at for e in recording.exchanges] == [0.5, 1.0]
    assert recording.units() == (0x61,)
    assert (recording.generation, recording.note) == ("f", "before")


def test_a_recorder_ends_before_it_fills_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_EXCHANGES", 1)
    recorder = Recorder(0.0)
    recorder.add(1, b"\x3e\x00", [], 0.0, functional=False)
    with pytest.raises(UserError):
        recorder.add(1, b"\x3e\x00", [], 0.0, functional=False)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not JSON"),
        (b"hello", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", "format"),
        (b'{"format": "opensos-recording"}', "version None"),
        (b'{"format": "opensos-recording", "version": true}', "version True"),
        (b'{"format": "opensos-recording", "version": 2}', "version 2"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"[" * 100_000, "this is no recording"),
        (b" " * (room.MAX_BYTES + 1), "larger"),
    ],
)
def test_what_is_no_recording_is_refused_in_a_sentence(data: bytes, says: str) -> None:
    with pytest.raises(UserError, match=f"(?i){says}"):
        load(data)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"t": "now"}, '"t"'),
        ({"t": -1}, '"t"'),
        ({"t": True}, '"t"'),
        ({"t": 10**400}, '"t"'),
        ({"to": "6x"}, '"to"'),
        ({"to": 97}, '"to"'),
        ({"to": "+061"}, '"to"'),
        ({"ask": ""}, '"ask"'),
        ({"ask": "2"}, '"ask"'),
        ({"ask": "2G"}, '"ask"'),
        ({"ask": "٢٢"}, '"ask"'),
        ({"answers": None}, '"answers"'),
        ({"answers": [1]}, "an answer"),
        ({"answers": [{}]}, '"from"'),
        ({"answers": [{"from": "61", "data": "zz"}]}, '"data"'),
        ({"answers": [{"from": "61", "data": "50", "after": -1}]}, '"after"'),
        ({"answers": [{"from": "61", "data": "50", "after": 1e9}]}, '"after"'),
        ({"answers": [{"from": "61", "data": "50"}] * 65}, '"answers"'),
        ({"functional": 1}, '"functional"'),
    ],
)
def test_a_bad_line_is_left_out_and_named_and_the_others_are_read(
    change: dict[str, object], says: str
) -> None:
    bad = json.dumps({**json.loads(LINE), **change})
    imported = load((HEAD + LINE + "\n" + bad + "\n\n" + LINE + "\n").encode())
    assert len(imported.recording.exchanges) == 2
    (warning,) = imported.warnings
    assert warning.startswith("Line 3 ")
    assert says in warning


@pytest.mark.parametrize("bad", ["NaN", "Infinity", '{"t": NaN}', "{", "\ud800", '"x"'])
def test_a_line_that_is_no_json_object_is_left_out(bad: str) -> None:
    data = (HEAD + bad + "\n" + LINE).encode("utf-8", "surrogatepass")
    imported = load(data)
    assert len(imported.recording.exchanges) == 1
    assert len(imported.warnings) == 1


def test_many_bad_lines_do_not_make_many_warnings() -> None:
    imported = load((HEAD + "x\n" * 1000).encode())
    assert len(imported.warnings) == room.MAX_WARNINGS + 1
    assert imported.warnings[-1] == "980 more lines have faults."


def test_a_line_too_long_or_one_too_many_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_LINE", 200)
    monkeypatch.setattr(room, "MAX_EXCHANGES", 1)
    imported = load((HEAD + "[" * 201 + "\n" + f"{LINE}\n" * 3).encode())
    assert len(imported.recording.exchanges) == 1
    assert "longer than 200" in imported.warnings[0]
    assert "1 is the most" in imported.warnings[1]


def test_a_time_that_goes_back_is_raised_and_said() -> None:
    earlier = LINE.replace("1.5", "0.5")
    imported = load((HEAD + LINE + "\n" + earlier).encode())
    assert [e.at for e in imported.recording.exchanges] == [1.5, 1.5]
    assert len(imported.warnings) == 1


def test_a_later_versions_keys_and_a_byte_order_mark_do_no_harm() -> None:
    data = "\ufeff" + HEAD.replace("}", ', "colour": "red", "generation": "q", "note": 5}') + LINE
    recording = load(data.encode()).recording
    assert recording == replace(recording, generation="unknown", note="", masked=False)
    assert len(recording.exchanges) == 1


@settings(max_examples=200)
@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_a_recording_or_one_sentence(data: bytes, headed: bool) -> None:  # noqa: FBT001
    try:
        imported = load(HEAD.encode() + data if headed else data)
    except UserError:
        assert not headed  # with a good first line there is always something to read
    else:
        assert headed or imported.recording.exchanges == ()


@settings(max_examples=200)
@given(st.data())
def test_a_damaged_line_is_read_or_named(data: st.DataObject) -> None:
    line = bytearray(LINE.encode())
    for _ in range(data.draw(st.integers(1, 3))):
        line[data.draw(st.integers(0, len(line) - 1))] = data.draw(st.integers(0, 255))
    imported = load(HEAD.encode() + bytes(line))
    assert len(imported.recording.exchanges) + len(imported.warnings) >= 1
