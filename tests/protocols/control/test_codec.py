from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from opensos.protocols.control import (
    NAMESPACE,
    Ack,
    ActionResult,
    Capabilities,
    Control,
    RequestAction,
    Requests,
    decode,
    encode,
    same_id,
)
from opensos.protocols.effects import LocalError
from tests.shared import SHARED, needs_vectors

if TYPE_CHECKING:
    from pathlib import Path

VECTORS = SHARED / "vectors" / "rfc8147_8148_xml"
PAGE_BREAK = re.compile(r"\n*\n[^\n]*\[Page \d+\]\n\x0c?\n?RFC \d+[^\n]*\n+")


def rfc_text(number: int) -> str:
    text = (SHARED / "rfc" / f"rfc{number}.txt").read_text(encoding="utf-8")
    return PAGE_BREAK.sub("\n", text)


def rfc_documents(number: int) -> list[bytes]:
    found = re.findall(
        r"<\?xml version[^?]*\?>\s*<EmergencyCallData\.Control.*?</EmergencyCallData\.Control>",
        rfc_text(number),
        re.DOTALL,
    )
    return [document.encode() for document in found]


def rfc_schema() -> etree.XMLSchema:
    """Take the schema out of RFC 8147 §13, with erratum 7752: ``xs:any`` is ``##other``."""
    found = re.search(r"<xs:schema\s.*</xs:schema>", rfc_text(8147), re.DOTALL)
    assert found
    text, changed = re.subn(r'(<xs:any namespace=")##any', r"\1##other", found.group())
    assert changed == 4
    # The schema imports the xml namespace without a place to find it; nothing of it is used.
    text = re.sub(r"<xs:import[^>]*/>", "", text)
    return etree.XMLSchema(etree.fromstring(text))


def control(inner: str, name: str = "EmergencyCallData.Control", space: str = NAMESPACE) -> bytes:
    return f'<{name} xmlns="{space}">{inner}</{name}>'.encode()


# --- the RFCs' own documents -----------------------------------------------------------------


@needs_vectors
def test_every_example_of_rfc_8147_is_read_without_a_problem() -> None:
    values = [decode(document) for document in rfc_documents(8147)]
    assert [v.problems for v in values] == [()] * 5
    ack = Ack("1234567890@atlanta.example.com", received=True)
    request = Requests((RequestAction("send-data", datatype="eCall.MSD"),))
    capabilities = Capabilities((RequestAction("send-data", supported_values=("eCall.MSD",)),))
    assert [v.value for v in values] == [ack, capabilities, request, ack, request]


@needs_vectors
def test_every_example_of_rfc_8148_is_read_without_a_problem() -> None:
    values = [decode(document) for document in rfc_documents(8148)]
    assert len(values) >= 3
    assert all(v.problems == () for v in values)
    assert values[1].value == Ack(
        "1234567890@atlanta.example.com",
        None,
        (
            ActionResult("msg-dynamic", success=True),
            ActionResult("lamp", False, "unable", "The requested lamp is inoperable"),
        ),
    )


@needs_vectors
@pytest.mark.parametrize("path", sorted(VECTORS.glob("Rfc*.xml")), ids=lambda p: p.name)
def test_the_collected_control_documents_are_read_without_a_problem(path: Path) -> None:
    decoded = decode(path.read_bytes())
    assert decoded.value is not None
    assert decoded.problems == ()


@needs_vectors
def test_requests_of_rfc_8148_keep_all_their_attributes() -> None:
    decoded = decode((VECTORS / "Rfc8148-9.2.xml").read_bytes())
    assert decoded.value == Requests(
        (
            RequestAction("send-data", datatype="VEDS"),
            RequestAction("lamp", element_id="hazard", requested_state="flash", persistence="PT1H"),
            RequestAction("msg-static", int_id=1),
            RequestAction("msg-dynamic", texts=("Remain calm. Help is on the way.",)),
        )
    )


@needs_vectors
def test_capabilities_of_rfc_8148_list_lamps_and_cameras() -> None:
    value = decode((VECTORS / "Rfc8148-9.4.1.xml").read_bytes()).value
    assert isinstance(value, Capabilities)
    by_name = {action.action: action for action in value.actions}
    assert len(by_name["lamp"].supported_values) == 10
    assert by_name["enable-camera"].supported_values == ("backup", "interior")
    assert by_name["msg-static"].int_id == 3


@needs_vectors
@pytest.mark.parametrize("path", sorted(VECTORS.glob("VEDS*.xml")), ids=lambda p: p.name)
def test_a_crash_notification_is_no_control_document(path: Path) -> None:
    decoded = decode(path.read_bytes())
    assert decoded.value is None
    assert decoded.problems


