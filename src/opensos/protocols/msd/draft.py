"""Mutable twins of the frozen values: filled field by field, then frozen in place.

Building a frozen dataclass costs one `object.__setattr__` per field, four times a plain store.
A draft has exactly the slots of its value, so its class can be exchanged at the end; after that it
*is* the frozen value. The tests hold both to the same slots.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from opensos.protocols.msd.message import Msd

if TYPE_CHECKING:
    from opensos.protocols.msd.message import (
        Addition,
        AdditionalData,
        Delta,
        Propulsion,
        VehicleType,
    )


def draft_of(kind: Any) -> Any:
    """Make the draft class of a frozen slotted dataclass: its slots and nothing else.

    Make an instance, fill *every* slot, then exchange its ``__class__``.
    """
    return type(f"{kind.__name__}Draft", (), {"__slots__": kind.__slots__})


class MsdDraft:
    """An :class:`Msd` in the making."""

    __slots__ = Msd.__slots__

    version: int
    message_identifier: int | None
    automatic_activation: bool | None
    test_call: bool | None
    position_can_be_trusted: bool | None
    vehicle_type: VehicleType | None
    vin: str | None
    propulsion: Propulsion | None
    timestamp: int | None
    latitude_mas: int | None
    longitude_mas: int | None
    direction: int | None
    recent_n1: Delta | None
    recent_n2: Delta | None
    occupants: int | None
    additional_data: AdditionalData | None
    additions: tuple[Addition, ...]

    def __init__(self, version: int) -> None:
        self.version = version
        self.message_identifier = None
        self.automatic_activation = self.test_call = self.position_can_be_trusted = None
        self.vehicle_type = self.vin = self.propulsion = None
        self.timestamp = self.latitude_mas = self.longitude_mas = self.direction = None
        self.recent_n1 = self.recent_n2 = self.occupants = None
        self.additional_data = None
        self.additions = ()

    def freeze(self) -> Msd:
        """Become the value; the draft must not be used after this."""
        self.__class__ = Msd  # type: ignore[assignment]  # same slots, see above
        return cast("Msd", self)
