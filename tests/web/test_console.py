"""The console as an operator meets it, in a real browser against a scripted centre."""

from __future__ import annotations

import re
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


def row(page: Page, name: str) -> Any:
    return page.locator(f'[data-incident-id="{name}"]')


def ready(page: Page) -> Page:
    expect(page.locator(".link.ok")).to_be_attached()
    return page


def test_a_new_call_appears_by_itself_and_opens_where_nothing_is_open(
    visit: Visit, fake: Fake
) -> None:
    page = ready(visit("/console"))
    expect(page.get_by_text("No calls")).to_be_visible()
    fake.open(scripted.card("one", stamp()))
    expect(row(page, "one")).to_be_visible()
    expect(page.locator("#incident-title")).to_have_text("Crash · automatic")
    expect(page.locator(".head-place")).to_have_text("4 km NW of Tübingen, Germany")
    expect(page.locator('.timeline li[data-kind="call.established"]')).to_be_visible()
    expect(page.locator("#announcer")).to_contain_text("New test call. Crash · automatic")


def test_the_time_from_event_to_painted_row_is_measured_in_the_page(
    visit: Visit, fake: Fake
) -> None:
    page = ready(visit("/console"))
    expect(page.locator(".map-tools")).to_be_visible(timeout=60_000)
    fake.open(scripted.card("one", stamp()))
    expect(row(page, "one")).to_be_visible()
    page.wait_for_function("() => performance.getEntriesByName('opensos.row').length === 1")
    entry = page.evaluate(
        """() => { const [entry] = performance.getEntriesByName("opensos.row");
        return { duration: entry.duration, id: entry.detail.id }; }"""
    )
    assert entry["id"] == "one"
    assert entry["duration"] < 500  # a loaded machine; at rest it is one frame


def test_calls_that_nobody_acknowledged_stand_first(visit: Visit, fake: Fake) -> None:
    seen = scripted.card("seen", stamp(1)) | {"acknowledged_at": stamp()}
    fake.open(
        scripted.ended("over", stamp(2)),
        seen,
        scripted.card("old", stamp(500)),
        scripted.card("new", stamp(5)),
    )
    page = ready(visit("/console"))
    expect(row(page, "over")).to_be_visible()
    names = page.locator("[data-incident-id]").evaluate_all(
        "rows => rows.map(r => r.dataset.incidentId)"
    )
    assert names == ["new", "old", "seen", "over"]


def test_a_test_call_says_test_on_row_card_and_page(visit: Visit, fake: Fake) -> None:
    fake.open(scripted.card("one", stamp()))
    page = ready(visit("/console"))
    expect(row(page, "one").locator(".chip.test")).to_have_text("TEST")
    expect(page.locator(".test-band")).to_contain_text("TEST CALL")
    expect(page.locator(".mode-bar.test")).to_contain_text("TEST MODE")


def test_live_mode_and_a_real_call_are_shown_in_red_words(visit: Visit, fake: Fake) -> None:
    fake.set(mode="live")
    fake.open(scripted.card("real", stamp()) | {"test": False})
    page = ready(visit("/console"))
    expect(page.locator(".mode-bar.live")).to_contain_text("LIVE")
    expect(page.locator(".real-band")).to_contain_text("REAL EMERGENCY CALL")
    expect(page.locator(".chip.test")).to_have_count(0)


def test_what_is_unknown_is_called_unknown_never_zero_or_no(visit: Visit, fake: Fake) -> None:
    fake.open(scripted.partial("part", stamp()))
    page = ready(visit("/console"))
    fact = page.locator("os-incident .facts > div")
    for name in (
        "Occupants",
        "Rollover",
        "Change of speed (ΔV)",
        "VIN",
        "Energy",
        "Make and year",
        "Heading",
    ):
        expect(fact.filter(has=page.get_by_text(name, exact=True)).locator("dd")).to_have_text(
            "unknown"
        )
    expect(page.locator("os-incident")).to_contain_text("Not trusted by the car")
    expect(page.locator(".findings")).to_contain_text(
        "The data set ends after the time stamp (bit 214)."
    )


