"""The car's bus: python-can's virtual bus, and frames handed in one by one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import can
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.edges.can_airbag import (
    Bits,
    CanBus,
    CanSettings,
    Figure,
    FrameId,
    SeatBits,
)
from opensos.ports import Seat
from opensos.rules.readiness.readings import AirbagLineReading, BusReading, VehicleReading
from tests.edges.clocks import StillClock
from tests.edges.waiting import until

if TYPE_CHECKING:
    from collections.abc import Coroutine

AIRBAG, BODY, SPEED = FrameId(0x320), FrameId(0x130), FrameId(0x18FEF100, extended=True)
SETTINGS = CanSettings(
    interface="virtual",
    channel="opensos-test",
    fired=Bits(AIRBAG, byte=1, mask=0x0F, value=0x0A),
    fault=Bits(AIRBAG, byte=2, mask=0x80, value=0x80),
    cycle_s=0.1,
    ignition=Bits(BODY, byte=0, mask=0x03, value=0x01, invalid=0x03),
    engine=Bits(BODY, byte=0, mask=0x04, value=0x04),
    cranking=Bits(BODY, byte=0, mask=0x08, value=0x08),
    speed=Figure(SPEED, byte=1, length=2, big_endian=False, scale=1 / 256, high=250.996),
    seats=(SeatBits("driver", Bits(BODY, 1, 1, 1), Bits(BODY, 1, 2, 2)), SeatBits("rear_left")),
)
REST, FIRED, FAULT = b"\x00\x00\x00", b"\x00\x0a\x00", b"\x00\x00\x80"


def frame(frame_id: FrameId, data: bytes) -> can.Message:
    return can.Message(arbitration_id=frame_id.id, is_extended_id=frame_id.extended, data=data)


def error(classes: int, detail: int = 0) -> can.Message:
    data = bytes((0, detail, 0, 0, 0, 0, 0, 0))
    return can.Message(arbitration_id=classes, is_error_frame=True, data=data)


def a_bus(settings: CanSettings = SETTINGS) -> tuple[CanBus, StillClock]:
    clock = StillClock()
    bus = CanBus(settings, clock)
    bus.trouble = None  # as if it were open
    return bus, clock


def run(story: Coroutine[object, object, None]) -> None:
    asyncio.run(story)


def test_frames_come_through_a_real_virtual_bus_without_blocking_the_loop() -> None:
    async def story() -> None:
        clock = StillClock()
        bus = CanBus(SETTINGS, clock)
        bus.start()
        with can.Bus(interface="virtual", channel="opensos-test") as car:
            await until(lambda: bus.trouble is None)
            for _ in range(2):
                car.send(frame(AIRBAG, FIRED))
            car.send(frame(BODY, b"\x05"))
            await until(lambda: bus.airbag_fired_at(clock.now()) == 100.0)
            await until(lambda: bus.vehicle(clock.now()).ignition_on)
            assert bus.bus(clock.now()) == BusReading(100.0, "ok")
        await bus.close()
        assert not bus._thread.is_alive()

    run(story())


def test_an_interface_that_is_not_there_is_trouble_and_not_a_crash() -> None:
    async def story() -> None:
        settings = CanSettings(interface="socketcan", channel="nocan7", fired=SETTINGS.fired)
        bus = CanBus(settings, StillClock(), retry_s=0.01)
        assert bus.trouble == "not open yet"
        bus.start()
        await until(lambda: bus.trouble != "not open yet")
        assert bus.trouble is not None
        assert bus.trouble.startswith("The bus socketcan nocan7 cannot be heard: ")
        assert bus.bus(0.0) == BusReading(None, None)
        assert bus.airbag_line(0.0) == AirbagLineReading()
        await bus.close()

    run(story())


def test_one_flipped_frame_is_no_crash_and_two_are() -> None:
    bus, clock = a_bus()
    for data in (FIRED, REST, FIRED, REST):
        bus.hear(frame(AIRBAG, data))
        clock.pass_s(0.1)
    assert bus.airbag_fired_at(clock.now()) is None
    first = clock.now()
    for _ in range(5):
        bus.hear(frame(AIRBAG, FIRED))
        clock.pass_s(0.1)
    assert bus.airbag_fired_at(clock.now()) == first
    bus.hear(frame(AIRBAG, REST))
    assert bus.airbag_fired_at(clock.now()) == first


def test_the_same_crash_has_one_time_and_another_crash_another() -> None:
    bus, clock = a_bus()
    first = clock.now()
    for data in (FIRED, FIRED, REST, FIRED, FIRED, FIRED):
        bus.hear(frame(AIRBAG, data))
        clock.pass_s(10.0)
    assert bus.airbag_fired_at(clock.now()) == first
    bus.hear(frame(AIRBAG, REST))
    clock.pass_s(61.0)
    second = clock.now()
    bus.hear(frame(AIRBAG, FIRED))
    bus.hear(frame(AIRBAG, FIRED))
    assert bus.airbag_fired_at(clock.now()) == second


def test_a_silent_airbag_line_is_seen_by_its_age() -> None:
    bus, clock = a_bus()
    assert bus.airbag_silent(clock.now()) is True
    bus.hear(frame(AIRBAG, REST))
    heard = clock.now()
    assert bus.airbag_line(clock.now()) == AirbagLineReading(heard, None, unit_fault=False)
    assert bus.airbag_silent(clock.now()) is False
    clock.pass_s(5.0)
    assert bus.airbag_line(clock.now()) == AirbagLineReading(heard, None, None)
    assert bus.airbag_silent(clock.now()) is True


def test_the_airbag_units_own_fault_is_told() -> None:
    bus, clock = a_bus()
    bus.hear(frame(AIRBAG, FAULT))
    reading = bus.airbag_line(clock.now())
    assert reading is not None
    assert reading.unit_fault is True


def test_what_is_not_configured_is_unknown() -> None:
    bus, clock = a_bus(CanSettings("virtual", "x"))
    bus.hear(frame(AIRBAG, FIRED))
    assert bus.airbag_line(clock.now()) is None
    assert bus.airbag_silent(clock.now()) is None
    assert bus.airbag_fired_at(clock.now()) is None
    assert bus.vehicle(clock.now()) == VehicleReading()
    assert bus.seats(clock.now()) == ()
    assert bus.bus(clock.now()) == BusReading(100.0, "ok")


def test_the_car_is_read_and_forgotten_when_its_frames_stop() -> None:
    bus, clock = a_bus()
    bus.hear(frame(BODY, b"\x0d\x03"))
    bus.hear(frame(SPEED, b"\xff\x00\x32\xff"))
    assert bus.vehicle(clock.now()) == VehicleReading(True, True, True, 50.0)
    assert bus.seats(clock.now()) == (Seat("driver", True, True), Seat("rear_left", None, None))
    clock.pass_s(2.1)
    assert bus.vehicle(clock.now()) == VehicleReading()
    assert bus.seats(clock.now())[0] == Seat("driver", None, None)


def test_a_sender_that_does_not_know_is_unknown() -> None:
    bus, clock = a_bus()
    bus.hear(frame(BODY, b"\x03"))
    assert bus.vehicle(clock.now()).ignition_on is None
    bus.hear(frame(BODY, b"\x00"))
    assert bus.vehicle(clock.now()).ignition_on is False
    bus.hear(frame(SPEED, b"\xff\xff\xff"))
    assert bus.vehicle(clock.now()).speed_kmh is None
    bus.hear(frame(SPEED, b"\xff"))
    assert bus.vehicle(clock.now()).speed_kmh is None


def test_an_identifier_of_29_bits_is_not_one_of_11() -> None:
    bus, clock = a_bus()
    other = FrameId(AIRBAG.id, extended=True)
    bus.hear(frame(other, FIRED))
    bus.hear(frame(other, FIRED))
    assert bus.airbag_fired_at(clock.now()) is None


def test_bus_off_is_told_and_a_frame_ends_it() -> None:
    bus, clock = a_bus()
    assert bus.bus(clock.now()) == BusReading(None, "silent")
    bus.hear(frame(BODY, b"\x00"))
    bus.hear(error(0x40))
    clock.pass_s(3600.0)
    assert bus.bus(clock.now()) == BusReading(100.0, "bus_off")
    bus.hear(frame(BODY, b"\x00"))
    assert bus.bus(clock.now()).state == "ok"


def test_a_restarted_controller_is_back() -> None:
    bus, clock = a_bus()
    bus.hear(frame(BODY, b"\x00"))
    bus.hear(error(0x40))
    bus.hear(error(0x100))
    assert bus.bus(clock.now()).state == "ok"


@pytest.mark.parametrize("detail", [0x10, 0x20, 0x30])
def test_error_passive_is_told_while_frames_go_on(detail: int) -> None:
    bus, clock = a_bus()
    bus.hear(error(0x04, detail))
    bus.hear(frame(BODY, b"\x00"))
    assert bus.bus(clock.now()).state == "error_passive"
    bus.hear(error(0x04, 0x40))
    assert bus.bus(clock.now()).state == "ok"


def test_a_warning_level_is_no_finding() -> None:
    bus, clock = a_bus()
    bus.hear(frame(BODY, b"\x00"))
    bus.hear(error(0x04, 0x0C))
    assert bus.bus(clock.now()).state == "ok"


def test_a_bus_that_falls_silent_is_seen_by_its_age() -> None:
    bus, clock = a_bus()
    bus.hear(frame(BODY, b"\x00"))
    clock.pass_s(2.1)
    assert bus.bus(clock.now()) == BusReading(100.0, "silent")


def test_a_question_without_data_is_a_sign_of_life_and_no_answer() -> None:
    bus, clock = a_bus()
    bus.hear(frame(BODY, b"\x01"))
    bus.hear(can.Message(arbitration_id=BODY.id, is_extended_id=False, is_remote_frame=True))
    assert bus.vehicle(clock.now()).ignition_on is True


@given(
    st.lists(
        st.tuples(
            st.sampled_from([AIRBAG, BODY, SPEED, FrameId(1)]), st.binary(max_size=8), st.booleans()
        ),
        max_size=30,
    )
)
def test_any_frames_are_survived(frames: list[tuple[FrameId, bytes, bool]]) -> None:
    bus, clock = a_bus()
    for frame_id, data, bad in frames:
        message = frame(frame_id, data)
        message.is_error_frame = bad
        bus.hear(message)
        speed = bus.vehicle(clock.now()).speed_kmh
        assert speed is None or 0 <= speed <= 251
        assert bus.bus(clock.now()).state in {"ok", "silent", "bus_off", "error_passive"}
    assert len(bus._frames) <= 3  # a busy bus does not fill the memory
