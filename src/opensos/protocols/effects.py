"""What a machine answers with, and whom an error blames. Read this first.

A *machine* is a pure object: two sides talk and time matters. Each of its methods takes ``now``
(seconds on one steady clock) and returns the ordered effects that the world must carry out;
``edges/pump.py`` is the one place that does. Nothing has to be drained, nothing is hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias


class Address(NamedTuple):
    """One end of the road: where bytes come from or go to.

    ``transport`` is ``udp``, ``tcp`` or ``tls``. For a stream the peer's address names the
    connection: an answer to the address that a message came from travels on the same connection.
    """

    transport: str
    host: str
    port: int

    def __str__(self) -> str:
        """Return the address as people write it: ``udp 127.0.0.1:5060``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport} {host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Send:
    """Put these bytes on the road to that address."""

    data: bytes
    to: Address


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Call the machine's ``wake(now)`` at this time; replaces its every earlier wish."""

    when: float


@dataclass(frozen=True, slots=True)
class Tell:
    """Something happened that the floor above must know: ``event`` is a frozen dataclass."""

    event: object


Effect: TypeAlias = Send | WakeAt | Tell


class OpenSosError(Exception):
    """The root of all errors of ours; its message is one clear sentence for a person.

    ``exit_code`` is what the command line ends with (``docs/reference/exit-codes.md``).
    """

    exit_code = 1


class LocalError(OpenSosError):
    """We are to blame: a method was called in a state or with a value that the rules forbid."""

    exit_code = 1


class UserError(OpenSosError):
    """The person asked for something that cannot be; the sentence says what to do instead."""

    exit_code = 2


class RemoteError(OpenSosError):
    """The peer is to blame: what it sent breaks the standard."""

    exit_code = 5


class RoadError(OpenSosError):
    """The road is to blame: network, disk, database, port in use."""

    exit_code = 6
