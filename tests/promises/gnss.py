"""What every satellite receiver promises, however it is reached; adapters inherit it all."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from opensos.ports import Fix
    from opensos.rules.readiness.readings import GnssReading


class AnyReceiver(Protocol):
    def fix(self, now: float) -> Fix | None: ...

    def recent(self, now: float) -> tuple[Fix, ...]: ...

    def receiver(self, now: float) -> GnssReading | None: ...


class GnssPromises:
    """Inherit, and give the fixtures.

    ``driving``: a receiver that has driven for at least twelve seconds, and the present second.
    ``lost``: one whose sky has gone (tunnel), and the present second.
    """

    def test_a_fix_is_a_place_on_earth(self, driving: tuple[AnyReceiver, float]) -> None:
        receiver, now = driving
        fix = receiver.fix(now)
        assert fix is not None
        assert -90 <= fix.latitude <= 90
        assert -180 <= fix.longitude <= 180
        assert math.isfinite(fix.utc)
        assert fix.heading_deg is None or 0 <= fix.heading_deg < 360
        assert fix.speed_kmh is None or 0 <= fix.speed_kmh < 1000
        assert fix.accuracy_m is None or fix.accuracy_m > 0

    def test_two_earlier_positions_are_kept_newest_first(
        self, driving: tuple[AnyReceiver, float]
    ) -> None:
        receiver, now = driving
        newest = receiver.fix(now)
        assert newest is not None
        times = [newest.utc, *(fix.utc for fix in receiver.recent(now))]
        assert len(times) == 3
        assert all(later - earlier >= 4.9 for later, earlier in itertools.pairwise(times))

    def test_asking_twice_changes_nothing(self, driving: tuple[AnyReceiver, float]) -> None:
        receiver, now = driving
        assert receiver.fix(now) == receiver.fix(now)
        assert receiver.recent(now) == receiver.recent(now)
        assert receiver.receiver(now) == receiver.receiver(now)

    def test_a_driving_receiver_tells_its_health(self, driving: tuple[AnyReceiver, float]) -> None:
        receiver, now = driving
        reading = receiver.receiver(now)
        assert reading is not None
        assert reading.heard_at is not None
        assert reading.heard_at <= now
        assert reading.fix_kind in {"2d", "3d"}
        assert reading.satellites_used is not None
        assert reading.satellites_seen is not None
        assert 4 <= reading.satellites_used <= reading.satellites_seen
        assert reading.cn0_dbhz is not None
        assert 0 < reading.cn0_dbhz < 60
        assert reading.utc is not None

    def test_a_lost_sky_is_no_fix_and_the_receiver_is_still_heard(
        self, lost: tuple[AnyReceiver, float]
    ) -> None:
        receiver, now = lost
        reading = receiver.receiver(now)
        assert reading is not None
        assert reading.fix_kind == "none"
        assert reading.heard_at is not None
        assert now - reading.heard_at < 5.0
