"""The SOS button: events of the kernel through a FIFO."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.edges.input_button import EVENT, KEY_SOS, InputButton, find_input
from opensos.protocols.effects import RoadError
from opensos.rules.readiness.readings import ButtonReading
from tests.edges.clocks import StillClock
from tests.edges.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path


def event(value: int, *, code: int = KEY_SOS, kind: int = 1) -> bytes:
    return EVENT.pack(1, 2, kind, code, value) + EVENT.pack(1, 2, 0, 0, 0)


def with_button(
    directory: Path, story: Callable[[int, InputButton], Coroutine[object, object, None]]
) -> None:
    async def whole() -> None:
        path = directory / "event0"
        os.mkfifo(path)
        writer = os.open(path, os.O_RDWR)
        button = InputButton(path, StillClock(), retry_s=0.01)
        try:
            await story(writer, button)
        finally:
            await button.close()
            os.close(writer)

    asyncio.run(whole())


def states(button: InputButton, count: int = 4) -> list[bool | None]:
    return [button.button(0.0).pressed for _ in range(count)]


def test_a_press_and_a_release_are_seen(tmp_path: Path) -> None:
    async def story(writer: int, button: InputButton) -> None:
        assert button.button(0.0) == ButtonReading(pressed=None, fitted=True)
        os.write(writer, event(1))
        await until(lambda: button.button(0.0).pressed)
        assert states(button) == [True] * 4
        os.write(writer, event(0))
        await until(lambda: button.button(0.0).pressed is False)
        assert button.heard_at == 100.0

    with_button(tmp_path, story)


def in_a_loop(story: Callable[[InputButton], None], directory: Path) -> None:
    async def fed(_writer: int, button: InputButton) -> None:
        story(button)

    with_button(directory, fed)


def test_a_press_shorter_than_a_look_is_not_swallowed(tmp_path: Path) -> None:
    def story(button: InputButton) -> None:
        button.feed(event(1) + event(0))
        assert states(button) == [True, False, False, False]
        button.feed(event(1) + event(0) + event(1) + event(0))  # bouncing
        assert states(button) == [True, False, False, False]

    in_a_loop(story, tmp_path)


def test_a_release_in_the_middle_of_a_hold_is_not_swallowed(tmp_path: Path) -> None:
    def story(button: InputButton) -> None:
        button.feed(event(1))
        assert states(button, 2) == [True, True]
        button.feed(event(0) + event(1))
        assert states(button, 3) == [False, True, True]

    in_a_loop(story, tmp_path)


def test_the_keys_own_repeat_is_still_a_hold_and_other_keys_are_not_ours(tmp_path: Path) -> None:
    def story(button: InputButton) -> None:
        button.feed(event(1) + event(2) + event(2) + event(1, code=30) + event(0, code=30))
        assert states(button, 2) == [True, True]
        button.feed(event(0, kind=5))  # a switch, not a key
        assert states(button, 1) == [True]

    in_a_loop(story, tmp_path)


def test_events_that_the_kernel_dropped_are_survived(tmp_path: Path) -> None:
    def story(button: InputButton) -> None:
        button.feed(event(1) + EVENT.pack(1, 2, 0, 3, 0))  # SYN_DROPPED; a FIFO tells no state
        assert states(button, 2) == [True, True]

    in_a_loop(story, tmp_path)


def test_half_an_event_waits_for_its_other_half(tmp_path: Path) -> None:
    def story(button: InputButton) -> None:
        data = event(1)
        button.feed(data[:7])
        assert states(button, 1) == [None]
        button.feed(data[7:])
        assert states(button, 1) == [True]

    in_a_loop(story, tmp_path)


@given(st.lists(st.lists(st.booleans(), max_size=6), max_size=12))
@settings(max_examples=60, deadline=None)
def test_no_press_is_ever_lost(
    tmp_path_factory: pytest.TempPathFactory, looks: list[list[bool]]
) -> None:
    """Between two looks some states pass: each that differs from what was told is told."""

    def story(button: InputButton) -> None:
        told: bool | None = None
        for passing in looks:
            for state in passing:
                button.feed(event(int(state)))
            seen = button.button(0.0).pressed
            if any(passing) and told is not True:
                assert seen is True
            if passing and not all(passing) and told is True:
                assert seen is False
            told = seen
        final = button.button(0.0).pressed
        passed = [state for passing in looks for state in passing]
        assert final is (passed[-1] if passed else None)

    in_a_loop(story, tmp_path_factory.mktemp("input"))


@given(st.lists(st.binary(max_size=100), max_size=5))
@settings(max_examples=40, deadline=None)
def test_any_bytes_are_survived(
    tmp_path_factory: pytest.TempPathFactory, chunks: list[bytes]
) -> None:
    def story(button: InputButton) -> None:
        for chunk in chunks:
            button.feed(chunk)
        assert button.button(0.0).fitted

    in_a_loop(story, tmp_path_factory.mktemp("input"))


def test_a_device_that_is_not_there_is_no_button_and_may_come(tmp_path: Path) -> None:
    async def story() -> None:
        path = tmp_path / "event9"
        button = InputButton(path, StillClock(), retry_s=0.01)
        assert button.button(0.0) == ButtonReading(fitted=False)
        assert button.trouble == "No such file or directory"
        os.mkfifo(path)
        writer = os.open(path, os.O_RDWR)
        await until(lambda: button.button(0.0).fitted)
        await button.close()
        os.close(writer)

    asyncio.run(story())


def test_a_device_that_goes_away_is_unknown(tmp_path: Path) -> None:
    async def story() -> None:
        path = tmp_path / "event0"
        os.mkfifo(path)
        writer = os.open(path, os.O_RDWR)
        button = InputButton(path, StillClock(), retry_s=60.0)
        assert button.button(0.0).fitted is True
        os.write(writer, event(1))
        await until(lambda: button.button(0.0).pressed)
        os.close(writer)
        await until(lambda: button.button(0.0) == ButtonReading())
        await button.close()

    asyncio.run(story())


def test_a_name_that_no_device_has_is_said(tmp_path: Path) -> None:
    (tmp_path / "event0").write_bytes(b"")
    with pytest.raises(RoadError, match="No input device calls itself 'gpio-keys'"):
        find_input("gpio-keys", sorted(tmp_path.iterdir()))
