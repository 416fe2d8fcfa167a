"""Main or emergency antenna: when to change over, and when not to.

The emergency antenna is small and sits in a bad place; it is for the moment when the roof is gone.
So the main one is used unless its diagnosis calls it broken, or the network is lost on it while a
call is wanted. In a call there is at most one change, and none back: an antenna that is good every
other second would tear the call apart.
"""

from __future__ import annotations

from dataclasses import dataclass

from opensos.protocols.effects import Effect, LocalError, Tell, WakeAt
from opensos.rules.readiness.readings import Circuit

MAIN = "main"
EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class AntennaSettings:
    """Times in seconds.

    Attributes:
        confirm_s: a diagnosis that calls the main antenna broken lasts this long to be believed.
        lost_s: without registration for this long while a call is wanted, the other one is tried;
            each further change of the same search waits twice as long, up to ``lost_most_s``.
        calm_s: with no call wanted and the main antenna not broken for this long: back to it.
    """

    confirm_s: float = 0.5
    lost_s: float = 8.0
    lost_most_s: float = 64.0
    calm_s: float = 60.0

    def __post_init__(self) -> None:
        """Refuse times with which the antennas would flap."""
        if not 0 <= self.confirm_s <= 10:
            raise LocalError("a broken antenna is believed within 10 seconds")
        if not 2 <= self.lost_s <= self.lost_most_s:
            raise LocalError("a search on one antenna lasts at least 2 seconds")
        if self.calm_s < 10:
            raise LocalError("calm lasts at least 10 seconds")


@dataclass(frozen=True, slots=True)
class UseAntenna:
    """Switch to this antenna, ``main`` or ``emergency``.

    ``why``: ``broken``, ``lost`` or ``calm``.
    """

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class AntennaView:
    """What is known at one moment; None = not known, which is neither broken nor lost.

    Attributes:
        main: the main antenna's circuit.
        emergency: the emergency antenna's circuit.
        registered: whether the modem has a network on which it may place an emergency call.
        wanted: a call is wanted: any state of the procedure but idle.
        standing: a call stands.
    """

    main: Circuit | None = None
    emergency: Circuit | None = None
    registered: bool | None = None
    wanted: bool = False
    standing: bool = False


class AntennaChoice:
    """Which antenna the modem uses. Methods take ``now`` (steady seconds)."""

    def __init__(self, settings: AntennaSettings | None = None) -> None:
        self._settings = settings or AntennaSettings()
        self._view = AntennaView()
        self._in_use = MAIN
        self._broken_since: float | None = None
        self._lost_since: float | None = None
        self._calm_since: float | None = None
        self._search_s = self._settings.lost_s
        self._changed_in_call = False

    @property
    def in_use(self) -> str:
        """The antenna that was chosen last."""
        return self._in_use

    def observe(self, view: AntennaView, now: float) -> list[Effect]:
        """Take in what is known now."""
        before, self._view = self._view, view
        if view.standing and not before.standing:
            self._changed_in_call = False
        if not view.wanted:
            self._search_s = self._settings.lost_s
        self._broken_since = _since(self._broken_since, now, holds=_broken(view.main))
        lost = view.wanted and not view.standing and view.registered is False
        self._lost_since = _since(self._lost_since, now, holds=lost)
        calm = not view.wanted and not _broken(view.main) and self._in_use != MAIN
        self._calm_since = _since(self._calm_since, now, holds=calm)
        return self.wake(now)

    def wake(self, now: float) -> list[Effect]:
        """Do what has become due; waking up too early is harmless."""
        told: list[Effect] = []
        for why, due in self._dues():
            if due <= now:
                told += self._change(why, now)
                break
        dues = [due for _, due in self._dues()]
        return [*told, *([WakeAt(min(dues))] if dues else [])]

    def _dues(self) -> list[tuple[str, float]]:
        """Return what may change the antenna and when, the strongest reason first."""
        s, view = self._settings, self._view
        dues: list[tuple[str, float]] = []
        if view.standing and self._changed_in_call:
            return dues
        other_broken = _broken(view.emergency)
        if self._in_use == MAIN and self._broken_since is not None and not other_broken:
            dues.append(("broken", self._broken_since + s.confirm_s))
        there = EMERGENCY if self._in_use == MAIN else MAIN
        broken_there = other_broken if there == EMERGENCY else _broken(view.main)
        if self._lost_since is not None and not broken_there:
            dues.append(("lost", self._lost_since + self._search_s))
        if self._calm_since is not None:
            dues.append(("calm", self._calm_since + s.calm_s))
        return dues

    def _change(self, why: str, now: float) -> list[Effect]:
        if why == "lost":
            self._search_s = min(2 * self._search_s, self._settings.lost_most_s)
        self._in_use = EMERGENCY if self._in_use == MAIN else MAIN
        self._changed_in_call = self._view.standing
        self._calm_since = None
        self._lost_since = None if self._lost_since is None else now
        return [Tell(UseAntenna(self._in_use, why))]


def _broken(circuit: Circuit | None) -> bool:
    return circuit is not None and circuit is not Circuit.OK


def _since(since: float | None, now: float, *, holds: bool) -> float | None:
    """Return since when something holds, None if it does not."""
    if not holds:
        return None
    return now if since is None else since
