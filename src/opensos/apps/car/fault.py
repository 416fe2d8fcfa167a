"""``opensos car fault``: faults of the car of a running page; its commands are added here."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, help="Faults of the pretend car.")