def test_zero_and_no_are_shown_as_zero_and_no(visit: Visit, fake: Fake) -> None:
    card = scripted.card("zero", stamp())
    card["vehicle"]["occupants"] = 0
    card["crash"]["delta_v_y_kmh"] = 0
    fake.open(card)
    page = ready(visit("/console"))
    fact = page.locator("os-incident .facts > div")
    expect(fact.filter(has_text="Occupants").locator("dd")).to_have_text("0")
    expect(fact.filter(has_text="ΔV sideways").locator("dd")).to_have_text("0 km/h")
    expect(fact.filter(has_text="Rollover").locator("dd")).to_have_text("no")


def test_an_unreadable_call_is_a_row_with_its_findings_and_raw_bytes(
    visit: Visit, fake: Fake
) -> None:
    fake.open(scripted.unreadable("bad", stamp()))
    page = ready(visit("/console"))
    expect(row(page, "bad")).to_contain_text("Unreadable call")
    expect(page.locator(".findings li.error")).to_contain_text("neither a request nor a response")
    with page.expect_download() as waiting:
        page.locator(".messages a").click()
    assert waiting.value.suggested_filename == "bad-1.bin"
    assert page.locator('[data-action="request-data"]').get_attribute("aria-disabled") == "true"


def test_data_without_a_call_says_so_and_rings_until_it_is_acknowledged(
    visit: Visit, fake: Fake
) -> None:
    fake.open(scripted.card("call", stamp(30)) | {"acknowledged_at": stamp(20)})
    fake.open(scripted.data_only("data", stamp(), related="call"))
    page = ready(visit("/console"))
    expect(row(page, "data")).to_contain_text("Data only: no voice")
    row(page, "data").click()
    expect(page.locator(".data-band")).to_contain_text("nobody can be heard")
    for verb in ("request-data", "clear-down", "call-back"):
        button = page.locator(f'[data-action="{verb}"]')
        assert button.get_attribute("aria-disabled") == "true"
        assert button.get_attribute("title")
    assert "no call" in str(page.locator('[data-action="clear-down"]').get_attribute("title"))
    expect(page).to_have_title(re.compile("1 call waits"))
    page.locator('[data-action="acknowledge"]').click()
    expect(page.locator(".group.progress [data-incident-id=data]")).to_be_visible()
    expect(page).not_to_have_title(re.compile("waits"))
    page.locator("[data-related=call]").click()
    expect(page.locator("os-incident .state")).to_have_text("Connected")


def test_data_without_a_call_is_said_in_german_too(visit: Visit, fake: Fake) -> None:
    fake.open(scripted.data_only("data", stamp(), related="gone"))
    page = ready(visit("/console", locale="de-DE"))
    expect(row(page, "data")).to_contain_text("Nur Daten: keine Stimme")
    row(page, "data").click()
    expect(page.locator(".related")).to_contain_text("gone")


def test_the_vin_is_masked_until_asked_for(visit: Visit, fake: Fake) -> None:
    fake.open(scripted.card("one", stamp()))
    page = ready(visit("/console"))
    expect(page.locator(".vin")).to_have_text("WBA8E9G50•••••345")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".vin")).to_have_text("WBA8E9G50GNT12345")


def test_hostile_text_in_a_call_stays_text(visit: Visit, fake: Fake) -> None:
    card = scripted.card("one", stamp())
    card["caller"] = card["place"]["name"] = "<img src=x onerror=\"document.title='owned'\">"
    card["findings"] = [
        {"code": "x", "level": "javascript", "text": "</li><script>document.title='owned'</script>"}
    ]
    fake.open(card)
    page = ready(visit("/console"))
    expect(page.locator(".head-place")).to_contain_text("<img src=x")
    assert page.locator("os-incident img").count() == 0
    assert "owned" not in page.title()


