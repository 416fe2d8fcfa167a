"""Reads the project's Markdown: links, headings, and the commands that a reader would type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.shared import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = [
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
_MAKE_DEMO = re.compile(r'^make demo(?: ARGS="(.*)")?$')


@dataclass(frozen=True, slots=True)
class Typed:
    """A command as a reader types it, and the lines that the page shows below it (None: none)."""

    command: str
    shown: str | None


@dataclass(frozen=True, slots=True)
class Block:
    """The commands of one ``sh`` or ``console`` block."""

    page: Path
    line: int
    typed: tuple[Typed, ...]

    def __str__(self) -> str:
        return f"{name_of(self.page)}:{self.line}"


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """Return the page without its fenced blocks."""
    return _FENCE.sub("", page.read_text("utf-8"))


def links(page: Path) -> list[str]:
    """Return the targets of all links that lead into the tree."""
    return [to for to in _LINK.findall(prose(page)) if not re.match(r"[a-z]+:", to)]


def code(page: Path) -> list[str]:
    """Return what stands in backticks in the running text."""
    return _CODE.findall(prose(page))


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings, as code hosts make them."""
    plain = (re.sub(r"[^\w\- ]", "", title).lower() for title in _HEADING.findall(prose(page)))
    return {title.replace(" ", "-") for title in plain}


def blocks(page: Path) -> Iterator[Block]:
    """Yield the page's blocks of commands."""
    text = page.read_text("utf-8")
    for found in _FENCE.finditer(text):
        typed = {"sh": _of_sh, "console": _of_console}.get(found[1])
        if typed is not None:
            yield Block(page, text.count("\n", 0, found.start()) + 1, tuple(typed(found[2])))


def _of_sh(body: str) -> Iterator[Typed]:
    for line in body.splitlines():
        command = command_of(line)
        if command:
            yield Typed(command, None)


def _of_console(body: str) -> Iterator[Typed]:
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        line, _, shown = part.partition("\n")
        yield Typed(command_of(line), shown.strip("\n") or None)


def command_of(line: str) -> str:
    """Return the command without its comment, ``make demo`` as what it stands for."""
    command = re.sub(r"(^|\s)#.*", "", line).strip().removeprefix(".venv/bin/")
    made = _MAKE_DEMO.match(command)
    return f"opensos demo {made[1] or ''}".strip() if made else command
