"""What the self-test looks at: one frozen value per component, as its sensor or driver says it.

None always means "not known" (nobody answered, or the part cannot say), never zero, never false.
A whole reading that is None means "there is no such part, or no adapter for it"; that is a finding
of the self-test and not an error. ``heard_at`` (steady seconds) is when the part last answered by
itself: a hung line is seen by its age, because every port returns at once with what it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class Component(StrEnum):
    """The parts that an SOS call hangs on: what a monitor watches and a fault blames."""

    MAIN_SUPPLY = "main_supply"
    BACKUP_BATTERY = "backup_battery"
    MODEM = "modem"
    SIM = "sim"
    NETWORK = "network"
    MAIN_ANTENNA = "main_antenna"
    SECOND_ANTENNA = "second_antenna"
    EMERGENCY_ANTENNA = "emergency_antenna"
    GNSS_RECEIVER = "gnss_receiver"
    GNSS_ANTENNA = "gnss_antenna"
    MICROPHONE = "microphone"
    SPEAKER = "speaker"
    BUTTON = "button"
    LED = "led"
    AIRBAG_LINE = "airbag_line"
    ACCELEROMETER = "accelerometer"
    CLOCK = "clock"
    SOFTWARE = "software"
    HARDWARE = "hardware"
    STORAGE = "storage"
    BUS = "bus"
    CODING = "coding"
    MODE = "mode"
    PROVISIONING = "provisioning"


@unique
class Circuit(StrEnum):
    """What a line's own diagnosis says of it."""

    OK = "ok"
    OPEN = "open"
    SHORT_GROUND = "short_ground"
    SHORT_SUPPLY = "short_supply"
    WRONG_FOOT = "wrong_foot"  # an antenna's foot that is not the one expected (BMW A05E)


@unique
class Registration(StrEnum):
    """Where the modem stands with the network (3GPP TS 27.007 +CREG, in words)."""

    HOME = "home"
    ROAMING = "roaming"
    SEARCHING = "searching"
    DENIED = "denied"
    EMERGENCY_ONLY = "emergency_only"  # camped without a subscription: emergency calls only
    OFF = "off"


@unique
class Technology(StrEnum):
    """Radio technology of the serving cell."""

    GSM = "gsm"
    UMTS = "umts"
    LTE = "lte"
    NR = "nr"


@unique
class VehicleMode(StrEnum):
    """The car's energy and service modes; anything but normal may hold the unit back."""

    NORMAL = "normal"
    TRANSPORT = "transport"  # energy saving, as a car leaves the factory
    WORKSHOP = "workshop"
    TEST = "test"  # eCall test mode left over


@dataclass(frozen=True, slots=True)
class SimCard:
    """The subscriber card or eSIM.

    Attributes:
        state: ready, absent, locked or failed.
        profile: of an eSIM: enabled, disabled or none; None = no eSIM, or it cannot say.
    """

    state: str
    iccid: str | None = None
    number: str | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class BackupReading:
    """The unit's own battery.

    Attributes:
        fitted: whether a battery is plugged in.
        voltage_v: at the terminals; ``loaded_v`` under the self-test's load.
        temperature_c: of the cell.
        health_pct: full charge capacity over design, 0..100.
        charge_pct: state of charge, 0..100.
        installed_utc: when it was fitted, seconds since 1970.
        charging: whether it is being charged.
        circuit: open or short, as the charger sees it.
    """

    fitted: bool | None = None
    voltage_v: float | None = None
    loaded_v: float | None = None
    temperature_c: float | None = None
    health_pct: float | None = None
    charge_pct: float | None = None
    installed_utc: float | None = None
    charging: bool | None = None
    circuit: Circuit | None = None


@dataclass(frozen=True, slots=True)
class SupplyReading:
    """Volts of the car's battery and of the unit's own; ``main_connected`` False runs on backup."""

    main_v: float | None
    backup_v: float | None
    main_connected: bool | None


@dataclass(frozen=True, slots=True)
class ModemReading:
    """The cellular modem and what it says of the network.

    Attributes:
        heard_at: steady seconds of its last answer or unasked word.
        signal_dbm: received power of the serving cell (RSSI or RSRP as the technology has it).
        plmn: MCC and MNC as digits; ``operator`` is its name.
        ims_emergency: whether the cell offers IMS emergency calls (NG-eCall's road).
        cs_ecall: whether modem and cell can do a circuit-switched eCall.
        jammed: the modem's own jamming detection.
        technologies: what the hardware can use at all (decides on a network's sunset).
    """

    heard_at: float | None = None
    registration: Registration | None = None
    technology: Technology | None = None
    plmn: str | None = None
    operator: str | None = None
    signal_dbm: int | None = None
    sim: SimCard | None = None
    imei: str | None = None
    model: str | None = None
    firmware: str | None = None
    ims_emergency: bool | None = None
    cs_ecall: bool | None = None
    data: bool | None = None  # a packet session stands
    jammed: bool | None = None
    technologies: tuple[Technology, ...] | None = None
    antenna: str | None = None  # which one is in use: main or emergency


