"""Goes on: one thing that fails in the unit may never hide the next."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

log = logging.getLogger(__name__)


class Steady:
    """Does things, and goes on where one fails. ``loop`` is who is told of an error of ours."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self._stumble = ""

    def __call__(self, do: Callable[[], object]) -> bool:
        """Do one thing; whether it did not fail."""
        try:
            do()
        except Exception as error:  # noqa: BLE001  # a unit that no longer goes on is dead
            self._stumbled(error)
            return False
        return True

    def _stumbled(self, error: Exception) -> None:
        """Tell of an error once for each kind: a loose contact fails a hundred times a second."""
        name = f"{type(error).__name__}: {error}"
        if name == self._stumble:
            return
        self._stumble = name
        if self.loop is None:
            log.error("The unit goes on.", exc_info=error)
        else:
            self.loop.call_exception_handler({"message": "the unit goes on", "exception": error})
