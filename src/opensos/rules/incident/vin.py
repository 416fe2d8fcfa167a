"""How a vehicle's number is shown to people who need not know all of it."""

from __future__ import annotations

_SHORTEST = 8


def masked(vin: str | None) -> str | None:
    """Return the maker's three characters and the last three, stars between; None for none."""
    if vin is None:
        return None
    if len(vin) < _SHORTEST:
        return "*" * len(vin)
    return f"{vin[:3]}{'*' * (len(vin) - 6)}{vin[-3:]}"
