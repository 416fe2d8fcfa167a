"""TLS contexts: 1.2 or newer, peers verified, no exceptions by switch."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from opensos.edges.why import why
from opensos.protocols.effects import UserError

if TYPE_CHECKING:
    from pathlib import Path


def server_context(cert: Path, key: Path, client_ca: Path | None = None) -> ssl.SSLContext:
    """Return the context of a listening side; with ``client_ca`` peers must show a certificate.

    Raises:
        UserError: a file is missing or is not what it should be.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(cert, key)
        if client_ca is not None:
            context.load_verify_locations(client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except OSError as error:
        raise UserError(f"The TLS certificate or key cannot be used: {why(error)}.") from error
    return context


def client_context(
    ca: Path | None = None, cert: Path | None = None, key: Path | None = None
) -> ssl.SSLContext:
    """Return the context of a calling side; without ``ca`` the system's authorities are trusted.

    Raises:
        UserError: a file is missing or is not what it should be.
    """
    try:
        context = ssl.create_default_context(cafile=ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if cert is not None:
            context.load_cert_chain(cert, key)
    except OSError as error:
        raise UserError(
            f"The TLS authority or certificate cannot be used: {why(error)}."
        ) from error
    return context
