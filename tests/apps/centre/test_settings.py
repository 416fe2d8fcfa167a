from __future__ import annotations

import json
from pathlib import Path

import pytest

from opensos.apps.centre.settings import (
    CentreSettings,
    host_and_port,
    is_loopback,
    settings_from_json,
    settings_to_json,
    sip_address,
    unencrypted,
)
from opensos.protocols.effects import Address, UserError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("udp:127.0.0.1:5060", Address("udp", "127.0.0.1", 5060)),
        ("TCP:[::1]:5061", Address("tcp", "::1", 5061)),
        ("10.0.0.1:0", Address("udp", "10.0.0.1", 0)),
    ],
)
def test_an_address_is_read(text: str, address: Address) -> None:
    assert sip_address(text) == address


@pytest.mark.parametrize(
    "text", ["", "udp", "udp:127.0.0.1", "127.0.0.1:70000", ":1", "a:b", "a:²"]
)
def test_what_is_no_address_is_one_sentence(text: str) -> None:
    with pytest.raises(UserError, match="is not an address"):
        sip_address(text)


def test_a_web_address_is_read() -> None:
    assert host_and_port("[::1]:8113") == ("::1", 8113)


def test_everything_is_loopback_and_a_test_unless_told() -> None:
    settings = CentreSettings()
    assert not settings.live
    assert is_loopback([a.host for a in settings.sip])
    assert is_loopback(["localhost", "::1", "127.9.9.9"])
    assert not is_loopback(["127.0.0.1", "10.0.0.1"])


def test_a_centre_on_every_interface_must_say_how_it_is_reached() -> None:
    everywhere = Address("udp", "::", 5060)
    with pytest.raises(UserError, match="--advertise"):
        CentreSettings().contact(everywhere)
    contact = CentreSettings(advertise="192.0.2.1").contact(everywhere)
    assert contact == Address("udp", "192.0.2.1", 5060)


def test_settings_reach_a_worker_as_they_are() -> None:
    settings = CentreSettings(
        sip=(Address("tcp", "::1", 1),), data=Path("x"), live=True, trust_hosts=("a",), workers=3
    )
    assert settings_from_json(json.loads(json.dumps(settings_to_json(settings)))) == settings


def test_a_broker_that_is_asked_in_the_clear_over_a_network_is_warned_of() -> None:
    assert unencrypted((), "127.0.0.1", "mqtts://broker.example:8883") == ()
    assert unencrypted((), "127.0.0.1", "mqtt://127.0.0.1:1883") == ()
    (said,) = unencrypted((), "127.0.0.1", "mqtt://broker.example:1883")
    assert "mqtts" in said