# --- what we write ---------------------------------------------------------------------------

WRITTEN: list[Control] = [
    Ack("1@car.example", received=True),
    Ack("1@car.example", received=False),
    Ack("1@car.example", None, (ActionResult("send-data", False, "unable", 'no "GNSS" & <MSD>'),)),
    Ack("a&b<c>@x", True, (ActionResult("honk", True), ActionResult("lamp", False, "damaged"))),
    Capabilities((RequestAction("send-data", supported_values=("eCall.MSD", "VEDS")),)),
    Capabilities((RequestAction("honk"), RequestAction("msg-static", int_id=0))),
    Requests((RequestAction("send-data", datatype="eCall.MSD"),)),
    Requests((RequestAction("lamp", element_id="head", requested_state="on", persistence="PT5M"),)),
    Requests((RequestAction("msg-dynamic", texts=("Hilfe <kommt> & bald", "")),)),
]


@needs_vectors
@pytest.mark.parametrize("value", WRITTEN, ids=str)
def test_what_we_write_is_valid_by_the_schema_of_rfc_8147(value: Control) -> None:
    schema = rfc_schema()
    document = etree.fromstring(encode(value))
    assert schema.validate(document), schema.error_log


@needs_vectors
def test_the_schema_refuses_what_is_wrong_so_that_the_check_means_something() -> None:
    assert not rfc_schema().validate(etree.fromstring(control('<ack received="maybe" ref="x"/>')))


@pytest.mark.parametrize("value", WRITTEN, ids=str)
def test_what_we_write_we_read_again(value: Control) -> None:
    decoded = decode(encode(value))
    assert decoded.value == value
    assert decoded.problems == ()
    assert decoded.every == (value,)


def test_several_requests_are_one_document_as_the_text_overrules_the_schema() -> None:
    value = Requests((RequestAction("honk"), RequestAction("door-lock", requested_state="locked")))
    assert decode(encode(value)).value == value


TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=40
)
TOKEN = st.from_regex(r"[a-z][a-z0-9.-]{0,20}", fullmatch=True)
RESULTS = st.builds(ActionResult, TOKEN, st.booleans(), st.none() | TOKEN, st.none() | TOKEN)
ACTIONS = st.builds(
    RequestAction,
    TOKEN,
    st.none() | TOKEN,
    st.none() | st.integers(0, 2**32 - 1),
    st.none() | st.just("PT1H"),
    st.lists(TOKEN, max_size=4).map(tuple),
    st.none() | TOKEN,
    st.none() | TOKEN,
    st.lists(TEXT, max_size=2).map(tuple),
)
CONTROLS: st.SearchStrategy[Control] = st.one_of(
    st.builds(Ack, TOKEN, st.none() | st.booleans(), st.lists(RESULTS, max_size=3).map(tuple)),
    st.builds(Requests, st.lists(ACTIONS, min_size=1, max_size=4).map(tuple)),
    st.builds(Capabilities, st.lists(ACTIONS, min_size=1, max_size=4).map(tuple)),
)


@given(CONTROLS)
def test_any_control_value_survives_the_wire(value: Control) -> None:
    decoded = decode(encode(value))
    assert decoded.value == value
    assert not decoded.problems


@given(CONTROLS, st.data())
def test_half_a_document_never_breaks_the_reader(value: Control, data: st.DataObject) -> None:
    document = encode(value)
    cut = document[: data.draw(st.integers(0, len(document) - 1))]
    decoded = decode(cut)
    complete = document.rstrip().startswith(cut.rstrip()) and cut.rstrip() == document.rstrip()
    assert decoded.problems or complete


@given(st.binary(max_size=300))
def test_any_bytes_give_an_answer(data: bytes) -> None:
    decoded = decode(data)
    assert decoded.value is not None or decoded.problems


@pytest.mark.parametrize(
    "value",
    [
        Requests(()),
        Capabilities(()),
        Requests((RequestAction(""),)),
        Ack("x", None, (ActionResult("", success=True),)),
        Ack("x", None, (ActionResult("honk", None),)),
        Ack("x\0", received=True),
        Ack("\ud800", received=True),
    ],
    ids=str,
)
def test_a_value_that_no_document_can_hold_is_our_own_fault(value: Control) -> None:
    with pytest.raises(LocalError):
        encode(value)


# --- liberal in what is accepted -------------------------------------------------------------


