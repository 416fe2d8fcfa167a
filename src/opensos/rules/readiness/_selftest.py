"""One self-test: from its beginning until everything that could be tested now has been."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from opensos.rules.readiness.outcome import Outcome
from opensos.rules.readiness.result import SelfTest, TestResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opensos.rules.readiness.monitor import Running
    from opensos.rules.readiness.result import Why
    from opensos.rules.readiness.settings import HealthSettings

_SETTLED_S = 15.0  # beyond settle_s: what waits for a wake-up has had its chance


class SelfTesting:
    """Begins every monitor anew, and ends by itself."""

    __slots__ = ("_running", "_settings", "_test", "deadline")

    def __init__(self, running: Sequence[Running], settings: HealthSettings) -> None:
        self._running = running
        self._settings = settings
        self._test = SelfTest()
        self.deadline: float | None = None
        """When it ends at the latest (steady seconds), None while none runs."""

    def begin(self, why: Why, now: float, utc: float | None) -> None:
        """Begin; evidence that takes longer than a self-test to gather is kept."""
        for one in self._running:
            long = one.monitor.fail_s > self._settings.self_test_s
            one.again(keep_evidence=long)
        self._test = SelfTest("running", why, {}, now, None, utc)
        self.deadline = now + self._settings.self_test_s

    def is_done(self, now: float, *, tone_waits: bool) -> bool:
        """Return whether the running self-test has come to its end."""
        if self.deadline is None or self._test.started is None:
            return False
        if now >= self.deadline:
            return True
        if tone_waits or now - self._test.started < self._settings.settle_s + _SETTLED_S:
            return False
        return not any(self._under_way(one) for one in self._running)

    def _under_way(self, one: Running) -> bool:
        if one.outcome is not Outcome.NOT_COMPLETED or one.raw is Outcome.NOT_COMPLETED:
            return False
        return one.raw is Outcome.PASSED or one.monitor.fail_s <= self._settings.self_test_s

    def end(self, now: float) -> SelfTest:
        """End it and return what it found."""
        self.deadline = None
        self._test = replace(self._test, state="ended", ended=now, results=self._results())
        return self._test

    def seen(self) -> SelfTest:
        """Return it as it stands."""
        if self._test.state != "running":
            return self._test
        return replace(self._test, results=self._results())

    def tone_known(self) -> bool:
        """Return whether a tone test has ever come to a result."""
        return any(
            one.on_demand and one.known is not Outcome.NOT_COMPLETED for one in self._running
        )

    def _results(self) -> dict[str, TestResult]:
        return {
            one.monitor.id: TestResult(
                one.monitor.id,
                one.monitor.component,
                one.outcome,
                one.skipped if one.outcome is Outcome.NOT_COMPLETED else one.symptom,
                one.data,
            )
            for one in self._running
        }
