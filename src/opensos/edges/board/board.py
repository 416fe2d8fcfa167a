"""The board: one object for all parts; a part that is not there answers None."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, Self

from opensos.edges.gnss_track import EARLIEST_UTC
from opensos.protocols.effects import OpenSosError
from opensos.rules.crash.samples import EMPTY, UNKNOWN_RANGE
from opensos.rules.readiness.readings import (
    AntennaReading,
    SetupReading,
    SimCard,
    SupplyReading,
    VehicleReading,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opensos import ports
    from opensos.ports import Clock, Fix, Seat, VehicleIdentity
    from opensos.rules.crash.samples import FullScale, Samples
    from opensos.rules.readiness.readings import (
        AirbagLineReading,
        AudioReading,
        BackupReading,
        BusReading,
        ButtonReading,
        GnssReading,
        LedReading,
        ModemReading,
        SoftwareReading,
    )

_FIX_IS_A_CLOCK_FOR_S = 600.0  # a receiver's time, carried on by the steady clock


class Part(Protocol):
    """Anything that was opened and must be closed."""

    async def close(self) -> None:
        """Let go of the hardware; never raises, never waits long."""
        ...


class GnssPart(Part, Protocol):
    """A receiver: its fixes, its health, and its antenna's diagnosis if it tells one."""

    def fix(self, now: float) -> Fix | None:
        """As the port ``Gnss``."""
        ...

    def recent(self, now: float) -> tuple[Fix, ...]:
        """As the port ``Gnss``."""
        ...

    def receiver(self, now: float) -> GnssReading | None:
        """As the port ``Receiver``."""
        ...

    def antenna(self, now: float) -> AntennaReading | None:
        """What the receiver says of its own antenna; None if it never said anything."""
        ...


class ModemPart(Part, Protocol):
    """A modem with its card."""

    def modem(self, now: float) -> ModemReading | None:
        """As the port ``Modem``."""
        ...

    def use_antenna(self, name: str, now: float) -> None:
        """As the port ``Modem``."""
        ...

    def sim_card(self, now: float) -> SimCard:
        """As the port ``Sim``."""
        ...


class AccelerometerPart(Part, Protocol):
    """An acceleration sensor."""

    @property
    def full_scale(self) -> FullScale:
        """As the port ``Accelerometer``."""
        ...

    def acceleration(self, now: float) -> Samples:
        """As the port ``Accelerometer``."""
        ...


class PowerPart(Part, Protocol):
    """Something that knows voltages: what it does not know is None."""

    def supply(self, now: float) -> SupplyReading:
        """As the port ``PowerLines``."""
        ...


class BackupPart(PowerPart, Protocol):
    """The unit's own battery."""

    def backup(self, now: float) -> BackupReading | None:
        """As the port ``Backup``."""
        ...


class AntennasPart(Part, Protocol):
    """Lines that measure antennas."""

    def antennas(self, now: float) -> tuple[AntennaReading, ...] | None:
        """As the port ``Antennas``."""
        ...


class AudioPart(Part, Protocol):
    """Microphone and speaker."""

    def audio(self, now: float) -> AudioReading | None:
        """As the port ``Audio``."""
        ...

    def test_tone(self, now: float) -> None:
        """As the port ``Audio``."""
        ...

    def play(self, sound: str, now: float) -> None:
        """As the port ``Audio``."""
        ...


class ButtonPart(Part, Protocol):
    """The SOS button."""

    def button(self, now: float) -> ButtonReading | None:
        """As the port ``Button``."""
        ...


class LampPart(Part, Protocol):
    """The SOS lamp."""

    def lamp(self, now: float) -> LedReading | None:
        """As the port ``Lamp``."""
        ...

    def show(self, pattern: str, now: float) -> None:
        """As the port ``Lamp``."""
        ...


class CanPart(Part, Protocol):
    """The car's bus and what is read from it."""

    def airbag_fired_at(self, now: float) -> float | None:
        """As the port ``AirbagLine``."""
        ...

    def airbag_line(self, now: float) -> AirbagLineReading | None:
        """As the port ``AirbagHealth``."""
        ...

    def bus(self, now: float) -> BusReading | None:
        """As the port ``Bus``."""
        ...

    def vehicle(self, now: float) -> VehicleReading:
        """Ignition, engine, speed as far as frames are configured for them."""
        ...

    def seats(self, now: float) -> tuple[Seat, ...]:
        """As the port ``Cabin``."""
        ...


