"""The envelope around everything that car and backend say to each other, on any road."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opensos.protocols.effects import LocalError, RemoteError
from opensos.protocols.link import strict

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KIND = re.compile(r"[a-z][a-z0-9_]{0,19}(\.[a-z][a-z0-9_]{0,19}){0,3}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message.

    Attributes:
        id: The sender's name for this message, the same in every repetition; 1 to 64 letters,
            digits, dots, underscores and hyphens, the first a letter or digit.
        car: The car that speaks or is spoken to, written like ``id``: it stands in topic names.
        seq: Rises with each new message of this sender about one matter; 0 to 2^53 - 1.
        kind: What the body is: ``sos``, ``sos.ack``.
        body: The content, JSON values.
        sent_utc: When it was written, seconds since 1970 UTC by the sender's clock, None = that
            clock is not set.
        expires_utc: After this nobody may act on it any more; None = never (an SOS).
    """

    id: str
    car: str
    seq: int
    kind: str
    body: Mapping[str, Any] = field(default_factory=dict)
    sent_utc: float | None = None
    expires_utc: float | None = None


@dataclass(frozen=True, slots=True)
class Salvage:
    """What could still be made out of a message that ``decode`` refuses; None = not even that."""

    id: str | None = None
    car: str | None = None
    seq: int = 0


def encode(envelope: Envelope) -> bytes:
    """Return the message as bytes, at most ``MOST_BYTES``; ``decode`` gives the same back.

    Raises LocalError for a value that the envelope cannot hold.
    """
    fields = {
        "v": VERSION,
        "id": envelope.id,
        "car": envelope.car,
        "seq": envelope.seq,
        "sent_utc": envelope.sent_utc,
        "expires_utc": envelope.expires_utc,
        "kind": envelope.kind,
        "body": dict(envelope.body),
    }
    try:
        data = strict.write(fields)
        _from_fields(fields)
    except (RemoteError, ValueError, TypeError, RecursionError) as error:
        raise LocalError(f"This cannot be said in an envelope: {error}") from error
    return data


def decode(data: bytes) -> Envelope:
    """Return the message; names that this version does not know are passed over.

    Raises RemoteError with one sentence for everything else that is not as it should be.
    """
    return _from_fields(strict.read(data))


def salvage(data: bytes) -> Salvage:
    """Return what can be made out of a message that ``decode`` refuses. Raises nothing."""
    try:
        fields = strict.read(data)
    except RemoteError:
        return Salvage()
    seq = fields.get("seq")
    return Salvage(
        id=fields["id"] if is_name(fields.get("id")) else None,
        car=fields["car"] if is_name(fields.get("car")) else None,
        seq=seq if _is_whole(seq) and seq is not None else 0,
    )


def is_name(value: object) -> bool:
    """Whether this can be the name of a message or of a car."""
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _from_fields(fields: Mapping[str, Any]) -> Envelope:
    if fields.get("v") != VERSION or isinstance(fields["v"], bool):
        raise RemoteError(f"The envelope's version is not {VERSION}.")
    for name in ("id", "car"):
        if not is_name(fields.get(name)):
            raise RemoteError(f"The envelope's {name!r} is no name.")
    kind, body = fields.get("kind"), fields.get("body")
    if not isinstance(kind, str) or _KIND.fullmatch(kind) is None:
        raise RemoteError("The envelope's 'kind' is no kind.")
    if not isinstance(body, dict):
        raise RemoteError("The envelope's 'body' is not an object.")
    seq = fields.get("seq")
    if not _is_whole(seq) or seq is None:
        raise RemoteError("The envelope's 'seq' is not a number from 0 to 2^53 - 1.")
    return Envelope(
        id=fields["id"],
        car=fields["car"],
        seq=seq,
        kind=kind,
        body=body,
        sent_utc=_time(fields, "sent_utc"),
        expires_utc=_time(fields, "expires_utc"),
    )


def _is_whole(value: object) -> bool:
    return (
        isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= strict.MOST_NUMBER
    )


def _time(fields: Mapping[str, Any], name: str) -> float | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise RemoteError(f"The envelope's {name!r} is not a time.")
    return float(value)
