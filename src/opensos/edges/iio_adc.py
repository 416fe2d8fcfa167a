"""Lines measured by an ADC of Industrial I/O: the car's 12 V and the antennas' bias.

An antenna with an amplifier or a diagnosis resistor is fed through a series resistor: the voltage
behind it tells an open antenna (the feed's full voltage), a sound one, and a short (near zero). The
thresholds depend on the board's resistors and come from its file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.edges.background import Polled, Poller
from opensos.protocols.effects import RoadError, UserError
from opensos.rules.readiness.readings import AntennaReading, Circuit, SupplyReading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from opensos.ports import Clock

STALE_S = 10.0
_LONGEST_VALUE = 64


@dataclass(frozen=True, slots=True)
class AdcChannel:
    """One channel: ``(raw + offset) x scale`` is millivolts, times ``factor`` the line's voltage.

    Attributes:
        device: Directory of the device: ``/sys/bus/iio/devices/iio:device1``.
        channel: ``in_voltage0``.
        factor: The voltage divider in front of it: line over pin.
    """

    device: Path
    channel: str
    factor: float = 1.0

    def read_mv(self) -> float:
        """Measure, in millivolts of the line. Raises OSError, ValueError, RoadError."""
        raw = self._value("raw")
        if raw is None:
            raise RoadError(f"{self.device.name} has no channel {self.channel}.")
        scale = self._value("scale")
        if scale is None:
            scale = self._shared("scale")
        offset = self._value("offset")
        if offset is None:
            offset = self._shared("offset")
        return (raw + (offset or 0.0)) * (1.0 if scale is None else scale) * self.factor

    def _value(self, what: str) -> float | None:
        return _number(self.device / f"{self.channel}_{what}")

    def _shared(self, what: str) -> float | None:
        return _number(self.device / f"{self.channel.rstrip('0123456789')}_{what}")


@dataclass(frozen=True, slots=True)
class AntennaLine:
    """One antenna's line and what its voltages mean.

    Attributes:
        name: main, second, emergency or gnss.
        channel: Where it is measured.
        open_above_mv: From here on nothing draws current.
        short_below_mv: Below this the feed is pulled to ground.
        supply_above_mv: From here on the line touches the car's supply; None = never judged.
    """

    name: str
    channel: AdcChannel
    open_above_mv: float
    short_below_mv: float
    supply_above_mv: float | None = None

    def __post_init__(self) -> None:
        """Refuse thresholds in a wrong order."""
        top = float("inf") if self.supply_above_mv is None else self.supply_above_mv
        if not 0.0 <= self.short_below_mv < self.open_above_mv < top:
            raise UserError(
                f"The thresholds of the {self.name} antenna must rise: short_below_mv, "
                "open_above_mv, supply_above_mv."
            )

    def judge(self, millivolts: float) -> Circuit:
        """Return what a voltage says of the antenna."""
        if self.supply_above_mv is not None and millivolts >= self.supply_above_mv:
            return Circuit.SHORT_SUPPLY
        if millivolts >= self.open_above_mv:
            return Circuit.OPEN
        return Circuit.SHORT_GROUND if millivolts < self.short_below_mv else Circuit.OK


class AdcSupply(Polled[float]):
    """The car's voltage (``supply``): ``main_connected`` from a threshold."""

    def __init__(
        self,
        channel: AdcChannel,
        clock: Clock,
        *,
        connected_above_v: float = 6.0,
        every_s: float = 0.5,
    ) -> None:
        self._connected_above_v = connected_above_v
        super().__init__(Poller(channel.read_mv, clock, every_s=every_s, name="adc-supply"))

    def supply(self, now: float) -> SupplyReading:
        """Return the car's side of the supply; the battery's side is None."""
        millivolts = self._poller.fresh(now, STALE_S)
        if millivolts is None:
            return SupplyReading(None, None, None)
        volts = millivolts / 1000.0
        return SupplyReading(volts, None, volts >= self._connected_above_v)


class AdcAntennas:
    """Keeps ``Antennas``; each line has its own thread, so that one that hangs is alone in that."""

    def __init__(self, lines: Sequence[AntennaLine], clock: Clock, *, every_s: float = 1.0) -> None:
        self._lines = tuple(
            (line, Poller(line.channel.read_mv, clock, every_s=every_s, name=f"adc-{line.name}"))
            for line in lines
        )

    def start(self) -> None:
        """Begin to measure in the background."""
        for _, poller in self._lines:
            poller.start()

    def look(self) -> None:
        """Measure once, now."""
        for _, poller in self._lines:
            poller.look()

    @property
    def trouble(self) -> str | None:
        """Why the first line that cannot be measured cannot be."""
        troubles = (poller.trouble for _, poller in self._lines)
        return next((trouble for trouble in troubles if trouble is not None), None)

    def antennas(self, now: float) -> tuple[AntennaReading, ...]:
        """Return every line; one that was not measured lately has no circuit."""
        found = []
        for line, poller in self._lines:
            millivolts = poller.fresh(now, STALE_S)
            if millivolts is None:
                found.append(AntennaReading(line.name))
            else:
                circuit = line.judge(millivolts)
                found.append(AntennaReading(line.name, circuit, round(millivolts)))
        return tuple(found)

    async def close(self) -> None:
        """Measure no more."""
        for _, poller in self._lines:
            poller.stop()


def _number(path: Path) -> float | None:
    try:
        with path.open("rb") as file:
            value = float(file.read(_LONGEST_VALUE))
    except FileNotFoundError:
        return None
    if not abs(value) < 1e9:
        raise ValueError(f"{path.name} is no possible number")
    return value
