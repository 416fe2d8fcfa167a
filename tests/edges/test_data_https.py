from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from typing import TYPE_CHECKING

import pytest
import trustme

from opensos.edges.data_https import HttpsPath, HttpsSettings
from opensos.protocols.effects import UserError
from tests.edges.waiting import until
from tests.promises.data_path import Answer, DataPathPromises, Heard, ack, sos

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from opensos.ports import DataPath


class Peer:
    """An HTTP server that says what a test wants, byte for byte."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.raw: Callable[[bytes], bytes] | None = None
        self.answer: Answer = lambda _: []

    async def open(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        return int(self._server.sockets[0].getsockname()[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._speak(reader, writer)
        finally:
            writer.close()

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split()[0])
        body = await reader.readexactly(length)
        self.requests.append(head)
        if self.raw is not None:
            writer.write(self.raw(body))
        elif said := self.answer(body):
            after, data = said[0]
            await asyncio.sleep(after)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(data), data))
        else:
            await asyncio.sleep(30)
        await writer.drain()

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def peer_and_path(
    peer: Peer, settings: HttpsSettings | None = None, scheme: str = "http"
) -> AsyncIterator[HttpsPath]:
    port = await peer.open()
    settings = settings or HttpsSettings("")
    url = f"{scheme}://localhost:{port}" if scheme == "https" else f"http://127.0.0.1:{port}"
    path = HttpsPath(HttpsSettings(url, settings.ca, settings.cert, settings.key))
    try:
        yield path
    finally:
        await path.close()
        await peer.close()


class TestHttpsPath(DataPathPromises):
    answers_more_than_once = False

    @contextlib.asynccontextmanager
    async def path(self, answer: Answer) -> AsyncIterator[DataPath]:
        peer = Peer()
        peer.answer = answer
        async with peer_and_path(peer) as path:
            yield path

    @contextlib.asynccontextmanager
    async def nowhere(self) -> AsyncIterator[DataPath]:
        with socket.create_server(("127.0.0.1", 0)) as sock:
            port = sock.getsockname()[1]
        path = HttpsPath(HttpsSettings(f"http://127.0.0.1:{port}"))
        yield path
        await path.close()


def test_the_request_is_one_post_to_the_links_path() -> None:
    async def main() -> None:
        peer = Peer()
        peer.answer = lambda data: [(0.0, ack(data))]
        async with peer_and_path(peer) as path:
            heard = Heard(path)
            path.offer("m", sos("m"), 5.0)
            await heard.wait(1)
        assert peer.requests[0].startswith(b"POST /link/v1/sos HTTP/1.1\r\n")
        assert b"Content-Type: application/json" in peer.requests[0]

    asyncio.run(main())


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", "status_503"),
        (b"HTTP/1.1 302 Go\r\nLocation: https://example.org\r\nContent-Length: 0\r\n\r\n", "302"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes", "no_acknowledgement"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 40_000, "acknowledge"),
        (b"SMTP ready\r\n\r\n", "no_acknowledgement"),
        (b"", "unreachable"),
    ],
)
def test_any_other_answer_is_a_reason(raw: bytes, why: str) -> None:
    async def main() -> None:
        peer = Peer()
        peer.raw = lambda _: raw
        async with peer_and_path(peer) as path:
            heard = Heard(path)
            path.offer("m", sos("m"), 5.0)
            (report,) = await heard.wait(1)
            assert not report.delivered
            assert why in str(report.why)

    asyncio.run(main())


def tls_files(tmp_path: Path) -> tuple[ssl.SSLContext, HttpsSettings]:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    authority.configure_trust(server)
    server.verify_mode = ssl.CERT_REQUIRED
    car = authority.issue_cert("car-1")
    ca, cert, key = (tmp_path / name for name in ("ca.pem", "car.pem", "car.key"))
    authority.cert_pem.write_to_path(ca)
    car.cert_chain_pems[0].write_to_path(cert)
    car.private_key_pem.write_to_path(key)
    return server, HttpsSettings("", ca, cert, key)


def test_over_tls_both_sides_prove_themselves(tmp_path: Path) -> None:
    async def main() -> None:
        server, settings = tls_files(tmp_path)
        peer = Peer(server)
        peer.answer = lambda data: [(0.0, ack(data))]
        async with peer_and_path(peer, settings, "https") as path:
            heard = Heard(path)
            path.offer("m", sos("m"), 5.0)
            assert (await heard.wait(1))[0].delivered

    asyncio.run(main())


def test_a_centre_of_another_authority_gets_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        server, settings = tls_files(tmp_path)
        assert settings.ca is not None
        trustme.CA().cert_pem.write_to_path(settings.ca)
        peer = Peer(server)
        async with peer_and_path(peer, settings, "https") as path:
            heard = Heard(path)
            path.offer("m", sos("m"), 5.0)
            assert await heard.wait(1) == [("m", False, "tls")]
        assert peer.requests == []

    asyncio.run(main())


@pytest.mark.parametrize(
    "url",
    [
        "http://centre.example",
        "http://10.0.0.1:80",
        "ftp://127.0.0.1",
        "127.0.0.1:80",
        "https://",
        "https://a:b@localhost",
        "https://localhost:99999",
        "http://[::1",
    ],
)
def test_an_address_that_cannot_or_must_not_be_is_refused(url: str) -> None:
    with pytest.raises(UserError):
        HttpsPath(HttpsSettings(url))


def test_a_missing_authority_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        HttpsPath(HttpsSettings("https://localhost", ca=tmp_path / "none.pem"))


def test_idle_it_has_no_thread_and_hanging_ones_are_bounded() -> None:
    def threads() -> int:
        return sum(t.name == "opensos-https" for t in threading.enumerate())

    async def main() -> None:
        peer = Peer()
        async with peer_and_path(peer) as path:
            assert threads() == 0
            heard = Heard(path)
            for number in range(30):
                path.offer(f"m{number}", sos(f"m{number}"), 0.5)
            assert threads() <= 4
            reports = await heard.wait(30)
            assert {r.why for r in reports} == {"silence", "busy"}
            await path.close()
            for thread in threading.enumerate():
                if thread.name == "opensos-https":
                    await asyncio.to_thread(thread.join, 5.0)
            assert threads() == 0

    asyncio.run(main())


def test_a_thread_that_falls_over_ends_its_offer_and_blocks_no_later_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fall(*_: object, **__: object) -> None:
        raise AttributeError("'NoneType' object has no attribute 'makefile'")

    monkeypatch.setattr("http.client.HTTPConnection.request", fall)

    async def story() -> list[str | None]:
        path, whys = HttpsPath(HttpsSettings("http://127.0.0.1:9")), list[str | None]()
        path.listen(lambda report: whys.append(report.why))
        for number in range(6):
            path.offer(f"m-{number}", b"{}", 2.0)
            await until(lambda: len(whys) > number)  # noqa: B023  # awaited at once
        await path.close()
        return whys

    assert asyncio.run(story()) == ["no_acknowledgement"] * 6
