"""Sentences for text keys: every room keeps its own catalogue, here they are one."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES: Final = ("en", "de")
_CATALOGUES = (
    ("opensos.rules.readiness", "texts"),
    ("opensos.rules.emergency", "texts"),
    ("opensos.sim", "texts"),
    ("opensos.apps.vehicle", "web_assets/i18n"),
)
_PLACE = re.compile(r"\{(\w+)\}")


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


def sentence(text_key: str, data: Mapping[str, Any] | None = None, language: str = "en") -> str:
    """Return a sentence with its figures in it; the page's ``say.js`` does the same.

    What is not known stands as an ellipsis: a figure is never made up.
    """
    texts = catalogue(language)
    values = data or {}

    def figure(place: re.Match[str]) -> str:
        if place[1] == "reason" and "reason" in values:
            return str(values["reason"])  # a sentence of its own, its paths as they are
        return _word(texts, place[1], values.get(place[1]))

    return _PLACE.sub(figure, texts.get(text_key, text_key))


def journal_text(text_key: str, data: Mapping[str, Any] | None = None, language: str = "en") -> str:
    """Return the sentence of a line of the journal, by its bare key as the unit notes it."""
    texts = catalogue(language)
    key = f"journal.{text_key}"
    return sentence(key if key in texts else text_key, data, language)


def _word(texts: Mapping[str, str], name: str, value: object) -> str:
    """Return a value as people say it: by its own key, by the name of its place, or as it is."""
    if value is None:
        return "…"
    if isinstance(value, bool):
        value = str(value).lower()
    if isinstance(value, int | float):
        return f"{value:.10g}"
    text = str(value)
    if name == "key":
        component, _, symptom = text.partition(".")
        return f"{_word(texts, 'component', component)}: {_word(texts, 'finding', symptom)}"
    for key in (text, f"{name}.{text}"):
        if key in texts:
            return texts[key]
    if ", " in text:
        return ", ".join(_word(texts, name, one) for one in text.split(", "))
    return text.replace("_", " ")
