from __future__ import annotations

from typing import Any, NoReturn

import pytest

from opensos.apps.vehicle.sensing import Senses
from opensos.ports import Seat
from opensos.protocols.effects import RoadError
from tests.apps.vehicle.garage import Garage


def broken(*_: Any) -> NoReturn:
    raise RoadError("The sensor does not answer.")


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("acceleration", "accelerometer"),
        ("airbag_fired_at", "airbag_line"),
        ("utc", "clock"),
        ("seats", "seats"),
        ("fix", "gnss"),
        ("recent", "recent_positions"),
        ("occupants", "occupants"),
    ],
)
def test_a_sensor_that_fails_is_noted_once_and_the_call_goes_out(
    monkeypatch: pytest.MonkeyPatch, method: str, name: str
) -> None:
    garage = Garage()
    monkeypatch.setattr(garage.car, method, broken)
    garage.drive(0.1)
    garage.unit.to_json()
    garage.unit.press_sos()
    assert len(garage.bearer.messages) == 1
    failed = [line.data for line in garage.unit.diary.lines if line.text_key == "sensor_failed"]
    assert failed == [{"sensor": name}]


def test_a_loose_contact_is_one_line_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    garage = Garage()
    for _ in range(5):
        with monkeypatch.context() as time_out:
            time_out.setattr(garage.car, "acceleration", broken)
            garage.drive(0.1)
        garage.drive(0.1)
    assert garage.keys == ["sensor_failed"]
    garage.drive(60, step=0.5)
    monkeypatch.setattr(garage.car, "acceleration", broken)
    garage.drive(0.1)
    assert garage.keys == ["sensor_failed", "sensor_failed"]


def test_an_airbag_line_that_cannot_be_asked_is_neither_fired_nor_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    garage = Garage()
    assert garage.unit.senses.airbag(0.0) is False
    monkeypatch.setattr(garage.car, "airbag_fired_at", broken)
    assert garage.unit.senses.airbag(0.0) is None


def test_the_airbag_line_alone_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    garage = Garage()
    garage.drive(1)
    monkeypatch.setattr(garage.car, "acceleration", broken)
    monkeypatch.setattr(garage.car, "airbag_fired_at", lambda now: min(now, 1.0))
    garage.drive(0.1)
    assert garage.bearer.verbs == ["dial"]
    assert garage.bearer.messages[0].automatic_activation is True


@pytest.mark.parametrize(
    ("seats", "unbelted"),
    [
        ((Seat("driver", True, True), Seat("rear_left", False, False)), False),
        ((Seat("driver", True, True), Seat("rear_left", True, False)), True),
        ((Seat("driver", True, True), Seat("rear_left", True, None)), None),
        ((Seat("driver", True, True), Seat("rear_left", None, False)), None),
        ((), None),
    ],
)
def test_whether_somebody_is_unbelted_is_said_only_if_it_is_known(
    seats: tuple[Seat, ...], *, unbelted: bool | None
) -> None:
    garage = Garage()
    garage.car.change(seats=seats)
    senses = Senses(garage.car, lambda _: None)
    assert senses.any_unbelted(1.0) is unbelted
