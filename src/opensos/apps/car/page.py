"""``opensos car do|move|ignition|status``: what a person does to the car of a running unit."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from opensos.edges.terminal import print_json, print_table
from opensos.edges.unit_page import DEFAULT_URL, UnitPage
from opensos.protocols.effects import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# Typer reads each command's options from its signature.
# ruff: noqa: FBT002
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Url = Annotated[str, typer.Option(help="Where the unit's page is.")]


class Move(StrEnum):
    """What a car can be made to do."""

    ENGINE = "engine"
    DRIVE = "drive"
    STOP = "stop"
    PARK = "park"


class OnOff(StrEnum):
    """A switch."""

    ON = "on"
    OFF = "off"


def add_to(app: typer.Typer) -> None:
    """Add these commands to the noun."""
    app.command("do")(do)
    app.command("move")(move)
    app.command("ignition")(ignition)
    app.command("status")(status)


def do(
    action: Annotated[str | None, typer.Argument(help="Its name; without one: a list.")] = None,
    url: Url = DEFAULT_URL,
    as_json: Json = False,
) -> None:
    """Do to the pretend car what an owner or a workshop does, or list what can be done."""
    page = UnitPage(url)
    if action is None:
        _list_actions(page, as_json=as_json)
        return
    answer = page.do("action", do=action)
    if as_json:
        print_json({name: answer.get(name) for name in ("text_key", "minutes", "cured")})
        return
    cured = ", ".join(answer.get("cured") or ()) or "nothing"
    typer.echo(texts(page)(str(answer["text_key"])))
    typer.echo(f"It took {answer['minutes']:g} min. Cured: {cured}.")


def _list_actions(page: UnitPage, *, as_json: bool) -> None:
    found = page.known()["actions"]
    if as_json:
        print_json(found)
        return
    words = texts(page)
    rows = [
        (one["id"], one["who"], f"{one['minutes']:g} min", words(one["text_key"])) for one in found
    ]
    print_table(("Action", "Who", "Takes", "What it is"), rows)


def move(
    what: Annotated[Move, typer.Argument(help="What the car does.")],
    place: Annotated[str | None, typer.Option(help="Where: road, garage, tunnel …")] = None,
    url: Url = DEFAULT_URL,
    as_json: Json = False,
) -> None:
    """Start the engine of the pretend car, drive, stop (engine on) or park (all off)."""
    answer = UnitPage(url).do("move", do=what.value, **({} if place is None else {"place": place}))
    _done(answer, f"Done: {what.value}{'' if place is None else f', {place}'}.", as_json=as_json)


def ignition(
    switch: Annotated[OnOff, typer.Argument(help="on or off.")],
    url: Url = DEFAULT_URL,
    as_json: Json = False,
) -> None:
    """Turn the ignition of the pretend car on or off."""
    answer = UnitPage(url).do("ignition", on=switch is OnOff.ON)
    _done(answer, f"Ignition {switch.value}.", as_json=as_json)


def status(url: Url = DEFAULT_URL, as_json: Json = False) -> None:
    """Say how the pretend car of a running unit is."""
    page = UnitPage(url)
    pretend = page.state().get("pretend")
    if pretend is None:
        raise UserError("This is a real board, not a pretend car.")
    if as_json:
        print_json(pretend)
        return
    words = texts(page)
    for name, text in _facts(pretend, words):
        typer.echo(f"{name:<10}{text}")


def _facts(pretend: dict[str, Any], words: Callable[[str], str]) -> Iterable[tuple[str, str]]:
    trip, power, head = pretend["trip"], pretend["power"], pretend["head_unit"]
    on = {True: "on", False: "off"}
    yield "car", f"{pretend['family']}, {trip['state']}, {trip['place']}, {trip['country']}"
    yield "ignition", on[trip["ignition_on"]]
    yield "engine", on[trip["engine_running"]]
    left = power["left_s"]
    yield "power", power["source"] + ("" if left is None else f", {left / 60:.0f} min left")
    yield "lamp", words(f"lamp.{pretend['lamp']}")
    yield "head unit", words(head["message"]) if head["message"] else on[head["on"]]
    for one in pretend["faults"]:
        yield "fault", f"{one['id']}: {words(one['text_key'])}"
    for one in pretend["symptoms"]:
        yield "symptom", words(one)


def _done(answer: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(answer)
    else:
        typer.echo(sentence)


def texts(page: UnitPage) -> Callable[[str], str]:
    """Return what gives the English sentence of a key, as this unit's page says it."""
    catalogue = page.texts()
    return lambda key: catalogue.get(key, key)
