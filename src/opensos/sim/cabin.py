"""Microphone, speaker, SOS button and lamp of the pretend car."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opensos.rules.readiness.readings import (
    AudioReading,
    ButtonReading,
    Circuit,
    LedReading,
    ToneResult,
)
from opensos.sim.dice import bell, share

if TYPE_CHECKING:
    from opensos.sim.damage import Damage

TONE_S: Final = 1.0
_TONE_DB = 34.0  # over the noise floor of a car at rest
_TONE_DB_PER_KMH = -0.1
_FLOOR_DB = -58.0  # of full scale; a dead microphone falls far below what any cabin is
_FLOOR_DB_PER_KMH = 0.25
BOUNCE_S: Final = 0.008
"""A new contact bounces for some milliseconds after each edge."""

_CHATTER_SHARE = 0.35  # of milliseconds in which a worn contact is closed by itself


@dataclass(slots=True)
class _Tone:
    at: float
    aborted: bool = False


class Cabin:
    """What a person sees, hears and presses."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._tone: _Tone | None = None
        self._edges: list[tuple[float, bool]] = []
        self._read_at = float("-inf")
        self.sound = "silence"
        self.pattern = "off"

    # --- audio -----------------------------------------------------------------------------------

    def test_tone(self, now: float) -> None:
        """Begin a tone test."""
        self._tone = _Tone(now + TONE_S)

    def play(self, sound: str, now: float) -> None:
        """Play a sound; one that begins during a tone test spoils it."""
        self.sound = sound
        if self._tone is not None and now < self._tone.at and sound != "silence":
            self._tone.aborted = True

    def audio(self, now: float, damage: Damage, speed_kmh: float) -> AudioReading:
        """Return the lines' diagnosis and the last tone test that is over."""
        tone = None
        if self._tone is not None and now >= self._tone.at:
            tone = self._heard(self._tone, damage, speed_kmh)
        return AudioReading(Circuit(damage.microphone), Circuit(damage.speaker), tone)

    def _heard(self, tone: _Tone, damage: Damage, speed_kmh: float) -> ToneResult:
        jitter = bell(self._seed, "tone", int(tone.at))
        cabin = _FLOOR_DB + _FLOOR_DB_PER_KMH * speed_kmh + jitter
        floor = round(cabin - damage.microphone_loss_db, 1)
        if tone.aborted:
            return ToneResult(tone.at, None, floor)
        level = _TONE_DB + _TONE_DB_PER_KMH * speed_kmh + jitter
        level -= damage.microphone_loss_db + damage.speaker_loss_db
        if damage.microphone != "ok" or damage.speaker != "ok":
            level = 0.3 * abs(jitter)
        return ToneResult(tone.at, round(max(0.0, level), 1), floor)

    # --- button and lamp -------------------------------------------------------------------------

    def push(self, now: float, *, down: bool) -> None:
        """Press or release the button."""
        if (self._edges[-1][1] if self._edges else False) is not down:
            self._edges = [*self._edges[-7:], (now, down)]

    def held(self) -> bool:
        """Whether somebody holds it now."""
        return bool(self._edges) and self._edges[-1][1]

    def button(self, now: float, damage: Damage) -> ButtonReading:
        """Return the raw contact. A press that came and went since the last call shows once."""
        missed = any(down and self._read_at < at <= now for at, down in self._edges)
        self._read_at = max(self._read_at, now)
        if not damage.button_fitted:
            return ButtonReading(pressed=None, circuit=Circuit.OPEN, fitted=False)
        circuit = Circuit(damage.button)
        if circuit is Circuit.OPEN:
            return ButtonReading(pressed=False, circuit=circuit, fitted=True)
        closed = circuit is not Circuit.OK or damage.button_stuck
        pressed = closed or self._contact(now, damage) or (missed and not self.held())
        return ButtonReading(pressed=pressed, circuit=circuit, fitted=True)

    def _contact(self, now: float, damage: Damage) -> bool:
        down = self.held()
        millisecond = int(now * 1000.0)
        if damage.button_chatter:
            closed = share(self._seed, "chatter", millisecond) < _CHATTER_SHARE
            return down is not closed
        if self._edges and now - self._edges[-1][0] < BOUNCE_S:
            return share(self._seed, "bounce", millisecond) < 0.5
        return down

    def lamp(self, damage: Damage) -> LedReading:
        """Return the lamp's circuit."""
        return LedReading(Circuit(damage.led))

    def lit(self, damage: Damage) -> str:
        """Return the pattern that a person sees: a broken lamp is dark."""
        return self.pattern if damage.led == "ok" else "off"
