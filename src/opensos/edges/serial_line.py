"""A serial line to a modem and the dialogue on it: opened, watched, reopened; it never blocks.

pyserial opens the line and sets its speed, in a thread and with a time limit; from then on the
event loop watches the file descriptor. A line that cannot be opened, is unplugged or takes no bytes
is closed and opened again after a growing pause. Who asks on a line that is away hears ``Failed``.
"""

from __future__ import annotations

import asyncio
import errno
import os
import termios
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

from opensos.edges.pump import Pump
from opensos.protocols.at import (
    SERIAL,
    Answered,
    Command,
    Dialogue,
    Failed,
    Limits,
    Noise,
    Ready,
    Silent,
    Steps,
    Unasked,
)
from opensos.protocols.effects import LocalError

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.ports import Clock
    from opensos.protocols.effects import Address

_CHUNK = 4096
_MOST_UNSENT = 8192
"""Bytes that may wait for a modem that takes none (flow control); more, and the line is broken."""


@dataclass(frozen=True, slots=True)
class LineSettings:
    """Times in seconds.

    Attributes:
        reopen_s: pauses before each new try to open; the last one repeats.
        open_limit_s: how long opening may take.
        limits: the dialogue's.
        live: whether commands that could call for help may be sent at all.
    """

    reopen_s: tuple[float, ...] = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
    open_limit_s: float = 10.0
    limits: Limits = field(default_factory=Limits)
    live: bool = False


@dataclass(frozen=True, slots=True)
class LineHealth:
    """What is the matter with the line.

    Attributes:
        state: ``ok``, ``silent`` (open, no answer), ``garbage`` (open, noise instead of answers: a
            wrong speed, a broken cable) or ``away`` (cannot be opened, unplugged).
        since: steady seconds.
        noise: bytes of noise since the last good answer.
        why: the system's word for why it is away.
    """

    state: str
    since: float
    noise: int = 0
    why: str | None = None


class OpenPort(Protocol):
    """An open line: what pyserial's ``Serial`` offers."""

    def fileno(self) -> int:
        """Return the file descriptor."""
        ...

    def close(self) -> None:
        """Close the line."""
        ...


Opener: TypeAlias = "Callable[[], OpenPort]"


def serial_opener(path: str, baud: int = 115_200) -> Opener:
    """Return what opens a serial line by its path, at so many bits a second."""

    def opened() -> OpenPort:
        import serial  # noqa: PLC0415  # only a unit with a serial modem pays for it

        return serial.Serial(path, baud, timeout=0, write_timeout=0, exclusive=True)

    return opened


class Listener(Protocol):
    """Who hears what no command asked for."""

    def line_ready(self) -> None:
        """The modem answers (again) and knows nothing of what was set before."""
        ...

    def line_says(self, text: str) -> None:
        """One unasked line."""
        ...


