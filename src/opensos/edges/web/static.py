"""Serves the pages' files: our own, and the libraries that we carry with us."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.applications import Starlette

_HERE = Path(__file__).parent

# The system's own table may lack or mistake these, and a browser refuses a module of a wrong type.
for _suffix, _type in (
    (".js", "text/javascript"),
    (".mjs", "text/javascript"),
    (".json", "application/json"),
    (".css", "text/css"),
    (".svg", "image/svg+xml"),
):
    mimetypes.add_type(_type, _suffix)


def add_static(app: Starlette, folders: Mapping[str, Path]) -> None:
    """Serve ``/static/ui``, ``/static/vendor`` and each further folder under its name."""
    known = {"ui": _HERE / "ui", "vendor": _HERE / "vendor", **folders}
    for name, folder in known.items():
        app.mount(f"/static/{name}", StaticFiles(directory=folder), name=f"static-{name}")
