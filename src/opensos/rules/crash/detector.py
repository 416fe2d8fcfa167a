"""From a stream of accelerations to the report that starts an SOS call."""

from __future__ import annotations

from dataclasses import dataclass

from opensos.rules.crash.report import CrashReport, Finding
from opensos.rules.crash.samples import FullScale, Samples


@dataclass(frozen=True, slots=True)
class Settings:
    """The figures of 49 CFR 563 and of this detector."""

    trigger_kmh: float = 8.0
    full_scale: FullScale = FullScale()


class CrashDetector:
    """Streaming crash detection."""

    def __init__(self, settings: Settings | None = None) -> None: ...

    def feed(self, samples: Samples) -> list[CrashReport]:
        """Take the next chunk (any length); return the reports that became due, in order."""
        raise NotImplementedError

    def airbag(self, t: float) -> list[CrashReport]:
        """The airbag line fired at stream time ``t``: that triggers by itself."""
        raise NotImplementedError

    def finish(self) -> list[CrashReport]:
        """The stream is over: close a crash that is still open."""
        raise NotImplementedError

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was odd about the data since the start, triggered or not."""
        raise NotImplementedError

    @property
    def largest_delta_v_kmh(self) -> float:
        """The greatest change of velocity within 150 ms seen so far, km/h."""
        raise NotImplementedError
