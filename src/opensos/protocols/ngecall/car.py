"""The car's side of NG-eCall (RFC 8147): skeleton, being filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opensos.protocols.effects import Address, Effect
    from opensos.protocols.ngecall.settings import EcallOrder, Settings
    from opensos.protocols.sip.tokens import Tokens


class EcallCar:
    """Makes eCalls and takes calls back. Every method returns its effects in order."""

    def __init__(self, settings: Settings, tokens: Tokens) -> None:
        raise NotImplementedError

    def receive(self, data: bytes, source: Address, now: float) -> list[Effect]:
        """Take in one message from the road."""
        raise NotImplementedError

    def wake(self, now: float) -> list[Effect]:
        """Do what has become due."""
        raise NotImplementedError

    def road_failed(self, to: Address, now: float) -> list[Effect]:
        """Learn that bytes for this address could not be delivered."""
        raise NotImplementedError

    def dial(self, order: EcallOrder, now: float) -> tuple[str, list[Effect]]:
        """Make a call; returns its handle."""
        raise NotImplementedError

    def cancel(self, call: str, now: float) -> list[Effect]:
        """Give up a call that is not answered yet."""
        raise NotImplementedError

    def send_msd(self, call: str, msd: bytes, now: float) -> list[Effect]:
        """Send a fresh MSD in the call, answering the last request for one."""
        raise NotImplementedError

    def cannot_send(
        self, call: str, reason: str, now: float, details: str | None = None
    ) -> list[Effect]:
        """Say that no MSD can be sent (``reason`` of RFC 8147 §9.1.1.2)."""
        raise NotImplementedError

    def hang_up(self, call: str, now: float) -> list[Effect]:
        """End the call from the car (T2 has run out)."""
        raise NotImplementedError

    def answer_callback(self, call: str, now: float, sdp: bytes | None = None) -> list[Effect]:
        """Take the call back."""
        raise NotImplementedError

    def refuse_callback(self, call: str, now: float, status: int = 486) -> list[Effect]:
        """Refuse a call that is not wanted."""
        raise NotImplementedError
