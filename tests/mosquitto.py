"""A real broker for tests: Mosquitto on a free loopback port, with or without TLS."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import trustme

PROGRAM = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
needs_mosquitto = pytest.mark.skipif(PROGRAM is None, reason="the broker Mosquitto is not here")

ACL = """pattern write opensos/v1/%u/up
pattern read opensos/v1/%u/down

user centre
topic read opensos/v1/+/up
topic write opensos/v1/+/down
"""


@dataclass
class Broker:
    """A running broker; ``kill`` and ``start`` are for tests that take it away."""

    port: int
    config: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        assert PROGRAM is not None
        self.process = subprocess.Popen(
            [PROGRAM, "-c", str(self.config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 10.0
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            assert time.monotonic() < until, "Mosquitto did not start"
            time.sleep(0.01)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextlib.contextmanager
def mosquitto(folder: Path, authority: trustme.CA | None = None) -> Iterator[Broker]:
    """Run a broker; with an authority only its cars may connect, each to its own topics."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    lines = [f"listener {port} 127.0.0.1", "set_tcp_nodelay true", "max_queued_messages 0"]
    if os.getuid() == 0:
        lines.append("user root")  # else it gives up its rights and cannot read a test's folder
    if authority is None:
        lines.append("allow_anonymous true")
    else:
        ours = authority.issue_cert("localhost", "127.0.0.1")
        authority.cert_pem.write_to_path(folder / "ca.pem")
        ours.cert_chain_pems[0].write_to_path(folder / "broker.pem")
        ours.private_key_pem.write_to_path(folder / "broker.key")
        (folder / "acl").write_text(ACL)
        lines += [
            f"cafile {folder / 'ca.pem'}",
            f"certfile {folder / 'broker.pem'}",
            f"keyfile {folder / 'broker.key'}",
            "require_certificate true",
            "use_identity_as_username true",
            f"acl_file {folder / 'acl'}",
        ]
    config = folder / "mosquitto.conf"
    config.write_text("\n".join([*lines, ""]))
    broker = Broker(port, config)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


def client_files(authority: trustme.CA, name: str, folder: Path) -> tuple[Path, Path, Path]:
    """Return authority, certificate and key of a client whose common name is ``name``."""
    own = authority.issue_cert(common_name=name)
    ca, cert, key = (folder / f"{name}.{end}" for end in ("ca", "pem", "key"))
    authority.cert_pem.write_to_path(ca)
    own.cert_chain_pems[0].write_to_path(cert)
    own.private_key_pem.write_to_path(key)
    return ca, cert, key


def client_tls(files: tuple[Path, Path, Path]) -> ssl.SSLContext:
    """Return the context of a client that shows its certificate."""
    ca, cert, key = files
    context = ssl.create_default_context(cafile=str(ca))
    context.load_cert_chain(cert, key)
    return context
