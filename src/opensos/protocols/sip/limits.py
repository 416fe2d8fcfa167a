"""How much a stranger may send before we stop reading.

Every bound is in the message rooms so that neither memory nor time can be taken from us by one
peer; reading is linear in what is left within these bounds.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one message.

    Attributes:
        message: bytes of a whole message. A datagram cannot be larger than 64 KiB anyway.
        head: bytes of the start line and the header section.
        headers: number of header lines.
        line: characters of one header line after unfolding.
        uri: characters of the Request-URI.
        body: bytes of a body on a stream.
        parts: number of body parts, nested ones included.
        depth: how deep multiparts may nest (1 = no nesting).
    """

    message: int = 1_114_112
    head: int = 65_536
    headers: int = 256
    line: int = 16_384
    uri: int = 4_096
    body: int = 1_048_576
    parts: int = 64
    depth: int = 5


LIMITS = Limits()
