"""How a service refuses from any depth: raised inside the room, caught by the server only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from .nrc import Nrc
from .unit import Later, Needs

if TYPE_CHECKING:
    from .unit import Done, Read


class Refusal(Exception):  # noqa: N818  # a way to say no, never seen outside the room
    """A negative response on its way up."""

    def __init__(self, nrc: Nrc) -> None:
        super().__init__(nrc.name)
        self.nrc = nrc


def refuse(nrc: Nrc) -> NoReturn:
    """Answer with this code."""
    raise Refusal(nrc)


def demand(fine: object, nrc: Nrc) -> None:
    """Refuse with this code unless ``fine``."""
    if not fine:
        raise Refusal(nrc)


def length(request: bytes, *, least: int, most: int | None = None) -> None:
    """Refuse a request that is too short or too long (0x13)."""
    fine = least <= len(request) and (most is None or len(request) <= most)
    demand(fine, Nrc.INCORRECT_MESSAGE_LENGTH_OR_INVALID_FORMAT)


@dataclass(frozen=True, slots=True)
class Rights:
    """What the tester has: its session, its security level."""

    session: int
    security: int

    def check(self, needs: Needs, wrong_session: Nrc) -> None:
        """Refuse what this session or security level does not allow; session first."""
        demand(self.session in needs.sessions, wrong_session)
        demand(needs.security in {0, self.security}, Nrc.SECURITY_ACCESS_DENIED)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a service came to: bytes after the response's service byte, or a refusal, and when."""

    result: bytes | Nrc
    after_s: float = 0.0


def done(outcome: Done, data: bytes = b"") -> Reply:
    """Make the unit's "done" a reply with these bytes."""
    if isinstance(outcome, Later):
        return Reply(data if outcome.value is None else outcome.value, outcome.after_s)
    return Reply(data if outcome is None else outcome)


def told(outcome: Read, before: bytes = b"") -> Reply:
    """Make the unit's data a reply, with these bytes before them."""
    value, after_s = unpacked(outcome)
    return Reply(value if isinstance(value, Nrc) else before + value, after_s)


def unpacked(outcome: Read) -> tuple[bytes | Nrc, float]:
    """Return a result and how much later it comes."""
    if isinstance(outcome, Later):
        return outcome.value, outcome.after_s
    return outcome, 0.0
