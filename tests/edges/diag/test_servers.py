"""The diagnostic socket: three roads to one set of units, delayed answers, cuts, bounds."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import can
import pytest

from opensos.edges.clock import SystemClock
from opensos.edges.diag import CanRoad, CanSettings, DiagServers, DiagSettings, Gateway
from opensos.protocols import doip, hsfz
from opensos.protocols.effects import Address, LocalError, RoadError
from opensos.protocols.uds import BareUnit, Later, Nrc, Read, Session, UdsServer
from tests.protocols.uds_unit import SETTINGS, SmallUnit, small_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

VIN = "WBAPRETENDCAR0001"
ANYWHERE = DiagSettings(VIN, doip_port=0, doip_udp_port=0, hsfz_port=0, hsfz_udp_port=0)
LIMIT_S = 10.0


class Slow(BareUnit):
    """Answers one DID a little late."""

    def read(self, did: int, now: float) -> Read:
        return Later(b"\x07", 0.12) if did == 0x0001 else Nrc.REQUEST_OUT_OF_RANGE


def units() -> dict[int, UdsServer]:
    return {0x10: UdsServer(Slow(), SETTINGS, dice=bytes), 0x61: small_server()}


@asynccontextmanager
async def open_socket(
    settings: DiagSettings = ANYWHERE, servers: dict[int, UdsServer] | None = None
) -> AsyncIterator[DiagServers]:
    opened = await DiagServers.open(Gateway(servers or units(), SystemClock()), settings)
    try:
        yield opened
    finally:
        await opened.close()


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        await asyncio.wait_for(story(), LIMIT_S)

    asyncio.run(bounded())


async def until(fine: Callable[[], bool]) -> None:
    """Let the loop run until something holds; ``run`` bounds it."""
    while not fine():  # noqa: ASYNC110  # what is waited for has no event
        await asyncio.sleep(0.002)


def fault_of(road: CanRoad) -> str | None:
    return road.fault


class HsfzTester:
    """A tester's raw socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def at(cls, where: Address | None) -> HsfzTester:
        assert where is not None
        return cls(*await asyncio.open_connection(where.host, where.port))

    def ask(self, target: int, data: str) -> None:
        message = hsfz.Diagnostic(0xF4, target, bytes.fromhex(data))
        self.writer.write(hsfz.encode_diagnostic(message))

    async def hear(self) -> tuple[int, str]:
        head = await self.reader.readexactly(6)
        body = await self.reader.readexactly(int.from_bytes(head[:4], "big"))
        return head[5], body.hex(" ")

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


def test_a_delayed_answer_follows_its_announcement() -> None:
    async def story() -> None:
        async with open_socket() as opened:
            tester = await HsfzTester.at(opened.hsfz)
            tester.ask(0x10, "22 00 01")
            assert await tester.hear() == (hsfz.Control.ACK, "f4 10 22 00 01")
            assert await tester.hear() == (hsfz.Control.DATA, "10 f4 7f 22 78")
            assert await tester.hear() == (hsfz.Control.DATA, "10 f4 62 00 01 07")
            await tester.close()

    run(story)


def test_all_units_are_asked_at_once_and_each_answers_for_itself() -> None:
    async def story() -> None:
        async with open_socket() as opened:
            tester = await HsfzTester.at(opened.hsfz)
            tester.ask(0xDF, "3e 00")
            assert await tester.hear() == (hsfz.Control.ACK, "f4 df 3e 00")
            answers = {await tester.hear(), await tester.hear()}
            assert answers == {(1, "10 f4 7e 00"), (1, "61 f4 7e 00")}
            tester.ask(0x12, "3e 00")
            assert await tester.hear() == (hsfz.Control.BAD_TARGET, "f4 12")
            await tester.close()

    run(story)


def test_a_silent_hsfz_tester_is_cut() -> None:
    async def story() -> None:
        async with open_socket(replace(ANYWHERE, hsfz_idle_s=0.05)) as opened:
            tester = await HsfzTester.at(opened.hsfz)
            assert await tester.reader.read() == b""
            await tester.close()

    run(story)


def test_a_session_ends_by_itself() -> None:
    unit = SmallUnit()
    server = UdsServer(unit, replace(SETTINGS, s3_s=0.05), dice=bytes)

    async def story() -> None:
        async with open_socket(servers={0x61: server}) as opened:
            tester = await HsfzTester.at(opened.hsfz)
            tester.ask(0x61, "10 03")
            await tester.hear()
            await tester.hear()
            assert server.session is Session.EXTENDED
            await until(lambda: server.due is None)
            await tester.close()

    run(story)
    assert server.session is Session.DEFAULT


