"""The services that need no memory of their own: data, routines, codes, reset, communication."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._refusal import Reply, demand, done, length, refuse, told, unpacked
from .nrc import Nrc, Sid
from .unit import FAULT_MEMORY, ResetKind

if TYPE_CHECKING:
    from ._refusal import Rights
    from .unit import ServerSettings, UdsUnit

_MOST_DIDS = 64  # in one request: a bound of ours


class Services:
    """Answers from the unit; sessions, security and lengths are checked before it is asked."""

    def __init__(self, unit: UdsUnit, settings: ServerSettings) -> None:
        self._unit = unit
        self._settings = settings

    def read(self, request: bytes, rights: Rights, now: float) -> Reply:
        """Answer 0x22: one or several DIDs; those that are unknown are left out, but not all."""
        length(request, least=3, most=1 + 2 * _MOST_DIDS)
        demand(len(request) % 2, Nrc.INCORRECT_MESSAGE_LENGTH_OR_INVALID_FORMAT)
        body, after_s = b"", 0.0
        for at in range(1, len(request), 2):
            did = int.from_bytes(request[at : at + 2], "big")
            needs = self._unit.needs(Sid.READ_DATA_BY_IDENTIFIER, did)
            if rights.session not in needs.sessions:
                continue
            rights.check(needs, Nrc.REQUEST_OUT_OF_RANGE)
            found, needed_s = unpacked(self._unit.read(did, now))
            after_s = max(after_s, needed_s)
            if isinstance(found, Nrc):
                demand(found is Nrc.REQUEST_OUT_OF_RANGE, found)
                continue
            body += request[at : at + 2] + found
        demand(body, Nrc.REQUEST_OUT_OF_RANGE)
        return Reply(body, after_s)

    def write(self, request: bytes, rights: Rights, now: float) -> Reply:
        """Answer 0x2E."""
        length(request, least=4)
        did = self._item(request, 1, rights)
        return done(self._unit.write(did, request[3:], now), request[1:3])

    def control(self, request: bytes, rights: Rights, now: float) -> Reply:
        """Answer 0x2F."""
        length(request, least=4)
        did = self._item(request, 1, rights)
        demand(request[3] <= 3, Nrc.REQUEST_OUT_OF_RANGE)
        return told(self._unit.control(did, request[3], request[4:], now), request[1:4])

    def routine(self, sub: int, request: bytes, rights: Rights, now: float) -> Reply:
        """Answer 0x31."""
        length(request, least=4)
        rid = self._item(request, 2, rights)
        head = bytes((sub,)) + request[2:4]
        return told(self._unit.routine(sub, rid, request[4:], now), head)

    def clear(self, request: bytes, now: float) -> Reply:
        """Answer 0x14; a fifth byte selects a memory (edition 2020)."""
        length(request, least=4, most=5)
        memory = request[4] if len(request) == 5 else FAULT_MEMORY
        known = len(request) == 4 or memory in self._settings.memories
        demand(known, Nrc.REQUEST_OUT_OF_RANGE)
        return done(self._unit.clear(int.from_bytes(request[1:4], "big"), memory, now))

    def reset(self, sub: int, request: bytes, now: float) -> Reply:
        """Answer 0x11."""
        length(request, least=2, most=2)
        refused = self._unit.reset(sub, now)
        if refused is not None:
            refuse(refused)
        # A rapid power shutdown tells its powerDownTime; 0xFF: not known.
        return Reply(bytes((sub, 0xFF)) if sub == ResetKind.SLEEP else bytes((sub,)))

    def communicate(self, sub: int, request: bytes, now: float) -> Reply:
        """Answer 0x28."""
        length(request, least=3, most=3)
        refused = self._unit.communicate(sub, request[2], now)
        if refused is not None:
            refuse(refused)
        return Reply(bytes((sub,)))

    def _item(self, request: bytes, at: int, rights: Rights) -> int:
        """Read a DID or RID and check what it demands."""
        item = int.from_bytes(request[at : at + 2], "big")
        rights.check(self._unit.needs(request[0], item), Nrc.REQUEST_OUT_OF_RANGE)
        return item
