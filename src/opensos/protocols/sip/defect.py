"""A fault of a message and what a server answers to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Defect:
    """One fault of a message.

    Attributes:
        status: what a server answers to a request with this fault (400, 416, 501, 505, 513); a
            response with a fatal fault is dropped.
        reason: a short reason phrase, always our own words.
        fatal: the message cannot be used, or RFC 3261, 4475 or 5118 want it refused. Faults that
            are not fatal are ones that the standard lets a liberal receiver overlook.
        detail: more for the log, may quote the peer.
    """

    status: int
    reason: str
    fatal: bool = True
    detail: str = ""
