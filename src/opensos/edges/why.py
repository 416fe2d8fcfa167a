"""Says in words why the world refused, for a sentence that a person reads."""

from __future__ import annotations

import os


def why(error: Exception) -> str:
    """Return the reason without numbers and class names: ``No such file or directory``.

    asyncio puts the address of a peer into ``strerror``; people need the kernel's words alone.
    """
    said = error.strerror if isinstance(error, OSError) else None
    if said and isinstance(error, ConnectionError) and error.errno:
        said = os.strerror(error.errno)
    return said or str(error) or type(error).__name__