def test_a_whole_call_by_keyboard_alone(visit: Visit, fake: Fake) -> None:
    fake.open(scripted.card("older", stamp(60), where=1), scripted.card("newer", stamp(10)))
    page = ready(visit("/console"))
    expect(row(page, "newer")).to_have_attribute("aria-current", "true")
    page.keyboard.press("j")
    expect(row(page, "older")).to_be_focused()
    expect(row(page, "older")).to_have_attribute("aria-current", "true")
    page.keyboard.press("ArrowUp")
    expect(row(page, "newer")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#incident-title")).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator(".group.progress")).to_contain_text("In progress")
    page.keyboard.press("r")
    expect(page.locator('.timeline li[data-kind="msd.received"]')).to_be_visible()
    page.keyboard.press("c")
    expect(page.locator("dialog#confirm")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog#confirm")).not_to_be_visible()
    assert "newer clear-down" not in fake.set()["posts"]
    page.keyboard.press("c")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".head-state")).to_contain_text("Cleared down")
    page.keyboard.press("b")
    expect(page.locator('.timeline li[data-kind="callback.started"]')).to_be_visible()
    assert fake.set()["posts"] == [
        "newer acknowledge",
        "newer request-data",
        "newer clear-down",
        "newer call-back",
    ]


def test_a_row_that_moves_on_keeps_the_keyboards_place(visit: Visit, fake: Fake) -> None:
    fake.open(scripted.card("one", stamp(9)), scripted.card("two", stamp(5)))
    page = ready(visit("/console"))
    row(page, "two").click()
    page.keyboard.press("a")
    expect(page.locator('.group.progress [data-incident-id="two"]')).to_be_focused()


def test_single_key_shortcuts_can_be_switched_off(visit: Visit, fake: Fake) -> None:
    fake.open(scripted.card("one", stamp()))
    page = ready(visit("/console"))
    page.keyboard.press("?")
    page.get_by_label("Single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    expect(page.locator("dialog#help")).not_to_be_visible()
    page.keyboard.press("a")
    page.keyboard.press("ArrowDown")
    expect(row(page, "one")).to_be_focused()
    assert fake.set()["posts"] == []


def test_a_button_that_cannot_be_used_does_nothing_and_says_why(visit: Visit, fake: Fake) -> None:
    fake.open(scripted.ended("over", stamp(5)))
    page = ready(visit("/console"))
    row(page, "over").click()
    button = page.locator('[data-action="clear-down"]')
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).to_have_attribute("title", re.compile("connected"))
    button.click(force=True)
    page.keyboard.press("c")
    expect(page.locator("dialog#confirm")).not_to_be_visible()


def test_a_refusal_of_the_centre_is_said_and_stays(visit: Visit, fake: Fake, watch: Watch) -> None:
    fake.open(scripted.card("one", stamp()))
    page = ready(visit("/console"))
    expect(row(page, "one")).to_be_visible()
    watch.expects_failures = True
    page.route(
        "**/request-data",
        lambda route: route.fulfill(status=409, json={"error": "The car does not answer."}),
    )
    page.locator('[data-action="request-data"]').click()
    expect(page.locator(".toast.bad")).to_contain_text("The car does not answer.")


def test_a_lost_connection_is_shown_and_nothing_is_missed(
    visit: Visit, fake: Fake, watch: Watch
) -> None:
    page = ready(visit("/console"))
    watch.expects_failures = True
    fake.set(broken=True, drop=True)
    expect(page.locator(".link.lost")).to_contain_text(
        re.compile(r"Connection lost, showing data from \d\d:\d\d:\d\d")
    )
    fake.open(scripted.card("meanwhile", stamp()))
    fake.set(broken=False)
    expect(row(page, "meanwhile")).to_be_visible()
    expect(page.locator(".link.ok")).to_be_attached()


def test_a_session_that_ended_says_how_to_come_back(visit: Visit, fake: Fake, watch: Watch) -> None:
    fake.set(signed_in=False)
    watch.expects_failures = True
    page = visit("/console")
    expect(page.get_by_role("alert").filter(has_text="signed out")).to_be_visible()


def test_the_title_counts_the_calls_that_wait(visit: Visit, fake: Fake) -> None:
    page = ready(visit("/console"))
    expect(page).to_have_title("OpenSOS console")
    fake.open(scripted.card("one", stamp()), scripted.card("two", stamp()))
    expect(page).to_have_title(re.compile(r"^\(2\) ● 2 calls wait"))


# Playwright itself counts as a person's touch, so the browser's autoplay policy is played here.
STRICT_AUTOPLAY = """
let allowed = false;
const state = { get: () => (allowed ? "running" : "suspended") };
Object.defineProperty(AudioContext.prototype, "state", state);
AudioContext.prototype.resume = function () {
  if (!window.touched) return new Promise(() => {});
  allowed = true;
  this.dispatchEvent(new Event("statechange"));
  return Promise.resolve();
};
document.addEventListener("pointerdown", () => (window.touched = true), true);
"""


