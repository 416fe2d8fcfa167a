"""Opens a board from its TOML file."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from opensos.protocols.effects import OpenSosError, UserError

from . import bus, parts
from .board import Board, BoardParts
from .table import Table

if TYPE_CHECKING:
    from pathlib import Path

    from opensos.ports import Clock

    from .board import BoardIdentity

_MAX_BYTES = 1_000_000


async def open_board(path: Path, clock: Clock, *, live: bool = False) -> Board:
    """Read the file and open every part that it names.

    A part that is missing or silent is no error: it shows in its readings and in ``describe``.

    Args:
        path: The board's file.
        clock: When things were heard.
        live: Whether the modem may be given commands that call for help.

    Raises:
        UserError: The file cannot be read or says something that cannot be, in one sentence.
    """
    table = _read(path)
    opened = BoardParts()
    try:
        identity = await _open_all(table, opened, clock, live=live)
    except UserError as error:
        await _close(opened)
        raise UserError(f"{path.name}: {error}") from None
    except BaseException:
        await _close(opened)
        raise
    return Board(identity, opened, clock)


async def _open_all(table: Table, opened: BoardParts, clock: Clock, *, live: bool) -> BoardIdentity:
    car = table.table("car")
    if car is None:
        raise UserError("The board's file must have a table [car] with the VIN.")
    identity = parts.identity(car)
    car.done()
    names = opened.adapters
    names["car"] = "the board's file"
    _open_power(table, opened, clock)
    _open_for_people(table, opened, clock)
    if (section := table.table("gnss")) is not None:
        opened.gnss, names["gnss"] = parts.gnss(section, clock)
    if (section := table.table("can")) is not None:
        opened.can, names["can"] = bus.can_bus(section, clock)
    if (section := table.table("modem")) is not None:
        opened.modem, names["modem"] = parts.modem(section, clock, live=live)
    software, setup = table.table("software"), table.table("setup")
    if software is not None or setup is not None:
        opened.software, names["software"] = bus.software(software, setup, clock)
    if (section := table.table("accelerometer")) is not None:
        opened.accelerometer, names["accelerometer"] = await parts.accelerometer(section, clock)
    table.done()
    return identity


def _open_power(table: Table, opened: BoardParts, clock: Clock) -> None:
    names = opened.adapters
    if (section := table.table("supply")) is not None:
        opened.main_power, names["supply"] = parts.supply(section, clock)
    if (section := table.table("battery")) is not None:
        opened.battery, names["battery"] = parts.battery(section, clock)
    if sections := table.tables("antenna"):
        opened.antennas, names["antenna"] = parts.antennas(sections, clock)


def _open_for_people(table: Table, opened: BoardParts, clock: Clock) -> None:
    names = opened.adapters
    if (section := table.table("audio")) is not None:
        opened.audio, names["audio"] = parts.audio(section, clock)
    if (section := table.table("button")) is not None:
        opened.button, names["button"] = parts.button(section, clock)
    if (section := table.table("lamp")) is not None:
        opened.lamp, names["lamp"] = parts.lamp(section)


def _read(path: Path) -> Table:
    try:
        with path.open("rb") as file:
            data: bytes = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        raise UserError(f"There is no board's file {path}.") from None
    except (OSError, ValueError):
        raise UserError(f"The board's file {path} cannot be read.") from None
    if len(data) > _MAX_BYTES:
        raise UserError(f"The board's file {path} is larger than a megabyte.")
    try:
        parsed: dict[str, Any] = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise UserError(f"{path.name} is not a text in UTF-8.") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UserError(f"{path.name} is not TOML: {error}.") from None
    return Table(parsed, "")


async def _close(opened: BoardParts) -> None:
    for part in opened.opened():
        try:
            await part.close()
        except (OpenSosError, OSError):
            continue
