"""What car and backend say to each other by data: one JSON envelope over MQTT and HTTPS.

``encode`` and ``decode`` carry any kind; ``sos_body`` and ``read_sos`` are the content of a
data-only SOS, ``acknowledge`` and ``read_ack`` that of the centre's own acknowledgement; topic
names and the request's path are in ``topics``. The format: ``docs/reference/data-only-sos.md``.

Deliberately absent: MQTT and HTTP themselves (libraries carry them), compression, signatures (the
road is TLS; remote commands bring theirs with a later issue), and any decision when to send again.
"""

from opensos.protocols.link.envelope import VERSION, Envelope, Salvage, decode, encode, salvage
from opensos.protocols.link.sos import (
    CAUSES,
    SOS,
    SOS_ACK,
    Ack,
    Sos,
    acknowledge,
    read_ack,
    read_sos,
    sos_body,
)
from opensos.protocols.link.strict import MOST_BYTES
from opensos.protocols.link.topics import ALL_UP, MEDIA_TYPE, SOS_PATH, car_of, down, up

__all__ = [
    "ALL_UP",
    "CAUSES",
    "MEDIA_TYPE",
    "MOST_BYTES",
    "SOS",
    "SOS_ACK",
    "SOS_PATH",
    "VERSION",
    "Ack",
    "Envelope",
    "Salvage",
    "Sos",
    "acknowledge",
    "car_of",
    "decode",
    "down",
    "encode",
    "read_ack",
    "read_sos",
    "salvage",
    "sos_body",
    "up",
]
