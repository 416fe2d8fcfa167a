"""The card: all that a screen shows about one incident, as values and as JSON.

Absent is ``None`` and null in JSON, never 0 and never false: an operator must be able to tell
"nobody is in the car" from "the car did not say".
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Level: TypeAlias = Literal["info", "warning", "error"]
State: TypeAlias = Literal["ringing", "connected", "ended", "unreadable", "data_only"]
Trigger: TypeAlias = Literal["automatic", "manual", "unknown"]
EndedWhy: TypeAlias = Literal[
    "cleared_down",
    "car_hung_up",
    "abandoned",
    "refused",
    "no_ack",
    "road",
    "session_timer",
    "lost_at_restart",
]


@dataclass(frozen=True, slots=True)
class Place:
    """The nearest inhabited place; the incident lies ``km`` to the ``bearing`` of it (N, NE…)."""

    name: str
    country: str
    km: float
    bearing: str

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "name": self.name,
            "country": self.country,
            "km": self.km,
            "bearing": self.bearing,
        }


@dataclass(frozen=True, slots=True)
class Position:
    """A position in degrees (WGS 84).

    ``trusted`` is the car's own word (within 150 m, 95 %), None from a source that gives none;
    ``radius_m`` covers the true place, None if nobody stated it.
    """

    lat: float
    lon: float
    source: Literal["msd", "pidf"]
    trusted: bool | None = None
    radius_m: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "lat": round(self.lat, 6),
            "lon": round(self.lon, 6),
            "source": self.source,
            "trusted": self.trusted,
            "radius_m": self.radius_m,
        }


@dataclass(frozen=True, slots=True)
class Vehicle:
    """What the MSD says about the vehicle; ``propulsion`` None = not said, () = none marked."""

    vin: str | None = None
    vin_masked: str | None = None
    make: str | None = None
    model_year: int | None = None
    type: str | None = None
    propulsion: tuple[str, ...] | None = None
    direction_deg: int | None = None
    occupants: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "vin": self.vin,
            "vin_masked": self.vin_masked,
            "make": self.make,
            "model_year": self.model_year,
            "type": self.type,
            "propulsion": None if self.propulsion is None else list(self.propulsion),
            "direction_deg": self.direction_deg,
            "occupants": self.occupants,
        }


@dataclass(frozen=True, slots=True)
class SeverityView:
    """How likely a severe injury is, 0 to 1, with its range, its flags and its caveat's key."""

    probability: float
    low: float
    high: float
    cdc_flag: bool
    high_concern_flag: bool
    caveat: str

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "probability": round(self.probability, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "cdc_flag": self.cdc_flag,
            "high_concern_flag": self.high_concern_flag,
            "caveat": self.caveat,
        }


