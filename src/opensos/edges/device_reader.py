"""Bytes from a device file or a FIFO on the event loop; a device that goes away is opened again."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING, Protocol

from opensos.edges.why import why
from opensos.protocols.effects import OpenSosError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_CHUNK = 65_536


class Opened(Protocol):
    """What is to be done with a fresh descriptor (set a line's speed, ask for the first state)."""

    def __call__(self, fd: int) -> None:
        """May raise OSError or an error of ours: the device is then tried again later."""
        ...


class DeviceReader:
    """Opens ``path`` without blocking, hands its bytes to ``feed``, opens it again when it is lost.

    Attributes:
        trouble: why nothing can be read now, None while it is open.
        missing: whether the kernel says that there is no such device.
    """

    def __init__(
        self,
        path: Path,
        feed: Callable[[bytes], None],
        *,
        opened: Opened | None = None,
        retry_s: float = 2.0,
    ) -> None:
        self._path = path
        self._feed = feed
        self._opened = opened
        self._retry_s = retry_s
        self._loop = asyncio.get_running_loop()
        self._fd: int | None = None
        self._again: asyncio.TimerHandle | None = None
        self._closed = False
        self.trouble: str | None = None
        self.missing = False
        self._open()

    @property
    def fd(self) -> int | None:
        """The open descriptor, None while there is none."""
        return self._fd

    def close(self) -> None:
        """Let go of the device."""
        self._closed = True
        if self._again is not None:
            self._again.cancel()
        self._let_go()

    def _open(self) -> None:
        try:
            self._fd = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
            if self._opened is not None:
                self._opened(self._fd)
            self._loop.add_reader(self._fd, self._readable)
        except (OSError, OpenSosError) as error:
            self.missing = isinstance(error, FileNotFoundError)
            self._lost(why(error))
            return
        self.missing, self.trouble = False, None

    def _readable(self) -> None:
        if self._fd is None:
            return
        try:
            data = os.read(self._fd, _CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._lost(why(error))
            return
        if data:
            self._feed(data)
        else:
            self._lost("it ended")  # a FIFO without a writer, a pty without a master

    def _lost(self, why: str) -> None:
        self._let_go()
        self.trouble = why
        if not self._closed:
            self._again = self._loop.call_later(self._retry_s, self._open)

    def _let_go(self) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            with contextlib.suppress(OSError, ValueError):
                self._loop.remove_reader(fd)
            with contextlib.suppress(OSError):
                os.close(fd)
