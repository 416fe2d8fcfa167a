"""Bytes may be given in every way that people have them."""

from __future__ import annotations

import base64
import io
import sys
from typing import TYPE_CHECKING

import pytest

from opensos.apps.engineer.inputs import read_json, read_message
from opensos.protocols.effects import RoadError, UserError
from tests.protocols.msd.known import EXAMPLE

if TYPE_CHECKING:
    from pathlib import Path


class _Stdin:
    def __init__(self, raw: bytes) -> None:
        self.buffer = io.BytesIO(raw)


@pytest.mark.parametrize(
    "text",
    [
        EXAMPLE.hex(),
        EXAMPLE.hex().upper(),
        EXAMPLE.hex(" "),
        EXAMPLE.hex(":"),
        "0x" + EXAMPLE.hex(),
        " ".join(f"0x{byte:02X}," for byte in EXAMPLE),
        EXAMPLE.hex("\n"),
        base64.b64encode(EXAMPLE).decode(),
        base64.encodebytes(EXAMPLE).decode(),
    ],
)
def test_hex_and_base64_in_any_dress(text: str) -> None:
    assert read_message(text) == EXAMPLE


@pytest.mark.parametrize(
    "content",
    [EXAMPLE, EXAMPLE.hex().encode() + b"\r\n", base64.b64encode(EXAMPLE), bytes(range(1, 20))],
)
def test_a_file_holds_bytes_or_text(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "message"
    file.write_bytes(content)
    expected = content if content == bytes(range(1, 20)) else EXAMPLE
    assert read_message(str(file)) == expected


def test_standard_input_holds_bytes_or_text(monkeypatch: pytest.MonkeyPatch) -> None:
    for content in (EXAMPLE, EXAMPLE.hex(" ").encode()):
        monkeypatch.setattr(sys, "stdin", _Stdin(content))
        assert read_message("-") == EXAMPLE


@pytest.mark.parametrize("text", ["zz", "no/such/file", "\0", "-" * 5000 + "x"])
def test_what_is_nothing_of_this_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="neither hex digits nor base64 nor a file"):
        read_message(text)


def test_a_long_argument_is_not_repeated_whole() -> None:
    with pytest.raises(UserError) as caught:
        read_message("?" * 5000)
    assert len(str(caught.value)) < 250


def test_a_file_goes_before_hex_of_the_same_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cafe").write_bytes(EXAMPLE)
    assert read_message("cafe") == EXAMPLE
    assert read_message("cafe00") == b"\xca\xfe\x00"


def test_an_odd_digit_is_pointed_out() -> None:
    with pytest.raises(UserError, match="has 3 digits, an odd number"):
        read_message("015")


def test_a_file_of_other_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Sir,")
    with pytest.raises(UserError, match="holds text that is neither hex digits nor base64"):
        read_message(str(file))


def test_a_huge_input_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "huge"
    file.write_bytes(bytes((1 << 20) + 1))
    with pytest.raises(UserError, match="more than 1 MiB"):
        read_message(str(file))
    monkeypatch.setattr(sys, "stdin", _Stdin(bytes((1 << 20) + 1)))
    with pytest.raises(UserError, match="more than 1 MiB"):
        read_message("-")


def test_json_comes_from_a_file_or_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "message.json"
    file.write_text('{"version": 2}')
    assert read_json(str(file)) == {"version": 2}
    monkeypatch.setattr(sys, "stdin", _Stdin(b"[1]"))
    assert read_json("-") == [1]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "message.json"
    file.write_bytes(content)
    with pytest.raises(UserError, match="holds no JSON"):
        read_json(str(file))


def test_a_file_that_cannot_be_read_is_the_roads_fault(tmp_path: Path) -> None:
    with pytest.raises(RoadError, match="cannot be read"):
        read_json(str(tmp_path / "missing.json"))
    with pytest.raises(RoadError, match="cannot be read"):
        read_json("\0")
