"""A centre on free loopback ports for tests: started, asked, stopped."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
from typing import TYPE_CHECKING, Any

import httpx

from opensos.apps.centre import Centre, CentreSettings, create_app
from opensos.protocols.effects import Address

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

ANY_PORT = (Address("udp", "127.0.0.1", 0),)


def settings_for(data: Path, **changes: Any) -> CentreSettings:
    """Loopback, a free port, no list of cities."""
    plain = CentreSettings(sip=ANY_PORT, data=data, places=False)
    return dataclasses.replace(plain, **changes)


@contextlib.asynccontextmanager
async def running(settings: CentreSettings) -> AsyncIterator[Centre]:
    """A centre while the block runs."""
    centre = Centre(settings)
    await centre.start()
    try:
        yield centre
    finally:
        await centre.stop()


@contextlib.asynccontextmanager
async def browser(centre: Centre, *, signed_in: bool = True) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the centre's web application."""
    transport = httpx.ASGITransport(create_app(centre))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8113") as web:
        if signed_in:
            token = await centre.sign_in.new_token()
            answer = await web.get("/sign-in", params={"token": token})
            assert answer.status_code == 303
        yield web


async def cards(centre: Centre) -> list[dict[str, Any]]:
    """All cards, newest first."""
    found: list[dict[str, Any]] = json.loads(await centre.overview(1000))["incidents"]
    return found


async def record(centre: Centre, incident: str) -> dict[str, Any]:
    """One incident with its timeline."""
    text = await centre.record(incident)
    assert text is not None
    found: dict[str, Any] = json.loads(text)
    return found


async def card_when(
    centre: Centre, fulfilled: Callable[[dict[str, Any]], object], within: float = 10.0
) -> dict[str, Any]:
    """Wait until the only incident's card is so; return it."""
    async with asyncio.timeout(within):
        while True:
            for card in await cards(centre):
                if fulfilled(card):
                    return card
            await asyncio.sleep(0.01)


async def record_when(centre: Centre, incident: str, kind: str) -> dict[str, Any]:
    """Wait until an event of this kind is the incident's last; return its record."""
    async with asyncio.timeout(10):
        while True:
            found = await record(centre, incident)
            if kinds(found)[-1:] == [kind]:
                return found
            await asyncio.sleep(0.01)


def kinds(found: dict[str, Any]) -> list[str]:
    """The kinds of events in a record's timeline."""
    return [line["kind"] for line in found["timeline"]]
