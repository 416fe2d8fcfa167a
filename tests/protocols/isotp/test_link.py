"""ISO-TP links: lengths, flow control, pauses, timers, losses, interleaved senders, any bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.protocols.effects import LocalError, Send, Tell, WakeAt
from opensos.protocols.isotp import (
    CanAddress,
    Consecutive,
    Failed,
    Failure,
    First,
    Flow,
    FlowControl,
    Link,
    LinkSettings,
    Node,
    Received,
    Sent,
    Single,
    bus_address,
    decode,
    encode,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.protocols.effects import Effect

TESTER, UNIT = CanAddress(0x6F1, 0x61), CanAddress(0x661, 0xF1)
CLEAR = FlowControl(Flow.CONTINUE)


def unit(tester: CanAddress = TESTER, ours: CanAddress = UNIT, **changes: object) -> Link:
    return Link("unit", ours, tester, LinkSettings(**changes))  # type: ignore[arg-type]


def frames(effects: list[Effect]) -> list[bytes]:
    return [e.data for e in effects if isinstance(e, Send)]


def tells(effects: list[Effect]) -> list[object]:
    return [e.event for e in effects if isinstance(e, Tell)]


def alarm(effects: list[Effect]) -> float | None:
    return next((e.when for e in reversed(effects) if isinstance(e, WakeAt)), None)


@dataclass
class Bus:
    """Two links and a clock; ``lose(n)`` says whether the n-th frame is lost."""

    ends: tuple[Link, Link]
    lose: Callable[[int], bool] = lambda _: False
    now: float = 0.0
    heard: list[object] = field(default_factory=list)
    count: int = 0

    def do(self, index: int, effects: list[Effect]) -> None:
        todo = [(index, effect) for effect in effects]
        while todo:
            at, effect = todo.pop(0)
            if isinstance(effect, Tell):
                self.heard.append(effect.event)
            if isinstance(effect, Send):
                self.count += 1
                if not self.lose(self.count):
                    todo += [(1 - at, e) for e in self.ends[1 - at].receive(effect.data, self.now)]

    def run(self) -> None:
        """Let time pass from alarm to alarm until nothing is due."""
        for _ in range(5000):
            due = [end.due for end in self.ends if end.due is not None]
            if not due:
                return
            self.now = max(self.now, min(due))
            for index, end in enumerate(self.ends):
                self.do(index, end.wake(self.now))
        raise AssertionError("the links never come to rest")


def two(first: LinkSettings, second: LinkSettings, *, extended: bool = True) -> tuple[Link, Link]:
    tester, ours = (TESTER, UNIT) if extended else (CanAddress(0x7E0), CanAddress(0x7E8))
    return Link("tester", tester, ours, first), Link("unit", ours, tester, second)


# --- frames


def test_a_short_message_is_one_padded_frame_with_the_address_first() -> None:
    effects = unit().send(b"\x62\xf1\x90", 0.0)
    assert effects == [
        Send(bytes.fromhex("f1 03 62 f1 90 cc cc cc"), bus_address(0x661)),
        Tell(Sent("unit")),
    ]


def test_without_padding_a_frame_is_as_long_as_it_must_be() -> None:
    assert frames(unit(padding=None).send(b"\x7e\x00", 0.0)) == [bytes.fromhex("f1 02 7e 00")]


@pytest.mark.parametrize(
    ("data", "room", "frame"),
    [
        ("00", 8, None),  # no length
        ("04 01 02 03", 8, None),  # shorter than it says
        ("08 01 02 03 04 05 06 07 08", 12, None),  # a long frame says its length in byte two
        ("00 08 01 02 03 04 05 06 07 08", 12, Single(bytes(range(1, 9)))),
        ("10 08 01 02 03 04 05 06", 8, First(8, bytes(range(1, 7)))),
        ("10 07 01 02 03 04 05 06", 8, None),  # must come as a single frame
        ("10 07 01 02 03 04 05", 8, First(7, bytes(range(1, 6)))),  # with an address byte
        ("10 00 00 00 10 00 01 02", 8, First(4096, b"\x01\x02")),
        ("10 00 00 00 0f ff 01 02", 8, None),  # the long form for a short length
        ("10 08 01", 8, None),
        ("2f 01", 8, Consecutive(15, b"\x01")),
        ("20", 8, None),
        ("30 02 7f", 8, FlowControl(0, 2, 0.127)),
        ("30 02 80", 8, FlowControl(0, 2, 0.127)),  # reserved: the longest pause
        ("30 00 f0", 8, FlowControl(0, 0, 0.127)),
        ("31 00 f3", 8, FlowControl(1, 0, 0.0003)),
        ("35 00 00", 8, FlowControl(5)),
        ("30 00", 8, None),
        ("40 00 00", 8, None),
        ("", 8, None),
    ],
)
def test_frames_are_read_or_known_as_none(data: str, room: int, frame: object) -> None:
    assert decode(bytes.fromhex(data), room=room) == frame


@given(
    st.one_of(
        st.builds(Single, st.binary(min_size=1, max_size=7)),
        st.builds(First, st.integers(8, 0xFFF), st.binary(min_size=6, max_size=6)),
        st.builds(First, st.integers(0x1000, 0xFFFFFFFF), st.binary(min_size=2, max_size=2)),
        st.builds(Consecutive, st.integers(0, 15), st.binary(min_size=7, max_size=7)),
        st.builds(
            FlowControl,
            st.sampled_from(Flow),
            st.integers(0, 255),
            st.one_of(
                st.integers(0, 127).map(lambda n: n / 1000),
                st.integers(1, 9).map(lambda n: n / 10_000),
            ),
        ),
    )
)
def test_what_is_written_is_read_back(frame: Single | First | Consecutive | FlowControl) -> None:
    data = encode(frame)
    assert len(data) == 8
    assert decode(data) == frame


def test_a_frame_that_does_not_fit_is_our_mistake() -> None:
    with pytest.raises(LocalError):
        encode(Single(bytes(8)), size=8)
    with pytest.raises(LocalError):
        unit(frame_size=13)
    with pytest.raises(LocalError):
        unit().send(b"", 0.0)


# --- whole messages


@settings(max_examples=150, deadline=None)
@given(
    message=st.binary(min_size=1, max_size=600),
    back=st.binary(min_size=1, max_size=300),
    size=st.sampled_from([8, 12, 64]),
    block=st.sampled_from([0, 1, 3, 16]),
    pause=st.sampled_from([0.0, 0.0003, 0.01]),
    extended=st.booleans(),
)
def test_messages_of_any_length_arrive_both_ways_at_once(
    message: bytes, back: bytes, size: int, block: int, pause: float, *, extended: bool
) -> None:
    ours = LinkSettings(frame_size=size, block_size=block, st_min_s=pause)
    bus = Bus(two(ours, LinkSettings(frame_size=size), extended=extended))
    bus.do(0, bus.ends[0].send(message, 0.0))
    bus.do(1, bus.ends[1].send(back, 0.0))
    bus.run()
    assert Received("unit", message) in bus.heard
    assert Received("tester", back) in bus.heard
    assert not [event for event in bus.heard if isinstance(event, Failed)]


@pytest.mark.parametrize("length", [6, 7, 8, 62, 63, 4095, 4096, 70_000])
@pytest.mark.parametrize("size", [8, 64])
def test_the_lengths_at_which_the_form_changes_arrive(length: int, size: int) -> None:
    chosen = LinkSettings(frame_size=size, max_message=100_000)
    bus = Bus(two(chosen, chosen, extended=False))
    message = bytes(n & 0xFF for n in range(length))
    bus.do(0, bus.ends[0].send(message, 0.0))
    bus.run()
    assert Received("unit", message) in bus.heard


@settings(max_examples=150, deadline=None)
@given(
    message=st.binary(min_size=8, max_size=200),
    lost=st.sets(st.integers(1, 45), min_size=1, max_size=4),
)
def test_a_lost_frame_never_makes_a_wrong_message_and_the_link_goes_on(
    message: bytes, lost: set[int]
) -> None:
    bus = Bus(two(LinkSettings(), LinkSettings(block_size=4)), lose=lost.__contains__)
    bus.do(0, bus.ends[0].send(message, 0.0))
    bus.run()
    assert {e.message for e in bus.heard if isinstance(e, Received)} <= {message}
    bus.lose = lambda _: False
    bus.do(0, bus.ends[0].send(b"after it all", bus.now))
    bus.run()
    assert bus.heard[-1] in {Sent("tester"), Received("unit", b"after it all")}
    assert Received("unit", b"after it all") in bus.heard


def test_messages_wait_for_their_turn_and_not_without_bound() -> None:
    link = unit()
    assert len(frames(link.send(bytes(20), 0.0))) == 1
    for _ in range(8):
        assert frames(link.send(bytes(3), 0.0)) == []
    assert tells(link.send(bytes(3), 0.0)) == [Failed("unit", Failure.N_ERROR, sending=True)]
    sent = link.receive(encode(CLEAR, prefix=b"\x61"), 0.1)
    assert len(frames(sent)) == 3 + 8


# --- the sender


def flow(
    link: Link, status: int, now: float, *, block: int = 0, pause: float = 0.0
) -> list[Effect]:
    return link.receive(encode(FlowControl(status, block, pause), prefix=b"\x61"), now)


def test_blocks_and_pauses_are_kept() -> None:
    link = unit()
    link.send(bytes(30), 0.0)
    first = flow(link, Flow.CONTINUE, 0.5, block=2, pause=0.02)
    assert (len(frames(first)), alarm(first)) == (1, 0.52)
    assert frames(link.wake(0.51)) == []
    second = link.wake(0.52)
    assert (len(frames(second)), alarm(second)) == (1, 1.52)  # block over: N_Bs runs
    last = flow(link, Flow.CONTINUE, 1.0)
    assert len(frames(last)) == 3
    assert tells(last) == [Sent("unit")]


def test_a_receiver_may_ask_to_wait_but_not_for_ever() -> None:
    link = unit(max_waits=2)
    link.send(bytes(30), 0.0)
    assert alarm(flow(link, Flow.WAIT, 0.9)) == 1.9
    assert tells(flow(link, Flow.WAIT, 1.8)) == []
    assert tells(flow(link, Flow.WAIT, 2.7)) == [Failed("unit", Failure.N_WFT_OVRN, sending=True)]


def test_waits_are_counted_anew_for_each_block() -> None:
    link = unit(max_waits=2)
    link.send(bytes(40), 0.0)
    for now in (0.1, 0.4):
        assert tells(flow(link, Flow.WAIT, now)) == []
        assert tells(flow(link, Flow.WAIT, now + 0.1)) == []
        assert len(frames(flow(link, Flow.CONTINUE, now + 0.2, block=1))) == 1


@pytest.mark.parametrize(
    ("status", "why"), [(Flow.OVERFLOW, Failure.N_BUFFER_OVFLW), (7, Failure.N_INVALID_FS)]
)
def test_a_receiver_can_end_the_message(status: int, why: Failure) -> None:
    link = unit()
    link.send(bytes(30), 0.0)
    assert tells(flow(link, status, 0.1)) == [Failed("unit", why, sending=True)]
    assert flow(link, Flow.CONTINUE, 0.2) == []


def test_no_flow_control_in_n_bs_ends_the_message_and_the_next_one_goes() -> None:
    link = unit()
    link.send(bytes(30), 0.0)
    link.send(b"\x01", 0.0)
    effects = link.wake(1.0)
    assert tells(effects) == [Failed("unit", Failure.N_TIMEOUT_BS, sending=True), Sent("unit")]
    assert frames(effects) == [bytes.fromhex("f1 01 01 cc cc cc cc cc")]


def test_a_failed_bus_ends_the_message() -> None:
    link = unit()
    assert link.road_failed(0.0) == []
    link.send(bytes(30), 0.0)
    assert tells(link.road_failed(0.1)) == [Failed("unit", Failure.N_ERROR, sending=True)]


def test_long_messages_go_to_the_bus_in_bursts() -> None:
    link = unit(burst=4)
    link.send(bytes(200), 0.0)
    first = flow(link, Flow.CONTINUE, 0.1)
    assert (len(frames(first)), alarm(first)) == (4, 0.1)
    assert len(frames(link.wake(0.1))) == 4


# --- the receiver


def feed(link: Link, now: float, *hexes: str) -> list[Effect]:
    return [e for text in hexes for e in link.receive(bytes.fromhex(text), now)]


def test_a_missing_frame_is_noticed_by_its_number() -> None:
    effects = feed(unit(), 0.0, "61 10 14 01 02 03 04 05", "61 22 01 02 03 04 05 06")
    assert tells(effects) == [Failed("unit", Failure.N_WRONG_SN, sending=False)]


def test_a_message_that_stops_is_given_up_after_n_cr() -> None:
    link = unit()
    effects = feed(link, 0.0, "61 10 14 01 02 03 04 05")
    assert alarm(effects) == 1.0
    assert tells(link.wake(1.0)) == [Failed("unit", Failure.N_TIMEOUT_CR, sending=False)]
    assert feed(link, 1.1, "61 21 01 02 03 04 05 06") == []


def test_a_new_message_overtakes_one_that_has_not_ended() -> None:
    effects = feed(unit(), 0.0, "61 10 14 01 02 03 04 05", "61 02 3e 80")
    assert tells(effects) == [
        Failed("unit", Failure.N_UNEXP_PDU, sending=False),
        Received("unit", b"\x3e\x80"),
    ]


def test_a_message_that_is_too_long_is_refused_at_its_first_frame() -> None:
    effects = feed(unit(max_message=100), 0.0, "61 10 65 01 02 03 04 05")
    assert frames(effects) == [bytes.fromhex("f1 32 00 00 cc cc cc cc")]
    assert feed(unit(), 0.0, "61 10 00 ff ff ff ff 05")[0] == effects[0]


def test_the_address_of_all_units_takes_single_frames_only() -> None:
    link = unit(single_only=True)
    assert feed(link, 0.0, "61 10 14 01 02 03 04 05") == []
    assert tells(feed(link, 0.0, "61 02 3e 80")) == [Received("unit", b"\x3e\x80")]


def test_a_short_frame_in_the_middle_is_ignored() -> None:
    link = unit()
    feed(link, 0.0, "61 10 14 01 02 03 04 05", "61 21 01 02")
    assert tells(feed(link, 0.1, "61 21 01 02 03 04 05 06", "61 22 01 02 03 04 05 06")) == []
    assert tells(feed(link, 0.1, "61 23 07 08 09")) == [
        Received("unit", bytes.fromhex("0102030405 010203040506 010203040506 070809"))
    ]


# --- several links on one bus


def node() -> Node:
    return Node(
        [
            Link("61", CanAddress(0x661, 0xF1), CanAddress(0x6F1, 0x61)),
            Link("10", CanAddress(0x610, 0xF1), CanAddress(0x6F1, 0x10)),
            Link("obd", CanAddress(0x7E8), CanAddress(0x7E0)),
        ]
    )


def test_interleaved_messages_to_several_units_do_not_mix() -> None:
    bus = node()
    effects: list[Effect] = []
    for can_id, text in (
        (0x6F1, "61 10 08 01 02 03 04 05"),
        (0x6F1, "10 10 08 11 12 13 14 15"),
        (0x7E0, "10 08 21 22 23 24 25 26"),
        (0x6F1, "10 21 16 17 18"),
        (0x7E0, "21 27 28"),
        (0x6F1, "61 21 06 07 08"),
    ):
        effects += bus.receive(can_id, bytes.fromhex(text), 0.0)
    assert tells(effects) == [
        Received("10", bytes(range(0x11, 0x19))),
        Received("obd", bytes(range(0x21, 0x29))),
        Received("61", bytes(range(1, 9))),
    ]


def test_frames_for_nobody_here_are_ignored() -> None:
    assert node().receive(0x6F1, bytes.fromhex("12 02 3e 00"), 0.0) == []
    assert node().receive(0x123, bytes.fromhex("02 3e 00"), 0.0) == []
    assert node().receive(0x6F1, b"", 0.0) == []
    assert node().can_ids == {0x6F1, 0x7E0}


def test_a_node_wakes_for_the_first_of_its_alarms() -> None:
    bus = node()
    bus.send("61", bytes(20), 0.0)
    assert alarm(bus.send("10", bytes(20), 0.4)) == 1.0
    effects = bus.wake(1.0)
    assert tells(effects) == [Failed("61", Failure.N_TIMEOUT_BS, sending=True)]
    assert alarm(effects) == 1.4
    assert tells(bus.road_failed(0x610, 1.1)) == [Failed("10", Failure.N_ERROR, sending=True)]


def test_two_links_cannot_hear_the_same_address() -> None:
    with pytest.raises(LocalError):
        Node([unit(), Link("other", CanAddress(0x600), TESTER)])


# --- whatever comes


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=64), st.floats(0, 0.7)), max_size=30))
def test_no_bytes_hurt_a_link_and_what_it_keeps_is_bounded(
    story: list[tuple[bytes, float]],
) -> None:
    link, now = unit(max_message=300), 0.0
    link.send(bytes(100), now)
    for data, pause in story:
        now += pause
        for event in tells(link.receive(b"\x61" + data[:63], now)) + tells(link.wake(now)):
            if isinstance(event, Received):
                assert 0 < len(event.message) <= 300
        assert len(link._incoming) <= 300
    for later in range(1, 80):  # what may still go out: fifteen frames, each after a pause
        link.wake(now + later)
    assert link.due is None
