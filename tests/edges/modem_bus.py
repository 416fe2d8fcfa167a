"""A private message bus with a pretend ModemManager on it: python3-dbusmock, told what to hold.

dbusmock has no template for ModemManager, so objects are added by hand, with the names and types of
its documented interface.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from opensos.edges.modem_manager_values import MODEM, MODEM_3GPP, ROOT, SIGNAL, SIM

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PYTHON = "/usr/bin/python3"
MANAGER = "/org/freedesktop/ModemManager1"
MODEM_0 = f"{MANAGER}/Modem/0"
SIM_0 = f"{MANAGER}/SIM/0"
_MOCK = "org.freedesktop.DBus.Mock"

_CARD = {
    "Active": Variant("b", True),
    "SimIdentifier": Variant("s", "89000000000000000001"),
    "OperatorName": Variant("s", "Test Net"),
}
_BASIC = {
    "State": Variant("i", 11),
    "StateFailedReason": Variant("u", 0),
    "UnlockRequired": Variant("u", 1),
    "AccessTechnologies": Variant("u", 1 << 14),
    "SupportedModes": Variant("a(uu)", [[0b1110, 0b1000]]),
    "Manufacturer": Variant("s", "u-blox"),
    "Model": Variant("s", "PRETEND-1"),
    "Revision": Variant("s", "01.00"),
    "EquipmentIdentifier": Variant("s", "490154203237518"),
    "Sim": Variant("o", SIM_0),
}
_NETWORK = {
    "Imei": Variant("s", "490154203237518"),
    "RegistrationState": Variant("u", 1),
    "OperatorCode": Variant("s", "00101"),
    "OperatorName": Variant("s", "Test Net"),
}
_SIGNAL = {
    "Rate": Variant("u", 0),
    "Gsm": Variant("a{sv}", {}),
    "Lte": Variant("a{sv}", {"rsrp": Variant("d", -85.0), "rsrq": Variant("d", -9.0)}),
}


def missing() -> str | None:
    """Return why the pretend ModemManager cannot run here, None if it can."""
    if shutil.which("dbus-daemon") is None:
        return "dbus-daemon is not installed"
    if not Path(PYTHON).exists():
        return "there is no system Python"
    done = subprocess.run([PYTHON, "-c", "import dbusmock"], capture_output=True, check=False)
    return None if done.returncode == 0 else "python3-dbusmock is not installed"


def _begin(command: list[str], **how: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, **how)


class PretendManager:
    """Drives dbusmock over the bus that it sits on."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._bus: MessageBus | None = None
        self._mock: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start ModemManager without any modem."""
        command = [PYTHON, "-m", "dbusmock", "--session", "-m", ROOT, MANAGER, ROOT]
        env = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": self.address}
        bus = await MessageBus(bus_address=self.address).connect()
        self._bus = bus
        rule = f"type='signal',member='NameOwnerChanged',arg0='{ROOT}'"
        await self._call("/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", "s", [rule])
        there = asyncio.Event()
        bus.add_message_handler(
            lambda m: there.set() if m.member == "NameOwnerChanged" and m.body[2] else None
        )
        self._mock = _begin(command, env=env, stdout=subprocess.DEVNULL)
        async with asyncio.timeout(20):
            await there.wait()

    def stop(self) -> None:
        """Stop ModemManager; its name leaves the bus."""
        mock, self._mock = self._mock, None
        if mock is not None:
            mock.terminate()
            mock.wait(10)

    def close(self) -> None:
        self.stop()
        if self._bus is not None:
            self._bus.disconnect()

    async def add_modem(self) -> None:
        """Plug in a registered LTE modem with a ready card, and announce it."""
        await self._add(SIM_0, SIM, _CARD)
        await self._add(MODEM_0, MODEM, _BASIC, [["Command", "su", "s", 'ret = ""']])
        await self._more(MODEM_3GPP, _NETWORK)
        await self._more(SIGNAL, _SIGNAL, [["Setup", "u", "", ""]])
        added = {MODEM: _BASIC, MODEM_3GPP: _NETWORK, SIGNAL: _SIGNAL}
        body = [Variant("o", MODEM_0), Variant("a{sa{sv}}", added)]
        await self._emit("InterfacesAdded", "oa{sa{sv}}", body)

    async def remove_modem(self) -> None:
        """Unplug it."""
        for path in (MODEM_0, SIM_0):
            await self._mocked(MANAGER, "RemoveObject", "s", [path])
        body = [Variant("o", MODEM_0), Variant("as", [MODEM, MODEM_3GPP, SIGNAL])]
        await self._emit("InterfacesRemoved", "oas", body)

    async def _emit(self, name: str, signature: str, body: list[Variant]) -> None:
        manager = "org.freedesktop.DBus.ObjectManager"
        await self._mocked(MANAGER, "EmitSignal", "sssav", [manager, name, signature, body])

    async def update(self, path: str, interface: str, values: dict[str, Variant]) -> None:
        """Change properties; ModemManager says so by itself."""
        for name, value in values.items():
            body = [interface, name, value]
            await self._call(path, "org.freedesktop.DBus.Properties", "Set", "ssv", body, to=ROOT)

    async def calls(self, path: str, method: str) -> list[list[Any]]:
        """Return the arguments of every call of a method."""
        reply = await self._mocked(path, "GetMethodCalls", "s", [method])
        return [[getattr(a, "value", a) for a in call[1]] for call in reply[0]]

    async def _add(
        self,
        path: str,
        interface: str,
        values: dict[str, Variant],
        methods: list[list[str]] | None = None,
    ) -> None:
        body = [path, interface, values, methods or []]
        await self._mocked(MANAGER, "AddObject", "ssa{sv}a(ssss)", body)

    async def _more(
        self, interface: str, values: dict[str, Variant], methods: list[list[str]] | None = None
    ) -> None:
        await self._mocked(MODEM_0, "AddProperties", "sa{sv}", [interface, values])
        if methods:
            await self._mocked(MODEM_0, "AddMethods", "sa(ssss)", [interface, methods])

    async def _mocked(self, path: str, member: str, signature: str, body: list[Any]) -> list[Any]:
        return await self._call(path, _MOCK, member, signature, body, to=ROOT)

    async def _call(
        self,
        path: str,
        interface: str,
        member: str,
        signature: str,
        body: list[Any],
        *,
        to: str = "org.freedesktop.DBus",
    ) -> list[Any]:
        assert self._bus is not None
        message = Message(
            destination=to,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=body,
        )
        reply = await self._bus.call(message)
        assert reply.message_type is MessageType.METHOD_RETURN, (reply.error_name, reply.body)
        return list(reply.body)


@asynccontextmanager
async def manager(tmp_path: Path, *, with_modem: bool = True) -> AsyncIterator[PretendManager]:
    """Run a bus of our own with a pretend ModemManager; both end with the story."""
    where = f"--address=unix:path={tmp_path}/bus"
    daemon = _begin(
        ["dbus-daemon", "--session", "--nofork", "--print-address=1", where],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert daemon.stdout is not None
    try:
        address = daemon.stdout.readline().decode().strip()
        pretend = PretendManager(address)
        try:
            await pretend.start()
            if with_modem:
                await pretend.add_modem()
            yield pretend
        finally:
            pretend.close()
    finally:
        daemon.terminate()
        daemon.wait(10)
        daemon.stdout.close()
