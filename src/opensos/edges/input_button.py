"""The SOS button as a key of the kernel's input layer (gpio-keys): ``/dev/input/event*``.

The kernel sends ``struct input_event`` (linux/input.h): time, type, code, value. A press that comes
and goes between two looks is still told, once; so is a release in the middle of a long hold.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from opensos.edges.device_reader import DeviceReader
from opensos.protocols.effects import RoadError
from opensos.rules.readiness.readings import ButtonReading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opensos.ports import Clock

EVENT = struct.Struct("@llHHi")
"""``struct input_event`` on this machine: two longs of time, type, code, value."""

KEY_SOS = 0x27F
"""The default code is the kernel's KEY_SOS (linux/input-event-codes.h)."""

_EV_SYN, _EV_KEY = 0, 1
_SYN_DROPPED = 3
_KEY_MAX = 0x2FF
_KEY_BYTES = (_KEY_MAX + 8) // 8
_NAME_BYTES = 256
_IOC_READ = 2 << 30


def _eviocg(number: int, size: int) -> int:
    """Return the request of one of input's ioctls (asm-generic/ioctl.h)."""
    return _IOC_READ | size << 16 | ord("E") << 8 | number


_EVIOCGNAME = _eviocg(0x06, _NAME_BYTES)
_EVIOCGKEY = _eviocg(0x18, _KEY_BYTES)


class InputButton:
    """Keeps ``Button``.

    Args:
        path: The device's file.
        clock: When things were heard.
        code: Which key of the device is the button.
        retry_s: How long to wait before a lost device is opened again.
    """

    def __init__(
        self, path: Path, clock: Clock, *, code: int = KEY_SOS, retry_s: float = 1.0
    ) -> None:
        self._code = code
        self._clock = clock
        self._rest = b""
        self._pressed: bool | None = None
        self._told: bool | None = None
        self._missed: bool | None = None  # a state that came and went since the last look
        self.heard_at: float | None = None
        self._line = DeviceReader(path, self.feed, opened=self._begin, retry_s=retry_s)

    @property
    def trouble(self) -> str | None:
        """Why the device cannot be read."""
        return self._line.trouble

    def feed(self, data: bytes) -> None:
        """Take bytes of the device in; half an event waits for its other half."""
        data = self._rest + data
        whole = len(data) - len(data) % EVENT.size
        self._rest = data[whole:]
        for _, _, kind, code, value in EVENT.iter_unpack(data[:whole]):
            if kind == _EV_SYN and code == _SYN_DROPPED:
                self._ask_state()  # the kernel's queue ran over: events are lost, the state is not
            elif kind == _EV_KEY and code == self._code:
                self._now_is(value != 0)  # 2 is the key's own repeat: still held

    def button(self, now: float) -> ButtonReading:  # noqa: ARG002  the port's signature
        """Return the contact; a state that came and went since the last look is told first."""
        if self._line.fd is None:
            return ButtonReading(fitted=False if self._line.missing else None)
        missed, self._missed = self._missed, None
        told = self._pressed if missed is None else missed
        self._told = told
        return ButtonReading(pressed=told, fitted=True)

    async def close(self) -> None:
        """Let go of the device."""
        self._line.close()

    def _now_is(self, pressed: bool) -> None:  # noqa: FBT001  the contact's state
        self.heard_at = self._clock.now()
        self._pressed = pressed
        if pressed != (self._told or False):
            self._missed = pressed

    def _begin(self, fd: int) -> None:
        self._rest = b""
        self._missed = self._told = None
        self._pressed = _held(fd, self._code)

    def _ask_state(self) -> None:
        if self._line.fd is not None and (held := _held(self._line.fd, self._code)) is not None:
            self._now_is(held)


def _held(fd: int, code: int) -> bool | None:
    """Ask whether a key is down now; None if this is no input device (a FIFO in a test)."""
    bits = array.array("B", bytes(_KEY_BYTES))
    try:
        fcntl.ioctl(fd, _EVIOCGKEY, bits, True)
    except OSError:
        return None
    return bool(bits[code // 8] >> code % 8 & 1)


def find_input(name: str, devices: Iterable[Path] | None = None) -> Path:
    """Return the input device that calls itself ``name``. Raises RoadError if none does."""
    found = devices if devices is not None else sorted(Path("/dev/input").glob("event*"))
    for path in found:
        with contextlib.suppress(OSError), path.open("rb", buffering=0) as file:
            text = array.array("B", bytes(_NAME_BYTES))
            fcntl.ioctl(file.fileno(), _EVIOCGNAME, text, True)
            if text.tobytes().rstrip(b"\0").decode("utf-8", errors="replace") == name:
                return path
    raise RoadError(f"No input device calls itself {name!r}.")
