"""What the documentation names exists, and what it tells a reader to type works."""

from __future__ import annotations

import functools
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from opensos.sim.scenarios import SCENARIOS
from tests.docs.pages import PAGES, Block, Typed, anchors, blocks, code, command_of, links, name_of
from tests.shared import ROOT, SHARED

if TYPE_CHECKING:
    from pathlib import Path

BLOCKS = [block for page in PAGES for block in blocks(page)]
FLOORS = ("protocols", "rules", "edges", "sim", "apps")
TREES = ("src", "tests", "examples", "tools", "bench", "docs")
ABSENT = re.compile("…|\\b[A-Z]{2,}\\b(?!=)")
"""A word in capitals or an ellipsis stands for something that the reader must put in."""

every_page = pytest.mark.parametrize("page", PAGES, ids=name_of)


# --- links and names ------------------------------------------------------------------------------


@every_page
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    broken = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


@every_page
def test_every_path_that_is_named_exists(page: Path) -> None:
    named = [text for text in code(page) if re.fullmatch(r"[\w./-]+", text) and "/" in text]
    paths = [text for text in named if text.split("/")[0] in (*FLOORS, *TREES)]
    assert [path for path in paths if not _is_there(path)] == []


def test_every_file_that_the_architecture_names_exists() -> None:
    named = [text for text in code(ROOT / "ARCHITECTURE.md") if re.fullmatch(r"[\w/]+\.py", text)]
    assert len(named) > 5
    assert [path for path in named if not _is_there(path)] == []


def _is_there(path: str) -> bool:
    return (ROOT / path).exists() or (ROOT / "src" / "opensos" / path).exists()


def test_the_front_page_of_the_documentation_leads_to_every_page() -> None:
    front = ROOT / "docs" / "README.md"
    reached = {front.resolve()}
    for index in (front, ROOT / "docs" / "decisions" / "README.md"):
        reached |= {(index.parent / link.split("#")[0]).resolve() for link in links(index)}
    pages = {page.resolve() for page in (ROOT / "docs").rglob("*.md")}
    assert sorted(name_of(page) for page in pages - reached) == []


# --- commands exist -------------------------------------------------------------------------------


@functools.cache
def _help(*words: str) -> str:
    done = _run([sys.executable, "-m", "opensos", *words, "--help"])
    assert done.returncode == 0, f"opensos {' '.join(words)}: {done.stdout}"
    return done.stdout


def _run(command: list[str], cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(cwd),
            "COLUMNS": "300",
            "LC_ALL": "C.UTF-8",
            "TERM": "dumb",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )


def _listed(words: tuple[str, ...]) -> set[str]:
    """Return the subcommands of a command; none if it has none."""
    _, found, table = _help(*words).partition("─ Commands ─")
    return set(re.findall(r"^│ ([\w-]+)", table, re.MULTILINE)) if found else set()


def _wrong(command: str) -> list[str]:
    """Return what of ``opensos …`` does not exist: noun, verb, options."""
    rest = shlex.split(re.split(r" [|>&] ?|\[(?=--)", command)[0])[1:]
    rest += re.findall(r"\[(--[\w-]+)", command)
    words: tuple[str, ...] = ()
    while rest and not rest[0].startswith("-") and _listed(words):
        if rest[0] not in _listed(words):
            return [rest[0]]
        words = (*words, rest.pop(0))
    known = set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", _help(*words)))
    options = [word.split("=")[0] for word in rest if re.match("--?[a-z]", word)]
    return [option for option in options if option not in known]


@every_page
def test_every_command_that_is_shown_exists(page: Path) -> None:
    shown = [typed.command for block in blocks(page) for typed in block.typed]
    shown += [command_of(text) for text in code(page)]
    ours = [command for command in shown if re.match(r"opensos(?: |$)", command)]
    assert {command: wrong for command in ours if (wrong := _wrong(command))} == {}


