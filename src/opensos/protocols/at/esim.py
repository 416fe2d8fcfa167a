"""Asks an eSIM for its profiles: SGP.22 over the channel commands of 3GPP TS 27.007.

+CCHO, +CGLA and +CCHC (§8.45, §8.43, §8.46) are every maker's; SGP.22 §5.7.15 has the question
(GetProfilesInfo, tag BF2D) and §2.4.2 the address of the ISD-R. An M2M eSIM (SGP.02), as many cars
have, does not let the car list its profiles: then nothing is known, which is not "none".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.protocols.at.commands import Command
from opensos.protocols.at.values import split_fields

if TYPE_CHECKING:
    from collections.abc import Generator

    from opensos.protocols.at.dialogue import Answered, Failed

ISD_R = "A0000005591010FFFFFFFF8900000100"
_GET_PROFILES = "81E2910006BF2D035C019F70"  # STORE DATA, last block; asks for the states only
_MORE = "81C00000"
_MOST_ROUNDS = 8


def profile_state() -> Generator[Command, Answered | Failed, str | None]:
    """Ask for the state of the profiles: enabled, disabled, none, or None where it cannot say."""
    reply = yield Command(f'AT+CCHO="{ISD_R}"', timeout_s=10.0)
    channel = _channel(reply)
    if channel is None:
        return None
    data = yield from _exchange(channel)
    yield Command(f"AT+CCHC={channel}", "+CCHC", timeout_s=10.0)
    return None if data is None else state_in(data)


def state_in(data: bytes) -> str | None:
    """Return what an answer to GetProfilesInfo says; None if it is none.

    ``BF2D { A0 { E3 { 9F70 01 xx } … } }``, state 1 = enabled (SGP.22 §5.7.15).
    """
    outer = _values(data).get(0xBF2D)
    if outer is None:
        return None
    listed = _values(outer[0]).get(0xA0)
    if listed is None:
        return None
    profiles = _values(listed[0]).get(0xE3, [])
    if not profiles:
        return "none"
    states = [_values(profile).get(0x9F70, [b"\x00"])[0] for profile in profiles]
    return "enabled" if b"\x01" in states else "disabled"


def _channel(reply: Answered | Failed) -> int | None:
    lines = getattr(reply, "lines", ())
    for line in lines:
        fields = split_fields(line, "+CCHO:") or (line.strip(),)
        if fields[0].isascii() and fields[0].isdigit() and len(fields[0]) <= 2:
            return int(fields[0])
    return None


def _exchange(channel: int) -> Generator[Command, Answered | Failed, bytes | None]:
    """Send the question and fetch what does not fit one answer (status 61xx, ETSI TS 102 221)."""
    apdu = _GET_PROFILES
    data = b""
    for _ in range(_MOST_ROUNDS):
        reply = yield Command(f'AT+CGLA={channel},{len(apdu)},"{apdu}"', "+CGLA:", timeout_s=10.0)
        answer = _apdu(reply)
        if answer is None:
            return None
        data += answer[:-2]
        if answer[-2] == 0x61:
            apdu = f"{_MORE}{answer[-1]:02X}"
            continue
        return data if answer[-2:] == b"\x90\x00" else None
    return None


def _apdu(reply: Answered | Failed) -> bytes | None:
    for line in getattr(reply, "lines", ()):
        fields = split_fields(line, "+CGLA:")
        if fields is None or len(fields) < 2:
            continue
        try:
            answer = bytes.fromhex(fields[1])
        except ValueError:
            return None
        return answer if len(answer) >= 2 else None
    return None


def _values(data: bytes) -> dict[int, list[bytes]]:
    """Cut BER-TLV into values by tag; what is torn at the end is left out."""
    found: dict[int, list[bytes]] = {}
    at = 0
    while at < len(data):
        tag = data[at]
        at += 1
        if tag & 0x1F == 0x1F and at < len(data):
            tag = tag << 8 | data[at]
            at += 1
        length, at = _length(data, at)
        if length is None or at + length > len(data):
            break
        found.setdefault(tag, []).append(data[at : at + length])
        at += length
    return found


def _length(data: bytes, at: int) -> tuple[int | None, int]:
    if at >= len(data):
        return None, at
    first = data[at]
    at += 1
    if first < 0x80:
        return first, at
    size = first & 0x7F
    if not 1 <= size <= 2 or at + size > len(data):
        return None, at
    return int.from_bytes(data[at : at + size], "big"), at + size