async def ask_by_datagram(where: Address | None, data: bytes) -> bytes:
    assert where is not None
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bytes] = loop.create_future()

    class Ear(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: object) -> None:
            answer.set_result(data)

    transport, _ = await loop.create_datagram_endpoint(Ear, remote_addr=(where.host, where.port))
    transport.sendto(data)
    try:
        return await answer
    finally:
        transport.close()


def test_both_discoveries_say_who_the_car_is() -> None:
    async def story() -> None:
        async with open_socket() as opened:
            asked = hsfz.encode(hsfz.Frame(hsfz.Control.IDENTIFICATION))
            identity = hsfz.decode_identity(await ask_by_datagram(opened.hsfz_udp, asked))
            assert identity == hsfz.Identity(0x10, "020000000010", VIN)
            asked = doip.encode(doip.Message(doip.PayloadType.IDENTIFY, b"", doip.VERSION_ANY))
            found = doip.decode_datagram(await ask_by_datagram(opened.doip_udp, asked))
            assert isinstance(found, doip.Message)
            assert doip.decode_announcement(found.payload).vin == VIN

    run(story)


def test_garbage_on_doip_is_refused_and_cut() -> None:
    async def story() -> None:
        async with open_socket() as opened:
            tester = await HsfzTester.at(opened.doip)
            tester.writer.write(b"GET / HTTP/1.1\r\n\r\n")
            assert (await tester.reader.read()).hex() == "02fd00000000000100"
            await tester.close()

    run(story)


def test_more_testers_than_the_bound_are_dropped() -> None:
    async def story() -> None:
        async with open_socket() as opened:
            testers = [await HsfzTester.at(opened.doip) for _ in range(17)]
            assert await testers[-1].reader.read() == b""
            for tester in testers:
                await tester.close()

    run(story)


def test_a_port_in_use_is_said_and_nothing_stays_open() -> None:
    async def story() -> None:
        async with open_socket() as opened:
            assert opened.hsfz is not None
            with pytest.raises(RoadError, match="TCP port"):
                await DiagServers.open(
                    Gateway(units(), SystemClock()), replace(ANYWHERE, hsfz_port=opened.hsfz.port)
                )
            with pytest.raises(LocalError):
                await DiagServers.open(
                    Gateway(units(), SystemClock()), replace(ANYWHERE, mac="no address")
                )

    run(story)


# --- CAN, over python-can's virtual bus


def on_can(channel: str, **changes: object) -> DiagSettings:
    closed = DiagSettings(
        VIN, doip_port=None, doip_udp_port=None, hsfz_port=None, hsfz_udp_port=None
    )
    bus = CanSettings("virtual", channel, **changes)  # type: ignore[arg-type]
    return replace(closed, can=bus)


async def frame_from(bus: can.BusABC) -> tuple[int, str]:
    while True:
        frame = await asyncio.get_running_loop().run_in_executor(None, bus.recv, 0.2)
        if frame is not None:
            return frame.arbitration_id, bytes(frame.data).hex(" ")


def say(bus: can.BusABC, can_id: int, data: str, **more: bool) -> None:
    frame = can.Message(
        arbitration_id=can_id, data=bytes.fromhex(data), is_extended_id=False, **more
    )
    bus.send(frame)


def test_units_answer_on_can_with_extended_addresses_alone_and_all_at_once() -> None:
    async def story() -> None:
        async with open_socket(on_can("alone")) as opened:
            assert opened.hsfz is None
            with can.Bus(interface="virtual", channel="alone") as bus:
                say(bus, 0x6F1, "61 02 3e 00")
                assert await frame_from(bus) == (0x661, "f1 02 7e 00 cc cc cc cc")
                say(bus, 0x6F1, "61 03 22 f1 90")
                assert await frame_from(bus) == (0x661, "f1 10 14 62 f1 90 57 42")
                say(bus, 0x6F1, "61 30 00 00")
                assert (await frame_from(bus))[1] == "f1 21 41 50 52 45 54 45"
                for _ in range(2):
                    await frame_from(bus)
                say(bus, 0x6F1, "df 02 3e 00")
                assert {(await frame_from(bus))[0] for _ in range(2)} == {0x610, 0x661}

    run(story)


