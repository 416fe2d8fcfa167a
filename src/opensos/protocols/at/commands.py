"""What we ask a modem: one command with its time limit and the shape of its answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

CTRL_Z = b"\x1a"
ESC = b"\x1b"


@dataclass(frozen=True, slots=True)
class Command:
    """One command line.

    Attributes:
        text: from ``AT`` to before the carriage return.
        prefix: how the lines of its answer begin (``+CREG:``); "" = free text, as +CGMM answers.
        timeout_s: how long its final result may take (makers' manuals: 0.3 s for most, 3 min for
            a search for operators).
        payload: bytes sent at the prompt ``>``, without the Ctrl-Z that ends them.
        call: it places or takes a call, so NO CARRIER and BUSY are final results of it.
        urgent: goes before everything that waits (a call, its message, hanging up).
    """

    text: str
    prefix: str = ""
    timeout_s: float = 5.0
    payload: bytes | None = None
    call: bool = False
    urgent: bool = False

    @property
    def name(self) -> str:
        """Return the command without its values (they may hold a VIN), as AT+CREG."""
        return self.text.upper().partition("=")[0].rstrip("?")[:24]

    @property
    def wire(self) -> bytes:
        """Return the bytes of the command line."""
        return self.text.encode("ascii", "replace") + b"\r"


_HARMLESS = re.compile(r"AT\+CECALL(=0|=\?|\?)")
# Vendor commands with ECALL in their name that set something and never dial. Anchored, and without
# ";", so that nothing can follow them.
_CONFIGURES = re.compile(r"AT(\+UECALLDATA=|\+UECALLTYPE=|#ECALLURC=|\+QECALL=\"MSD\",)[^;]*")
_QUOTED = re.compile(r'"[^"]*"')
# V.250 §5.4.4: basic commands may follow each other on one line, D ends it.
_DIALS = re.compile(r"(^AT|;)(&[A-Z]\d*|[A-CE-Z]\d*)*D")


def may_call_for_help(command: Command) -> bool:
    """Tell whether a command could reach emergency services: not to be sent in test mode.

    All that mentions eCall is dangerous but ``+CECALL=0`` (3GPP TS 27.007: test call), questions
    and settings that are known; so is every dialling command, because any number might be one of a
    centre.
    """
    text = "".join(command.text.upper().split())
    bare = _QUOTED.sub('""', text)  # a name within quotes commands nothing
    if "ECALL" in bare and not _HARMLESS.fullmatch(text):
        return not _CONFIGURES.fullmatch(text)
    return bool(_DIALS.search(bare))