def test_the_alarm_is_never_silently_off(visit: Visit, fake: Fake) -> None:
    fake.open(scripted.card("one", stamp()))
    page = ready(visit("/console", prepare=STRICT_AUTOPLAY))
    sound = page.locator(".button.sound")
    expect(sound).to_have_text("Enable sound")
    sound.click()
    expect(sound).to_have_text("Sound on")
    page.wait_for_timeout(
        1100
    )  # a press that only opened the sound must not mute it; a later one does
    assert page.evaluate("document.querySelector('os-console').alarm.ringing")
    sound.click()
    expect(sound).to_have_text("MUTED")
    page.keyboard.press("m")
    expect(sound).to_have_text("Sound on")
    page.keyboard.press("a")
    page.wait_for_function("() => !document.querySelector('os-console').alarm.ringing")


def test_five_hundred_calls_at_once_do_not_freeze_the_page(visit: Visit, fake: Fake) -> None:
    page = ready(visit("/console"))
    page.evaluate(
        """() => { window.gap = 0; let last = performance.now();
        const tick = (now) => {
          window.gap = Math.max(window.gap, now - last);
          last = now;
          requestAnimationFrame(tick);
        };
        requestAnimationFrame(tick); }"""
    )
    fake.burst(500, 0.05)
    expect(page.locator(".pane-title .count")).to_have_text("500", timeout=20_000)
    assert page.locator("[data-incident-id]").count() == 200
    assert page.evaluate("window.gap") < 2000  # milliseconds, on a busy machine
    page.get_by_role("button", name="Show more (300 hidden)").click()
    expect(page.locator("[data-incident-id]")).to_have_count(400)
    expect(page.locator(".waiting-count")).to_contain_text("500")


def test_the_page_speaks_german_when_the_browser_does_and_remembers_a_change(
    visit: Visit, fake: Fake
) -> None:
    fake.open(scripted.card("one", stamp()))
    page = ready(visit("/console", locale="de-DE"))
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("#incident-title")).to_have_text("Unfall · automatisch")
    page.get_by_label("Sprache").select_option("en")
    expect(page.locator("#incident-title")).to_have_text("Crash · automatic")
    page.reload()
    expect(page.locator("#incident-title")).to_have_text("Crash · automatic")


def test_the_theme_follows_the_system_unless_told_otherwise(visit: Visit) -> None:
    page = ready(visit("/console", color_scheme="dark"))
    dark = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(dark) == "rgb(11, 16, 21)"
    page.get_by_label("Colours").select_option("light")
    assert page.evaluate(dark) == "rgb(238, 241, 244)"


def test_without_webgl_the_console_works_and_says_so(
    visit: Visit, fake: Fake, watch: Watch
) -> None:
    watch.expects_failures = True
    fake.open(scripted.card("one", stamp()))
    no_gl = "HTMLCanvasElement.prototype.getContext = () => null"
    page = ready(visit("/console", prepare=no_gl))
    expect(row(page, "one")).to_be_visible()
    expect(page.locator("os-map")).to_contain_text("cannot draw the map", timeout=30_000)
    page.keyboard.press("a")
    expect(page.locator(".group.progress")).to_be_visible()


def test_the_map_draws_pins_for_the_calls_offline(visit: Visit, fake: Fake) -> None:
    fake.open(scripted.card("one", stamp()), scripted.partial("two", stamp(9)))
    page = ready(visit("/console"))
    expect(page.locator(".map-tools")).to_be_visible(timeout=60_000)
    expect(page.locator("canvas.maplibregl-canvas")).to_have_attribute(
        "aria-label", re.compile("list of calls")
    )


def test_on_a_phone_one_thing_is_shown_at_a_time(visit: Visit, fake: Fake) -> None:
    fake.open(scripted.card("one", stamp()))
    page = ready(visit("/console", viewport={"width": 390, "height": 844}))
    row(page, "one").click()
    expect(page.locator("#incident-title")).to_be_visible()
    expect(row(page, "one")).not_to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Calls").click()
    expect(row(page, "one")).to_be_visible()
