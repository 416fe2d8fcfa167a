"""Waits for something that another process or thread does, by looking, within a bound."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


async def until(true: Callable[[], object], within_s: float = 10.0) -> None:
    """Return as soon as ``true()`` is; fail when it is not within the time."""
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110  the thing waited for knows nothing of this loop
            await asyncio.sleep(0.005)
