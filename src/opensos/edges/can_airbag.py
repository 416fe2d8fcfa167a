"""The car's CAN bus by python-can: airbag line, ignition, engine, speed, seats, and the bus itself.

**There is no public standard for the content of these frames**: which identifier, byte and value
say "the airbags have fired" is each maker's secret and differs from model to model. All of it comes
from the board's file; nothing is assumed. A frame that is not configured is unknown.

The bus is only listened to. Reading happens in a thread of its own; a bus that cannot be opened, or
fails, is opened again. After bus-off the controller must be restarted by the kernel
(``ip link set can0 type can restart-ms 100``): listening needs no more.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from opensos.edges.why import why
from opensos.ports import Seat
from opensos.protocols.effects import RoadError
from opensos.rules.readiness.readings import AirbagLineReading, BusReading, VehicleReading

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.ports import Clock

T = TypeVar("T")

_LOOK_S = 0.5  # how long one wait for a frame takes at most; bounds how long closing takes
_LONGEST_RETRY_S = 10.0
_MISSED_CYCLES = 5.0
_SILENT_S = 2.0
_ANOTHER_CRASH_S = 60.0  # a crash output that rests for so long and comes again is another crash
_PASSIVE_HOLDS_S = 10.0  # the kernel tells a change once; data goes on in error-passive

# linux/can/error.h: classes in the identifier, details of the controller in byte 1.
_ERR_CRTL, _ERR_BUSOFF, _ERR_RESTARTED = 0x04, 0x40, 0x100
_CRTL_PASSIVE, _CRTL_ACTIVE = 0x10 | 0x20, 0x40


class Frame(Protocol):
    """What we look at in a ``can.Message``."""

    arbitration_id: int
    is_error_frame: bool
    is_extended_id: bool
    is_remote_frame: bool
    data: bytearray


@dataclass(frozen=True, slots=True)
class FrameId:
    """Which frame: an identifier of 11 bits, or of 29 when ``extended``."""

    id: int
    extended: bool = False


@dataclass(frozen=True, slots=True)
class Bits:
    """A yes or no in a frame: byte ``byte`` with ``mask`` equals ``value``.

    Attributes:
        frame: Which frame.
        byte: Place in the data, from 0.
        mask: Which bits of that byte.
        value: What they are for yes; anything else is no, but for ``invalid``.
        invalid: What they are when the sender itself does not know.
    """

    frame: FrameId
    byte: int
    mask: int
    value: int
    invalid: int | None = None

    def read(self, data: bytes | bytearray) -> bool | None:
        """Return yes or no, None where the frame is too short or says that it does not know."""
        if self.byte >= len(data):
            return None
        bits = data[self.byte] & self.mask
        return None if bits == self.invalid else bits == self.value


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a frame: ``length`` bytes from ``byte``, times ``scale``, plus ``offset``."""

    frame: FrameId
    byte: int
    length: int = 2
    big_endian: bool = True
    scale: float = 1.0
    offset: float = 0.0
    low: float = 0.0
    high: float = 400.0

    def read(self, data: bytes | bytearray) -> float | None:
        """Return the number, None where the frame is too short or the number cannot be."""
        raw = data[self.byte : self.byte + self.length]
        if len(raw) < self.length:
            return None
        number = int.from_bytes(raw, "big" if self.big_endian else "little")
        value = number * self.scale + self.offset
        return value if self.low <= value <= self.high else None


@dataclass(frozen=True, slots=True)
class SeatBits:
    """One seat: who sits and who is belted."""

    name: str
    occupied: Bits | None = None
    belted: Bits | None = None


