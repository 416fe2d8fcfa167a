"""``opensos centre run`` in a process of its own, on free loopback ports."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.protocols.effects import Address

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass(frozen=True)
class CentreProcess:
    """What the process said when it had started: where calls go, the console, the sign-in link."""

    process: asyncio.subprocess.Process
    said: str
    address: Address
    url: str
    link: str


@contextlib.asynccontextmanager
async def centre_process(*options: str) -> AsyncIterator[CentreProcess]:
    """Run a centre; whatever happens, it does not outlive the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "opensos", "centre", "run",
        "--sip", "udp:127.0.0.1:0", "--web", "127.0.0.1:0", *options,
        stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stderr is not None
    said = ""
    try:
        async with asyncio.timeout(60):
            while not re.search(r"^Sign in", said, re.MULTILINE):
                line = await process.stderr.readline()
                assert line, f"the centre ended: {said}"
                said += line.decode()
        port = re.search(r"udp 127\.0\.0\.1:(\d+)", said)
        url = re.search(r"(http://[\d.:]+)/console", said)
        assert port, said
        assert url, said
        link = re.search(r"http\S+/sign-in\?token=\S+", said)
        address = Address("udp", "127.0.0.1", int(port.group(1)))
        yield CentreProcess(process, said, address, url.group(1), link.group() if link else "")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.communicate()
