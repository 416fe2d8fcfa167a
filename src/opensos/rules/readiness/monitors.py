"""Every test of the self-test, as data.

The table of ``docs/reference/self-test.md`` is compared with this one by a test.
"""

from __future__ import annotations

from typing import Final

from opensos.protocols.effects import LocalError
from opensos.rules.readiness import judges_cabin as cabin
from opensos.rules.readiness import judges_power as power
from opensos.rules.readiness import judges_radio as radio
from opensos.rules.readiness import judges_unit as unit
from opensos.rules.readiness.monitor import FORGET_AT_ONCE, Monitor, Symptom
from opensos.rules.readiness.outcome import Level
from opensos.rules.readiness.readings import Component
from opensos.rules.readiness.scene import Need

_OPEN = Symptom("open")
_SHORT_GROUND = Symptom("short_ground")
_SHORT_SUPPLY = Symptom("short_supply")
_LINE = (_OPEN, _SHORT_GROUND, _SHORT_SUPPLY)
_ANTENNA = (*_LINE, Symptom("wrong_foot"))
_GONE = Symptom("missing")
_QUIET = Need.SUPPLY_OK | Need.NOT_CRANKING

_POWER: Final = (
    Monitor(
        "main_supply.voltage",
        Component.MAIN_SUPPLY,
        (Symptom("too_low"), Symptom("too_high"), Symptom("disconnected")),
        power.main_supply,
        Need.NOT_CRANKING,
    ),
    Monitor(
        "main_supply.rest",
        Component.MAIN_SUPPLY,
        (Symptom("weak", Level.ADVICE, 3),),
        power.main_supply_rest,
        Need.PARKED | Need.NOT_CRANKING,
        fail_s=300,
        pass_s=30,
        trips=2,
    ),
    Monitor(
        "main_supply.charge",
        Component.MAIN_SUPPLY,
        (Symptom("not_charging", Level.ADVICE, 3),),
        power.main_supply_charge,
        Need.ENGINE,
        fail_s=300,
        pass_s=30,
        trips=2,
    ),
    Monitor(
        "backup_battery.line",
        Component.BACKUP_BATTERY,
        (*_LINE, _GONE),
        power.backup_line,
        Need.AWAKE,
    ),
    Monitor(
        "backup_battery.health",
        Component.BACKUP_BATTERY,
        (Symptom("nearing_end", Level.ADVICE, 3), Symptom("end_of_life")),
        power.backup_health,
        fail_s=30,
    ),
    Monitor(
        "backup_battery.load",
        Component.BACKUP_BATTERY,
        (Symptom("too_weak"),),
        power.backup_load,
        Need.AWAKE | Need.NO_CALL,
        fail_s=20,
    ),
    Monitor(
        "backup_battery.charge",
        Component.BACKUP_BATTERY,
        (Symptom("not_charging"),),
        power.backup_charge,
        Need.ENGINE | Need.NOT_TRANSPORT,
        fail_s=7200,
        trips=2,
    ),
)
_RADIO: Final = (
    Monitor(
        "modem.answers",
        Component.MODEM,
        (Symptom("silent", Level.NOT_READY, 1), Symptom("missing", Level.NOT_READY, 1)),
        radio.modem_answers,
        Need.AWAKE | _QUIET,
    ),
    Monitor(
        "sim.state",
        Component.SIM,
        (
            Symptom("absent", Level.NOT_READY, 1),
            Symptom("locked", Level.NOT_READY, 1),
            Symptom("failed", Level.NOT_READY, 1),
        ),
        radio.sim_state,
        Need.AWAKE | Need.MODEM_FRESH,
        fail_s=20,
    ),
    Monitor(
        "sim.profile",
        Component.SIM,
        (
            Symptom("profile_disabled", Level.NOT_READY, 1),
            Symptom("no_profile", Level.NOT_READY, 1),
        ),
        radio.sim_profile,
        Need.AWAKE | Need.MODEM_FRESH,
        fail_s=20,
    ),
    Monitor(
        "network.denied",
        Component.NETWORK,
        (Symptom("denied", Level.LIMITED, 2),),
        radio.network_denied,
        Need.AWAKE | Need.MODEM_FRESH | Need.NOT_JAMMED | Need.NOT_TRANSPORT,
        fail_s=80,
        trips=2,
    ),
    Monitor(
        "network.service",
        Component.NETWORK,
        (Symptom("no_service", Level.PLACE, 0, event=True),),
        radio.network_service,
        Need.AWAKE | Need.MODEM_FRESH | Need.NOT_TRANSPORT,
        fail_s=80,
    ),
    Monitor(
        "network.jamming",
        Component.NETWORK,
        (Symptom("jammed", Level.PLACE, 0, event=True),),
        radio.network_jammed,
        Need.MODEM_FRESH,
        fail_s=30,
    ),
    Monitor(
        "main_antenna.line",
        Component.MAIN_ANTENNA,
        _ANTENNA,
        radio.antenna("main"),
        _QUIET,
    ),
    Monitor(
        "second_antenna.line",
        Component.SECOND_ANTENNA,
        _ANTENNA,
        radio.antenna("second"),
        _QUIET,
    ),
    Monitor(
        "emergency_antenna.line",
        Component.EMERGENCY_ANTENNA,
        _ANTENNA,
        radio.antenna("emergency"),
        _QUIET,
    ),
    Monitor(
        "gnss_antenna.line",
        Component.GNSS_ANTENNA,
        _ANTENNA,
        radio.antenna("gnss"),
        _QUIET,
    ),
    Monitor(
        "gnss_receiver.answers",
        Component.GNSS_RECEIVER,
        (Symptom("silent"), _GONE),
        radio.receiver_answers,
        Need.AWAKE | _QUIET,
    ),
    Monitor(
        "gnss_receiver.fix",
        Component.GNSS_RECEIVER,
        (Symptom("no_fix"),),
        radio.receiver_fix,
        Need.AWAKE | Need.GNSS_ANTENNA | Need.NOT_JAMMED,
        fail_s=1800,
    ),
)
_CABIN: Final = (
    Monitor(
        "microphone.line",
        Component.MICROPHONE,
        (*_LINE, _GONE),
        cabin.microphone_line,
        _QUIET,
    ),
    Monitor(
        "microphone.tone",
        Component.MICROPHONE,
        (Symptom("deaf"),),
        cabin.microphone_tone,
        Need.NO_CALL | _QUIET,
        cycle="on_demand",
        retries=1,
    ),
    Monitor(
        "speaker.line",
        Component.SPEAKER,
        (*_LINE, _GONE),
        cabin.speaker_line,
        _QUIET,
    ),
    Monitor(
        "speaker.tone",
        Component.SPEAKER,
        (Symptom("mute"),),
        cabin.speaker_tone,
        Need.NO_CALL | _QUIET,
        cycle="on_demand",
        retries=1,
    ),
    Monitor(
        "button.line",
        Component.BUTTON,
        (*_LINE, _GONE),
        cabin.button_line,
        _QUIET,
    ),
    Monitor(
        "button.free",
        Component.BUTTON,
        (Symptom("stuck"),),
        cabin.button_free,
        Need.NO_CALL,
        fail_s=30,
        forget=FORGET_AT_ONCE,
    ),
    Monitor("led.line", Component.LED, _LINE, cabin.led_line, _QUIET),
    Monitor(
        "airbag_line.line",
        Component.AIRBAG_LINE,
        (*_LINE, _GONE),
        cabin.airbag_line,
        _QUIET,
    ),
    Monitor(
        "airbag_line.alive",
        Component.AIRBAG_LINE,
        (Symptom("silent"),),
        cabin.airbag_alive,
        Need.IGNITION | Need.BUS_ALIVE | _QUIET,
    ),
    Monitor(
        "airbag_line.unit",
        Component.AIRBAG_LINE,
        (Symptom("unit_fault"),),
        cabin.airbag_unit,
        Need.IGNITION | _QUIET,
    ),
    Monitor(
        "accelerometer.stream",
        Component.ACCELEROMETER,
        (Symptom("silent"), Symptom("frozen"), Symptom("slow"), _GONE),
        cabin.accelerometer_stream,
        Need.IGNITION | Need.AWAKE | _QUIET,
    ),
    Monitor(
        "accelerometer.rest",
        Component.ACCELEROMETER,
        (Symptom("not_1g"),),
        cabin.accelerometer_rest,
        Need.IGNITION | Need.AWAKE | _QUIET,
        fail_s=60,
    ),
)
_UNIT: Final = (
    Monitor(
        "clock.time",
        Component.CLOCK,
        (Symptom("implausible", Level.ADVICE, 3), Symptom("wrong", Level.ADVICE, 3)),
        unit.clock,
        Need.AWAKE,
        fail_s=60,
    ),
    Monitor(
        "software.image",
        Component.SOFTWARE,
        (Symptom("corrupt"),),
        unit.image,
        fail_s=0,
        pass_s=0,
        cycle="ignition",
    ),
    Monitor(
        "software.resets",
        Component.SOFTWARE,
        (Symptom("resetting"),),
        unit.resets,
        Need.SUPPLY_OK,
        fail_s=0,
        pass_s=30,
    ),
    Monitor(
        "software.version",
        Component.SOFTWARE,
        (Symptom("outdated", Level.ADVICE, 0, event=True),),
        unit.version,
    ),
    Monitor("hardware.board", Component.HARDWARE, (Symptom("defective"),), unit.board),
    Monitor(
        "hardware.temperature",
        Component.HARDWARE,
        (Symptom("too_hot", Level.LIMITED, 3), Symptom("too_cold", Level.LIMITED, 3)),
        unit.temperature,
        fail_s=60,
        pass_s=30,
    ),
    Monitor(
        "storage.state",
        Component.STORAGE,
        (Symptom("defective"), Symptom("full", Level.ADVICE, 3)),
        unit.storage,
        fail_s=5,
    ),
    Monitor(
        "bus.state",
        Component.BUS,
        (Symptom("bus_off"), Symptom("silent"), Symptom("disturbed", Level.ADVICE, 3)),
        unit.bus,
        Need.IGNITION | Need.AWAKE | _QUIET,
        fail_s=20,
    ),
    Monitor(
        "coding.state",
        Component.CODING,
        (Symptom("not_coded", Level.NOT_READY, 1), Symptom("disabled", Level.NOT_READY, 1)),
        unit.coding,
    ),
    Monitor(
        "coding.message",
        Component.CODING,
        (Symptom("hidden", Level.ADVICE, 0),),
        unit.message_hidden,
    ),
    Monitor(
        "mode.state",
        Component.MODE,
        (
            Symptom("transport", Level.NOT_READY, 1),
            Symptom("workshop", Level.LIMITED, 2),
            Symptom("test", Level.NOT_READY, 1),
        ),
        unit.mode,
        Need.IGNITION,
        fail_s=60,
    ),
    Monitor(
        "provisioning.enrolled",
        Component.PROVISIONING,
        (Symptom("not_provisioned", Level.LIMITED, 2),),
        unit.provisioned,
        fail_s=60,
    ),
    Monitor(
        "provisioning.certificate",
        Component.PROVISIONING,
        (Symptom("certificate_expired", Level.LIMITED, 2),),
        unit.certificate,
        Need.TIME_KNOWN,
        fail_s=60,
    ),
)

MONITORS: Final[tuple[Monitor, ...]] = (*_POWER, *_RADIO, *_CABIN, *_UNIT)
EVENTS: Final = (
    "software.reset_logged",
    "modem.modem_reset_logged",
    "network.network_event",
    "network.ecall_logged",
)
"""Keys of events that others report: they happened; nothing was tested."""


def all_keys() -> tuple[str, ...]:
    """Return every ``component.symptom`` that a monitor or an event can put into a memory."""
    return tuple(dict.fromkeys([key for one in MONITORS for key in one.keys] + list(EVENTS)))


def event_key(name: str) -> str:
    """Return the whole key of an event; its second half is enough.

    Raises:
        LocalError: there is no such event.
    """
    for key in EVENTS:
        if name in (key, key.partition(".")[2]):
            return key
    raise LocalError(f"{name!r} is no event that can be reported; there are {', '.join(EVENTS)}")
