"""Whether the SOS call would work now: self-test, fault memory, warning, forecast.

Deliberately absent: what a fault's cause is (the doctor's work), and how a part is asked (edges).
Profiles, texts and the sunset table are data beside the code; whoever stands higher reads them.
"""

from opensos.rules.readiness.dtc import Dtc, FreezeFrame, Memory
from opensos.rules.readiness.era import era_diagnostics
from opensos.rules.readiness.events import (
    AskToneTest,
    FaultChanged,
    HealthNote,
    ReadinessChanged,
    Remember,
    SelfTestEnded,
    WarningChanged,
)
from opensos.rules.readiness.health import Health
from opensos.rules.readiness.outcome import Figures, Level, Outcome, Verdict
from opensos.rules.readiness.profile import Profile, Row, check_profile, profile_from_data
from opensos.rules.readiness.result import (
    DriverWarning,
    Forecast,
    Readiness,
    Reason,
    SelfTest,
    TestResult,
)
from opensos.rules.readiness.settings import ALL_PARTS, HealthSettings, Limits
from opensos.rules.readiness.sunset import Sunset, sunsets_from_data

__all__ = [
    "ALL_PARTS",
    "AskToneTest",
    "DriverWarning",
    "Dtc",
    "FaultChanged",
    "Figures",
    "Forecast",
    "FreezeFrame",
    "Health",
    "HealthNote",
    "HealthSettings",
    "Level",
    "Limits",
    "Memory",
    "Outcome",
    "Profile",
    "Readiness",
    "ReadinessChanged",
    "Reason",
    "Remember",
    "Row",
    "SelfTest",
    "SelfTestEnded",
    "Sunset",
    "TestResult",
    "Verdict",
    "WarningChanged",
    "check_profile",
    "era_diagnostics",
    "profile_from_data",
    "sunsets_from_data",
]
