"""The workshop's tests of single parts by UDS: antennas (A05E), and which parts are there (A05F).

A test takes a second and answers with what the parts say then; the same for every unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opensos.protocols import bmw
from opensos.protocols.effects import RemoteError
from opensos.protocols.uds import Nrc, RoutineKind
from opensos.rules.readiness import bmw_data
from opensos.rules.readiness.readings import Circuit

if TYPE_CHECKING:
    from opensos.rules.readiness.readings import AntennaReading, Readings

TEST_S: Final = 1.0
ROUTINES: Final = frozenset({bmw.ANTENNA_TEST, bmw.FIT_TEST})

_ANTENNAS = {
    bmw.Antenna.TELEMATICS_1: "main",
    bmw.Antenna.TELEMATICS_2: "second",
    bmw.Antenna.GPS: "gnss",
    bmw.Antenna.BACKUP: "emergency",
}
_FITS = {
    bmw.Fit.ANTENNA_1: "main",
    bmw.Fit.ANTENNA_2: "second",
    bmw.Fit.GPS: "gnss",
    bmw.Fit.SPEAKER: "speaker",
    bmw.Fit.BUTTON: "button",
    bmw.Fit.LED: "led",
    bmw.Fit.BATTERY: "battery",
    bmw.Fit.AIRBAG_LINE: "airbag",
    bmw.Fit.BACKUP_ANTENNA: "emergency",
    bmw.Fit.MICROPHONE: "microphone",
}


class PartTests:
    """The two tests of one unit, each begun anew by every start."""

    def __init__(self) -> None:
        self._begun: dict[int, tuple[int, float]] = {}  # routine -> (what was asked, when)

    def ask(
        self, kind: int, rid: int, data: bytes, now: float, seen: Readings | None
    ) -> bytes | Nrc:
        """Answer a routine request; with nothing seen a test is aborted."""
        if rid not in ROUTINES or kind == RoutineKind.STOP:
            return Nrc.REQUEST_OUT_OF_RANGE
        antenna = rid == bmw.ANTENNA_TEST
        if kind == RoutineKind.START:
            try:
                wanted = (bmw.decode_antenna_request if antenna else bmw.decode_fit_request)(data)
            except RemoteError:
                return Nrc.REQUEST_OUT_OF_RANGE
            self._begun[rid] = (int(wanted), now)
        asked, begun = self._begun.get(rid, (0, None))
        if begun is None:
            status = bmw.Status.NOT_STARTED
        elif now - begun < TEST_S:
            status = bmw.Status.RUNNING
        elif seen is not None:
            return _antenna_result(seen, asked) if antenna else _fit_result(seen, bmw.Fit(asked))
        else:
            status = bmw.Status.ABORTED
        if antenna:
            return bmw.encode_antenna_result(bmw.AntennaResult(status))
        return bmw.encode_fit_result(bmw.FitResult(status))


def _antenna_result(seen: Readings, asked: int) -> bytes:
    return bmw_data.antenna_test(_antenna(seen, _ANTENNAS[bmw.Antenna(asked)]))


def _fit_result(seen: Readings, asked: bmw.Fit) -> bytes:
    there = bmw.Fit(0)
    for part, name in _FITS.items():
        if part & asked and _circuit(seen, name) is Circuit.OK:
            there |= part
    status = bmw.Status.OK if there == asked else bmw.Status.FAULT
    return bmw.encode_fit_result(bmw.FitResult(status, there))


def _antenna(seen: Readings, name: str) -> AntennaReading | None:
    return next((one for one in seen.antennas or () if one.name == name), None)


def _circuit(seen: Readings, name: str) -> Circuit | None:
    """Return what is known of a part's connection; None also where it is not plugged in."""
    antenna = _antenna(seen, name)
    if antenna is not None:
        return antenna.circuit
    audio, button, led = seen.audio, seen.button, seen.led
    backup, line = seen.backup, seen.airbag_line
    circuits = {
        "speaker": audio.speaker if audio else None,
        "microphone": audio.microphone if audio else None,
        "button": button.circuit if button and button.fitted is not False else None,
        "led": led.circuit if led else None,
        "battery": backup.circuit if backup and backup.fitted is not False else None,
        "airbag": line.circuit if line else None,
    }
    return circuits.get(name)
