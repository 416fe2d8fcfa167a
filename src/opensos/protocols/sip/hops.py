"""Where a message goes next, as far as that is known without DNS (RFC 3263 is for the edges).

An address literal is followed. A host name is not looked up: the message goes where the last one
of the same dialog came from, which is the same peer or the same proxy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.protocols.effects import Address, RemoteError

from .uri import SipUri, parse_uri

if TYPE_CHECKING:
    from .fields import Via

PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}


def bracketed(host: str) -> str:
    """Return the host as SIP writes it: IPv6 in brackets."""
    return f"[{host}]" if ":" in host and host[:1] != "[" else host


def bare(host: str) -> str:
    """Return the host as sockets take it: IPv6 without brackets."""
    return host[1:-1] if host[:1] == "[" else host


def is_literal(host: str) -> bool:
    """Say whether the host is an address rather than a name."""
    return host[:1] == "[" or ":" in host or host.replace(".", "").isdigit()


def response_address(via: Via, source: Address) -> Address:
    """Return where the answer to a request goes (RFC 3261 §18.2.2, RFC 3581 §4).

    On a stream: back on the same connection. On datagrams: to the host that the request came from
    (its ``received``), and to the port it came from if it asked by ``rport``, else to the port of
    its Via. ``maddr`` is not followed: it would let a stranger aim our answers at others.
    """
    if source.transport != "udp" or "rport" in via.params:
        return source
    return Address("udp", source.host, via.port or PORTS["udp"])


def fallback_address(via: Via, source: Address) -> Address:
    """Return where an answer goes when its connection is lost (RFC 3261 §18.2.2)."""
    return Address(source.transport, source.host, via.port or PORTS.get(source.transport, 5060))


def stamped_via(via: Via, raw: str, source: Address) -> str:
    """Return the top Via as an answer carries it: with received and rport (RFC 3581 §4)."""
    asked = via.params.raw("rport")
    if asked is None and bare(via.host) == source.host:
        return raw
    if asked == "" and "received" not in via.params:
        head, mark, tail = raw.partition(";rport")
        if mark and tail[:1] in {"", ";"}:  # the usual form, without taking the Via apart
            return f"{head};rport={source.port};received={source.host}{tail}"
    params = via.params if asked is None else via.params.with_param("rport", str(source.port))
    return (
        f"{via.protocol}/{via.transport} {via.sent_by}{params.with_param('received', source.host)}"
    )


def follow(uri: str, peer: Address, *, reuse: bool = True) -> Address:
    """Return where a request for this URI goes.

    Args:
        uri: the topmost Route, or the remote target.
        peer: where the dialog's last message came from.
        reuse: whether a stream from the same host may carry it; after its loss it may not.
    """
    try:
        parsed = parse_uri(uri)
    except RemoteError:
        return peer
    if not isinstance(parsed, SipUri) or not is_literal(parsed.host):
        return peer
    host = bare(parsed.host)
    wanted = "tls" if parsed.scheme == "sips" else (parsed.params.get("transport") or "").lower()
    transport = wanted if wanted in PORTS else peer.transport
    if reuse and transport == peer.transport != "udp" and host == peer.host:
        return peer
    return Address(transport, host, parsed.port or PORTS[transport])
