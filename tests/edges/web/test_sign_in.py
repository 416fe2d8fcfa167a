from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
from fastapi import FastAPI

from opensos.edges.store import open_store
from opensos.edges.web import SignIn, add_sign_in
from opensos.edges.web.cookie import cookie_name
from opensos.edges.web.sign_in import LINK_S, SESSION_S

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path


class SetClock:
    def __init__(self) -> None:
        self.at = 1_000_000.0

    def now(self) -> float:
        return self.at

    def utc(self) -> float:
        return self.at


def run(
    tmp_path: Path, body: Callable[[SignIn, SetClock], Coroutine[object, object, None]]
) -> None:
    async def main() -> None:
        store = await asyncio.to_thread(open_store, str(tmp_path / "centre.db"))
        clock = SetClock()
        try:
            await body(SignIn(store, clock), clock)
        finally:
            await store.close()

    asyncio.run(main())


def test_a_link_opens_one_session(tmp_path: Path) -> None:
    async def body(sign_in: SignIn, clock: SetClock) -> None:
        del clock
        assert not await sign_in.anyone()
        token = await sign_in.new_token()
        secret = await sign_in.redeem(token)
        assert secret is not None
        assert secret != token
        assert await sign_in.redeem(token) is None
        assert await sign_in.check(secret)
        assert await sign_in.anyone()

    run(tmp_path, body)


def test_what_was_never_made_opens_nothing(tmp_path: Path) -> None:
    async def body(sign_in: SignIn, clock: SetClock) -> None:
        del clock
        assert await sign_in.redeem("guess") is None
        for guess in ("guess", "", None, "x" * 100_000, "\udcff"):
            assert not await sign_in.check(guess)

    run(tmp_path, body)


def test_links_and_sessions_expire(tmp_path: Path) -> None:
    async def body(sign_in: SignIn, clock: SetClock) -> None:
        late = await sign_in.new_token()
        secret = await sign_in.redeem(await sign_in.new_token())
        clock.at += LINK_S + 1
        assert await sign_in.redeem(late) is None
        assert await sign_in.check(secret)
        clock.at += SESSION_S
        assert not await sign_in.check(secret)

    run(tmp_path, body)


def test_a_session_that_was_ended_is_over_at_once(tmp_path: Path) -> None:
    async def body(sign_in: SignIn, clock: SetClock) -> None:
        del clock
        secret = await sign_in.redeem(await sign_in.new_token())
        assert secret is not None
        assert await sign_in.check(secret)
        await sign_in.end(secret)
        assert not await sign_in.check(secret)

    run(tmp_path, body)


def test_the_secret_is_a_cookie_that_scripts_and_other_sites_cannot_use(tmp_path: Path) -> None:
    async def body(sign_in: SignIn, clock: SetClock) -> None:
        del clock
        app = FastAPI()
        add_sign_in(app, sign_in, home="/console")
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as web:
            token = await sign_in.new_token()
            answer = await web.get("/sign-in", params={"token": token})
            assert (answer.status_code, answer.headers["location"]) == (303, "/console")
            cookie = answer.headers["set-cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=strict" in cookie
            # The same link again: this browser is in already, another one stays out.
            assert (await web.get("/sign-in", params={"token": token})).status_code == 303
            web.cookies.clear()
            refused = await web.get("/sign-in", params={"token": token})
            assert refused.status_code == 403
            assert "sign-in-link" in refused.text

            secret = cookie.partition("=")[2].partition(";")[0]
            web.cookies.set(cookie_name("127.0.0.1"), secret)
            assert (await web.post("/sign-out")).status_code == 204
            assert not await sign_in.check(secret)

    run(tmp_path, body)


def test_two_servers_on_one_host_do_not_sign_each_other_out(tmp_path: Path) -> None:
    async def body(sign_in: SignIn, clock: SetClock) -> None:
        del clock
        app = FastAPI()
        add_sign_in(app, sign_in, home="/console")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as web:
            for port in (8112, 8113):
                token = await sign_in.new_token()
                await web.get(f"http://127.0.0.1:{port}/sign-in", params={"token": token})
            first, second = (web.cookies[f"opensos_session_{port}"] for port in (8112, 8113))
            assert (await web.post("http://127.0.0.1:8112/sign-out")).status_code == 204
            assert not await sign_in.check(first)
            assert await sign_in.check(second)
            assert list(web.cookies) == ["opensos_session_8113"]

    run(tmp_path, body)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("127.0.0.1:8113", "opensos_session_8113"),
        ("[::1]:08113", "opensos_session_8113"),
        ("[::1]", "opensos_session"),
        ("centre.example", "opensos_session"),
        ("", "opensos_session"),
        ("centre.example:", "opensos_session"),
        ("centre.example:1;x=1", "opensos_session"),
        ("centre.example:123456", "opensos_session"),
        ("centre.example:²", "opensos_session"),
    ],
)
def test_the_cookie_is_named_after_the_port(host: str, name: str) -> None:
    assert cookie_name(host) == name
