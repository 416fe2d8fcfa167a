"""The real thing: `opensos demo`, a person's clicks, and both sides of the call on one page."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from tests.web.conftest import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "opensos", "demo", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                httpx.get(f"{url}/healthz", timeout=2)
                break
            except httpx.TransportError:
                assert process.poll() is None, "the demo ended by itself"
                time.sleep(0.1)  # until it listens
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


def test_a_crash_is_seen_from_both_sides_to_its_end(browser: Browser, demo: str) -> None:
    context = browser.new_context(viewport={"width": 1600, "height": 1000}, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(20_000)
    watch = Watch(demo)
    watch.attach(page)
    page.goto(demo)
    car = page.frame_locator("section.car iframe")
    console = page.frame_locator("section.console iframe")
    expect(console.locator(".link.ok")).to_be_attached(timeout=20_000)

    car.locator('[data-scenario="barrier"]').click()
    row = console.locator("[data-incident-id]").first
    expect(row).to_be_visible()
    expect(row.locator(".chip.test")).to_have_text("TEST")
    expect(console.locator("#incident-title")).to_have_text("Crash · automatic")
    expect(console.locator(".car-diagram .push")).to_be_visible()
    done = ("crash", "dialling", "connected", "data_acknowledged")
    for name in done:
        mark = car.locator(f'[data-step="{name}"]')
        expect(mark).to_have_attribute("data-status", "done", timeout=20_000)

    console.locator('[data-action="acknowledge"]').click()
    expect(console.locator(".group.progress [data-incident-id]")).to_be_visible()
    before = console.locator('.timeline li[data-kind="msd.received"]').count()
    console.locator('[data-action="request-data"]').click()
    received = console.locator('.timeline li[data-kind="msd.received"]')
    expect(received).to_have_count(before + 1)
    expect(car.locator('[data-step="new_data"]')).to_have_attribute("data-status", "done")

    console.locator('[data-action="clear-down"]').click()
    console.locator("[data-confirm]").click()
    expect(console.locator(".head-state")).to_contain_text("Cleared down")
    expect(car.locator('[data-step="cleared_down"]')).to_have_attribute("data-status", "done")
    expect(car.locator('[data-step="callback_window"]')).to_have_attribute("data-status", "now")
    context.close()
    assert watch.complaints == []


def test_a_newcomer_who_clicks_sos_is_told_to_hold_it_and_then_calls(
    browser: Browser, demo: str
) -> None:
    context = browser.new_context(viewport={"width": 1600, "height": 1000}, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(demo)
    car = page.frame_locator("section.car iframe")
    console = page.frame_locator("section.console iframe")
    expect(console.locator(".link.ok")).to_be_attached(timeout=20_000)
    before = console.locator("[data-incident-id]").count()
    car.locator('[data-press="sos"]').click()
    expect(car.locator('[data-hint="hold"]')).to_contain_text("Hold it for 1 s")
    car.locator('[data-press="sos"]').hover()
    page.mouse.down()
    expect(car.locator('[data-step="sos"]')).to_have_attribute("data-status", "done")
    page.mouse.up()
    expect(console.locator("[data-incident-id]")).to_have_count(before + 1)
    connected = car.locator('[data-step="data_acknowledged"]')
    expect(connected).to_have_attribute("data-status", "done", timeout=20_000)
    context.close()
