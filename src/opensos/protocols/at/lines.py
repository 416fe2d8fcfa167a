"""Bytes of a V.250 serial line -> lines of text, prompts, rubbish; whatever arrives, bounded.

V.250 §5.7.1 frames an information text and a result code with CR LF on both sides; real modems
leave some of them out, echo what we typed, and send line noise after a reset. So every CR or LF
ends a line, empty lines mean nothing, and what is no text is counted and thrown away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

LONGEST_LINE = 2048
"""Bytes. The longest honest lines are hexadecimal MSDs (280) and eSIM answers (about 520)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text without its line end."""

    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """The modem waits for data: ``>`` (3GPP TS 27.005 §3.5.1; other commands borrow it)."""


@dataclass(frozen=True, slots=True)
class Rubbish:
    """So many bytes in a row were no text, or a line longer than ``LONGEST_LINE``."""

    count: int


Heard: TypeAlias = Line | Prompt | Rubbish


class LineReader:
    """Cuts a byte stream into lines; holds at most one unfinished line of bounded length."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._skipped = 0  # bytes of an overlong line thrown away so far
        self.expect_prompt = False
        """Whether ``>`` at the start of a line is a prompt now; cleared by the prompt."""

    @property
    def held(self) -> int:
        """Bytes of the line that is not finished yet."""
        return len(self._line)

    def feed(self, data: bytes) -> list[Heard]:
        """Take bytes as they come and return what they complete, in order."""
        heard: list[Heard] = []
        for byte in data:
            if byte in b"\r\n":
                self._end(heard)
            else:
                self._add(byte, heard)
        return heard

    def clear(self) -> None:
        """Forget the unfinished line (the line was closed or went wrong)."""
        self._line.clear()
        self._skipped = 0
        self.expect_prompt = False

    def _add(self, byte: int, heard: list[Heard]) -> None:
        if not byte:
            return  # NUL: a UART's break or a modem that wakes; never part of a text
        if self._skipped or len(self._line) >= LONGEST_LINE:
            self._skipped += 1
            return
        self._line.append(byte)
        if self.expect_prompt and bytes(self._line).lstrip(b" ") == b">":
            self._line.clear()
            self.expect_prompt = False
            heard.append(Prompt())

    def _end(self, heard: list[Heard]) -> None:
        raw, skipped = bytes(self._line), self._skipped
        self._line.clear()
        self._skipped = 0
        if skipped:
            heard.append(Rubbish(len(raw) + skipped))
            return
        text = _text(raw)
        if text is None:
            heard.append(Rubbish(len(raw)))
        elif text.strip():
            heard.append(Line(text.strip()))


def _text(raw: bytes) -> str | None:
    """Return a line as text, None if it is none.

    An operator's name may come as UTF-8 or as Latin-1; a line of noise is told by its control
    characters or by having more than a quarter of bytes beyond ASCII.
    """
    if any(byte < 0x20 and byte != 0x09 for byte in raw) or 0x7F in raw:
        return None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    high = sum(byte >= 0x80 for byte in raw)
    return raw.decode("latin-1") if high * 4 <= len(raw) else None