class SoftwarePart(Part, Protocol):
    """The unit's own software and setup."""

    def software(self, now: float) -> SoftwareReading | None:
        """As the port ``Setup``."""
        ...

    def setup(self, now: float) -> SetupReading | None:
        """As the port ``Setup``."""
        ...


@dataclass(frozen=True, slots=True)
class BoardIdentity:
    """What the file says of the car. ``country`` is ISO 3166 alpha-2, None = not known."""

    vehicle: VehicleIdentity
    country: str | None = None


@dataclass(slots=True)
class BoardParts:
    """Which parts there are; ``adapters`` names for each part what does it (for ``describe``)."""

    gnss: GnssPart | None = None
    modem: ModemPart | None = None
    accelerometer: AccelerometerPart | None = None
    main_power: PowerPart | None = None
    battery: BackupPart | None = None
    antennas: AntennasPart | None = None
    audio: AudioPart | None = None
    button: ButtonPart | None = None
    lamp: LampPart | None = None
    can: CanPart | None = None
    software: SoftwarePart | None = None
    adapters: dict[str, str] = field(default_factory=dict)

    def opened(self) -> Sequence[Part]:
        """Return every part that there is, each once."""
        found = (
            self.gnss,
            self.modem,
            self.accelerometer,
            self.main_power,
            self.battery,
            self.antennas,
            self.audio,
            self.button,
            self.lamp,
            self.can,
            self.software,
        )
        return tuple({id(part): part for part in found if part is not None}.values())


