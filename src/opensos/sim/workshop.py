"""Puts faults into the pretend car, and does to it what owners, workshops and tools do."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from opensos.protocols.effects import UserError
from opensos.sim.ailments import Ailment
from opensos.sim.faults import actions, faults
from opensos.sim.parts import PretendParts
from opensos.sim.view import Done, Present

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from opensos.sim.faults import Action, Code, Fault
    from opensos.sim.world import World

MODES: Final = ("hard", "intermittent")
_DISCONNECT_MIN: Final = 15.0
_E_SERIES_CODES: Final = 0x10000
"""E-series codes have two bytes, those of later cars three."""


class Workshop(PretendParts):
    """The hands on the car."""

    # --- faults -----------------------------------------------------------------------------------

    def inject(
        self,
        fault_id: str,
        now: float,
        *,
        mode: str = "hard",
        severity: float = 1.0,
        after_s: float = 0.0,
        seed: int | None = None,
    ) -> Present:
        """Put a fault in.

        Args:
            fault_id: a name of ``opensos.sim.faults.faults()``.
            now: steady seconds.
            mode: ``hard``, or ``intermittent``: it shows by its trigger, in episodes of a minute.
            severity: how far its figures move, 0 < severity <= 1.
            after_s: begin so much later.
            seed: of the intermittent episodes; the car's own by default.

        Raises:
            UserError: unknown fault, mode or severity, or a fault that this family cannot have.
        """
        fault = _fault(fault_id)
        if mode not in MODES:
            raise UserError(f"A fault is hard or intermittent, not {mode!r}.")
        if not 0.0 < severity <= 1.0:
            raise UserError("A severity lies above 0 and is at most 1.")
        if not after_s >= 0.0:
            raise UserError("A fault begins now or later.")
        since = now + after_s
        chance = self.world.seed if seed is None else seed
        self.world.afflict(Ailment(fault, mode, severity, since, chance), now)
        return Present(fault, mode, severity, since, active=after_s == 0.0)

    def inject_from(self, text: str, now: float) -> tuple[Present, ...]:
        """Put in what a file says: TOML with ``[[fault]]`` of id, mode, severity, after_s, seed.

        Nothing is put in when anything in the text is wrong. Raises UserError.
        """
        try:
            entries = tomllib.loads(text).get("fault", [])
        except tomllib.TOMLDecodeError as wrong:
            raise UserError(f"This is no TOML: {wrong}") from None
        orders = [_order(entry) for entry in entries] if isinstance(entries, list) else []
        if not orders:
            raise UserError("The file names no [[fault]].")
        before = self.world.ailments.all()
        try:
            return tuple(self.inject(name, now, **options) for name, options in orders)
        except UserError:
            known = {a.fault.id for a in before}
            self.world.heal(tuple(n for n, _ in orders if n not in known), now)
            raise

    def clear_fault(self, fault_id: str, now: float) -> bool:
        """Take a fault out by magic; return whether it was there. Raises UserError if unknown."""
        return bool(self.world.heal((_fault(fault_id).id,), now))

    def clear_faults(self, now: float) -> tuple[str, ...]:
        """Take every fault out by magic."""
        return self.world.heal(tuple(a.fault.id for a in self.world.ailments.all()), now)

    def faults(self, now: float) -> tuple[Present, ...]:
        """Return every fault that is in the car, oldest first."""
        return self.world.ailments.present(now)

    def codes(self, now: float) -> frozenset[Code]:
        """Return the codes that the active faults make units store, in this family's numbers."""
        old = self.world.family == "E"
        return frozenset(
            code
            for present in self.faults(now)
            if present.active
            for code in present.fault.codes
            if (code.code < _E_SERIES_CODES) is old
        )

    def symptoms(self, now: float) -> tuple[str, ...]:
        """Return what an owner notices, as text keys, each once."""
        found = {
            f"symptom.{name}": None
            for present in self.faults(now)
            if present.active
            for name in present.fault.symptoms
        }
        return tuple(found)

    # --- actions ----------------------------------------------------------------------------------

    def do(self, action: str, now: float) -> Done:
        """Do something to the car; only what would really cure a fault does.

        ``disconnect_12v`` takes minutes after a colon (``disconnect_12v:30``). The caller moves the
        clock by ``Done.minutes``. Raises UserError for an unknown action.
        """
        name, minutes = _parsed(action)
        known = actions().get(name)
        if known is None:
            raise UserError(f"There is no action {action!r}: {_meant(action, actions())}")
        if known.parked and (self.world.driving.engine_running or self.world.speed_kmh(now) > 0.0):
            return Done("refused.driving", 0.0, changed=False)
        self.world.settle(now)
        present = [p.fault for p in self.faults(now)]
        worse = self._worsen(known, present, now)
        cured = self.world.heal(tuple(f.id for f in present if name in f.cures), now)
        changed = self._physically(name, minutes, now)
        eased = any(name in fault.eases for fault in present)
        return Done(
            text_key=_outcome(cured=bool(cured), worse=bool(worse), eased=eased),
            minutes=known.minutes if minutes is None else minutes,
            changed=bool(cured or worse or changed),
            cured=cured,
            worse=worse,
            effect=name if name in {"soft_reset", "unit_reset"} else "",
        )

    def _worsen(self, action: Action, present: list[Fault], now: float) -> tuple[str, ...]:
        ids = {fault.worsens[action.id] for fault in present if action.id in fault.worsens}
        new = sorted(ids - {fault.id for fault in present})
        for name in new:
            self.inject(name, now)
        return tuple(new)

    def _physically(self, name: str, minutes: float | None, now: float) -> bool:
        """Do what an action does to the world besides curing; return whether anything changed."""
        if name == "disconnect_12v":
            length = _DISCONNECT_MIN if minutes is None else minutes
            self.world.supply.main_off_until = now + 60.0 * length
            return True
        act = _PHYSICS.get(name)
        if act is None:
            return False
        act(self.world, now)
        self.world.look(now)
        return True


