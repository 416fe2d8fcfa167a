"""A browser and a fake centre for the pages' tests.

Where Chromium is absent these tests are skipped with that reason.
"""

from __future__ import annotations

import shutil
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, Request, sync_playwright

from tests.web.fake_server import create_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGS = [
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
# What the browser says about autoplay is not about us: the page itself shows it, with a button.
EXPECTED_WORDS = ("AudioContext was not allowed to start",)


@dataclass
class Fake:
    """The fake centre and car, by address."""

    url: str

    def open(self, *cards: dict[str, Any]) -> None:
        """Let these calls arrive now."""
        httpx.post(f"{self.url}/fake/open", json=list(cards), timeout=30).raise_for_status()

    def set(self, **what: Any) -> dict[str, Any]:
        """Change how the fake behaves; tells which buttons were pressed so far."""
        answer: dict[str, Any] = httpx.post(f"{self.url}/fake/set", json=what, timeout=30).json()
        return answer

    def burst(self, count: int, per_20_s: float) -> None:
        """Let many calls arrive, with a pause after every 20."""
        body = {"count": count, "per_20_s": per_20_s}
        httpx.post(f"{self.url}/fake/burst", json=body, timeout=60).raise_for_status()


@dataclass
class Watch:
    """What a page did that it should not have done."""

    home: str
    complaints: list[str] = field(default_factory=list)
    expects_failures: bool = False

    def attach(self, page: Page) -> None:
        """Listen to a page."""
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on(
            "console",
            lambda message: self._console(message.type, f"{message.text} {message.location}"),
        )
        page.on("request", self._request)

    def _console(self, kind: str, text: str) -> None:
        if kind not in {"error", "warning"} or any(words in text for words in EXPECTED_WORDS):
            return
        if not self.expects_failures:
            self.complaints.append(f"{kind}: {text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.home, "data:", "blob:")):
            self.complaints.append(f"asked {request.url}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser
        browser.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def fake() -> Iterator[Fake]:
    port = _free_port()
    config = uvicorn.Config(
        create_app(), host="127.0.0.1", port=port, log_level="error", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{port}"
    for _ in range(200):
        if server.started:
            break
        time.sleep(0.02)  # until the server listens
    yield Fake(url)
    httpx.post(f"{url}/fake/set", json={"drop": True}, timeout=30)
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def watch(fake: Fake) -> Iterator[Watch]:
    watch = Watch(fake.url)
    yield watch
    assert watch.complaints == []


@pytest.fixture
def visit(browser: Browser, fake: Fake, watch: Watch) -> Iterator[Callable[..., Page]]:
    contexts = []

    def visit(path: str, *, prepare: str | None = None, **options: Any) -> Page:
        options = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", **options}
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        if prepare:
            page.add_init_script(prepare)
        watch.attach(page)
        page.goto(fake.url + path)
        return page

    yield visit
    for context in contexts:
        context.close()
