"""The pretend car keeps the promises that real parts keep."""

from __future__ import annotations

import pytest

from opensos.sim import PretendCar
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