@dataclass(frozen=True, slots=True)
class GnssReading:
    """The satellite receiver. ``fix_kind`` is none, 2d or 3d."""

    heard_at: float | None = None
    fix_kind: str | None = None
    satellites_used: int | None = None
    satellites_seen: int | None = None
    cn0_dbhz: float | None = None
    accuracy_m: float | None = None
    utc: float | None = None


@dataclass(frozen=True, slots=True)
class AntennaReading:
    """One antenna's diagnosis: ``name`` is main, second, emergency or gnss."""

    name: str
    circuit: Circuit | None = None
    millivolts: int | None = None


@dataclass(frozen=True, slots=True)
class ToneResult:
    """What the microphone heard of the speaker's test tone at ``at`` (steady seconds).

    ``heard_db`` is the tone over the noise floor; None = the test was aborted.
    """

    at: float
    heard_db: float | None
    noise_db: float | None = None


@dataclass(frozen=True, slots=True)
class AudioReading:
    """Microphone and speaker: their lines' diagnosis, and the last tone test."""

    microphone: Circuit | None = None
    speaker: Circuit | None = None
    tone: ToneResult | None = None


@dataclass(frozen=True, slots=True)
class ButtonReading:
    """The SOS button: raw contact (bounces!), its circuit, and whether there is one."""

    pressed: bool | None = None
    circuit: Circuit | None = None
    fitted: bool | None = None


@dataclass(frozen=True, slots=True)
class LedReading:
    """The SOS lamp's circuit."""

    circuit: Circuit | None = None


@dataclass(frozen=True, slots=True)
class AirbagLineReading:
    """The line to the airbag unit: ``heard_at`` is its last sign of life (cyclic frame)."""

    heard_at: float | None = None
    circuit: Circuit | None = None
    unit_fault: bool | None = None  # the airbag unit itself reports a fault


@dataclass(frozen=True, slots=True)
class AccelerometerReading:
    """Health of the acceleration sensor, made from its samples by the unit.

    ``rate_hz`` is what was delivered lately; ``rest_g`` the magnitude of the mean while calm;
    ``noise_g`` the standard deviation (0 = frozen).
    """

    heard_at: float | None = None
    rate_hz: float | None = None
    rest_g: float | None = None
    noise_g: float | None = None


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The unit's civil clock; ``reference_utc`` is GNSS or network time at the same moment."""

    utc: float | None = None
    reference_utc: float | None = None


@dataclass(frozen=True, slots=True)
class SoftwareReading:
    """The unit's own software and board.

    Attributes:
        version: of the running software; ``newest`` is what the maker offers, as far as known.
        slot: a or b.
        image_ok: whether the slot's checksum holds.
        resets: unasked-for resets since the last ignition cycle began.
        hardware_ok: the board's own check (temperature sensors, voltage rails, moisture).
        storage_ok: whether memory takes writes; ``storage_free_pct`` 0..100.
        board_c: temperature.
    """

    version: str | None = None
    newest: str | None = None
    slot: str | None = None
    image_ok: bool | None = None
    resets: int | None = None
    hardware_ok: bool | None = None
    storage_ok: bool | None = None
    storage_free_pct: float | None = None
    board_c: float | None = None


@dataclass(frozen=True, slots=True)
class BusReading:
    """The car's bus as the unit sees it: ``state`` is ok, error_passive, bus_off or silent."""

    heard_at: float | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class SetupReading:
    """Coding, mode, provisioning.

    Attributes:
        coded: whether the unit is coded for this car at all.
        ecall_enabled: whether coding has the eCall switched on.
        message_hidden: the warning was coded away (a hiding, not a repair).
        mode: the car's energy or service mode.
        provisioned: whether the maker's backend has enrolled the unit.
        certificate_until_utc: when the unit's certificate ends, seconds since 1970.
        plan: subscription: active, trial, expired, suspended, none. The SOS call works in each.
    """

    coded: bool | None = None
    ecall_enabled: bool | None = None
    message_hidden: bool | None = None
    mode: VehicleMode | None = None
    provisioned: bool | None = None
    certificate_until_utc: float | None = None
    plan: str | None = None


@dataclass(frozen=True, slots=True)
class VehicleReading:
    """What the car is doing. ``country`` is ISO 3166 alpha-2."""

    ignition_on: bool | None = None
    engine_running: bool | None = None
    cranking: bool | None = None
    speed_kmh: float | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Readings:
    """Everything at one moment. ``at`` steady seconds; ``in_call`` from the call procedure."""

    at: float
    vehicle: VehicleReading = VehicleReading()
    in_call: bool = False
    service_mode: bool = False
    supply: SupplyReading | None = None
    backup: BackupReading | None = None
    modem: ModemReading | None = None
    gnss: GnssReading | None = None
    antennas: tuple[AntennaReading, ...] | None = None
    audio: AudioReading | None = None
    button: ButtonReading | None = None
    led: LedReading | None = None
    airbag_line: AirbagLineReading | None = None
    accelerometer: AccelerometerReading | None = None
    clock: ClockReading | None = None
    software: SoftwareReading | None = None
    bus: BusReading | None = None
    setup: SetupReading | None = None
