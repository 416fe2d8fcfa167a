"""Whole calls through real sockets on loopback."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from opensos.apps.centre import Centre
from opensos.apps.centre.desk import UnknownIncidentError
from opensos.edges.net import UdpRoad
from opensos.protocols.effects import Address, RoadError, UserError
from opensos.protocols.ngecall import AUTOMATIC
from opensos.protocols.ngecall import events as ecall
from tests.centre import card_when, cards, kinds, record, record_when, running, settings_for
from tests.pretend_car import HANOVER, PretendCar, a_location, an_msd

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path


def run(
    data: Path,
    body: Callable[[Centre, PretendCar], Coroutine[object, object, None]],
    **changes: Any,
) -> None:
    async def main() -> None:
        async with (
            running(settings_for(data, **changes)) as centre,
            PretendCar(centre.sip_addresses[0]) as car,
        ):
            await body(centre, car)

    asyncio.run(main())


def connected(card: dict[str, Any]) -> bool:
    return card["state"] == "connected" and bool(card["established"])


def test_a_call_is_answered_with_the_acknowledgement_and_is_an_incident(tmp_path: Path) -> None:
    async def body(centre: Centre, car: PretendCar) -> None:
        car.dial(location=a_location())
        answer = await car.hear(ecall.Connected)
        assert answer.received is True
        card = await card_when(centre, connected)
        assert card["test"] is True
        assert card["trigger"] == "automatic"
        assert card["position"]["lat"] == pytest.approx(HANOVER[0])
        assert card["vehicle"]["vin_masked"] == "WVW***********456"
        assert card["can"]["request_data"]
        found = await record(centre, card["id"])
        assert kinds(found) == ["incident.opened", "call.answered", "call.established"]
        assert [m["kind"] for m in found["messages"]] == ["invite", "msd", "location"]
        raw = await centre.message(card["id"], found["messages"][1]["id"])
        assert raw is not None
        assert raw.data == an_msd()

    run(tmp_path, body)


def test_an_operator_asks_for_data_clears_down_and_calls_back(tmp_path: Path) -> None:
    async def body(centre: Centre, car: PretendCar) -> None:
        car.dial()
        card = await card_when(centre, connected)
        incident = card["id"]
        await centre.act("acknowledge", incident)
        await centre.act("acknowledge", incident)
        await centre.act("request-data", incident)
        await car.hear(ecall.MsdDelivered)
        card = await card_when(centre, lambda c: c["msd_count"] == 2)
        assert card["msd"]["msd"]["messageIdentifier"] == 2
        await centre.act("clear-down", incident)
        await car.hear(ecall.ClearedDown)
        card = await card_when(centre, lambda c: c["state"] == "ended")
        assert card["ended_why"] == "cleared_down"
        await centre.act("call-back", incident)
        await car.hear(ecall.CallbackEstablished)
        card = await card_when(centre, connected)
        assert card["id"] == incident
        await centre.act("request-data", incident)
        await card_when(centre, lambda c: c["msd_count"] == 3)
        await centre.act("clear-down", incident)
        await card_when(centre, lambda c: c["state"] == "ended")
        assert kinds(await record(centre, incident)) == [
            "incident.opened",
            "call.answered",
            "call.established",
            "incident.acknowledged",
            "msd.requested",
            "msd.received",
            "call.cleared_down",
            "callback.started",
            "callback.answered",
            "msd.requested",
            "msd.received",
            "call.cleared_down",
        ]

    run(tmp_path, body)


def test_a_car_that_cannot_send_data_says_so(tmp_path: Path) -> None:
    async def body(centre: Centre, car: PretendCar) -> None:
        car.msd_for_request = None
        car.dial()
        card = await card_when(centre, connected)
        await centre.act("request-data", card["id"])
        found = await record_when(centre, card["id"], "msd.unavailable")
        assert not found["card"]["requesting"]
        assert found["timeline"][-1]["data"] == {"reason": "unable"}

    run(tmp_path, body)


@pytest.mark.parametrize("msd", [b"\x00", b"\xff" * 140, b"garbage" * 1000])
def test_an_unreadable_msd_is_an_incident_all_the_same(tmp_path: Path, msd: bytes) -> None:
    async def body(centre: Centre, car: PretendCar) -> None:
        car.dial(msd)
        answer = await car.hear(ecall.Connected)
        assert answer.received is False
        card = await card_when(centre, connected)
        assert any(f["level"] in {"error", "warning"} for f in card["findings"])
        found = await record(centre, card["id"])
        raw = await centre.message(card["id"], found["messages"][1]["id"])
        assert raw is not None
        assert raw.data == msd

    run(tmp_path, body)


def test_fresh_data_can_be_asked_for_as_soon_as_a_call_stands(tmp_path: Path) -> None:
    async def body(centre: Centre, car: PretendCar) -> None:
        call = car.dial()
        await car.hear(ecall.MsdDelivered)
        await card_when(centre, lambda c: c["msd_count"] == 2)
        car.do(lambda now: car.machine.hang_up(call, now))
        card = await card_when(centre, lambda c: c["state"] == "ended")
        assert card["ended_why"] == "car_hung_up"

    run(tmp_path, body, request_on_answer=True)


def test_a_call_may_ring_until_somebody_acknowledges_it(tmp_path: Path) -> None:
    async def body(centre: Centre, car: PretendCar) -> None:
        car.dial()
        await car.hear(ecall.Ringing)
        card = await card_when(centre, lambda c: c["state"] == "ringing")
        with pytest.raises(UserError, match="while the car is connected"):
            await centre.act("request-data", card["id"])
        await centre.act("acknowledge", card["id"])
        await car.hear(ecall.Connected)
        await card_when(centre, connected)

    run(tmp_path, body, auto_answer=False)


def test_a_ringing_call_that_is_cleared_down_is_declined(tmp_path: Path) -> None:
    async def body(centre: Centre, car: PretendCar) -> None:
        car.dial()
        card = await card_when(centre, lambda c: c["state"] == "ringing")
        await centre.act("clear-down", card["id"])
        assert (await car.hear(ecall.Refused)).status == 603
        card = await card_when(centre, lambda c: c["state"] == "ended")
        assert card["ended_why"] == "cleared_down"

    run(tmp_path, body, auto_answer=False)


def test_a_caller_who_gives_up_leaves_an_incident(tmp_path: Path) -> None:
    async def body(centre: Centre, car: PretendCar) -> None:
        call = car.dial()
        await car.hear(ecall.Ringing)
        car.do(lambda now: car.machine.cancel(call, now))
        card = await card_when(centre, lambda c: c["state"] == "ended")
        assert card["ended_why"] == "abandoned"
        assert card["can"]["call_back"]

    run(tmp_path, body, auto_answer=False)


def test_verbs_that_make_no_sense_are_refused_in_one_sentence(tmp_path: Path) -> None:
    async def body(centre: Centre, car: PretendCar) -> None:
        car.dial()
        card = await card_when(centre, connected)
        with pytest.raises(UserError, match="still in a call"):
            await centre.act("call-back", card["id"])
        with pytest.raises(UnknownIncidentError):
            await centre.act("acknowledge", "0" * 16)
        await centre.act("clear-down", card["id"])
        await card_when(centre, lambda c: c["state"] == "ended")
        for verb in ("clear-down", "request-data"):
            with pytest.raises(UserError):
                await centre.act(verb, card["id"])

    run(tmp_path, body)


def test_a_call_that_was_up_when_the_centre_stopped_is_said_to_be_lost_and_can_be_called_back(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        settings = settings_for(tmp_path)
        async with running(settings) as centre:
            address = centre.sip_addresses[0]
            async with PretendCar(address) as car:
                car.dial()
                before = await card_when(centre, connected)
                await centre.stop()
                again = dataclasses.replace(settings, sip=(address,))
                async with running(again) as second:
                    card = await card_when(second, lambda c: c["state"] == "ended")
                    assert card["id"] == before["id"]
                    assert card["ended_why"] == "lost_at_restart"
                    assert card["can"]["call_back"]
                    await second.act("acknowledge", card["id"])
                    await second.act("call-back", card["id"])
                    await car.hear(ecall.CallbackEstablished)
                    await card_when(second, lambda c: c["state"] == "connected")

    asyncio.run(main())


def test_the_same_invite_after_a_restart_is_the_same_incident(tmp_path: Path) -> None:
    async def main() -> None:
        settings = settings_for(tmp_path)
        invites: list[bytes] = []
        async with Tap() as tap:
            async with running(settings) as centre, PretendCar(tap.address) as car:
                tap.invites = invites
                tap.forward_to = centre.sip_addresses[0]
                car.dial()
                await card_when(centre, lambda c: c["state"] == "connected")
            assert invites
            async with running(settings) as second:
                await card_when(second, lambda c: c["ended_why"] == "lost_at_restart")
                tap.road.send(invites[0], second.sip_addresses[0])
                card = await card_when(second, lambda c: c["state"] == "connected")
                assert len(await cards(second)) == 1
                found = await record(second, card["id"])
                assert found["timeline"][-2]["data"]["repeated"] is True
                assert [m["kind"] for m in found["messages"]].count("invite") == 2

    asyncio.run(main())


@pytest.mark.parametrize(
    "noise",
    [b"", b"\r\n\r\n", b"\x00" * 100, b"INVITE", b"INVITE urn:service:sos SIP/2.0\r\n\r\n",
     b"INVITE sip:x SIP/2.0\r\nFrom: <sip:a@b>\r\nCall-ID: 1\r\nContent-Length: 9999\r\n\r\nx",
     b"OPTIONS sip:x SIP/2.0\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n", b"\xff\xfe" * 30_000],
)  # fmt: skip
def test_garbage_stops_nobody(tmp_path: Path, noise: bytes) -> None:
    async def body(centre: Centre, car: PretendCar) -> None:
        async with Tap() as tap:
            for _ in range(3):
                tap.road.send(noise, centre.sip_addresses[0])
            car.dial()
            await car.hear(ecall.Connected)
            await card_when(centre, connected)

    run(tmp_path, body)


def test_something_like_a_call_that_cannot_be_read_is_one_incident(tmp_path: Path) -> None:
    broken = b"INVITE urn:service:sos.ecall.automatic SIP/2.0\r\nCall-ID: x\r\n\r\nhelp"

    async def body(centre: Centre, car: PretendCar) -> None:
        del car
        async with Tap() as tap:
            for _ in range(3):
                tap.road.send(broken, centre.sip_addresses[0])
            card = await card_when(centre, lambda c: c["state"] == "unreadable")
            assert card["findings"][0]["code"] == "call.unreadable"
            found = await record(centre, card["id"])
            raw = await centre.message(card["id"], found["messages"][0]["id"])
            assert raw is not None
            assert raw.data == broken
            assert len(await cards(centre)) == 1

    run(tmp_path, body)


def test_a_real_emergency_is_not_marked_as_a_test(tmp_path: Path) -> None:
    async def body(centre: Centre, car: PretendCar) -> None:
        car.dial(an_msd(test=False), urn=AUTOMATIC)
        card = await card_when(centre, connected)
        assert card["test"] is False

    run(tmp_path, body)


def test_the_same_vehicle_calling_twice_is_marked(tmp_path: Path) -> None:
    async def body(centre: Centre, car: PretendCar) -> None:
        car.dial()
        first = await card_when(centre, connected)
        car.dial()
        card = await card_when(centre, lambda c: c["id"] != first["id"] and connected(c))
        marks = [f for f in card["findings"] if f["code"] == "triage.same_vehicle"]
        assert first["id"] in marks[0]["text"]

    run(tmp_path, body)


def test_calls_come_by_tcp_too_and_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    async def body(centre: Centre, car: PretendCar) -> None:
        del car
        udp, tcp = centre.sip_addresses
        assert (udp.transport, tcp.transport) == ("udp", "tcp")
        for taken in (udp, tcp):
            with pytest.raises(RoadError, match=str(taken.port)):
                async with running(settings_for(tmp_path / "other", sip=(taken,))):
                    pass

    both = (Address("udp", "127.0.0.1", 0), Address("tcp", "127.0.0.1", 0))
    run(tmp_path, body, sip=both)


def test_a_failing_disk_stops_no_call_and_shows_on_the_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body(centre: Centre, car: PretendCar) -> None:
        def refuse(change: object) -> asyncio.Future[object]:
            del change
            future = asyncio.get_running_loop().create_future()
            future.set_exception(RoadError("The disk is full."))
            return future

        with monkeypatch.context() as patch:
            patch.setattr(centre._store, "write", refuse)
            car.dial()
            answer = await car.hear(ecall.Connected)
            assert answer.received is True
            card = await card_when(centre, connected)
            assert card["stored"] is False
            assert centre.trouble == "The disk is full."
            assert (await record(centre, card["id"]))["timeline"] == []
        card = await card_when(centre, lambda c: c["stored"])
        found = await record(centre, card["id"])
        assert kinds(found)[0] == "incident.opened"
        assert [m["kind"] for m in found["messages"]] == ["invite", "msd"]

    run(tmp_path, body)


class Tap:
    """A socket in between: passes everything on, and keeps the INVITEs."""

    def __init__(self) -> None:
        self.forward_to: Address | None = None
        self.invites: list[bytes] = []
        self._car: Address | None = None

    async def __aenter__(self) -> Tap:  # noqa: PYI034  # never subclassed
        self.road = UdpRoad.open("127.0.0.1", 0, self)
        self.address = self.road.address
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.road.close()

    def received(self, data: bytes, source: Address) -> None:
        if source == self.forward_to:
            if self._car is not None:
                self.road.send(data, self._car)
        elif self.forward_to is not None:
            self._car = source
            if data.startswith(b"INVITE"):
                self.invites.append(data)
            self.road.send(data, self.forward_to)

    def failed(self, to: Address) -> None:
        del to


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_second_centre_on_the_same_data_cannot_end_the_firsts_calls(
    tmp_path: Path, request: pytest.FixtureRequest, database: str
) -> None:
    url = request.getfixturevalue("postgres") if database == "postgres" else None
    elsewhere = tmp_path / "elsewhere" if database == "postgres" else tmp_path

    async def body(centre: Centre, car: PretendCar) -> None:
        car.dial()
        card = await card_when(centre, connected)
        second = Centre(settings_for(elsewhere, database=url, name="twice"))
        with pytest.raises(RoadError, match=r"already (uses|works on)"):
            await second.start()
        assert connected((await record(centre, card["id"]))["card"])
        await centre.act("clear-down", card["id"])
        await car.hear(ecall.ClearedDown)

    run(tmp_path, body, database=url, name="twice")
