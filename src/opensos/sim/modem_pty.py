"""A pretend modem on a real pseudo-terminal: any program may open its path as a serial line."""

from __future__ import annotations

import asyncio
import os
import pty
import tty
from contextlib import suppress
from typing import TYPE_CHECKING

from opensos.sim.modem import PretendModem

if TYPE_CHECKING:
    from pathlib import Path

    from opensos.sim.modem_radio import ModemWorld

_CHUNK = 4096


class PtyModem:
    """Runs one ``PretendModem`` on the event loop. ``path`` is where it can be opened.

    ``link`` gives it a name that stays when it is plugged out and in again, as udev does.
    """

    def __init__(self, world: ModemWorld | None = None, link: Path | None = None) -> None:
        """Prepare; ``plug_in`` makes the device."""
        self.modem = PretendModem(self._say, world)
        self._link = link
        self._master = -1
        self._slave = -1
        self.path = ""

    def plug_in(self) -> str:
        """Make the device, watch it and return its path."""
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        if self._link is not None:
            with suppress(FileNotFoundError):
                self._link.unlink()
            self._link.symlink_to(self.path)
            self.path = str(self._link)
        asyncio.get_running_loop().add_reader(self._master, self._readable)
        return self.path

    def unplug(self) -> None:
        """Take the device away: who has it open reads an end of file or an error."""
        if self._master < 0:
            return
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)
        os.close(self._slave)
        self._master = self._slave = -1
        if self._link is not None:
            with suppress(FileNotFoundError):
                self._link.unlink()
        self.modem.call = None
        self.modem.forget()

    def noise(self, data: bytes) -> None:
        """Put raw bytes on the line."""
        self._say(data)

    def _readable(self) -> None:
        try:
            data = os.read(self._master, _CHUNK)
        except (BlockingIOError, OSError):
            return
        self.modem.receive(data)

    def _say(self, data: bytes) -> None:
        if self._master < 0:
            return
        with suppress(BlockingIOError, OSError):  # nobody reads: a UART drops it too
            os.write(self._master, data)
