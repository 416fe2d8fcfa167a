"""What the self-test says to people: readiness, reasons, forecast, warning."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from opensos.rules.readiness.outcome import Level, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opensos.rules.readiness.outcome import Figures
    from opensos.rules.readiness.readings import Component

State: TypeAlias = Literal["ready", "limited", "not_ready", "unknown"]
Why: TypeAlias = Literal["ignition", "request", "schedule"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the unit is not simply ready.

    Attributes:
        component: what the reason is about.
        text_key: ``reason.<component>.<symptom>``, in ``texts/*.json``.
        data: figures that the text may be filled with.
        level: what it means for the call.
    """

    component: Component
    text_key: str
    data: Figures = ()
    level: Level = Level.LIMITED


@dataclass(frozen=True, slots=True)
class Forecast:
    """What will stop the SOS call one day.

    Attributes:
        kind: ``backup_battery``, ``certificate``, ``supply`` or ``network_sunset``.
        text_key: ``forecast.<kind>.<case>``.
        due_utc: when, seconds since 1970; None = not known.
        data: figures that the text may be filled with.
        source_date: the date of what it rests on (``2026-11-24``), None for our own measurements.
    """

    kind: str
    text_key: str
    due_utc: float | None = None
    data: Figures = ()
    source_date: str | None = None


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the SOS call would work now, as far as tests can tell.

    Attributes:
        state: ``ready``, ``limited`` (see ``works``), ``not_ready`` or ``unknown``.
        reasons: worst first.
        works: what was tested and works, as text keys ``works.<ability>``.
        forecast: what is coming.
    """

    state: State = "unknown"
    reasons: tuple[Reason, ...] = ()
    works: tuple[str, ...] = ()
    forecast: tuple[Forecast, ...] = ()


@dataclass(frozen=True, slots=True)
class DriverWarning:
    """What the driver sees; it goes out only by a passed test of what raised it.

    Attributes:
        text_key: ``warning.failure``, ``warning.limited`` or ``warning.check``.
        priority: 1 most urgent, 3 least.
        led: ``off`` or ``steady_red`` (``rules/emergency/signals.py`` knows the patterns).
        since_utc: when it came on, None = the clock was not known.
        components: whom it is about, most urgent first.
    """

    text_key: str
    priority: int
    led: str
    since_utc: float | None = None
    components: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True)
class TestResult:
    """How one monitor's test ended in a self-test."""

    monitor: str
    component: Component
    outcome: Outcome = Outcome.NOT_COMPLETED
    symptom: str | None = None
    data: Figures = ()

    __test__ = False  # not a test of pytest's


@dataclass(frozen=True, slots=True)
class SelfTest:
    """One self-test.

    Attributes:
        state: ``never``, ``running`` or ``ended``.
        why: what asked for it.
        results: by monitor; those that have not come to an end are not completed.
        started: steady seconds; ``started_utc`` civil ones.
        ended: steady seconds, None while it runs.
    """

    state: Literal["never", "running", "ended"] = "never"
    why: Why | None = None
    results: Mapping[str, TestResult] = field(default_factory=dict)
    started: float | None = None
    ended: float | None = None
    started_utc: float | None = None
