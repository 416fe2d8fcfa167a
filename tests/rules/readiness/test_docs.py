"""The table of the documentation is the table of the code."""

from __future__ import annotations

from opensos.rules.readiness.monitor import FORGET_AT_ONCE, Monitor
from opensos.rules.readiness.monitors import MONITORS
from opensos.rules.readiness.scene import Need
from tests.shared import ROOT

PAGE = ROOT / "docs" / "reference" / "self-test.md"
WORDS = {
    Need.AWAKE: "awake",
    Need.IGNITION: "ignition",
    Need.PARKED: "parked",
    Need.ENGINE: "engine",
    Need.NOT_CRANKING: "no cranking",
    Need.SUPPLY_OK: "supply",
    Need.NO_CALL: "no call",
    Need.NOT_TRANSPORT: "no transport mode",
    Need.MODEM_FRESH: "modem heard",
    Need.NOT_JAMMED: "no jamming",
    Need.GNSS_ANTENNA: "antenna not broken",
    Need.BUS_ALIVE: "bus not dead",
    Need.TIME_KNOWN: "time proven",
}


def table() -> str:
    """Return the table of all tests, as the page has it."""
    rows = [
        "| test | finds | needs | fails after | passes after | cycles |",
        "|---|---|---|---|---|---|",
    ]
    rows += [_row(one) for one in MONITORS]
    return "\n".join(rows) + "\n"


def _row(monitor: Monitor) -> str:
    finds = ", ".join(
        f"*{one.name}* {one.warn}" if one.event else f"{one.name} {one.warn}"
        for one in monitor.symptoms
    )
    needs = ", ".join(word for need, word in WORDS.items() if need & monitor.needs) or "nothing"
    if monitor.cycle == "on_demand":
        fails, passes = f"{monitor.retries + 1} tones", "1 tone"
    else:
        once = ", without a break" if monitor.forget == FORGET_AT_ONCE else ""
        fails, passes = f"{monitor.fail_s:g} s{once}", f"{monitor.pass_s:g} s"
    return f"| `{monitor.id}` | {finds} | {needs} | {fails} | {passes} | {monitor.trips} |"


def test_the_page_has_the_table_of_the_code() -> None:
    assert table() in PAGE.read_text(encoding="utf-8")


def test_every_condition_is_explained() -> None:
    assert set(WORDS) == {one for one in Need if one}
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"\n| {word} | " in page for word in WORDS.values())
