"""The centre's side of NG-eCall (RFC 8147): skeleton, being filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opensos.protocols.effects import Address, Effect
    from opensos.protocols.ngecall.settings import Settings
    from opensos.protocols.sip.tokens import Tokens


class EcallCentre:
    """Answers eCalls: many at once. Every method returns its effects in order."""

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

    def ring(self, call: str, now: float) -> list[Effect]:
        """Send 180 Ringing."""
        raise NotImplementedError

    def answer(
        self, call: str, received: bool | None, sdp: bytes | None, now: float
    ) -> list[Effect]:
        """Send the 200 with the acknowledgement (``received`` None = none)."""
        raise NotImplementedError

    def refuse(self, call: str, status: int, received: bool | None, now: float) -> list[Effect]:
        """Refuse the call, with the acknowledgement (486, 600, 603 …)."""
        raise NotImplementedError

    def confirm(self, token: str, now: float) -> list[Effect]:
        """Send the 200 to the INFO that ``MsdArrived`` told of."""
        raise NotImplementedError

    def request_msd(self, call: str, now: float) -> list[Effect]:
        """Ask the car for a fresh MSD."""
        raise NotImplementedError

    def clear_down(self, call: str, now: float) -> list[Effect]:
        """End the call from our side."""
        raise NotImplementedError

    def call_back(
        self, uri: str, next_hop: Address, now: float, sdp: bytes | None = None
    ) -> tuple[str, list[Effect]]:
        """Call the car back (RFC 7090); returns the new call's handle."""
        raise NotImplementedError
