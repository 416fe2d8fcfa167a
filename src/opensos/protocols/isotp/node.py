"""Several links on one bus: a control unit hears its own address and that of all units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.protocols.effects import LocalError, WakeAt

from .frames import CanAddress

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opensos.protocols.effects import Effect

    from .link import Link


class Node:
    """Gives each frame to the link whose address it carries; merges the links' alarms."""

    def __init__(self, links: Iterable[Link]) -> None:
        self._links: dict[str, Link] = {}
        self._by_address: dict[CanAddress, Link] = {}
        self._extended: set[int] = set()
        for link in links:
            if link.name in self._links or link.theirs in self._by_address:
                raise LocalError(f"Two links are called {link.name} or hear the same address.")
            self._links[link.name] = link
            self._by_address[link.theirs] = link
            if link.theirs.first_byte is not None:
                self._extended.add(link.theirs.can_id)

    @property
    def can_ids(self) -> frozenset[int]:
        """The CAN identifiers worth listening to."""
        return frozenset(address.can_id for address in self._by_address)

    def send(self, link: str, message: bytes, now: float) -> list[Effect]:
        """Send a message on a link."""
        return self._merged(self._links[link].send(message, now))

    def receive(self, can_id: int, data: bytes, now: float) -> list[Effect]:
        """Take in one CAN frame; one for nobody here is ignored."""
        link = self._by_address.get(CanAddress(can_id))
        if link is None and can_id in self._extended and data:
            link = self._by_address.get(CanAddress(can_id, data[0]))
        return [] if link is None else self._merged(link.receive(data, now))

    def wake(self, now: float) -> list[Effect]:
        """Let every link do what is due."""
        effects: list[Effect] = []
        for link in self._links.values():
            if link.due is not None and now >= link.due:
                effects += link.wake(now)
        return self._merged(effects)

    def road_failed(self, can_id: int, now: float) -> list[Effect]:
        """Tell the links that send under this identifier that the bus could not."""
        effects: list[Effect] = []
        for link in self._links.values():
            if link.ours.can_id == can_id:
                effects += link.road_failed(now)
        return self._merged(effects)

    def _merged(self, effects: list[Effect]) -> list[Effect]:
        kept: list[Effect] = [effect for effect in effects if not isinstance(effect, WakeAt)]
        due = min((link.due for link in self._links.values() if link.due is not None), default=None)
        return kept if due is None else [*kept, WakeAt(due)]
