"""A whole call over TLS: a real car's bearer, a real centre, certificates of our own authority."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, TypeVar

import pytest
import trustme

from opensos.apps.centre.settings import (
    CentreSettings,
    TlsFiles,
    settings_from_json,
    settings_to_json,
    sip_address,
    unencrypted,
)
from opensos.edges.bearer_ngecall import NgEcallBearer, open_ngecall
from opensos.edges.clock import SystemClock
from opensos.ports import CallLoad
from opensos.protocols.effects import UserError
from opensos.protocols.ngecall import TEST
from opensos.rules.emergency import (
    Answered,
    CalledBack,
    Cause,
    ClearedDown,
    DataRequested,
    Dial,
    Report,
    Unreached,
)
from tests.apps.centre.process import centre_process
from tests.centre import card_when, cards, record_when, running
from tests.pretend_car import VIN, an_msd

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from opensos.apps.centre import Centre

R = TypeVar("R")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _certificates(folder: Path) -> TlsFiles:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    leaf = authority.issue_cert("127.0.0.1")
    leaf.private_key_pem.write_to_path(folder / "key.pem")
    leaf.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    return TlsFiles(str(folder / "cert.pem"), str(folder / "key.pem"))


def _settings(folder: Path) -> CentreSettings:
    return CentreSettings(
        sip=(sip_address("tls:127.0.0.1:0"),),
        data=folder / "data",
        places=False,
        tls=_certificates(folder),
    )


class _Car:
    """A car's real bearer, and what it reported."""

    def __init__(self, bearer: NgEcallBearer) -> None:
        self.bearer = bearer
        self.heard: list[Report] = []
        self._news = asyncio.Event()
        bearer.listen(self._hear)

    def _hear(self, report: Report) -> None:
        self.heard.append(report)
        self._news.set()

    def dial(self) -> None:
        order = Dial("1-1", 1, Cause.TEST, test=True, urn=TEST, message_identifier=1)
        self.bearer.dial(order, CallLoad(an_msd(), None))

    async def until(self, kind: type[R]) -> R:
        async with asyncio.timeout(10):
            while True:
                for report in self.heard:
                    if isinstance(report, kind):
                        return report
                self._news.clear()
                await self._news.wait()


@contextlib.asynccontextmanager
async def _car(centre: Centre, ca: Path) -> AsyncIterator[_Car]:
    bearer = await open_ngecall(centre.sip_addresses[0], SystemClock(), b"s" * 32, ca=ca)
    try:
        yield _Car(bearer)
    finally:
        await bearer.close()


@pytest.mark.parametrize("workers", [0, 1])
def test_a_call_over_tls_is_stored_answered_acknowledged_and_cleared_down(
    tmp_path: Path, workers: int
) -> None:
    async def story() -> None:
        settings = _settings(tmp_path)
        if workers:
            address = settings.sip[0]._replace(port=_free_port())
            settings = dataclasses.replace(settings, sip=(address,), workers=workers)
        async with (
            running(settings) as centre,
            _car(centre, tmp_path / "ca.pem") as car,
        ):
            car.dial()
            assert (await car.until(Answered)).received is True
            card = await card_when(centre, lambda c: c["established"], within=20)
            assert card["vehicle"]["vin"] == VIN
            assert card["source"].startswith("tls 127.0.0.1:")
            await centre.act("acknowledge", card["id"])
            await centre.act("request-data", card["id"])
            await car.until(DataRequested)
            await centre.act("clear-down", card["id"])
            await car.until(ClearedDown)
            card = await card_when(centre, lambda c: c["state"] == "ended")
            assert card["ended_why"] == "cleared_down"
            assert card["acknowledged_at"] is not None

    asyncio.run(story())


def test_a_call_back_takes_the_cars_own_tls_connection(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            running(_settings(tmp_path)) as centre,
            _car(centre, tmp_path / "ca.pem") as car,
        ):
            car.dial()
            await car.until(Answered)
            card = await card_when(centre, lambda c: c["established"])
            car.bearer.hang_up("1-1")
            await card_when(centre, lambda c: c["state"] == "ended")
            await centre.act("call-back", card["id"])
            back = await car.until(CalledBack)
            car.bearer.answer_callback(back.call)
            await record_when(centre, card["id"], "callback.answered")

    asyncio.run(story())


def test_a_car_that_does_not_trust_the_centre_sends_it_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        settings = _settings(tmp_path)
        other = tmp_path / "other.pem"
        trustme.CA().cert_pem.write_to_path(other)
        async with running(settings) as centre, _car(centre, other) as car:
            car.dial()
            await car.until(Unreached)
            assert await cards(centre) == []

    asyncio.run(story())


def test_a_car_without_a_certificate_is_kept_out_where_one_is_asked_for(tmp_path: Path) -> None:
    async def story() -> None:
        settings = _settings(tmp_path)
        assert settings.tls is not None
        files = dataclasses.replace(settings.tls, client_ca=str(tmp_path / "ca.pem"))
        async with (
            running(dataclasses.replace(settings, tls=files)) as centre,
            _car(centre, tmp_path / "ca.pem") as car,
        ):
            car.dial()
            await car.until(Unreached)
            assert await cards(centre) == []

    asyncio.run(story())


def test_workers_are_not_started_with_a_certificate_that_cannot_be_used(tmp_path: Path) -> None:
    async def story() -> None:
        settings = dataclasses.replace(
            _settings(tmp_path), tls=TlsFiles("none.pem", "none.pem"), workers=1
        )
        with pytest.raises(UserError, match="certificate or key cannot be used"):
            async with running(settings):
                pass

    asyncio.run(story())


def test_what_leaves_the_machine_readable_is_warned_of() -> None:
    local = tuple(sip_address(f"{road}:127.0.0.1:5060") for road in ("udp", "tcp"))
    assert unencrypted((*local, sip_address("tls:192.0.2.1:5061")), "::1") == ()
    away = tuple(sip_address(f"{road}:192.0.2.1:5060") for road in ("udp", "tcp"))
    udp, tcp, console = unencrypted((*local, *away), "192.0.2.1")
    assert "udp 192.0.2.1:5060" in udp
    assert "tcp 192.0.2.1:5060" in tcp
    assert "console" in console
    for warning in (udp, tcp, console):
        assert "use TLS for anything that leaves the machine" in warning


def test_the_warning_is_said_at_the_start_and_the_centre_runs_all_the_same(tmp_path: Path) -> None:
    async def story() -> None:
        options = ("--data", str(tmp_path), "--sip", "tcp:0.0.0.0:0", "--advertise", "127.0.0.1")
        async with centre_process(*options) as centre:
            assert "Warning: Calls on tcp 0.0.0.0:" in centre.said
            assert "Calls on udp" not in centre.said

    asyncio.run(story())


def test_tls_without_a_certificate_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--tls-cert"):
        CentreSettings(sip=(sip_address("tls:127.0.0.1:5061"),))
    for options, sentence in (
        (("--sip", "tls:127.0.0.1:0"), "--tls-cert"),
        (("--tls-cert", "x.pem"), "both"),
        (("--sip", "tls:127.0.0.1:0", "--tls-cert", "x", "--tls-key", "y"), "cannot be used"),
    ):
        data = str(tmp_path / "data")
        done = subprocess.run(
            [sys.executable, "-m", "opensos", "centre", "run", "--data", data,
             "--web", "127.0.0.1:0", *options],
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        assert done.returncode == 2, done.stderr
        assert sentence in done.stderr
        assert "Traceback" not in done.stderr


def test_the_certificates_travel_to_the_workers(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    assert settings_from_json(settings_to_json(settings)) == settings
