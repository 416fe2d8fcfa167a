"""Settings of the interpreter for a process that does nothing but take calls."""

from __future__ import annotations

import gc
import sys

_SWITCH_S = 0.001
_YOUNG = 20_000


def tune_process() -> None:
    """Make the interpreter fit for many calls at once.

    The thread that writes to the store gives up the interpreter's lock at each statement; beside a
    busy event loop it would wait 5 ms to get it back, ten times per commit. And what was loaded at
    the start lives for ever: the collector need not look at it again.
    """
    sys.setswitchinterval(_SWITCH_S)
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 50, 100)
