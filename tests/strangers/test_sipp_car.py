"""sipp plays the car, our centre answers."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from opensos.protocols.ngecall import AUTOMATIC, TEST, EcallCentre, events
from tests.strangers.runner import MSD, Ours, Sipp, needs_sipp, running, story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from opensos.protocols.effects import Address, Effect

pytestmark = [pytest.mark.sipp, needs_sipp]
TRANSPORTS = ["udp", "tcp"]
both = pytest.mark.parametrize("transport", TRANSPORTS)


@asynccontextmanager
async def centre(
    transport: str, *, received: events.Received = True, t1: float = 0.5
) -> AsyncIterator[tuple[Ours, EcallCentre]]:
    """Run a centre that answers, asks for a fresh MSD, confirms it and clears down."""
    async with running(EcallCentre, transport, t1) as ours:
        machine = ours.machine
        assert isinstance(machine, EcallCentre)

        def react(event: object) -> list[Effect]:
            now = ours.pump.now()
            match event:
                case events.CallArrived(call):
                    return machine.answer(call, received, None, now)
                case events.CallEstablished(call) if received is not None:
                    return machine.request_msd(call, now)
                case events.CallEstablished(call) | events.MsdRefused(call):
                    return machine.clear_down(call, now)
                case events.DataRequestFailed(call):
                    return machine.clear_down(call, now)
                case events.MsdArrived(call, token):
                    return [*machine.confirm(token, now), *machine.clear_down(call, now)]
            return []

        ours.react = react
        yield ours, machine


async def play(folder: Path, transport: str, ours: Address, name: str, **words: str) -> None:
    """Let sipp call our centre and see its scenario through."""
    sipp = Sipp(folder, transport)
    try:
        await sipp.start(name, ours, **{"urn": AUTOMATIC, "ack": "true", **words})
        await sipp.finished()
    finally:
        await sipp.stop()


@both
@pytest.mark.parametrize("ack", ["true", "false"])
def test_a_whole_call_with_acknowledgement_and_update(
    tmp_path: Path, transport: str, ack: str
) -> None:
    async def call() -> None:
        async with centre(transport, received=ack == "true") as (ours, _):
            await play(tmp_path, transport, ours.address, "car_call", ack=ack)
            arrived = ours.one(events.CallArrived)
            assert (arrived.msd, arrived.location) == (MSD, b"<presence/>")
            assert (arrived.kind, arrived.problems) == ("automatic", ())
            assert ours.one(events.MsdArrived).msd == MSD
            assert (await ours.until(events.CallEnded)).why == "cleared_down"

    story(call())


@both
def test_an_answer_without_acknowledgement(tmp_path: Path, transport: str) -> None:
    async def call() -> None:
        async with centre(transport, received=None) as (ours, _):
            await play(tmp_path, transport, ours.address, "car_call_no_ack")
            await ours.until(events.CallEnded)

    story(call())


@pytest.mark.parametrize(
    ("urn", "kind"),
    [
        (TEST, "test"),
        ("URN:Service:TEST.sos.eCall.new", "test"),
        ("urn:service:sos.ecall.manual", "manual"),
        ("sip:+49800111@psap.example", "other"),
    ],
)
def test_test_calls_and_other_addresses(tmp_path: Path, urn: str, kind: str) -> None:
    async def call() -> None:
        async with centre("udp") as (ours, _):
            await play(tmp_path, "udp", ours.address, "car_call", urn=urn)
            arrived = ours.one(events.CallArrived)
            assert (arrived.kind, arrived.test, arrived.msd) == (kind, kind == "test", MSD)

    story(call())


@both
@pytest.mark.parametrize("status", ["486", "600", "603"])
def test_a_refusal_carries_the_acknowledgement(tmp_path: Path, transport: str, status: str) -> None:
    async def call() -> None:
        async with centre(transport) as (ours, machine):
            ours.react = only(
                events.CallArrived,
                lambda event: machine.refuse(event.call, int(status), True, ours.pump.now()),
            )
            await play(tmp_path, transport, ours.address, "car_refused", status=status)

    story(call())


def only(
    kind: type[events.CallArrived], then: Callable[[events.CallArrived], list[Effect]]
) -> Callable[[object], list[Effect]]:
    """React to one kind of event."""
    return lambda event: then(event) if isinstance(event, kind) else []


@both
def test_an_unknown_package_is_469(tmp_path: Path, transport: str) -> None:
    async def call() -> None:
        async with centre(transport) as (ours, machine):
            ours.react = only(
                events.CallArrived,
                lambda event: machine.answer(event.call, True, None, ours.pump.now()),
            )
            await play(tmp_path, transport, ours.address, "car_info_unknown")
            assert (await ours.until(events.CallEnded)).why == "car_hung_up"
            assert ours.all(events.MsdArrived) == []

    story(call())


@both
def test_an_info_of_no_call_is_481(tmp_path: Path, transport: str) -> None:
    async def call() -> None:
        async with centre(transport) as (ours, _):
            await play(tmp_path, transport, ours.address, "car_info_stray")
            assert "481" in ours.one(events.NoiseArrived).reason

    story(call())


@both
def test_a_car_that_cannot_send_says_why(tmp_path: Path, transport: str) -> None:
    async def call() -> None:
        async with centre(transport) as (ours, _):
            await play(tmp_path, transport, ours.address, "car_cannot_send")
            assert ours.one(events.MsdRefused).reason == "damaged"

    story(call())


@both
@pytest.mark.parametrize("status", ["469", "481"])
def test_a_car_that_rejects_the_request(tmp_path: Path, transport: str, status: str) -> None:
    async def call() -> None:
        async with centre(transport) as (ours, _):
            await play(tmp_path, transport, ours.address, "car_rejects_request", status=status)
            assert ours.one(events.DataRequestFailed).status == int(status)
            why = (await ours.until(events.CallEnded)).why
            assert why == ("cleared_down" if status == "469" else "road")

    story(call())


def test_a_repeated_invite_is_one_call(tmp_path: Path) -> None:
    async def call() -> None:
        async with centre("udp") as (ours, machine):
            # The operator takes a moment: the car hears 100 and repeats itself in the meantime.
            def answer(call: str) -> None:
                ours.pump.do(machine.answer(call, True, None, ours.pump.now()))

            def take_a_moment(event: events.CallArrived) -> list[Effect]:
                asyncio.get_running_loop().call_later(0.4, answer, event.call)
                return []

            ours.react = only(events.CallArrived, take_a_moment)
            await play(tmp_path, "udp", ours.address, "car_repeats")
            ours.one(events.CallArrived)
            ours.one(events.CallEstablished)
            assert ours.one(events.CallEnded).why == "car_hung_up"

    story(call())


@both
def test_a_car_gives_up(tmp_path: Path, transport: str) -> None:
    async def call() -> None:
        async with centre(transport) as (ours, machine):
            ours.react = only(
                events.CallArrived, lambda event: machine.ring(event.call, ours.pump.now())
            )
            await play(tmp_path, transport, ours.address, "car_cancels")
            ours.one(events.CallAbandoned)

    story(call())


@both
def test_a_lost_ack_ends_the_call(tmp_path: Path, transport: str) -> None:
    async def call() -> None:
        async with centre(transport, t1=0.05) as (ours, _):
            await play(tmp_path, transport, ours.address, "car_never_acks")
            assert (await ours.until(events.CallEnded)).why == "no_ack"
            assert ours.all(events.CallEstablished) == []

    story(call())
