"""A dialog: who speaks with whom, by which route, at which number (RFC 3261 §12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opensos.protocols.effects import RemoteError

from .fields import parse_name_addr
from .hops import bare, follow, is_literal
from .uri import SipUri, parse_uri

if TYPE_CHECKING:
    from opensos.protocols.effects import Address

    from .fields import Via
    from .headers import Headers
    from .message import Request, Response

MOST_ROUTES = 32
"""More hops than any real path has; the rest of a longer Record-Route is left out."""


def tag_in(headers: Headers, name: str) -> str:
    """Return the tag of From or To, or an empty text (RFC 2543 peers, §12.1.1)."""
    try:
        address = headers.read(name, parse_name_addr)
    except RemoteError:
        return ""
    return "" if address is None else address.tag or ""


def contact_uri(headers: Headers) -> str | None:
    """Return the URI of the first Contact, or ``None``."""
    try:
        addresses = headers.read_all("contact", parse_name_addr)
    except RemoteError:
        return None
    return addresses[0].uri if addresses and ":" in addresses[0].uri else None


class Path(NamedTuple):
    """How a request in a dialog is addressed: Request-URI, Route lines, and the next hop's URI."""

    uri: str
    routes: tuple[str, ...]
    hop: str


def path_for(target: str, route_set: tuple[str, ...]) -> Path:
    """Apply RFC 3261 §12.2.1.1: loose routing, or strict where the first route lacks ``lr``."""
    if not route_set:
        return Path(target, (), target)
    try:
        first = parse_name_addr(route_set[0]).uri
        uri = parse_uri(first)
    except RemoteError:
        return Path(target, route_set, target)
    if not isinstance(uri, SipUri) or "lr" in uri.params:
        return Path(target, route_set, first)
    plain = first.partition("?")[0]  # §19.1.1, table 1: no headers in a Request-URI
    return Path(plain, (*route_set[1:], f"<{target}>"), plain)


class Dialog:
    """One dialog, early or confirmed.

    Attributes:
        key: Call-ID, our tag, the peer's tag (§12).
        local: our From value with tag; remote: the To value with the peer's tag.
        local_cseq, remote_cseq: the last numbers used; ``None`` before the first.
        target: the remote target (§12.2.1.1).
        peer: where the peer's last message came from.
        allows: the methods that the peer listed in Allow, in upper case.
        packages: the INFO packages that the peer takes, in lower case (RFC 6086 §5.2.2).
        roads: the transports that we have; ``None`` = any. A target that names another one is
            reached by the road that the peer itself came on.
    """

    __slots__ = (
        "_hop",
        "_path",
        "allows",
        "key",
        "local",
        "local_cseq",
        "packages",
        "peer",
        "pinned",
        "remote",
        "remote_cseq",
        "reuse",
        "roads",
        "route_set",
        "rseq",
        "target",
    )

    def __init__(self, key: tuple[str, str, str], local: str, remote: str, peer: Address) -> None:
        self.key = key
        self.local = local
        self.remote = remote
        self.peer = peer
        self.local_cseq = 0
        self.remote_cseq: int | None = None
        self.target = ""
        self.route_set: tuple[str, ...] = ()
        self.reuse = True
        self.rseq: int | None = None
        self.pinned = False
        self.allows: frozenset[str] | None = None
        self.packages: frozenset[str] = frozenset()
        self.roads: frozenset[str] | None = None
        self._path: Path | None = None
        self._hop: Address | None = None

    @property
    def path(self) -> Path:
        """How requests are addressed now."""
        if self._path is None:
            self._path = path_for(self.target, self.route_set)
        return self._path

    def hop(self) -> Address:
        """Return where requests go now."""
        if self.pinned:
            return self.peer
        if self._hop is None:
            hop = follow(self.path.hop, self.peer, reuse=self.reuse)
            known = self.roads is None or hop.transport in {*self.roads, self.peer.transport}
            self._hop = hop if known else self.peer
        return self._hop

    def leave_connection(self) -> None:
        """Take note that the peer's connection is lost: from now on only its addresses count."""
        self.reuse = self.pinned = False
        self._hop = None

    def heard_from(self, source: Address) -> None:
        """Take note where the peer speaks from now.

        It matters where requests go back to the source rather than to an address that the peer
        wrote: on a connection, which may be a new one, and behind a translator, whose port moves.
        """
        same_kind = source.transport == self.peer.transport
        if same_kind and source != self.peer and (source.transport != "udp" or self.pinned):
            self.peer = source
            self.reuse = True
            self._hop = None

    def next_cseq(self) -> int:
        """Return the number of our next request (§12.2.1.1)."""
        self.local_cseq += 1
        return self.local_cseq

    def in_order(self, number: int) -> bool:
        """Say whether a request of the peer comes in order, and remember it (§12.2.2)."""
        if self.remote_cseq is not None and number <= self.remote_cseq:
            return False
        self.remote_cseq = number
        return True

    def refresh_target(self, headers: Headers) -> None:
        """Take the Contact of a target refresh request or its 2xx (§12.2.1.2, §12.2.2)."""
        uri = contact_uri(headers)
        if uri is not None and uri != self.target:
            self.target = uri
            self._path = self._hop = None
            self.pinned = False

    def learn(self, headers: Headers) -> None:
        """Take note of what the peer says that it can: Allow and Recv-Info."""
        if "allow" in headers:
            self.allows = frozenset(m.upper() for m in headers.values("allow"))
        if "recv-info" in headers:
            self.packages = frozenset(
                value.partition(";")[0].strip().lower() for value in headers.values("recv-info")
            )

    def can(self, method: str) -> bool:
        """Say whether the peer takes this method; a peer that never said is believed to not."""
        return self.allows is not None and method in self.allows


def dialog_as_uas(request: Request, via: Via, source: Address, local: tuple[str, str]) -> Dialog:
    """Make the callee's dialog from an INVITE (§12.1.1); ``local`` is the To value and our tag."""
    headers = request.headers
    remote = headers.get("from") or ""
    key = (headers.get("call-id") or "", local[1], tag_in(headers, "from"))
    dialog = Dialog(key, local[0], remote, source)
    dialog.route_set = headers.values("record-route")[:MOST_ROUTES]
    dialog.target = contact_uri(headers) or _uri_in(headers, "from")
    dialog.learn(headers)
    # A caller behind a translator cannot know its outer address: what it wrote in Contact leads
    # nowhere, so stay with the address that its INVITE came from, as RFC 3581 does for answers.
    host = bare(via.host)
    dialog.pinned = not dialog.route_set and is_literal(via.host) and host != source.host
    return dialog


def dialog_as_uac(
    response: Response, local: tuple[str, str], target: str, source: Address
) -> Dialog:
    """Make the caller's dialog from an answer (§12.1.2).

    Args:
        response: a 101-299 answer to our INVITE.
        local: our From value, and its tag.
        target: where requests go if the answer lacks a Contact.
        source: where the answer came from.
    """
    headers = response.headers
    remote = headers.get("to") or ""
    key = (headers.get("call-id") or "", local[1], tag_in(headers, "to"))
    dialog = Dialog(key, local[0], remote, source)
    dialog.route_set = tuple(reversed(headers.values("record-route")))[:MOST_ROUTES]
    dialog.target = contact_uri(headers) or target
    dialog.learn(headers)
    return dialog


def _uri_in(headers: Headers, name: str) -> str:
    """Return the URI of From or To, or an empty text if it cannot be read."""
    try:
        address = headers.read(name, parse_name_addr)
    except RemoteError:
        return ""
    return "" if address is None else address.uri
