"""Microphone and speaker through ALSA's own ``file`` and ``null`` devices; no sound card."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from functools import partial
from typing import TYPE_CHECKING

import pytest

from opensos.edges.alsa import RATE_HZ, AlsaAudio, AlsaSettings
from opensos.protocols.effects import LocalError
from opensos.rules.emergency.signals import SOUNDS
from opensos.rules.readiness.readings import ToneResult
from opensos.rules.readiness.tone import TONE_HZ, hear_tone, make_tones
from tests.edges.clocks import StillClock
from tests.edges.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

needs_alsa = pytest.mark.skipif(shutil.which("aplay") is None, reason="aplay is not installed")


def a_card(directory: Path, heard: bytes) -> AlsaSettings:
    """Write an ALSA configuration whose speaker is a file and whose microphone is another."""
    (directory / "heard.raw").write_bytes(heard)
    config = directory / "asound.conf"
    config.write_text(
        f"""
        pcm.speaker {{
            type file
            slave.pcm {{ type null }}
            file "{directory}/said.raw"
            format raw
        }}
        pcm.microphone {{
            type file
            slave.pcm {{ type null }}
            file "/dev/null"
            infile "{directory}/heard.raw"
            format raw
        }}
        """
    )
    return AlsaSettings("speaker", "microphone", str(config))


def with_audio(
    settings: AlsaSettings, story: Callable[[AlsaAudio], Coroutine[object, object, None]]
) -> None:
    async def whole() -> None:
        audio = AlsaAudio(StillClock(), settings)
        try:
            await story(audio)
        finally:
            await audio.close()

    asyncio.run(whole())


def tone_of(audio: AlsaAudio) -> ToneResult | None:
    return audio.audio(0.0).tone


def holds(path: Path, size: int) -> bool:
    return path.exists() and path.stat().st_size >= size


def a_tone() -> bytes:
    return make_tones(((0.0, 0.2), (TONE_HZ, 0.6), (0.0, 0.4)), RATE_HZ).tobytes()


@needs_alsa
@pytest.mark.alsa
def test_a_microphone_that_hears_the_speaker_passes_the_tone_test(tmp_path: Path) -> None:
    async def story(audio: AlsaAudio) -> None:
        assert tone_of(audio) is None
        audio.test_tone(0.0)
        await until(lambda: tone_of(audio))
        tone = tone_of(audio)
        assert tone is not None
        assert tone.at == 100.0
        assert tone.heard_db is not None
        assert tone.heard_db > 30
        assert audio.trouble is None
        said = hear_tone(memoryview((tmp_path / "said.raw").read_bytes()).cast("h"), RATE_HZ)
        assert said is not None
        assert said.tone_db > 30  # and the speaker really was given the tone

    with_audio(a_card(tmp_path, a_tone()), story)


@needs_alsa
@pytest.mark.alsa
def test_a_deaf_microphone_is_a_test_that_heard_nothing(tmp_path: Path) -> None:
    async def story(audio: AlsaAudio) -> None:
        audio.test_tone(0.0)
        await until(lambda: tone_of(audio))
        assert tone_of(audio) == ToneResult(100.0, 0.0, None)

    with_audio(a_card(tmp_path, bytes(2 * 2 * RATE_HZ)), story)


@needs_alsa
@pytest.mark.alsa
def test_every_sound_is_given_to_the_speaker(tmp_path: Path) -> None:
    async def story(audio: AlsaAudio) -> None:
        said = tmp_path / "said.raw"
        for name, sound in SOUNDS.items():
            if not sound.tones or sound.repeats:
                continue
            said.unlink(missing_ok=True)
            audio.play(name, 0.0)
            length = 2 * len(make_tones(sound.tones, RATE_HZ))
            await until(partial(holds, said, length))
        assert audio.trouble is None

    with_audio(a_card(tmp_path, b""), story)


@needs_alsa
@pytest.mark.alsa
def test_a_device_that_does_not_exist_is_an_aborted_test(tmp_path: Path) -> None:
    async def story(audio: AlsaAudio) -> None:
        audio.test_tone(0.0)
        await until(lambda: tone_of(audio))
        assert tone_of(audio) == ToneResult(100.0, None)
        assert audio.trouble is not None
        assert audio.trouble.startswith("a")

    settings = a_card(tmp_path, b"")
    with_audio(AlsaSettings("nocard", "nocard", settings.config), story)


def a_program(directory: Path, name: str, script: str) -> None:
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put pretend programs in front of the real ones."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


def test_programs_that_hang_are_ended_and_the_test_is_aborted(programs: Path) -> None:
    for name in ("aplay", "arecord"):
        a_program(programs, name, f"echo $$ >> {programs}/pids; exec sleep 600")

    async def story(audio: AlsaAudio) -> None:
        audio.test_tone(0.0)
        await until(lambda: tone_of(audio))
        assert tone_of(audio) == ToneResult(100.0, None)
        assert audio.trouble in {"arecord hangs", "aplay hangs"}
        pids = [int(pid) for pid in (programs / "pids").read_text().split()]
        assert pids
        await until(lambda: not any(alive(pid) for pid in pids))

    with_audio(AlsaSettings(limit_s=0.5), story)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_repeating_sound_goes_on_until_silence(programs: Path) -> None:
    a_program(programs, "aplay", f"echo $$ >> {programs}/pids; cat > /dev/null; exec sleep 600")

    async def story(audio: AlsaAudio) -> None:
        pids = programs / "pids"
        audio.play("dialling", 0.0)
        await until(lambda: pids.exists() and pids.read_text().endswith("\n"))
        audio.play("dialling", 0.0)  # said again each look: not begun again
        pid = int(pids.read_text())
        assert alive(pid)
        audio.play("silence", 0.0)
        await until(lambda: not alive(pid))
        assert len(pids.read_text().split()) == 1

    with_audio(AlsaSettings(), story)


def test_a_calls_sound_ends_a_tone_test(programs: Path) -> None:
    a_program(programs, "arecord", "exec sleep 600")
    a_program(programs, "aplay", f"cat > /dev/null; echo $$ >> {programs}/played")

    async def story(audio: AlsaAudio) -> None:
        audio.test_tone(0.0)
        await until(partial(holds, programs / "played", 2))  # it has written, and not begun to
        audio.play("refused", 0.0)
        await until(lambda: tone_of(audio))
        assert tone_of(audio) == ToneResult(100.0, None)
        await until(lambda: len((programs / "played").read_text().split()) == 2)

    with_audio(AlsaSettings(), story)


def test_missing_programs_are_an_aborted_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    async def story(audio: AlsaAudio) -> None:
        audio.test_tone(0.0)
        await until(lambda: tone_of(audio))
        assert tone_of(audio) == ToneResult(100.0, None)
        assert audio.trouble is not None
        assert audio.trouble.endswith("cannot be started: No such file or directory")

    with_audio(AlsaSettings(), story)


def test_a_sound_that_nobody_knows_is_refused() -> None:
    async def story(audio: AlsaAudio) -> None:
        with pytest.raises(LocalError, match="no sound 'disco'"):
            audio.play("disco", 0.0)

    with_audio(AlsaSettings(), story)
