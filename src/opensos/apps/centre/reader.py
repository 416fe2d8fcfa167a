"""Reads what came with a call; whatever it holds, the call goes on."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from opensos.protocols import msd, pidf
from opensos.protocols.effects import Address
from opensos.rules.incident import (
    Arrival,
    Card,
    Finding,
    LocationReading,
    MsdReading,
    RawMessage,
    card_from_json,
    open_card,
    read_location,
    read_msd,
)

if TYPE_CHECKING:
    from opensos.ports import Places
    from opensos.protocols.ngecall.events import CallArrived
    from opensos.rules.incident import Place

log = logging.getLogger(__name__)

_PARTS = 20
MSD_TYPE = "application/EmergencyCallData.eCall.MSD"
LOCATION_TYPE = "application/pidf+xml"
_BUG = Finding("reader.failed", "error", "The centre failed to read a part; its bytes are kept.")
_EMPTY = Finding("msd.empty", "error", "The car's message held no data; its bytes are kept.")


class Reader:
    """Turns bytes into cards. Its readers should never raise; if one does, the call still lives."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def open(self, arrival: Arrival, event: CallArrived) -> tuple[Card, bool | None]:
        """Return the card of a new call, and what to acknowledge (None = there was no MSD)."""
        reading = None if event.msd is None else self.msd(event.msd)
        location = None if event.location is None else self.location(event.location)
        received = None if reading is None else reading.received
        if reading is None and event.msd_cid is not None:
            received = False  # the car points to an MSD that did not come along
        try:
            return open_card(arrival, reading, location, self.nearest), received
        except Exception:
            log.exception("The card of incident %s is bare", arrival.incident_id)
            return _bare(arrival), received

    def msd(self, data: bytes | None) -> MsdReading:
        """Read an MSD."""
        if data is None:
            return MsdReading(received=False, findings=(_EMPTY,))
        try:
            return read_msd(msd.decode(data))
        except Exception:
            log.exception("An MSD could not be read: %s", data[:140].hex())
            return MsdReading(received=False, findings=(_BUG,))

    def nearest(self, latitude: float, longitude: float) -> Place | None:
        """Name the nearest place, None if that fails."""
        try:
            return self._places.nearest(latitude, longitude)
        except Exception:
            log.exception("No place for %f, %f", latitude, longitude)
            return None

    def card(self, text: str) -> Card:
        """Read a card that this or an earlier version wrote down. Raises nothing of its own."""
        return card_from_json(json.loads(text))

    def location(self, data: bytes) -> LocationReading:
        """Read a location document."""
        try:
            return LocationReading(*read_location(pidf.decode(data)))
        except Exception:
            log.exception("A location could not be read")
            return LocationReading(None, (_BUG,))


def raw_messages(event: CallArrived) -> tuple[RawMessage, ...]:
    """Return everything that a call brought, exactly as it came."""
    found = [RawMessage("invite", "message/sip", event.raw)]
    if event.msd is not None:
        found.append(RawMessage("msd", MSD_TYPE, event.msd))
    if event.location is not None:
        found.append(RawMessage("location", LOCATION_TYPE, event.location))
    found += [
        RawMessage("part", _plain(p.content_type), p.body) for p in event.other_parts[:_PARTS]
    ]
    return tuple(found)


def _plain(text: str) -> str:
    """Return a stranger's text as every database takes it: bytes that are no text escaped."""
    return text[:200].replace("\0", "\\0").encode("utf-8", "backslashreplace").decode("utf-8")


def transport_address(address: Address) -> str:
    """Write an address so that ``read_address`` gives it back."""
    return f"{address.transport}|{address.host}|{address.port}"


def read_address(text: str) -> Address:
    """Read what ``transport_address`` wrote."""
    transport, host, port = text.split("|")
    return Address(transport, host, int(port))


def _bare(arrival: Arrival) -> Card:
    return Card(
        id=arrival.incident_id,
        opened_at=arrival.at,
        urn=arrival.urn[:300],
        caller=arrival.caller[:300],
        callback_uri=arrival.callback_uri,
        source=arrival.source,
        address=arrival.address,
        test=arrival.test,
        findings=(_BUG,),
    )
