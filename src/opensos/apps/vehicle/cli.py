"""``opensos vehicle``: run the unit in its car, look at a running one, test it, press its SOS."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from opensos.edges.terminal import print_json
from opensos.edges.unit_page import DEFAULT_URL, UnitPage
from opensos.protocols.effects import Address, RemoteError, RoadError, UserError

if TYPE_CHECKING:
    from opensos.apps.vehicle.running import RunOrder

# Typer reads each command's options from its signature.
# ruff: noqa: FBT002, PLR0917
app = typer.Typer(no_args_is_help=True, help="The unit in the car.")

_LOOK_S = 0.25


class Transport(StrEnum):
    """How SIP travels."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


class Family(StrEnum):
    """Which cars' numbering and faults."""

    E = "E"
    F = "F"
    G = "G"
    I = "I"  # noqa: E741  # BMW's own letter
    OWN = "own"


class ResetKind(StrEnum):
    """What is started anew."""

    SOFT = "soft"
    UNIT = "unit"
    HARD = "hard"


class OnOff(StrEnum):
    """A switch."""

    ON = "on"
    OFF = "off"


Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Url = Annotated[str, typer.Option(help="Where the unit's page is.")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="With --diag; 0 takes a free one.")
]
Journal = Annotated[
    Path | None, typer.Option(help="Folder of the unit's journal.", file_okay=False)
]
CancelWindow = Annotated[
    float, typer.Option(help="Seconds in which an SOS press can be taken back.", min=0, max=60)
]
Hold = Annotated[
    float, typer.Option(help="Seconds for which SOS must be held to call.", min=0, max=9)
]
Authority = Annotated[
    Path | None, typer.Option(help="For TLS: the authority to trust.", dir_okay=False)
]
DataUrls = Annotated[
    list[str] | None,
    typer.Option(help="Where an SOS goes as data: https://… or mqtts://…; repeat for more."),
]
Board = Annotated[
    Path | None, typer.Option(help="Real hardware: the board's file.", dir_okay=False)
]
Live = Annotated[
    bool, typer.Option("--live", help="Call the emergency services; with --board only.")
]
Diag = Annotated[bool, typer.Option("--diag", help="Let a tester ask the car, by HSFZ and DoIP.")]
DiagBus = Annotated[
    str | None, typer.Option(help="With --diag: a bus too, such as socketcan:can1.")
]
WorkshopKey = Annotated[
    Path | None,
    typer.Option(help="With --diag and --board: opens what is locked.", dir_okay=False),
]
EraGlonass = Annotated[
    bool, typer.Option("--era-glonass", help="Send ERA-GLONASS data, with diagnostic bits.")
]


@app.command()
def run(
    centre: Annotated[str, typer.Option(help="Where calls go.")] = "sip:127.0.0.1:5060",
    transport: Annotated[Transport, typer.Option(help="How SIP travels.")] = Transport.UDP,
    journal: Journal = None,
    vin: Annotated[str | None, typer.Option(help="Another VIN than the pretend one.")] = None,
    port: Annotated[int, typer.Option(help="Port of the page.", min=0, max=65535)] = 8114,
    cancel_window: CancelWindow = 5.0,
    hold: Hold = 1.0,
    ca: Authority = None,
    data_url: DataUrls = None,
    family: Annotated[Family | None, typer.Option(help="Series of the car (G).")] = None,
    seed: Annotated[int, typer.Option(help="The pretend car's noise and chance.")] = 1,
    board: Board = None,
    live: Live = False,
    diag: Diag = False,
    hsfz_port: Port = None,
    hsfz_udp_port: Port = None,
    doip_port: Port = None,
    diag_can: DiagBus = None,
    workshop_key: WorkshopKey = None,
    era_glonass: EraGlonass = False,
    as_json: Json = False,
) -> None:
    """Run the unit until Ctrl-C: with the pretend car (every call is a test), or on a board."""
    # What runs a unit is heavy, and the other commands only ask one.
    from opensos.apps.vehicle.config import UnitConfig  # noqa: PLC0415
    from opensos.apps.vehicle.running import RunOrder  # noqa: PLC0415
    from opensos.rules.emergency import ButtonSettings, Settings  # noqa: PLC0415

    order = RunOrder(
        centre=_centre(centre, transport),
        config=UnitConfig(
            live=live,
            vin=vin,
            procedure=Settings(cancel_window_s=cancel_window),
            era_glonass=era_glonass,
        ),
        journal=journal if journal is not None else _state_folder(),
        port=port,
        as_json=as_json,
        ca=ca,
        data_urls=tuple(data_url or ()),
        button=ButtonSettings(hold_s=hold),
        family=family.value if family else "G" if board is None else "own",
        seed=seed,
        board=board,
        diag=None,
    )
    asked = {
        "hsfz": hsfz_port,
        "hsfz_udp": hsfz_udp_port,
        "doip": doip_port,
        "can": diag_can,
        "key": workshop_key,
    }
    _run(_with_tester(order, {k: v for k, v in asked.items() if v is not None}, diag=diag))


