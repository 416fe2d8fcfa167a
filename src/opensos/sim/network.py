"""All control units of one pretend car on one network, asked by address.

Whoever reaches the car asks here: a program in the same process by :meth:`CarNetwork.ask`, a
gateway by the *doors* (``edges/diag`` routes an address to ``doors[address]``). Reachability is the
network's business: a unit without supply, in a reset, off the bus, on an open ring or asleep says
nothing, and a tester sees a timeout, as in a real car.

The network lets its units look about at each request and at :meth:`CarNetwork.observe`, which
whoever runs the car calls about once a second; between two looks it catches up with a minute.

Deliberately absent: the frames on the bus itself (``edges/can_airbag.py`` has the one that
matters), arbitration, wake-up lines.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from opensos.protocols import bmw
from opensos.protocols.effects import UserError, WakeAt
from opensos.protocols.uds import FAULT_MEMORY, Answer, ServerSettings, Status, UdsServer
from opensos.sim.car import IDENTITY
from opensos.sim.ecus import generations as at
from opensos.sim.ecus.head import HeadUnitEcu
from opensos.sim.ecus.identity import identities
from opensos.sim.ecus.neighbours import neighbours
from opensos.sim.ecus.surroundings import Voice, look
from opensos.sim.ecus.telematics import PretendTelematics
from opensos.sim.head_unit import HeadUnit, HeadUnitState
from opensos.sim.most import MostRing
from opensos.sim.recording import FUNCTIONAL, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from opensos.protocols.effects import Effect
    from opensos.protocols.uds import UdsUnit
    from opensos.sim.ecus.telematics import CarAround
    from opensos.sim.ecus.unit import ControlUnit
    from opensos.sim.recording import Recorder

SLEEP_AFTER_S = 180.0
"""The network sleeps so long after ignition off and the last request (assumed)."""

CATCH_UP_S = 60.0
LOOK_S = 2.5

_MOST_UNSAFE = 1000
_DIP_S = 0.05  # before the starter's end: the dip of the start that nobody may have looked at

_OWN_WARNING = "warning.failure"
"""What a cluster shows by itself when the telematics unit says nothing."""


class Unsafe(NamedTuple):
    """A request that no tool of ours may ever send, and why not."""

    at: float
    target: int
    request: bytes
    why: str


class Door:
    """One unit as a gateway reaches it; asked like a ``UdsServer``."""

    def __init__(self, network: CarNetwork, address: int, server: UdsServer) -> None:
        self._network = network
        self.address = address
        self.server = server
        """Whoever answers behind it; another one when a unit is replaced."""

    def ask(self, request: bytes, now: float, *, functional: bool = False) -> list[Answer]:
        """Pass a request on if the unit can be reached; else nobody answers."""
        self._network.notice(self.address, request, now, functional=functional)
        if not self._network.reachable(self.address, now):
            return []
        return self.server.ask(request, now, functional=functional)

    @property
    def due(self) -> float | None:
        """When to call ``wake``; None = not at all."""
        return self.server.due

    def wake(self, now: float) -> list[Effect]:
        """Do what has become due: sessions end."""
        return self.server.wake(now)


@dataclass(frozen=True, slots=True)
class _Telematics:
    """Who makes the SOS call in this car, and how its warning is read; unit None = taken out."""

    unit: UdsUnit | None
    warning: Callable[[float], str | None]


class CarNetwork:
    """The units of one car.

    Args:
        car: The pretend car.
        generation: e, f, g or new.
        start: Steady seconds.
        seed: For security seeds and the head unit's restarts.
        idrive: Another head unit than the generation's own.
        vin: What the gateway says.
        act: Does to the car what a tester's request does, by the name of the car's action:
            ``register_12v``, ``unit_reset``; the car's own ``do`` unless told otherwise.
    """

    def __init__(
        self,
        car: CarAround,
        *,
        generation: str = "g",
        start: float = 0.0,
        seed: int = 1,
        idrive: int | None = None,
        vin: str = IDENTITY.vin,
        act: Callable[[str, float], object] | None = None,
    ) -> None:
        self.generation = at.generation(generation)
        self.head_unit = HeadUnit(idrive or self.generation.idrive, seed)
        self.ring = MostRing() if self.generation.ring else None
        self.recorder: Recorder | None = None
        self.unsafe: list[Unsafe] = []
        self._car = car
        self._dice = random.Random(seed)  # noqa: S311  pretend seeds must be repeatable
        self._seen_at = start
        self._ignition: bool | None = None
        self._busy_at = start
        self._ring_said = "whole"
        self._doors: dict[int, Door] = {}
        data = identities(self.generation, vin)
        acting = act if act is not None else _deeds(car)
        self.pretend = PretendTelematics(
            self.generation, car, data[self.generation.telematics], acting
        )
        self._telematics = _Telematics(self.pretend, self.pretend.warning)
        head = HeadUnitEcu(
            self.head_unit, data[at.HEAD_UNIT], self.ring, self.pretend.ring_searched
        )
        self._units: dict[int, ControlUnit] = {
            **neighbours(generation, data, lambda when: acting("register_12v", when)),
            head.address: head,
        }
        for address, unit in sorted(
            {**self._units, self.generation.telematics: self.pretend}.items()
        ):
            self._open(address, unit)
        self._look(start)

    # --- who is there ----------------------------------------------------------------------------

    @property
    def doors(self) -> Mapping[int, Door]:
        """Every unit by its address, as gateways route to it; a door stays when its unit goes."""
        return self._doors

    @property
    def units(self) -> tuple[int, ...]:
        """Addresses of all units that are built in, answering or not."""
        return tuple(sorted(self._doors))

    def unit(self, address: int) -> ControlUnit:
        """Return a neighbour, to look into it.

        Raises:
            UserError: There is none at this address.
        """
        found = self._units.get(address)
        if found is None:
            raise UserError(f"No neighbour of the telematics unit has the address {address:02X}.")
        return found

    def attach(
        self,
        unit: UdsUnit,
        *,
        warning: Callable[[float], str | None],
        server: UdsServer | None = None,
    ) -> None:
        """Build the real unit in, in place of the pretend telematics unit.

        Args:
            unit: Ours; ``present`` says whether it is awake.
            warning: The text key of what it asks cluster and head unit to show.
            server: Its own UDS server, if it has one already.
        """
        self._telematics = _Telematics(unit, warning)
        self._open(self.generation.telematics, unit, server)

    def detach(self) -> None:
        """Take the telematics unit out: its neighbours hear nothing any more."""
        self._telematics = _Telematics(None, _no_warning)

    # --- time ------------------------------------------------------------------------------------

    def observe(self, now: float) -> None:
        """Let every unit look about; call it about once a second."""
        if now <= self._seen_at:
            return
        before = self._seen_at
        moment = max(before + LOOK_S, now - CATCH_UP_S)
        moments = []
        while moment < now:
            moments.append(moment)
            moment += LOOK_S
        cranked = self._car.trip(now).cranking_until - _DIP_S
        if before < cranked < now:
            moments.append(cranked)
        for moment in sorted(moments):
            self._look(moment)
        self._look(now)

    def wake(self, now: float) -> list[Effect]:
        """Do what has become due in every unit; one ``WakeAt`` says when to call next."""
        effects = [effect for door in self._doors.values() for effect in door.wake(now)]
        due = [effect.when for effect in effects if isinstance(effect, WakeAt)]
        rest: list[Effect] = [effect for effect in effects if not isinstance(effect, WakeAt)]
        return [*rest, WakeAt(min(due))] if due else rest

    def awake(self, now: float) -> bool:
        """Return whether the network is awake: ignition on, or something was asked lately."""
        return bool(self._ignition) or now - self._busy_at < SLEEP_AFTER_S

    # --- asking ----------------------------------------------------------------------------------

    def ask(
        self, target: int, request: bytes, now: float, *, functional: bool = False
    ) -> list[Reply]:
        """Ask one unit, or all (``functional``, or the address DF); nobody there = no answers."""
        everyone = functional or target == FUNCTIONAL
        replies = [
            Reply(door.address, answer.data, answer.after_s)
            for door in self._asked(target, everyone=everyone)
            for answer in door.ask(request, now, functional=everyone)
        ]
        if self.recorder is not None:
            self.recorder.add(target, request, replies, now, functional=everyone)
        return replies

    def reachable(self, address: int, now: float) -> bool:
        """Return whether a tester's request reaches a unit over the car's network."""
        self.observe(now)
        ring = self.ring
        if ring is not None and address == at.TCU and not ring.reachable(address):
            return False
        if address != self.generation.telematics:
            return True
        return self._telematics.unit is not None and self._on_the_bus(now)

    def notice(self, address: int, request: bytes, now: float, *, functional: bool) -> None:
        """Take note that something was asked: it wakes the network, and must not be unsafe."""
        self.observe(now)
        if not self.awake(now):
            self._wake_all(now)
        self._busy_at = max(self._busy_at, now)
        why = bmw.never_automated(address, request)
        counts = len(self.unsafe) < _MOST_UNSAFE and (not functional or address == at.AIRBAG)
        if why is not None and counts:
            self.unsafe.append(Unsafe(now, address, request, why))

    # --- what the driver sees --------------------------------------------------------------------

    def message(self, now: float) -> str | None:
        """Return the text key of what cluster and head unit show of the SOS system, None = nothing.

        A silent unit cannot ask for a warning; then the cluster shows its own once it has noticed.
        A message that is coded away is shown nowhere, whatever is stored.
        """
        self.observe(now)
        if not self._ignition or self._car.damage(now).message_hidden:
            return None
        if self.voice(now) is not Voice.SILENT:
            return self._telematics.warning(now)
        missing = {0xE114C8, 0x00A554}
        cluster = self._units[at.CLUSTER].memory.statuses(FAULT_MEMORY)
        active = any(d.code in missing and d.status & Status.TEST_FAILED for d in cluster)
        return _OWN_WARNING if active else None

    def head_unit_state(self, now: float) -> HeadUnitState:
        """Return what the head unit shows."""
        supply = self._car.main_battery(now).battery_v
        return self.head_unit.state(now, message=self.message(now), supply_v=supply)

    def voice(self, now: float) -> Voice:
        """Return how the telematics unit sounds to its neighbours."""
        unit = self._telematics.unit
        if unit is None or not self._on_the_bus(now) or not unit.present(now):
            return Voice.SILENT
        if self.ring is not None and not self.ring.reachable(self.generation.telematics):
            return Voice.SILENT
        damage = self._car.damage(now)
        if damage.hang:
            return Voice.SILENT
        return Voice.FROZEN if damage.reset_every_s else Voice.TALKING

    # --- inside ----------------------------------------------------------------------------------

    def _open(self, address: int, unit: UdsUnit, server: UdsServer | None = None) -> None:
        made = server or UdsServer(unit, ServerSettings(), dice=self._dice.randbytes)
        if address in self._doors:
            self._doors[address].server = made
        else:
            self._doors[address] = Door(self, address, made)

    def _asked(self, target: int, *, everyone: bool) -> Iterator[Door]:
        if everyone:
            yield from [self._doors[address] for address in self.units]
        elif target in self._doors:
            yield self._doors[target]

    def _on_the_bus(self, now: float) -> bool:
        """Whether the telematics unit's transceiver works: it lives on 12 V, not on the backup."""
        bus_works = self._car.damage(now).bus not in {"bus_off", "silent"}
        return bus_works and self._car.power(now).source == "main"

    def _look(self, now: float) -> None:
        self._seen_at = now
        trip = self._car.trip(now)
        if trip.ignition_on:
            self._busy_at = max(self._busy_at, now)
            if not self._ignition:
                self._wake_all(now)
        self._ignition = trip.ignition_on
        self._turn_ring(self._car.damage(now).most_ring)
        closed = None if self.ring is None else self.ring.closed()
        if self._telematics.unit is self.pretend:
            self.pretend.observe(look(self._car, now, voice=Voice.TALKING, ring_closed=closed))
        voice = self.voice(now)
        warning = self._telematics.warning(now) if voice is not Voice.SILENT else None
        seen = look(self._car, now, voice=voice, warning=warning, ring_closed=closed)
        self.head_unit.wake(now)
        for unit in self._units.values():
            unit.observe(seen)

    def _wake_all(self, now: float) -> None:
        for unit in (*self._units.values(), self.pretend):
            unit.wake_up(now)

    def _turn_ring(self, said: str) -> None:
        """Take over what the car's damage says of the ring, when it changes."""
        if self.ring is None or said == self._ring_said:
            return
        self._ring_said = said
        by_name = {node.name: node.address for node in self.ring.nodes}
        if said == "whole":
            self.ring.change()
        elif said in by_name:
            self.ring.change(dead=(by_name[said],))
        else:
            self.ring.change(broken=(self.generation.telematics,))


def _nothing(action: str, now: float) -> None:
    del action, now


def _no_warning(now: float) -> str | None:
    del now
    return None


def _deeds(car: CarAround) -> Callable[[str, float], object]:
    """Return the car's own way to do an action, if it has one."""
    own: Callable[[str, float], object] = getattr(car, "do", _nothing)
    return own
