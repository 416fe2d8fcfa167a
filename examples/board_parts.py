"""Opens a board from its file and prints what was found of each part.

Usage: python examples/board_parts.py [FILE] [SECONDS]. FILE is the example beside this program if
none is given; SECONDS (1) is how long the parts may take to say something.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from opensos.edges.board import describe, open_board
from opensos.edges.clock import SystemClock
from opensos.protocols.effects import UserError

EXAMPLE = Path(__file__).with_name("board-raspberry-pi.toml")


async def show(path: Path, seconds: float) -> None:
    """Open the board, give its parts time to speak, and print a line for each."""
    clock = SystemClock()
    async with await open_board(path, clock) as board:
        await asyncio.sleep(seconds)
        for found in describe(board, clock.now()):
            print(f"{found.part:14} {found.state:7} {found.words}")


def main(arguments: list[str]) -> int:
    """Read the command line; return the exit code."""
    path = Path(arguments[0]) if arguments else EXAMPLE
    seconds = float(arguments[1]) if len(arguments) > 1 else 1.0
    try:
        asyncio.run(show(path, seconds))
    except UserError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
