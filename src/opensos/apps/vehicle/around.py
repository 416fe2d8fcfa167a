"""What the keepers of health, button and data need of the unit around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


PART_FAILS: Final = (Exception,)
"""What a part may raise and the unit goes on: the ports' own errors, and all that a bad driver
lets through (struct.error and termios.error are no OSError). A part that fails is a finding; it may
never take the SOS call with it."""


class Around(Protocol):
    """The unit, as its keepers see it."""

    def note(self, text_key: str, kind: str = "unit", **data: str | float | bool | None) -> None:
        """Add a line to the journal for people."""
        ...

    def remember(self, kind: str, record: Mapping[str, Any]) -> None:
        """Write a record durably."""
        ...

    def in_call(self) -> bool:
        """Whether anything but rest is under way."""
        ...

    def in_service(self) -> bool:
        """Whether service mode holds calls back."""
        ...

    def changed(self) -> None:
        """Tell who watches."""
        ...

    def sos_held(self) -> None:
        """Take a press of SOS that was held long enough."""
        ...

    def take_back(self) -> None:
        """Take a press of SOS back, if it is not too late."""
        ...

    def gesture_made(self) -> None:
        """Take the workshop's reset gesture."""
        ...
