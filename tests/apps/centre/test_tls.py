"""A whole call over TLS: a real car's bearer, a real centre, certificates of our own authority."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import trustme

from opensos.apps.centre.centre import Centre
from opensos.apps.centre.settings import (
    CentreSettings,
    TlsFiles,
    settings_from_json,
    settings_to_json,
    sip_address,
)
from opensos.edges.bearer_ngecall import open_ngecall
from opensos.edges.clock import SystemClock
from opensos.ports import CallLoad
from opensos.protocols.effects import UserError
from opensos.protocols.ngecall import TEST
from opensos.rules.emergency import Answered, Cause, ClearedDown, Dial, Report, Unreached

if TYPE_CHECKING:
    from pathlib import Path


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


async def _call(centre: Centre, ca: Path | None) -> list[Report]:
    """Call the centre, let its operator clear down; return what the car heard."""
    heard: list[Report] = []
    news = asyncio.Event()

    def hear(report: Report) -> None:
        heard.append(report)
        news.set()

    console = centre.feed.open()
    clock = SystemClock()
    bearer = await open_ngecall(centre.sip_addresses[0], clock, b"s" * 32, ca=ca)
    bearer.listen(hear)
    order = Dial("1-1", 1, Cause.TEST, test=True, urn=TEST, message_identifier=1)
    bearer.dial(order, CallLoad(b"\x02\x00", None))
    try:
        async with asyncio.timeout(10):
            while not any(isinstance(r, ClearedDown | Unreached) for r in heard):
                news.clear()
                if any(isinstance(r, Answered) for r in heard):
                    await _clear_down(centre)
                await news.wait()
            if isinstance(heard[-1], ClearedDown):
                while b"call.cleared_down" not in (await console.take(10) or b""):
                    pass
    finally:
        await bearer.close()
    return heard


async def _clear_down(centre: Centre) -> None:
    [incident] = json.loads(await centre.overview(5))["incidents"]
    if incident["can"]["clear_down"]:
        await centre.act("clear-down", incident["id"])


def test_a_call_over_tls_is_stored_answered_and_cleared_down(tmp_path: Path) -> None:
    async def story() -> None:
        centre = Centre(_settings(tmp_path))
        await centre.start()
        try:
            heard = await _call(centre, tmp_path / "ca.pem")
            assert any(isinstance(r, Answered) for r in heard)
            assert isinstance(heard[-1], ClearedDown)
            assert '"state":"ended"' in await centre.overview(5)
        finally:
            await centre.stop()

    asyncio.run(story())


def test_a_car_that_does_not_trust_the_centre_sends_it_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        centre = Centre(_settings(tmp_path))
        await centre.start()
        try:
            other = tmp_path / "other.pem"
            trustme.CA().cert_pem.write_to_path(other)
            heard = await _call(centre, other)
            assert isinstance(heard[-1], Unreached)
            assert '"incidents":[]' in await centre.overview(5)
        finally:
            await centre.stop()

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
