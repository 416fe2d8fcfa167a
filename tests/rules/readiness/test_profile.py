"""The numbering: every finding has a code, and a broken file is refused by its place."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.bmw import VARIANTS
from opensos.protocols.effects import UserError
from opensos.rules.readiness import check_profile, profile_from_data
from opensos.rules.readiness.monitors import EVENTS, MONITORS, all_keys
from tests.rules.readiness.wellness import package_data, profile
from tests.shared import SHARED

if TYPE_CHECKING:
    from collections.abc import Callable

ALL = [("bmw", one) for one in VARIANTS] + [("plain", "plain")]
FACTS = SHARED / "facts" / "bmw-codes.jsonl"
OURS = {"ECALL": "cecall", "TCB": "tcb1", "TCB4G": "TCB4G", "ATM": "atm", "ATM02": "ATM02"}


@pytest.mark.parametrize(("name", "variant"), ALL)
def test_every_finding_has_a_code_in_every_variant_and_no_other_has(
    name: str, variant: str
) -> None:
    numbering = profile(name, variant)
    assert numbering.missing(all_keys()) == ()
    assert set(numbering.rows) == set(all_keys())
    for row in numbering.rows.values():
        for code in (row.fault, row.info):
            assert code is None or code in numbering.labels


def test_the_variants_are_those_of_the_unit() -> None:
    assert check_profile(package_data("profiles/bmw.json")) == VARIANTS
    assert profile("bmw").variant == "TCB4G"
    assert check_profile(package_data("profiles/plain.json")) == ("plain",)


@pytest.mark.parametrize(("name", "variant"), ALL)
def test_what_no_part_is_to_blame_for_is_in_the_info_memory(name: str, variant: str) -> None:
    numbering = profile(name, variant)
    events = [k for m in MONITORS for s, k in zip(m.symptoms, m.keys, strict=True) if s.event]
    for key in events:
        assert numbering.rows[key].fault is None, key


def test_in_the_plain_numbering_no_two_findings_share_a_code() -> None:
    codes = [row.fault or row.info for row in profile("plain").rows.values()]
    assert len(set(codes)) == len(codes)
    assert all(profile("plain").rows[key].info for key in EVENTS)


@pytest.mark.skipif(
    not FACTS.exists(), reason="the table of public codes (../shared/facts) is not here"
)
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_code_that_is_said_to_be_bmws_is_in_the_public_table(variant: str) -> None:
    known = {
        row["code"]: row
        for row in map(json.loads, FACTS.read_text(encoding="utf-8").splitlines())
        if row["ecu_address"] == "0x61"
    }
    for row in profile("bmw", variant).rows.values():
        for code, memory in ((row.fault, "fault_memory"), (row.info, "info_memory")):
            if code is None:
                continue
            public = known.get(f"{code:06X}")
            if row.fit == "own":
                assert public is None
            else:
                assert public is not None
                assert OURS[variant] in public[memory], row.key


def test_the_codes_that_matter_most_are_bmws() -> None:
    rows = profile("bmw", "TCB4G").rows
    assert rows["main_antenna.open"].fault == 0xB7F32B
    assert rows["backup_battery.end_of_life"].fault == 0xB7F341
    assert rows["backup_battery.end_of_life"].info == 0x610025
    assert rows["button.open"].fault == 0xB7F31A
    assert rows["mode.transport"].fault == 0x026100
    assert profile("bmw", "ATM02").rows["emergency_antenna.open"].fault == 0xB7F34D


def test_a_code_leads_back_to_its_findings() -> None:
    assert profile().keys_of(0xB7F318) == ("led.open", "led.short_ground", "led.short_supply")
    assert profile().row("no.such") is None


GOOD: dict[str, Any] = {
    "name": "x",
    "default": "a",
    "labels": {"000001": "one"},
    "variants": {"a": {"modem.silent": {"fault": "000001"}}},
}


@pytest.mark.parametrize(
    ("spoil", "place"),
    [
        (lambda d: d.pop("name"), "'name'"),
        (lambda d: d.update(variants=[]), "'variants'"),
        (lambda d: d.update(default="b"), "no variant 'b'"),
        (lambda d: d.update(labels=3), "'labels'"),
        (lambda d: d["variants"].update(a={}), "no codes"),
        (lambda d: d["variants"]["a"].update(modem={"fault": "1"}), "modem"),
        (lambda d: d["variants"]["a"].update({"modem.silent": {}}), "modem.silent"),
        (lambda d: d["variants"]["a"].update({"modem.silent": {"fault": 5}}), "modem.silent"),
        (lambda d: d["variants"]["a"].update({"modem.silent": {"fault": "xyz"}}), "'xyz'"),
        (lambda d: d["variants"]["a"].update({"modem.silent": {"fault": "1000000"}}), "FFFFFF"),
        (lambda d: d["variants"]["a"].update({"modem.silent": {"fault": "0"}}), "FFFFFF"),
        (lambda d: d["variants"]["a"].update({"modem.silent": {"fault": "1", "x": 1}}), "object"),
        (lambda d: d["variants"]["a"].update({"modem.silent": {"info": "1", "fit": "?"}}), "fit"),
    ],
)
def test_a_broken_profile_is_refused_by_its_place(
    spoil: Callable[[dict[str, Any]], object], place: str
) -> None:
    data = copy.deepcopy(GOOD)
    assert profile_from_data(data).rows["modem.silent"].fault == 1
    spoil(data)
    with pytest.raises(UserError, match=place):
        check_profile(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["name", "default", "labels", "variants"]), json_values))
def test_any_json_is_read_or_refused_in_a_sentence(data: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        check_profile(data)