def test_a_pause_is_kept_while_another_message_is_still_coming_in() -> None:
    async def story() -> None:
        async with open_socket(on_can("two at once")):
            with can.Bus(interface="virtual", channel="two at once") as bus:
                say(bus, 0x6F1, "10 10 08 22 00 01 00 01")  # N_Cr of unit 10 runs: 1 s
                assert await frame_from(bus) == (0x610, "f1 30 00 00 cc cc cc cc")
                started = asyncio.get_running_loop().time()
                say(bus, 0x6F1, "61 03 22 f1 90")
                await frame_from(bus)
                say(bus, 0x6F1, "61 30 00 0a")
                frames = [(await frame_from(bus))[1][3:5] for _ in range(3)]
                assert frames == ["21", "22", "23"]
                assert asyncio.get_running_loop().time() - started < 0.9

    run(story)


def test_units_answer_on_can_with_plain_pairs_in_long_frames_and_ignore_odd_ones() -> None:
    async def story() -> None:
        settings = on_can("pairs", plain={0x61: (0x7E0, 0x7E8)})
        async with open_socket(settings):
            with can.Bus(interface="virtual", channel="pairs") as bus:
                say(bus, 0x7E0, "02 3e 00", is_error_frame=True)
                say(bus, 0x7E0, "")
                say(bus, 0x123, "02 3e 00")
                say(bus, 0x7E0, "02 3e 00")
                assert await frame_from(bus) == (0x7E8, "02 7e 00 cc cc cc cc cc")
                say(bus, 0x7DF, "02 3e 00")
                assert {(await frame_from(bus))[0] for _ in range(2)} == {0x610, 0x7E8}

    run(story)


class Stubborn(can.BusABC):
    """A bus whose queue is full for a while, or for ever."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.taken: list[can.Message] = []
        super().__init__(channel="stubborn")

    def send(self, msg: can.Message, timeout: float | None = None) -> None:
        if self.refusals:
            self.refusals -= 1
            raise can.CanOperationError("Transmit buffer full")
        self.taken.append(msg)

    def _recv_internal(self, timeout: float | None) -> tuple[can.Message | None, bool]:
        return None, True


class OnFile(can.BusABC):
    """A bus with a file, as SocketCAN has; it fails once."""

    def __init__(self) -> None:
        self.near, self.far = socket.socketpair()
        self.near.setblocking(False)
        self.sent: list[str] = []
        self.failures = 1
        super().__init__(channel="file")

    def fileno(self) -> int:
        return self.near.fileno()

    def send(self, msg: can.Message, timeout: float | None = None) -> None:
        self.sent.append(bytes(msg.data).hex(" "))

    def _recv_internal(self, timeout: float | None) -> tuple[can.Message | None, bool]:
        if self.failures:
            self.failures -= 1
            raise can.CanOperationError("bus off")
        try:
            data = self.near.recv(8)
        except BlockingIOError:
            return None, True
        return can.Message(arbitration_id=0x6F1, data=data, is_extended_id=False), True

    def shutdown(self) -> None:
        super().shutdown()
        self.near.close()
        self.far.close()


def test_a_bus_with_a_file_is_read_without_a_thread_and_again_after_it_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("opensos.edges.diag.can_road._REST_S", 0.01)

    async def story() -> None:
        bus = OnFile()
        road = CanRoad(bus, CanSettings(), Gateway(units(), SystemClock()))
        bus.far.send(bytes.fromhex("61 02 3e 00"))
        await until(lambda: road.fault == "bus off")
        await until(lambda: bool(bus.sent))
        assert bus.sent == ["f1 02 7e 00 cc cc cc cc"]
        assert fault_of(road) is None
        await road.close()

    run(story)


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def utc(self) -> float:
        return 0.0


def test_a_full_queue_is_waited_for_and_a_dead_bus_is_a_finding_not_a_crash() -> None:
    async def story() -> None:
        clock = Clock()
        bus = Stubborn(2)
        road = CanRoad(bus, CanSettings(), Gateway(units(), clock))
        request = can.Message(arbitration_id=0x6F1, data=bytes.fromhex("61 02 3e 00"))
        request.is_extended_id = False
        road.heard(request)
        assert road.fault == "Transmit buffer full"
        await until(lambda: bool(bus.taken))
        assert fault_of(road) is None
        bus.refusals = 10_000
        road.heard(request)
        clock.time = 2.0
        await until(lambda: not road._unsent)
        assert road.fault == "Transmit buffer full"
        bus.refusals = 0
        road.heard(request)
        assert len(bus.taken) == 2
        await road.close()

    run(story)


def test_a_bus_that_is_not_there_is_said() -> None:
    async def story() -> None:
        settings = replace(on_can("x"), can=CanSettings("socketcan", "nocan9"))
        with pytest.raises(RoadError, match="nocan9"):
            await DiagServers.open(Gateway(units(), SystemClock()), settings)

    run(story)
