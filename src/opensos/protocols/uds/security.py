"""Security access, service 0x27 (ISO 14229-1 clause 10.4 and annex I, from memory)."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from ._refusal import Reply, demand, length
from ._states import SECURITY, SecurityOn, SecurityState
from .nrc import Nrc

if TYPE_CHECKING:
    from collections.abc import Callable

    from .unit import ServerSettings


class Security:
    """Seeds, keys, the counter of wrong keys and the delay after too many of them.

    Once the delay is over one more attempt is free; a wrong key then starts the delay again.
    A right key clears the counter.
    """

    def __init__(self, settings: ServerSettings, dice: Callable[[int], bytes]) -> None:
        self._settings = settings
        self._dice = dice
        self._state = SecurityState.LOCKED
        self._level = 0
        self._seed = b""
        self._wrong = 0
        self._delay_until = 0.0

    @property
    def unlocked(self) -> int:
        """The open level, 0 when locked."""
        return self._level if self._state is SecurityState.UNLOCKED else 0

    @property
    def state(self) -> SecurityState:
        """Where security access stands."""
        return self._state

    def levels(self) -> frozenset[int]:
        """Return the sub-functions that are supported: seeds (odd) and keys (even)."""
        return frozenset(self._settings.levels) | {level + 1 for level in self._settings.levels}

    def session_changed(self) -> None:
        """Lock: every session begins locked."""
        self._on(SecurityOn.SESSION)

    def answer(self, sub: int, request: bytes, now: float) -> Reply:
        """Answer a request whose sub-function is supported."""
        if self._state is SecurityState.DELAYED and now >= self._delay_until:
            self._on(SecurityOn.DELAY_OVER)
        return self._give_seed(sub) if sub % 2 else self._take_key(sub, request[2:], now)

    def _give_seed(self, level: int) -> Reply:
        if self.unlocked == level:
            return Reply(bytes((level,)) + bytes(self._settings.seed_bytes))
        demand(self._state is not SecurityState.DELAYED, Nrc.REQUIRED_TIME_DELAY_NOT_EXPIRED)
        self._on(SecurityOn.SEED)
        self._level = level
        seed = self._dice(self._settings.seed_bytes)
        # A seed of zeros would say "unlocked already".
        self._seed = seed if any(seed) else seed[:-1] + b"\x01"
        return Reply(bytes((level,)) + self._seed)

    def _take_key(self, sub: int, key: bytes, now: float) -> Reply:
        expected = self._state is SecurityState.SEED_SENT and self._level == sub - 1
        demand(expected, Nrc.REQUEST_SEQUENCE_ERROR)
        right = self._settings.levels[self._level](self._seed)
        length(key, least=len(right), most=len(right))
        if hmac.compare_digest(key, right):
            self._on(SecurityOn.RIGHT_KEY)
            self._wrong = 0
            return Reply(bytes((sub,)))
        self._wrong += 1
        if self._wrong < self._settings.attempts:
            self._on(SecurityOn.WRONG_KEY)
            return Reply(Nrc.INVALID_KEY)
        self._on(SecurityOn.LAST_KEY)
        self._delay_until = now + self._settings.delay_s
        return Reply(Nrc.EXCEED_NUMBER_OF_ATTEMPTS)

    def _on(self, happened: SecurityOn) -> None:
        self._state = SECURITY[self._state][happened]
