"""Whatever is asked of the pretend car, and whatever happens to it: it answers by the book."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.protocols.uds import NEGATIVE, POSITIVE
from opensos.sim.car import PretendCar
from opensos.sim.ecus.generations import GENERATIONS
from opensos.sim.faults import faults
from opensos.sim.network import CarNetwork
from opensos.sim.recorded_car import RecordedCar
from opensos.sim.recording import Recorder, export, load

generations = st.sampled_from(sorted(GENERATIONS))
asked = st.one_of(
    st.binary(min_size=1, max_size=12),
    st.sampled_from(
        [bytes.fromhex(x) for x in (
            "1902FF", "14FFFFFF", "22F150", "1101", "1104", "1003", "3E80", "8502", "3101A05F0040",
            "3103A05F", "3101F030", "3101FD9001", "22D029", "22D035", "19170C01", "222000",
        )]
    ),
)  # fmt: skip
steps = st.lists(
    st.tuples(
        st.sampled_from(["ask", "live", "sleep", "fault", "drive", "park", "start", "detach"]),
        st.integers(0, 255),
        asked,
        st.floats(0.01, 50.0),
    ),
    max_size=12,
)


def _within(request: bytes, answer: bytes) -> bool:
    return answer[0] == request[0] + POSITIVE or (answer[0], answer[1]) == (NEGATIVE, request[0])


@settings(max_examples=150, deadline=None)
@given(generations, steps, st.integers(0, 99))
def test_every_answer_belongs_to_its_request_whatever_happens(
    generation: str, walk: list[tuple[str, int, bytes, float]], seed: int
) -> None:
    car = PretendCar(seed=seed, family=GENERATIONS[generation].family)
    net, now = CarNetwork(car, generation=generation, seed=seed, act=car.do), 0.0
    can_have = [f.id for f in faults().values() if car.world.family in f.families]
    for what, number, request, seconds in walk:
        now += seconds * (3600 if what == "sleep" else 1)
        match what:
            case "ask":
                target = net.units[number % len(net.units)] if number < 200 else number
                for reply in net.ask(target, request, now):
                    assert _within(request, reply.data)
                    assert target in {reply.source, 0xDF}
            case "fault":
                car.inject(can_have[number % len(can_have)], now)
            case "drive":
                car.drive(now)
            case "park":
                car.park(now)
            case "start":
                car.start_engine(now)
            case "detach":
                net.detach()
        net.observe(now)
        net.wake(now)
        assert net.message(now) in {None, "warning.failure", "warning.limited"}
    assert net.pretend.resets == 0 or any(step[0] == "ask" for step in walk)


@settings(max_examples=60, deadline=None)
@given(
    generations,
    st.lists(st.tuples(st.integers(0, 20), asked), min_size=1, max_size=8),
    st.sampled_from([None, "backup_open", "microphone_open"]),
)
def test_a_recorded_pretend_car_plays_what_it_said(
    generation: str, questions: list[tuple[int, bytes]], fault: str | None
) -> None:
    car = PretendCar(family=GENERATIONS[generation].family)
    net = CarNetwork(car, generation=generation, act=car.do)
    if fault is not None and car.world.family in faults()[fault].families:
        car.inject(fault, 0.0)
    net.observe(30.0)
    net.recorder = Recorder(30.0, generation)
    for i, (number, request) in enumerate(questions):
        net.ask(net.units[number % len(net.units)], request, 30.0 + i)
    recording = load(export(net.recorder.recording()).encode()).recording
    played = RecordedCar(recording)
    for exchange in recording.exchanges:
        heard = played.ask(exchange.target, exchange.request, 0.0)
        assert [r.data for r in heard] == [r.data for r in exchange.answers]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_the_same_seed_is_the_same_car(generation: str) -> None:
    def life() -> list[bytes]:
        car = PretendCar(seed=7, family=GENERATIONS[generation].family)
        net = CarNetwork(car, generation=generation, seed=7, act=car.do)
        car.inject("weak_12v", 1.0, mode="intermittent")
        said = []
        for i in range(1, 40):
            net.observe(i * 20.0)
            said += [r.data for r in net.ask(0xDF, bytes.fromhex("1902FF"), i * 20.0)]
            said += [r.data for r in net.ask(0x40, bytes.fromhex("2701"), i * 20.0)]
        return said

    assert life() == life()
