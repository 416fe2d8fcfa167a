"""What the unit asks of its car: sensors, memory, and ways to call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opensos.rules.crash.samples import FullScale, Samples
    from opensos.rules.emergency import Dial, Report
    from opensos.rules.readiness.readings import SimCard, SupplyReading


class JournalEntry(NamedTuple):
    """One line of the unit's journal; ``utc`` in seconds since 1970, ``data`` plain JSON values."""

    kind: str
    utc: float
    data: dict[str, Any]
    durable: bool


class JournalFinding(NamedTuple):
    """What could not be read: ``torn_last_write`` or ``corrupt_record``, at which byte."""

    code: str
    offset: int


class JournalContents(NamedTuple):
    """All that a journal holds, oldest first, and what it could not give back."""

    entries: tuple[JournalEntry, ...]
    findings: tuple[JournalFinding, ...]


class Journal(Protocol):
    """The unit's memory across a loss of power."""

    def read(self) -> JournalContents:
        """Return everything that can be read. Raises RoadError when there is no reading at all."""
        ...

    def append(
        self, kind: str, utc: float, data: Mapping[str, Any], *, durable: bool = False
    ) -> None:
        """Add one entry; a durable one is on the disk when this returns.

        Of each durable kind at least the newest is kept for ever, of the others the newest few
        hundred. Raises RoadError when the disk does not take it; nothing else is lost by that.
        """
        ...

    def close(self) -> None:
        """Let go of the disk."""
        ...


class CallLoad(NamedTuple):
    """What a call carries to the centre: the encoded MSD and a PIDF-LO document if there is one."""

    msd: bytes
    location: bytes | None


class Bearer(Protocol):
    """One way to carry an SOS call. Nothing here waits or raises: what happens is reported.

    ``call`` is the name that the procedure gave the attempt (``Dial.call``), or that the bearer
    gave a callback (``CalledBack.call``). After ``hang_up`` no report of that call follows.
    """

    def listen(self, tell: Callable[[Report], None]) -> None:
        """Say where reports go; before anything else is asked."""
        ...

    def dial(self, order: Dial, load: CallLoad) -> None:
        """Place one attempt: ends in Answered, Refused or Unreached, after any Ringing."""
        ...

    def send_data(self, call: str, msd: bytes) -> None:
        """Send a fresh MSD in the call: ends in DataDelivered or DataRefused."""
        ...

    def cannot_send(self, call: str) -> None:
        """Tell the centre that no MSD can be made."""
        ...

    def hang_up(self, call: str) -> None:
        """End the call, or take the attempt back."""
        ...

    def answer_callback(self, call: str) -> None:
        """Take the call back."""
        ...

    def decline(self, call: str) -> None:
        """Answer the call back with busy."""
        ...


# Every method takes ``now`` (steady seconds) so that the pretend car needs no clock of its own; a
# real edge may ignore it. None means "not known", never zero or false.


@dataclass(frozen=True, slots=True)
class Fix:
    """Where the receiver says that the car is.

    Attributes:
        utc: Time of the fix, seconds since 1970 UTC.
        latitude: Degrees WGS 84, north positive.
        longitude: Degrees, east positive.
        accuracy_m: Radius that holds the true place in 95 of 100 cases.
        heading_deg: Course over ground, clockwise from true north, 0 <= heading < 360.
        speed_kmh: Speed over ground.
    """

    utc: float
    latitude: float
    longitude: float
    accuracy_m: float | None = None
    heading_deg: float | None = None
    speed_kmh: float | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """One seat as the cabin's sensors see it; ``name`` is driver, front_passenger, rear_left …."""

    name: str
    occupied: bool | None
    belted: bool | None


@dataclass(frozen=True, slots=True)
class VehicleIdentity:
    """What never changes: ``vehicle_type`` (M1 …) and ``propulsion`` as the MSD names them."""

    vin: str
    vehicle_type: str = "M1"
    propulsion: tuple[str, ...] = ()


class Gnss(Protocol):
    """The satellite receiver."""

    def fix(self, now: float) -> Fix | None:
        """Return the newest fix, None if there is none yet."""
        ...

    def recent(self, now: float) -> tuple[Fix, ...]:
        """Return up to two earlier fixes, newest first (the MSD's N1 and N2)."""
        ...


class Accelerometer(Protocol):
    """The acceleration sensor; axes and signs as ``rules/crash/samples.py`` says."""

    @property
    def full_scale(self) -> FullScale:
        """The range of each channel in g, None where not known."""
        ...

    def acceleration(self, now: float) -> Samples:
        """Return the samples since the last call, on the steady clock; at most ten seconds."""
        ...


class AirbagLine(Protocol):
    """The airbag control unit's crash output."""

    def airbag_fired_at(self, now: float) -> float | None:
        """Return when the line fired (steady seconds), None while it has not."""
        ...


class Cabin(Protocol):
    """Who sits in the car and is belted."""

    def seats(self, now: float) -> tuple[Seat, ...]:
        """Return every seat that has a sensor."""
        ...

    def occupants(self, now: float) -> int | None:
        """Return how many people are in the car, None if unknown."""
        ...


class PowerLines(Protocol):
    """Ignition and supply."""

    def ignition_on(self, now: float) -> bool | None:
        """Return whether the ignition is on."""
        ...

    def supply(self, now: float) -> SupplyReading:
        """Return the voltages."""
        ...


class Sim(Protocol):
    """The SIM or eSIM."""

    def sim_card(self, now: float) -> SimCard:
        """Return the card's state."""
        ...


class CarClock(Protocol):
    """The unit's civil clock, which may be wrong."""

    def utc(self, now: float) -> float | None:
        """Return seconds since 1970 UTC as the car believes; None = not set."""
        ...


class Car(Gnss, Accelerometer, AirbagLine, Cabin, PowerLines, Sim, CarClock, Protocol):
    """All that a call asks its car; what the self-test asks besides is ``Parts``."""

    @property
    def identity(self) -> VehicleIdentity:
        """What never changes."""
        ...
