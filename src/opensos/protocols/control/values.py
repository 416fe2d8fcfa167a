"""What a control document says, as values (RFC 8147 §9.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

_PERCENT: Final = re.compile(r"%([0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What became of one requested action (§9.1.1.2).

    ``success`` is None if the document does not say it readably; ``reason`` is a key of
    ``FAILURE_REASONS`` or a later registration; ``details`` is for engineers, not for occupants.
    """

    action: str
    success: bool | None
    reason: str | None = None
    details: str | None = None


@dataclass(frozen=True, slots=True)
class Ack:
    """Data or a request arrived (§9.1.1): ``ref`` is the Content-ID of what is acknowledged.

    ``received`` None = not said, as in every acknowledgement that a car sends.
    """

    ref: str
    received: bool | None = None
    results: tuple[ActionResult, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestAction:
    """One action that is asked for, or in ``Capabilities`` one that can be done (§9.1.3).

    ``persistence`` is an ISO 8601 duration, as written; ``int_id`` 0 to 2**32 - 1.
    """

    action: str
    datatype: str | None = None
    int_id: int | None = None
    persistence: str | None = None
    supported_values: tuple[str, ...] = ()
    element_id: str | None = None
    requested_state: str | None = None
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Requests:
    """The centre asks for one action or several."""

    actions: tuple[RequestAction, ...]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The car says what it can do (§9.1.2)."""

    actions: tuple[RequestAction, ...]


Control: TypeAlias = Ack | Requests | Capabilities


@dataclass(frozen=True, slots=True)
class Decoded:
    """What could be read of a document; ``problems`` are sentences, empty for a clean one.

    ``also`` holds what stood beside ``value`` against the schema's choice of one.
    """

    value: Control | None
    problems: tuple[str, ...] = ()
    also: tuple[Control, ...] = ()

    @property
    def every(self) -> tuple[Control, ...]:
        """All that could be read, ``value`` first."""
        return () if self.value is None else (self.value, *self.also)


def same_id(left: str, right: str) -> bool:
    """Whether two spellings name the same Content-ID.

    Brackets, a ``cid:`` in front and percent-escapes (RFC 2392) do not count: peers write all of
    them into ``ref``.
    """
    return _bare_id(left) == _bare_id(right)


def _bare_id(text: str) -> str:
    text = text.strip().removeprefix("<").removesuffix(">")
    if text[:4].lower() == "cid:":
        text = text[4:]
    if "%" in text:
        text = _PERCENT.sub(lambda match: chr(int(match.group(1), 16)), text)
    return text
