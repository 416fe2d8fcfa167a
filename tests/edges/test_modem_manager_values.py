from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.edges.modem_manager_values import (
    MODEM,
    MODEM_3GPP,
    SIGNAL,
    SIM,
    power_of,
    reading_of,
    sim_card_of,
)
from opensos.rules.readiness.readings import ModemReading, Registration, SimCard, Technology


def card(basic: dict[str, Any], sim: dict[str, Any] | None = None) -> SimCard | None:
    return sim_card_of({MODEM: basic}, {} if sim is None else {SIM: sim})


@pytest.mark.parametrize(
    ("basic", "sim", "expected"),
    [
        ({"State": -1, "StateFailedReason": 2}, None, SimCard("absent")),
        ({"State": -1, "StateFailedReason": 3}, None, SimCard("failed")),
        ({"UnlockRequired": 2}, None, SimCard("locked")),
        ({"UnlockRequired": 4}, {"SimIdentifier": "89"}, SimCard("ready", "89")),
        ({"Sim": "/"}, None, SimCard("absent")),
        ({}, None, None),
        ({"Sim": "/x"}, {"SimIdentifier": ""}, SimCard("ready")),
        ({}, {"SimType": 2, "EsimStatus": 1}, SimCard("ready", profile="none")),
        ({}, {"SimType": 2, "EsimStatus": 2}, SimCard("ready", profile="disabled")),
        (
            {},
            {"SimType": 2, "EsimStatus": 2, "SimIdentifier": "89"},
            SimCard("ready", "89", profile="enabled"),
        ),
        ({}, {"SimType": 2, "EsimStatus": 0}, SimCard("ready")),
        ({}, {"SimType": 1, "EsimStatus": 2}, SimCard("ready")),
    ],
)
def test_the_card_follows_state_lock_and_type(
    basic: dict[str, Any], sim: dict[str, Any] | None, expected: SimCard | None
) -> None:
    assert card(basic, sim) == expected


@pytest.mark.parametrize(
    ("bits", "technology"),
    [
        (1 << 1, Technology.GSM),
        (1 << 4, Technology.GSM),
        (1 << 5, Technology.UMTS),
        (1 << 9, Technology.UMTS),
        (1 << 14, Technology.LTE),
        (1 << 14 | 1 << 15, Technology.LTE),
        (1 << 15, Technology.NR),
        (0, None),
        (1 << 10, None),
    ],
)
def test_the_technology_is_that_which_carries_the_call(
    bits: int, technology: Technology | None
) -> None:
    assert reading_of({MODEM: {"AccessTechnologies": bits}}, {}, None).technology is technology


@pytest.mark.parametrize(
    ("signal", "dbm"),
    [
        ({"Lte": {"rsrp": -101.6}}, -102),
        ({"Lte": {"rsrp": -32768.0}, "Gsm": {"rssi": -70}}, -70),
        ({"Nr5g": {"rsrp": -90}, "Lte": {"rsrp": -100}}, -90),
        ({"Umts": {"rssi": -80}}, -80),
        ({"Lte": {}}, None),
        ({"Lte": "x"}, None),
        ({}, None),
    ],
)
def test_power_is_the_figure_of_the_radio_in_use(signal: dict[str, Any], dbm: int | None) -> None:
    assert power_of(signal) == dbm


def test_registration_operator_and_data_are_read() -> None:
    modem = {
        MODEM: {"State": 8, "SupportedModes": [[0xFFFFFFFF, 0], [0b110, 0]]},
        MODEM_3GPP: {"RegistrationState": 8, "OperatorCode": "2620x", "OperatorName": ""},
        SIGNAL: {},
    }
    assert reading_of(modem, {}, 5.0) == ModemReading(
        heard_at=5.0,
        registration=Registration.EMERGENCY_ONLY,
        data=False,
        technologies=(Technology.GSM, Technology.UMTS),
    )


odd = st.one_of(st.none(), st.integers(), st.text(), st.lists(st.integers()), st.booleans())
NAMES = ["State", "StateFailedReason", "UnlockRequired", "AccessTechnologies", "SupportedModes"]
NAMES += ["Sim", "Model", "RegistrationState", "OperatorCode", "Imei", "Lte", "SimType"]
names = st.sampled_from(NAMES)
objects = st.dictionaries(
    st.sampled_from([MODEM, MODEM_3GPP, SIGNAL, SIM]), st.dictionaries(names, odd)
)


@given(objects, objects)
def test_no_property_of_any_type_breaks_the_reading(
    modem: dict[str, dict[str, Any]], sim: dict[str, dict[str, Any]]
) -> None:
    reading_of(modem, sim, None)
