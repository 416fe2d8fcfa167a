"""What can be wrong with the pretend car, as dials: each fault turns some, the physics reads them.

A dial's default is the healthy value. Nothing here says what the unit sees: that follows from the
physics of the part (``battery.py``, ``radio.py``, ``cabin.py`` …).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Damage:
    """Every dial. Names of circuits are ``Circuit``'s: ok, open, short_ground, short_supply.

    Attributes:
        main_health: 12 V battery's capacity and cranking strength over new, 0..1.
        main_cell_drop_v: volts lost by a dead cell.
        main_disconnected: 12 V does not reach the unit at all.
        alternator_ok: whether driving charges.
        charge_over_v: volts that a broken regulator charges too high.
        surge_v: volts of load-dump peaks on top of everything while the engine runs.
        ground_ohm: resistance in the unit's earth.
        drain_a: amperes that something draws while the car is parked.
        radio_noise_db: how far the cellular bands' noise floor is lifted.
        gnss_noise_db: the same for the satellite band.
        backup_fitted: whether the unit's own battery is plugged in.
        backup_health: its capacity over new, 0..1, on top of its age.
        backup_extra_years: years added to its age.
        backup_circuit: what the charger sees.
        main_antenna: circuit of the roof fin's first antenna; ``*_loss_db`` weakens it.
        second_antenna: the fin's second.
        emergency_antenna: the one on the rear shelf.
        gnss_antenna: the satellite antenna.
        gnss_receiver: ok, dead (no answer) or deaf (answers without satellites).
        microphone: circuit; ``microphone_loss_db`` deafens it.
        speaker: circuit; ``speaker_loss_db`` weakens it.
        button: circuit; ``button_stuck`` holds it, ``button_chatter`` lets it bounce without end.
        button_fitted: whether the plug is in.
        led: circuit.
        airbag_line: circuit; ``airbag_silent`` stops the cyclic frame.
        airbag_unit_fault: the airbag unit says that it is ill itself.
        accelerometer: ok, dead, frozen or drifted.
        sim_state: ready, absent, locked or failed; ``sim_profile`` of the eSIM.
        sim_active: whether the operator lets the subscription in.
        denied: the network refuses registration.
        roaming_allowed: whether the subscription works abroad.
        jammed: a jammer is near.
        home_dead_db: loss of every layer at the place called home.
        everywhere_dead_db: loss of every layer wherever the car is.
        modem: ok, dead (no answer) or hung (stopped answering).
        old_modem: which technologies the hardware has: "" all, "2g" or "3g" at most.
        layers_off: layers that this operator has switched off, by name.
        provisioned: the maker's backend knows the unit.
        certificate_expired: the unit's certificate is past its end.
        plan: the subscription.
        version_behind: the software is older than the newest.
        hang: the software hangs: what the unit says of itself stands still.
        image_ok: the slot's checksum holds.
        update_open: an update stopped half-way.
        hardware_ok: the board's own check.
        moisture: water in or on the unit, 0..1.
        reset_every_s: the unit restarts by itself this often, 0 = never.
        storage_ok: memory takes writes; ``storage_free_pct`` what is left.
        over_hot_c: degrees that the board is too warm.
        bus: ok, error_passive, bus_off or silent.
        ethernet_ok: the Ethernet link.
        most_ring: whole, broken (no light) or a node's name that is dead.
        mode: the energy or service mode left over.
        ecall_enabled: coded on.
        message_hidden: the warning is coded away.
        coded: the unit is coded for this car.
        clock_unset: civil time is not known.
        clock_jump_s: how far the civil clock is off.
        key_fob_empty: the key's cell is empty.
    """

    main_health: float = 1.0
    main_cell_drop_v: float = 0.0
    main_disconnected: bool = False
    alternator_ok: bool = True
    charge_over_v: float = 0.0
    surge_v: float = 0.0
    ground_ohm: float = 0.0
    drain_a: float = 0.0
    radio_noise_db: float = 0.0
    gnss_noise_db: float = 0.0
    backup_fitted: bool = True
    backup_health: float = 1.0
    backup_extra_years: float = 0.0
    backup_circuit: str = "ok"
    main_antenna: str = "ok"
    main_antenna_loss_db: float = 0.0
    second_antenna: str = "ok"
    second_antenna_loss_db: float = 0.0
    emergency_antenna: str = "ok"
    emergency_antenna_loss_db: float = 0.0
    gnss_antenna: str = "ok"
    gnss_antenna_loss_db: float = 0.0
    gnss_receiver: str = "ok"
    microphone: str = "ok"
    microphone_loss_db: float = 0.0
    speaker: str = "ok"
    speaker_loss_db: float = 0.0
    button: str = "ok"
    button_stuck: bool = False
    button_chatter: bool = False
    button_fitted: bool = True
    led: str = "ok"
    airbag_line: str = "ok"
    airbag_silent: bool = False
    airbag_unit_fault: bool = False
    accelerometer: str = "ok"
    sim_state: str = "ready"
    sim_profile: str = "enabled"
    sim_active: bool = True
    denied: bool = False
    roaming_allowed: bool = True
    jammed: bool = False
    home_dead_db: float = 0.0
    everywhere_dead_db: float = 0.0
    modem: str = "ok"
    old_modem: str = ""
    layers_off: str = ""
    provisioned: bool = True
    certificate_expired: bool = False
    plan: str = "active"
    version_behind: bool = False
    hang: bool = False
    image_ok: bool = True
    update_open: bool = False
    hardware_ok: bool = True
    moisture: float = 0.0
    reset_every_s: float = 0.0
    storage_ok: bool = True
    storage_free_pct: float = 62.0
    over_hot_c: float = 0.0
    bus: str = "ok"
    ethernet_ok: bool = True
    most_ring: str = "whole"
    mode: str = "normal"
    ecall_enabled: bool = True
    message_hidden: bool = False
    coded: bool = True
    clock_unset: bool = False
    clock_jump_s: float = 0.0
    key_fob_empty: bool = False


HEALTHY = Damage()
DIALS: Mapping[str, Any] = {field.name: field.default for field in fields(Damage)}
"""Every dial with its healthy value; a fault's file may turn these and no others."""


def combined(turned: Iterable[tuple[Mapping[str, Any], float]]) -> Damage:
    """Return what several faults do together.

    Args:
        turned: the dials of each fault and its severity, 0 < severity <= 1, oldest first. A figure
            moves from its healthy value by the severity's share, and of several faults the one that
            moves it farthest counts; of words the newest counts.
    """
    values: dict[str, Any] = {}
    for dials, severity in turned:
        for name, value in dials.items():
            healthy = DIALS[name]
            if isinstance(healthy, bool | str):
                values[name] = value
                continue
            moved = healthy + (value - healthy) * severity
            if abs(moved - healthy) >= abs(values.get(name, healthy) - healthy):
                values[name] = moved
    return Damage(**values) if values else HEALTHY
