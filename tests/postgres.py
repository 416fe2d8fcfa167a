"""A private, temporary PostgreSQL server for the tests that need one."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def _account() -> str | None:
    """PostgreSQL refuses to run as root; find whom to run it as."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """Run a server on a free loopback port; yield its SQLAlchemy URL (database ``postgres``)."""
    if not BINARIES:
        pytest.skip("PostgreSQL's server is not installed (/usr/lib/postgresql)")
    folder = BINARIES[-1].parent
    account = _account()
    if os.getuid() == 0 and account is None:
        pytest.skip("PostgreSQL will not run as root and there is no account for it")
    home = Path(tempfile.mkdtemp(prefix="opensos-pg-", dir="/tmp"))  # a socket's path must be short
    data = home / "data"
    port = _free_port()
    if account is not None:
        shutil.chown(home, account)

    def run(*command: str) -> None:
        subprocess.run(
            command,
            check=True,
            user=account,
            cwd=home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )

    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home}"
    try:
        run(str(folder / "initdb"), "-D", str(data), "-U", "opensos", "-A", "trust", "-E", "UTF8")
        run(str(folder / "pg_ctl"), "-D", str(data), "-w", "-o", options, "-l", str(home / "log"),
            "start")  # fmt: skip
        try:
            yield f"postgresql+psycopg://opensos@127.0.0.1:{port}/postgres"
        finally:
            run(str(folder / "pg_ctl"), "-D", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)
