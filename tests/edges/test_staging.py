"""Where an update waits: whole and by its digest, or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.edges.staging import BLOCK, Incoming, Staging
from opensos.protocols.uds import Nrc

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def begun(folder: Path, size: int) -> Incoming:
    taker = Staging(folder).begin(size)
    assert isinstance(taker, Incoming)
    return taker


@settings(max_examples=25)
@given(st.binary(min_size=1, max_size=3 * BLOCK), st.integers(1, BLOCK))
def test_what_came_in_blocks_lies_there_whole(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, size: int
) -> None:
    folder = tmp_path_factory.mktemp("update")
    taker = begun(folder, len(data))
    for at in range(0, len(data), size):
        assert taker.block(data[at : at + size], 1.0) is None
    digest = hashlib.sha256(data).digest()
    assert taker.finish(digest, 2.0) == digest
    assert Staging(folder).file.read_bytes() == data
    assert [path.name for path in folder.iterdir()] == ["incoming.bin"]


def test_only_this_user_can_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "update"
    taker = begun(folder, 1)
    taker.block(b"x", 1.0)
    taker.finish(b"", 1.0)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert Staging(folder).file.stat().st_mode & 0o777 == 0o600


def test_too_much_too_little_and_a_wrong_digest_leave_nothing(tmp_path: Path) -> None:
    descriptors = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  a count, not paths
    taker = begun(tmp_path, 2)
    assert taker.block(b"abc", 1.0) is Nrc.TRANSFER_DATA_SUSPENDED
    assert taker.finish(b"", 1.0) is Nrc.REQUEST_SEQUENCE_ERROR
    taker.block(b"ab", 1.0)
    assert taker.finish(bytes(32), 1.0) is Nrc.GENERAL_PROGRAMMING_FAILURE
    assert list(tmp_path.iterdir()) == []
    assert taker.block(b"a", 1.0) is Nrc.REQUEST_SEQUENCE_ERROR
    assert taker.finish(b"", 1.0) is Nrc.REQUEST_SEQUENCE_ERROR
    taker.abort(1.0)
    assert len(os.listdir("/proc/self/fd")) == descriptors  # noqa: PTH208


def test_what_a_power_cut_left_is_gone_at_the_next_begin(tmp_path: Path) -> None:
    begun(tmp_path, 3).block(b"ab", 1.0)
    (tmp_path / "incoming.bin").write_bytes(b"old")
    taker = begun(tmp_path, 1)
    assert not Staging(tmp_path).file.exists()
    taker.abort(1.0)
    assert list(tmp_path.iterdir()) == []


def test_an_update_never_takes_the_journals_last_room(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    assert Staging(tmp_path).begin(free) is Nrc.UPLOAD_DOWNLOAD_NOT_ACCEPTED
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_is_a_refusal(tmp_path: Path) -> None:
    (tmp_path / "update").write_text("a file")
    assert Staging(tmp_path / "update").begin(3) is Nrc.UPLOAD_DOWNLOAD_NOT_ACCEPTED


def test_a_disk_that_fails_in_the_middle_ends_the_transfer(tmp_path: Path) -> None:
    taker = Incoming(tmp_path, 3)
    (tmp_path / "incoming.part").unlink()
    taker.block(b"abc", 1.0)
    assert taker.finish(b"", 1.0) is Nrc.GENERAL_PROGRAMMING_FAILURE
    full = Incoming(tmp_path, 3)
    os.close(full._fd or -1)
    assert full.block(b"abc", 1.0) is Nrc.GENERAL_PROGRAMMING_FAILURE
    full._fd = None