class SerialLine:
    """One modem's line. ``ask`` and ``run`` may be called at any time, from one event loop."""

    def __init__(self, opener: Opener, clock: Clock, settings: LineSettings | None = None) -> None:
        """Prepare; nothing is opened before ``start``."""
        self._opener = opener
        self._clock = clock
        self._settings = settings or LineSettings()
        self._dialogue = Dialogue(self._settings.limits, live=self._settings.live)
        self._pump = Pump(self._dialogue, clock, self._heard)
        self._pump.add_road("serial", _Writer(self))
        self._replies: dict[int, asyncio.Future[Answered | Failed]] = {}
        self._listeners: list[Listener] = []
        self._port: OpenPort | None = None
        self._fd = -1
        self._unsent = bytearray()
        self._opening: asyncio.Task[None] | None = None
        self._tries = 0
        self._closed = False
        self._health = LineHealth("away", clock.now(), why="not opened yet")
        self.answered_at: float | None = None
        """Steady seconds of the last final result."""

    # --- what can be seen

    @property
    def live(self) -> bool:
        """Whether commands that could call for help may be sent."""
        return self._settings.live

    @property
    def ready(self) -> bool:
        """Whether the modem answers."""
        return self._dialogue.ready

    def health(self) -> LineHealth:
        """Return what is the matter with the line."""
        return self._health

    def now(self) -> float:
        """Return the time that the dialogue lives in."""
        return self._clock.now()

    # --- what can be done

    def listen(self, listener: Listener) -> None:
        """Add one who hears unasked lines."""
        self._listeners.append(listener)

    def forget(self, listener: Listener) -> None:
        """Tell this one nothing any more."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def start(self) -> None:
        """Begin to open the line, and keep it open from now on."""
        if self._opening is None:
            self._opening = asyncio.get_running_loop().create_task(self._open())

    async def ask(self, command: Command) -> Answered | Failed:
        """Ask one command; ends in bounded time.

        A command that could reach emergency services fails as ``forbidden`` unless the line is
        live.
        """
        if self._closed:
            return Failed(0, command, "lost")
        try:
            ticket, effects = self._dialogue.ask(command, self._clock.now())
        except LocalError:
            return Failed(0, command, "forbidden")
        reply: asyncio.Future[Answered | Failed] = asyncio.get_running_loop().create_future()
        self._replies[ticket] = reply
        self._pump.do(effects)
        return await reply

    async def run(self, steps: Steps) -> bool:
        """Run a procedure to its end; stop it where the modem is silent. Tell whether it ended."""
        try:
            command = next(steps)
            while True:
                reply = await self.ask(command)
                if isinstance(reply, Failed) and reply.why != "forbidden":
                    return False
                command = steps.send(reply)
        except StopIteration:
            return True
        finally:
            steps.close()

    def restarted(self) -> None:
        """Learn that the modem has started anew: probe it, then tell the listeners ``ready``."""
        self._pump.do(self._dialogue.restarted(self._clock.now()))

    async def close(self) -> None:
        """Let go of the line; all that waits fails."""
        self._closed = True
        if self._opening is not None:
            self._opening.cancel()
            with suppress(asyncio.CancelledError):
                await self._opening
        self._shut()
        self._pump.do(self._dialogue.road_failed(SERIAL, self._clock.now()))
        await self._pump.close()

    # --- opening

    async def _open(self) -> None:
        """Try until the line is open."""
        while self._port is None:
            why = await self._try_to_open()
            if why is None:
                return
            self._set_health("away", why=why)
            pauses = self._settings.reopen_s
            pause = pauses[min(self._tries, len(pauses) - 1)]
            self._tries += 1
            await asyncio.sleep(pause)

    async def _try_to_open(self) -> str | None:
        """Return why it did not work, None if it did."""
        try:
            async with asyncio.timeout(self._settings.open_limit_s):
                port = await asyncio.to_thread(self._opener)
        except TimeoutError:
            return "opening takes too long"
        except Exception as error:  # noqa: BLE001  # termios.error too: it is tried again
            return _word(error)
        try:
            self._watch(port)
        except (OSError, ValueError) as error:
            port.close()
            return _word(error)
        return None

    def _watch(self, port: OpenPort) -> None:
        fd = port.fileno()
        os.set_blocking(fd, False)
        asyncio.get_running_loop().add_reader(fd, self._readable)
        self._port, self._fd = port, fd
        self._unsent.clear()
        self._set_health("silent")
        self._pump.do(self._dialogue.opened(self._clock.now()))

    def _broken(self, why: str) -> None:
        """Close a line that has failed and begin to open it again."""
        if self._port is None:
            return
        self._shut()
        self._set_health("away", why=why)
        self._pump.do(self._dialogue.road_failed(SERIAL, self._clock.now()))
        if not self._closed:
            self._opening = asyncio.get_running_loop().create_task(self._reopen())

    async def _reopen(self) -> None:
        await asyncio.sleep(self._settings.reopen_s[0])
        await self._open()

    def _shut(self) -> None:
        port, self._port = self._port, None
        if port is None:
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._fd)
        loop.remove_writer(self._fd)
        with suppress(OSError, termios.error):
            # What was not sent would make close() wait for a modem that takes nothing.
            termios.tcflush(self._fd, termios.TCIOFLUSH)
        with suppress(OSError):
            port.close()
        self._fd = -1
        self._unsent.clear()

    # --- bytes

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, _CHUNK)
        except BlockingIOError:
            return
        except OSError as error:  # EIO: unplugged
            self._broken(_word(error))
            return
        if not data:
            self._broken("unplugged")
            return
        self._pump.received(data, SERIAL)

    def write(self, data: bytes) -> None:
        """Send bytes, or keep them until the modem takes them; too many, and the line is broken."""
        if self._port is None:
            return
        if not self._unsent:
            data = data[self._put(data) :]
        if not data or self._port is None:
            return
        if len(self._unsent) + len(data) > _MOST_UNSENT:
            self._broken("takes no bytes")
            return
        self._unsent += data
        asyncio.get_running_loop().add_writer(self._fd, self._writable)

    def _writable(self) -> None:
        del self._unsent[: self._put(bytes(self._unsent))]
        if not self._unsent and self._port is not None:
            asyncio.get_running_loop().remove_writer(self._fd)

    def _put(self, data: bytes) -> int:
        try:
            return os.write(self._fd, data)
        except BlockingIOError:
            return 0
        except OSError as error:
            self._broken(_word(error))
            return len(data)

    # --- what the dialogue tells

    def _heard(self, event: object) -> None:
        match event:
            case Answered(ticket):
                self.answered_at = self._clock.now()
                self._set_health("ok")
                self._reply(ticket, event)
            case Failed(ticket):
                self._reply(ticket, event)
            case Unasked(text):
                for listener in tuple(self._listeners):
                    listener.line_says(text)
            case Noise(count):
                self._noisy(count)
            case Silent():
                if self._health.state == "ok":
                    self._set_health("silent")
            case Ready():
                self._tries = 0
                self._set_health("ok")
                self.answered_at = self._clock.now()
                for listener in tuple(self._listeners):
                    listener.line_ready()

    def _reply(self, ticket: int, event: Answered | Failed) -> None:
        reply = self._replies.pop(ticket, None)
        if reply is None or reply.done():
            # ``ask`` registers its future before the effects are done, so this is one whose asker
            # was cancelled.
            return
        reply.set_result(event)

    def _noisy(self, count: int) -> None:
        noise = self._health.noise + count
        state = "garbage" if not self._dialogue.ready else self._health.state
        since = self._health.since if state == self._health.state else self._clock.now()
        self._health = LineHealth(state, since, noise)

    def _set_health(self, state: str, why: str | None = None) -> None:
        if state == self._health.state:
            if state == "ok" and self._health.noise:
                self._health = LineHealth("ok", self._health.since)
            elif why != self._health.why:
                self._health = LineHealth(state, self._health.since, self._health.noise, why)
            return
        self._health = LineHealth(state, self._clock.now(), why=why)


class _Writer:
    """The pump's road: this line."""

    def __init__(self, line: SerialLine) -> None:
        self._line = line

    def send(self, data: bytes, to: Address) -> None:
        """Send bytes."""
        del to
        self._line.write(data)

    async def close(self) -> None:
        """Do nothing: the line closes itself."""


def _word(error: Exception) -> str:
    number = getattr(error, "errno", None)
    known = errno.errorcode.get(number) if isinstance(number, int) else None
    return known or str(error)[:80] or type(error).__name__
