"""Microphone and speaker by ALSA's own programs aplay and arecord, as child processes.

Child processes keep a hung driver out of ours: each has a time limit and is killed at its end.
ALSA tells no circuit of a microphone or a speaker; only the tone test shows that both work.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
import sys
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opensos.protocols.effects import LocalError
from opensos.rules.emergency.signals import SOUNDS
from opensos.rules.readiness.readings import AudioReading, ToneResult
from opensos.rules.readiness.tone import TONE_HZ, hear_tone, make_tones

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Mapping, Sequence

    from opensos.ports import Clock
    from opensos.rules.emergency.signals import Sound

RATE_HZ = 8000
"""A telephone's rate: what the call itself needs."""

_LEAD_S, _TONE_S, _TAIL_S = 0.2, 0.6, 0.4
_REPEAT_S = 60.0  # a repeating sound is generated for so long, then played again
_GONE_S = 3.0  # a killed program is gone by then, unless it hangs in a driver
_SLACK_S = 5.0  # what a player may take beyond the sound's length: a slow start


@dataclass(frozen=True, slots=True)
class AlsaSettings:
    """Which devices.

    Attributes:
        playback: PCM name for aplay (``default``, ``plughw:1,0``).
        capture: PCM name for arecord.
        config: ALSA configuration file instead of the system's (``ALSA_CONFIG_PATH``).
        limit_s: Neither program of a tone test may take longer than this.
    """

    playback: str = "default"
    capture: str = "default"
    config: str | None = None
    limit_s: float = 6.0


