"""Object identifiers keep every bit, whether they have a dotted form or not."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from opensos.protocols.effects import LocalError
from opensos.protocols.msd.oid import is_well_formed, oid_bytes, oid_text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("0801", "8.1"),
        ("010401", "1.4.1"),
        ("01027d", "1.2.125"),
        ("00", "0"),
        ("8100", "128"),
        ("83ffff7f", "8388607"),
    ],
)
def test_known_identifiers_have_their_dotted_form(data: str, text: str) -> None:
    assert oid_text(bytes.fromhex(data)) == text
    assert oid_bytes(text) == bytes.fromhex(data)


@pytest.mark.parametrize("data", ["", "81", "0881", "8001", "ff" * 10 + "01"])
def test_a_malformed_identifier_is_kept_as_hex(data: str) -> None:
    text = oid_text(bytes.fromhex(data))
    assert text == "0x" + data
    assert not is_well_formed(text)
    assert oid_bytes(text) == bytes.fromhex(data)


@given(st.binary(max_size=30))
@example(b"\x80")
def test_bytes_come_back_as_they_were(data: bytes) -> None:
    assert oid_bytes(oid_text(data)) == data


@pytest.mark.parametrize(
    "text", ["", "8.", ".1", "a.b", "8.-1", "0xabc", "8,1", "²", "9" * 5000, str(1 << 63)]
)
def test_a_text_that_is_no_identifier_is_refused(text: str) -> None:
    with pytest.raises(LocalError, match="no object identifier"):
        oid_bytes(text)


def test_the_longest_arc_that_is_written_can_be_read() -> None:
    text = str((1 << 63) - 1)
    assert oid_text(oid_bytes(text)) == text
