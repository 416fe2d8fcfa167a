from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.at import (
    EcallType,
    Network,
    Operator,
    cesq_dbm,
    csq_dbm,
    data_of,
    emergency_of,
    iccid_of,
    imei_of,
    network_of,
    operator_of,
    sim_of,
    technologies_of,
    technology_of,
    text_of,
    voice_of,
)
from opensos.protocols.at.values import number, split_fields


def test_fields_know_quotes_and_commas() -> None:
    assert split_fields('+X: 1,"a,b", c ,', "+X:") == ("1", "a,b", "c", "")
    assert split_fields('+x: "open', "+X:") == ("open",)
    assert split_fields("+X:", "+X:") == ("",)
    assert split_fields("+Y: 1", "+X:") is None


@pytest.mark.parametrize("text", ["", "-1", "1.0", "²", "1" * 13, " 1", "x"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert number(text) is None


def test_a_number_has_a_bound() -> None:
    assert number("31", 31) == 31
    assert number("32", 31) is None


@pytest.mark.parametrize(
    ("line", "network"),
    [
        ("+CREG: 2,1", Network("creg", 1)),
        ("+CREG: 0,2", Network("creg", 2)),
        ("+CREG: 5", Network("creg", 5)),
        ('+CREG: 2,1,"00A1","01B2C3D4",7', Network("creg", 1, 7)),
        ('+CREG: 1,"00A1","01B2C3D4",7', Network("creg", 1, 7)),
        ("+CREG: 1,00A1,01B2C3D4,2", Network("creg", 1, 2)),
        ("+CREG: 1,1001,01B2,0", Network("creg", 1, 0)),
        ('+CGREG: 2,5,"00A1","0001",6,"01"', Network("cgreg", 5, 6)),
        ('+CEREG: 2,8,"00A1","0001",7', Network("cereg", 8, 7)),
        ('+C5GREG: 2,1,"00A1B2","0000000001",11', Network("c5greg", 1, 11)),
        ("+CREG: 2,3", Network("creg", 3)),
        ("+CREG: 2,99", None),
        ("+CREG: ", None),
        ("+CREG: x", None),
        ("+CSQ: 1,2", None),
    ],
)
def test_registration_is_read_as_answer_and_as_news(line: str, network: Network | None) -> None:
    assert network_of(line) == network


def test_access_technologies_have_the_names_of_radio_generations() -> None:
    assert [technology_of(act) for act in (0, 2, 7, 11, 13)] == ["gsm", "umts", "lte", "nr", "lte"]
    assert technology_of(99) is None
    assert technology_of(None) is None


@pytest.mark.parametrize(
    ("line", "operator"),
    [
        ('+COPS: 0,2,"26201",7', Operator("26201", None, 7)),
        ('+COPS: 0,0,"Telekom.de, Bonn",7', Operator(None, "Telekom.de, Bonn", 7)),
        ('+COPS: 0,0,"Telekom"', Operator(None, "Telekom", None)),
        ("+COPS: 0", Operator(None, None, None)),
        ('+COPS: 0,2,"2620x"', Operator(None, None, None)),
        ("+COPS: x", None),
        ("+CREG: 1", None),
    ],
)
def test_the_operator_is_read_in_both_forms(line: str, operator: Operator | None) -> None:
    assert operator_of(line) == operator


@pytest.mark.parametrize(
    ("line", "dbm"),
    [
        ("+CSQ: 0,0", -113),
        ("+CSQ: 1,99", -111),
        ("+CSQ: 30,99", -53),
        ("+CSQ: 31,99", -51),
        ("+CSQ: 99,99", None),
        ("+CSQ: 32,99", None),
        ("+CSQ: 100,99", -116),
        ("+CSQ: 191,99", -25),
        ("+CSQ: 199,99", None),
        ("+CSQ: ", None),
        ("+CREG: 1", None),
    ],
)
def test_csq_is_power_in_dbm(line: str, dbm: int | None) -> None:
    assert csq_dbm(line) == dbm


@pytest.mark.parametrize(
    ("line", "dbm"),
    [
        ("+CESQ: 63,99,255,255,255,255", -48),
        ("+CESQ: 0,99,255,255,255,255", -111),
        ("+CESQ: 99,99,96,24,255,255", -25),
        ("+CESQ: 99,99,255,255,20,97", -44),
        ("+CESQ: 99,99,255,255,20,56", -85),
        ("+CESQ: 99,99,255,255,255,255,60,126,80", -31),
        ("+CESQ: 99,99,255,255,255,255,255,255,255", None),
        ("+CESQ: 99,99,255,255,255,255", None),
        ("+CESQ: 20,99", None),
        ("+CSQ: 20,99", None),
    ],
)
def test_cesq_is_the_power_of_the_radio_that_reports_one(line: str, dbm: int | None) -> None:
    assert cesq_dbm(line) == dbm


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("+CPIN: READY", "ready"),
        ("+CPIN: SIM PIN", "locked"),
        ("+CPIN: SIM PUK", "locked"),
        ("+CPIN: PH-NET PIN", "locked"),
        ("+CPIN: NOT INSERTED", "absent"),
        ("+CPIN: NOT READY", None),
        ("+CPIN: WHAT", "failed"),
        ("+CPIN:", None),
        ("+CREG: 1", None),
    ],
)
def test_the_card_says_whether_it_is_ready(line: str, state: str | None) -> None:
    assert sim_of(line) == state


