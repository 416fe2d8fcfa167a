"""Prints data at a terminal: JSON for programs, tables for people; rich is loaded for a table only.

Messages are no data: they go to stderr, and not through here.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_PIPED_WIDTH = 160


def print_json(value: object) -> None:
    """Print one JSON value on one line of stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def print_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table on stdout; cells may hold rich's markup, and NO_COLOR is kept by rich."""
    from rich.console import Console  # noqa: PLC0415  # only where a table is printed
    from rich.table import Table  # noqa: PLC0415  # same

    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(head)
    for row in rows:
        table.add_row(*row)
    width = None if sys.stdout.isatty() else _PIPED_WIDTH
    Console(highlight=False, width=width).print(table)
