"""The bodies of a data-only SOS: what the car sends, and the centre's own acknowledgement."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opensos.protocols.effects import LocalError, RemoteError
from opensos.protocols.link.envelope import Envelope, is_name

if TYPE_CHECKING:
    from collections.abc import Mapping

SOS = "sos"
SOS_ACK = "sos.ack"

CAUSES = ("automatic", "manual", "test")
"""Why there is an SOS; the same words as the call procedure's."""

_MOST_ATTEMPTS = 1_000_000
_MOST_MSD = 1024  # an MSD has at most 140 bytes (EN 15722); what is longer is kept, not read
_MOST_LOCATION = 16 * 1024


@dataclass(frozen=True, slots=True)
class Sos:
    """What a car says of its emergency when it cannot say it by voice.

    Attributes:
        msd: The MSD exactly as a call would carry it; None = none could be made.
        location: A PIDF-LO document, None = none.
        test: True = nobody is in danger; None = not said (treat it as an emergency).
        cause: One of ``CAUSES``; None = not said.
        attempt: How often this SOS was sent, from 1; None = not said.
        case: The car's name for the emergency: a call, its data and every update of it share it.
        problems: Sentences about fields that could not be read (only from ``read_sos``).
    """

    msd: bytes | None
    location: bytes | None = None
    test: bool | None = None
    cause: str | None = None
    attempt: int | None = None
    case: str | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ack:
    """The centre's word that an SOS is an incident, durable.

    Attributes:
        id: The SOS that is acknowledged.
        incident: The incident's name, 16 characters.
        received: Whether the MSD could be read; None = there was none.
    """

    id: str
    incident: str
    received: bool | None


def sos_body(sos: Sos) -> dict[str, Any]:
    """Return the body of an envelope of kind ``sos``. Raises LocalError for what cannot be."""
    body = {
        "case": sos.case,
        "cause": sos.cause,
        "test": sos.test,
        "attempt": sos.attempt,
        "msd": None if sos.msd is None else base64.b64encode(sos.msd).decode("ascii"),
        "location": None if sos.location is None else base64.b64encode(sos.location).decode(),
    }
    problems = read_sos(body).problems
    if problems:
        raise LocalError(f"This is no body of an SOS: {problems[0]}")
    return body


def read_sos(body: Mapping[str, Any]) -> Sos:
    """Return what can be read; every field that cannot is None, with a sentence. Raises nothing."""
    problems: list[str] = []

    def take(name: str, *, good: bool) -> Any:
        if good:
            return body[name]
        if body.get(name) is not None:
            problems.append(f"The field {name!r} of the message cannot be read.")
        return None

    attempt = body.get("attempt")
    whole = isinstance(attempt, int) and not isinstance(attempt, bool)
    return Sos(
        msd=_octets(body, "msd", _MOST_MSD, problems),
        location=_octets(body, "location", _MOST_LOCATION, problems),
        test=take("test", good=isinstance(body.get("test"), bool)),
        cause=take("cause", good=body.get("cause") in CAUSES),
        attempt=take("attempt", good=whole and 1 <= body["attempt"] <= _MOST_ATTEMPTS),
        case=take("case", good=is_name(body.get("case"))),
        problems=tuple(problems),
    )


def acknowledge(
    to: Envelope,
    incident: str,
    received: bool | None,  # noqa: FBT001  # the acknowledgement's own word
    utc: float | None,
) -> Envelope:
    """Return the acknowledgement of one SOS: it has the same id and number."""
    body = {"id": to.id, "incident": incident, "received": received}
    return Envelope(to.id, to.car, to.seq, SOS_ACK, body, sent_utc=utc)


def read_ack(envelope: Envelope) -> Ack:
    """Return the acknowledgement that an envelope holds. Raises RemoteError if it is none."""
    if envelope.kind != SOS_ACK:
        raise RemoteError(f"This is no acknowledgement but {envelope.kind!r}.")
    name, incident = envelope.body.get("id"), envelope.body.get("incident")
    received = envelope.body.get("received")
    if not isinstance(name, str) or not is_name(name):
        raise RemoteError("The acknowledgement does not say of what.")
    if not isinstance(incident, str) or not is_name(incident):
        raise RemoteError("The acknowledgement names no incident.")
    if received is not None and not isinstance(received, bool):
        raise RemoteError("The acknowledgement does not say whether the data could be read.")
    return Ack(name, incident, received)


def _octets(body: Mapping[str, Any], name: str, most: int, problems: list[str]) -> bytes | None:
    text = body.get(name)
    if text is None:
        return None
    try:
        data = base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except (binascii.Error, ValueError):
        data = None
    if data is None or len(data) > most:
        problems.append(f"The field {name!r} of the message cannot be read.")
        return None
    return data
