"""The SOS lamp as LEDs of the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opensos.edges.sysfs_led import SysfsLamp
from opensos.protocols.effects import LocalError
from opensos.rules.emergency.signals import PATTERNS
from opensos.rules.readiness.readings import LedReading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COLOURS = {"green": ("sos:green",), "red": ("sos:red",), "amber": ("sos:red", "sos:green")}


def led(root: Path, name: str, *, triggers: str = "[none] timer pattern") -> Path:
    directory = root / name
    directory.mkdir()
    for file, text in {
        "max_brightness": "255",
        "brightness": "0",
        "trigger": triggers,
        "delay_on": "",
        "delay_off": "",
        "pattern": "",
    }.items():
        (directory / file).write_text(text + "\n")
    return directory


def said(directory: Path) -> dict[str, str]:
    return {path.name: path.read_text().strip() for path in directory.iterdir()}


@pytest.fixture
def lamp(tmp_path: Path) -> Iterator[SysfsLamp]:
    led(tmp_path, "sos:red")
    led(tmp_path, "sos:green")
    part = SysfsLamp(tmp_path, COLOURS)
    part.start()
    yield part
    part._doer.stop()


def shown(lamp: SysfsLamp, pattern: str) -> None:
    lamp.show(pattern, 0.0)
    assert lamp.settled(5.0)
    assert lamp.trouble is None


def test_a_steady_colour_is_full_brightness_and_the_other_is_dark(
    lamp: SysfsLamp, tmp_path: Path
) -> None:
    shown(lamp, "red_steady")
    assert said(tmp_path / "sos:red") | {"brightness": "255"} == said(tmp_path / "sos:red")
    assert said(tmp_path / "sos:red")["trigger"] == "none"
    assert said(tmp_path / "sos:green")["brightness"] == "0"


def test_the_kernel_blinks_by_itself(lamp: SysfsLamp, tmp_path: Path) -> None:
    shown(lamp, "green_blink")
    files = said(tmp_path / "sos:green")
    assert (files["trigger"], files["delay_on"], files["delay_off"]) == ("timer", "1000", "1000")


def test_a_mixed_colour_is_both_leds(lamp: SysfsLamp, tmp_path: Path) -> None:
    shown(lamp, "amber_fast")
    for name in ("sos:red", "sos:green"):
        assert said(tmp_path / name)["delay_on"] == "250"


def test_a_pattern_of_several_beats_is_the_kernels_pattern(lamp: SysfsLamp, tmp_path: Path) -> None:
    shown(lamp, "amber_double")
    for name in ("sos:red", "sos:green"):
        files = said(tmp_path / name)
        assert files["trigger"] == "pattern"
        beat, last = "255 150 255 0 0 150 0 0", "255 150 255 0 0 1050 0 0"
        assert files["pattern"] == f"{beat} {last}"


def test_a_kernel_without_patterns_blinks_the_first_beat(tmp_path: Path) -> None:
    directory = led(tmp_path, "sos:amber", triggers="[none] timer heartbeat")
    part = SysfsLamp(tmp_path, {"amber": ("sos:amber",)})
    part.start()
    shown(part, "amber_double")
    files = said(directory)
    assert (files["trigger"], files["delay_on"], files["delay_off"]) == ("timer", "150", "150")
    part._doer.stop()


def test_off_is_dark(lamp: SysfsLamp, tmp_path: Path) -> None:
    shown(lamp, "green_steady")
    shown(lamp, "off")
    assert said(tmp_path / "sos:green")["brightness"] == "0"


def test_every_pattern_of_the_rules_can_be_shown(lamp: SysfsLamp) -> None:
    for pattern in PATTERNS:
        shown(lamp, pattern)


def test_a_pattern_that_nobody_knows_is_refused(lamp: SysfsLamp) -> None:
    with pytest.raises(LocalError, match="no lamp pattern 'disco'"):
        lamp.show("disco", 0.0)


def test_a_missing_led_is_trouble_and_not_a_crash(tmp_path: Path) -> None:
    part = SysfsLamp(tmp_path, COLOURS)
    part.start()
    part.show("red_steady", 0.0)
    assert part.settled(5.0)
    assert part.trouble == "the kernel knows no LED sos:green"
    assert part.lamp(0.0) == LedReading()
    assert not list(tmp_path.iterdir())
    part._doer.stop()


def test_a_board_with_one_led_shows_every_colour_with_it(tmp_path: Path) -> None:
    directory = led(tmp_path, "act")
    part = SysfsLamp(tmp_path, {"red": ("act",)})
    part.start()
    shown(part, "green_steady")
    assert said(directory)["brightness"] == "255"
    part._doer.stop()
