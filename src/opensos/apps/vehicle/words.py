"""Sentences for text keys: every room keeps its own catalogue, here they are one."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_CATALOGUES = (
    ("opensos.rules.readiness", "texts"),
    ("opensos.rules.emergency", "texts"),
    ("opensos.sim", "texts"),
    ("opensos.apps.vehicle", "web_assets/i18n"),
)


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return every sentence in a language (``en``, ``de``); a later room's key wins."""
    texts: dict[str, str] = {}
    for package, folder in _CATALOGUES:
        place = files(package).joinpath(*folder.split("/"), f"{language}.json")
        try:
            texts |= json.loads(place.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue  # a catalogue that is not there costs its sentences, nothing else
    return texts


def english(text_key: str) -> str:
    """Return the English sentence of a key; the key itself where there is none."""
    return catalogue("en").get(text_key, text_key)
