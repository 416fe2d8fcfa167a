"""``opensos car``: ask the control units of a car here, record them, play a recording."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from opensos.apps.car import fault as faults_of_the_page
from opensos.apps.car.page import add_to
from opensos.apps.car.sources import (
    HsfzSource,
    RecordingSource,
    SimSource,
    Source,
    guarded,
)
from opensos.apps.car.survey import details, reads
from opensos.edges.clock import SystemClock
from opensos.edges.diag import DiagServers, DiagSettings, Gateway
from opensos.edges.recording_file import read_recording, write_recording
from opensos.protocols.effects import UserError
from opensos.protocols.uds import NEGATIVE, Nrc
from opensos.sim.masking import mask_answer, mask_request
from opensos.sim.recorded_car import RecordedCar
from opensos.sim.recording import FUNCTIONAL, MAX_BYTES, Recorder, export, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opensos.sim.recording import Reply

# Typer reads each command's options from its signature.
# ruff: noqa: FBT002, PLR0917
app = typer.Typer(no_args_is_help=True, help="A car's control units on this machine.")
app.add_typer(faults_of_the_page.app, name="fault")
add_to(app)

_PRETEND_VIN = "ZZ9TESTS6RA000001"
_LONGEST_REQUEST = 4095

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Url = Annotated[str | None, typer.Option(help="A gateway here: hsfz://127.0.0.1:6801.")]
FromFile = Annotated[
    Path | None, typer.Option("--recording", help="A recording; - is standard input.")
]
Generation = Annotated[str, typer.Option(help="Of the pretend car: e, f, g or new.")]
Faults = Annotated[
    list[str] | None, typer.Option("--fault", help="A fault of the pretend car; may be repeated.")
]
Seed = Annotated[int, typer.Option(help="All chance of the pretend car.", min=0)]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="0 takes any free port.")]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One exchange, to be shown: identifiers hidden."""

    target: int
    request: bytes
    replies: list[Reply]

    def to_json(self) -> dict[str, Any]:
        return {
            "to": f"{self.target:02X}",
            "ask": mask_request(self.request).hex().upper(),
            "answers": [
                {
                    "from": f"{reply.source:02X}",
                    "after": round(reply.after_s, 3),
                    "data": mask_answer(self.request, reply.data).hex().upper(),
                }
                for reply in self.replies
            ],
        }


@app.command()
def units(
    url: Url = None,
    recording: FromFile = None,
    generation: Generation = "g",
    fault: Faults = None,
    seed: Seed = 1,
    as_json: Json = False,
) -> None:
    """List the control units: who answers, who they are, how many codes they store."""
    rows: list[dict[str, Any]] = []
    with _source(url, recording, generation, fault, seed) as source:
        for address in source.units():
            ident = _final(guarded(source, address, bytes.fromhex("22F150")))
            codes = _final(guarded(source, address, bytes.fromhex("19020C")))
            rows.append(
                {
                    "address": f"{address:02X}",
                    "answers": ident is not None or codes is not None,
                    "ident": ident[3:].hex().upper() if ident and ident[0] == 0x62 else None,
                    "codes": _codes(codes),
                }
            )
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for row in rows:
        if row["answers"]:
            stored = "codes unknown" if row["codes"] is None else ", ".join(row["codes"]) or "-"
            typer.echo(f"{row['address']}  {row['ident'] or 'ident unknown'}  {stored}")
        else:
            typer.echo(f"{row['address']}  no answer")


@app.command()
def ask(
    target: Annotated[str, typer.Argument(help="Address, hexadecimal: 61; DF asks all.")],
    request: Annotated[str, typer.Argument(help="Bytes, hexadecimal: 22F101.")],
    url: Url = None,
    recording: FromFile = None,
    generation: Generation = "g",
    fault: Faults = None,
    seed: Seed = 1,
    as_json: Json = False,
) -> None:
    """Ask one unit, or all, and print the answers; identifiers are hidden."""
    address, message = _address(target), _message(request)
    with _source(url, recording, generation, fault, seed) as source:
        asked = _Asked(address, message, guarded(source, address, message))
    if as_json:
        typer.echo(json.dumps(asked.to_json()))
        return
    if not asked.replies:
        typer.echo("no answer")
    for reply in asked.replies:
        data = mask_answer(message, reply.data)
        typer.echo(f"{reply.source:02X}  {data.hex().upper()}{_refusal(reply.data)}")


