from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opensos.rules.incident import call_digest, incident_id


@given(st.text(st.characters()))
def test_a_key_of_any_text_gives_short_names_that_stay_the_same(key: str) -> None:
    digest = call_digest(key)
    assert len(digest) == 32
    assert digest == call_digest(key)
    name = incident_id(digest)
    assert len(name) == 16
    assert not set(name) & set("ilou")
    assert name.isalnum()
    assert name.isascii()


def test_surrogates_of_broken_headers_make_a_key_too() -> None:
    assert call_digest("\udcff;tag") != call_digest("\udcfe;tag")


def test_other_calls_have_other_names() -> None:
    names = {incident_id(call_digest(f"call {n}")) for n in range(10_000)}
    assert len(names) == 10_000
