"""Each state of each part in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from opensos.edges.board import Board, BoardIdentity, BoardParts, PartFound, describe
from opensos.ports import VehicleIdentity
from opensos.protocols.effects import RoadError
from opensos.rules.crash.samples import FullScale
from opensos.rules.readiness.readings import (
    AirbagLineReading,
    AntennaReading,
    AudioReading,
    BackupReading,
    BusReading,
    Circuit,
    GnssReading,
    ModemReading,
    Registration,
    SimCard,
    SoftwareReading,
    SupplyReading,
    ToneResult,
)
from tests.edges.clocks import StillClock

NOW = 100.0
FIELDS = {
    "supply": "main_power",
    "antenna": "antennas",
}


@dataclass
class Says:
    """A part that answers what it was told to, whatever it is asked."""

    answers: dict[str, Any] = field(default_factory=dict)
    trouble: str | None = None
    heard_at: float | None = None
    why_away: str | None = None
    full_scale: FullScale = FullScale(200.0, 200.0, 200.0)  # noqa: RUF009  frozen

    def __getattr__(self, name: str) -> Any:
        def answer(_now: float) -> Any:
            value = self.answers.get(name)
            if isinstance(value, Exception):
                raise value
            return value

        return answer


def said(part: str, says: Says) -> PartFound:
    parts = BoardParts(adapters={part: "an adapter"})
    setattr(parts, FIELDS.get(part, part), says)
    identity = BoardIdentity(VehicleIdentity("ZZ9TESTS6RA000001"))
    board = Board(identity, parts, StillClock())
    return next(one for one in describe(board, NOW) if one.part == part)


FIX = GnssReading(99.0, "3d", 8, 11, 40.0, 4.4, 1.8e9)
MODEM = ModemReading(99.0, Registration.EMERGENCY_ONLY, signal_dbm=-87, model="EG25")


@pytest.mark.parametrize(
    ("part", "answers", "state", "words"),
    [
        (
            "gnss",
            {"receiver": FIX},
            "works",
            "A 3D fix with 8 of 11 satellites, within about 4 m.",
        ),
        (
            "gnss",
            {"receiver": GnssReading(99.0, "none", 0)},
            "works",
            "The receiver speaks and has no fix: 0 of ? satellites.",
        ),
        ("gnss", {"receiver": GnssReading(9.0)}, "silent", "It was last heard 91 s ago."),
        ("gnss", {}, "silent", "Nothing is known of it."),
        (
            "modem",
            {"modem": MODEM, "sim_card": SimCard("ready", "89490000000000000001", "+491700000")},
            "works",
            "EG25: emergency only, -87 dBm; card ready.",
        ),
        (
            "modem",
            {"modem": ModemReading(99.0), "sim_card": SimCard("absent")},
            "faulty",
            "A modem: network unknown; card absent.",
        ),
        (
            "supply",
            {"supply": SupplyReading(12.44, None, True)},
            "works",
            "The car's supply is there: 12.4 V.",
        ),
        (
            "supply",
            {"supply": SupplyReading(None, None, False)},
            "faulty",
            "The car's supply is gone (voltage unknown).",
        ),
        (
            "battery",
            {"backup": BackupReading(True, 3.9, None, -7.6, 81.0, 40.0)},
            "works",
            "A battery: 3.90 V, 40 % charged, 81 % of its capacity left, -8 °C.",
        ),
        (
            "battery",
            {"backup": BackupReading(fitted=True)},
            "works",
            "A battery: it tells nothing.",
        ),
        ("battery", {"backup": BackupReading(fitted=False)}, "faulty", "No battery is plugged in."),
        ("battery", {"backup": BackupReading()}, "silent", "Nothing is known of it."),
        (
            "antenna",
            {"antennas": (AntennaReading("main", Circuit.OPEN), AntennaReading("gnss"))},
            "faulty",
            "Antennas: main open, gnss not measured.",
        ),
        (
            "antenna",
            {"antennas": (AntennaReading("main", Circuit.OK),)},
            "works",
            "Antennas: main sound.",
        ),
        (
            "audio",
            {"audio": AudioReading(tone=ToneResult(9.0, 31.7))},
            "works",
            "The last test heard the tone 32 dB over the noise.",
        ),
        (
            "audio",
            {"audio": AudioReading(tone=ToneResult(9.0, None))},
            "faulty",
            "The last tone test was aborted.",
        ),
        (
            "can",
            {"bus": BusReading(99.0, "ok")},
            "works",
            "The bus is ok; no airbag frame is configured.",
        ),
        (
            "can",
            {
                "bus": BusReading(99.0, "error_passive"),
                "airbag_line": AirbagLineReading(99.0, None, unit_fault=True),
            },
            "faulty",
            "The bus is error passive; the airbag unit speaks and reports a fault of its own.",
        ),
        (
            "can",
            {"bus": BusReading(9.0, "silent"), "airbag_line": AirbagLineReading()},
            "silent",
            "The bus is silent; the airbag unit is silent.",
        ),
        (
            "software",
            {"software": SoftwareReading("1.0", slot="b", image_ok=False)},
            "faulty",
            "Software 1.0 in slot b does not match its checksum.",
        ),
        (
            "software",
            {"software": SoftwareReading("1.0", storage_ok=False)},
            "faulty",
            "Software 1.0; the storage takes no writes.",
        ),
        ("software", {"software": SoftwareReading()}, "works", "Software of unknown version."),
        ("software", {}, "silent", "Nothing is known of it."),
        ("lamp", {}, "works", "The lamp takes orders; whether it shines, the kernel cannot tell."),
        ("button", {}, "works", "The button is there."),
    ],
)
def test_a_part_is_described(part: str, answers: dict[str, Any], state: str, words: str) -> None:
    assert said(part, Says(answers)) == PartFound(part, "an adapter", state, words)


def test_trouble_is_said_with_the_part() -> None:
    assert said("lamp", Says(trouble="the kernel knows no LED a")).words == (
        "The lamp cannot be lit: the kernel knows no LED a."
    )
    assert said("button", Says(trouble="gone.")).words == "The button cannot be heard: gone."
    assert said("gnss", Says(trouble="gpsd is silent.")).words == (
        "Nothing is known of it: gpsd is silent."
    )


def test_samples_that_come_are_work_and_their_range_is_said() -> None:
    assert said("accelerometer", Says(heard_at=99.5)).words == "Samples come; range ±200 g."
    unknown = Says(heard_at=99.5, full_scale=FullScale())
    assert said("accelerometer", unknown).words == "Samples come; its range is not known."
    assert said("accelerometer", Says(heard_at=90.0)).state == "silent"


def test_a_button_that_was_pressed_says_so_and_its_press_is_not_taken() -> None:
    assert said("button", Says({"button": AssertionError()}, heard_at=1.0)).words == (
        "The button was pressed before."
    )


def test_a_part_that_fails_is_faulty_and_the_others_are_described() -> None:
    found = said("gnss", Says({"receiver": RoadError("The line burnt.")}))
    assert (found.state, found.words) == ("faulty", "The line burnt.")


def test_an_antenna_that_only_the_receiver_tells_of_is_described() -> None:
    parts = BoardParts(adapters={"gnss": "NMEA"})
    parts.gnss = Says({"antenna": AntennaReading("gnss", Circuit.SHORT_GROUND)})
    board = Board(BoardIdentity(VehicleIdentity("ZZ9TESTS6RA000001")), parts, StillClock())
    found = next(one for one in describe(board, NOW) if one.part == "antenna")
    assert found == PartFound(
        "antenna", "the receiver's own word", "faulty", "Antennas: gnss short to ground."
    )
