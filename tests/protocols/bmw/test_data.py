"""The telematics unit's data, both ways."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols import bmw
from opensos.protocols.effects import LocalError, RemoteError

if TYPE_CHECKING:
    from collections.abc import Callable

s16 = st.none() | st.integers(-32767, 32767)
batteries = st.builds(
    bmw.BackupBattery,
    *(st.none() | st.integers(0, 65534), s16, st.none() | st.booleans()),
    *(st.none() | st.integers(0, 65534), s16, s16, s16, st.none() | st.integers(0, 254)),
)
networks = st.builds(
    bmw.Network,
    st.integers(0, 255),
    st.ip_addresses().map(str) | st.just(""),
    st.from_regex(r"([0-9]{5,6})?", fullmatch=True),
    st.none() | st.integers(0, 5),
    st.none() | st.integers(0, 255),
)


def test_a_backup_battery_has_the_bytes_of_the_public_table() -> None:
    battery = bmw.BackupBattery(5012, -12, True, 87, 2022, 3, 14, 1)
    data = bmw.encode_backup_battery(battery)
    assert data.hex() == "1394fff401005707e60003000e01"
    assert bmw.decode_backup_battery(data).installed == dt.date(2022, 3, 14)


def test_what_is_not_known_is_neither_zero_nor_a_date() -> None:
    nothing = bmw.BackupBattery()
    read = bmw.decode_backup_battery(bmw.encode_backup_battery(nothing))
    assert read == nothing
    assert read.installed is None
    assert bmw.BackupBattery(year=0, month=0, day=0).installed is None


@given(batteries)
def test_a_backup_battery_comes_back(battery: bmw.BackupBattery) -> None:
    assert bmw.decode_backup_battery(bmw.encode_backup_battery(battery)) == battery


@given(networks)
def test_a_network_comes_back(network: bmw.Network) -> None:
    assert bmw.decode_network(bmw.encode_network(network)) == network


def test_a_network_reads_as_in_the_public_table() -> None:
    data = b"\x01" + b"10.0.0.7\0" + b"26201 " + b"4" + b"\x02"
    assert bmw.decode_network(data) == bmw.Network(
        bmw.SimState.REGISTERED, "10.0.0.7", "26201", 4, 2
    )
    assert bmw.decode_network(data[:-1]).radio is None


@pytest.mark.parametrize("text", ["S15A-19-11-570", "19-11-570"])
def test_an_i_level_is_read_and_written(text: str) -> None:
    assert str(bmw.i_level_of(text)) == text
    assert bmw.decode_i_level(bmw.encode_i_level(bmw.i_level_of(text))) == bmw.i_level_of(text)


def test_i_levels_are_compared_by_year_month_and_number_only() -> None:
    cure = bmw.i_level_of("18-03-510")
    assert bmw.i_level_of("S18A-19-03-500").is_at_least(cure)
    assert bmw.i_level_of("F020-18-03-510").is_at_least(cure)
    assert not bmw.i_level_of("S18A-18-03-509").is_at_least(cure)
    assert not bmw.i_level_of("F020-17-12-999").is_at_least(cure)


@pytest.mark.parametrize("text", ["", "19-13-570", "19-00-570", "19-11-57", "x-19-11-570"])
def test_what_is_no_i_level_is_refused(text: str) -> None:
    with pytest.raises(RemoteError):
        bmw.i_level_of(text)
    with pytest.raises(RemoteError):
        bmw.decode_i_level(b"no level here")


def test_an_i_level_that_could_not_be_read_back_is_not_written() -> None:
    for level in (bmw.ILevel(119, 1, 1), bmw.ILevel(19, 13, 1), bmw.ILevel(19, 1, 1, "s-x")):
        with pytest.raises(LocalError):
            bmw.encode_i_level(level)


@given(st.floats(0, 25.5, allow_nan=False))
def test_terminal_30_keeps_a_tenth_of_a_volt(volts: float) -> None:
    assert abs(bmw.decode_terminal_30(bmw.encode_terminal_30(volts)) - volts) <= 0.0501


def test_terminal_30_may_come_in_two_bytes() -> None:
    assert bmw.decode_terminal_30(b"\x00\x7e") == bmw.decode_terminal_30(b"\x7e") == 12.6


parts = st.builds(
    bmw.Part,
    st.integers(0, 255),
    st.integers(0, 0xFFFFFFFF),
    st.tuples(*[st.integers(0, 255)] * 3),
)


@given(st.lists(parts, max_size=8).map(tuple))
def test_versions_come_back(value: tuple[bmw.Part, ...]) -> None:
    assert bmw.decode_versions(bmw.encode_versions(value)) == value


@given(st.integers(0, 0xFFFFFF))
def test_an_ident_comes_back(index: int) -> None:
    assert bmw.decode_ident(bmw.encode_ident(index)) == index


entries = st.builds(bmw.InfoEntry, st.integers(0, 0xFFFFFF), st.integers(0, 255))


@given(st.lists(entries, max_size=10).map(tuple))
def test_an_info_memory_comes_back(value: tuple[bmw.InfoEntry, ...]) -> None:
    assert bmw.decode_info_memory(bmw.encode_info_memory(value)) == value


@given(st.integers(0, 0xFFFFFF), st.integers(0, 255), st.integers(0, 255))
def test_an_info_entry_comes_back(code: int, status: int, times: int) -> None:
    value = bmw.InfoDetail(code, status, times)
    assert bmw.decode_info_detail(bmw.encode_info_detail(value)) == value


def test_the_entries_of_the_info_memory_have_numbers_from_one() -> None:
    assert bmw.info_detail_did(1) == 0x2001
    assert bmw.info_detail_did(255) == 0x20FF
    with pytest.raises(LocalError):
        bmw.info_detail_did(0)


@pytest.mark.parametrize("value", [0, 1, 0xB, 0xC, 255])
def test_a_state_is_one_byte(value: int) -> None:
    assert bmw.decode_byte(bmw.encode_byte(value)) == value


DECODERS: list[Callable[[bytes], object]] = [
    *(bmw.decode_backup_battery, bmw.decode_network, bmw.decode_byte, bmw.decode_terminal_30),
    *(bmw.decode_i_level, bmw.decode_versions, bmw.decode_ident, bmw.decode_info_memory),
    *(bmw.decode_info_detail, bmw.decode_antenna_request, bmw.decode_antenna_result),
    *(bmw.decode_fit_request, bmw.decode_fit_result, bmw.decode_status),
]


@pytest.mark.parametrize("decode", DECODERS, ids=lambda one: one.__name__)
@given(data=st.binary(max_size=64))
def test_whatever_bytes_come_they_are_read_or_refused(
    decode: Callable[[bytes], object], data: bytes
) -> None:
    with contextlib.suppress(RemoteError):
        decode(data)


@pytest.mark.parametrize(
    "decode", [one for one in DECODERS if one.__name__ != "decode_fit_request"]
)
def test_an_empty_answer_is_refused(decode: Callable[[bytes], object]) -> None:
    if decode is bmw.decode_info_memory:
        assert decode(b"") == ()
        return
    with pytest.raises(RemoteError):
        decode(b"")


@pytest.mark.parametrize(
    "encode",
    [
        lambda: bmw.encode_backup_battery(bmw.BackupBattery(millivolts=65535)),
        lambda: bmw.encode_backup_battery(bmw.BackupBattery(celsius=-32768)),
        lambda: bmw.encode_network(bmw.Network(256)),
        lambda: bmw.encode_network(bmw.Network(0, plmn="2620100")),
        lambda: bmw.encode_network(bmw.Network(0, address="a\0b")),
        lambda: bmw.encode_network(bmw.Network(0, address="ä")),
        lambda: bmw.encode_network(bmw.Network(0, bars=6)),
        lambda: bmw.encode_byte(256),
        lambda: bmw.encode_ident(1 << 24),
        lambda: bmw.encode_status(-1),
    ],
)
def test_what_does_not_fit_is_ours_to_blame(encode: Callable[[], bytes]) -> None:
    with pytest.raises(LocalError):
        encode()
