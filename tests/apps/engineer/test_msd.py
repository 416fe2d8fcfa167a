"""``opensos msd`` as a person uses it: what it prints, where, and how it ends."""

from __future__ import annotations

import io
import json
import re
import sys
from typing import TYPE_CHECKING

import pytest

from opensos.cli import main
from opensos.protocols.msd import encode, from_json
from tests.protocols.msd.known import EXAMPLE, V2, V3
from tests.protocols.msd.samples import vectors
from tests.shared import ROOT, needs_vectors

if TYPE_CHECKING:
    from pathlib import Path

HEX = EXAMPLE.hex()


def _run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["msd", *arguments])
    code = ended.value.code
    assert isinstance(code, int)
    return code


class _Stdin:
    def __init__(self, raw: bytes) -> None:
        self.buffer = io.BytesIO(raw)


def test_a_good_message_is_read_and_the_exit_code_is_zero(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _run("decode", HEX) == 0
    seen = capsys.readouterr()
    assert "WM9VDSVDSYA123456" in seen.out
    assert "48.300333, 11.617367 (can be trusted)" in seen.out
    assert seen.err == ""


def test_json_is_one_document_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("decode", HEX, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["version"] == 1
    assert document["msd"]["vin"] == "WM9VDSVDSYA123456"
    assert set(document) == {
        "version",
        "read_as_version",
        "layout",
        "msd",
        "additional_data",
        "findings",
        "raw",
    }


@needs_vectors
def test_every_message_of_others_is_read_whole(capsys: pytest.CaptureFixture[str]) -> None:
    for one in vectors():
        if "version" in one:
            assert _run("decode", "--json", one["hex"]) == 0
            document = json.loads(capsys.readouterr().out)
            assert document["raw"] == one["hex"].lower()


def test_warnings_end_with_three_and_nothing_readable_with_four(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _run("decode", HEX[:40]) == 3
    assert "warning: bit" in capsys.readouterr().out
    assert _run("decode", HEX[:40], "--json") == 3
    assert json.loads(capsys.readouterr().out)["findings"][0]["code"] == "truncated"
    assert _run("decode", "ffff") == 4
    assert "[unreadable]" in capsys.readouterr().out
    assert _run("decode", "") == 4
    assert "[empty]" in capsys.readouterr().out


def test_the_bits_are_shown_as_a_map(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("decode", "--bits", HEX) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["bit", "width", "field", "value"]
    assert ["30", "18", "isowmi", "WM9"] in [line.split() for line in lines]
    assert _run("decode", "--bits", "--json", HEX) == 0
    bits = json.loads(capsys.readouterr().out)["bits"]
    assert bits[0] == {"bit": 0, "width": 8, "name": "id", "value": "1"}


def test_what_decode_gives_encode_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _run("decode", HEX, "--json")
    document = capsys.readouterr().out
    file = tmp_path / "message.json"
    file.write_text(document)
    assert _run("encode", str(file)) == 0
    assert capsys.readouterr().out == f"{HEX}\n"
    monkeypatch.setattr(sys, "stdin", _Stdin(document.encode()))
    assert _run("encode", "-", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"hex": HEX, "bytes": len(EXAMPLE)}
    assert encode(from_json(json.loads(document))) == EXAMPLE


def test_a_message_that_cannot_be_written_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "message.json"
    file.write_text('{"version": 3, "msd": {}}')
    assert _run("encode", str(file)) == 2
    seen = capsys.readouterr()
    assert seen.out == ""
    assert seen.err == "opensos: messageIdentifier must be from 0 to 255, not None\n"


def test_validate_says_what_deserves_a_second_look(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("validate", encode(V2).hex()) == 0
    assert capsys.readouterr().out == "nothing to say against it\n"
    assert _run("validate", HEX) == 3
    assert "[timestamp-implausible]" in capsys.readouterr().out
    assert _run("validate", encode(V2).hex() + "00", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["valid"] is True
    assert [one["code"] for one in document["findings"]] == ["trailing-padding", "not-canonical"]
    assert _run("validate", "ff", "--json") == 4
    assert json.loads(capsys.readouterr().out)["valid"] is False


def test_diff_ends_like_diff(capsys: pytest.CaptureFixture[str]) -> None:
    one, other = encode(V2).hex(), encode(V3).hex()
    assert _run("diff", one, one + "00") == 0
    assert capsys.readouterr().out == ""
    assert _run("diff", one, other) == 1
    assert 'msd.control.vehicleType: "m1" -> "sc"' in capsys.readouterr().out
    assert _run("diff", one, other, "--json") == 1
    document = json.loads(capsys.readouterr().out)
    assert document["same"] is False
    assert {"path": "version", "left": 2, "right": 3} in document["differences"]
    assert _run("diff", one, one, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"same": True, "differences": []}


def test_diff_needs_two_messages_that_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("diff", HEX, "ff") == 4
    assert capsys.readouterr().err == "opensos: the second message cannot be read at all\n"
    assert _run("diff", "-", "-") == 2
    assert "only one of the two" in capsys.readouterr().err


def test_what_is_no_message_is_refused_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("decode", "not a message") == 2
    seen = capsys.readouterr()
    assert seen.out == ""
    assert "neither hex digits nor base64 nor a file" in seen.err


def test_no_color_is_kept(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda *_: False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("typer.echo", _forced_echo)
    _run("decode", HEX[:40])
    assert "\x1b[" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    _run("decode", HEX[:40])
    assert "\x1b[" not in capsys.readouterr().out


def _forced_echo(text: str, *, err: bool = False, color: bool | None = None) -> None:
    """Write as a terminal would have it: colours unless they are forbidden."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text) if color is False else text
    print(plain, file=sys.stderr if err else sys.stdout)


def test_the_how_to_shows_what_is_really_printed(capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "docs" / "how-to" / "read-an-msd.md").read_text()
    shown = re.findall(r"```console\n\$ opensos msd (decode [0-9A-F]+)\n(.*?)```", text, re.DOTALL)
    assert len(shown) == 2
    for command, output in shown:
        _run(*command.split())
        assert capsys.readouterr().out == output.partition("$ echo")[0]


def test_the_example_in_the_how_to_runs(capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "docs" / "how-to" / "read-an-msd.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(compile(code, "read-an-msd.md", "exec"), {})  # noqa: S102 - our own documentation
    assert "WM9VDSVDSYA123456" in capsys.readouterr().out
