"""The line itself, without a broker: no mistake of a broker or a listener ends it."""

from __future__ import annotations

import asyncio
from typing import Any

from opensos.edges.mqtt import MqttLine, MqttSettings
from tests.edges.waiting import until


def test_a_message_that_cannot_be_taken_keeps_nobody_from_hearing_the_next() -> None:
    heard: list[bytes] = []

    def take(topic: str, payload: bytes) -> None:
        del topic
        heard.append(payload)
        if payload == b"1":
            raise RuntimeError("a mistake of ours")

    async def story() -> None:
        line = MqttLine(MqttSettings("mqtt://127.0.0.1:9", "x", "t"), take, lambda _: None)
        line._loop = asyncio.get_running_loop()
        for number in (b"1", b"2"):
            line._took(None, None, _Message(number))
        await asyncio.sleep(0.01)
        line._took(None, None, _Message(b"3"))
        await asyncio.sleep(0.01)

    asyncio.run(story())
    assert heard == [b"1", b"2", b"3"]


def test_bytes_that_the_library_falls_over_end_a_connection_and_not_the_line() -> None:
    states: list[str | None] = []

    async def story() -> None:
        settings = MqttSettings("mqtt://127.0.0.1:9", "x", "t", retry_s=(0.001, 0.002))
        line = MqttLine(settings, lambda *_: None, states.append)

        def fall(_: Any) -> bool:
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")

        line._connect = fall  # type: ignore[assignment,method-assign]
        line.start()
        await until(lambda: len(states) >= 3)
        await line.close()

    asyncio.run(story())
    assert set(states) == {"lost"}


class _Message:
    topic = "t"

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
