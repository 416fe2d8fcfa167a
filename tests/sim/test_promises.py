"""The pretend car keeps the promises that real parts keep."""

from __future__ import annotations

import pytest

from opensos.sim import PretendCar
from tests.promises.accelerometer import AccelerometerPromises, AnySensor
from tests.promises.gnss import AnyReceiver, GnssPromises

BEGIN = 1000.0


class TestThePretendReceiverKeepsThePromises(GnssPromises):
    @pytest.fixture
    def driving(self) -> tuple[AnyReceiver, float]:
        return PretendCar(start=BEGIN), BEGIN + 15.0

    @pytest.fixture
    def lost(self) -> tuple[AnyReceiver, float]:
        car = PretendCar(start=BEGIN)
        car.surround(BEGIN + 20.0, "tunnel")
        return car, BEGIN + 60.0


class TestThePretendSensorKeepsThePromises(AccelerometerPromises):
    @pytest.fixture
    def resting(self) -> tuple[AnySensor, float]:
        car = PretendCar(start=BEGIN)
        car.acceleration(BEGIN + 5.0)
        return car, BEGIN + 7.0
