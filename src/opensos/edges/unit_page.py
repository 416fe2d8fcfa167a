"""Asks the page of a unit that runs on some machine: the Car API from a program's side.

Deliberately absent: the stream of events; a command asks, looks and ends.
"""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from typing import Any, Final

from opensos.protocols.effects import RoadError, UserError

DEFAULT_URL: Final = "http://127.0.0.1:8114"

_TIMEOUT_S = 5.0
_MAX_ANSWER = 4 * 1024 * 1024


class UnitPage:
    """One unit by the address of its page.

    Raises UserError for what is no address.
    """

    def __init__(self, url: str = DEFAULT_URL) -> None:
        if not url.startswith(("http://", "https://")):
            raise UserError(f"{url!r} is not an address such as {DEFAULT_URL}.")
        self.url = url.rstrip("/")

    def state(self) -> dict[str, Any]:
        """Return the whole state. Raises RoadError."""
        return self._ask("state", None)

    def known(self) -> dict[str, Any]:
        """Return the faults, actions and places of a pretend car. Raises RoadError."""
        return self._ask("known", None)

    def texts(self, language: str = "en") -> dict[str, str]:
        """Return every sentence that this unit's page may say. Raises RoadError."""
        return {key: str(text) for key, text in self._ask(f"texts/{language}.json", None).items()}

    def do(self, verb: str, **wish: Any) -> dict[str, Any]:
        """Ask for one thing.

        Raises:
            UserError: the unit refused; the sentence says why.
            RoadError: nobody answers there, or something that is no unit.
        """
        return self._ask(verb, wish)

    def _ask(self, verb: str, body: dict[str, Any] | None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310  # http and https only, see __init__
            f"{self.url}/car/api/{verb}", data, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310  # same
                value = json.loads(answer.read(_MAX_ANSWER))
        except urllib.error.HTTPError as error:
            raise UserError(_reason(error)) from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise RoadError(
                f"No unit answers at {self.url}: start one with 'opensos vehicle run'."
            ) from error
        if not isinstance(value, dict):
            raise RoadError(f"What answers at {self.url} is not a unit.")
        return value


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(error.read(_MAX_ANSWER))["error"])
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
        return f"The unit refused ({error.code})."
