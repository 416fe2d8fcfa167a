"""The ``opensos`` command: one noun per subject, each loaded only when it is used."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperCommand, TyperGroup

from opensos import __version__
from opensos.protocols.effects import OpenSosError

if TYPE_CHECKING:
    from collections.abc import Sequence

    # Typer carries click inside itself and names these nowhere else; for the type checker only.
    from typer._click.core import Command, Context
    from typer._click.formatting import HelpFormatter

# noun or verb -> (module, attribute, one line of help). Loaded lazily: `opensos msd decode` must
# not wait for a web framework.
_NOUNS = {
    "msd": ("opensos.apps.engineer.msd", "app", "Decode, encode, check and compare MSDs."),
    "centre": ("opensos.apps.centre.cli", "app", "The call centre."),
    "vehicle": ("opensos.apps.vehicle.cli", "app", "The unit in the car."),
    "car": ("opensos.apps.car.cli", "app", "A car's control units: ask, record, play."),
    "demo": ("opensos.apps.demo.cli", "app", "A pretend car and a centre on this machine."),
}


class _LazyNouns(TyperGroup):
    """Loads a noun's module when the noun is used; the list of nouns loads none."""

    _listing = False

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        self._listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._listing = False

    def list_commands(self, ctx: Context) -> list[str]:
        del ctx
        return list(_NOUNS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        del ctx
        if cmd_name not in _NOUNS:
            return None
        module, attribute, summary = _NOUNS[cmd_name]
        if self._listing:
            return TyperCommand(cmd_name, help=summary)
        command = typer.main.get_command(getattr(importlib.import_module(module), attribute))
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=_LazyNouns,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="The whole vehicle SOS call in the open: unit, centre, and what lies between.",
)


@app.callback(invoke_without_command=True)
def _root(
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
) -> None:
    if version:
        typer.echo(f"opensos {__version__}")
        raise typer.Exit


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; an error of ours becomes one sentence and its exit code."""
    try:
        app(list(sys.argv[1:] if arguments is None else arguments))
    except OpenSosError as error:
        typer.echo(f"opensos: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(0)