def test_a_command_that_does_not_exist_is_found() -> None:
    assert _wrong("opensos msd decode --bits 02 | less") == []
    assert _wrong("opensos msd boil 02") == ["boil"]
    assert _wrong("opensos centre incidents [--jsn]") == ["--jsn"]


@every_page
def test_every_target_of_make_that_is_shown_exists(page: Path) -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    shown = [typed.command for block in blocks(page) for typed in block.typed] + code(page)
    asked = {text.split()[1] for text in shown if re.match(r"make \w", text)}
    assert asked - targets == set()


@every_page
def test_every_script_that_is_shown_exists(page: Path) -> None:
    shown = [typed.command for block in blocks(page) for typed in block.typed]
    shown += [command_of(text) for text in code(page)]
    scripts = [text.split()[1] for text in shown if re.match(r"python \w+/", text)]
    assert [script for script in scripts if not (ROOT / script).is_file()] == []


def test_the_demo_page_lists_every_scenario_and_whether_it_calls() -> None:
    page = (ROOT / "docs" / "how-to" / "try-the-demo.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| `(\w+)` \| .* \| (yes|no) \|$", page, re.MULTILINE))
    assert listed == {
        scenario.id: "yes" if scenario.expects_call else "no" for scenario in SCENARIOS.values()
    }


# --- commands run ---------------------------------------------------------------------------------


def _ends_by_itself(typed: Typed) -> bool:
    """Tell whether a command is complete, needs nobody else, and comes to an end."""
    if ABSENT.search(typed.command):
        return False
    words = typed.command.split()
    return (
        words[:2] == ["opensos", "msd"]
        or (words[:2] == ["opensos", "demo"] and "--exit" in words)
        or (words[0] == "python" and words[1].startswith("examples/"))
        or "--help" in words
    )


def _script(block: Block) -> list[tuple[Typed, int]]:
    """Return the commands that can be run, each with the exit code that the page shows, else 0."""
    result: list[tuple[Typed, int]] = []
    for typed, after in zip(block.typed, (*block.typed[1:], None), strict=True):
        if _ends_by_itself(typed):
            says = after is not None and after.command == "echo $?"
            result.append((typed, int(after.shown or "0") if after is not None and says else 0))
    return result


def _place(folder: Path, command: str) -> None:
    """Put into the folder what the command reads: the recorded crash, the examples."""
    (folder / "examples").symlink_to(ROOT / "examples")
    recordings = SHARED / "vectors" / "crash"
    if "v10146" in command and not recordings.is_dir():
        pytest.skip("the recorded crash test (../shared/vectors) is not here")
    for path in recordings.glob("v10146*"):
        (folder / path.name).symlink_to(path)


@pytest.mark.parametrize("block", [block for block in BLOCKS if _script(block)], ids=str)
def test_what_a_page_tells_to_type_does_what_it_shows(block: Block, tmp_path: Path) -> None:
    steps = _script(block)
    _place(tmp_path, " ".join(typed.command for typed, _ in steps))
    ours = (
        f'opensos() {{ "{sys.executable}" -m opensos "$@"; }}\n'
        f'python() {{ "{sys.executable}" "$@"; }}\n'
    )
    for typed, code_shown in steps:
        done = _run(["/bin/bash", "-c", ours + typed.command], tmp_path)
        assert done.returncode == code_shown, done.stdout
        if typed.shown is not None:
            assert [line.rstrip() for line in done.stdout.strip("\n").splitlines()] == [
                line.rstrip() for line in typed.shown.splitlines()
            ]


def test_the_pages_show_commands_that_were_really_run() -> None:
    ran = {" ".join(typed.command.split()[:3]) for block in BLOCKS for typed, _ in _script(block)}
    assert {"opensos msd decode", "opensos msd encode", "opensos msd diff"} <= ran
    assert any(command.startswith("opensos demo") for command in ran)


def test_every_example_is_run_by_a_test() -> None:
    tests = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    for example in sorted((ROOT / "examples").glob("*.py")):
        assert f'"{example.name}"' in tests, example.name
