"""Random messages: from a seeded generator (for the oracles) and as hypothesis strategies."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from opensos.protocols.msd import (
    AdditionalData,
    Delta,
    EraGlonass,
    EuroNcap,
    ImpactLocation,
    Msd,
    Propulsion,
    additional_data,
)
from opensos.protocols.msd.era_glonass import CRASHES, DIAGNOSTICS
from opensos.protocols.msd.shape import SHAPES, VIN_ALPHABET
from tests.shared import SHARED

if TYPE_CHECKING:
    import random

UNKNOWN = 0x7FFF_FFFF


def vectors() -> list[dict[str, Any]]:
    """Every message that others published, or that another encoder made."""
    folder = SHARED / "vectors" / "msd"
    if not folder.is_dir():
        return []
    published = json.loads((folder / "published.json").read_text())
    made = json.loads((folder / "telsdk_encoder_output.json").read_text())["vectors"]
    return [*published, *made]


def random_msd(chance: random.Random, version: int) -> Msd:
    """One valid message; any field may have any valid value, "unknown" included."""
    shape = SHAPES[version]

    def flag() -> bool:
        return chance.random() < 0.5

    def delta() -> Delta | None:
        if not shape.recent_mandatory and flag():
            return None
        return Delta(chance.randint(-512, 511), chance.randint(-512, 511))

    flags = [chance.random() < 0.2 for _ in range(shape.propulsion)]
    return Msd(
        version,
        chance.randint(0, 255),
        flag(),
        flag(),
        flag(),
        chance.choice(shape.vehicle_types),
        "".join(chance.choices(VIN_ALPHABET, k=17)),
        Propulsion(*(flags if version > 1 else [*flags, None])),
        chance.choice([0, chance.randint(0, 0xFFFF_FFFF)]),
        UNKNOWN if chance.random() < 0.05 else chance.randint(-324_000_000, 324_000_000),
        UNKNOWN if chance.random() < 0.05 else chance.randint(-648_000_000, 648_000_000),
        255 if chance.random() < 0.05 else chance.randint(0, 179),
        delta(),
        delta(),
        chance.randint(0, 255) if flag() else None,
        random_additional(chance) if flag() else None,
    )


def random_additional(chance: random.Random) -> AdditionalData:
    """Additional data of a known kind, or of an unknown one with random content."""
    kind = chance.randrange(3)
    if kind == 0:
        limit = chance.randint(100, 255)
        return additional_data(
            EuroNcap(
                chance.choice(list(ImpactLocation)),
                chance.choice([None, True, False]),
                limit,
                chance.randint(-limit, limit),
                chance.randint(-limit, limit),
            )
        )
    if kind == 1:
        return additional_data(random_era_glonass(chance))
    oid = chance.choice(["1.2", "1.2.125", "2.300.7", "16384.1"])
    return AdditionalData(oid, chance.randbytes(chance.choice([0, 1, 4, 20, 80, 91])))


def random_era_glonass(chance: random.Random) -> EraGlonass:
    """Any subset of the fields."""

    def some(names: tuple[str, ...]) -> dict[str, bool] | None:
        if chance.random() < 0.3:
            return None
        return {name: chance.random() < 0.3 for name in names if chance.random() < 0.5}

    severity = chance.choice([None, chance.randint(0, 2047)])
    return EraGlonass(severity, some(DIAGNOSTICS), some(CRASHES))


def messages(version: int) -> st.SearchStrategy[Msd]:
    """Any message that can be encoded, reserved values included."""
    shape = SHAPES[version]
    angle = st.integers(-0x8000_0000, 0x7FFF_FFFF)
    delta = st.builds(Delta, st.integers(-512, 511), st.integers(-512, 511))
    recent = delta if shape.recent_mandatory else st.none() | delta
    other = st.none() if version == 1 else st.booleans()
    byte = st.integers(0, 255)
    return st.builds(
        Msd,
        version=st.just(version),
        message_identifier=byte,
        automatic_activation=st.booleans(),
        test_call=st.booleans(),
        position_can_be_trusted=st.booleans(),
        vehicle_type=st.sampled_from(shape.vehicle_types),
        vin=st.text(VIN_ALPHABET, min_size=17, max_size=17),
        propulsion=st.builds(Propulsion, *[st.booleans()] * 6, other),
        timestamp=st.integers(0, 0xFFFF_FFFF),
        latitude_mas=st.integers(-324_000_000, 324_000_000) | st.just(UNKNOWN) | angle,
        longitude_mas=st.integers(-648_000_000, 648_000_000) | st.just(UNKNOWN) | angle,
        direction=byte,
        recent_n1=recent,
        recent_n2=recent,
        occupants=st.none() | byte,
        additional_data=st.none() | additional(),
        additions=st.just(()),
    )


def euro_ncaps() -> st.SearchStrategy[EuroNcap]:
    """Any Euro NCAP value without additions."""
    speed = st.integers(-255, 255)
    return st.builds(
        EuroNcap,
        st.sampled_from(ImpactLocation),
        st.none() | st.booleans(),
        st.integers(100, 255),
        speed,
        speed,
        st.just(()),
    )


def era_glonasses() -> st.SearchStrategy[EraGlonass]:
    """Any ERA-GLONASS value without additions."""
    return st.builds(
        EraGlonass,
        st.none() | st.integers(0, 2047),
        st.none() | st.dictionaries(st.sampled_from(DIAGNOSTICS), st.booleans()),
        st.none() | st.dictionaries(st.sampled_from(CRASHES), st.booleans()),
        st.just(()),
        st.just(False),
    )


def additional() -> st.SearchStrategy[AdditionalData]:
    """Additional data of a known or an unknown kind; only what fits into 140 bytes."""
    unknown = st.builds(
        AdditionalData,
        st.sampled_from(["1.2", "1.2.125", "0", "99.128.70000"]),
        st.binary(max_size=80),
        st.none(),
        st.just(0),
    )
    known = (euro_ncaps() | era_glonasses()).map(additional_data)
    return unknown | known


any_message = st.sampled_from([1, 2, 3]).flatmap(messages)


def without_content(msd: Msd) -> Msd:
    """The message with its additional data as mere bytes, as a plain ASN.1 compiler sees it."""
    if msd.additional_data is None:
        return msd
    return replace(msd, additional_data=replace(msd.additional_data, decoded=None))
