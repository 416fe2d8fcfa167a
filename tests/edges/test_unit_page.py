"""Asking a unit's page, against a small server that answers as told."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from opensos.edges.unit_page import UnitPage
from opensos.protocols.effects import RoadError, UserError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Answerer(HTTPServer):
    """Answers every request with ``status`` and ``body``, and keeps what was asked."""

    status = 200
    body = b"{}"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.asked: list[tuple[str, str, bytes]] = []

    @property
    def page(self) -> UnitPage:
        return UnitPage(f"http://127.0.0.1:{self.server_port}/")


class Asked(BaseHTTPRequestHandler):
    server: Answerer

    def do_GET(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, data))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.body)

    do_POST = do_GET  # noqa: N815  # the library calls it so

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def answerer() -> Iterator[Answerer]:
    server = Answerer()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_looking_gets_and_doing_posts(answerer: Answerer) -> None:
    answerer.body = b'{"ok": true}'
    assert answerer.page.state() == {"ok": True}
    assert answerer.page.known() == {"ok": True}
    assert answerer.page.texts("de") == {"ok": "True"}
    assert answerer.page.do("fault", inject="led_open") == {"ok": True}
    assert [(verb, path) for verb, path, _ in answerer.asked] == [
        ("GET", "/car/api/state"),
        ("GET", "/car/api/known"),
        ("GET", "/car/api/texts/de.json"),
        ("POST", "/car/api/fault"),
    ]
    assert json.loads(answerer.asked[-1][2]) == {"inject": "led_open"}


def test_a_refusal_is_the_units_own_sentence(answerer: Answerer) -> None:
    answerer.status, answerer.body = 409, b'{"error": "Not while driving."}'
    with pytest.raises(UserError, match=r"^Not while driving\.$"):
        answerer.page.do("reset", kind="unit")


@pytest.mark.parametrize("body", [b"", b"[", b"[1]", b"\xff", b'{"no": 1}'])
def test_a_refusal_without_a_sentence_says_its_number(answerer: Answerer, body: bytes) -> None:
    answerer.status, answerer.body = 500, body
    with pytest.raises(UserError, match="500"):
        answerer.page.state()


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b"\xff", b"5"])
def test_what_is_no_unit_is_the_roads_fault(answerer: Answerer, body: bytes) -> None:
    answerer.body = body
    with pytest.raises(RoadError):
        answerer.page.state()


@pytest.mark.parametrize(
    "said", [b"\x00\x01 no HTTP\r\n", b"", b"HTTP/1.1 200\r\nContent-Length: 9\r\n\r\n{"]
)
def test_what_speaks_no_http_is_no_unit_and_no_traceback(said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            other, _ = server.accept()
            with other:
                other.recv(65536)
                other.sendall(said)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        with pytest.raises(RoadError, match="No unit answers"):
            UnitPage(f"http://127.0.0.1:{server.getsockname()[1]}").state()
        thread.join()


def test_an_address_with_a_port_that_is_none_finds_no_unit() -> None:
    with pytest.raises(RoadError, match="No unit answers"):
        UnitPage("http://127.0.0.1:port").state()


def test_nobody_there_says_how_to_start_one() -> None:
    with pytest.raises(RoadError, match="opensos vehicle run"):
        UnitPage("http://127.0.0.1:9").state()


@pytest.mark.parametrize("url", ["file:///etc/passwd", "127.0.0.1:8114", ""])
def test_only_http_is_an_address(url: str) -> None:
    with pytest.raises(UserError, match="address"):
        UnitPage(url)
