"""The cockpit page in a real browser, with a real unit in a pretend car behind it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.web.conftest import Watch
from tests.web.test_accessible import RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
TABS = ("drive", "health", "break", "workshop", "journal")
SEEN_MS = 30_000  # a fault must be looked at several times before it is believed


class Car:
    """A running unit by its address."""

    def __init__(self, url: str) -> None:
        self.url = url

    def do(self, verb: str, **wish: Any) -> None:
        httpx.post(f"{self.url}/car/api/{verb}", json=wish, timeout=20).raise_for_status()

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(f"{self.url}/car/api/state", timeout=20).json()
        return found


@pytest.fixture
def car(tmp_path: Path) -> Iterator[Car]:
    # Port 9 of this machine: nobody listens there.
    command = [sys.executable, "-m", "opensos", "vehicle", "run", "--port", "0"]
    command += ["--centre", "sip:127.0.0.1:9", "--cancel-window", "30", "--journal", str(tmp_path)]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        first = next(line for line in process.stderr if "http://" in line)
        try:
            yield Car("http://" + first.split("http://", 1)[1].split("/car", 1)[0])
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture
def sit(browser: Browser, car: Car) -> Iterator[Callable[..., Page]]:
    watch = Watch(car.url)
    contexts = []

    def sit(tab: str | None = None, **options: Any) -> Page:
        options = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", **options}
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        watch.attach(page)
        page.goto(f"{car.url}/car")
        expect(page.locator("[data-lamp]")).to_be_visible()
        if tab is not None:
            page.locator(f'[data-tab="{tab}"]').click()
            expect(page.locator(f"#panel-{tab}")).to_be_visible()
        return page

    yield sit
    for context in contexts:
        context.close()
    # A refusal is an answer: the browser calls its 409 an error all the same.
    assert [one for one in watch.complaints if "409" not in one] == []


def top_of(page: Page, place: str) -> float:
    box = page.locator(place).bounding_box()
    assert box is not None
    return box["y"]


def test_holding_sos_opens_the_cancel_window_and_cancel_closes_it(
    sit: Callable[..., Page], car: Car
) -> None:
    page = sit()
    before = top_of(page, ".glance")
    page.locator('[data-press="sos"]').hover()
    page.mouse.down()
    expect(page.locator('[data-press="cancel"]')).to_contain_text("Cancel (")
    assert top_of(page, ".glance") == before, "the page jumps"
    page.mouse.up()
    expect(page.locator("[data-lamp]")).to_have_attribute("data-lamp", "amber_fast")
    expect(page.locator(".senses")).to_contain_text("amber, blinking fast")
    page.locator('[data-press="cancel"]').click()
    expect(page.locator('[data-press="cancel"]')).to_have_count(0)
    assert car.state()["state"] == "idle"


def test_letting_go_early_calls_nobody_and_the_journal_says_so(
    sit: Callable[..., Page], car: Car
) -> None:
    page = sit("journal")
    page.locator('[data-press="sos"]').click()
    expect(page.locator('[data-hint="hold"]')).to_be_visible()
    line = page.locator('[data-text-key="sos_touched"]').first
    expect(line).to_contain_text("too briefly")
    assert car.state()["state"] == "idle"


def test_a_fault_put_in_warns_and_limits_and_the_self_test_blames_its_part(
    sit: Callable[..., Page],
) -> None:
    page = sit("break")
    page.locator('[data-search="faults"]').fill("led_open")
    expect(page.locator("[data-fault]")).to_have_count(1)
    page.locator('[data-do="inject-led_open"]').click()
    expect(page.locator('[data-present="led_open"]')).to_be_visible()
    limited = page.locator('.glance [data-ready="limited"]')
    expect(limited).to_be_visible(timeout=SEEN_MS)
    expect(page.locator(".screen.warned")).to_contain_text("SOS call limited")
    expect(page.locator("[data-lamp]")).to_have_attribute("data-lamp", "red_steady")
    expect(page.locator(".status strong")).to_have_text("Limited")
    page.locator('[data-tab="health"]').click()
    expect(page.locator('[data-reason="reason.led.open"]')).to_contain_text("break in its line")
    expect(page.locator('[data-component="led"] .outcome')).to_have_text("failed")
    expect(page.locator('[data-component="led"]')).to_contain_text("open circuit")
    expect(page.locator("[data-code]")).to_contain_text("SOS lamp: open circuit")

    page.locator('[data-tab="break"]').click()
    expect(page.locator('[data-search="faults"]')).to_have_value("led_open")
    page.locator('[data-tab="drive"]').click()
    page.locator('[data-do="move-park"]').click()
    expect(page.locator(".trip")).to_contain_text("standing")
    page.locator('[data-tab="break"]').click()
    page.locator('[data-do="do-replace_led"]').click()
    expect(page.locator('[data-result="done.cured"]')).to_contain_text("It helped")
    expect(page.locator("[data-present]")).to_have_count(0)


def test_the_self_test_runs_and_tells_every_part_by_word_and_shape(
    sit: Callable[..., Page], car: Car
) -> None:
    page = sit("health")
    page.locator('[data-do="self-test"]').click(force=True)
    expect(page.locator('[aria-labelledby="test-title"]')).to_contain_text("passed")
    parts = {one["component"] for one in car.state()["self_test"]["results"]}
    expect(page.locator(".tests tbody tr")).to_have_count(len(parts))
    passed = page.locator('[data-outcome="passed"] .outcome').first
    expect(passed).to_have_text("passed", timeout=SEEN_MS)
    shapes = page.locator(".tests .outcome").evaluate_all(
        "all => Object.fromEntries(all.map((e) => [e.textContent.trim(), e.innerHTML]))"
    )
    assert len(set(shapes.values())) == len(shapes)


@pytest.mark.parametrize(
    ("locale", "words"), [("en-GB", "about to start"), ("de-DE", "Jetzt nicht")]
)
def test_a_reset_during_a_call_is_refused_with_its_sentence(
    sit: Callable[..., Page], car: Car, locale: str, words: str
) -> None:
    page = sit("workshop", locale=locale)
    car.do("sos")
    expect(page.locator('[data-press="cancel"]')).to_be_visible()
    page.locator('[data-do="reset-unit"]').click()
    expect(page.locator(".trouble p")).to_contain_text(words)
    page.locator('[data-do="dismiss"]').click()
    expect(page.locator(".trouble p")).to_have_count(0)
    assert car.state()["unit"]["state"] == "on"


def test_a_reset_restarts_the_unit_and_the_page_follows(sit: Callable[..., Page], car: Car) -> None:
    car.do("move", do="park")
    page = sit("workshop")
    page.locator('[data-do="reset-unit"]').click()
    expect(page.locator(".status strong")).to_have_text("The unit is starting")
    expect(page.locator("[data-lamp]")).to_have_attribute("data-lamp", "off")
    expect(page.locator("[data-lamp]")).not_to_have_attribute("data-lamp", "off")


def test_service_mode_counts_down_and_the_hint_tells_the_gesture(
    sit: Callable[..., Page], car: Car
) -> None:
    car.do("move", do="park")
    page = sit("workshop")
    page.locator('[data-do="service"]').click()
    expect(page.locator('[data-service="on"]')).to_contain_text("4:")
    expect(page.locator(".hint")).to_contain_text("hold for 10 s")
    page.locator('[data-do="service"]').click()
    expect(page.locator('[data-service="off"]')).to_be_visible()


def test_everything_is_reached_by_the_keyboard_alone(sit: Callable[..., Page], car: Car) -> None:
    page = sit()
    page.locator('[data-tab="drive"]').focus()
    for name in ("health", "break"):
        page.keyboard.press("ArrowRight")
        expect(page.locator(f'[data-tab="{name}"]')).to_be_focused()
    page.keyboard.press("End")
    expect(page.locator('[data-tab="journal"]')).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Tab")
    expect(page.locator('[data-do="ignition"]')).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".toggle").first).to_contain_text("off")
    assert car.state()["pretend"]["trip"]["ignition_on"] is False


def test_a_reload_keeps_the_tab_and_what_was_searched(sit: Callable[..., Page]) -> None:
    page = sit("break")
    page.locator('[data-search="actions"]').fill("antenna")
    page.reload()
    expect(page.locator('[data-search="actions"]')).to_have_value("antenna")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_tab_and_a_phone_is_wide_enough(
    sit: Callable[..., Page], car: Car, scheme: str
) -> None:
    car.do("fault", inject="led_open")
    car.do("fault", inject="backup_aged", mode="intermittent")
    phone = sit(
        locale="de-DE",
        color_scheme=scheme,
        reduced_motion="reduce",
        viewport={"width": 360, "height": 800},
    )
    expect(phone.locator('.glance [data-ready="limited"]')).to_be_visible(timeout=SEEN_MS)
    expect(phone.locator("h1")).to_contain_text("Gespieltes Auto")
    for tab in TABS:
        phone.locator(f'[data-tab="{tab}"]').click()
        expect(phone.locator(f"#panel-{tab} .card").first).to_be_visible()
        found = Axe().run(phone, options=RULES).response["violations"]
        assert [f"{tab} {v['id']}: {v['nodes'][0]['html'][:160]}" for v in found] == []
        assert phone.evaluate("document.documentElement.scrollWidth") <= 360, tab
