"""The page on modems says what the makers' table says, row by row."""

from __future__ import annotations

import pytest

from opensos.protocols.at import PROFILES, Profile
from tests.shared import ROOT

PAGE = ROOT / "docs" / "reference" / "modems.md"


def rows(profile: Profile) -> list[str]:
    """Return the rows of the page's tables for one maker."""
    made = [f"| sets up with | {_code(*profile.setup)} |  |"] if profile.setup else []
    if profile.msd is not None:
        how = "at the prompt, in hexadecimal, then Ctrl-Z" if profile.msd.at_prompt else ""
        made.append(f"| MSD | {_code(profile.msd.command)} {how} | {profile.msd.grade} |")
    made.append(f"| card's number | {_code(*profile.iccid)} |  |")
    if profile.pin:
        made.append(f"| output pin | {_code(*profile.pin)} |  |")
    for meaning in profile.meanings:
        fields = ",".join(field or "…" for field in meaning.fields)
        line = f"{meaning.head} {fields}".strip()
        made.append(f"| hears | {_code(line)}: {meaning.news.value} | {meaning.grade} |")
    return [" ".join(row.split()) for row in made]


def _code(*texts: str) -> str:
    return ", ".join(f"`{text}`" for text in texts)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_the_page_has_every_row_of_the_makers_table(profile: Profile) -> None:
    page = [" ".join(line.split()) for line in PAGE.read_text(encoding="utf-8").splitlines()]
    start = page.index(f"## {profile.name}")
    end = next((i for i in range(start + 1, len(page)) if page[i].startswith("## ")), len(page))
    here = [line for line in page[start:end] if line.startswith("|")]
    assert here == ["| what | command or line | known from |", "|---|---|---|", *rows(profile)]
    assert profile.note in " ".join(page[start:end])
