"""Testers that nobody here wrote ask our own unit in its car: udsoncan over doipclient, scapy."""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest

from opensos.apps.vehicle.diagnosis import key_for
from opensos.apps.vehicle.pretend import WORKSHOP_KEY, PretendOrder, PretendVehicle
from opensos.edges.diag import DiagServers, DiagSettings, Gateway
from opensos.protocols.effects import Address
from opensos.protocols.uds import Nrc
from tests.apps.vehicle.emulated import LeapingClock
from tests.edges.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LIMIT_S = 10.0


def stranger(name: str) -> Any:
    """Import a peer; none of them is typed the way ours are."""
    return importlib.import_module(name)


udsoncan = stranger("udsoncan")
Client = stranger("udsoncan.client").Client


class Workshop:
    """A pretend car with our unit on a loop of its own, as the strangers block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = LeapingClock()
        self.vehicle: PretendVehicle
        self._ready: Future[DiagServers] = Future()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> DiagServers:
        self._thread.start()
        return self._ready.result(LIMIT_S)

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(LIMIT_S)
        assert not self._thread.is_alive()

    def do(self, what: Callable[[], object]) -> None:
        """Do something in the car's own thread."""

        async def doing() -> None:
            what()

        asyncio.run_coroutine_threadsafe(doing(), self._loop).result(LIMIT_S)

    def wait(self, true: Callable[[], object]) -> None:
        """Wait for something in the car."""
        asyncio.run_coroutine_threadsafe(until(true), self._loop).result(LIMIT_S + 1)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._end = asyncio.Event()
        order = PretendOrder(Address("udp", "127.0.0.1", 9), self.folder)
        self.vehicle = vehicle = PretendVehicle(order, clock=self.clock)
        try:
            await vehicle.start()
            now = vehicle.clock.now()
            vehicle.car.park(now)
            vehicle.car.ignition(now, on=True)
            gateway = Gateway(vehicle.network.doors, vehicle.clock)
            vin = vehicle.car.identity.vin
            settings = DiagSettings(vin, doip_port=0, doip_udp_port=0, hsfz_port=0, hsfz_udp_port=0)
            servers = await DiagServers.open(gateway, settings)
        except BaseException as error:
            self._ready.set_exception(error)
            raise
        await until(lambda: vehicle.unit.readings)
        self._ready.set_result(servers)
        await self._end.wait()
        await servers.close()
        await vehicle.stop()


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[tuple[Workshop, DiagServers]]:
    here = Workshop(tmp_path)
    with here as servers:
        yield here, servers


class Raw(stranger("udsoncan").DidCodec):  # type: ignore[misc]  # an untyped base
    """Whatever bytes there are."""

    def encode(self, *values: Any) -> bytes:
        return bytes(values[0])

    def decode(self, payload: bytes) -> bytes:
        return payload

    def __len__(self) -> int:
        raise udsoncan.DidCodec.ReadAllRemainingData


def key(level: int, seed: bytes, params: object = None) -> bytes:
    del params
    return key_for(WORKSHOP_KEY, level, seed)


CONFIG: dict[str, Any] = {
    **udsoncan.configs.default_client_config,
    "data_identifiers": {"default": Raw},
    "security_algo": key,
    "request_timeout": LIMIT_S,
    "p2_timeout": 2,
    # What the server promises (P2, 50 ms) is asserted; a busy machine keeps nobody's promises.
    "use_server_timing": False,
    "dtc_snapshot_did_size": 2,
}


def refused(call: Any, *arguments: object, nrc: Nrc) -> None:
    with pytest.raises(udsoncan.exceptions.NegativeResponseException) as caught:
        call(*arguments)
    assert caught.value.response.code == nrc


def test_udsoncan_visits_the_unit_over_doipclient(workshop: tuple[Workshop, DiagServers]) -> None:
    here, servers = workshop
    assert servers.doip is not None
    assert servers.doip_udp is not None
    road = stranger("doipclient").DoIPClient(
        "127.0.0.1",
        0x61,
        tcp_port=servers.doip.port,
        udp_port=servers.doip_udp.port,
        client_logical_address=0x0EF3,
    )
    connector = stranger("doipclient.connectors").DoIPClientUDSConnector
    try:
        with Client(connector(road), config=CONFIG) as client:
            a_visit(client, here)
    finally:
        road.close()


def a_visit(client: Any, here: Workshop) -> None:
    vehicle = here.vehicle
    first = vehicle.unit

    def read(did: int) -> bytes:
        return bytes(client.read_data_by_identifier(did).service_data.values[did])

    assert read(0xF190).decode() == vehicle.car.identity.vin
    for did in (0xF150, 0xF101, 0xD108, 0xD029, 0xD035, 0xD0E1, 0xD09B, 0xD0D7):
        assert read(did)
    here.do(lambda: vehicle.car.inject("main_antenna_open", vehicle.clock.now()))

    def found() -> bool:
        here.clock.leap_s += 0.5  # a fault counts once it has lasted
        keeper = first.keeper
        return keeper is not None and any(one.active for one in keeper.health.faults)

    here.wait(found)
    codes = client.get_dtc_by_status_mask(0x0D).service_data.dtcs
    assert codes
    client.change_session(3)
    started = client.start_routine(0xA05E, b"\x01").service_data.routine_status_record
    assert started[0] == 1
    client.start_routine(0xA089)
    assert vehicle.unit.in_service()
    client.stop_routine(0xA089)
    client.unlock_security_access(1)
    client.write_data_by_identifier(0xF198, b"STRANGER")
    an_update(client, vehicle)
    client.clear_dtc(0xFFFFFF)
    client.ecu_reset(1)
    here.wait(lambda: vehicle.box.unit not in {None, first})
    assert read(0xF198) == b"STRANGER"


def an_update(client: Any, vehicle: PretendVehicle) -> None:
    client.change_session(2)
    client.unlock_security_access(0x11)
    data = bytes(range(200))
    place = udsoncan.MemoryLocation(0, len(data), address_format=32, memorysize_format=32)
    assert client.request_download(place).service_data.max_length == 4095
    client.transfer_data(1, data)
    digest = hashlib.sha256(data).digest()
    answer = client.request_transfer_exit(digest).service_data.parameter_records
    assert answer == digest
    assert (vehicle.order.journal / "update" / "incoming.bin").read_bytes() == data
    client.change_session(1)


def test_scapy_reads_the_unit_over_hsfz_and_a_reset_is_refused_in_a_drive(
    workshop: tuple[Workshop, DiagServers],
) -> None:
    here, servers = workshop
    scapy = stranger("scapy.contrib.automotive.bmw.hsfz")
    uds = stranger("scapy.contrib.automotive.uds")
    assert servers.hsfz is not None
    socket = scapy.UDS_HSFZSocket(0xF4, 0x61, "127.0.0.1", servers.hsfz.port)
    try:
        socket.ins.settimeout(LIMIT_S)
        socket.send(uds.UDS() / uds.UDS_RDBI(identifiers=[0xF190]))
        assert socket.recv().control == 2
        assert bytes(socket.recv())[3:].decode() == here.vehicle.car.identity.vin
        here.do(lambda: here.vehicle.car.drive(here.vehicle.clock.now()))
        here.wait(lambda: (here.vehicle.unit.vehicle().speed_kmh or 0) > 5)
        socket.send(uds.UDS() / uds.UDS_ER(resetType=1))
        assert socket.recv().control == 2
        assert bytes(socket.recv()) == bytes((0x7F, 0x11, Nrc.CONDITIONS_NOT_CORRECT))
    finally:
        socket.close()