def _with_tester(order: RunOrder, asked: dict[str, Any], *, diag: bool) -> RunOrder:
    if not diag:
        if asked:
            raise UserError(
                "--hsfz-port, --hsfz-udp-port, --doip-port, --diag-can and --workshop-key are for "
                "a tester: add --diag."
            )
        return order
    from opensos.apps.vehicle.tester import DiagOrder  # noqa: PLC0415

    return replace(order, diag=DiagOrder(**asked))


def _run(order: RunOrder) -> None:
    import asyncio  # noqa: PLC0415  # only a unit that runs
    import contextlib  # noqa: PLC0415  # same

    from opensos.apps.vehicle.running import check, run_unit  # noqa: PLC0415  # same

    check(order)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run_unit(order))


@app.command()
def status(url: Url = DEFAULT_URL, as_json: Json = False) -> None:
    """Say where the call of a running unit stands, and whether SOS is ready."""
    from opensos.apps.vehicle.tables import print_status  # noqa: PLC0415  # see run

    state = UnitPage(url).state()
    if as_json:
        print_json(state)
    else:
        print_status(state)


@app.command()
def parts(url: Url = DEFAULT_URL, as_json: Json = False) -> None:
    """Print what every part of a running unit said last."""
    from opensos.apps.vehicle.tables import print_parts  # noqa: PLC0415  # see run

    found = UnitPage(url).state().get("parts")
    if found is None:
        raise UserError("This unit has not looked at its parts yet, or has none.")
    if as_json:
        print_json(found)
    else:
        print_parts(found)


@app.command()
def selftest(
    url: Url = DEFAULT_URL,
    wait: Annotated[float, typer.Option(help="Seconds to wait for its end.", min=1)] = 180.0,
    as_json: Json = False,
) -> None:
    """Run the self-test; the exit code is 0 ready, 3 limited, 4 not ready or not known."""
    from opensos.apps.vehicle.tables import READINESS_EXIT, print_self_test  # noqa: PLC0415

    page = UnitPage(url)
    page.do("self-test")
    state = _until_tested(page, wait)
    if as_json:
        print_json({name: state.get(name) for name in ("self_test", "readiness", "warning")})
    else:
        print_self_test(state)
    ready = (state.get("readiness") or {}).get("state")
    raise typer.Exit(READINESS_EXIT.get(str(ready), 4))


def _until_tested(page: UnitPage, wait_s: float) -> dict[str, Any]:
    """Look until the self-test has ended, and say how far it is. Raises RoadError."""
    end = time.monotonic() + wait_s
    said = ""
    while True:
        state = page.state()
        test = state.get("self_test") or {}
        if test.get("state") == "ended":
            return state
        results = test.get("results") or []
        done = sum(one["outcome"] != "not_completed" for one in results)
        text = f"Testing: {done} of {len(results)} tests are done."
        if text != said:
            said = text
            _say(text)
        if time.monotonic() > end:
            raise RoadError(f"The self-test had not ended after {wait_s:g} s.")
        time.sleep(_LOOK_S)


@app.command()
def sos(
    test: Annotated[bool, typer.Option("--test", help="Place a test call.")] = False,
    url: Url = DEFAULT_URL,
    as_json: Json = False,
) -> None:
    """Press SOS on a running unit that is in test mode, or place a test call."""
    page = UnitPage(url)
    if page.state().get("mode") != "test" and not test:
        raise UserError("This unit is live: press the button in the car, or use --test.")
    _done(
        page.do("sos", test=test),
        "Test call placed." if test else "SOS pressed, in test mode.",
        as_json=as_json,
    )


@app.command()
def reset(
    kind: Annotated[ResetKind, typer.Argument(help="What is started anew.")],
    minutes: Annotated[
        float, typer.Option(help="For hard: how long 12 V is off.", min=1, max=1440)
    ] = 15.0,
    url: Url = DEFAULT_URL,
    as_json: Json = False,
) -> None:
    """Restart the head unit (soft), the unit (unit), or take 12 V away (hard)."""
    said = {
        ResetKind.SOFT: "The head unit restarts.",
        ResetKind.UNIT: "The unit restarts.",
        ResetKind.HARD: f"12 V is off for {minutes:g} min.",
    }
    _done(UnitPage(url).do("reset", kind=kind.value, minutes=minutes), said[kind], as_json=as_json)


@app.command()
def service(
    switch: Annotated[OnOff, typer.Argument(help="on or off.")],
    url: Url = DEFAULT_URL,
    as_json: Json = False,
) -> None:
    """Enter or leave service mode: the button calls nobody, a crash still calls."""
    on = switch is OnOff.ON
    said = "Service mode: the SOS button calls nobody." if on else "Service mode is over."
    _done(UnitPage(url).do("service", on=on), said, as_json=as_json)


@app.command()
def clear(url: Url = DEFAULT_URL, as_json: Json = False) -> None:
    """Clear the fault memory; what is still wrong comes back by its own test."""
    _done(UnitPage(url).do("clear-faults"), "The fault memory is cleared.", as_json=as_json)


def _done(answer: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(answer)
    else:
        typer.echo(sentence)


def _centre(text: str, transport: Transport) -> Address:
    from opensos.protocols.sip import SipUri, parse_uri  # noqa: PLC0415  # see run

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


def _say(sentence: str) -> None:
    typer.echo(sentence, err=True)
