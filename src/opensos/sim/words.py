"""Sentences of the pretend world in a person's language: faults, actions, symptoms, outcomes."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from opensos.protocols.effects import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES: Final = ("en", "de")


@cache
def words(language: str) -> Mapping[str, str]:
    """Return every sentence by its text key. Raises UserError for an unknown language."""
    if language not in LANGUAGES:
        raise UserError(f"There is no language {language!r}: take {', '.join(LANGUAGES)}.")
    text = resources.files("opensos.sim").joinpath("texts", f"{language}.json")
    return MappingProxyType(json.loads(text.read_text("utf-8")))
