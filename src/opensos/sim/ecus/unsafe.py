"""Requests that no tool of ours may ever send by itself; the pretend car notes each that came."""

from __future__ import annotations

from opensos.protocols.uds import Sid
from opensos.sim.ecus.generations import AIRBAG

_NEVER = {  # facts/bmw.md: never automated
    0xA079: "erases what the unit needs for updates over the air",
    0xA07A: "is never automated",
    0xA0B8: "is never automated",
    0xD34D: "is never automated",
}


def why_unsafe(target: int, request: bytes) -> str | None:
    """Return why a request is unsafe, None if it is not."""
    if target == AIRBAG and request[:1] == bytes((Sid.CLEAR_DIAGNOSTIC_INFORMATION,)):
        return "clears the airbag unit"
    if request[:1] == bytes((Sid.ROUTINE_CONTROL,)):
        return _NEVER.get(int.from_bytes(request[2:4], "big"))
    if request[:1] in {
        bytes((Sid.WRITE_DATA_BY_IDENTIFIER,)),
        bytes((Sid.INPUT_OUTPUT_CONTROL_BY_IDENTIFIER,)),
        bytes((Sid.READ_DATA_BY_IDENTIFIER,)),
    }:
        return _NEVER.get(int.from_bytes(request[1:3], "big"))
    return None