@dataclass(frozen=True, slots=True)
class CanSettings:
    """What to listen for.

    Attributes:
        interface: python-can's name of the interface: socketcan, virtual, ….
        channel: can0, ….
        bitrate: Only for interfaces that set it themselves (SocketCAN does not).
        fired: The airbag unit's crash output.
        fault: The airbag unit reports a fault of its own.
        cycle_s: How often the airbag frame comes when all is well.
        confirm: In how many frames one after the other ``fired`` must stand: one flipped bit that
            the CRC let pass is no crash.
        ignition: Ignition on.
        engine: Engine runs.
        cranking: Starter turns.
        speed: Road speed, km/h.
        seats: Seats.
        stale_s: What no frame has confirmed for so long is unknown.
    """

    interface: str
    channel: str
    bitrate: int | None = None
    fired: Bits | None = None
    fault: Bits | None = None
    cycle_s: float = 0.1
    confirm: int = 2
    ignition: Bits | None = None
    engine: Bits | None = None
    cranking: Bits | None = None
    speed: Figure | None = None
    seats: tuple[SeatBits, ...] = ()
    stale_s: float = 2.0


class CanBus:
    """Keeps ``AirbagLine``, ``AirbagHealth``, ``Bus``; what the car does in ``vehicle``, ``seats``.

    Attributes:
        trouble: why nothing can be heard, None while the bus is open.
    """

    def __init__(self, settings: CanSettings, clock: Clock, *, retry_s: float = 1.0) -> None:
        self._settings = settings
        self._clock = clock
        self._retry_s = retry_s
        self._lock = threading.Lock()
        self._frames: dict[FrameId, tuple[float, bytes]] = {}
        self._wanted = _wanted(settings)
        self._heard_at: float | None = None
        self._state: tuple[str, float] | None = None  # what the last error frame said, and when
        self._fired_at: float | None = None
        self._fired_in_a_row: list[float] = []
        self._rests_since: float | None = float("-inf")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="opensos-can", daemon=True)
        self.trouble: str | None = "not open yet"

    def start(self) -> None:
        """Begin to listen in the background."""
        self._thread.start()

    def hear(self, frame: Frame) -> None:
        """Take one frame in, from whichever thread."""
        now = self._clock.now()
        with self._lock:
            if frame.is_error_frame:
                self._error(frame, now)
                return
            self._heard_at = now
            if self._state is not None and self._state[0] == "bus_off":
                self._state = None  # who hears a frame is on the bus again
            if frame.is_remote_frame:
                return
            key = FrameId(frame.arbitration_id, frame.is_extended_id)
            if key in self._wanted:
                self._frames[key] = (now, bytes(frame.data))
                self._airbag(key, now)

    # --- ports -----------------------------------------------------------------------------------

    def airbag_fired_at(self, now: float) -> float | None:  # noqa: ARG002  the port's signature
        """Return when the first of the frames that confirmed it came; it stays."""
        with self._lock:
            return self._fired_at

    def airbag_line(self, now: float) -> AirbagLineReading | None:
        """Return the line's sign of life and the airbag unit's own fault; None if not configured.

        A silent line grows old: how long is too long is the monitor's judgement. CAN tells no
        circuit of a single line, so that is unknown.
        """
        fired = self._settings.fired
        if fired is None:
            return None
        with self._lock:
            heard = self._frames.get(fired.frame)
        fault = self._settings.fault
        return AirbagLineReading(
            heard_at=None if heard is None else heard[0],
            unit_fault=None if fault is None else self._read(fault.frame, fault.read, now),
        )

    def airbag_silent(self, now: float) -> bool | None:
        """Whether five cycles have passed without the airbag frame; None if not configured."""
        reading = self.airbag_line(now)
        if reading is None:
            return None
        oldest = _MISSED_CYCLES * self._settings.cycle_s
        return reading.heard_at is None or now - reading.heard_at > oldest

    def bus(self, now: float) -> BusReading:
        """Return the bus's state: ok, error_passive, bus_off, silent; None before the first word.

        A sleeping car's bus is silent: whether that is a fault depends on the ignition.
        """
        with self._lock:
            heard, state = self._heard_at, self._state
        if state is not None and (state[0] == "bus_off" or now - state[1] <= _PASSIVE_HOLDS_S):
            return BusReading(heard, state[0])
        if heard is None:
            return BusReading(None, None if self.trouble else "silent")
        return BusReading(heard, "ok" if now - heard <= _SILENT_S else "silent")

    def vehicle(self, now: float) -> VehicleReading:
        """Return ignition, engine, starter and speed, each None where no fresh frame tells it."""
        s = self._settings
        return VehicleReading(
            ignition_on=self._yes(s.ignition, now),
            engine_running=self._yes(s.engine, now),
            cranking=self._yes(s.cranking, now),
            speed_kmh=None if s.speed is None else self._read(s.speed.frame, s.speed.read, now),
        )

    def seats(self, now: float) -> tuple[Seat, ...]:
        """Return every seat that is configured."""
        return tuple(
            Seat(seat.name, self._yes(seat.occupied, now), self._yes(seat.belted, now))
            for seat in self._settings.seats
        )

    async def close(self) -> None:
        """Listen no more; the thread lets go of the bus by itself."""
        self._stop.set()
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join, 2 * _LOOK_S)

    # --- inside ----------------------------------------------------------------------------------

    def _yes(self, bits: Bits | None, now: float) -> bool | None:
        return None if bits is None else self._read(bits.frame, bits.read, now)

    def _read(self, frame: FrameId, read: Callable[[bytes], T | None], now: float) -> T | None:
        with self._lock:
            heard = self._frames.get(frame)
        if heard is None or now - heard[0] > self._settings.stale_s:
            return None
        return read(heard[1])

    def _airbag(self, key: FrameId, now: float) -> None:
        fired = self._settings.fired
        if fired is None or key != fired.frame:
            return
        if fired.read(self._frames[key][1]):
            self._fired_in_a_row.append(now)
            confirm = self._settings.confirm
            if len(self._fired_in_a_row) < confirm:
                return
            rests_since, self._rests_since = self._rests_since, None
            if rests_since is not None and now - rests_since > _ANOTHER_CRASH_S:
                self._fired_at = self._fired_in_a_row[0]
            del self._fired_in_a_row[confirm + 1 :]
        else:
            self._fired_in_a_row.clear()
            # Silence is no rest: a bus that slept for a night wakes with the same crash on it.
            self._rests_since = now if self._rests_since is None else self._rests_since

    def _error(self, frame: Frame, now: float) -> None:
        classes = frame.arbitration_id
        detail = frame.data[1] if len(frame.data) > 1 else 0
        if classes & _ERR_BUSOFF:
            self._state = ("bus_off", now)
        elif classes & _ERR_RESTARTED or (classes & _ERR_CRTL and detail & _CRTL_ACTIVE):
            self._state = None
        elif classes & _ERR_CRTL and detail & _CRTL_PASSIVE:
            self._state = ("error_passive", now)

    def _run(self) -> None:
        wait_s = self._retry_s
        while not self._stop.is_set():
            try:
                self._listen()
            except RoadError as error:
                self.trouble = str(error)
            self._stop.wait(wait_s)
            heard = self._heard_at
            quick = heard is not None and self._clock.now() - heard < _LONGEST_RETRY_S
            wait_s = self._retry_s if quick else min(2.0 * wait_s, _LONGEST_RETRY_S)

    def _listen(self) -> None:
        """Open the bus and hear frames until it fails or we stop. Raises RoadError."""
        import can  # noqa: PLC0415  heavy, and only for boards that have a bus

        options: dict[str, Any] = {}
        if self._settings.bitrate is not None:
            options["bitrate"] = self._settings.bitrate
        name = f"{self._settings.interface} {self._settings.channel}"
        try:
            with can.Bus(
                interface=self._settings.interface, channel=self._settings.channel, **options
            ) as bus:
                self.trouble = None
                while not self._stop.is_set():
                    frame = bus.recv(_LOOK_S)
                    if frame is not None:
                        self.hear(frame)
        except (can.CanError, OSError, ValueError, NotImplementedError, ImportError) as error:
            raise RoadError(f"The bus {name} cannot be heard: {why(error).rstrip('.')}.") from error


def _wanted(settings: CanSettings) -> frozenset[FrameId]:
    """Return the frames that say anything to us: the rest of a busy bus is not kept."""
    seats = [bits for seat in settings.seats for bits in (seat.occupied, seat.belted)]
    some = [
        settings.fired,
        settings.fault,
        settings.ignition,
        settings.engine,
        settings.cranking,
        settings.speed,
        *seats,
    ]
    return frozenset(one.frame for one in some if one is not None)
