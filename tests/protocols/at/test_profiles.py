"""The makers' table against lines as public sources show them, not as our emulator says them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.at import PROFILES, STANDARD, News, checked, profile_for

SEEN = [
    # A public ERA-GLONASS unit for Telit modules, its comments and its log lines.
    ("telit", "#ECALLEV:0", News.MSD_PULLED),
    ("telit", "#ECALLEV:1", News.MSD_RECEIVED),
    ("telit", "#ECALLEV:2", News.MSD_ACCEPTED),
    ("telit", "#ECALLEV: 2,0", News.MSD_ACCEPTED),
    ("telit", "#ECALLEV: 2,1", News.CLEARED),
    ("telit", "#ECALLEV:5", News.MSD_FAILED),
    ("telit", "#ECALLEV:16", News.MSD_FAILED),
    ("telit", "#ECALLEV:11", None),  # the modem mutes the car
    ("telit", "#ECALLEV:12", None),
    ("telit", "RINGING", News.ALERTING),
    ("telit", "CONNECTED", News.CONNECTED),
    ("telit", "DISCONNECTED", News.ENDED),
    ("telit", "RING", News.RINGING),
    # LARA firmware and ModemManager's plugin.
    ("u-blox", "+UCALLSTAT: 1,4", News.RINGING),
    ("u-blox", "+UCALLSTAT: 1,7", News.CONNECTED),
    ("u-blox", "+UCALLSTAT: 1,6", News.ENDED),
    ("u-blox", "+UCALLSTAT: 1,2", None),
    ("u-blox", "+UCD: 3", News.JAMMED),
    ("simcom", "VOICE CALL: BEGIN", News.CONNECTED),
    ("simcom", "VOICE CALL: END: 000017", News.ENDED),
    ("simcom", "+SJDR: NO JAMMING", News.UNJAMMED),
    ("quectel", "^DSCI: 3,0,6,0,XXXXXXX,129", News.ENDED),
    ("quectel", "^DSCI: 4,1,3,0,+XXXXXXXXX,145", None),
    ("quectel", "+QJDR: JAMMED", News.JAMMED),
    ("cinterion", "+CIEV: ecallda,2", News.MSD_RECEIVED),
    ("standard", "RING", News.RINGING),
    ("standard", "NO CARRIER", News.ENDED),
    ("standard", "RDY", News.RESTARTED),
    ("standard", "^SYSSTART", News.RESTARTED),
    ("standard", "#ECALLEV:1", None),
    ("standard", "RINGTONE", None),
]


@pytest.mark.parametrize(("maker", "line", "news"), SEEN)
def test_lines_of_public_sources_mean_what_these_say(
    maker: str, line: str, news: News | None
) -> None:
    meaning = PROFILES[maker].meaning_of(line)
    assert (None if meaning is None else meaning.news) is news


@pytest.mark.parametrize(
    ("maker", "name"),
    [
        ("Quectel", "quectel"),
        ("u-blox", "u-blox"),
        ("Telit", "telit"),
        ("SIMCOM INCORPORATED", "simcom"),
        ("Cinterion", "cinterion"),
        ("THALES", "cinterion"),
        ("Huawei", "standard"),
        ("", "standard"),
    ],
)
def test_an_unknown_maker_is_spoken_to_by_the_standard_alone(maker: str, name: str) -> None:
    assert profile_for(maker).name == name


def test_every_entry_has_a_grade_that_the_table_explains() -> None:
    for profile in PROFILES.values():
        grades = {m.grade for m in profile.meanings}
        grades |= {profile.msd.grade} if profile.msd is not None else set()
        assert grades <= {"manual", "seen", "memory"}


def test_no_acknowledgement_from_memory_is_sure() -> None:
    acks = {News.MSD_RECEIVED, News.MSD_ACCEPTED, News.CLEARED}
    sure = {
        profile.name
        for profile in PROFILES.values()
        for meaning in profile.meanings
        if meaning.news in acks and meaning.sure
    }
    assert sure == {"telit", "cinterion"}
    assert all(m.sure for m in checked(PROFILES["quectel"]).meanings)
    assert checked(STANDARD).msd is None


@given(st.binary(min_size=1, max_size=140))
def test_an_msd_is_sent_in_hexadecimal_and_whole(msd: bytes) -> None:
    digits = msd.hex().upper()
    for profile in PROFILES.values():
        if profile.msd is None:
            continue
        command = profile.msd.fill(msd)
        carried = command.text if command.payload is None else command.payload.decode()
        assert digits in carried
        assert command.urgent
        assert len(command.wire) <= 400


def test_only_telit_is_given_its_msd_at_a_prompt() -> None:
    prompts = {name for name, p in PROFILES.items() if p.msd is not None and p.msd.at_prompt}
    assert prompts == {"telit"}


def test_pins_are_set_by_the_makers_commands() -> None:
    assert [c.text for c in PROFILES["u-blox"].pin_commands(42, 1)] == [
        "AT+UGPIOC=42,0",
        "AT+UGPIOW=42,1",
    ]
    assert STANDARD.pin_commands(1, 1) == ()


@given(st.text(max_size=40))
def test_no_line_breaks_the_table(line: str) -> None:
    for profile in PROFILES.values():
        profile.meaning_of(line)
