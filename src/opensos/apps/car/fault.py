"""``opensos car fault``: faults of the pretend car of a running unit."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from opensos.apps.car.page import Json, Url, texts
from opensos.edges.terminal import print_json, print_table
from opensos.edges.unit_page import DEFAULT_URL, UnitPage
from opensos.edges.why import why
from opensos.protocols.effects import UserError

# Typer reads each command's options from its signature.
# ruff: noqa: FBT002, PLR0917
app = typer.Typer(no_args_is_help=True, help="Faults of the pretend car.")

_MOST_BYTES = 4096  # as much as the unit's page takes at once


@app.command()
def inject(
    fault: Annotated[list[str] | None, typer.Argument(help="Names, see 'list --all'.")] = None,
    file: Annotated[
        str | None, typer.Option("--file", "-f", help="A TOML file of faults; - is stdin.")
    ] = None,
    mode: Annotated[str, typer.Option(help="hard or intermittent.")] = "hard",
    severity: Annotated[float, typer.Option(help="How bad, up to 1.")] = 1.0,
    url: Url = DEFAULT_URL,
    as_json: Json = False,
) -> None:
    """Put faults into the car."""
    if (not fault) is (file is None):
        raise UserError("Name faults, or give a file with --file; one of the two.")
    page = UnitPage(url)
    if file is not None:
        count = int(page.do("fault", file=_read(file)).get("count", 0))
        names = [f"{count} faults of {'stdin' if file == '-' else file}"]
    else:
        names = list(fault or ())
        for one in names:
            page.do("fault", inject=one, mode=mode, severity=severity)
        count = len(names)
    if as_json:
        print_json({"ok": True, "count": count})
    else:
        typer.echo(f"Put in: {', '.join(names)}.")


@app.command()
def clear(
    fault: Annotated[list[str], typer.Argument(help="Names of faults, or all.")],
    url: Url = DEFAULT_URL,
    as_json: Json = False,
) -> None:
    """Take faults out of the car by magic; what the unit has stored stays."""
    page = UnitPage(url)
    for one in fault:
        page.do("fault", clear=one)
    if as_json:
        print_json({"ok": True})
    else:
        typer.echo(f"Taken out: {', '.join(fault)}.")


@app.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="All that can be put in.")] = False,
    url: Url = DEFAULT_URL,
    as_json: Json = False,
) -> None:
    """List the faults that are in the car, or all that can be."""
    page = UnitPage(url)
    found = page.known()["faults"] if everything else _present(page)
    if as_json:
        print_json(found)
        return
    words = texts(page)
    if not found:
        typer.echo("No fault is in the car.")
    elif everything:
        rows = [(one["id"], one["cause"], one["sos"], words(one["text_key"])) for one in found]
        print_table(("Fault", "Cause", "SOS call", "What it is"), rows)
    else:
        print_table(
            ("Fault", "How", "How bad", "Shows now", "What it is"),
            [
                (
                    one["id"],
                    one["mode"],
                    f"{one['severity']:g}",
                    "yes" if one["active"] else "no",
                    words(one["text_key"]),
                )
                for one in found
            ],
        )


def _present(page: UnitPage) -> list[dict[str, Any]]:
    pretend = page.state().get("pretend")
    if pretend is None:
        raise UserError("This is a real board, not a pretend car: it has no faults to list.")
    faults: list[dict[str, Any]] = pretend["faults"]
    return faults


def _read(name: str) -> str:
    try:
        text = sys.stdin.read(_MOST_BYTES) if name == "-" else Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{name} cannot be read as a file of faults: {why(error)}.") from error
    if len(text) >= _MOST_BYTES:
        raise UserError(f"{name} is too long: at most {_MOST_BYTES} characters.")
    return text
