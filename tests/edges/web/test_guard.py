from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI, Request

from opensos.edges.web import Guard, GuardRules
from opensos.edges.web.cookie import cookie_name
from opensos.edges.web.guard import MOST_BODY
from opensos.protocols.effects import RoadError

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

COOKIE = cookie_name("127.0.0.1:8113")


def app() -> FastAPI:
    built = FastAPI()

    @built.get("/page")
    async def page() -> str:
        return "page"

    @built.get("/api/secret")
    async def secret() -> str:
        return "secret"

    @built.post("/act")
    async def act(request: Request) -> int:
        return len(await request.body())

    async def signed_in(session: str | None) -> bool:
        if session == "down":
            raise RoadError("The store is away.")
        return session == "good"

    @built.post("/machines/act")
    async def machine(request: Request) -> int:
        return len(await request.body())

    rules = GuardRules(hosts=("centre.example",), machines=("/machines",))
    built.add_middleware(Guard, rules=rules, signed_in=signed_in)
    return built


def ask(
    method: str,
    path: str,
    headers: dict[str, str] | None = None,
    content: bytes | None = None,
) -> httpx.Response:
    async def main() -> httpx.Response:
        transport = httpx.ASGITransport(app())
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8113") as web:
            return await web.request(method, path, headers=headers, content=content)

    return asyncio.run(main())


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8113", "localhost", "LOCALHOST:1", "[::1]:8113", "10.1.2.3", "centre.example:80"],
)
def test_our_own_names_and_plain_addresses_are_served(host: str) -> None:
    assert ask("GET", "/page", {"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil"])
def test_a_strangers_name_pointed_at_us_is_refused(host: str) -> None:
    assert ask("GET", "/page", {"host": host}).status_code == 421


def test_what_is_private_needs_a_session() -> None:
    assert ask("GET", "/api/secret").status_code == 401
    assert ask("GET", "/api/secret", {"cookie": f"{COOKIE}=bad"}).status_code == 401
    assert ask("GET", "/api/secret", {"cookie": f"{COOKIE}=good"}).status_code == 200
    elsewhere = cookie_name("127.0.0.1:8114")
    assert ask("GET", "/api/secret", {"cookie": f"{elsewhere}=good"}).status_code == 401
    both = f"{elsewhere}=bad; {COOKIE}=good"
    assert ask("GET", "/api/secret", {"cookie": both}).status_code == 200
    assert ask("GET", "/api/secret", {"cookie": '"\x01=;;;'}).status_code == 401
    assert ask("GET", "/api").status_code == 401
    assert ask("GET", "/apiary").status_code == 404


def test_a_store_that_is_away_signs_nobody_in_and_says_why() -> None:
    answer = ask("GET", "/api/secret", {"cookie": f"{COOKIE}=down"})
    assert answer.status_code == 503
    assert answer.json() == {"error": "The store is away."}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "http://127.0.0.1:8113"}, 200),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
    ],
)
def test_another_site_cannot_press_our_buttons(headers: dict[str, str], status: int) -> None:
    assert ask("POST", "/act", headers).status_code == status


def test_a_huge_body_is_refused_by_its_length_or_when_it_has_come() -> None:
    assert ask("POST", "/act", content=b"x" * MOST_BODY).json() == MOST_BODY
    assert ask("POST", "/act", content=b"x" * (MOST_BODY + 1)).status_code == 413


def test_of_a_body_without_a_length_no_more_than_the_limit_is_passed_on() -> None:
    seen: list[Message] = []

    async def greedy(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, send
        while not seen or seen[-1]["type"] == "http.request":
            seen.append(await receive())

    async def endless() -> Message:
        return {"type": "http.request", "body": b"x" * 4096, "more_body": True}

    async def main() -> None:
        scope = {"type": "http", "method": "POST", "path": "/act"}
        guard = Guard(greedy, GuardRules(), _nobody)
        await guard({**scope, "headers": [(b"host", b"localhost")]}, endless, _nothing)

    asyncio.run(main())
    assert sum(len(m.get("body", b"")) for m in seen) == MOST_BODY
    assert seen[-1] == {"type": "http.disconnect"}


def test_every_answer_carries_the_headers_that_protect_a_browser() -> None:
    for path in ("/page", "/api/secret", "/nothing"):
        headers = ask("GET", path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "script-src 'self';" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert headers["cache-control"] == "no-store"


def test_websockets_are_not_spoken() -> None:
    async def main() -> None:
        guard = Guard(_never, GuardRules(), _nobody)
        await guard({"type": "websocket"}, _nothing, _nothing)

    asyncio.run(main())


async def _never(*_: object) -> None:
    raise AssertionError("the application must not be asked")


async def _nothing(*_: object) -> Any:
    raise AssertionError("nothing is received or sent")


async def _nobody(_: str | None) -> bool:
    return False


def test_machines_may_use_any_name_but_a_browser_may_not_be_one() -> None:
    any_name = {"host": "anything.example"}
    assert ask("POST", "/machines/act", any_name, b"x").status_code == 200
    assert ask("POST", "/act", any_name, b"x").status_code == 421
    for header in ("origin", "sec-fetch-site"):
        refused = ask("POST", "/machines/act", any_name | {header: "none"}, b"x")
        assert refused.status_code == 403
    assert ask("POST", "/machines/act", any_name, b"x" * (MOST_BODY + 1)).status_code == 413
