"""Calls as a modem lists them (+CLCC) and why one ended (+CEER)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, unique

from opensos.protocols.at.values import number, split_fields


@unique
class CallState(IntEnum):
    """<stat> of +CLCC (TS 27.007 §7.18); 6 and 7 only in u-blox's +UCALLSTAT."""

    ACTIVE = 0
    HELD = 1
    DIALLING = 2
    ALERTING = 3
    INCOMING = 4
    WAITING = 5
    DISCONNECTED = 6
    CONNECTED = 7


@dataclass(frozen=True, slots=True)
class ListedCall:
    """One call: ``outgoing`` is ours, ``voice`` also covers emergency calls of no given mode."""

    index: int
    outgoing: bool
    state: CallState
    voice: bool = True


def listed_call_of(line: str) -> ListedCall | None:
    """Read one line of +CLCC: ``<id>,<dir>,<stat>,<mode>,<mpty>[,<number>,…]``."""
    fields = split_fields(line, "+CLCC:")
    if fields is None or len(fields) < 4:
        return None
    values = [number(field, 255) for field in fields[:4]]
    index, direction, stat, mode = values
    if index is None or direction not in {0, 1} or stat is None or stat > CallState.WAITING:
        return None
    return ListedCall(index, direction == 0, CallState(stat), mode in {0, 9, None})


def ucallstat_of(line: str) -> CallState | None:
    """Read u-blox's news of a call: ``+UCALLSTAT: <id>,<stat>``."""
    fields = split_fields(line, "+UCALLSTAT:")
    if fields is None or len(fields) < 2:
        return None
    stat = number(fields[1], 7)
    return None if stat is None else CallState(stat)


_NORMAL = ("normal call clearing", "normal clearing", "normal, unspecified", "normal unspecified")
_CAUSES = frozenset(
    {"16", "31"}
)  # 3GPP TS 24.008 Annex H: normal call clearing, normal unspecified


def ended_normally(line: str) -> bool | None:
    """Read +CEER (TS 27.007 §6.10): whether the other side hung up; None if it says nothing.

    The text is the maker's own. It is searched for the name or the number of the two causes that
    mean "hung up" (TS 24.008 Annex H: 16 and 31).
    """
    fields = split_fields(line, "+CEER:")
    if fields is None:
        return None
    text = line.partition(":")[2].lower()
    if not text.strip('", '):
        return None
    if any(words in text for words in _NORMAL):
        return True
    return any(field in _CAUSES for field in fields)
