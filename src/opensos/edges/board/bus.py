"""``[can]``, ``[software]`` and ``[setup]`` of the board's file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from opensos.rules.readiness.readings import SetupReading, SoftwareReading, VehicleMode

from .software import BoardSoftware, SoftwareSettings, check_plan

if TYPE_CHECKING:
    from opensos.edges.can_airbag import Bits, Figure, FrameId
    from opensos.ports import Clock

    from .board import CanPart, SoftwarePart
    from .table import Table

_STANDARD_ID, _EXTENDED_ID = 0x7FF, 0x1FFF_FFFF


def can_bus(table: Table, clock: Clock) -> tuple[CanPart, str]:
    """``[can]``: the bus, and what its frames mean on this car."""
    from opensos.edges.can_airbag import CanBus, CanSettings, SeatBits  # noqa: PLC0415  heavy

    airbag = table.table("airbag")
    frame = None if airbag is None else _frame(airbag)
    fired = None if airbag is None else airbag.table("fired")
    if airbag is not None and fired is None:
        raise airbag.wrong("fired", "is missing: without it the line tells no crash")
    fault = None if airbag is None else airbag.table("fault")
    seats = []
    for seat in table.tables("seat"):
        occupied, belted = seat.table("occupied"), seat.table("belted")
        name = seat.need("name")
        seat.done()
        seats.append(SeatBits(name, _own_bits(occupied), _own_bits(belted)))
    settings = CanSettings(
        interface=table.text("interface") or "socketcan",
        channel=table.need("channel"),
        bitrate=table.whole("bitrate", 1000, 8_000_000),
        fired=None if fired is None or frame is None else _bits(fired, frame),
        fault=None if fault is None or frame is None else _bits(fault, frame),
        cycle_s=0.1 if airbag is None else airbag.number_or("cycle_s", 0.1, 0.001, 60.0),
        confirm=2 if airbag is None else airbag.whole_or("confirm", 2, 1, 20),
        ignition=_own_bits(table.table("ignition")),
        engine=_own_bits(table.table("engine")),
        cranking=_own_bits(table.table("cranking")),
        speed=_figure(table.table("speed")),
        seats=tuple(seats),
        stale_s=table.number_or("stale_s", 2.0, 0.05, 600.0),
    )
    if airbag is not None:
        airbag.done()
    table.done()
    bus = CanBus(settings, clock)
    bus.start()
    return bus, f"CAN {settings.interface} {settings.channel}"


def software(table: Table | None, setup: Table | None, clock: Clock) -> tuple[SoftwarePart, str]:
    """``[software]`` and ``[setup]``: what the unit knows of itself."""
    settings = SoftwareSettings()
    if table is not None:
        slot = table.choice_or("slot", ("a", "b"), None)
        settings = SoftwareSettings(
            fixed=SoftwareReading(
                version=table.text("version") or _installed(),
                newest=table.text("newest"),
                slot=slot,
            ),
            version_file=_path(table, "version_file"),
            slot_file=_path(table, "slot_file"),
            image_file=_path(table, "image_file"),
            resets_file=_path(table, "resets_file"),
            storage=_path(table, "storage"),
            temperature_file=_path(table, "temperature_file"),
        )
        table.done()
    said, said_file = (None, None) if setup is None else _setup(setup)
    settings = replace(settings, setup=said, setup_file=said_file)
    part = BoardSoftware(settings, clock)
    part.start()
    return part, "the board's file"


def _installed() -> str | None:
    """Return the version of OpenSOS that runs here; None where it is not installed as a package."""
    from importlib import metadata  # noqa: PLC0415  only while a board is opened

    try:
        return metadata.version("opensos")
    except metadata.PackageNotFoundError:
        return None


def _setup(table: Table) -> tuple[SetupReading, Path | None]:
    modes = tuple(mode.value for mode in VehicleMode)
    mode = table.choice_or("mode", modes, None)
    reading = SetupReading(
        coded=table.flag("coded"),
        ecall_enabled=table.flag("ecall_enabled"),
        message_hidden=table.flag("message_hidden"),
        mode=None if mode is None else VehicleMode(mode),
        provisioned=table.flag("provisioned"),
        certificate_until_utc=table.moment("certificate_until"),
        plan=check_plan(table.text("plan")),
    )
    path = _path(table, "file")
    table.done()
    return reading, path


def _path(table: Table, key: str) -> Path | None:
    text = table.text(key)
    return None if text is None else Path(text)


def _frame(table: Table) -> FrameId:
    from opensos.edges.can_airbag import FrameId  # noqa: PLC0415  heavy

    extended = table.flag("extended", default=False) or False
    return FrameId(table.need_whole("id", 0, _EXTENDED_ID if extended else _STANDARD_ID), extended)


def _own_bits(table: Table | None) -> Bits | None:
    """Read bits that name their frame themselves."""
    return None if table is None else _bits(table, _frame(table))


def _bits(table: Table, frame: FrameId) -> Bits:
    from opensos.edges.can_airbag import Bits  # noqa: PLC0415  heavy

    mask = table.whole_or("mask", 0xFF, 1, 0xFF)
    bits = Bits(
        frame=frame,
        byte=table.need_whole("byte", 0, 63),
        mask=mask,
        value=table.need_whole("value", 0, 0xFF),
        invalid=table.whole("invalid", 0, 0xFF),
    )
    table.done()
    if bits.value & ~mask or (bits.invalid or 0) & ~mask:
        raise table.wrong("value", "has bits that mask leaves out: it could never be seen")
    if bits.value == bits.invalid:
        raise table.wrong("invalid", "is the same as value")
    return bits


def _figure(table: Table | None) -> Figure | None:
    from opensos.edges.can_airbag import Figure  # noqa: PLC0415  heavy

    if table is None:
        return None
    order = table.choice_or("order", ("big", "little"), "big")
    figure = Figure(
        frame=_frame(table),
        byte=table.need_whole("byte", 0, 63),
        length=table.whole_or("length", 2, 1, 8),
        big_endian=order == "big",
        scale=table.number_or("scale", 1.0, -1e6, 1e6),
        offset=table.number_or("offset", 0.0, -1e6, 1e6),
        high=table.number_or("highest", 400.0, 1.0, 1000.0),
    )
    table.done()
    return figure
