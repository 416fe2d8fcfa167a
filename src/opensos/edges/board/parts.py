"""One function a part: from its table of the board's file to the adapter that does it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from opensos.edges.acceleration import IDENTITY, as_matrix
from opensos.ports import VehicleIdentity
from opensos.protocols.effects import RoadError, UserError

from .board import BoardIdentity

if TYPE_CHECKING:
    from opensos.edges.acceleration import Matrix
    from opensos.edges.iio_adc import AdcChannel
    from opensos.ports import Clock

    from .board import (
        AccelerometerPart,
        AntennasPart,
        AudioPart,
        BackupPart,
        ButtonPart,
        GnssPart,
        LampPart,
        ModemPart,
        PowerPart,
    )
    from .table import Table

# Adapters are imported where they are opened: an idle unit pays for no part that it lacks.

_IIO = "/sys/bus/iio/devices"
_POWER = "/sys/class/power_supply"
_LEDS = "/sys/class/leds"
_COLOURS = ("green", "amber", "red")
_ANTENNAS = ("main", "second", "emergency", "gnss")
_VIN = frozenset("0123456789ABCDEFGHJKLMNPRSTUVWXYZ")
_HIGHEST_HZ = 10_000.0


def identity(table: Table) -> BoardIdentity:
    """``[car]``: who the car is."""
    vin = table.text("vin")
    vin_file = table.text("vin_file")
    if vin is None and vin_file is not None:
        try:
            vin = Path(vin_file).read_text("ascii").strip()
        except (OSError, ValueError):
            raise UserError(f"{vin_file} (car.vin_file) cannot be read as a VIN.") from None
    if vin is None:
        raise UserError("The board's file must say car.vin or car.vin_file.")
    if len(vin) != 17 or not _VIN.issuperset(vin):
        raise UserError("The car's VIN must be 17 characters, digits and capitals without I, O, Q.")
    country = table.text("country")
    if country is not None and not (len(country) == 2 and country.isascii() and country.isupper()):
        raise table.wrong("country", "must be two capitals (ISO 3166), as in DE")
    return BoardIdentity(
        VehicleIdentity(vin, table.text("vehicle_type") or "M1", table.texts("propulsion")),
        country,
    )


def gnss(table: Table, clock: Clock) -> tuple[GnssPart, str]:
    """``[gnss]``: gpsd, or NMEA on a serial line."""
    if table.choice("kind", ("gpsd", "nmea")) == "gpsd":
        from opensos.edges.gpsd import PORT, Gpsd, GpsdSettings  # noqa: PLC0415  see above

        settings = GpsdSettings(
            host=table.text("host") or "127.0.0.1",
            port=table.whole_or("port", PORT, 1, 65_535),
            device=table.text("device"),
        )
        table.done()
        return Gpsd(clock, settings), f"gpsd at {settings.host}:{settings.port}"
    from opensos.edges.gnss_serial import SerialGnss  # noqa: PLC0415  see above

    path, baud = table.need("path"), table.whole_or("baud", 9600, 1, 4_000_000)
    table.done()
    return SerialGnss(Path(path), clock, baud=baud), f"NMEA on {path}"


def modem(table: Table, clock: Clock, *, live: bool) -> tuple[ModemPart, str]:
    """``[modem]``: AT commands on a serial line, or ModemManager."""
    kind = table.choice("kind", ("serial", "modemmanager"))
    pin = table.whole("antenna_pin", 0, 255)
    if kind == "modemmanager":
        from opensos.edges.modem_manager import (  # noqa: PLC0415  see above
            ManagedModem,
            ManagerSettings,
        )

        manager = ManagerSettings(
            address=table.text("address"),
            imei=table.text("imei"),
            allow_at=table.flag("allow_at", default=False) or False,
            antenna_pin=pin,
        )
        table.done()
        managed = ManagedModem(clock, manager)
        managed.start()
        return managed, "ModemManager"
    from opensos.edges.modem_serial import ModemSettings, open_modem  # noqa: PLC0415  see above
    from opensos.edges.serial_line import LineSettings  # noqa: PLC0415
    from opensos.protocols.at import PROFILES  # noqa: PLC0415

    path, baud = table.need("path"), table.whole_or("baud", 115_200, 1, 4_000_000)
    maker = table.choice_or("profile", tuple(PROFILES), None)
    settings = ModemSettings(
        poll_s=table.number_or("poll_s", 10.0, 1.0, 600.0),
        profile=None if maker is None else PROFILES[maker],
        esim=table.flag("esim", default=False) or False,
        antenna_pin=pin,
    )
    table.done()
    line = LineSettings(live=live)
    serial = open_modem(path, clock, baud=baud, settings=settings, line=line)
    serial.start()
    return serial, f"AT commands on {path}"


async def accelerometer(table: Table, clock: Clock) -> tuple[AccelerometerPart, str]:
    """``[accelerometer]``: Linux' Industrial I/O, or a stream."""
    if table.choice("kind", ("iio", "stream")) == "stream":
        return _stream(table, clock)
    from opensos.edges.background import in_daemon  # noqa: PLC0415  see above
    from opensos.edges.iio import IioAccelerometer  # noqa: PLC0415
    from opensos.edges.iio_scan import IioSettings  # noqa: PLC0415

    device = _iio_device(table)
    polled = table.flag("polled", default=False)
    dev = Path(table.text("dev") or "/dev") / device.name
    settings = IioSettings(
        device=device,
        dev=None if polled else dev,
        matrix=_matrix(table),
        rate_hz=table.number("rate_hz", 1.0, _HIGHEST_HZ),
        full_scale_g=table.number("full_scale_g", 0.1, 10_000.0),
        setup=table.flag("setup", default=True) or False,
    )
    table.done()
    sensor = IioAccelerometer(settings, clock)
    # The range should be known before the first sample; a bus that hangs may not hold us up.
    await in_daemon(sensor.find, 3.0)
    sensor.start()
    return sensor, f"IIO {device.name}, " + ("polled" if polled else "buffered")


