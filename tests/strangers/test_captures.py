"""The captures of an NG911 test bed, replayed byte for byte against our centre.

``docs/reference/strangers.md`` has the same table; a test there keeps both alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import dpkt
import pytest

from opensos.protocols.effects import Address, Send
from opensos.protocols.ngecall import EcallCentre, Settings, events
from opensos.protocols.pidf import decode
from opensos.protocols.sip import Framer, Response, parse, parse_sdp
from opensos.protocols.sip.tokens import Tokens
from tests.shared import ROOT, SHARED, needs_vectors

if TYPE_CHECKING:
    from pathlib import Path

    from opensos.protocols.effects import Effect

CAPTURES = SHARED / "vectors" / "ng911_pcap"
HERE = Address("tcp", "172.16.0.100", 5060)
pytestmark = needs_vectors


@dataclass(frozen=True)
class Expected:
    """What becomes of one capture: our status, what was read, and a word of each problem."""

    status: int
    sdp: bool = True
    place: tuple[float, float] | None = None
    others: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


PLACE = (50.6199, 26.2516)
EXPECTED = {
    "Variation_1_01": Expected(200),
    "Variation_1_03": Expected(200, problems=("does not occur", "was taken for it")),
    "Variation_1_05": Expected(400, sdp=False, problems=("no parts", "Nothing in the body")),
    "Variation_2_01": Expected(
        200,
        place=PLACE,
        others=(
            "application/emergencycalldata.providerinfo+xml",
            "application/emergencycalldata.deviceinfo+xml",
            "application/emergencycalldata.subscriberinfo+xml",
            "application/emergencycalldata.veds+xml",
        ),
        actions=("enable-camera", "honk", "send-data"),
    ),
    "Variation_3_01": Expected(
        200, place=PLACE, others=("application/emergencycalldata.deviceinfo+xml",)
    ),
}


def messages(path: Path) -> list[tuple[Address, bytes]]:
    """Return who sent which SIP message, in order: every TCP stream cut by our own framer."""
    framers: dict[Address, Framer] = {}
    found: list[tuple[Address, bytes]] = []
    with path.open("rb") as file:
        for _, frame in dpkt.pcap.Reader(file):
            packet = dpkt.ip.IP(frame)
            if not isinstance(packet.data, dpkt.tcp.TCP) or not packet.data.data:
                continue
            source = Address("tcp", dpkt.utils.inet_to_str(packet.src), packet.data.sport)
            framer = framers.setdefault(source, Framer())
            found += [(source, data) for data in framer.feed(bytes(packet.data.data))]
    return found


def statuses(effects: list[Effect]) -> list[int]:
    found = [parse(effect.data).message for effect in effects if isinstance(effect, Send)]
    return [message.status for message in found if isinstance(message, Response)]


def replayed(path: Path) -> tuple[EcallCentre, events.CallArrived, list[int], bytes, Address]:
    centre = EcallCentre(Settings(HERE, "psap"), Tokens(b"captures"))
    source, invite = messages(path)[0]
    effects = centre.receive(invite, source, 0.0)
    told = [effect.event for effect in effects if hasattr(effect, "event")]
    arrived = [event for event in told if isinstance(event, events.CallArrived)]
    assert len(arrived) == 1, told
    return centre, arrived[0], statuses(effects), invite, source


def test_every_capture_is_expected_and_there() -> None:
    names = {path.name[:14] for path in CAPTURES.glob("*.pcap")}
    assert names == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_capture_becomes_an_incident_and_gets_its_answer(name: str) -> None:
    expected = EXPECTED[name]
    path = next(CAPTURES.glob(f"{name}*.pcap"))
    centre, event, at_once, invite, source = replayed(path)
    assert at_once == []  # the answer comes within 200 ms, so no 100 (RFC 3261 §17.2.1)
    assert (event.kind, event.caller, event.raw) == ("sos", "+12025551212", invite)
    assert event.source == source
    assert event.msd is None
    assert (event.sdp_offer is not None) == expected.sdp
    place = None
    if event.location is not None:
        found = decode(event.location)
        assert found.problems == ()
        assert found.position is not None
        place = (found.position.lat, found.position.lon)
    assert place == expected.place
    assert tuple(part.media_type for part in event.other_parts) == expected.others
    actions = () if event.capabilities is None else event.capabilities.actions
    assert tuple(action.action for action in actions) == expected.actions
    assert len(event.problems) == len(expected.problems), event.problems
    for said, word in zip(event.problems, expected.problems, strict=True):
        assert word in said
    effects = centre.answer(event.call, None, None, 0.1)
    assert statuses(effects) == [expected.status]
    if expected.status == 200:
        answer = parse(effects[0].data).message  # type: ignore[union-attr]  # a Send comes first
        assert answer is not None
        assert parse_sdp(answer.body).audio is not None


@pytest.mark.parametrize("name", EXPECTED)
def test_a_capture_that_comes_twice_is_one_call(name: str) -> None:
    centre, event, _, invite, source = replayed(next(CAPTURES.glob(f"{name}*.pcap")))
    again = centre.receive(invite, source, 0.01)
    assert not [effect for effect in again if hasattr(effect, "event")]
    restarted = replayed(next(CAPTURES.glob(f"{name}*.pcap")))[1]
    assert restarted.call_key == event.call_key


def test_the_table_in_the_docs_says_the_same() -> None:
    page = (ROOT / "docs" / "reference" / "strangers.md").read_text(encoding="utf-8")
    for name, expected in EXPECTED.items():
        row = next(line for line in page.splitlines() if name in line)
        assert f"| {expected.status} |" in row, row
