"""A serial modem adapter with a pretend modem on a pseudo-terminal, quick and without sleeps."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from opensos.edges.clock import SystemClock
from opensos.edges.modem_serial import ModemSettings, SerialModem
from opensos.edges.serial_line import LineSettings, SerialLine, serial_opener
from opensos.protocols.at import Limits
from opensos.sim.modem_pty import PtyModem
from opensos.sim.modem_radio import Identity, ModemWorld
from tests.promises.modem import PATIENCE_S, eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

QUICK = Limits(probe_again_s=(0.01,), calm_s=0.01, calm_at_most_s=0.05)


class Desk:
    """Both ends of the line."""

    def __init__(self, pty: PtyModem, modem: SerialModem) -> None:
        self.pty = pty
        self.far = pty.modem
        self.modem = modem
        self.line = modem.line

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something holds."""
        await eventually(true)

    async def fresh(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self.modem.fresh()


@asynccontextmanager
async def desk(
    tmp_path: Path,
    world: ModemWorld | None = None,
    settings: ModemSettings | None = None,
    *,
    live: bool = False,
) -> AsyncIterator[Desk]:
    """Open a modem by a name that stays; the story begins before anything is heard."""
    pty = PtyModem(world or ModemWorld(identity=Identity(maker="telit")), tmp_path / "modem")
    path = pty.plug_in()
    line = SerialLine(
        serial_opener(path),
        SystemClock(),
        LineSettings(reopen_s=(0.01,), limits=QUICK, live=live),
    )
    modem = SerialModem(line, settings or ModemSettings(poll_s=0.02, slow_every=2))
    modem.start()
    try:
        yield Desk(pty, modem)
    finally:
        await modem.close()
        pty.unplug()
