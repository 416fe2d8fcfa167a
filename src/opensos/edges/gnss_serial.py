"""A satellite receiver that says NMEA on a serial line (or through a FIFO)."""

from __future__ import annotations

import termios
import tty
from typing import TYPE_CHECKING

from opensos.edges.device_reader import DeviceReader
from opensos.edges.gnss_track import EARLIEST_UTC, Track
from opensos.ports import Fix
from opensos.protocols.effects import UserError
from opensos.protocols.nmea import Framer, Receiver, decode
from opensos.rules.readiness.readings import AntennaReading, Circuit, GnssReading

if TYPE_CHECKING:
    from pathlib import Path

    from opensos.ports import Clock
    from opensos.protocols.nmea import State

_UTC_CARRIED_S = 10.0  # how long a receiver's last civil time is carried on by the steady clock
_CIRCUITS = {"ok": Circuit.OK, "open": Circuit.OPEN, "short": Circuit.SHORT_GROUND}


class SerialGnss:
    """Keeps ``Gnss`` and ``Receiver``; ``antenna`` is the receiver's own word on its antenna.

    Args:
        path: ``/dev/ttyAMA0``, ``/dev/ttyUSB1``, a pty or a FIFO.
        clock: When things were heard.
        baud: The line's speed, set once the line is open; None leaves it.
        retry_s: How long to wait before a lost line is opened again.

    Raises:
        UserError: The speed is none that a serial line knows.
    """

    def __init__(
        self, path: Path, clock: Clock, *, baud: int | None = 9600, retry_s: float = 2.0
    ) -> None:
        self._speed = None if baud is None else _speed(baud)
        self._clock = clock
        self._framer = Framer()
        self._receiver = Receiver(EARLIEST_UTC)
        self._track = Track()
        self._last: object = None
        self._line = DeviceReader(path, self.feed, opened=self._set_up, retry_s=retry_s)

    @property
    def trouble(self) -> str | None:
        """Why the line cannot be read, None while it can."""
        return self._line.trouble

    def feed(self, data: bytes) -> None:
        """Take bytes of the line in."""
        now = self._clock.now()
        for body in self._framer.feed(data):
            sentence = decode(body)
            if sentence is None:
                self._receiver.heard(now)
            else:
                self._receiver.hear(sentence, now)
            self._note(self._receiver.state(now))

    def fix(self, now: float) -> Fix | None:  # noqa: ARG002  the port's signature
        """Return the newest fix."""
        return self._track.newest

    def recent(self, now: float) -> tuple[Fix, ...]:  # noqa: ARG002  the port's signature
        """Return up to two earlier fixes, newest first."""
        return self._track.recent()

    def receiver(self, now: float) -> GnssReading:
        """Return the receiver's newest state; what it has not confirmed lately is None."""
        state = self._receiver.state(now)
        utc = None
        if state.utc is not None and state.utc_at is not None and state.heard_at is not None:
            carried = state.heard_at - state.utc_at
            utc = state.utc + carried if carried <= _UTC_CARRIED_S else None
        return GnssReading(
            heard_at=state.heard_at,
            fix_kind=state.kind,
            satellites_used=state.satellites_used,
            satellites_seen=state.satellites_seen,
            cn0_dbhz=state.cn0_dbhz,
            accuracy_m=state.accuracy_m,
            utc=utc,
        )

    def antenna(self, now: float) -> AntennaReading | None:
        """Return the receiver's own diagnosis of its antenna; None if it never gave one."""
        said = self._receiver.state(now).antenna
        return None if said is None else AntennaReading("gnss", _CIRCUITS[said])

    async def close(self) -> None:
        """Let go of the line."""
        self._line.close()

    def _note(self, state: State) -> None:
        if state.fix is None or state.fix == self._last:
            return
        self._last = state.fix
        fix = state.fix
        self._track.add(
            Fix(
                utc=self._clock.utc() if fix.utc is None else fix.utc,
                latitude=fix.latitude,
                longitude=fix.longitude,
                accuracy_m=fix.accuracy_m,
                heading_deg=fix.heading_deg,
                speed_kmh=fix.speed_kmh,
            )
        )

    def _set_up(self, fd: int) -> None:
        self._framer = Framer()
        try:
            tty.setraw(fd, termios.TCSANOW)
            attributes = termios.tcgetattr(fd)
            if self._speed is not None:
                attributes[4] = attributes[5] = self._speed
                termios.tcsetattr(fd, termios.TCSANOW, attributes)
        except termios.error:
            return  # a FIFO or a file has no speed


def _speed(baud: int) -> int:
    speed = getattr(termios, f"B{baud}", None)
    if not isinstance(speed, int) or baud <= 0:
        raise UserError(f"A serial line has no speed of {baud} baud: take 4800, 9600 … 921600.")
    return speed
