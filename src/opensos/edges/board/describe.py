"""What was found on the board, part by part, in words for a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.protocols.effects import OpenSosError
from opensos.rules.readiness.readings import Circuit

if TYPE_CHECKING:
    from collections.abc import Callable

    from .board import Board

SILENT_S = 30.0
"""A part that has said nothing for so long is silent."""

_CIRCUITS = {
    Circuit.OK: "sound",
    Circuit.OPEN: "open",
    Circuit.SHORT_GROUND: "short to ground",
    Circuit.SHORT_SUPPLY: "short to the supply",
    Circuit.WRONG_FOOT: "the wrong antenna",
}


@dataclass(frozen=True, slots=True)
class PartFound:
    """One line of ``opensos vehicle parts``.

    Attributes:
        part: name of the part as the board's file calls it.
        adapter: what does it, None if nothing is configured.
        state: works, silent (configured, but nothing comes), faulty, or absent (not configured).
        words: one sentence for a person; no full VIN, ICCID, IMEI or number.
    """

    part: str
    adapter: str | None
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class _Said:
    state: str
    words: str


def describe(board: Board, now: float) -> tuple[PartFound, ...]:
    """Return what each part says at this moment; never raises, never waits."""
    found = []
    for name, ask in _PARTS.items():
        adapter = board.parts.adapters.get(name)
        if adapter is None and name == "antenna" and board.antennas(now):
            adapter = "the receiver's own word"  # nothing is measured, but NMEA tells its antenna
        if adapter is None:
            found.append(PartFound(name, None, "absent", "Nothing is configured for this part."))
            continue
        try:
            said = ask(board, now)
        except OpenSosError as error:
            said = _Said("faulty", str(error))
        found.append(PartFound(name, adapter, said.state, said.words))
    return tuple(found)


# --- one function a part -------------------------------------------------------------------------


def _car(board: Board, now: float) -> _Said:  # noqa: ARG001  as all the others
    vin = board.identity.vin
    return _Said("works", f"VIN {vin[:3]}•••••••••••{vin[-3:]}, {board.identity.vehicle_type}.")


def _gnss(board: Board, now: float) -> _Said:
    reading = board.receiver(now)
    if reading is None:
        return _silent(board.parts.gnss)
    quiet = _quiet(board.parts.gnss, reading.heard_at, now)
    if quiet is not None:
        return quiet
    sky = f"{_count(reading.satellites_used)} of {_count(reading.satellites_seen)} satellites"
    if reading.fix_kind in {"2d", "3d"}:
        metres = "" if reading.accuracy_m is None else f", within about {reading.accuracy_m:.0f} m"
        return _Said("works", f"A {reading.fix_kind.upper()} fix with {sky}{metres}.")
    return _Said("works", f"The receiver speaks and has no fix: {sky}.")


def _modem(board: Board, now: float) -> _Said:
    reading = board.modem(now)
    if reading is None:
        return _silent(board.parts.modem)
    quiet = _quiet(board.parts.modem, reading.heard_at, now, 4 * SILENT_S)
    if quiet is not None:
        return quiet
    network = "network unknown" if reading.registration is None else reading.registration.value
    signal = "" if reading.signal_dbm is None else f", {reading.signal_dbm} dBm"
    card = board.sim_card(now).state
    words = f"{reading.model or 'A modem'}: {network.replace('_', ' ')}{signal}; card {card}."
    return _Said("works" if card == "ready" else "faulty", words)


def _accelerometer(board: Board, now: float) -> _Said:
    part = board.parts.accelerometer
    quiet = _quiet(part, getattr(part, "heard_at", None), now, 2.0)
    if quiet is not None:
        return quiet
    scale = board.full_scale.x
    reach = "its range is not known" if scale is None else f"range ±{scale:.0f} g"
    return _Said("works", f"Samples come; {reach}.")


def _supply(board: Board, now: float) -> _Said:
    reading = board.supply(now)
    if reading.main_connected is None and reading.main_v is None:
        return _silent(board.parts.main_power)
    volts = "voltage unknown" if reading.main_v is None else f"{reading.main_v:.1f} V"
    if reading.main_connected is False:
        return _Said("faulty", f"The car's supply is gone ({volts}).")
    return _Said("works", f"The car's supply is there: {volts}.")


def _battery(board: Board, now: float) -> _Said:
    reading = board.backup(now)
    if reading is None or (reading.fitted is None and reading.voltage_v is None):
        return _silent(board.parts.battery)
    if reading.fitted is False:
        return _Said("faulty", "No battery is plugged in.")
    known = [
        "" if reading.voltage_v is None else f"{reading.voltage_v:.2f} V",
        "" if reading.charge_pct is None else f"{reading.charge_pct:.0f} % charged",
        "" if reading.health_pct is None else f"{reading.health_pct:.0f} % of its capacity left",
        "" if reading.temperature_c is None else f"{reading.temperature_c:.0f} °C",
    ]
    return _Said("works", f"A battery: {', '.join(filter(None, known)) or 'it tells nothing'}.")


def _antenna(board: Board, now: float) -> _Said:
    readings = board.antennas(now) or ()
    words = ", ".join(
        f"{one.name} {_CIRCUITS[one.circuit] if one.circuit else 'not measured'}"
        for one in readings
    )
    if all(one.circuit is None for one in readings):
        return _silent(board.parts.antennas)
    bad = any(one.circuit not in {None, Circuit.OK} for one in readings)
    return _Said("faulty" if bad else "works", f"Antennas: {words}.")


def _audio(board: Board, now: float) -> _Said:
    reading = board.audio(now)
    tone = None if reading is None else reading.tone
    if tone is None:
        return _Said("silent", "No tone test has been made yet, so nothing is known.")
    if tone.heard_db is None:
        return _Said("faulty", f"The last tone test was aborted{_because(board.parts.audio)}.")
    return _Said("works", f"The last test heard the tone {tone.heard_db:.0f} dB over the noise.")


def _button(board: Board, now: float) -> _Said:
    part = board.parts.button
    trouble = _trouble(part)
    if trouble is not None:
        return _Said("faulty", f"The button cannot be heard: {trouble}.")
    # Not ``board.button``: that would take a press away from the unit.
    del now
    heard = getattr(part, "heard_at", None) is not None
    return _Said("works", "The button was pressed before." if heard else "The button is there.")


def _lamp(board: Board, now: float) -> _Said:
    del now
    trouble = _trouble(board.parts.lamp)
    if trouble is not None:
        return _Said("faulty", f"The lamp cannot be lit: {trouble}.")
    return _Said("works", "The lamp takes orders; whether it shines, the kernel cannot tell.")


def _can(board: Board, now: float) -> _Said:
    reading = board.bus(now)
    if reading is None or reading.state is None:
        return _silent(board.parts.can)
    line = board.airbag_line(now)
    airbag = "no airbag frame is configured"
    if line is not None:
        fresh = line.heard_at is not None and now - line.heard_at <= SILENT_S
        airbag = "the airbag unit speaks" if fresh else "the airbag unit is silent"
        if line.unit_fault:
            airbag += " and reports a fault of its own"
    state = {"ok": "works", "silent": "silent"}.get(reading.state, "faulty")
    return _Said(state, f"The bus is {reading.state.replace('_', ' ')}; {airbag}.")


def _software(board: Board, now: float) -> _Said:
    reading = board.software(now)
    if reading is None:
        return _silent(board.parts.software)
    version = reading.version or "of unknown version"
    slot = "" if reading.slot is None else f" in slot {reading.slot}"
    if reading.image_ok is False:
        return _Said("faulty", f"Software {version}{slot} does not match its checksum.")
    if reading.storage_ok is False:
        return _Said("faulty", f"Software {version}{slot}; the storage takes no writes.")
    return _Said("works", f"Software {version}{slot}.")


_PARTS: dict[str, Callable[[Board, float], _Said]] = {
    "car": _car,
    "modem": _modem,
    "gnss": _gnss,
    "accelerometer": _accelerometer,
    "can": _can,
    "supply": _supply,
    "battery": _battery,
    "antenna": _antenna,
    "audio": _audio,
    "button": _button,
    "lamp": _lamp,
    "software": _software,
}


# --- words ---------------------------------------------------------------------------------------


def _trouble(part: object) -> str | None:
    """Return why a part cannot be heard, in its adapter's own words without the full stop."""
    said = getattr(part, "trouble", None) or getattr(part, "why_away", None)
    return str(said).rstrip(".") if said else None


def _because(part: object) -> str:
    trouble = _trouble(part)
    return "" if trouble is None else f": {trouble}"


def _silent(part: object) -> _Said:
    return _Said("silent", f"Nothing is known of it{_because(part)}.")


def _quiet(
    part: object, heard_at: float | None, now: float, within_s: float = SILENT_S
) -> _Said | None:
    """Return what to say of a part that is silent; None for one that speaks."""
    if heard_at is None:
        return _Said("silent", f"It has not said anything yet{_because(part)}.")
    if now - heard_at > within_s:
        return _Said("silent", f"It was last heard {now - heard_at:.0f} s ago{_because(part)}.")
    return None


def _count(number: int | None) -> str:
    return "?" if number is None else str(number)
