from __future__ import annotations

import json
from datetime import datetime, timedelta

from opensos.apps.centre.case import iso, json_text
from opensos.apps.centre.kin import WINDOW, Kin
from opensos.rules.incident import Card, Event, Link, Related, Vehicle

VIN = "WVWZZZAUZHW123456"
START = datetime.fromisoformat("2026-11-24T12:00:00.000Z")


class Found:
    def __init__(self) -> None:
        self.pairs: list[tuple[str, Related]] = []
        self.kin = Kin(lambda name, other: self.pairs.append((name, other)))
        self._count = 0

    def hear(
        self,
        name: str,
        *,
        data: bool,
        vin: str | None = VIN,
        after: timedelta = timedelta(),
        kind: str = "",
        caller: str = "",
    ) -> None:
        link = Link("car-1", "case", "mqtt", 1) if data else None
        at = iso((START + after).timestamp())
        card = Card(name, at, "", caller, "", vehicle=Vehicle(vin=vin), link=link)
        self._count += 1
        kind = kind or ("incident.data_only" if data else "incident.opened")
        text = json_text(card.to_json())
        assert json.loads(text)["id"] == name
        self.kin.heard(Event(self._count, name, at, kind, "{}", text))


def test_a_call_and_a_message_of_one_vehicle_name_each_other_once() -> None:
    found = Found()
    found.hear("call", data=False)
    found.hear("data", data=True)
    found.hear("data", data=True, kind="data.received")
    found.hear("call", data=False, kind="msd.received")
    assert found.pairs == [
        ("data", Related("call", "voice")),
        ("call", Related("data", "data_only")),
    ]


def test_two_of_one_kind_are_none_of_its_business() -> None:
    found = Found()
    found.hear("one", data=False)
    found.hear("two", data=False)
    assert found.pairs == []
    found.hear("a", data=True)
    found.hear("b", data=True)
    assert {name for name, _ in found.pairs} == {"one", "two", "a", "b"}
    assert len(found.pairs) == 8


def test_a_car_that_sends_without_end_costs_little() -> None:
    found = Found()
    for number in range(100):
        found.hear(f"d{number}", data=True)
    found.hear("call", data=False)
    assert len(found.pairs) == 8


def test_what_lies_far_apart_in_time_is_another_emergency() -> None:
    found = Found()
    found.hear("call", data=False)
    found.hear("data", data=True, after=WINDOW + timedelta(seconds=1))
    assert found.pairs == []


def test_a_number_that_is_none_or_damaged_relates_nothing() -> None:
    found = Found()
    for number, vin in enumerate((None, "?" * 17, "0" * 17, "WVW?ZZAUZHW123456")):
        found.hear(f"c{number}", data=False, vin=vin)
        found.hear(f"d{number}", data=True, vin=vin)
    assert found.pairs == []


def test_a_strangers_text_cannot_pass_for_a_vehicle() -> None:
    found = Found()
    found.hear("call", data=False)
    found.hear("data", data=True, vin=None, caller=f'","vin":"{VIN}","link":{{"')
    assert found.pairs == []


def test_a_vehicle_first_seen_by_a_later_message_is_found_too() -> None:
    found = Found()
    found.hear("data", data=True, vin=None)
    found.hear("call", data=False)
    found.hear("data", data=True, kind="data.received")
    assert len(found.pairs) == 2


def test_other_events_are_not_looked_at() -> None:
    found = Found()
    found.hear("call", data=False, kind="call.ended")
    found.hear("data", data=True)
    assert found.pairs == []