def _outcome(*, cured: bool, worse: bool, eased: bool) -> str:
    if worse:
        return "done.worse"
    if cured:
        return "done.cured"
    return "done.eased" if eased else "done.no_change"


def _fault(fault_id: str) -> Fault:
    fault = faults().get(fault_id)
    if fault is None:
        raise UserError(f"There is no fault {fault_id!r}: {_meant(fault_id, faults())}")
    return fault


def _meant(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = get_close_matches(name, names)
    return f"do you mean {' or '.join(near)}?" if near else f"take {', '.join(names)}."


def _parsed(action: str) -> tuple[str, float | None]:
    """Split the minutes off ``disconnect_12v:30``; other colons belong to the name."""
    name, _, rest = action.partition(":")
    if name != "disconnect_12v" or not rest:
        return action, None
    try:
        minutes = float(rest)
    except ValueError:
        minutes = -1.0
    if not 0.0 < minutes <= 10_080.0:
        raise UserError("A disconnection lasts more than 0 minutes and at most a week.")
    return name, minutes


_OPTIONS: Final[Mapping[str, tuple[type, ...]]] = {
    "mode": (str,),
    "severity": (int, float),
    "after_s": (int, float),
    "seed": (int,),
}


def _order(entry: Any) -> tuple[str, dict[str, Any]]:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        raise UserError("Each [[fault]] has an id.")
    options = {key: value for key, value in entry.items() if key != "id"}
    for key, value in options.items():
        if isinstance(value, bool) or not isinstance(value, _OPTIONS.get(key, ())):
            raise UserError(f"In a [[fault]], {key} = {value!r} means nothing.")
    return entry["id"], options


# --- what actions do to the world -----------------------------------------------------------------


def _charge(world: World, now: float) -> None:  # noqa: ARG001  every act has the same form
    world.supply.main.charge = 1.0


def _new_12v(world: World, now: float) -> None:
    main = world.supply.main
    main.charge, main.installed_utc, main.registered = 0.95, world.true_utc(now), False


def _register(world: World, now: float) -> None:  # noqa: ARG001
    world.supply.main.registered = True


def _new_backup(world: World, now: float) -> None:
    backup = world.supply.backup
    backup.charge, backup.installed_utc = 0.6, world.true_utc(now)  # they come half charged


def _restart(world: World, now: float) -> None:
    world.radio.search_again(now)


def _other_slot(world: World, now: float) -> None:
    world.outfit.slot = "b" if world.outfit.slot == "a" else "a"
    world.radio.search_again(now)


def _to_coverage(world: World, now: float) -> None:
    world.surround(now, "road")


_PHYSICS: Final[Mapping[str, Callable[[World, float], None]]] = {
    "charge_12v": _charge,
    "replace_12v": _new_12v,
    "register_12v": _register,
    "replace_backup_battery": _new_backup,
    "unit_reset": _restart,
    "update_software": _other_slot,
    "drive_to_coverage": _to_coverage,
    "drive_to_open_sky": _to_coverage,
}
