"""``opensos vehicle``: run the unit with the pretend car, look at a running one, press its SOS."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import urllib.error
import urllib.request
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import uvicorn

from opensos.apps.vehicle.cockpit import Cockpit
from opensos.apps.vehicle.config import UnitConfig
from opensos.apps.vehicle.pretend import PretendOrder, PretendVehicle
from opensos.apps.vehicle.web import create_app
from opensos.apps.vehicle.words import english
from opensos.edges.web.serve import listen
from opensos.protocols.effects import Address, RemoteError, RoadError, UserError
from opensos.protocols.sip import SipUri, parse_uri
from opensos.rules.emergency import Settings
from opensos.sim.scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.apps.vehicle.box import Box
    from opensos.apps.vehicle.unit import Unit
    from opensos.ports import DataPath

# Typer reads each command's options from its signature.
# ruff: noqa: FBT002, PLR0917
app = typer.Typer(no_args_is_help=True, help="The unit in the car.")

_DEFAULT_URL = "http://127.0.0.1:8114"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_TIMEOUT_S = 5.0
_MAX_ANSWER = 1024 * 1024


class Transport(StrEnum):
    """How SIP travels."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class _Run:
    centre: Address
    config: UnitConfig
    journal: Path
    port: int
    as_json: bool
    ca: Path | None
    paths: Callable[[], tuple[DataPath, ...]]


Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Url = Annotated[str, typer.Option(help="Where the unit's page is.")]


@app.command()
def run(
    centre: Annotated[str, typer.Option(help="Where calls go.")] = "sip:127.0.0.1:5060",
    transport: Annotated[Transport, typer.Option(help="How SIP travels.")] = Transport.UDP,
    journal: Annotated[
        Path | None, typer.Option(help="Folder of the unit's journal.", file_okay=False)
    ] = None,
    vin: Annotated[str | None, typer.Option(help="Another VIN than the pretend one.")] = None,
    port: Annotated[int, typer.Option(help="Port of the page.", min=0, max=65535)] = 8114,
    cancel_window: Annotated[
        float, typer.Option(help="Seconds in which an SOS press can be taken back.", min=0, max=60)
    ] = 5.0,
    ca: Annotated[
        Path | None, typer.Option(help="For TLS: the authority to trust.", dir_okay=False)
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Call the emergency services.")] = False,
    as_json: Json = False,
) -> None:
    """Run the unit with the pretend car until Ctrl-C; every call is a test call."""
    if live:
        raise UserError(
            "--live is refused: the only car here is a pretend one, and a pretend car must never "
            "call an emergency service."
        )
    config = UnitConfig(vin=vin, procedure=Settings(cancel_window_s=cancel_window))
    place = journal if journal is not None else _state_folder()
    order = _Run(_centre(centre, transport), config, place, port, as_json, ca, tuple)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(order))


@app.command()
def status(url: Url = _DEFAULT_URL, as_json: Json = False) -> None:
    """Say where the call of a running unit stands."""
    state = _ask(url, "state")
    if as_json:
        typer.echo(json.dumps(state, ensure_ascii=False))
        return
    call = state.get("call") or {}
    typer.echo(f"mode      {state.get('mode')}")
    typer.echo(f"state     {state.get('state')}")
    if call:
        heard = {True: "yes", False: "unreadable"}.get(call["acknowledged"], "unknown")
        typer.echo(f"attempt   {call.get('attempt')}")
        typer.echo(f"data      {call.get('msd_sent')} sent, acknowledged: {heard}")
    for line in state.get("journal", [])[-10:]:
        typer.echo(_text(line))


@app.command()
def sos(
    test: Annotated[bool, typer.Option("--test", help="Place a test call.")] = False,
    url: Url = _DEFAULT_URL,
    as_json: Json = False,
) -> None:
    """Press SOS on a running unit that is in test mode, or place a test call."""
    mode = _ask(url, "state").get("mode")
    if mode != "test" and not test:
        raise UserError("This unit is live: press the button in the car, or use --test.")
    answer = _ask(url, "sos", {"test": test})
    if as_json:
        typer.echo(json.dumps(answer))
    else:
        typer.echo("Test call placed." if test else "SOS pressed, in test mode.")


