"""Testers that nobody here wrote ask our diagnostic socket: gallia, scapy, doipclient, udsoncan."""

from __future__ import annotations

import asyncio
import importlib
import threading
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from opensos.edges.clock import SystemClock
from opensos.edges.diag import CanSettings, DiagServers, DiagSettings, Gateway
from opensos.protocols import doip, hsfz
from opensos.protocols.isotp import LinkSettings
from opensos.protocols.uds import Nrc, Sid, Status, UdsServer
from tests.protocols.uds_unit import (
    DID_LATE,
    DID_NAME,
    DID_SECRET,
    DID_VIN,
    FAULT,
    RID_QUICK,
    SETTINGS,
    VIN,
    SmallUnit,
    key_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


def stranger(name: str) -> Any:
    """Import a peer; none of them is typed the way ours are."""
    return importlib.import_module(name)


udsoncan = stranger("udsoncan")
Client = stranger("udsoncan.client").Client
HOST = "127.0.0.1"
CHANNEL = "strangers"
LIMIT_S = 5.0


class Car:
    """Our units behind our servers, on a loop in a thread of its own, as the strangers block."""

    def __init__(self, settings: DiagSettings) -> None:
        self.unit = SmallUnit()
        self.neighbour = SmallUnit(name=b"gateway")
        self._settings = settings
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

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._end = asyncio.Event()
        units = {
            address: UdsServer(unit, SETTINGS, dice=lambda n: bytes(range(1, n + 1)))
            for address, unit in ((0x61, self.unit), (0x10, self.neighbour))
        }
        try:
            servers = await DiagServers.open(Gateway(units, SystemClock()), self._settings)
        except BaseException as error:
            self._ready.set_exception(error)
            raise
        self._ready.set_result(servers)
        await self._end.wait()
        await servers.close()


IP = DiagSettings(VIN.decode(), doip_port=0, doip_udp_port=0, hsfz_port=0, hsfz_udp_port=0)
EXTENDED = {"tx_id": 0x6F1, "rx_id": 0x661, "ext_address": 0x61, "rx_ext_address": 0xF1}
PAIR = {"tx_id": 0x7E0, "rx_id": 0x7E8}
BUS = DiagSettings(
    VIN.decode(),
    doip_port=None,
    doip_udp_port=None,
    hsfz_port=None,
    hsfz_udp_port=None,
    can=CanSettings("virtual", CHANNEL),
)


@pytest.fixture
def car() -> Iterator[tuple[Car, DiagServers]]:
    pretend = Car(IP)
    with pretend as servers:
        yield pretend, servers


# --- udsoncan, over whatever road


class Raw(udsoncan.DidCodec):  # type: ignore[misc, name-defined]  # an untyped base
    """Leaves a DID's bytes as they are."""

    def encode(self, *values: bytes) -> bytes:
        return bytes(values[0])

    def decode(self, payload: bytes) -> bytes:
        return payload

    def __len__(self) -> int:
        raise udsoncan.DidCodec.ReadAllRemainingData


class Name(Raw):
    def __len__(self) -> int:
        return 5


CONFIG: dict[str, Any] = {
    **udsoncan.configs.default_client_config,
    "data_identifiers": {
        DID_VIN: Raw,
        DID_NAME: Name,
        DID_SECRET: Raw,
        DID_LATE: Raw,
        0x1234: Name,
    },
    "security_algo": key_of,
    "request_timeout": LIMIT_S,
    "p2_timeout": 2,
    # What the server promises (P2, 50 ms) is asserted; a busy machine keeps nobody's promises.
    "use_server_timing": False,
    "dtc_snapshot_did_size": 2,
}


def a_whole_visit(client: Any, unit: SmallUnit) -> None:
    """What a workshop does, in udsoncan's words."""
    assert client.read_data_by_identifier([DID_NAME, DID_VIN]).service_data.values == {
        DID_NAME: b"small",
        DID_VIN: VIN,
    }
    refused(client.write_data_by_identifier, DID_NAME, b"after", nrc=Nrc.REQUEST_OUT_OF_RANGE)
    timing = client.change_session(3).service_data
    assert (timing.p2_server_max, timing.p2_star_server_max) == (0.05, 5.0)
    client.write_data_by_identifier(DID_NAME, b"after")
    assert unit.name == b"after"
    refused(client.read_data_by_identifier, DID_SECRET, nrc=Nrc.SECURITY_ACCESS_DENIED)
    client.unlock_security_access(1)
    assert client.read_data_by_identifier(DID_SECRET).service_data.values[DID_SECRET] == b"\x2a"
    the_codes(client)
    assert client.read_data_by_identifier(DID_LATE).service_data.values[DID_LATE] == b"\x05"
    routine = client.start_routine(RID_QUICK, b"\x09").service_data
    assert routine.routine_status_record == b"\x01\x09"
    assert client.get_routine_result(RID_QUICK).service_data.routine_status_record == b"\x03"
    client.tester_present()
    with client.suppress_positive_response:
        client.tester_present()
    client.control_dtc_setting(2)
    assert not unit.recording
    client.communication_control(0, udsoncan.CommunicationType(0, normal_msg=True))
    an_update(client, unit)
    client.clear_dtc(0xFFFFFF)
    assert client.get_dtc_by_status_mask(0x0C).service_data.dtcs == []
    client.ecu_reset(1)
    assert unit.resets == [1]
    assert unit.recording


def the_codes(client: Any) -> None:
    (code,) = client.get_dtc_by_status_mask(0x0C).service_data.dtcs
    assert code.id == FAULT
    assert code.status.confirmed
    assert code.status.get_byte_as_int() == 0x2F
    assert client.get_number_of_dtc_by_status_mask(0x0C).service_data.dtc_count == 1
    assert len(client.get_supported_dtc().service_data.dtcs) == 2
    assert len(client.get_dtc_snapshot_identification().service_data.dtcs[0].snapshots) == 2
    extended = client.get_dtc_extended_data_by_dtc_number(FAULT, 2, data_size=1)
    assert extended.service_data.dtcs[0].extended_data[0].raw_data == b"\x28"
    memory = client.get_user_defined_memory_dtc_by_status_mask(0x0C, 1).service_data
    assert [found.id for found in memory.dtcs] == [0x610021]


def an_update(client: Any, unit: SmallUnit) -> None:
    client.change_session(2)
    client.unlock_security_access(1)
    place = udsoncan.MemoryLocation(
        address=0, memorysize=20, address_format=32, memorysize_format=32
    )
    assert client.request_download(place).service_data.max_length == 18
    client.transfer_data(1, bytes(16))
    refused(client.transfer_data, 3, bytes(4), nrc=Nrc.WRONG_BLOCK_SEQUENCE_COUNTER)
    client.transfer_data(2, bytes(4))
    client.request_transfer_exit()
    assert unit.installed == bytes(20)


def refused(call: Any, *arguments: object, nrc: Nrc) -> None:
    with pytest.raises(udsoncan.exceptions.NegativeResponseException) as caught:
        call(*arguments)
    assert caught.value.response.code == nrc


def test_udsoncan_makes_a_whole_visit_over_doip(car: tuple[Car, DiagServers]) -> None:
    connector = stranger("doipclient.connectors").DoIPClientUDSConnector
    with doip_client(car[1]) as road, Client(connector(road), config=CONFIG) as client:
        a_whole_visit(client, car[0].unit)


# --- our numbers and theirs


def test_our_refusals_and_status_bits_are_numbered_as_udsoncans() -> None:
    theirs = udsoncan.Response.Code
    for ours in Nrc:
        assert plain(theirs.get_name(int(ours))) == plain(ours.name)
    for name, bit in (
        ("test_failed", Status.TEST_FAILED),
        ("test_failed_this_operation_cycle", Status.TEST_FAILED_THIS_OPERATION_CYCLE),
        ("pending", Status.PENDING_DTC),
        ("confirmed", Status.CONFIRMED_DTC),
        ("test_not_completed_since_last_clear", Status.TEST_NOT_COMPLETED_SINCE_LAST_CLEAR),
        ("test_failed_since_last_clear", Status.TEST_FAILED_SINCE_LAST_CLEAR),
        (
            "test_not_completed_this_operation_cycle",
            Status.TEST_NOT_COMPLETED_THIS_OPERATION_CYCLE,
        ),
        ("warning_indicator_requested", Status.WARNING_INDICATOR_REQUESTED),
    ):
        assert udsoncan.Dtc.Status(**{name: True}).get_byte_as_int() == bit
    services = {s.request_id(): plain(s.__name__) for s in _udsoncan_services()}
    assert {int(sid): plain(sid.name) for sid in Sid}.items() <= services.items()


def plain(name: str) -> str:
    return name.replace("_", "").lower()


def test_our_hsfz_control_words_are_gallias_and_scapys() -> None:
    theirs = {int(word) for word in stranger("gallia.transports.hsfz").HSFZStatus}
    ours = {int(word) for word in hsfz.Control}
    assert ours == theirs
    assert ours == set(stranger("scapy.contrib.automotive.bmw.hsfz").HSFZ.control_words)
    named = stranger("gallia.transports.hsfz").HSFZStatus
    assert named.IncorrectControlWordError == hsfz.Control.BAD_CONTROL
    assert named.IncorrectDestinationAddressError == hsfz.Control.BAD_TARGET
    assert named.IncorrectTesterAddressError == hsfz.Control.BAD_TESTER
    assert named.MessageTooLarge == hsfz.Control.TOO_LARGE


def test_our_doip_numbers_are_doipclients() -> None:
    theirs = stranger("doipclient.messages")
    types = {int(kind) for kind in doip.PayloadType}
    assert types == set(theirs.payload_type_to_message)
    for ours, enumeration in (
        (doip.DiagnosticNack, theirs.DiagnosticMessageNegativeAcknowledgement.NackCodes),
        (doip.HeaderNack, theirs.GenericDoIPNegativeAcknowledge.NackCodes),
        (doip.ActivationCode, theirs.RoutingActivationResponse.ResponseCode),
        (doip.PowerMode, theirs.DiagnosticPowerModeResponse.DiagnosticPowerMode),
    ):
        assert {int(code) for code in ours} == {int(code) for code in enumeration}


def _udsoncan_services() -> list[Any]:
    return [s for s in vars(stranger("udsoncan.services")).values() if hasattr(s, "request_id")]


# --- doipclient


@contextmanager
def doip_client(servers: DiagServers, **changes: Any) -> Iterator[Any]:
    assert servers.doip is not None
    assert servers.doip_udp is not None
    client = stranger("doipclient").DoIPClient(
        HOST,
        changes.pop("target", 0x61),
        tcp_port=servers.doip.port,
        udp_port=servers.doip_udp.port,
        client_logical_address=changes.pop("tester", 0x0EF3),
        **changes,
    )
    try:
        yield client
    finally:
        client.close()


def test_doipclient_discovers_and_asks_for_status(car: tuple[Car, DiagServers]) -> None:
    with doip_client(car[1], protocol_version=3) as client:
        found = client.request_vehicle_identification()
        assert (found.vin, found.logical_address) == (VIN.decode(), 0x10)
        assert client.request_vehicle_identification(vin=VIN.decode()).vin == VIN.decode()
        assert client.request_entity_status().max_concurrent_sockets == 4
        assert client.request_diagnostic_power_mode().diagnostic_power_mode == 1
        assert client.request_alive_check().source_address == 0x0EF3


def test_doipclient_hears_why_it_is_refused(car: tuple[Car, DiagServers]) -> None:
    default = stranger("doipclient").messages.RoutingActivationRequest.ActivationType.Default
    with doip_client(car[1], tester=0x61, activation_type=None) as client:
        assert client.request_activation(default).response_code == 0x00
    with doip_client(car[1], target=0x99) as client, pytest.raises(OSError, match="code: 3"):
        client.send_diagnostic(b"\x3e\x00")


def test_doipclient_comes_back_while_its_old_socket_is_still_open(
    car: tuple[Car, DiagServers],
) -> None:
    with doip_client(car[1]), doip_client(car[1]) as second:  # the first does not answer for life
        second.send_diagnostic(b"\x3e\x00")
        assert second.receive_diagnostic(timeout=LIMIT_S) == b"\x7e\x00"


def test_two_doipclients_work_side_by_side(car: tuple[Car, DiagServers]) -> None:
    with (
        doip_client(car[1]) as one,
        doip_client(car[1], tester=0x0E01, target=0x10) as two,
    ):
        one.send_diagnostic(b"\x22\x10\x00")
        two.send_diagnostic(b"\x22\x10\x00")
        assert two.receive_diagnostic(timeout=LIMIT_S)[3:] == b"gateway"
        assert one.receive_diagnostic(timeout=LIMIT_S)[3:] == b"small"


# --- gallia


@asynccontextmanager
async def gallia_at(port: int, target: int) -> AsyncIterator[Any]:
    transports = stranger("gallia.transports")
    uri = f"hsfz://{HOST}:{port}?src_addr=0xf4&dst_addr={target:#x}"
    transport = transports.HSFZTransport(transports.TargetURI(uri))
    await transport.connect(LIMIT_S)
    try:
        yield transport
    finally:
        await transport.close()


def test_gallia_asks_over_hsfz(car: tuple[Car, DiagServers]) -> None:
    gallia = stranger("gallia.services.uds.core.client")

    async def story() -> None:
        assert car[1].hsfz is not None
        async with gallia_at(car[1].hsfz.port, 0x61) as transport:
            client = gallia.UDSClient(transport, timeout=2)
            name = await client.read_data_by_identifier(DID_NAME)
            assert name.data_record == b"small"
            assert (await client.diagnostic_session_control(3)).diagnostic_session_type == 3
            seed = await client.security_access_request_seed(1)
            await client.security_access_send_key(2, key_of(seed.security_seed))
            late = await client.read_data_by_identifier(DID_LATE)
            assert late.data_record == b"\x05"
            slow = await client.routine_control_start_routine(0x0203, b"\x01" * 300)
            assert slow.routine_status_record == b"\x01" + b"\x01" * 300
            codes = await client.read_dtc_information_report_dtc_by_status_mask(0x0C)
            assert codes.dtc_and_status_record == {FAULT: 0x2F}
            refusal = await client.read_data_by_identifier(0x9999)
            assert refusal.response_code == Nrc.REQUEST_OUT_OF_RANGE
            await transport.write(b"\x3e\x80", LIMIT_S)  # its client would wait for an answer

    asyncio.run(asyncio.wait_for(story(), 2 * LIMIT_S))


def test_gallia_hears_that_a_target_is_unknown(car: tuple[Car, DiagServers]) -> None:
    async def story() -> None:
        assert car[1].hsfz is not None
        async with gallia_at(car[1].hsfz.port, 0x99) as transport:
            with pytest.raises(BrokenPipeError, match="IncorrectDestinationAddress"):
                await transport.write(b"\x3e\x00", LIMIT_S)

    asyncio.run(asyncio.wait_for(story(), LIMIT_S))


def test_gallia_keeps_its_seat_when_another_knocks(car: tuple[Car, DiagServers]) -> None:
    async def story() -> None:
        assert car[1].hsfz is not None
        async with gallia_at(car[1].hsfz.port, 0x61) as transport:
            await transport.write(b"\x3e\x00", LIMIT_S)
            assert await transport.read(LIMIT_S) == b"\x7e\x00"
            reader, writer = await asyncio.open_connection(HOST, car[1].hsfz.port)
            assert await reader.read() == b""  # sent away: gallia answered the alive check
            writer.close()
            await writer.wait_closed()
            await transport.write(b"\x3e\x00", LIMIT_S)
            assert await transport.read(LIMIT_S) == b"\x7e\x00"

    asyncio.run(asyncio.wait_for(story(), 2 * LIMIT_S))


# --- scapy


def test_scapy_asks_over_hsfz(car: tuple[Car, DiagServers]) -> None:
    scapy, uds = (
        stranger("scapy.contrib.automotive.bmw.hsfz"),
        stranger("scapy.contrib.automotive.uds"),
    )
    assert car[1].hsfz is not None
    socket = scapy.UDS_HSFZSocket(0xF4, 0x61, HOST, car[1].hsfz.port)
    try:
        socket.ins.settimeout(LIMIT_S)
        socket.send(uds.UDS() / uds.UDS_RDBI(identifiers=[DID_NAME]))
        ack, answer = socket.recv(), socket.recv()
        assert (ack.control, ack.source, ack.target) == (2, 0xF4, 0x61)
        assert bytes(answer) == b"\x62\x10\x00small"
        assert answer.answers(uds.UDS() / uds.UDS_RDBI(identifiers=[DID_NAME]))
        socket.target = 0x99
        socket.send(uds.UDS() / uds.UDS_TP())
        assert socket.recv().control == 0x43
        socket.ins.send(bytes(scapy.HSFZ(control=0x11, length=0)))
        assert socket.recv().identification_string.endswith(VIN)
    finally:
        socket.close()


class ScapyIsoTp(stranger("udsoncan.connections").BaseConnection):  # type: ignore[misc]  # an untyped base
    """udsoncan on scapy's ISO-TP on python-can: three strangers on one bus."""

    def __init__(self, **address: int) -> None:
        super().__init__("scapy")
        self._can = stranger("scapy.contrib.cansocket_python_can").PythonCANSocket(
            interface="virtual", channel=CHANNEL, fd=bool(address.get("fd"))
        )
        soft = stranger("scapy.contrib.isotp.isotp_soft_socket")
        self._socket = soft.ISOTPSoftSocket(self._can, padding=True, **address)

    def open(self) -> ScapyIsoTp:
        return self

    def close(self) -> None:
        self._socket.close()
        self._can.close()

    def is_open(self) -> bool:
        return not self._socket.closed

    def empty_rxqueue(self) -> None:
        while self._socket.select([self._socket], 0):
            self._socket.recv()

    def specific_send(self, payload: bytes, timeout: float | None = None) -> None:
        self._socket.impl.send(payload)

    def specific_wait_frame(self, timeout: float | None = 2) -> bytes:
        if not self._socket.select([self._socket], timeout):
            raise udsoncan.exceptions.TimeoutException("nothing came")
        return bytes(self._socket.recv())


ON_THE_BUS = {
    "extended": (CanSettings("virtual", CHANNEL), EXTENDED),
    "pairs": (CanSettings("virtual", CHANNEL, plain={0x61: (0x7E0, 0x7E8)}), PAIR),
    "blocks and pauses": (
        CanSettings("virtual", CHANNEL, link=LinkSettings(block_size=2, st_min_s=0.002)),
        {**EXTENDED, "bs": 3, "stmin": 2},
    ),
    "long frames": (
        CanSettings("virtual", CHANNEL, fd=True, link=LinkSettings(frame_size=64)),
        {**EXTENDED, "fd": True},
    ),
}


@pytest.mark.parametrize("way", ON_THE_BUS)
def test_udsoncan_makes_a_whole_visit_over_scapys_iso_tp(way: str) -> None:
    bus, address = ON_THE_BUS[way]
    pretend = Car(replace(BUS, can=bus))
    with pretend, Client(ScapyIsoTp(**address), config=CONFIG) as client:
        a_whole_visit(client, pretend.unit)
