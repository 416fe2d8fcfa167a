"""Identifiers in diagnostic bytes are hidden, and nothing else changes its length or place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.sim.masking import mask_answer, mask_request

VIN = b"ZZ9TESTS6RA000001"


def test_a_vin_keeps_its_first_and_last_three_characters() -> None:
    hidden = mask_answer(b"\x22\xf1\x90", b"\x62\xf1\x90" + VIN)
    assert hidden == b"\x62\xf1\x90ZZ9***********001"
    assert mask_answer(b"\x22\xf1\x90", hidden) == hidden


def test_a_vin_is_found_wherever_it_stands_as_text() -> None:
    masked = mask_answer(b"\x22\x3f\x06", b"\x62\x3f\x06car:" + VIN + b";x")
    assert VIN not in masked
    assert masked.startswith(b"\x62\x3f\x06car:ZZ9")


@pytest.mark.parametrize("did", [0xD05A, 0xD06B, 0xD25F, 0xD0CE, 0xF18C])
def test_what_is_known_to_identify_is_hidden_in_binary_too(did: int) -> None:
    request = b"\x22" + did.to_bytes(2, "big")
    answer = b"\x62" + did.to_bytes(2, "big") + bytes.fromhex("98940012345678900001ff00")
    masked = mask_answer(request, answer)
    assert masked == answer[:3] + b"*" * 10 + b"\xff\x00"


def test_of_several_data_in_one_answer_all_after_the_first_identifying_one_are_hidden() -> None:
    request = bytes.fromhex("22 F101 D05A D09B".replace(" ", ""))
    answer = bytes.fromhex("62 F101 0102 D05A 8949 D09B 00".replace(" ", ""))
    masked = mask_answer(request, answer)
    assert masked[:7] == answer[:7]
    assert b"\x89\x49" not in masked


def test_telephone_numbers_and_network_addresses_are_hidden() -> None:
    answer = b"\x62\xd0\x35+491701234567 10.20.30.40\x00"
    assert mask_answer(b"\x22\xd0\x35", answer) == (
        b"\x62\xd0\x35" + b"*" * 13 + b" 00.00.00.00\x00"
    )


def test_a_written_vin_is_hidden_in_the_request() -> None:
    assert VIN not in mask_request(b"\x2e\xf1\x90" + VIN)
    assert mask_request(b"\x2e\xd0\x5a\x12\x34") == b"\x2e\xd0\x5a**"


@pytest.mark.parametrize(
    "harmless", ["62D02900004E200019010064", "62100B46303235", "5902FFB7F3412F", "7F2278", "62F101"]
)
def test_what_identifies_nobody_stays_as_it_is(harmless: str) -> None:
    data = bytes.fromhex(harmless)
    assert mask_answer(b"\x22\xd0\x29", data) == data


@given(st.binary(min_size=1, max_size=60), st.binary(max_size=200))
def test_masking_keeps_the_length_and_twice_is_once(request: bytes, answer: bytes) -> None:
    once, hidden = mask_answer(request, answer), mask_request(request)
    assert (len(once), len(hidden)) == (len(answer), len(request))
    assert mask_answer(request, once) == once
    assert mask_answer(hidden, once) == once
    assert mask_request(hidden) == hidden


@given(
    st.lists(
        st.sampled_from([0xF190, 0xD05A, 0xF101, 0xD029]), min_size=1, max_size=4, unique=True
    ),
    st.text("ABCDEFGHJKLMNPRSTUVWXYZ", min_size=17, max_size=17),
)
def test_no_vin_gets_through_whatever_is_asked_with_it(dids: list[int], vin: str) -> None:
    request = b"\x22" + b"".join(did.to_bytes(2, "big") for did in dids)
    answer = b"\x62" + b"".join(did.to_bytes(2, "big") + vin.encode() for did in dids)
    assert vin.encode() not in mask_answer(request, answer)
