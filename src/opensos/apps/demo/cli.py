"""``opensos demo``: a pretend car and a centre, in the browser or as one headless story."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from opensos.apps.demo.pulse import describe, triggers
from opensos.apps.demo.story import Story
from opensos.apps.demo.timeline import Moment, catalogue, missing_steps, words
from opensos.apps.demo.world import PULSE, DemoSettings, DemoWorld
from opensos.edges.pulse_file import Pulse, read_pulse
from opensos.protocols.effects import UserError
from opensos.sim.scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

app = typer.Typer(help="A pretend car and a centre on this machine.")
_say = Console(stderr=True, highlight=False, soft_wrap=True)
_BRIEF_S = 2.0
_NOT_WHOLE = 6  # the exchange was not seen whole: the road, by our exit codes


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the command line asked for."""

    scenario: str | None
    pulse: Pulse | None
    json: bool
    port: int
    sip_port: int


@app.command()
def demo(
    *,
    scenario: Annotated[
        str | None, typer.Option(help=f"What happens to the car: {', '.join(SCENARIOS)}, or sos.")
    ] = None,
    pulse: Annotated[
        list[Path] | None,
        typer.Option(help="A recorded crash: NHTSA's two columns or CSV; repeat for more axes."),
    ] = None,
    exit_: Annotated[
        bool, typer.Option("--exit", help="No browser: one call, its timeline, and an exit code.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page.")] = 8112,
    sip_port: Annotated[
        int, typer.Option(min=0, max=65535, help="UDP port of the centre; 0 takes a free one.")
    ] = 0,
    data: Annotated[
        Path | None,
        typer.Option(help="Keep the database and journal here, not in a temporary place."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The timeline as JSON lines.")] = False,
) -> None:
    """Start a centre and a pretend car, and let a person (or --exit) see an SOS call through."""
    if scenario is not None and scenario not in {*SCENARIOS, "sos"}:
        raise UserError(
            f"There is no scenario {scenario!r}: take one of {', '.join(SCENARIOS)}, sos."
        )
    if scenario is not None and pulse:
        raise UserError("Take either --scenario or --pulse: one thing happens to the car.")
    wish = _Wish(scenario, read_pulse(pulse) if pulse else None, as_json, port, sip_port)
    with _place(data) as folder:
        try:
            code = asyncio.run(_headless(wish, folder) if exit_ else _in_browser(wish, folder))
        except KeyboardInterrupt:
            code = 130
    raise typer.Exit(code)


@contextlib.contextmanager
def _place(data: Path | None) -> Iterator[Path]:
    if data is not None:
        try:
            data.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"{data} cannot be used as a directory: {error.strerror}.") from error
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="opensos-demo-") as folder:
        yield Path(folder)


# --- one story, no browser ------------------------------------------------------------------------


async def _headless(wish: _Wish, folder: Path) -> int:
    world = DemoWorld(DemoSettings(folder, wish.pulse, wish.sip_port))
    _say_pulse(wish.pulse)
    scenario = wish.scenario or (PULSE if wish.pulse else "barrier")
    due = scenario not in SCENARIOS or SCENARIOS[scenario].expects_call
    await world.start()
    story = Story(world)
    try:
        good = await story.run(
            _happening(world, scenario), call_due=due, patience_s=_patience(wish, scenario)
        )
    finally:
        await world.stop()
    _print_timeline(story.moments, as_json=wish.json)
    return _verdict(story, good=good, due=due)


def _patience(wish: _Wish, scenario: str) -> float | None:
    """Wait only briefly for a call that a weak recording will not cause."""
    weak = scenario == PULSE and wish.pulse is not None and not triggers(wish.pulse)
    return _BRIEF_S if weak else None


def _print_timeline(moments: list[Moment], *, as_json: bool) -> None:
    out = Console(highlight=False)
    texts = catalogue()
    ordered = sorted(moments, key=lambda moment: moment.utc)
    for moment in ordered:
        if as_json:
            out.out(json.dumps(moment.to_json(), ensure_ascii=False))
        else:
            out.print(_line(moment, ordered[0].utc, texts), soft_wrap=True)


def _happening(world: DemoWorld, scenario: str) -> Callable[[], None]:
    return world.unit.press_sos if scenario == "sos" else lambda: world.crash(scenario)


def _line(moment: Moment, began: float, texts: dict[str, str]) -> str:
    side, colour = ("car   ", "cyan") if moment.side == "car" else ("centre", "magenta")
    details = ", ".join(
        f"{name.replace('_', ' ')} {value}"
        for name, value in moment.data.items()
        if value is not None and not isinstance(value, dict | list)
    )
    extra = f" [dim]({details})[/dim]" if details else ""
    return f"{moment.utc - began:+8.3f} s  [{colour}]{side}[/]  {words(moment, texts)}{extra}"


def _verdict(story: Story, *, good: bool, due: bool) -> int:
    if good and not due:
        _say.print("No call went out, and none was due.")
        return 0
    if good:
        card = story.card or {}
        place = card.get("place") or {}
        _say.print(
            f"The whole exchange was seen from both sides: {card.get('msd_count')} data sets, "
            f"near {place.get('name', 'an unknown place')}, cleared down by the operator."
        )
        return 0
    if not due:
        _say.print("A call went out although none was due.")
        return _NOT_WHOLE
    missing = ", ".join(f"{side}: {step}" for side, step in missing_steps(story.moments))
    _say.print(f"The exchange was not seen whole. Missing: {missing}.")
    return _NOT_WHOLE


def _say_pulse(pulse: Pulse | None) -> None:
    for sentence in describe(pulse) if pulse is not None else ():
        _say.print(sentence)


# --- in the browser -------------------------------------------------------------------------------


async def _in_browser(wish: _Wish, folder: Path) -> int:
    from opensos.apps.demo.server import serve  # noqa: PLC0415  # a headless story needs no web

    page = f"http://127.0.0.1:{wish.port}" if wish.port else None
    world = DemoWorld(DemoSettings(folder, wish.pulse, wish.sip_port, page=page))
    await world.start()
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopping.set)
    _say_pulse(wish.pulse)

    def ready(url: str) -> None:
        _say.print(f"\n  Open [bold]{url}[/bold] and hold [bold]SOS[/bold], or press a crash.")
        _say.print("  Everything is pretend and stays on this machine. Ctrl-C ends it.\n")
        scenario = wish.scenario or (PULSE if wish.pulse else None)
        if scenario:
            loop.call_later(2.0, _happening(world, scenario))

    try:
        await serve(world, wish.port, ready, stopping)
    finally:
        await world.stop()
    return 0
