"""The server side of UDS: one control unit's answers to requests, sessions, security, transfer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .unit import Answer, ServerSettings, Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.protocols.effects import Effect

    from .unit import UdsUnit


@dataclass(frozen=True, slots=True)
class SessionChanged:
    """Told by ``wake``: the session ended because nobody spoke for S3."""

    session: Session


class UdsServer:
    """Answers for one ``UdsUnit``.

    ``dice(n)`` returns n random bytes, for seeds.
    """

    def __init__(
        self,
        unit: UdsUnit,
        settings: ServerSettings | None = None,
        *,
        dice: Callable[[int], bytes],
    ) -> None:
        self._unit = unit
        self._settings = settings or ServerSettings()
        self._dice = dice
        self._session = Session.DEFAULT

    @property
    def session(self) -> Session:
        """The session that is active."""
        return self._session

    @property
    def unlocked(self) -> int:
        """The security level that is open; 0 is none."""
        return 0

    def ask(self, request: bytes, now: float, *, functional: bool = False) -> list[Answer]:
        """Answer one request message.

        Returns at most one final response, before it perhaps some 0x78; empty where the
        tester wants no answer, or where a unit keeps silent (functional addressing, not present).
        """
        raise NotImplementedError

    def wake(self, now: float) -> list[Effect]:
        """End the session when S3 is over; ``WakeAt`` says when to call next."""
        raise NotImplementedError
