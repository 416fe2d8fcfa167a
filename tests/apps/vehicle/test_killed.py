"""The program killed (SIGKILL) at random moments of a call, against a real centre."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from opensos.edges.journal import FileJournal
from opensos.edges.unit_page import UnitPage
from opensos.rules.emergency import Settings
from tests.centre import cards, running, settings_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PATIENCE_S = 30.0
KILLS = 5
ENDS = {"gave_up", "cleared_down"}


class Killable:
    """A unit in a process of its own; its journal's lines come one by one."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.process = process
        self.url = url
        self.keys: list[str] = []

    async def line(self) -> str:
        """Return the next line's key."""
        assert self.process.stdout is not None
        text = await asyncio.wait_for(self.process.stdout.readline(), PATIENCE_S)
        assert text, "the unit ended by itself"
        self.keys.append(json.loads(text)["text_key"])
        return self.keys[-1]

    async def call_line(self) -> str:
        """Return the next key that is about the voice call."""
        while (key := await self.line()).startswith("data_"):
            pass
        return key


@asynccontextmanager
async def unit_of(folder: Path, centre: str) -> AsyncIterator[Killable]:
    command = ("-m", "opensos", "vehicle", "run", "--json", "--port", "0", "--cancel-window", "0")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        *("--journal", str(folder), "--centre", centre),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        first = (await asyncio.wait_for(process.stderr.readline(), PATIENCE_S)).decode()
        assert "http://" in first, first
        yield Killable(process, "http://" + first.split("http://", 1)[1].split("/car", 1)[0])
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def journal_is_readable(folder: Path) -> None:
    journal = FileJournal(folder)
    contents = journal.read()
    journal.close()
    assert {one.code for one in contents.findings} <= {"torn_last_write"}
    assert [entry for entry in contents.entries if entry.kind == "state"]


@pytest.mark.parametrize(("seed", "answers"), [(1, True), (2, False), (3, True)])
def test_killed_again_and_again_it_resumes_or_says_so_within_its_bound(
    tmp_path: Path, seed: int, *, answers: bool
) -> None:
    dice = random.Random(seed)
    folder = tmp_path / "unit"

    async def story() -> None:
        async with running(settings_for(tmp_path / "centre", auto_answer=answers)) as centre:
            where = f"sip:127.0.0.1:{centre.sip_addresses[0].port}"
            for round_ in range(KILLS):
                async with unit_of(folder, where) as unit:
                    if round_ == 0:
                        await asyncio.to_thread(UnitPage(unit.url).do, "sos")
                    else:
                        assert await unit.call_line() == "restarted"
                    for _ in range(dice.randint(0 if round_ else 1, 3)):
                        key = await unit.line()
                        if key.startswith(("answered", "ringing")) or key in ENDS:
                            break  # nothing more is said until the call ends
                journal_is_readable(folder)
            async with unit_of(folder, where) as unit:
                while not (key := await unit.line()).startswith(("dialling", "gave_up")):
                    pass
                assert key
            calls = len(await cards(centre))
            assert 1 <= calls <= min(KILLS + 2, Settings().attempts_most)

    asyncio.run(story())
