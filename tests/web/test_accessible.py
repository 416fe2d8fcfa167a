"""Axe finds nothing on any page, in light and dark, wide and narrow, in both languages."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.web import scripted
from tests.web.fake_server import stamp

if TYPE_CHECKING:
    from tests.web.conftest import Fake

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
    # Its preloading resolves @import against the page and so asks for what is not there.
    "preload": False,
}
READY = {"/console": ".link.ok", "/car": ".status", "/": "iframe"}


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{v['id']}: {node['html'][:200]} {node.get('failureSummary', '')}"
        for v in found
        for node in v["nodes"]
    ]


def fill(fake: Fake) -> None:
    real = scripted.card("real", stamp(2), where=6) | {"test": False}
    seen = scripted.card("seen", stamp(90), where=2) | {"acknowledged_at": stamp(80)}
    fake.open(scripted.ended("over", stamp(600)), seen, scripted.unreadable("bad", stamp(40)))
    fake.open(scripted.partial("part", stamp(20)), scripted.card("whole", stamp(9)), real)
    fake.open(scripted.data_only("data", stamp(15), related="whole"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", ["/console", "/car", "/"])
def test_axe_finds_nothing(visit: Visit, fake: Fake, path: str, width: int, scheme: str) -> None:
    fill(fake)
    page = visit(
        path, color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )
    expect(page.locator(READY[path]).first).to_be_attached()
    assert violations(page) == []


KINDS = ("bad", "part", "whole", "seen", "over", "data")
# Each kind in one scheme, in turn: colours are the page's and not the kind's. All when exploring.
KINDS_SEEN = [
    (name, scheme)
    for number, name in enumerate(KINDS)
    for other, scheme in enumerate(("light", "dark"))
    if os.environ.get("OPENSOS_EXPLORE") or number % 2 == other
]


@pytest.mark.parametrize(("name", "scheme"), KINDS_SEEN)
def test_axe_finds_nothing_in_any_kind_of_call(
    visit: Visit, fake: Fake, name: str, scheme: str
) -> None:
    fill(fake)
    page = visit(
        "/console", color_scheme=scheme, locale="de-DE", viewport={"width": 1600, "height": 1000}
    )
    page.locator(f'[data-incident-id="{name}"]').click()
    expect(page.locator(".timeline ol")).to_be_visible()
    expect(page.locator(".map-tools")).to_be_visible(timeout=60_000)
    assert violations(page) == []


def test_axe_finds_nothing_in_the_dialogs(visit: Visit, fake: Fake) -> None:
    fill(fake)
    page = visit("/console")
    expect(page.locator("#incident-title")).to_be_visible()
    page.keyboard.press("?")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("dialog#help")).not_to_be_visible()
    expect(page.get_by_role("button", name="Clear down").first).to_be_enabled()
    page.keyboard.press("c")
    expect(page.locator("dialog#confirm")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("path", ["/console", "/car", "/"])
def test_every_target_is_big_enough_to_hit(visit: Visit, fake: Fake, path: str) -> None:
    fill(fake)
    page = visit(path, viewport={"width": 390, "height": 900})
    expect(page.locator(READY[path]).first).to_be_attached()
    small = page.locator("button:visible, select:visible, summary:visible").evaluate_all(
        """all => all.filter((e) => {
          const { width, height } = e.getBoundingClientRect();
          return width < 24 || height < 24;
        }).map((e) => e.outerHTML.slice(0, 120))"""
    )
    assert small == []
