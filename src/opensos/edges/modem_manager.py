"""A modem that ModemManager holds, behind the ports ``Modem`` and ``Sim``, over D-Bus.

ModemManager keeps the serial lines for itself, so a unit uses either this or ``modem_serial``. Its
documented interface is used: ObjectManager for modems that come and go, properties and their
changes for the rest. ModemManager knows no eCall; AT commands pass through its method ``Command``
only where it runs with ``--debug`` and settings allow it, and none that could call for help.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from opensos.edges.modem_manager_values import (
    MODEM,
    ROOT,
    SIGNAL,
    SIM,
    reading_of,
    sim_card_of,
)
from opensos.edges.why import why
from opensos.protocols.at import Command, may_call_for_help, profile_for
from opensos.protocols.effects import LocalError, RoadError, UserError
from opensos.rules.readiness.readings import ModemReading, SimCard

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from dbus_fast import Message
    from dbus_fast.aio import MessageBus

    from opensos.ports import Clock

_ROOT_PATH = "/org/freedesktop/ModemManager1"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_OBJECTS = "org.freedesktop.DBus.ObjectManager"
_BUS = "org.freedesktop.DBus"
_MOST_OBJECTS = 64
_ANTENNAS = ("main", "emergency")


@dataclass(frozen=True, slots=True)
class ManagerSettings:
    """How ModemManager is spoken with.

    Attributes:
        address: of the bus, None = the system's.
        imei: which modem, where there are several; None = the first.
        ask_s: how often it is asked whether it still answers; between, changes come by themselves.
        signal_s: how often ModemManager shall measure the signal (its own Signal.Setup).
        reopen_s: pauses before each new try; the last one repeats.
        call_limit_s: how long one D-Bus call may take.
        allow_at: whether AT commands may pass through ModemManager.
        antenna_pin: the modem's output pin that switches the antennas; needs ``allow_at``.
        switch_antenna: what switches instead, where a pin of the board does it.
    """

    address: str | None = None
    imei: str | None = None
    ask_s: float = 30.0
    signal_s: int = 10
    reopen_s: tuple[float, ...] = (1.0, 2.0, 5.0, 10.0, 30.0)
    call_limit_s: float = 10.0
    allow_at: bool = False
    antenna_pin: int | None = None
    switch_antenna: Callable[[str], None] | None = None


class ManagedModem:
    """Keeps ``Modem`` and ``Sim`` over ModemManager."""

    def __init__(self, clock: Clock, settings: ManagerSettings | None = None) -> None:
        """Prepare; ``start`` connects."""
        self._clock = clock
        self._settings = settings or ManagerSettings()
        self._bus: MessageBus | None = None
        self._task: asyncio.Task[None] | None = None
        self._works: set[asyncio.Task[None]] = set()
        self._objects: dict[str, dict[str, dict[str, Any]]] = {}
        self._path: str | None = None
        self._last: tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]] = ({}, {})
        self._heard_at: float | None = None
        self._antenna: str | None = None
        self._changed = asyncio.Event()
        self.why_away: str | None = "not connected yet"
        """Why there is no news: no bus, no ModemManager, no modem; None while there is a modem."""

    def start(self) -> None:
        """Begin to connect, and stay connected from now on."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._stay())

    async def close(self) -> None:
        """Let go of the bus."""
        tasks = [*self._works, *([self._task] if self._task else [])]
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        self._disconnect()

    # --- the ports

    def modem(self, now: float) -> ModemReading | None:
        """Return what is known, however old; never None, for there should be a modem."""
        del now
        modem, sim = self._last
        return replace(reading_of(modem, sim, self._heard_at), antenna=self._antenna)

    def sim_card(self, now: float) -> SimCard:
        """Return the card; ``failed`` while nothing was ever heard of one."""
        del now
        return sim_card_of(*self._last) or SimCard("failed")

    def use_antenna(self, name: str, now: float) -> None:
        """Switch to ``main`` or ``emergency``; the reading names it when it is done.

        Raises:
            UserError: there is no antenna of that name.
        """
        del now
        if name not in _ANTENNAS:
            raise UserError(f"{name!r} is not an antenna: use main or emergency.")
        if self._settings.switch_antenna is not None:
            self._settings.switch_antenna(name)
            self._antenna = name
        elif self._settings.antenna_pin is not None and self._settings.allow_at:
            self._spawn(self._switch(name, self._settings.antenna_pin))

    async def changed(self) -> None:
        """Wait for the next news (tests and start-up)."""
        self._changed.clear()
        await self._changed.wait()

    async def command(self, command: Command) -> str:
        """Pass one AT command through ModemManager and return what the modem answered.

        Raises:
            LocalError: AT commands are not allowed, or this one could call for help.
            RoadError: there is no modem, or it did not do it.
        """
        if not self._settings.allow_at or may_call_for_help(command):
            raise LocalError(f"{command.name} may not pass through ModemManager")
        path = self._path
        if path is None:
            raise RoadError("ModemManager has no modem.")
        reply = await self._call(
            path, MODEM, "Command", "su", [command.text, round(command.timeout_s)]
        )
        return str(reply[0]) if reply else ""

    # --- staying connected

    async def _stay(self) -> None:
        tries = 0
        while True:
            try:
                await self._connect()
                tries = 0
                await self._live()
            except RoadError as error:
                self.why_away = str(error)
            self._disconnect()
            pauses = self._settings.reopen_s
            await asyncio.sleep(pauses[min(tries, len(pauses) - 1)])
            tries += 1

    async def _connect(self) -> None:
        from dbus_fast import BusType  # noqa: PLC0415  # only a unit with ModemManager pays for it
        from dbus_fast.aio import MessageBus  # noqa: PLC0415
        from dbus_fast.errors import InvalidAddressError  # noqa: PLC0415

        try:
            address = self._settings.address
            bus = MessageBus(bus_address=address, bus_type=BusType.SYSTEM)
            async with asyncio.timeout(self._settings.call_limit_s):
                self._bus = await bus.connect()
        except (OSError, TimeoutError, InvalidAddressError, EOFError) as error:
            raise RoadError(f"The message bus cannot be reached: {why(error)}.") from error
        self._bus.add_message_handler(self._heard)
        for rule in (
            f"type='signal',sender='{ROOT}',interface='{_PROPERTIES}'",
            f"type='signal',sender='{ROOT}',interface='{_OBJECTS}'",
            f"type='signal',sender='{_BUS}',member='NameOwnerChanged',arg0='{ROOT}'",
        ):
            await self._call("/org/freedesktop/DBus", _BUS, "AddMatch", "s", [rule], to=_BUS)

    async def _live(self) -> None:
        """Ask for everything, then now and then whether it still answers."""
        bus = self._bus
        if bus is None:
            return
        waiting: Coroutine[None, None, None] = bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        gone = asyncio.get_running_loop().create_task(waiting)
        try:
            while bus.connected and not gone.done():
                try:
                    await self._ask_all()
                except RoadError as error:
                    self._lose_modem(str(error))
                await asyncio.wait({gone}, timeout=self._settings.ask_s)
        finally:
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)
        self._lose_modem("The message bus has gone.")

    def _disconnect(self) -> None:
        bus, self._bus = self._bus, None
        if bus is not None:
            bus.disconnect()
        self._path = None

    # --- what there is

    async def _ask_all(self) -> None:
        reply = await self._call(_ROOT_PATH, _OBJECTS, "GetManagedObjects")
        objects = _plain(reply[0]) if reply else {}
        self._objects = {}
        for path, interfaces in list(objects.items())[:_MOST_OBJECTS]:
            self._objects[path] = interfaces
        await self._choose()

    async def _choose(self) -> None:
        """Settle on a modem, fetch its card, and have the signal measured."""
        wanted = self._settings.imei
        paths = [
            path
            for path, interfaces in sorted(self._objects.items())
            if MODEM in interfaces
            and wanted in {None, interfaces[MODEM].get("EquipmentIdentifier")}
        ]
        if not paths:
            self._lose_modem("ModemManager has no modem.")
            return
        path = paths[0]
        new = self._path != path
        self._path = path
        await self._ask_card()
        self._note()
        if new and SIGNAL in self._objects.get(path, {}):
            with suppress(RoadError):  # measured or not: the modem is there
                await self._call(path, SIGNAL, "Setup", "u", [self._settings.signal_s])

    async def _ask_card(self) -> None:
        """Fetch the card's properties: cards are objects of their own, not managed ones."""
        card = self._card_path()
        if card is None:
            return
        try:
            reply = await self._call(card, _PROPERTIES, "GetAll", "s", [SIM])
        except RoadError:
            self._objects.pop(card, None)
            return
        self._objects[card] = {SIM: _plain(reply[0]) if reply else {}}

    def _card_path(self) -> str | None:
        modem = self._objects.get(self._path or "", {}).get(MODEM, {})
        card = modem.get("Sim")
        return card if isinstance(card, str) and card not in {"", "/"} else None

    def _lose_modem(self, why: str) -> None:
        """Keep the last values: their age shows that nothing is heard any more."""
        self._path = None
        self.why_away = why
        self._changed.set()

    def _note(self) -> None:
        """Keep what is known now as the newest, unless the modem has gone meanwhile."""
        modem = self._objects.get(self._path or "")
        if modem is None:
            return
        sim = self._objects.get(self._card_path() or "", {})
        self._last = (modem, sim)
        self.why_away = None
        self._heard_at = self._clock.now()
        self._changed.set()

    # --- signals

    def _heard(self, message: Message) -> None:
        from dbus_fast import MessageType  # noqa: PLC0415

        if message.message_type is not MessageType.SIGNAL:
            return
        body = message.body
        match message.member:
            case "PropertiesChanged" if len(body) >= 2 and message.path is not None:
                self._properties(message.path, str(body[0]), _plain(body[1]))
            case "InterfacesAdded" if len(body) >= 2:
                self._objects[str(body[0])] = _plain(body[1])
                self._spawn(self._choose_quietly())
            case "InterfacesRemoved" if body:
                self._removed(str(body[0]))
            case "NameOwnerChanged" if len(body) >= 3 and body[0] == ROOT:
                self._owner_changed(present=bool(body[2]))
            case _:
                pass

    def _properties(self, path: str, interface: str, values: dict[str, Any]) -> None:
        if path not in self._objects:
            return
        self._objects[path].setdefault(interface, {}).update(values)
        if "Sim" in values and path == self._path:
            self._spawn(self._choose_quietly())
        if path in {self._path, self._card_path()}:
            self._note()

    def _removed(self, path: str) -> None:
        self._objects.pop(path, None)
        if path == self._path:
            self._lose_modem("The modem has gone.")
            self._spawn(self._choose_quietly())

    def _owner_changed(self, *, present: bool) -> None:
        self._objects.clear()
        self._lose_modem("ModemManager has gone.")
        if present:
            self._spawn(self._ask_quietly())

    async def _choose_quietly(self) -> None:
        with suppress(RoadError):
            await self._choose()

    async def _ask_quietly(self) -> None:
        with suppress(RoadError):
            await self._ask_all()

    async def _switch(self, name: str, pin: int) -> None:
        modem, _ = self._last
        maker = str(modem.get(MODEM, {}).get("Manufacturer", ""))
        commands = profile_for(maker).pin_commands(pin, _ANTENNAS.index(name))
        try:
            for command in commands:
                await self.command(command)
        except (RoadError, LocalError):
            return
        if commands:
            self._antenna = name

    # --- pieces

    async def _call(
        self,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        body: list[Any] | None = None,
        *,
        to: str = ROOT,
    ) -> list[Any]:
        """Call one method; raises RoadError when there is no good answer in time."""
        from dbus_fast import Message, MessageType  # noqa: PLC0415
        from dbus_fast.errors import DBusError  # noqa: PLC0415

        if self._bus is None or not self._bus.connected:
            raise RoadError("The message bus has gone.")
        message = Message(
            destination=to,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=body or [],
        )
        try:
            async with asyncio.timeout(self._settings.call_limit_s):
                reply = await self._bus.call(message)
        except (TimeoutError, OSError, EOFError, DBusError) as error:
            raise RoadError(f"ModemManager does not answer: {why(error)}.") from error
        if reply.message_type is MessageType.ERROR:
            raise RoadError(f"ModemManager answers {member} with {reply.error_name}.")
        return list(reply.body)

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._works.add(task)
        task.add_done_callback(self._works.discard)


def _plain(value: Any) -> Any:
    """Return a value without dbus-fast's variants."""
    if hasattr(value, "signature") and hasattr(value, "value"):
        return _plain(value.value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
