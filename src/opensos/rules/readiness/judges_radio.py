"""How modem, SIM, network, receiver and antennas are judged.

No coverage, a tunnel, a garage, roaming and minutes of jamming are no fault of a part: they are
told apart here, and end as events of the place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.rules.readiness.judges_power import circuit, missing
from opensos.rules.readiness.outcome import NO_READING, PASS, SKIP, Verdict, fail, finite
from opensos.rules.readiness.readings import Component, Registration

if TYPE_CHECKING:
    from opensos.rules.readiness.monitor import Judge
    from opensos.rules.readiness.readings import GnssReading, ModemReading, Readings
    from opensos.rules.readiness.scene import Scene

_REGISTERED = (Registration.HOME, Registration.ROAMING)
_SEEN_WEIGHT = 6.0  # satellites in view prove the sky at once; driving proves it little by little


def modem_answers(readings: Readings, scene: Scene) -> Verdict:
    """Judge a hung modem by the age of its last word."""
    modem = readings.modem
    if modem is None:
        return missing(scene, Component.MODEM)
    return _heard(modem.heard_at, readings.at, scene.limits.silent_s)


def receiver_answers(readings: Readings, scene: Scene) -> Verdict:
    """Judge a hung satellite receiver by the age of its last word."""
    gnss = readings.gnss
    if gnss is None:
        return missing(scene, Component.GNSS_RECEIVER)
    return _heard(gnss.heard_at, readings.at, scene.limits.silent_s)


def _heard(heard_at: float | None, at: float, longest_s: float) -> Verdict:
    last = finite(heard_at)
    if last is None:
        return fail("silent", ("age_s", None))
    age = at - last
    return fail("silent", ("age_s", round(age, 1))) if age > longest_s else PASS


def sim_state(readings: Readings, scene: Scene) -> Verdict:  # noqa: ARG001  # a judge's shape
    """Judge the subscriber card."""
    sim = None if readings.modem is None else readings.modem.sim
    if sim is None:
        return NO_READING
    if sim.state == "ready":
        return PASS
    return fail(sim.state) if sim.state in ("absent", "locked", "failed") else NO_READING


def sim_profile(readings: Readings, scene: Scene) -> Verdict:  # noqa: ARG001  # a judge's shape
    """Judge the profile of an eSIM."""
    sim = None if readings.modem is None else readings.modem.sim
    if sim is None or sim.profile is None:
        return NO_READING
    if sim.state not in ("ready", "absent"):
        return SKIP  # the card itself is to blame
    if sim.profile == "enabled":
        return PASS
    if sim.profile == "disabled":
        return fail("profile_disabled")
    return fail("no_profile") if sim.profile == "none" else NO_READING


def network_denied(readings: Readings, scene: Scene) -> Verdict:  # noqa: ARG001  # a judge's shape
    """Judge whether networks refuse this subscription, wherever the car is."""
    modem = readings.modem
    if modem is None or modem.registration is None:
        return NO_READING
    if modem.registration in _REGISTERED:
        return PASS
    if modem.registration is not Registration.DENIED:
        return SKIP
    if modem.sim is not None and modem.sim.state != "ready":
        return SKIP  # the card is to blame
    return fail("denied", ("plmn", modem.plmn))


def network_service(readings: Readings, scene: Scene) -> Verdict:  # noqa: ARG001  # a judge's shape
    """Judge whether there is a network here: an event of the place, no fault."""
    modem = readings.modem
    if modem is None or modem.registration is None:
        return NO_READING
    if modem.registration in (Registration.SEARCHING, Registration.OFF):
        return fail("no_service", *_radio(modem))
    return PASS


def network_jammed(readings: Readings, scene: Scene) -> Verdict:  # noqa: ARG001  # a judge's shape
    """Judge whether somebody jams the network here."""
    modem = readings.modem
    if modem is None or modem.jammed is None:
        return NO_READING
    return fail("jammed", *_radio(modem)) if modem.jammed else PASS


def _radio(modem: ModemReading) -> tuple[tuple[str, str | int | None], ...]:
    where = None if modem.registration is None else modem.registration.value
    return (("registration", where), ("signal_dbm", modem.signal_dbm))


def receiver_fix(readings: Readings, scene: Scene) -> Verdict:
    """Judge whether the receiver finds a position under a sky that is open for sure.

    Satellites in view, strong ones, prove it. Driving proves it little by little: no garage is
    driven through at this speed, and half an hour is longer than the longest road tunnel takes.
    """
    gnss = readings.gnss
    if gnss is None or gnss.fix_kind is None:
        return NO_READING
    if gnss.fix_kind != "none":
        return PASS
    data = (("satellites_seen", gnss.satellites_seen), ("cn0_dbhz", gnss.cn0_dbhz))
    if _open_sky(gnss, scene):
        return fail("no_fix", *data, weight=_SEEN_WEIGHT)
    speed = finite(readings.vehicle.speed_kmh)
    if speed is not None and speed >= scene.limits.drive_kmh:
        return fail("no_fix", *data)
    return SKIP


def _open_sky(gnss: GnssReading, scene: Scene) -> bool:
    seen, strength = gnss.satellites_seen, finite(gnss.cn0_dbhz)
    if seen is None or strength is None:
        return False
    return seen >= scene.limits.seen_satellites and strength >= scene.limits.seen_cn0_dbhz


def antenna(name: str) -> Judge:
    """Return the judge of one antenna's line."""

    def judge(readings: Readings, scene: Scene) -> Verdict:  # noqa: ARG001  # a judge's shape
        for one in readings.antennas or ():
            if one.name == name:
                verdict = circuit(one.circuit)
                if verdict.symptom is None or one.millivolts is None:
                    return verdict
                return Verdict(verdict.outcome, verdict.symptom, (("millivolts", one.millivolts),))
        return NO_READING

    return judge