async def _run(order: _Run) -> None:
    vehicle = PretendVehicle(
        PretendOrder(
            order.centre, order.journal, order.config, order.ca, paths=order.paths, user="car"
        ),
        _say,
    )
    cockpit = Cockpit(vehicle.box, vehicle, english)
    printed = _Printer(vehicle.box, as_json=order.as_json)
    server = _Server(order.port)
    try:
        server.open()
        vehicle.box.watch(printed)
        await vehicle.start()
        server.serve(create_app(cockpit, vehicle.crash, SCENARIOS.values()))
        host = order.centre.host
        if host not in _LOOPBACK:
            _say(f"Test calls go to {host}, which is not this machine.")
        _say(f"The unit runs in test mode. Its page: {server.url}/car. Stop it with Ctrl-C.")
        await server.until_stopped()
    finally:
        await vehicle.stop()


class _Server:
    """uvicorn in our own loop, with our own way to stop."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None
        self.url = ""

    def open(self) -> None:
        """Bind before anything is said, so that a port in use is one clear sentence."""
        try:
            self._socket = listen("127.0.0.1", self._port)
        except RoadError as error:
            raise RoadError(
                f"Port {self._port} is in use: is another unit running? Choose one with --port."
            ) from error
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def serve(self, application: Any) -> None:
        """Answer from now on."""
        config = uvicorn.Config(
            application,
            log_level="warning",
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        # serve() would take the signals for itself.
        serving = self._server._serve(sockets=[self._socket])  # noqa: SLF001
        self._task = asyncio.get_running_loop().create_task(serving)

    async def until_stopped(self) -> None:
        """Wait for Ctrl-C or SIGTERM."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop)
        if self._task is not None:
            await self._task

    def _stop(self) -> None:
        if self._server is not None:
            self._server.should_exit = True


class _Printer:
    """Prints each new line of the journal once, through every restart of the unit."""

    def __init__(self, box: Box, *, as_json: bool) -> None:
        self._box = box
        self._as_json = as_json
        self._unit: Unit | None = None
        self._printed = 0

    def __call__(self) -> None:
        unit = self._box.unit
        if unit is None:
            return
        if unit is not self._unit:
            self._unit, self._printed = unit, 0
        fresh = unit.diary.after(self._printed)
        self._printed = unit.diary.count
        for line in fresh:
            values = line.to_json()
            typer.echo(json.dumps(values, ensure_ascii=False) if self._as_json else _text(values))


def _text(line: dict[str, Any]) -> str:
    key = f"journal.{line.get('text_key')}"
    data = line.get("data") or {}
    more = ", ".join(f"{name} {value}" for name, value in data.items() if value is not None)
    text = _texts().get(key, str(line.get("text_key")))
    return f"{line.get('at')}  {text}" + (f" ({more})" if more else "")


def _texts() -> dict[str, str]:
    """Return the English catalogue of the car's page; none if it is not there."""
    catalogue = files("opensos.apps.vehicle") / "web_assets" / "i18n" / "en.json"
    try:
        texts: dict[str, str] = json.loads(catalogue.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return texts


def _centre(text: str, transport: Transport) -> Address:
    try:
        uri = parse_uri(text)
    except RemoteError as error:
        raise UserError(f"{text!r} is not a SIP address such as sip:127.0.0.1:5060.") from error
    if not isinstance(uri, SipUri):
        raise UserError(f"{text!r} is not a SIP address such as sip:127.0.0.1:5060.")
    usual = 5061 if transport is Transport.TLS else 5060
    return Address(transport.value, uri.host.strip("[]"), uri.port or usual)


def _state_folder() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(base).expanduser() / "opensos" / "vehicle"


def _ask(url: str, verb: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    if not url.startswith(("http://", "https://")):
        raise UserError(f"{url!r} is not an address such as {_DEFAULT_URL}.")
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(  # noqa: S310  # http and https only, see above
        f"{url.rstrip('/')}/car/api/{verb}", data, headers
    )
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310  # same
            value = json.loads(answer.read(_MAX_ANSWER))
    except urllib.error.HTTPError as error:
        raise UserError(_reason(error)) from error
    except (OSError, ValueError) as error:
        raise RoadError(
            f"No unit answers at {url}: start one with 'opensos vehicle run'."
        ) from error
    if not isinstance(value, dict):
        raise RoadError(f"What answers at {url} is not a unit.")
    return value


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(error.read(_MAX_ANSWER))["error"])
    except (OSError, ValueError, KeyError, TypeError):
        return f"The unit refused ({error.code})."


def _say(sentence: str) -> None:
    typer.echo(sentence, err=True)
