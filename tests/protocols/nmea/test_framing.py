"""Sentences out of any stream of bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.nmea import MAX_SENTENCE, Framer, decode
from opensos.protocols.nmea.framing import checksum

RMC = b"GPRMC,120000.00,A,5222.5540,N,00943.9200,E,30.0,45.0,241126,,,A"
BODIES = st.binary(min_size=1, max_size=80).map(
    lambda raw: bytes(0x21 + byte % 0x5E for byte in raw).replace(b"$", b"S").replace(b"*", b"A")
)


def line(body: bytes) -> bytes:
    return b"$%s*%02X\r\n" % (body, checksum(body))


@given(st.lists(BODIES, max_size=8), st.lists(st.integers(1, 40), min_size=1, max_size=20))
def test_chunks_do_not_matter(bodies: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(map(line, bodies))
    framer, found, at = Framer(), [], 0
    while at < len(stream):
        step = cuts[at % len(cuts)]
        found += framer.feed(stream[at : at + step])
        at += step
    assert found == bodies
    assert framer.damaged == framer.foreign == 0


@given(st.lists(st.binary(max_size=600), max_size=12))
def test_any_bytes_are_survived_within_bounded_memory(chunks: list[bytes]) -> None:
    framer = Framer()
    for chunk in chunks:
        for body in framer.feed(chunk):
            decode(body)
        assert framer.pending <= MAX_SENTENCE
    framer.feed(b"\r\n")
    assert framer.feed(line(RMC)) == [RMC]


@given(st.binary(max_size=60))
def test_any_fields_are_survived(raw: bytes) -> None:
    for address in (b"GPRMC,", b"GNGGA,", b"GNGSA,", b"GPGSV,", b"GPVTG,", b"GAGLL,", b"GNZDA,"):
        decode(address + raw)
    decode(b"GPTXT,01,01,02," + raw)
    decode(raw)


@given(st.integers(0, len(RMC) - 1), st.integers(1, 255))
def test_a_damaged_byte_never_passes_for_a_sentence(place: int, change: int) -> None:
    damaged = bytearray(line(RMC))
    damaged[1 + place] ^= change
    assert RMC not in Framer().feed(bytes(damaged))
    assert all(body != bytes(damaged[1 : 1 + len(RMC)]) for body in Framer().feed(bytes(damaged)))


def test_a_binary_message_in_between_is_skipped_and_counted() -> None:
    framer = Framer()
    binary = b"\xb5\x62\x01\x07\x02\x00\x00\xff\x09\x1c"
    assert framer.feed(line(RMC) + binary + line(RMC)) == [RMC, RMC]
    assert framer.foreign == len(binary)


def test_a_sentence_cut_by_the_next_is_damaged_and_the_next_is_whole() -> None:
    framer = Framer()
    assert framer.feed(b"$GPRMC,1200" + line(RMC)) == [RMC]
    assert framer.damaged == 1


def test_a_line_without_checksum_is_not_believed() -> None:
    framer = Framer()
    assert framer.feed(b"$" + RMC + b"\r\n") == []
    assert framer.feed(b"$" + RMC + b"*ZZ\r\n") == []
    assert framer.damaged == 2


def test_an_endless_line_does_not_fill_the_memory() -> None:
    framer = Framer()
    for _ in range(50):
        assert framer.feed(b"$" + b"A" * 1000) == []
        assert framer.pending <= MAX_SENTENCE
    assert framer.feed(b"\r\n" + line(RMC)) == [RMC]


def test_lower_case_digits_are_a_checksum_too() -> None:
    assert Framer().feed(line(RMC).lower().replace(RMC.lower(), RMC)) == [RMC]