def _stream(table: Table, clock: Clock) -> tuple[AccelerometerPart, str]:
    from opensos.edges.acceleration_stream import (  # noqa: PLC0415  see above
        StreamAccelerometer,
        StreamSettings,
    )

    path, host = table.text("path"), table.text("host")
    port = table.whole("port", 1, 65_535)
    if (path is None) == (host is None) or (host is None) != (port is None):
        raise table.wrong("path", "or host and port must say where the samples come from")
    settings = StreamSettings(
        path=None if path is None else Path(path),
        unix=table.flag("unix", default=False) or False,
        tcp=None if host is None or port is None else (host, port),
        columns=table.texts("columns") or ("ax", "ay", "az"),
        binary=table.text("binary"),
        unit=table.text("unit") or "g",
        matrix=_matrix(table),
        rate_hz=table.number_or("rate_hz", 100.0, 1.0, _HIGHEST_HZ),
        full_scale_g=table.number("full_scale_g", 0.1, 10_000.0),
    )
    table.done()
    return StreamAccelerometer(settings, clock), f"stream from {path or f'{host}:{port}'}"


def _matrix(table: Table) -> Matrix:
    rows = table.rows("matrix")
    return IDENTITY if rows is None else as_matrix(rows, "accelerometer.matrix")


def supply(table: Table, clock: Clock) -> tuple[PowerPart, str]:
    """``[supply]``: the car's 12 V by the kernel's power supply or by an ADC channel."""
    if table.choice("kind", ("power_supply", "adc")) == "power_supply":
        from opensos.edges.sysfs_power import SysfsMains  # noqa: PLC0415  see above

        name, root = table.need("name"), table.text("sysfs") or _POWER
        table.done()
        mains = SysfsMains(Path(root) / name, clock)
        mains.start()
        return mains, f"power supply {name}"
    from opensos.edges.iio_adc import AdcSupply  # noqa: PLC0415  see above

    channel = _channel(table)
    above = table.number_or("connected_above_v", 6.0, 0.0, 100.0)
    table.done()
    measured = AdcSupply(channel, clock, connected_above_v=above)
    measured.start()
    return measured, f"ADC {channel.device.name} {channel.channel}"


