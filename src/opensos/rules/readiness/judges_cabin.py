"""How microphone, speaker, button, lamp, airbag line and acceleration sensor are judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.rules.readiness.judges_power import line, missing
from opensos.rules.readiness.outcome import NO_READING, PASS, SKIP, Verdict, fail, finite
from opensos.rules.readiness.readings import Circuit, Component

if TYPE_CHECKING:
    from opensos.rules.readiness.readings import AudioReading, Readings, ToneResult
    from opensos.rules.readiness.scene import Scene

_BROKEN = (Circuit.OPEN, Circuit.SHORT_GROUND, Circuit.SHORT_SUPPLY, Circuit.WRONG_FOOT)


def microphone_line(readings: Readings, scene: Scene) -> Verdict:
    """Judge the microphone's line."""
    if readings.audio is None:
        return missing(scene, Component.MICROPHONE)
    return line(readings.audio.microphone)


def speaker_line(readings: Readings, scene: Scene) -> Verdict:
    """Judge the speaker's line."""
    if readings.audio is None:
        return missing(scene, Component.SPEAKER)
    return line(readings.audio.speaker)


def microphone_tone(readings: Readings, scene: Scene) -> Verdict:
    """Judge the microphone by a tone test: one that hears not even noise is deaf."""
    tone = _tone(readings.audio, scene.tone)
    heard = None if tone is None else finite(tone.heard_db)
    if tone is None or heard is None:
        return SKIP
    if heard >= scene.limits.tone_db:
        return PASS
    noise = finite(tone.noise_db)
    if noise is None:
        return SKIP
    if noise < _deaf_db(readings, scene):
        return fail("deaf", ("heard_db", heard), ("noise_db", noise))
    return PASS  # it hears the cabin


def speaker_tone(readings: Readings, scene: Scene) -> Verdict:
    """Judge the speaker by a tone test: a microphone that hears the cabin must hear the tone."""
    tone = _tone(readings.audio, scene.tone)
    heard = None if tone is None else finite(tone.heard_db)
    if tone is None or heard is None:
        return SKIP
    if heard >= scene.limits.tone_db:
        return PASS
    noise = finite(tone.noise_db)
    if noise is not None and not _deaf_db(readings, scene) <= noise <= scene.limits.tone_loud_db:
        return SKIP  # a deaf microphone, or too loud a place
    return fail("mute", ("heard_db", heard), ("noise_db", noise))


def _deaf_db(readings: Readings, scene: Scene) -> float:
    """Return the quietest background that a working microphone can hear here."""
    speed = finite(readings.vehicle.speed_kmh)
    if speed is not None and speed >= scene.limits.drive_kmh:
        return scene.limits.tone_deaf_driving_db
    return scene.limits.tone_deaf_db


def _tone(audio: AudioReading | None, tone: ToneResult | None) -> ToneResult | None:
    """Return a tone test that means something: not with a line known to be broken."""
    if audio is None or audio.microphone in _BROKEN or audio.speaker in _BROKEN:
        return None
    return tone


def button_line(readings: Readings, scene: Scene) -> Verdict:
    """Judge whether there is an SOS button, and its line."""
    button = readings.button
    if button is None or button.fitted is False:
        return missing(scene, Component.BUTTON)
    return line(button.circuit)


def button_free(readings: Readings, scene: Scene) -> Verdict:  # noqa: ARG001  # a judge's shape
    """Judge whether the button comes back: debounce tells a long press from a stuck one."""
    button = readings.button
    if button is None or button.pressed is None or button.fitted is False:
        return NO_READING
    if button.circuit in _BROKEN:
        return SKIP  # what the contact says means nothing
    return fail("stuck") if button.pressed else PASS


def led_line(readings: Readings, scene: Scene) -> Verdict:  # noqa: ARG001  # a judge's shape
    """Judge the lamp's line."""
    return NO_READING if readings.led is None else line(readings.led.circuit)


def airbag_line(readings: Readings, scene: Scene) -> Verdict:
    """Judge the line to the airbag unit."""
    if readings.airbag_line is None:
        return missing(scene, Component.AIRBAG_LINE)
    return line(readings.airbag_line.circuit)


def airbag_alive(readings: Readings, scene: Scene) -> Verdict:
    """Judge the airbag unit's sign of life."""
    airbag = readings.airbag_line
    if airbag is None:
        return NO_READING
    if airbag.circuit in _BROKEN:
        return SKIP  # the line is to blame
    return _alive(airbag.heard_at, readings.at, scene.limits.fast_silent_s)


def airbag_unit(readings: Readings, scene: Scene) -> Verdict:  # noqa: ARG001  # a judge's shape
    """Judge what the airbag unit says of itself."""
    airbag = readings.airbag_line
    if airbag is None or airbag.unit_fault is None:
        return NO_READING
    return fail("unit_fault") if airbag.unit_fault else PASS


def accelerometer_stream(readings: Readings, scene: Scene) -> Verdict:
    """Judge whether accelerations arrive, fast enough, and move at all."""
    sensor = readings.accelerometer
    if sensor is None:
        return missing(scene, Component.ACCELEROMETER)
    alive = _alive(sensor.heard_at, readings.at, scene.limits.fast_silent_s)
    if alive is not PASS:
        return alive
    noise, rate = finite(sensor.noise_g), finite(sensor.rate_hz)
    if noise is not None and noise < scene.limits.noise_g:
        return fail("frozen", ("noise_g", noise), ("rest_g", sensor.rest_g))
    if rate is not None and rate < scene.limits.rate_hz:
        return fail("slow", ("rate_hz", rate))
    return PASS


def accelerometer_rest(readings: Readings, scene: Scene) -> Verdict:
    """Judge whether gravity reads as 1 g."""
    sensor = readings.accelerometer
    rest = None if sensor is None else finite(sensor.rest_g)
    if sensor is None or rest is None:
        return NO_READING
    noise = finite(sensor.noise_g)
    if noise is not None and noise < scene.limits.noise_g:
        return SKIP  # frozen: what it says means nothing
    if abs(rest - 1.0) > scene.limits.rest_tolerance_g:
        return fail("not_1g", ("rest_g", rest))
    return PASS


def _alive(heard_at: float | None, at: float, longest_s: float) -> Verdict:
    last = finite(heard_at)
    if last is None:
        return fail("silent", ("age_s", None))
    age = at - last
    return fail("silent", ("age_s", round(age, 1))) if age > longest_s else PASS
