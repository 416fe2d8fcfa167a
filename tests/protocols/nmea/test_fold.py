"""What the sentences add up to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.nmea import Receiver, State, decode
from opensos.protocols.nmea.fold import ROLLOVER_S, STALE_S

RMC = b"GNRMC,120000.00,A,5222.5540,N,00943.9200,E,30.0,45.0,241126,,,A"
GGA = b"GNGGA,120000.00,5222.5540,N,00943.9200,E,1,09,1.5,55.0,M,46.0,M,,"
GSA = b"GNGSA,A,3,04,05,09,12,,,,,,,,,2.5,1.5,2.1"
NO_RMC = b"GNRMC,120010.00,V,,,,,,,241126,,,N"
NO_GGA = b"GNGGA,120010.00,,,,,0,00,99.9,,M,,M,,"
NOON = 1_795_521_600.0


def heard(*bodies: bytes, now: float = 0.0, receiver: Receiver | None = None) -> State:
    receiver = receiver or Receiver()
    for body in bodies:
        sentence = decode(body)
        assert sentence is not None
        receiver.hear(sentence, now)
    return receiver.state(now)


def test_nothing_heard_is_nothing_known() -> None:
    assert Receiver().state(5.0) == State()


def test_one_second_of_sentences_is_one_fix() -> None:
    state = heard(RMC, GGA, GSA)
    assert state.fix is not None
    assert state.fix.utc == NOON
    assert state.fix.speed_kmh == pytest.approx(55.56)
    assert state.fix.heading_deg == 45.0
    assert state.fix.accuracy_m == state.accuracy_m == pytest.approx(15.0)
    assert (state.kind, state.satellites_used) == ("3d", 9)
    assert state.utc == NOON


def test_the_order_of_a_seconds_sentences_does_not_matter() -> None:
    one, other = heard(RMC, GGA, GSA), heard(GSA, RMC, GGA)
    assert one.fix == other.fix
    assert one.kind == other.kind == "3d"


def test_a_fix_lost_is_no_fix_and_the_last_place_is_kept() -> None:
    receiver = Receiver()
    before = heard(RMC, GGA, receiver=receiver)
    state = heard(NO_RMC, NO_GGA, now=10.0, receiver=receiver)
    assert state.kind == "none"
    assert state.satellites_used == 0
    assert state.fix == before.fix
    assert state.accuracy_m is None
    assert (state.utc, state.utc_at) == (NOON, 0.0)  # the time of a V is nobody's


def test_what_is_not_confirmed_grows_stale() -> None:
    receiver = Receiver()
    heard(RMC, GGA, GSA, b"GPGSV,1,1,02,01,40,083,46,02,17,308,41", receiver=receiver)
    fresh, old = receiver.state(STALE_S), receiver.state(STALE_S + 0.1)
    assert (fresh.kind, fresh.satellites_seen, fresh.cn0_dbhz) == ("3d", 2, 43.5)
    assert (old.kind, old.satellites_used, old.satellites_seen) == (None, None, None)
    assert old.cn0_dbhz is old.accuracy_m is None
    assert old.heard_at == 0.0
    assert old.fix is not None


def test_the_signal_is_the_mean_of_the_four_strongest() -> None:
    state = heard(
        b"GPGSV,2,1,05,01,40,083,46,02,17,308,40,12,07,344,20,14,22,228,44",
        b"GPGSV,2,2,05,15,22,228,42",
        b"GLGSV,1,1,02,65,40,083,,66,01,001,10",
    )
    assert state.satellites_seen == 7
    assert state.cn0_dbhz == pytest.approx((46 + 44 + 42 + 40) / 4)


def test_two_signals_of_one_satellite_are_one_satellite() -> None:
    state = heard(b"GAGSV,1,1,01,05,40,083,46,7", b"GAGSV,1,1,01,05,40,083,40,2")
    assert state.satellites_seen == 1


def test_satellites_of_a_new_round_replace_the_old() -> None:
    receiver = Receiver()
    heard(b"GPGSV,1,1,01,01,40,083,46", receiver=receiver)
    assert heard(b"GPGSV,1,1,01,02,40,083,20", now=1.0, receiver=receiver).cn0_dbhz == 20


def test_a_receiver_without_gga_counts_by_gsa() -> None:
    state = heard(GSA, b"GLGSA,A,3,65,66,,,,,,,,,,,2.5,1.5,2.1", RMC)
    assert state.satellites_used == 6
    assert state.accuracy_m == pytest.approx(15.0)


def test_a_receiver_of_gga_and_zda_alone_has_time_and_place() -> None:
    state = heard(b"GPZDA,120000.00,24,11,2026,00,00", GGA, b"GPVTG,45.0,T,,M,30.0,N,55.6,K,A")
    assert state.fix is not None
    assert (state.fix.utc, state.fix.speed_kmh, state.fix.heading_deg) == (NOON, 55.6, 45.0)


def test_a_place_without_a_date_is_a_place_without_a_time() -> None:
    state = heard(GGA)
    assert state.fix is not None
    assert state.fix.utc is None


def test_gga_past_midnight_comes_before_its_date() -> None:
    receiver = Receiver()
    heard(RMC.replace(b"120000", b"235959"), receiver=receiver)
    state = heard(GGA.replace(b"120000", b"000000"), now=1.0, receiver=receiver)
    assert state.fix is not None
    assert state.fix.utc == NOON + 12 * 3600
    state = heard(
        RMC.replace(b"120000", b"000000").replace(b"241126", b"251126"),
        now=1.0,
        receiver=receiver,
    )
    assert state.fix is not None
    assert state.fix.utc == NOON + 12 * 3600


def test_a_week_counter_that_rolled_over_is_put_right() -> None:
    old = RMC.replace(b"241126", b"100407")  # 1024 weeks before 24 November 2026
    state = heard(old, receiver=Receiver(not_before_utc=1_735_689_600.0))
    assert state.rolled_over
    assert state.utc == NOON
    assert heard(old).utc == NOON - ROLLOVER_S


def test_exactly_zero_zero_is_no_place() -> None:
    body = b"GNRMC,120000.00,A,0000.0000,N,00000.0000,E,0.0,,241126,,,A"
    assert heard(body).fix is None


def test_dead_reckoning_has_no_satellites_accuracy() -> None:
    state = heard(GGA.replace(b",E,1,", b",E,6,"), RMC[:-1] + b"E")
    assert state.fix is not None
    assert state.fix.accuracy_m is None


def test_the_antennas_state_is_the_last_word() -> None:
    receiver = Receiver()
    heard(b"GPTXT,01,01,02,ANTSTATUS=OK", receiver=receiver)
    assert heard(b"GPTXT,01,01,02,ANTSTATUS=SHORT", receiver=receiver).antenna == "short"
    assert heard(b"GPTXT,01,01,02,ANTSTATUS=DONTKNOW", receiver=receiver).antenna is None


FIELDS = st.text("0123456789.,AVNSEWM-*+", max_size=70).map(str.encode)
ADDRESSES = st.sampled_from([b"GNRMC,", b"GNGGA,", b"GPGSA,", b"GPGSV,", b"GPVTG,", b"GPGLL,"])


@given(st.lists(st.tuples(ADDRESSES, FIELDS), max_size=30))
def test_no_sentence_leads_to_an_impossible_state(sentences: list[tuple[bytes, bytes]]) -> None:
    receiver = Receiver()
    for second, (address, fields) in enumerate(sentences):
        sentence = decode(address + fields)
        if sentence is not None:
            receiver.hear(sentence, float(second))
        state = receiver.state(float(second))
        assert state.kind in {None, "none", "2d", "3d"}
        assert state.cn0_dbhz is None or 0 <= state.cn0_dbhz <= 99
        if state.fix is not None:
            assert -90 <= state.fix.latitude <= 90
            assert -180 <= state.fix.longitude <= 180
            assert state.fix.heading_deg is None or 0 <= state.fix.heading_deg < 360