def battery(table: Table, clock: Clock) -> tuple[BackupPart, str]:
    """``[battery]``: the unit's own battery by the kernel's power supply."""
    from opensos.edges.sysfs_power import SysfsBattery  # noqa: PLC0415  see above

    name, root = table.need("name"), table.text("sysfs") or _POWER
    installed = table.moment("installed")
    table.done()
    part = SysfsBattery(Path(root) / name, clock, installed_utc=installed)
    part.start()
    return part, f"power supply {name}"


def antennas(tables: tuple[Table, ...], clock: Clock) -> tuple[AntennasPart, str]:
    """``[[antenna]]``: lines with a bias that an ADC measures."""
    from opensos.edges.iio_adc import AdcAntennas, AntennaLine  # noqa: PLC0415  see above

    lines: list[AntennaLine] = []
    for table in tables:
        line = AntennaLine(
            name=table.choice("name", _ANTENNAS),
            channel=_channel(table),
            open_above_mv=table.need_number("open_above_mv", 0.0, 100_000.0),
            short_below_mv=table.need_number("short_below_mv", 0.0, 100_000.0),
            supply_above_mv=table.number("supply_above_mv", 0.0, 100_000.0),
        )
        table.done()
        if any(line.name == other.name for other in lines):
            raise table.wrong("name", f"names the {line.name} antenna twice")
        lines.append(line)
    part = AdcAntennas(lines, clock)
    part.start()
    return part, "ADC for " + ", ".join(line.name for line in lines)


def audio(table: Table, clock: Clock) -> tuple[AudioPart, str]:
    """``[audio]``: microphone and speaker by ALSA."""
    from opensos.edges.alsa import AlsaAudio, AlsaSettings  # noqa: PLC0415  see above

    settings = AlsaSettings(
        playback=table.text("playback") or "default",
        capture=table.text("capture") or "default",
        config=table.text("config"),
    )
    table.done()
    return AlsaAudio(clock, settings), f"ALSA {settings.playback} and {settings.capture}"


def button(table: Table, clock: Clock) -> tuple[ButtonPart, str]:
    """``[button]``: a key of the kernel's input layer."""
    from opensos.edges.input_button import KEY_SOS, InputButton, find_input  # noqa: PLC0415

    path, name = table.text("path"), table.text("name")
    code = table.whole_or("code", KEY_SOS, 1, 0x2FF)
    table.done()
    if (path is None) == (name is None):
        raise table.wrong("path", "or name must say which input device it is, not both")
    if path is None:
        try:
            path = str(find_input(name or ""))
        except RoadError:
            path = f"/dev/input/by-path/{name}"  # not there now: found out again and again
    return InputButton(Path(path), clock, code=code), f"key {code} of {path}"


def lamp(table: Table) -> tuple[LampPart, str]:
    """``[lamp]``: LEDs of the kernel."""
    from opensos.edges.sysfs_led import SysfsLamp  # noqa: PLC0415  see above

    root = table.text("sysfs") or _LEDS
    colours = {colour: table.texts(colour) for colour in _COLOURS}
    table.done()
    names = sorted({name for names in colours.values() for name in names})
    if not names:
        raise table.wrong("red", "(or green, amber) must name an LED")
    part = SysfsLamp(Path(root), colours)
    part.start()
    return part, "LED " + ", ".join(names)


def _iio_device(table: Table) -> Path:
    """Find an IIO device by its directory or by the name that its driver gives it."""
    root = Path(table.text("sysfs") or _IIO)
    device, name = table.text("device"), table.text("name")
    if device is not None:
        return root / device
    if name is None:
        raise table.wrong("device", "or name must say which IIO device it is")
    for path in sorted(root.glob("iio:device*/name")):
        try:
            if path.read_text("ascii").strip() == name:
                return path.parent
        except (OSError, ValueError):
            continue
    return root / name  # not there: the part says so


def _channel(table: Table) -> AdcChannel:
    from opensos.edges.iio_adc import AdcChannel  # noqa: PLC0415  see above

    root = Path(table.text("sysfs") or _IIO)
    return AdcChannel(
        device=root / table.need("device"),
        channel=table.need("channel"),
        factor=table.number_or("factor", 1.0, 1e-6, 1e6),
    )
