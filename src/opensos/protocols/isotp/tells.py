"""What a link tells the floor above."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Failure(StrEnum):
    """Why a message did not get through, under the standard's names (N_Result)."""

    N_TIMEOUT_BS = "no flow control came"
    N_TIMEOUT_CR = "the next frame did not come"
    N_WRONG_SN = "a frame is missing"
    N_INVALID_FS = "the flow control has a reserved status"
    N_UNEXP_PDU = "another message began in between"
    N_WFT_OVRN = "the receiver asked to wait too often"
    N_BUFFER_OVFLW = "the message is too long for the receiver"
    N_ERROR = "the bus failed, or too many messages wait"


@dataclass(frozen=True, slots=True)
class Received:
    """A whole message came in on the link of this name."""

    link: str
    message: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """A whole message has gone out."""

    link: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A message was given up; ``sending`` says which way it went."""

    link: str
    why: Failure
    sending: bool
