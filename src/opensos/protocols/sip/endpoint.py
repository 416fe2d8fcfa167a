"""The endpoint: transactions, dialogs and user-agent rules for many calls at once.

Signatures first; the rooms behind them follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opensos.protocols.effects import Address, Effect

    from .profile import Profile
    from .tokens import Tokens

HeaderLines = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class InviteOrder:
    """A call to make.

    Attributes:
        uri: the Request-URI, any scheme: ``urn:service:sos.ecall.manual``.
        to_uri: the URI of To.
        next_hop: where the INVITE goes.
        headers: further header lines, sent as they are; one that the endpoint would write itself
            (Accept, Allow, Supported, Recv-Info, Contact, Max-Forwards, User-Agent) replaces it.
        content_type: the Content-Type of the body, ``None`` for no body.
        body: the body, bytes, never altered.
        from_uri: the URI of From; ``None`` for the profile's.
    """

    uri: str
    to_uri: str
    next_hop: Address
    headers: HeaderLines = ()
    content_type: str | None = None
    body: bytes = b""
    from_uri: str | None = None


class Endpoint:
    """A user agent for many calls at once, sans-IO.

    Every method that takes a call or a token raises LocalError if it is not known or not in the
    right state; nothing has been sent then.
    """

    def __init__(self, profile: Profile, tokens: Tokens) -> None:
        raise NotImplementedError

    def receive(self, data: bytes, source: Address, now: float) -> list[Effect]:
        """Take one message: a datagram, or one cut from a stream by the Framer."""
        raise NotImplementedError

    def wake(self, now: float) -> list[Effect]:
        """Fire every timer that is due."""
        raise NotImplementedError

    def road_failed(self, to: Address, now: float) -> list[Effect]:
        """Take note that nothing sent to this address arrives (RFC 3261 §17.1.4, §17.2.4)."""
        raise NotImplementedError

    def invite(self, order: InviteOrder, now: float) -> tuple[str, list[Effect]]:
        """Call somebody; returns the handle of the call."""
        raise NotImplementedError

    def cancel(self, call: str, now: float) -> list[Effect]:
        """Give up a call that was not answered yet (RFC 3261 §9.1)."""
        raise NotImplementedError

    def ring(
        self,
        call: str,
        now: float,
        status: int = 180,
        *,
        reliable: bool = False,
        content_type: str | None = None,
        body: bytes = b"",
        headers: HeaderLines = (),
    ) -> list[Effect]:
        """Send a provisional answer, 101 to 199."""
        raise NotImplementedError

    def answer(
        self,
        call: str,
        now: float,
        content_type: str | None,
        body: bytes,
        headers: HeaderLines = (),
    ) -> list[Effect]:
        """Answer with 200, repeated until the ACK comes."""
        raise NotImplementedError

    def refuse(
        self,
        call: str,
        now: float,
        status: int,
        reason: str | None = None,
        headers: HeaderLines = (),
        content_type: str | None = None,
        body: bytes = b"",
    ) -> list[Effect]:
        """Refuse with 300 to 699; tells Ended(refused)."""
        raise NotImplementedError

    def info(
        self,
        call: str,
        now: float,
        package: str,
        content_type: str | None,
        body: bytes,
        headers: HeaderLines = (),
    ) -> list[Effect]:
        """Send an INFO (RFC 6086); LocalError unless the peer listed the package."""
        raise NotImplementedError

    def update(
        self,
        call: str,
        now: float,
        content_type: str | None = None,
        body: bytes = b"",
        headers: HeaderLines = (),
    ) -> list[Effect]:
        """Send an UPDATE (RFC 3311)."""
        raise NotImplementedError

    def reinvite(
        self,
        call: str,
        now: float,
        content_type: str | None,
        body: bytes,
        headers: HeaderLines = (),
    ) -> list[Effect]:
        """Send a re-INVITE (RFC 3261 §14)."""
        raise NotImplementedError

    def bye(self, call: str, now: float, headers: HeaderLines = ()) -> list[Effect]:
        """Hang up; before the ACK came it waits for it, before an answer it cancels."""
        raise NotImplementedError

    def reply(
        self,
        token: str,
        now: float,
        status: int = 200,
        headers: HeaderLines = (),
        content_type: str | None = None,
        body: bytes = b"",
    ) -> list[Effect]:
        """Answer a request that was told with a token (INFO, UPDATE, re-INVITE)."""
        raise NotImplementedError

    def options(self, uri: str, next_hop: Address, now: float) -> tuple[str, list[Effect]]:
        """Ask a peer what it can; returns the reference that OptionsAnswered carries."""
        raise NotImplementedError

    def accepts(self, call: str, package: str) -> bool:
        """Say whether the peer listed this INFO package (RFC 6086 §5.2.2)."""
        raise NotImplementedError
