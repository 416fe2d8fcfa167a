"""How long from the SOS in the car until the operator sees the row: a real car unit, a real
centre process, a real browser."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playwright.async_api import Page, async_playwright

from opensos.apps.vehicle import Unit, UnitConfig
from opensos.edges.bearer_ngecall import open_ngecall
from opensos.edges.clock import SystemClock
from opensos.edges.journal import FileJournal
from opensos.protocols.effects import Address
from opensos.rules.emergency import Settings, State
from opensos.sim.car import PretendCar

if TYPE_CHECKING:
    from pathlib import Path

    from centre_process import CentreProcess

_CHROMIUM = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_PATIENCE_S = 10.0
_PAUSE_S = 0.7

# Notes the civil time at which a row with a new incident has been painted: after the frame that
# follows its insertion (a task queued in an animation frame runs once that frame is on its way).
_WATCH = """
() => {
  window.seen = {};
  const look = () => {
    for (const row of document.querySelectorAll('[data-incident-id]')) {
      const id = row.dataset.incidentId;
      if (id in window.seen) continue;
      window.seen[id] = null;
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => {
          window.seen[id] = performance.timeOrigin + performance.now();
        };
        channel.port2.postMessage(0);
      });
    }
  };
  look();
  new MutationObserver(look).observe(document.body, {
    subtree: true, childList: true, attributes: true, attributeFilter: ['data-incident-id'],
  });
}
"""
_SEEN = "() => Object.entries(window.seen).filter(([, at]) => at !== null)"
_CLEAR = """
(id) => fetch(`/api/incidents/${id}/clear-down`, {method: 'POST'}).then((r) => r.status)
"""


@dataclass
class _Bench:
    page: Page
    unit: Unit
    seen: set[str]

    async def one_call(self) -> float:
        """Press SOS, wait for the row; return the milliseconds in between. Then clear down."""
        pressed = time.time()
        self.unit.press_sos()
        incident, at = await self._new_row()
        status = await self.page.evaluate(_CLEAR, incident)
        assert status == 202, f"clear-down answered {status}"
        async with asyncio.timeout(_PATIENCE_S):
            while self.unit.state is not State.CALLBACK_WINDOW:
                await asyncio.sleep(0.01)
        # The map flies to each new call for half a second, drawn in software here.
        await asyncio.sleep(_PAUSE_S)
        return at - pressed * 1000.0

    async def _new_row(self) -> tuple[str, float]:
        async with asyncio.timeout(_PATIENCE_S):
            while True:
                # Asked for seldom, so that the question does not disturb what is measured.
                await asyncio.sleep(0.15)
                rows: list[list[Any]] = await self.page.evaluate(_SEEN)
                for incident, at in rows:
                    if incident not in self.seen:
                        self.seen.add(incident)
                        return incident, float(at)


async def measure(centre: CentreProcess, calls: int, folder: Path) -> list[float]:
    """Return for each call the milliseconds from the press to the painted row."""
    clock = SystemClock()
    bearer = await open_ngecall(
        Address("udp", "127.0.0.1", centre.sip_port), clock, os.urandom(32), user="bench"
    )
    car = PretendCar(start=clock.now(), utc_at_start=clock.utc())
    unit = Unit(
        UnitConfig(procedure=Settings(cancel_window_s=0.0)),
        car=car, clock=clock, journal=FileJournal(folder / "unit"), bearer=bearer,
    )  # fmt: skip
    unit.start()
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=_CHROMIUM
            )
            page = await browser.new_page(viewport={"width": 1280, "height": 800})
            await page.goto(centre.sign_in)
            await page.wait_for_selector("text=/connected/i")
            await page.wait_for_selector(".map-tools")
            await page.evaluate(_WATCH)
            bench = _Bench(page, unit, set())
            for _ in range(3):  # the first calls warm both sides up
                await bench.one_call()
            found = [await bench.one_call() for _ in range(calls)]
            await browser.close()
            return found
    finally:
        await unit.close()
        await bearer.close()
