"""What a fault and an action are, and how their files are checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from opensos.protocols.effects import LocalError
from opensos.rules.readiness.readings import Component
from opensos.sim.damage import DIALS

FAMILIES: Final = ("E", "F", "G", "I", "own")
"""E: E60/E90 with a MOST ring. F, G, I: BMW series. own: the OpenSOS unit on a board."""

CAUSES: Final = (
    "supply",
    "backup_battery",
    "coverage",
    "software",
    "unit",
    "sim",
    "antenna",
    "satellites",
    "audio",
    "button",
    "wiring",
    "airbag",
    "bus",
    "mode",
    "coding",
    "provisioning",
    "sunset",
    "no_cause",
)
"""What a doctor tells apart (row 7 of the product's table, and BMW's own causes)."""

DETECTABLE: Final = ("yes", "no", "when_driving", "when_parked", "tone_test", "when_on_backup")
"""Whether the self-test can see it: always, never, or only in that situation."""

TRIGGERS: Final = ("any", "vibration", "cold", "wet", "heat")
SOS: Final = ("works", "limited", "fails")

# What a fault may do once, at the moment it appears; see ``World.at_once``.
AT_ONCE: Final = ("main_charge", "backup_charge", "silent_from_now")


@dataclass(frozen=True, slots=True, order=True)
class Code:
    """A stored code: ``unit`` is the control unit's address, ``memory`` is fault or info."""

    unit: int
    code: int
    memory: str = "fault"


@dataclass(frozen=True, slots=True)
class Fault:
    """One cause that can be put into the pretend car.

    Attributes:
        id: its name in files and commands.
        component: the part to blame; None for what is no fault of the SOS call at all.
        cause: one of ``CAUSES``.
        families: in which cars it can occur, of ``FAMILIES``.
        detectable: one of ``DETECTABLE``.
        sos: what is left of the SOS call: works, limited or fails.
        effects: dials of ``Damage`` that it turns while it is active.
        at_once: what it does once when it appears (a battery is empty from then on).
        codes: what the unit (0x61; 0x36 on E60/E90) and its neighbours store, by BMW's numbers;
            another profile has others.
        symptoms: what an owner notices; text keys ``symptom.<name>``.
        trigger: when the intermittent form shows: any, vibration, cold, wet or heat.
        share: of the time in which the trigger holds, how much it is there, 0..1.
        cures: actions that really remove it.
        eases: actions that help for a while and do not remove it.
        worsens: action -> fault that it puts beside this one.
    """

    id: str
    component: Component | None
    cause: str
    families: tuple[str, ...]
    detectable: str
    sos: str
    effects: Mapping[str, Any]
    at_once: Mapping[str, Any]
    codes: tuple[Code, ...]
    symptoms: tuple[str, ...]
    trigger: str
    share: float
    cures: tuple[str, ...]
    eases: tuple[str, ...]
    worsens: Mapping[str, str]

    @property
    def text_key(self) -> str:
        """The key of its name; ``<key>.about`` is a sentence about it."""
        return f"fault.{self.id}"


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a person or a tool does to the car.

    Attributes:
        id: its name, with its object after a colon: ``replace_antenna:main``.
        minutes: how long it takes.
        who: owner, workshop, remote or maker.
        parked: whether the car must stand with its engine off.
    """

    id: str
    minutes: float
    who: str
    parked: bool

    @property
    def text_key(self) -> str:
        """The key of its name."""
        return f"action.{self.id}"


_TABLES: Final = ("effects", "at_once", "worsens")
_LISTS: Final = ("families", "codes", "symptoms", "cures", "eases")
_WORDS: Final = ("component", "cause", "detectable", "sos", "trigger", "share")


def fault_from(name: str, entry: Any) -> Fault:
    """Read one table of a faults' file. Raises LocalError that names what is wrong with it."""
    if not isinstance(entry, Mapping):
        raise LocalError(f"fault {name}: not a table")
    if unknown := set(entry) - {*_TABLES, *_LISTS, *_WORDS}:
        raise LocalError(f"fault {name}: unknown {', '.join(sorted(unknown))}")
    tables = {key: dict(entry.get(key, {})) for key in _TABLES}
    lists = {key: tuple(entry.get(key, ())) for key in _LISTS}
    effects = {key: _dial(name, key, value) for key, value in tables["effects"].items()}
    if wrong := set(tables["at_once"]) - set(AT_ONCE):
        raise LocalError(f"fault {name}: at_once has no {', '.join(sorted(wrong))}")
    component = entry.get("component")
    return Fault(
        id=name,
        component=None if component is None else _component(name, component),
        cause=_one_of(name, entry, "cause", CAUSES),
        families=_all_of(name, "families", lists["families"], FAMILIES) or FAMILIES,
        detectable=_one_of(name, entry, "detectable", DETECTABLE),
        sos=_one_of(name, entry, "sos", SOS),
        effects=effects,
        at_once=tables["at_once"],
        codes=tuple(_code(name, text) for text in lists["codes"]),
        symptoms=lists["symptoms"],
        trigger=_one_of(name, {"trigger": "any", **entry}, "trigger", TRIGGERS),
        share=_share(name, entry.get("share", 0.4)),
        cures=lists["cures"],
        eases=lists["eases"],
        worsens=tables["worsens"],
    )


def action_from(name: str, entry: Any) -> Action:
    """Read one table of the actions' file. Raises LocalError."""
    if not isinstance(entry, Mapping) or set(entry) - {"minutes", "who", "parked"}:
        raise LocalError(f"action {name}: not a table of minutes, who, parked")
    minutes = _number(entry.get("minutes"))
    if minutes is None or not minutes >= 0:
        raise LocalError(f"action {name}: minutes must be a number from 0 on")
    who = _one_of(f"action {name}", entry, "who", ("owner", "workshop", "remote", "maker"))
    return Action(name, minutes, who, bool(entry.get("parked", True)))


def _dial(name: str, key: str, value: Any) -> Any:
    if key not in DIALS:
        raise LocalError(f"fault {name}: there is no dial {key}")
    healthy = DIALS[key]
    number = _number(value)
    if isinstance(healthy, float) and number is not None:
        return number
    if type(value) is not type(healthy):
        raise LocalError(f"fault {name}: {key} cannot be {value!r}")
    return value


def _one_of(name: str, entry: Mapping[str, Any], key: str, known: tuple[str, ...]) -> str:
    value = entry.get(key)
    if value not in known:
        raise LocalError(f"fault {name}: {key} must be one of {', '.join(known)}, not {value!r}")
    return str(value)


def _all_of(
    name: str, key: str, values: tuple[Any, ...], known: tuple[str, ...]
) -> tuple[str, ...]:
    if not set(values) <= set(known):
        raise LocalError(f"fault {name}: {key} must be of {', '.join(known)}")
    return tuple(str(value) for value in values)


def _component(name: str, text: Any) -> Component:
    try:
        return Component(text)
    except ValueError:
        raise LocalError(f"fault {name}: there is no component {text!r}") from None


def _code(name: str, text: Any) -> Code:
    """Read ``61:B7F341``, or ``61i:610025`` for the info memory."""
    unit, _, code = str(text).partition(":")
    try:
        return Code(
            int(unit.removesuffix("i"), 16),
            int(code, 16),
            "info" if unit.endswith("i") else "fault",
        )
    except ValueError:
        raise LocalError(f"fault {name}: {text!r} is no code") from None


def _share(name: str, value: Any) -> float:
    number = _number(value)
    if number is None or not 0 < number <= 1:
        raise LocalError(f"fault {name}: share must be above 0 and at most 1")
    return number


def _number(value: Any) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return None
