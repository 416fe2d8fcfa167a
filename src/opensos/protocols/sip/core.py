"""What all rooms of an endpoint share: its tables, its timers and the effects of the moment."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from opensos.protocols.effects import Effect, LocalError, Send, Tell, WakeAt

from .alarms import Alarm, Alarms
from .hops import bracketed
from .transaction import Times

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opensos.protocols.effects import Address

    from .call import Call
    from .client import Outgoing
    from .dialog import Dialog
    from .events import Event
    from .profile import Profile
    from .server import Incoming, Pending
    from .tokens import Tokens
    from .transaction import Notice, On, Transaction
    from .transaction.client_invite import ClientInvite
    from .transaction.client_other import ClientOther
    from .transaction.server_invite import ServerInvite
    from .transaction.server_other import ServerOther


MOST_SEEN = 4096
"""How many unreadable INVITEs are remembered, so that repetitions are told once."""


def header_lines(headers: Iterable[tuple[str, str]]) -> str:
    """Write header lines as text.

    Raises:
        LocalError: a line end stands inside one, which would forge another header.
    """
    text = "".join([f"{name}: {value}\r\n" for name, value in headers])
    if text.count("\n") != text.count("\r\n") or text.count("\r") != text.count("\n"):
        raise LocalError("A line end inside a header value would forge another header.")
    if text.count("\n") != sum(1 for _ in headers):
        raise LocalError("A line end inside a header value would forge another header.")
    return text


def content_lines(content_type: str | None, body: bytes) -> str:
    """Write Content-Type and Content-Length and the empty line after them."""
    if content_type is None:
        if body:
            raise LocalError("A body needs a Content-Type (RFC 3261 §20.15).")
        return "Content-Length: 0\r\n\r\n"
    if "\r" in content_type or "\n" in content_type:
        raise LocalError("A line end inside a Content-Type would forge another header.")
    return f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"


class Texts:
    """The header lines of a profile, written once."""

    __slots__ = ("accept", "agent", "allow", "recv_info", "server", "supported")

    def __init__(self, profile: Profile) -> None:
        self.allow = f"Allow: {', '.join(profile.allow)}\r\n"
        self.supported = f"Supported: {', '.join(profile.supported)}\r\n"
        self.accept = f"Accept: {', '.join(profile.accept)}\r\n"
        self.recv_info = f"Recv-Info: {', '.join(profile.recv_info)}\r\n"
        self.agent = f"User-Agent: {profile.user_agent}\r\n" if profile.user_agent else ""
        self.server = f"Server: {profile.user_agent}\r\n" if profile.user_agent else ""


class Core:
    """The shared state of an endpoint; also the `Host` of its transactions.

    Attributes:
        now: the time of the call in progress.
        clients, servers: transactions by key.
        dialogs: by Call-ID, our tag, the peer's tag.
        calls: by handle.
        merges: live INVITEs by From tag, Call-ID and CSeq (§8.2.2.2).
        pending: requests that wait for `reply`, by token.
        roads: the transports that we have an address for.
    """

    def __init__(self, profile: Profile, tokens: Tokens) -> None:
        self.profile = profile
        self.tokens = tokens
        self.texts = Texts(profile)
        self.times = Times(profile.t1, profile.t2, profile.t4)
        self.now = 0.0
        self.alarms = Alarms()
        self.clients: dict[tuple[str, ...], tuple[ClientInvite | ClientOther, Outgoing]] = {}
        self.servers: dict[tuple[str, ...], tuple[ServerInvite | ServerOther, Incoming]] = {}
        self.dialogs: dict[tuple[str, str, str], tuple[Dialog, Call]] = {}
        self.calls: dict[str, Call] = {}
        self.merges: dict[tuple[str, str, int], tuple[str, ...]] = {}
        self.pending: dict[str, Pending] = {}
        self.noticed: Callable[[Transaction, Notice], None] | None = None
        self._by_address: dict[Address, set[Transaction]] = {}
        self._effects: list[Effect] = []
        self._asked: float | None = None
        self._seen: dict[str, float] = {}
        self._addresses = {a.transport: a for a in (*profile.other_contacts, profile.contact)}
        self.roads = frozenset(self._addresses)

    # --- effects ---------------------------------------------------------------------------------

    def send(self, data: bytes, to: Address) -> None:
        """Put bytes on the road."""
        self._effects.append(Send(data, to))

    def tell(self, event: Event) -> None:
        """Tell the floor above."""
        self._effects.append(Tell(event))

    def finish(self) -> list[Effect]:
        """Return the effects since the last time, with a WakeAt if an earlier one is needed."""
        earliest = self.alarms.earliest()
        if earliest is not None and (self._asked is None or earliest < self._asked):
            self._asked = earliest
            self._effects.append(WakeAt(earliest))
        effects, self._effects = self._effects, []
        return effects

    # --- timers ----------------------------------------------------------------------------------

    def ring_due(self) -> None:
        """Ring every alarm that is due."""
        self._asked = None
        while (ring := self.alarms.take(self.now)) is not None:
            ring()

    def after(self, delay: float, ring: Callable[[], None]) -> Alarm:
        """Call ``ring`` after so many seconds."""
        return self.alarms.set(self.now + delay, ring)

    def arm(self, owner: Transaction, timer: On, delay: float) -> object:
        """Arm a transaction's timer (`Host`)."""
        return self.alarms.set(self.now + delay, partial(self._timer, owner, timer))

    def disarm(self, alarm: object) -> None:
        """Disarm a transaction's timer (`Host`)."""
        if isinstance(alarm, Alarm):
            self.alarms.cancel(alarm)

    def _timer(self, owner: Transaction, timer: On) -> None:
        self.notice(owner, owner.step(timer))

    # --- transactions ----------------------------------------------------------------------------

    def notice(self, transaction: Transaction, notice: Notice | None) -> None:
        """Hand a timeout or a transport error of a transaction to its user."""
        if notice is not None and self.noticed is not None:
            self.noticed(transaction, notice)

    def watch(self, transaction: Transaction) -> None:
        """Remember whom to tell when the road to an address fails."""
        watchers = self._by_address.get(transaction.to)
        if watchers is None:
            self._by_address[transaction.to] = {transaction}
        else:
            watchers.add(transaction)

    def unwatch(self, transaction: Transaction) -> None:
        """Undo `watch`."""
        watchers = self._by_address.get(transaction.to)
        if watchers is not None:
            watchers.discard(transaction)
            if not watchers:
                del self._by_address[transaction.to]

    def watchers(self, to: Address) -> list[Transaction]:
        """Return the transactions that send to this address, in a steady order."""
        return sorted(self._by_address.get(to, ()), key=lambda transaction: transaction.key)

    def ended(self, transaction: Transaction) -> None:
        """Forget a transaction (`Host`)."""
        self.unwatch(transaction)
        key = transaction.key
        if key in self.clients and self.clients[key][0] is transaction:
            del self.clients[key]
        elif key in self.servers and self.servers[key][0] is transaction:
            incoming = self.servers.pop(key)[1]
            if incoming.call is None or incoming.call.phase.over:
                self.forget_merge(incoming)

    def forget_merge(self, incoming: Incoming) -> None:
        """Forget that this INVITE came: its call and its transaction are both over."""
        if incoming.merge is not None and self.merges.get(incoming.merge) == incoming.key:
            del self.merges[incoming.merge]

    # --- unreadable INVITEs ----------------------------------------------------------------------

    def seen_before(self, data: bytes) -> bool:
        """Say whether these bytes came within the last 64*T1, and remember them.

        Bounded: under a flood the oldest are forgotten, and a repetition is then told again.
        """
        self._forget_old()
        word = self.tokens.stamp_bytes(data)
        if word in self._seen:
            return True
        if len(self._seen) >= MOST_SEEN:
            del self._seen[next(iter(self._seen))]
        self._seen[word] = self.now + self.times.life
        return False

    def _forget_old(self) -> None:
        while self._seen:
            word = next(iter(self._seen))
            if self._seen[word] > self.now:
                return
            del self._seen[word]

    # --- ourselves -------------------------------------------------------------------------------

    def address(self, transport: str) -> Address:
        """Return our own address on this transport."""
        return self._addresses.get(transport, self.profile.contact)

    def sent_by(self, transport: str) -> str:
        """Return what our Via says."""
        own = self.address(transport)
        return f"{bracketed(own.host)}:{own.port}"

    def contact_line(self, transport: str) -> str:
        """Return our Contact for peers on this transport."""
        param = "" if transport == "udp" else ";transport=tcp"
        scheme = "sips" if transport == "tls" else "sip"
        return f"Contact: <{scheme}:{self.profile.user}@{self.sent_by(transport)}{param}>\r\n"

    @property
    def local_uri(self) -> str:
        """The URI of our From."""
        profile = self.profile
        return profile.local_uri or f"sip:{profile.user}@{bracketed(profile.contact.host)}"

    def is_empty(self) -> bool:
        """Say whether nothing at all is remembered: every call and transaction is over."""
        return not (
            self.clients
            or self.servers
            or self.dialogs
            or self.calls
            or self.merges
            or self.pending
            or self._by_address
            or len(self.alarms)
        )
