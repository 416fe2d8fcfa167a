"""Where the inputs made by others lie, and how a test says that it needs them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("OPENSOS_SHARED", ROOT.parent / "shared"))

needs_vectors = pytest.mark.skipif(
    not (SHARED / "vectors").is_dir(),
    reason="the test inputs made by others (../shared/vectors) are not here",
)
