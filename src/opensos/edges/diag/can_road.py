"""Carries ISO-TP over a CAN bus by python-can: D-CAN's extended addressing and plain pairs."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opensos.edges.in_turn import InTurn
from opensos.edges.why import why
from opensos.protocols.effects import Effect, RoadError, Send, Tell, WakeAt
from opensos.protocols.isotp import CanAddress, Link, LinkSettings, Node, Received

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import can

    from .gateway import Gateway

_ALL_UNITS = "all"
_ALL_UNITS_PLAIN = "all, plain"
_N_AS = 1.0  # how long the bus may refuse a frame (ISO 15765-2 table 16)
_RETRY_S = 0.005
_MOST_UNSENT = 2000
_BURST = 32  # frames taken in before the loop turns to others
_REST_S = 1.0  # before a bus that failed is listened to again


def _no_pairs() -> Mapping[int, tuple[int, int]]:
    return {}


@dataclass(frozen=True, slots=True)
class CanSettings:
    """Which bus, and under which identifiers the units are reached.

    ``plain`` maps a unit's address to the two identifiers of normal addressing: what it hears
    and what it says. All other units with 8-bit addresses are reached as on BMW's D-CAN.
    """

    interface: str = "socketcan"
    channel: str = "can0"
    fd: bool = False
    tester_id: int = 0x6F1
    answer_base: int = 0x600
    tester: int = 0xF1
    functional: int = 0xDF
    plain: Mapping[int, tuple[int, int]] = field(default_factory=_no_pairs)
    plain_functional_id: int = 0x7DF
    link: LinkSettings = field(default_factory=LinkSettings)


class CanRoad:
    """One bus, on the running event loop; frames are read by its file or in a thread.

    ``fault`` says in words what the bus last failed with; None while it works.
    """

    def __init__(self, bus: can.BusABC, settings: CanSettings, gateway: Gateway) -> None:
        import can  # noqa: PLC0415  # heavy: only where a bus is configured

        self._can = can
        self._bus = bus
        self._settings = settings
        self._gateway = gateway
        self._loop = asyncio.get_running_loop()
        self._node = Node(_links(gateway.addresses, settings))
        self._units = {_name(address): address for address in gateway.addresses}
        self._ids = self._node.can_ids
        self._do = InTurn(self._carry_out)
        self._unsent: deque[tuple[bytes, int]] = deque()
        self._refused_since: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._rest: asyncio.TimerHandle | None = None
        self._closed = False
        self.fault: str | None = None
        self._file = _file_of(bus)
        self._notifier: can.Notifier | None = None
        if self._file is None:  # a bus without a file, the virtual one: read in a thread
            self._notifier = can.Notifier(bus, [_Ear(self)], timeout=0.2, loop=self._loop)
        else:
            self._loop.add_reader(self._file, self._read)

    @classmethod
    def open(cls, settings: CanSettings, gateway: Gateway) -> CanRoad:
        """Open the bus and start to listen.

        Raises:
            RoadError: there is no such bus, or python-can is not installed.
        """
        try:
            import can  # noqa: PLC0415  # heavy: only where a bus is configured
        except ImportError as error:
            raise RoadError("CAN needs python-can: install opensos[board].") from error
        try:
            bus = can.Bus(interface=settings.interface, channel=settings.channel, fd=settings.fd)
        except (can.CanError, OSError, ValueError) as error:
            raise RoadError(
                f"The CAN bus {settings.channel} ({settings.interface}) cannot be opened: "
                f"{why(error)}."
            ) from error
        return cls(bus, settings, gateway)

    async def close(self) -> None:
        """Stop listening and give the bus back."""
        self._closed = True
        for handle in (self._timer, self._retry, self._rest):
            if handle is not None:
                handle.cancel()
        if self._file is not None:
            self._loop.remove_reader(self._file)
        if self._notifier is not None:
            # The reading thread ends within its own timeout: waited for outside of the loop.
            await self._loop.run_in_executor(None, self._notifier.stop, 1.0)
        self._bus.shutdown()

    def _read(self) -> None:
        """Take in the frames that wait in the bus's file; a bus that fails rests for a while."""
        try:
            for _ in range(_BURST):
                frame = self._bus.recv(0)
                if frame is None:
                    return
                self.heard(frame)
        except (self._can.CanError, OSError) as error:
            self.fault = str(error) or type(error).__name__
            if self._file is not None:
                self._loop.remove_reader(self._file)
            self._rest = self._loop.call_later(_REST_S, self._listen_again)

    def _listen_again(self) -> None:
        if self._file is not None and not self._closed:
            self._loop.add_reader(self._file, self._read)

    def heard(self, frame: Any) -> None:
        """Take in one frame (called on the event loop)."""
        if self._closed or frame.is_error_frame or frame.is_remote_frame or frame.is_extended_id:
            return
        if frame.arbitration_id in self._ids:
            data = bytes(frame.data)
            self._do(self._node.receive(frame.arbitration_id, data, self._gateway.now()))

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Send(data, to):
                self._send(data, to.port)
            case Tell(Received(link, message)):
                self._asked(link, message)
            case WakeAt(when):
                self._wake_at(when)
            case _:
                pass  # a message that was given up: the tester asks again

    def _asked(self, link: str, message: bytes) -> None:
        functional = link in {_ALL_UNITS, _ALL_UNITS_PLAIN}
        self._gateway.ask(self._units.get(link, -1), message, self._reply, functional=functional)

    def _reply(self, unit: int, data: bytes) -> None:
        if not self._closed:
            self._do(self._node.send(_name(unit), data, self._gateway.now()))

    def _send(self, data: bytes, can_id: int) -> None:
        if len(self._unsent) < _MOST_UNSENT:
            self._unsent.append((data, can_id))
        if self._retry is None:
            self._flush()

    def _flush(self) -> None:
        """Hand frames to the bus in order; try again soon where its queue is full."""
        self._retry = None
        while self._unsent and not self._closed:
            data, can_id = self._unsent[0]
            message = self._can.Message(
                arbitration_id=can_id,
                data=data,
                is_extended_id=False,
                is_fd=self._settings.fd,
                bitrate_switch=self._settings.fd,
            )
            try:
                self._bus.send(message)
            except (self._can.CanError, OSError) as error:
                self._refused(error)
                return
            self._unsent.popleft()
            self._refused_since = self.fault = None

    def _refused(self, error: Exception) -> None:
        now = self._gateway.now()
        self.fault = str(error) or type(error).__name__
        if self._refused_since is None:
            self._refused_since = now
        if now - self._refused_since < _N_AS:
            self._retry = self._loop.call_later(_RETRY_S, self._flush)
            return
        lost = {can_id for _, can_id in self._unsent}
        self._unsent.clear()
        self._refused_since = None
        for can_id in lost:
            self._do(self._node.road_failed(can_id, now))

    def _wake_at(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        delay = max(0.0, when - self._gateway.now())
        self._timer = self._loop.call_later(delay, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._do(self._node.wake(self._gateway.now()))


class _Ear:
    """What python-can's notifier calls: on the loop for frames, in its thread for errors."""

    def __init__(self, road: CanRoad) -> None:
        self._road = road

    def __call__(self, message: Any) -> None:
        self._road.heard(message)

    def on_message_received(self, message: Any) -> None:
        self._road.heard(message)

    def on_error(self, error: Exception) -> None:
        self._road.fault = str(error) or type(error).__name__

    def stop(self) -> None:
        """Nothing of ours has to be stopped."""


def _file_of(bus: can.BusABC) -> int | None:
    """Return the bus's file descriptor; None where it has none."""
    try:
        file = bus.fileno()
    except NotImplementedError:
        return None
    return file if file >= 0 else None


def _name(unit: int) -> str:
    return f"{unit:02X}"


def _links(units: Iterable[int], settings: CanSettings) -> list[Link]:
    """Return a link for each unit, and those of all units at once."""
    once = LinkSettings(single_only=True)
    base, tester = settings.answer_base, settings.tester
    links = [
        Link(
            _ALL_UNITS,
            CanAddress(base + settings.functional, tester),
            CanAddress(settings.tester_id, settings.functional),
            once,
        )
    ]
    for unit in units:
        if unit in settings.plain:
            hears, says = settings.plain[unit]
            links.append(Link(_name(unit), CanAddress(says), CanAddress(hears), settings.link))
        elif unit <= 0xFF:
            hears_as = CanAddress(settings.tester_id, unit)
            links.append(
                Link(_name(unit), CanAddress(base + unit, tester), hears_as, settings.link)
            )
    if settings.plain:
        broadcast = CanAddress(settings.plain_functional_id)
        links.append(Link(_ALL_UNITS_PLAIN, CanAddress(0x7FF), broadcast, once))
    return links
