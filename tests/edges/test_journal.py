from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.edges.journal import FileJournal, parse
from opensos.ports import JournalEntry
from opensos.protocols.effects import RoadError

if TYPE_CHECKING:
    from pathlib import Path

UTC = 1_800_000_000.0


def filled(directory: Path, count: int = 6) -> bytes:
    journal = FileJournal(directory)
    for number in range(count):
        journal.append("state", UTC + number, {"number": number, "text": "Größe"}, durable=True)
    journal.close()
    return (directory / "journal.log").read_bytes()


def numbers(entries: tuple[JournalEntry, ...]) -> list[int]:
    return [entry.data["number"] for entry in entries]


def test_what_was_appended_is_read_back(tmp_path: Path) -> None:
    filled(tmp_path)
    contents = FileJournal(tmp_path).read()
    assert numbers(contents.entries) == list(range(6))
    assert contents.entries[0] == ("state", UTC, {"number": 0, "text": "Größe"}, True)
    assert contents.findings == ()


def test_an_empty_place_is_an_empty_journal(tmp_path: Path) -> None:
    contents = FileJournal(tmp_path / "new" / "place").read()
    assert contents == ((), ())


def test_a_file_cut_at_any_byte_gives_back_what_was_whole(tmp_path: Path) -> None:
    whole = filled(tmp_path)
    ends = [i + 1 for i, byte in enumerate(whole) if byte == 0x0A]
    for cut in range(len(whole) + 1):
        contents, good = parse(whole[:cut])
        # A record is whole with its last character; the line end behind it adds nothing.
        complete = sum(1 for end in ends if end - 1 <= cut)
        assert numbers(contents.entries) == list(range(complete))
        assert good <= cut
        torn = cut not in {0, *ends, *(end - 1 for end in ends)}
        assert [f.code for f in contents.findings] == (["torn_last_write"] if torn else [])


def test_after_a_cut_at_any_byte_new_records_find_their_place(tmp_path: Path) -> None:
    whole = filled(tmp_path, 2)
    path = tmp_path / "journal.log"
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        journal = FileJournal(tmp_path)
        before = numbers(journal.read().entries)
        journal.append("state", UTC, {"number": 99}, durable=True)
        journal.close()
        contents, _ = parse(path.read_bytes())
        assert numbers(contents.entries) == [*before, 99]
        assert contents.findings == ()


@given(st.data())
def test_a_changed_byte_costs_one_record_and_is_reported(data: st.DataObject) -> None:
    lines = b"".join(parse_line for parse_line in (_line(number) for number in range(4)))
    place = data.draw(st.integers(0, len(lines) - 1))
    flip = data.draw(st.integers(1, 255))
    damaged = lines[:place] + bytes([lines[place] ^ flip]) + lines[place + 1 :]
    contents, _ = parse(damaged)
    read = numbers(contents.entries)
    assert read == sorted(set(read))
    assert len(read) >= 2  # a line end that goes takes the next line with it
    assert contents.findings or read == [0, 1, 2, 3]


def _line(number: int) -> bytes:
    from opensos.edges.journal import _line as line  # noqa: PLC0415  # the writer itself

    return line(JournalEntry("state", UTC, {"number": number}, durable=True))


@given(st.binary(max_size=400))
def test_rubbish_is_never_an_entry_and_never_an_error(rubbish: bytes) -> None:
    contents, good = parse(rubbish)
    assert contents.entries == ()
    assert 0 <= good <= len(rubbish)


@pytest.mark.parametrize(
    "text",
    [b"[]", b'["state",1,true]', b'["state","x",true,{}]', b'["state",1,1,{}]', b"[1,1,true,{}]",
     b'["state",1,true,[]]', b"{}", b"nonsense", b"[" * 5000],
)  # fmt: skip
def test_a_line_with_a_right_checksum_and_a_wrong_content_is_reported(text: bytes) -> None:
    import zlib  # noqa: PLC0415  # only here

    contents, _ = parse(b"%08x %d %s\n" % (zlib.crc32(text), len(text), text))
    assert contents.entries == ()
    assert [finding.code for finding in contents.findings] == ["corrupt_record"]