class Board:
    """Keeps ``Car`` and ``Parts``; made by ``open_board``. An async context manager."""

    def __init__(self, identity: BoardIdentity, parts: BoardParts, clock: Clock) -> None:
        self._identity = identity
        self.parts = parts
        self._clock = clock

    async def __aenter__(self) -> Self:
        """Return the board."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close every part."""
        await self.close()

    async def close(self) -> None:
        """Let go of all hardware; a part that fails at that stops no other."""
        for part in self.parts.opened():
            with contextlib.suppress(OpenSosError, OSError):
                await part.close()

    # --- Car -------------------------------------------------------------------------------------

    @property
    def identity(self) -> VehicleIdentity:
        """What never changes."""
        return self._identity.vehicle

    @property
    def full_scale(self) -> FullScale:
        """The range of the acceleration sensor in g."""
        part = self.parts.accelerometer
        return UNKNOWN_RANGE if part is None else part.full_scale

    def fix(self, now: float) -> Fix | None:
        """Return the newest fix."""
        part = self.parts.gnss
        return None if part is None else part.fix(now)

    def recent(self, now: float) -> tuple[Fix, ...]:
        """Return up to two earlier fixes, newest first."""
        part = self.parts.gnss
        return () if part is None else part.recent(now)

    def acceleration(self, now: float) -> Samples:
        """Return the samples since the last call."""
        part = self.parts.accelerometer
        return EMPTY if part is None else part.acceleration(now)

    def airbag_fired_at(self, now: float) -> float | None:
        """Return when the airbag line fired (steady seconds)."""
        part = self.parts.can
        return None if part is None else part.airbag_fired_at(now)

    def seats(self, now: float) -> tuple[Seat, ...]:
        """Return every seat whose frames are configured."""
        part = self.parts.can
        return () if part is None else part.seats(now)

    def occupants(self, now: float) -> int | None:
        """Return the number of occupied seats; None where any is unknown, or there are none."""
        seats = self.seats(now)
        if not seats or any(seat.occupied is None for seat in seats):
            return None
        return sum(seat.occupied is True for seat in seats)

    def ignition_on(self, now: float) -> bool | None:
        """Return whether the ignition is on, None if no frame tells it."""
        return self.vehicle(now).ignition_on

    def supply(self, now: float) -> SupplyReading:
        """Return the voltages: the car's side from its part, the battery's from its own."""
        main, battery = self.parts.main_power, self.parts.battery
        nothing = SupplyReading(None, None, None)
        car = nothing if main is None else main.supply(now)
        own = nothing if battery is None else battery.supply(now)
        return SupplyReading(
            main_v=car.main_v,
            backup_v=car.backup_v if own.backup_v is None else own.backup_v,
            main_connected=car.main_connected,
        )

    def sim_card(self, now: float) -> SimCard:
        """Return the card's state; without a modem there is none."""
        part = self.parts.modem
        return SimCard("absent") if part is None else part.sim_card(now)

    def utc(self, now: float) -> float | None:  # noqa: ARG002  the port's signature
        """Return the machine's civil time; None while it has never been set."""
        utc = self._clock.utc()
        return utc if utc >= EARLIEST_UTC else None

    # --- Parts -----------------------------------------------------------------------------------

    def modem(self, now: float) -> ModemReading | None:
        """Return the modem's newest state."""
        part = self.parts.modem
        return None if part is None else part.modem(now)

    def use_antenna(self, name: str, now: float) -> None:
        """Switch the modem's antenna, if there is a modem."""
        if self.parts.modem is not None:
            self.parts.modem.use_antenna(name, now)

    def receiver(self, now: float) -> GnssReading | None:
        """Return the satellite receiver's newest state."""
        part = self.parts.gnss
        return None if part is None else part.receiver(now)

    def antennas(self, now: float) -> tuple[AntennaReading, ...] | None:
        """Return every antenna that something measures; a measured line wins over a said word."""
        measured = None if self.parts.antennas is None else self.parts.antennas.antennas(now)
        said = None if self.parts.gnss is None else self.parts.gnss.antenna(now)
        if said is None or any(a.name == said.name for a in measured or ()):
            return measured
        return (*(measured or ()), said)

    def backup(self, now: float) -> BackupReading | None:
        """Return the unit's own battery."""
        part = self.parts.battery
        return None if part is None else part.backup(now)

    def audio(self, now: float) -> AudioReading | None:
        """Return microphone and speaker."""
        part = self.parts.audio
        return None if part is None else part.audio(now)

    def test_tone(self, now: float) -> None:
        """Begin a tone test, if there is a speaker."""
        if self.parts.audio is not None:
            self.parts.audio.test_tone(now)

    def play(self, sound: str, now: float) -> None:
        """Play a sound by name, if there is a speaker."""
        if self.parts.audio is not None:
            self.parts.audio.play(sound, now)

    def button(self, now: float) -> ButtonReading | None:
        """Return the SOS button's raw contact."""
        part = self.parts.button
        return None if part is None else part.button(now)

    def lamp(self, now: float) -> LedReading | None:
        """Return the SOS lamp's circuit."""
        part = self.parts.lamp
        return None if part is None else part.lamp(now)

    def show(self, pattern: str, now: float) -> None:
        """Show a pattern by name, if there is a lamp."""
        if self.parts.lamp is not None:
            self.parts.lamp.show(pattern, now)

    def airbag_line(self, now: float) -> AirbagLineReading | None:
        """Return the airbag line's state."""
        part = self.parts.can
        return None if part is None else part.airbag_line(now)

    def bus(self, now: float) -> BusReading | None:
        """Return the car's bus."""
        part = self.parts.can
        return None if part is None else part.bus(now)

    def setup(self, now: float) -> SetupReading | None:
        """Return coding, mode and provisioning as the board's file says them."""
        part = self.parts.software
        return None if part is None else part.setup(now)

    def software(self, now: float) -> SoftwareReading | None:
        """Return version, slot and board."""
        part = self.parts.software
        return None if part is None else part.software(now)

    def reference_utc(self, now: float) -> float | None:
        """Return the receiver's time, carried on by the steady clock for at most ten minutes."""
        reading = self.receiver(now)
        if reading is None or reading.utc is None or reading.heard_at is None:
            return None
        age = now - reading.heard_at
        return reading.utc + age if 0.0 <= age <= _FIX_IS_A_CLOCK_FOR_S else None

    def vehicle(self, now: float) -> VehicleReading:
        """Return what the car is doing, as far as frames are configured."""
        part = self.parts.can
        seen = VehicleReading() if part is None else part.vehicle(now)
        return VehicleReading(
            ignition_on=seen.ignition_on,
            engine_running=seen.engine_running,
            cranking=seen.cranking,
            speed_kmh=seen.speed_kmh,
            country=self._identity.country,
        )


if TYPE_CHECKING:

    def _keeps(board: Board) -> tuple[ports.Car, ports.Parts]:
        return board, board
