"""Additional data: which kinds are known, from bytes to value and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opensos.protocols.msd import era_glonass, euro_ncap
from opensos.protocols.msd.era_glonass import (
    EraGlonass,
    decode_era_glonass,
    encode_era_glonass,
)
from opensos.protocols.msd.euro_ncap import EuroNcap, decode_euro_ncap, encode_euro_ncap
from opensos.protocols.msd.message import AdditionalData

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.protocols.msd.problem import Problem

KINDS: Final[
    dict[str, Callable[[bytes], tuple[EuroNcap | EraGlonass | None, tuple[Problem, ...]]]]
] = {euro_ncap.OID: decode_euro_ncap, era_glonass.OID: decode_era_glonass}
"""By object identifier: how the content is read."""

KIND_NAMES: Final = {euro_ncap.OID: "Euro NCAP TB 040", era_glonass.OID: "ERA-GLONASS"}


def additional_data(value: EuroNcap | EraGlonass) -> AdditionalData:
    """Wrap a value of a known kind so that it can go into an MSD.

    Raises:
        LocalError: A field of the value is missing or out of its range.
    """
    if isinstance(value, EuroNcap):
        return AdditionalData(euro_ncap.OID, encode_euro_ncap(value), value)
    return AdditionalData(era_glonass.OID, encode_era_glonass(value), value)
