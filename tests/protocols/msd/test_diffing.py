"""Where two messages differ."""

from __future__ import annotations

from dataclasses import replace

from opensos.protocols.msd import Addition, Decoded, Difference, Msd, decode, diff, encode
from tests.protocols.msd.known import V2, V3


def _read(msd: Msd) -> Decoded:
    return decode(encode(msd))


def test_the_same_content_in_another_encoding_is_no_difference() -> None:
    assert diff(_read(V2), decode(encode(V2).ljust(140, b"\0"))) == ()


def test_each_field_that_differs_is_named_with_both_values() -> None:
    found = diff(_read(V2), _read(replace(V2, message_identifier=2, occupants=None)))
    assert found == (
        Difference("msd.messageIdentifier", 1, 2),
        Difference("msd.numberOfPassengers", 2, None),
        Difference("msd.occupants", 2, None),
    )


def test_a_field_that_only_one_side_has_is_absent_on_the_other() -> None:
    paths = {one.path: one for one in diff(_read(V2), _read(replace(V3, additional_data=None)))}
    assert paths["msd.numberOfPassengers"].right is None
    assert paths["msd.numberOfOccupants"].left is None
    assert paths["additional_data.oid"] == Difference("additional_data.oid", "8.1", None)
    more = diff(_read(V2), _read(replace(V2, additions=(Addition("msdStructure", 0, b""),))))
    assert Difference("msd.additions[0].where", None, "msdStructure") in more