@dataclass(frozen=True, slots=True)
class Crash:
    """What the car knows of the impact; changes of velocity in km/h."""

    impact: str | None = None
    rollover: bool | None = None
    delta_v_x_kmh: int | None = None
    delta_v_y_kmh: int | None = None
    range_kmh: int | None = None
    severity: SeverityView | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "impact": self.impact,
            "rollover": self.rollover,
            "delta_v_x_kmh": self.delta_v_x_kmh,
            "delta_v_y_kmh": self.delta_v_y_kmh,
            "range_kmh": self.range_kmh,
            "severity": None if self.severity is None else self.severity.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that an operator should know; ``code`` is stable, ``text`` is a sentence."""

    code: str
    level: Level
    text: str

    def to_json(self) -> dict[str, str]:
        """Return the JSON object."""
        return {"code": self.code, "level": self.level, "text": self.text}


@dataclass(frozen=True, slots=True)
class Link:
    """How a message without a voice call came.

    Attributes:
        car: the car's name on the link, masked if it is a vehicle's number.
        case: the car's name for the emergency, None if it gave none.
        road: ``mqtt`` or ``https``.
        seq: the newest message's number.
        cause: what the car said caused it (``automatic``, ``manual``, ``test``), None = not said.
        attempt: how often the car had sent the newest message, None = not said.
        sent_at: ISO UTC by the car's clock, None = not said.
    """

    car: str
    case: str | None
    road: str
    seq: int
    cause: str | None = None
    attempt: int | None = None
    sent_at: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "car": self.car,
            "case": self.case,
            "road": self.road,
            "seq": self.seq,
            "cause": self.cause,
            "attempt": self.attempt,
            "sent_at": self.sent_at,
        }


@dataclass(frozen=True, slots=True)
class Related:
    """Another incident that is probably the same emergency; ``kind`` says how it came."""

    id: str
    kind: Literal["voice", "data_only"]

    def to_json(self) -> dict[str, str]:
        """Return the JSON object."""
        return {"id": self.id, "kind": self.kind}


@dataclass(frozen=True, slots=True)
class Buttons:
    """What an operator may do with the incident now."""

    acknowledge: bool
    request_data: bool
    clear_down: bool
    call_back: bool

    def to_json(self) -> dict[str, bool]:
        """Return the JSON object."""
        return {
            "acknowledge": self.acknowledge,
            "request_data": self.request_data,
            "clear_down": self.clear_down,
            "call_back": self.call_back,
        }


@dataclass(frozen=True, slots=True)
class Card:
    """One incident as it stands. Times are ISO UTC with milliseconds.

    Attributes:
        id: the incident's name, 16 characters.
        test: a test call by its URN or by the MSD's own flag.
        source: where the call came from, as people write it; ``address`` is the same for the
            machine (``udp|127.0.0.1|5071``), so that a call back finds its way after a restart.
        callback_uri: where a call back goes; None if the caller left no address.
        position: the one to act on; ``positions`` holds every one that is known.
        msd: the JSON of ``opensos msd decode`` of the newest readable MSD.
        msd_count: how many MSDs arrived, readable or not.
        findings: what arrived with the call; ``notes`` what happened since.
        calling_back: a call back rings at the car.
        requesting: a request for data has not been answered yet.
        stored: False while the incident is in memory only, since the store cannot be written.
        link: how it came, for a message without a voice call; None for a call.
        related: incidents that are probably the same emergency, never merged with this one.
    """

    id: str
    opened_at: str
    urn: str
    caller: str
    source: str
    state: State = "ringing"
    ended_why: EndedWhy | None = None
    ended_at: str | None = None
    acknowledged_at: str | None = None
    test: bool = False
    trigger: Trigger = "unknown"
    callback_uri: str | None = None
    position: Position | None = None
    positions: tuple[Position, ...] = ()
    recent_positions: tuple[tuple[float, float], ...] = ()
    place: Place | None = None
    vehicle: Vehicle | None = None
    crash: Crash | None = None
    msd: Mapping[str, Any] | None = None
    msd_count: int = 0
    findings: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    established: bool = False
    calling_back: bool = False
    requesting: bool = False
    stored: bool = True
    address: str = ""
    link: Link | None = None
    related: tuple[Related, ...] = ()

    @property
    def can(self) -> Buttons:
        """What an operator may do now."""
        up = self.state in {"ringing", "connected"}
        return Buttons(
            acknowledge=self.acknowledged_at is None,
            request_data=self.state == "connected" and not self.requesting,
            clear_down=up or self.calling_back,
            call_back=not up and not self.calling_back and self.callback_uri is not None,
        )

    @property
    def up(self) -> bool:
        """Whether a process holds a call of this incident."""
        return self.calling_back or self.state in {"ringing", "connected"}

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object that the API sends (``docs/reference/centre-api.md``)."""
        return {**self.passing_json(), **self.lasting_json()}

    def passing_json(self) -> dict[str, Any]:
        """Return the keys that change with almost every event."""
        return {
            "id": self.id,
            "state": self.state,
            "ended_why": self.ended_why,
            "ended_at": self.ended_at,
            "acknowledged_at": self.acknowledged_at,
            "established": self.established,
            "calling_back": self.calling_back,
            "requesting": self.requesting,
            "stored": self.stored,
            "can": self.can.to_json(),
        }

    def lasting_json(self) -> dict[str, Any]:
        """Return the other keys: big, and the same for most of an incident's life."""
        return {
            "opened_at": self.opened_at,
            "test": self.test,
            "trigger": self.trigger,
            "urn": self.urn,
            "caller": self.caller,
            "callback_uri": self.callback_uri,
            "position": None if self.position is None else self.position.to_json(),
            "positions": [p.to_json() for p in self.positions],
            "recent_positions": [
                {"lat": round(lat, 6), "lon": round(lon, 6)} for lat, lon in self.recent_positions
            ],
            "place": None if self.place is None else self.place.to_json(),
            "vehicle": None if self.vehicle is None else self.vehicle.to_json(),
            "crash": None if self.crash is None else self.crash.to_json(),
            "msd": self.msd,
            "msd_count": self.msd_count,
            "findings": [f.to_json() for f in (*self.findings, *self.notes)],
            "notes": len(self.notes),
            "source": self.source,
            "address": self.address,
            "link": None if self.link is None else self.link.to_json(),
            "related": [r.to_json() for r in self.related],
        }

    def lasts(self, other: Card) -> bool:
        """Whether ``lasting_json`` of another card of the same incident must be the same."""
        return all(a is b for a, b in zip(_lasting(self), _lasting(other), strict=True))


_lasting = attrgetter(
    *("opened_at", "test", "trigger", "urn", "caller", "callback_uri", "position", "positions"),
    *("recent_positions", "place", "vehicle", "crash", "msd", "msd_count", "findings", "notes"),
    *("source", "address", "link", "related"),
)


def card_from_json(data: Mapping[str, Any]) -> Card:
    """Return the card that was written down; the inverse of ``Card.to_json``.

    A card of an earlier version lacks keys: they are unknown then.
    """
    findings = tuple(Finding(**f) for f in data.get("findings", ()))
    split = len(findings) - data.get("notes", 0)
    vehicle, crash, place, position = (
        data.get(k) for k in ("vehicle", "crash", "place", "position")
    )
    return Card(
        **{name: data[name] for name in _PLAIN if name in data},
        position=None if position is None else Position(**position),
        positions=tuple(Position(**p) for p in data.get("positions", ())),
        recent_positions=tuple((p["lat"], p["lon"]) for p in data.get("recent_positions", ())),
        place=None if place is None else Place(**place),
        vehicle=None if vehicle is None else _vehicle(vehicle),
        crash=None if crash is None else _crash(crash),
        findings=findings[:split],
        notes=findings[split:],
        link=None if data.get("link") is None else Link(**data["link"]),
        related=tuple(Related(**r) for r in data.get("related", ())),
    )


_PLAIN = (
    *("id", "opened_at", "urn", "caller", "source", "address", "state", "ended_why", "ended_at"),
    *("acknowledged_at", "test", "trigger", "callback_uri", "msd", "msd_count", "established"),
    *("calling_back", "requesting", "stored"),
)


def _vehicle(data: Mapping[str, Any]) -> Vehicle:
    propulsion = data["propulsion"]
    return Vehicle(
        **{**data, "propulsion": None if propulsion is None else tuple(propulsion)},
    )


def _crash(data: Mapping[str, Any]) -> Crash:
    severity = data["severity"]
    return Crash(**{**data, "severity": None if severity is None else SeverityView(**severity)})