@pytest.mark.parametrize(
    "line",
    [
        "+CCID: 8949012345678901234",
        "+ICCID: 8949012345678901234F",
        '+QCCID: "8949012345678901234"',
        "#CCID: 8949012345678901234",
        "8949012345678901234",
    ],
)
def test_the_card_number_is_found_in_every_makers_form(line: str) -> None:
    assert iccid_of(line) == "8949012345678901234"


@pytest.mark.parametrize("line", ["", "+CCID: 12345", "+CCID: x", "4901234567890123456"])
def test_what_is_no_card_number_is_none(line: str) -> None:
    assert iccid_of(line) is None


def test_the_modems_number_has_fifteen_digits() -> None:
    assert imei_of("490154203237518") == "490154203237518"
    assert imei_of('+CGSN: "490154203237518"') == "490154203237518"
    assert imei_of("+GSN: 490154203237518") == "490154203237518"
    assert imei_of("49015420323751") is None
    assert imei_of("١٢٣٤٥٦٧٨٩٠١٢٣٤٥") is None


def test_free_text_loses_head_and_quotes_and_is_bounded() -> None:
    assert text_of("+CGMM: LE910C1") == "LE910C1"
    assert text_of('"EG25-G"') == "EG25-G"
    assert text_of("Revision: A") == "Revision: A"
    assert len(text_of("x" * 500)) == 64


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("+CNEMS1: 1", True),
        ("+CNEMS1: 0", False),
        ("+CNEM5G: 1", True),
        ("+CNEM: 1,0,1", True),
        ("+CNEM: 1,1,0", False),
        ("+CNEM: 1,0,0,1", True),
        ("+CNEM: 1", None),
        ("+CNEMIU: 1", None),
        ("+CNEMS1: x", None),
        ("+CNEM: 1,0,x", None),
        ("+CIREPI: 1", None),
    ],
)
def test_emergency_calls_over_ims_are_told_apart_from_voice_over_ims(
    line: str, *, offered: bool | None
) -> None:
    assert emergency_of(line) is offered


def test_voice_over_ims_is_news_and_answer() -> None:
    assert voice_of("+CIREPI: 1") is True
    assert voice_of("+CIREP: 1,0") is False
    assert voice_of("+CIREP: 1") is None
    assert voice_of("+CREG: 1") is None


def test_a_packet_session_is_active_or_not() -> None:
    assert data_of("+CGACT: 1,1") is True
    assert data_of("+CGACT: 2,0") is False
    assert data_of("+CGACT: 1") is None


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ("+WS46: (12,22,25,28,29)", ("gsm", "umts", "lte")),
        ("+WS46: (28,36)", ("lte", "nr")),
        ("+WS46: (28-31)", ("gsm", "umts", "lte")),
        ("+WS46: (99)", None),
        ("+WS46: (x-1)", None),
        ("+CSQ: 1,1", None),
    ],
)
def test_technologies_are_the_union_of_the_modes(line: str, known: object) -> None:
    assert technologies_of(line) == known


def test_the_types_of_cecall_are_the_standards() -> None:
    """As in the public sources of a modem: 0 test, 1 reconfiguration, 2 manual, 3 automatic."""
    assert [(t.name, t.value) for t in EcallType] == [
        ("TEST", 0),
        ("RECONFIGURATION", 1),
        ("MANUAL", 2),
        ("AUTOMATIC", 3),
    ]


HEADS = [
    "CREG",
    "CEREG",
    "COPS",
    "CSQ",
    "CESQ",
    "CPIN",
    "CCID",
    "CGSN",
    "CNEM",
    "CNEMS1",
    "CIREP",
    "CIREPI",
    "CGACT",
    "WS46",
]
heads = st.sampled_from([*(f"+{name}:" for name in HEADS), ""])


@given(heads, st.text(max_size=60))
def test_no_line_breaks_a_reader(head: str, rest: str) -> None:
    line = f"{head} {rest}"
    for read in (
        network_of,
        operator_of,
        csq_dbm,
        cesq_dbm,
        sim_of,
        iccid_of,
        imei_of,
        text_of,
        emergency_of,
        voice_of,
        data_of,
        technologies_of,
    ):
        read(line)


@given(heads, st.lists(st.integers(-5, 300), max_size=10))
def test_a_signal_is_always_a_power_that_can_be(head: str, fields: list[int]) -> None:
    line = f"{head} {','.join(map(str, fields))}"
    for dbm in (csq_dbm(line), cesq_dbm(line)):
        assert dbm is None or -157 <= dbm <= -25
