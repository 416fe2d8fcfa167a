"""A draft becomes its value without a copy, so both must have the same slots."""

from __future__ import annotations

from dataclasses import fields

import pytest

from opensos.protocols.msd import AdditionalData, Decoded, EraGlonass, EuroNcap, Msd
from opensos.protocols.msd.draft import MsdDraft, draft_of


def test_an_empty_draft_is_an_empty_message() -> None:
    assert MsdDraft(2).freeze() == Msd(version=2)


@pytest.mark.parametrize("kind", [AdditionalData, Decoded, EraGlonass, EuroNcap, Msd])
def test_a_draft_has_exactly_the_slots_of_its_value(kind: type) -> None:
    draft = draft_of(kind)()
    for field in fields(kind):
        setattr(draft, field.name, field.name)
    draft.__class__ = kind
    assert isinstance(draft, kind)
    assert [getattr(draft, field.name) for field in fields(kind)] == [
        field.name for field in fields(kind)
    ]
