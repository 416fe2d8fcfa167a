"""What holds for every test: property tests that give the same result every time.

``OPENSOS_EXPLORE=1 make check`` lets hypothesis look for new examples instead.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# No deadline: a machine that is busy is not a bug. Slow generation likewise.
settings.register_profile(
    "steady",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "explore", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("explore" if os.environ.get("OPENSOS_EXPLORE") else "steady")
