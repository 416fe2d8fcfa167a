"""Who an endpoint is and which rules it plays by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.protocols.effects import LocalError

if TYPE_CHECKING:
    from opensos.protocols.effects import Address

    from .digest import Credentials

METHODS = ("INVITE", "ACK", "CANCEL", "BYE", "INFO", "OPTIONS", "PRACK", "UPDATE")
EXTENSIONS = ("100rel", "timer")


@dataclass(frozen=True, slots=True)
class Profile:
    """The settings of one endpoint, fixed for its life.

    Attributes:
        contact: our own address as the peer reaches it; goes to Via and Contact.
        user: the user part of our Contact.
        local_uri: the URI of our From; ``None`` for ``sip:user@host``.
        other_contacts: further own addresses, one for each further transport.
        user_agent: the text of User-Agent and Server; empty for none.
        recv_info: the INFO packages that we take (RFC 6086).
        accept: the media types that we take.
        allow: the methods that we take.
        supported: the option tags that we offer; a Require of any other is refused with 420.
        understood: option tags that a Require may name although we do not offer them.
        t1: the round-trip time estimate in seconds; t2, t4: RFC 3261 §17, table 4.
        session_expires: the session interval that we ask for in seconds, or ``None``: we ask for
            none, and still follow a peer that does (RFC 4028).
        min_se: the shortest session interval that we like, at least 90 s.
        refuse_short_sessions: answer 422 to a shorter interval. RFC 4028 §9 says MAY; off by
            default, since an emergency call is never refused over a timer.
        credentials: for digest challenges; ``None`` leaves 401 and 407 to the floor above.
        trying: seconds after which an INVITE that nobody has answered gets a 100; 0 = at once,
            ``None`` = never. §17.2.1 wants it within 200 ms, and none if an answer comes sooner.
        stream_above: a request of more bytes than this goes over TCP where UDP was asked for
            (§18.1.1 says 1300). ``None``, the default, stays on the given transport: a car that
            has just crashed should not find out first whether the network lets TCP through. IP
            fragments carry the call, and the floor above may dial again over TCP.
        reply_within: seconds that the floor above may take to `reply` to a request in a dialog;
            then the endpoint answers 500 by itself, so that nothing waits for ever.
        calls: how many calls at once may be ours. Far above what one process can carry; a bound
            on memory, not a policy. Beyond it new INVITEs are told as `Unreadable` with 503.
    """

    contact: Address
    user: str = "opensos"
    local_uri: str | None = None
    other_contacts: tuple[Address, ...] = ()
    user_agent: str = "OpenSOS"
    recv_info: tuple[str, ...] = ()
    accept: tuple[str, ...] = ("application/sdp", "multipart/mixed")
    allow: tuple[str, ...] = METHODS
    supported: tuple[str, ...] = EXTENSIONS
    understood: tuple[str, ...] = ("geolocation", "histinfo")
    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0
    session_expires: int | None = None
    min_se: int = 90
    refuse_short_sessions: bool = False
    credentials: Credentials | None = None
    trying: float | None = 0.0
    stream_above: int | None = None
    reply_within: float = 16.0
    calls: int = 100_000

    def __post_init__(self) -> None:
        """Refuse values that would break the timers or forge header lines."""
        if not 0 < self.t1 <= self.t2:
            raise LocalError(f"T1 {self.t1} and T2 {self.t2}: 0 < T1 <= T2 must hold.")
        if self.min_se < 90 or (self.session_expires or self.min_se) < self.min_se:
            raise LocalError("A session interval is at least Min-SE, and that at least 90 s.")
        texts = (self.user, self.user_agent, self.local_uri or "", self.contact.host)
        lists = (*self.recv_info, *self.accept, *self.allow, *self.supported)
        if any("\r" in text or "\n" in text for text in (*texts, *lists)):
            raise LocalError("A line end in a profile would forge a header line.")