@app.command()
def record(
    file: Annotated[Path, typer.Argument(help="Where the recording goes.", dir_okay=False)],
    url: Url = None,
    recording: FromFile = None,
    generation: Generation = "g",
    fault: Faults = None,
    seed: Seed = 1,
    note: Annotated[str, typer.Option(help="Your own words, kept in the file.")] = "",
    as_json: Json = False,
) -> None:
    """Read all units once and write what they answer, identifiers hidden."""
    with _source(url, recording, generation, fault, seed) as source:
        recorder = Recorder(source.now(), source.generation, time.time(), note)
        heard = set()
        for address in source.units():
            for request in reads(address):
                replies = _recorded(source, recorder, address, request)
                heard |= {reply.source for reply in replies}
                if not replies:
                    break  # who does not answer who it is will not answer the rest
                for detail in details(replies[-1].data):
                    _recorded(source, recorder, address, detail)
        made = recorder.recording()
    write_recording(file, export(made))
    told = {"file": str(file), "exchanges": len(made.exchanges), "units": len(heard)}
    if as_json:
        typer.echo(json.dumps(told))
    else:
        typer.echo(f"{file}: {told['exchanges']} exchanges with {told['units']} units.")


@app.command()
def play(
    file: Annotated[Path, typer.Argument(help="A recording; - is standard input.")],
    hsfz_port: Port = 6801,
    doip_port: Port = 13400,
    speed: Annotated[
        float, typer.Option(help="1 as slowly as it was, 0 at once.", min=0, max=1)
    ] = 1.0,
    as_json: Json = False,
) -> None:
    """Answer over HSFZ and DoIP on this machine as the recording did, until Ctrl-C."""
    imported = load(read_recording(file, MAX_BYTES))
    for warning in imported.warnings:
        typer.echo(warning, err=True)
    car = RecordedCar(imported.recording, speed=speed)
    if not car.units:
        raise UserError("This recording holds no unit that could answer.")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_play(car, hsfz_port, doip_port, as_json=as_json))


async def _play(
    car: RecordedCar, hsfz_port: int | None, doip_port: int | None, *, as_json: bool
) -> None:
    gateway = Gateway(car.servers, SystemClock())
    settings = DiagSettings(
        _PRETEND_VIN,
        hsfz_port=hsfz_port,
        hsfz_udp_port=None,
        doip_port=doip_port,
        doip_udp_port=None,
    )
    servers = await DiagServers.open(gateway, settings)
    try:
        stopped = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stopped.set)
        where = {
            road: None if address is None else f"{road}://{address.host}:{address.port}"
            for road, address in (("hsfz", servers.hsfz), ("doip", servers.doip))
        }
        if as_json:
            typer.echo(json.dumps({**where, "units": [f"{u:02X}" for u in car.units]}))
        else:
            for place in where.values():
                if place is not None:
                    typer.echo(f"A recorded car with {len(car.units)} units: {place}")
            typer.echo("Stop it with Ctrl-C.")
        await stopped.wait()
    finally:
        await servers.close()


@contextlib.contextmanager
def _source(
    url: str | None, recording: Path | None, generation: str, faults: list[str] | None, seed: int
) -> Iterator[Source]:
    if url is not None and recording is not None:
        raise UserError("Give --url or --recording, not both.")
    if faults and (url is not None or recording is not None):
        raise UserError("--fault is for the pretend car, which is asked without --url.")
    source: Source
    if url is not None:
        source = HsfzSource(url, time.monotonic)
    elif recording is not None:
        source = RecordingSource(recording, lambda text: typer.echo(text, err=True))
    else:
        source = SimSource(generation, faults or (), seed)
    try:
        yield source
    finally:
        source.close()


def _recorded(source: Source, recorder: Recorder, target: int, request: bytes) -> list[Reply]:
    began = source.now()
    replies = guarded(source, target, request)
    recorder.add(target, request, replies, began, functional=target == FUNCTIONAL)
    return replies


def _final(replies: list[Reply]) -> bytes | None:
    return replies[-1].data if replies else None


def _codes(answer: bytes | None) -> list[str] | None:
    if answer is None or answer[:2] != b"\x59\x02":
        return None
    return [answer[at : at + 3].hex().upper() for at in range(3, len(answer) - 3, 4)]


def _refusal(answer: bytes) -> str:
    """Name a negative response's reason, if it has a name."""
    if len(answer) != 3 or answer[0] != NEGATIVE:
        return ""
    with contextlib.suppress(ValueError):
        return f"  ({Nrc(answer[2]).name.lower().replace('_', ' ')})"
    return ""


def _address(text: str) -> int:
    with contextlib.suppress(ValueError):
        address = int(text, 16)
        if 0 <= address <= 0xFF and "_" not in text:
            return address
    raise UserError(f"{text} is no address: write two hexadecimal digits, 61 for example.")


def _message(text: str) -> bytes:
    message = b""
    with contextlib.suppress(ValueError):
        message = bytes.fromhex(text)
    if not 1 <= len(message) <= _LONGEST_REQUEST:
        raise UserError(f"{text[:40]} is no request: write bytes in hexadecimal, 22F101.")
    return message