def test_a_journal_that_grew_too_long_keeps_its_last_state_and_its_last_notes(
    tmp_path: Path,
) -> None:
    journal = FileJournal(tmp_path, max_bytes=4000, notes_kept=5)
    for number in range(500):
        journal.append("note", UTC, {"number": number})
        journal.append("state", UTC, {"number": number}, durable=True)
        assert (tmp_path / "journal.log").stat().st_size <= 4000
    journal.close()
    contents = FileJournal(tmp_path).read()
    states = [entry for entry in contents.entries if entry.kind == "state"]
    notes = [entry for entry in contents.entries if entry.kind == "note"]
    assert states[-1].data == {"number": 499}
    assert numbers(tuple(notes))[-5:] == [495, 496, 497, 498, 499]
    assert contents.findings == ()


def test_a_rewriting_that_was_cut_short_leaves_the_old_file_in_force(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "journal.log.new").write_bytes(b"half of a ne")
    assert len(FileJournal(tmp_path).read().entries) == 6


def test_a_full_disk_is_said_and_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = FileJournal(tmp_path)
    journal.append("state", UTC, {"number": 1}, durable=True)
    write = os.write

    def half(fd: int, data: bytes) -> int:
        if len(data) > 10:
            return write(fd, bytes(data)[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "write", half)
        with pytest.raises(RoadError, match="No space left"):
            journal.append("state", UTC, {"number": 2}, durable=True)
    journal.append("state", UTC, {"number": 3}, durable=True)
    journal.close()
    contents = FileJournal(tmp_path).read()
    assert numbers(contents.entries) == [1, 3]
    assert contents.findings == ()


def test_a_full_disk_that_cannot_even_cut_off_the_half_line_loses_only_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = FileJournal(tmp_path)
    journal.append("state", UTC, {"number": 1}, durable=True)
    write = os.write

    def half(fd: int, data: bytes) -> int:
        write(fd, bytes(data)[:10])
        raise OSError(errno.EIO, "Input/output error")

    def no(fd: int, size: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, "write", half)
        broken.setattr(os, "ftruncate", no)
        with pytest.raises(RoadError):
            journal.append("state", UTC, {"number": 2}, durable=True)
    journal.append("state", UTC, {"number": 3}, durable=True)
    journal.close()
    contents = FileJournal(tmp_path).read()
    assert numbers(contents.entries) == [1, 3]
    assert [finding.code for finding in contents.findings] == ["corrupt_record"]


def test_a_disk_with_no_room_for_rewriting_still_takes_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = FileJournal(tmp_path, max_bytes=200)
    journal.append("state", UTC, {"number": 1}, durable=True)

    def no(fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "fsync", no)
        for number in range(2, 8):
            journal.append("state", UTC, {"number": number}, durable=True)
    journal.close()
    assert numbers(FileJournal(tmp_path).read().entries) == list(range(1, 8))


def test_a_place_that_cannot_be_used_is_a_road_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    journal = FileJournal(tmp_path / "file")
    with pytest.raises(RoadError, match="cannot be read"):
        journal.read()
    with pytest.raises(RoadError, match="cannot be written"):
        journal.append("state", UTC, {}, durable=True)
    journal.close()


def test_two_units_do_not_share_a_journal(tmp_path: Path) -> None:
    first, second = FileJournal(tmp_path), FileJournal(tmp_path)
    first.read()
    with pytest.raises(RoadError, match=r"Another unit uses the journal .*--journal"):
        second.read()
    with pytest.raises(RoadError, match=r"Another unit uses the journal .*--journal"):
        second.append("state", UTC, {}, durable=True)
    first.close()
    assert second.read().entries == ()
    second.close()


def test_a_file_of_absurd_size_is_not_read_into_memory(tmp_path: Path) -> None:
    with (tmp_path / "journal.log").open("wb") as file:
        file.truncate(17 * 1024 * 1024)
    with pytest.raises(RoadError, match="too large"):
        FileJournal(tmp_path).read()
