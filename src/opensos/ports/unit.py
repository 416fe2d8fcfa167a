"""What the unit asks of its parts, for the self-test and while it calls.

Nothing here waits: a real adapter talks to its part in the background and returns the newest that
it has, with the time at which it was heard; a hung line shows as age. Nothing here raises but
OpenSosError, and then the unit goes on without that part. A part that does not exist returns None.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.rules.readiness.readings import (
        AirbagLineReading,
        AntennaReading,
        AudioReading,
        BackupReading,
        BusReading,
        ButtonReading,
        GnssReading,
        LedReading,
        ModemReading,
        SetupReading,
        SoftwareReading,
        VehicleReading,
    )


class Modem(Protocol):
    """The cellular modem."""

    def modem(self, now: float) -> ModemReading | None:
        """Return its newest state."""
        ...

    def use_antenna(self, name: str, now: float) -> None:
        """Switch to the ``main`` or ``emergency`` antenna; ``ModemReading.antenna`` shows it."""
        ...


class Receiver(Protocol):
    """The health of the satellite receiver (its fixes come by the port ``Gnss``)."""

    def receiver(self, now: float) -> GnssReading | None:
        """Return its newest state."""
        ...


class Antennas(Protocol):
    """Antenna diagnosis."""

    def antennas(self, now: float) -> tuple[AntennaReading, ...] | None:
        """Return every antenna that has a diagnosis line."""
        ...


class Backup(Protocol):
    """The unit's own battery."""

    def backup(self, now: float) -> BackupReading | None:
        """Return its newest state."""
        ...


class Audio(Protocol):
    """Microphone and speaker."""

    def audio(self, now: float) -> AudioReading | None:
        """Return line diagnosis and the last tone test."""
        ...

    def test_tone(self, now: float) -> None:
        """Begin a tone test (about a second); its result shows in ``audio().tone``."""
        ...

    def play(self, sound: str, now: float) -> None:
        """Play a sound by name (``rules/emergency/signals.py``); ``silence`` stops."""
        ...


class Button(Protocol):
    """The SOS button."""

    def button(self, now: float) -> ButtonReading | None:
        """Return the raw contact; short presses since the last call may not be swallowed."""
        ...


class Lamp(Protocol):
    """The SOS lamp."""

    def lamp(self, now: float) -> LedReading | None:
        """Return its circuit."""
        ...

    def show(self, pattern: str, now: float) -> None:
        """Show a pattern by name (``rules/emergency/signals.py``)."""
        ...


class AirbagHealth(Protocol):
    """The line to the airbag unit (its crash signal comes by the port ``AirbagLine``)."""

    def airbag_line(self, now: float) -> AirbagLineReading | None:
        """Return the line's state."""
        ...


class Bus(Protocol):
    """The car's bus."""

    def bus(self, now: float) -> BusReading | None:
        """Return the bus's state."""
        ...


class Setup(Protocol):
    """Coding, modes, provisioning, software and board."""

    def setup(self, now: float) -> SetupReading | None:
        """Return coding, mode and provisioning."""
        ...

    def software(self, now: float) -> SoftwareReading | None:
        """Return version, slot and board."""
        ...

    def reference_utc(self, now: float) -> float | None:
        """Return civil time from satellites or network, None if neither gives any."""
        ...

    def vehicle(self, now: float) -> VehicleReading:
        """Return what the car is doing."""
        ...


class Parts(
    Modem,
    Receiver,
    Antennas,
    Backup,
    Audio,
    Button,
    Lamp,
    AirbagHealth,
    Bus,
    Setup,
    Protocol,
):
    """All the parts around the unit, beside the port ``Car``."""


class DataReport(NamedTuple):
    """What became of one offer: ``delivered`` only by the centre's own acknowledgement."""

    message_id: str
    delivered: bool
    why: str | None = None


class DataPath(Protocol):
    """One way to deliver a data-only SOS: MQTT, HTTPS. Nothing here waits or raises."""

    @property
    def name(self) -> str:
        """Return ``mqtt`` or ``https``."""
        ...

    def listen(self, tell: Callable[[DataReport], None]) -> None:
        """Say where reports go; before anything is offered."""
        ...

    def offer(self, message_id: str, envelope: bytes, timeout_s: float) -> None:
        """Try once to deliver; ends in exactly one report within the time, late ones included."""
        ...

    async def close(self) -> None:
        """Let go of the network."""
        ...
