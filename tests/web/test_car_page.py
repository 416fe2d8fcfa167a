"""The car's page and the demo's first page, in a real browser against a scripted car."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from tests.web import scripted
from tests.web.fake_server import stamp

if TYPE_CHECKING:
    from tests.web.conftest import Fake, Watch

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]


def step(page: Page, name: str) -> Any:
    return page.locator(f'[data-step="{name}"]')


def test_the_barrier_comes_first_and_crashing_shows_each_step(visit: Visit, fake: Fake) -> None:
    page = visit("/car")
    expect(page.locator("[data-scenario]").first).to_have_attribute("data-scenario", "barrier")
    page.locator('[data-scenario="barrier"]').click()
    expect(step(page, "crash")).to_have_attribute("data-status", "done")
    expect(step(page, "data_acknowledged")).to_have_attribute("data-status", "done")
    expect(step(page, "cleared_down")).to_have_attribute("data-status", "open")
    expect(page.locator(".status strong")).to_have_text("Connected")
    assert fake.set()["posts"] == ['car crash {"scenario": "barrier"}']


def press_and_hold(page: Page) -> None:
    """Put the mouse down on SOS, and let go as soon as the car calls."""
    page.locator('[data-press="sos"]').hover()
    page.mouse.down()
    expect(step(page, "sos")).to_have_attribute("data-status", "done")
    page.mouse.up()


def test_holding_the_sos_button_calls_once(visit: Visit, fake: Fake) -> None:
    page = visit("/car")
    press_and_hold(page)
    expect(page.locator('[data-press="sos"]')).to_have_attribute("aria-disabled", "true")
    page.locator('[data-press="sos"]').click(force=True)
    expect(page.locator(".status strong")).to_have_text("Connected")
    assert fake.set()["posts"] == ['car button {"down": true}', 'car button {"down": false}']


def test_letting_go_early_calls_nobody_and_explains_the_hold(visit: Visit, fake: Fake) -> None:
    page = visit("/car")
    page.locator('[data-press="sos"]').click()
    expect(page.locator('[data-hint="hold"]')).to_contain_text("Hold it for 1 s")
    expect(page.locator(".status strong")).to_have_text("Ready")
    assert fake.set()["posts"] == ['car button {"down": true}', 'car button {"down": false}']


def test_who_cannot_hold_lets_the_page_hold(visit: Visit) -> None:
    page = visit("/car")
    page.locator('[data-press="sos"]').click()
    page.locator('[data-do="for-me"]').click()
    expect(step(page, "sos")).to_have_attribute("data-status", "done")


@pytest.mark.parametrize("key", ["Enter", " "])
def test_the_keyboard_presses_and_holds_too(visit: Visit, fake: Fake, key: str) -> None:
    page = visit("/car")
    page.locator('[data-press="sos"]').focus()
    page.keyboard.down(key)
    expect(step(page, "sos")).to_have_attribute("data-status", "done")
    page.keyboard.up(key)
    expect(page.locator(".status strong")).to_have_text("Connected")
    assert fake.set()["posts"][0] == 'car button {"down": true}'


def test_a_window_that_loses_the_focus_lets_go(visit: Visit, fake: Fake) -> None:
    page = visit("/car")
    page.locator('[data-press="sos"]').hover()
    page.mouse.down()
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    expect(page.locator('[data-hint="hold"]')).to_be_visible()
    assert fake.set()["posts"] == ['car button {"down": true}', 'car button {"down": false}']


def test_a_manual_call_can_be_cancelled_in_its_window(visit: Visit, fake: Fake) -> None:
    lines = [{"at": stamp(), "kind": "note", "text_key": "sos_pressed", "data": {}}]
    fake.set(car=scripted.car() | {"state": "cancel_window", "led": "amber", "journal": lines})
    page = visit("/car")
    expect(step(page, "cancel_window")).to_have_attribute("data-status", "now")
    page.locator('[data-press="cancel"]').click()
    expect(page.locator(".status strong")).to_have_text("Ready")
    assert fake.set()["posts"] == ["car cancel {}"]


def test_the_car_shows_a_cleared_call_and_its_callback_window(visit: Visit, fake: Fake) -> None:
    keys = (
        "crash",
        "dialling",
        "answered_data_received",
        "data_requested",
        "data_delivered",
        "cleared_down",
    )
    lines = [{"at": stamp(), "kind": "note", "text_key": key, "data": {}} for key in keys]
    fake.set(car=scripted.car() | {"state": "callback_window", "journal": lines})
    page = visit("/car")
    for name in ("crash", "dialling", "connected", "data_acknowledged", "new_data", "cleared_down"):
        expect(step(page, name)).to_have_attribute("data-status", "done")
    expect(step(page, "callback_window")).to_have_attribute("data-status", "now")


def test_what_the_car_does_not_know_is_called_unknown(visit: Visit, fake: Fake) -> None:
    fake.set(
        car=scripted.car()
        | dict.fromkeys(("position", "occupants", "belts", "airbag", "vin_masked"))
    )
    page = visit("/car")
    expect(page.locator('[aria-labelledby="car-title"] .unknown')).to_have_count(7)
    expect(page.locator('[aria-labelledby="power-title"] .unknown')).to_have_count(1)


def test_live_mode_is_red_and_test_mode_says_test(visit: Visit, fake: Fake) -> None:
    page = visit("/car")
    expect(page.locator(".mode-bar.test")).to_contain_text("TEST MODE")
    fake.set(car=scripted.car() | {"mode": "live"})
    expect(page.locator(".mode-bar.live")).to_contain_text("LIVE")


def test_the_page_of_a_live_unit_presses_nothing(visit: Visit, fake: Fake) -> None:
    fake.set(car=scripted.car() | {"mode": "live", "pretend": None, "scenarios": []})
    page = visit("/car")
    expect(page.locator(".hint")).to_contain_text("press the button in the car")
    page.locator('[data-press="sos"]').click(force=True)
    expect(page.locator('[data-tab="break"]')).to_have_count(0)
    expect(page.locator("[data-scenario]")).to_have_count(0)
    assert fake.set()["posts"] == []


def test_an_sos_that_travels_as_data_is_shown_with_its_tries(visit: Visit, fake: Fake) -> None:
    data = {"phase": "sending", "shown": "sending", "outcome": None, "tries": 3}
    fake.set(car=scripted.car() | {"data_sos": data})
    page = visit("/car")
    expect(page.locator('[data-data-sos="sending"]')).to_contain_text("3 tries so far")


def test_a_unit_without_power_is_dark_and_says_so(visit: Visit, fake: Fake) -> None:
    dark = {"led": "off", "sound": "silence", "text_key": "signal.off"}
    fake.set(car=scripted.car() | {"unit": {"state": "off"}, "signal": dark})
    page = visit("/car")
    expect(page.locator(".status strong")).to_have_text("The unit has no power")
    expect(page.locator("os-lamp")).not_to_have_attribute("data-lit", "")


def test_a_network_that_has_ended_is_not_said_to_be_due(visit: Visit) -> None:
    page = visit("/car")
    page.locator('[data-tab="health"]').click()
    expect(page.locator(".forecasts li").nth(0)).to_contain_text("ended 30 Jun 2021")
    expect(page.locator(".forecasts li").nth(1)).to_contain_text("due ")


def test_a_refusal_is_said_in_the_persons_language(visit: Visit, fake: Fake, watch: Watch) -> None:
    watch.expects_failures = True  # the browser calls a 409 an error
    refusal = {"error": "The starter does not turn the engine.", "text_key": "engine_dead"}
    fake.set(refusal=refusal)
    page = visit("/car", locale="de-DE")
    with page.expect_response("**/car/api/move") as answer:
        page.locator('[data-do="move-engine"]').click()
    assert answer.value.status == 409
    expect(page.locator(".trouble p")).to_contain_text("Anlasser")


def test_the_lamp_blinks_as_the_unit_drives_it_or_rests_where_motion_is_unwanted(
    visit: Visit, fake: Fake
) -> None:
    busy = {"led": "amber_fast", "sound": "silence", "text_key": "signal.cancel_window.test"}
    fake.set(car=scripted.car() | {"signal": busy})
    lively, calm = visit("/car"), visit("/car", reduced_motion="reduce")
    lamp = lively.locator("os-lamp")
    for _ in range(2):
        expect(lamp).to_have_attribute("data-lit", "")
        expect(lamp).not_to_have_attribute("data-lit", "")
    changes = calm.locator("os-lamp").evaluate(
        """(lamp) => new Promise((done) => {
          let count = 0;
          new MutationObserver(() => { count += 1; }).observe(lamp, { attributes: true });
          setTimeout(() => done(count), 800);
        })"""
    )
    assert changes == 0
    expect(calm.locator("os-lamp")).to_have_attribute("data-lit", "")
    expect(calm.locator(".senses")).to_contain_text("amber, blinking fast")


def test_the_demo_page_shows_a_crash_arriving_at_the_centre(visit: Visit) -> None:
    page = visit("/")
    car, console = (
        page.frame_locator("section.car iframe"),
        page.frame_locator("section.console iframe"),
    )
    expect(console.locator(".link.ok")).to_be_attached()
    car.locator('[data-scenario="barrier"]').click()
    expect(console.locator("[data-incident-id]")).to_be_visible()
    expect(car.locator('[data-step="data_acknowledged"]')).to_have_attribute("data-status", "done")


def test_the_demo_page_changes_language_and_theme_in_its_frames_too(visit: Visit) -> None:
    page = visit("/", color_scheme="light")
    car = page.frame_locator("section.car iframe")
    expect(car.locator("#crash-title")).to_have_text("Let it crash")
    page.get_by_label("Language").select_option("de")
    expect(car.locator("#crash-title")).to_have_text("Unfall auslösen")
    page.get_by_label("Farben").select_option("dark")
    expect(car.locator("html")).to_have_attribute("data-theme", "dark")


def test_on_a_phone_the_demo_shows_one_frame_at_a_time(visit: Visit) -> None:
    page = visit("/", viewport={"width": 390, "height": 844})
    expect(page.locator("section.car")).to_be_visible()
    expect(page.locator("section.console")).not_to_be_visible()
    page.get_by_role("button", name="Call centre").click()
    expect(page.locator("section.console")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
