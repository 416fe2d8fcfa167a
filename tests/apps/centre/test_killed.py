"""A centre that is killed at any moment has, after its restart, every call that it acknowledged."""

from __future__ import annotations

import asyncio
import json
import random
import signal
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from opensos.edges.store import open_store
from opensos.protocols.ngecall import events as ecall
from tests.apps.centre.process import centre_process
from tests.pretend_car import PretendCar, an_msd

if TYPE_CHECKING:
    from pathlib import Path

    from opensos.protocols.effects import Address

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


async def dial_until_killed(
    process: asyncio.subprocess.Process, centre: Address, seed: int
) -> tuple[set[str], set[str]]:
    """Return the vehicles whose call was acknowledged, and those whose update was confirmed."""
    dice = random.Random(seed)
    vins: dict[str, str] = {}
    async with PretendCar(centre, f"car {seed}") as car:
        loop = asyncio.get_running_loop()
        waiting = loop.create_task(process.wait())
        doomed = False
        number = 0
        while not waiting.done() and number < 1000:
            number += 1
            if not doomed and any(isinstance(e, ecall.Connected) for e in car.heard):
                # From the first answer on, so that there is something to lose.
                doomed = True
                loop.call_later(dice.uniform(0.01, 0.5), process.send_signal, signal.SIGKILL)
            vin = "WVWZZZ" + "".join(dice.choices(LETTERS, k=7)) + f"{number:04d}"
            call = car.dial(an_msd(vin=vin))
            vins[call] = vin
            car.fresh[call] = an_msd(2, vin=vin)
            await asyncio.sleep(0.003)
        if not doomed:
            process.send_signal(signal.SIGKILL)
        await waiting
        await asyncio.sleep(0.05)  # what is in our socket's buffer was sent before the kill
        answered = {
            vins[e.call] for e in car.heard if isinstance(e, ecall.Connected) and e.received
        }
        updated = {vins[e.call] for e in car.heard if isinstance(e, ecall.MsdDelivered)}
    return answered, updated


async def stored(url: str) -> dict[str, list[dict[str, Any]]]:
    """All cards by vehicle."""
    store = await asyncio.to_thread(open_store, url)
    found: dict[str, list[dict[str, Any]]] = {}
    for text in (await store.overview(100_000)).cards:
        card = json.loads(text)
        found.setdefault(card["vehicle"]["vin"], []).append(card)
    await store.close()
    return found


async def kill_again_and_again(url: str, *options: str, rounds: int, seed: int) -> None:
    answered: set[str] = set()
    updated: set[str] = set()
    for number in range(rounds):
        async with centre_process("--request-on-answer", *options) as centre:
            new_answered, new_updated = await dial_until_killed(
                centre.process, centre.address, seed + number
            )
        answered |= new_answered
        updated |= new_updated
    assert answered, "no call was acknowledged before any of the kills"
    # One more start, so that what was left open is closed.
    async with centre_process(*options):
        pass
    cards = await stored(url)
    assert answered <= set(cards), f"lost: {answered - set(cards)}"
    assert all(len(found) == 1 for found in cards.values())
    assert all(cards[vin][0]["msd_count"] >= 2 for vin in updated)
    assert {c["state"] for found in cards.values() for c in found} == {"ended"}
    assert "lost_at_restart" in {c["ended_why"] for found in cards.values() for c in found}


def test_every_acknowledged_call_survives_kills(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'centre.db'}"
    asyncio.run(kill_again_and_again(url, "--data", str(tmp_path), rounds=3, seed=1))


def test_every_acknowledged_call_survives_kills_of_a_centre_with_workers(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'centre.db'}"
    options = ("--data", str(tmp_path), "--workers", "2")
    asyncio.run(kill_again_and_again(url, *options, rounds=1, seed=20))


@pytest.mark.postgres
def test_every_acknowledged_call_survives_kills_with_postgresql(
    tmp_path: Path, postgres: str
) -> None:
    engine = sa.create_engine(postgres, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("create database killed"))
    engine.dispose()
    url = postgres.removesuffix("/postgres") + "/killed"
    options = ("--data", str(tmp_path), "--db", url)
    asyncio.run(kill_again_and_again(url, *options, rounds=2, seed=40))
