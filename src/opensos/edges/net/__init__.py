"""The roads of the IP network: UDP, TCP and TLS, each behind ``pump.Road``.

Deliberately absent: name resolution by SRV/NAPTR (RFC 3263); a car has its centre's address by
configuration, and a live deployment puts a proxy in front.
"""

from opensos.edges.net.stream import StreamRoad, StreamSettings
from opensos.edges.net.tls import client_context, server_context
from opensos.edges.net.udp import UdpRoad, bound_socket

__all__ = [
    "StreamRoad",
    "StreamSettings",
    "UdpRoad",
    "bound_socket",
    "client_context",
    "server_context",
]