class AlsaAudio:
    """Keeps ``Audio``. Must be made inside a running event loop.

    Attributes:
        trouble: why the last sound or test failed, in a few words; None while all is well.
    """

    def __init__(self, clock: Clock, settings: AlsaSettings | None = None) -> None:
        self._settings = settings or AlsaSettings()
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._tone: ToneResult | None = None
        self._test: asyncio.Task[None] | None = None
        self._sound: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[Any]] = set()
        self._playing = "silence"
        self.trouble: str | None = None

    def audio(self, now: float) -> AudioReading:  # noqa: ARG002  the port's signature
        """Return the last tone test; ALSA knows no circuits."""
        return AudioReading(tone=self._tone)

    def test_tone(self, now: float) -> None:  # noqa: ARG002  the port's signature
        """Begin a tone test unless one runs; a sound that plays is stopped for it."""
        if self._test is None or self._test.done():
            self._stop_sound()
            self._test = self._loop.create_task(self._tone_test())

    def play(self, sound: str, now: float) -> None:  # noqa: ARG002  the port's signature
        """Play a sound of ``rules/emergency/signals.py``. Raises LocalError for another name.

        A running tone test gives way: a call's sounds are more important. The sound that plays
        already goes on when it repeats, and is not begun again.
        """
        chosen = SOUNDS.get(sound)
        if chosen is None:
            raise LocalError(f"There is no sound {sound!r}.")
        if sound == self._playing and chosen.repeats and self._sound is not None:
            return
        if chosen.tones and self._test is not None and not self._test.done():
            self._stop_test()
        self._stop_sound()
        self._playing = sound
        if chosen.tones:
            self._sound = self._loop.create_task(self._play(chosen))

    async def close(self) -> None:
        """Stop every sound and test, and end their processes."""
        self._stop_sound()
        self._stop_test()
        while self._ending:
            await asyncio.gather(*self._ending, return_exceptions=True)

    # --- inside ----------------------------------------------------------------------------------

    def _stop_sound(self) -> None:
        self._playing = "silence"
        self._stop(self._sound)
        self._sound = None

    def _stop_test(self) -> None:
        self._stop(self._test)
        self._test = None

    def _stop(self, task: asyncio.Task[None] | None) -> None:
        """Cancel a task and remember it until its program is gone."""
        if task is not None and not task.done():
            task.cancel()
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _play(self, sound: Sound) -> None:
        length = max(0.001, sum(seconds for _, seconds in sound.tones))
        rounds = max(1, int(_REPEAT_S / length)) if sound.repeats else 1
        # Made in a thread: a minute of samples takes longer than the loop may stand still.
        data = await asyncio.to_thread(_wav, sound.tones, rounds)
        limit_s = length * rounds + _SLACK_S
        while True:
            # A player that fails at once is asked again once a second and not a thousand times.
            failed = await self._child(self._player(), data, limit_s) is None
            if not sound.repeats:
                return
            await asyncio.sleep(1.0 if failed else 0.0)

    async def _tone_test(self) -> None:
        """Record while the tone plays; any failure of either program is an aborted test."""
        tones = ((0.0, _LEAD_S), (TONE_HZ, _TONE_S), (0.0, _TAIL_S))
        heard, noise = None, None
        try:
            data = await asyncio.to_thread(_wav, tones, 1)
            recorded, played = await asyncio.gather(
                self._child(self._recorder(), b"", self._settings.limit_s),
                self._child(self._player(), data, self._settings.limit_s),
            )
            if recorded is not None and played is not None:
                result = await asyncio.to_thread(hear_tone, _samples(recorded), RATE_HZ)
                if result is not None:
                    heard, noise = result.tone_db, result.noise_db
                else:
                    self.trouble = "arecord recorded nothing"
        finally:
            self._tone = ToneResult(self._clock.now(), heard, noise)

    def _player(self) -> Sequence[str]:
        return ("aplay", "-q", "-D", self._settings.playback, "-t", "wav", "-")

    def _recorder(self) -> Sequence[str]:
        count = int((_LEAD_S + _TONE_S + _TAIL_S) * RATE_HZ)
        form = ("-t", "raw", "-f", "S16_LE", "-r", str(RATE_HZ), "-c", "1", "-s", str(count))
        return ("arecord", "-q", "-D", self._settings.capture, *form, "-")

    async def _child(self, command: Sequence[str], data: bytes, limit_s: float) -> bytes | None:
        """Run one program; return what it said, None (and ``trouble``) when it failed.

        Its life is a task of its own that nobody cancels: a program whose start is cancelled can
        never be waited for (Python 3.11), and one that is left half ended leaks its pipes.
        """
        stop = asyncio.Event()
        life = self._loop.create_task(self._live(command, data, limit_s, stop))
        self._ending.add(life)
        life.add_done_callback(self._ending.discard)
        try:
            return await asyncio.shield(life)
        finally:
            stop.set()

    async def _live(
        self, command: Sequence[str], data: bytes, limit_s: float, stop: asyncio.Event
    ) -> bytes | None:
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=self._environment(),
            )
        except OSError as error:
            self.trouble = f"{command[0]} cannot be started: {error.strerror}"
            return None
        talk = self._loop.create_task(process.communicate(data))
        stopped = self._loop.create_task(stop.wait())
        await asyncio.wait((talk, stopped), timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not talk.done():
            self.trouble = None if stop.is_set() else f"{command[0]} hangs"
            await _end(process, talk)
            return None
        said, complaint = talk.result()
        self.trouble = None if process.returncode == 0 else _complaint(command[0], complaint)
        return said if process.returncode == 0 else None

    def _environment(self) -> Mapping[str, str] | None:
        if self._settings.config is None:
            return None
        return os.environ | {"ALSA_CONFIG_PATH": self._settings.config}


async def _end(process: Process, talk: asyncio.Task[tuple[bytes, bytes]]) -> None:
    """Kill a program and wait until its pipes are gone, but not for ever."""
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    if process.stdin is not None:
        process.stdin.close()
    await asyncio.wait((talk,), timeout=_GONE_S)
    talk.cancel()


def _complaint(program: str, complaint: bytes) -> str:
    lines = complaint.decode("utf-8", errors="replace").strip().splitlines()
    return f"{program}: {lines[-1][:120]}" if lines else f"{program} failed"


def _samples(raw: bytes) -> array[int]:
    samples = array("h", raw[: len(raw) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def _wav(tones: Sequence[tuple[float, float]], rounds: int) -> bytes:
    """Return a WAV file of one channel, 16 bits (RIFF; made in memory, never on disk)."""
    samples = make_tones(tones, RATE_HZ) * rounds
    if sys.byteorder == "big":
        samples.byteswap()
    body = samples.tobytes()
    form = struct.pack("<HHIIHH", 1, 1, RATE_HZ, RATE_HZ * 2, 2, 16)
    head = struct.pack("<4sI4s4sI", b"RIFF", 36 + len(body), b"WAVE", b"fmt ", 16)
    return head + form + struct.pack("<4sI", b"data", len(body)) + body