def test_the_spelling_of_the_captures_is_read() -> None:
    document = b"""<?xml version="1.0" encoding="UTF-8"?>
<con:EmergencyCallData.Control xmlns:con="urn:ietf:params:xml:ns:EmergencyCallData:Control">
  <con:Capabilities>
    <con:Request action="enable-camera"/>
    <con:Request action="send-data" supported-values="eCall.MSD"/>
  </con:Capabilities>
</con:EmergencyCallData.Control>"""
    decoded = decode(document)
    assert decoded.problems == ()
    assert decoded.value == Capabilities(
        (
            RequestAction("enable-camera"),
            RequestAction("send-data", supported_values=("eCall.MSD",)),
        )
    )


def test_unknown_attributes_and_elements_are_tolerated() -> None:
    decoded = decode(
        control(
            '<x:new xmlns:x="urn:x"/><ack received="1" ref="m" colour="red" x:received="false"'
            ' xmlns:x="urn:x"><x:more/><actionResult action="honk" success="0" later="2"/></ack>'
        )
    )
    assert decoded.value == Ack("m", True, (ActionResult("honk", success=False),))
    assert decoded.problems == ()


def test_attribute_names_may_have_another_case_or_a_prefix() -> None:
    decoded = decode(control('<ACK Received=" TRUE " c:Ref="m" xmlns:c="urn:c"/>'))
    assert decoded.value == Ack("m", received=True)


def test_another_namespace_is_read_with_a_problem() -> None:
    decoded = decode(control('<ack received="true" ref="m"/>', space="urn:other"))
    assert decoded.value == Ack("m", received=True)
    assert "namespace" in decoded.problems[0]


def test_an_alias_of_the_root_is_read_with_a_problem() -> None:
    decoded = decode(control('<ack received="true" ref="m"/>', "EmergencyCallData.eCall.Control"))
    assert decoded.value == Ack("m", received=True)
    assert "root" in decoded.problems[0]


def test_a_bare_ack_is_read_with_a_problem() -> None:
    decoded = decode(b'<ack received="true" ref="m"/>')
    assert decoded.value == Ack("m", received=True)
    assert len(decoded.problems) == 2


def test_two_kinds_of_content_are_both_kept_with_a_problem() -> None:
    decoded = decode(control('<ack ref="m"/><request action="honk"/><ack ref="n"/>'))
    assert decoded.every == (Ack("m"), Requests((RequestAction("honk"),)), Ack("n"))
    assert "more than one kind" in decoded.problems[0]


def test_a_document_without_content_says_so() -> None:
    decoded = decode(control(""))
    assert decoded.value is None
    assert decoded.every == ()
    assert decoded.problems == ("The control document holds no ack, request or capabilities.",)


@pytest.mark.parametrize(
    ("inner", "problem"),
    [
        ("<ack received='true'/>", "no ref"),
        ("<ack received='maybe' ref='m'/>", "neither true nor false"),
        ("<ack ref='m'><actionResult success='true'/></ack>", "names no action"),
        ("<ack ref='m'><actionResult action='honk'/></ack>", "does not say"),
        ("<request datatype='eCall.MSD'/>", "names no action"),
        ("<request action='x' int-id='-1'/>", "int-id"),
        ("<request action='x' int-id='4294967296'/>", "int-id"),
        ("<request action='x' int-id='٣'/>", "int-id"),
        ("<request action='honk'/>" * 70, "first 64"),
        ("<capabilities>" + "<request action='honk'/>" * 70 + "</capabilities>", "first 64"),
    ],
)
def test_a_wrong_piece_is_a_problem_and_the_rest_is_read(inner: str, problem: str) -> None:
    decoded = decode(control(inner))
    assert decoded.value is not None
    assert any(problem in sentence for sentence in decoded.problems)


def test_supported_values_ignore_white_space() -> None:
    value = decode(
        control(
            '<capabilities><request action="lamp" supported-values=" a ;\n b;"/></capabilities>'
        )
    ).value
    assert value == Capabilities((RequestAction("lamp", supported_values=("a", "b")),))


def test_text_may_hold_elements_and_comments() -> None:
    value = decode(control("<request action='t'><text>a<b>c</b><!-- x -->d</text></request>")).value
    assert value == Requests((RequestAction("t", texts=("acd",)),))


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("a@b", "a@b", True),
        ("<a@b>", "cid:a@b", True),
        ("CID:a%40b", " a@b ", True),
        ("a@b", "A@b", False),
        ("", "a@b", False),
    ],
)
def test_content_ids_are_compared_by_what_they_name(left: str, right: str, *, same: bool) -> None:
    assert same_id(left, right) is same
