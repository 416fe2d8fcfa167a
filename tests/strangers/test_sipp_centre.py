"""sipp plays the centre, our car calls."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from opensos.protocols.ngecall import AUTOMATIC, EcallCar, EcallOrder, events
from tests.strangers.runner import MSD, Ours, Sipp, needs_sipp, running, story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from opensos.protocols.effects import Address, Effect

pytestmark = [pytest.mark.sipp, needs_sipp]
both = pytest.mark.parametrize("transport", ["udp", "tcp"])
CONTROL = "application/EmergencyCallData.Control+xml"


@asynccontextmanager
async def car(transport: str) -> AsyncIterator[tuple[Ours, EcallCar]]:
    """Run a car that sends a fresh MSD when it is asked."""
    async with running(EcallCar, transport) as ours:
        machine = ours.machine
        assert isinstance(machine, EcallCar)

        def react(event: object) -> list[Effect]:
            now = ours.pump.now()
            match event:
                case events.MsdRequested(call):
                    return machine.send_msd(call, MSD + b"2", now)
                case events.CalledBack(call):
                    return machine.answer_callback(call, now)
            return []

        ours.react = react
        yield ours, machine


def dial(ours: Ours, machine: EcallCar, to: Address) -> str:
    order = EcallOrder(AUTOMATIC, to, MSD, location=b"<presence/>")
    call, effects = machine.dial(order, ours.pump.now())
    ours.pump.do(effects)
    return call


async def play(
    folder: Path, transport: str, both_of: tuple[Ours, EcallCar], name: str, **words: str
) -> Sipp:
    """Let our car call sipp, which sees its scenario through."""
    sipp = Sipp(folder, transport)
    try:
        given = {"ack": "true", "type": CONTROL, "action": "send-data", **words}
        await sipp.start(name, None, **given)
        dial(*both_of, sipp.address)
        await sipp.finished()
    finally:
        await sipp.stop()
    return sipp


@both
@pytest.mark.parametrize(
    ("ack", "content_type"),
    [
        ("true", CONTROL),
        ("false", CONTROL),
        ("true", "application/EmergencyCallData.eCall.Control+xml"),
        ("true", "application/emergencyCallData.control"),
    ],
)
def test_a_whole_call_with_acknowledgement_and_update(
    tmp_path: Path, transport: str, ack: str, content_type: str
) -> None:
    async def call() -> None:
        async with car(transport) as ours:
            await play(tmp_path, transport, ours, "centre_call", ack=ack, type=content_type)
            ours[0].one(events.Ringing)
            connected = ours[0].one(events.Connected)
            assert (connected.received, connected.problems) == (ack == "true", ())
            ours[0].one(events.MsdDelivered)
            await ours[0].until(events.ClearedDown)

    story(call())


@both
def test_an_answer_without_acknowledgement(tmp_path: Path, transport: str) -> None:
    async def call() -> None:
        async with car(transport) as ours:
            await play(tmp_path, transport, ours, "centre_call_no_ack")
            assert ours[0].one(events.Connected).received is None

    story(call())


@both
@pytest.mark.parametrize(("status", "ack"), [("486", "true"), ("600", "true"), ("603", "false")])
def test_a_refusal_carries_the_acknowledgement(
    tmp_path: Path, transport: str, status: str, ack: str
) -> None:
    async def call() -> None:
        async with car(transport) as ours:
            await play(tmp_path, transport, ours, "centre_refuses", status=status, ack=ack)
            refused = ours[0].one(events.Refused)
            assert (refused.status, refused.received) == (int(status), ack == "true")

    story(call())


@both
def test_469_for_the_fresh_msd(tmp_path: Path, transport: str) -> None:
    async def call() -> None:
        async with car(transport) as ours:
            await play(tmp_path, transport, ours, "centre_rejects_msd", status="469")
            assert ours[0].one(events.MsdUndelivered).status == 469
            await ours[0].until(events.ClearedDown)

    story(call())


@both
def test_481_for_the_fresh_msd_ends_the_call(tmp_path: Path, transport: str) -> None:
    async def call() -> None:
        async with car(transport) as ours:
            await play(tmp_path, transport, ours, "centre_forgot")
            assert ours[0].one(events.MsdUndelivered).status == 481
            assert (await ours[0].until(events.Dropped)).why == "road"

    story(call())


@both
@pytest.mark.parametrize(("action", "reason"), [("send-data", "unable"), ("honk", "unsupported")])
def test_the_centre_hears_why_not(tmp_path: Path, transport: str, action: str, reason: str) -> None:
    async def call() -> None:
        async with car(transport) as (ours, machine):
            ours.react = lambda event: (
                machine.cannot_send(event.call, "unable", ours.pump.now())
                if isinstance(event, events.MsdRequested)
                else []
            )
            given = {"action": action, "reason": reason}
            await play(tmp_path, transport, (ours, machine), "centre_hears_why_not", **given)

    story(call())


def test_a_repeated_answer_is_acknowledged_again(tmp_path: Path) -> None:
    async def call() -> None:
        async with car("udp") as ours:
            sipp = await play(tmp_path, "udp", ours, "centre_repeats")
            ours[0].one(events.Connected)
            assert sipp.messages().count("\nACK sip:") == 2

    story(call())


@both
def test_our_car_gives_up(tmp_path: Path, transport: str) -> None:
    async def call() -> None:
        async with car(transport) as (ours, machine):
            ours.react = lambda event: (
                machine.cancel(event.call, ours.pump.now())
                if isinstance(event, events.Ringing)
                else []
            )
            await play(tmp_path, transport, (ours, machine), "centre_is_given_up")
            ours.one(events.Cancelled)

    story(call())


@both
def test_the_centre_calls_back(tmp_path: Path, transport: str) -> None:
    async def call() -> None:
        async with car(transport) as (ours, _):
            sipp = Sipp(tmp_path, transport)
            try:
                await sipp.start("centre_calls_back", ours.address)
                await sipp.finished()
            finally:
                await sipp.stop()
            back = ours.one(events.CalledBack)
            assert back.marked
            ours.one(events.CallbackEstablished)
            await ours.until(events.ClearedDown)
            ours.one(events.MsdDelivered)

    story(call())
