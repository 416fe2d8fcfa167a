"""What both sides saw of a call, in one list, and whether it was the whole exchange."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opensos.apps.vehicle.diary import Line

Side: TypeAlias = Literal["car", "centre"]

# What a whole exchange is, side by side; each must be seen. One of a tuple is enough.
CAR_STEPS: tuple[tuple[str, ...], ...] = (
    ("crash", "sos_pressed", "test_started"),
    ("dialling",),
    ("answered_data_received",),
    ("data_requested",),
    ("data_delivered",),
    ("cleared_down",),
)
CENTRE_STEPS: tuple[tuple[str, ...], ...] = (
    ("incident.opened",),
    ("call.answered",),
    ("call.established",),
    ("msd.requested",),
    ("msd.received",),
    ("call.cleared_down",),
)


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline: civil time (s since 1970), who saw it, its key and its values."""

    utc: float
    side: Side
    key: str
    data: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the moment as plain values."""
        return {"utc": self.utc, "side": self.side, "key": self.key, "data": self.data}


def moment_of_car(line: Line) -> Moment:
    """Return a line of the unit's journal as a moment."""
    return Moment(line.utc, "car", line.text_key, line.data)


def moments_of_centre(chunk: bytes) -> Iterator[tuple[Moment, dict[str, Any]]]:
    """Read what a console is sent (server-sent events); yields moments and their cards."""
    for text in chunk.decode("utf-8").splitlines():
        if text.startswith("data: "):
            event = json.loads(text[len("data: ") :])
            at = datetime.fromisoformat(event["at"]).timestamp()
            yield Moment(at, "centre", event["kind"], event["data"]), event["card"]


def missing_steps(moments: Iterable[Moment]) -> list[tuple[Side, str]]:
    """Return the steps of the whole exchange that were not seen, in order."""
    seen = {(m.side, m.key) for m in moments}
    wanted: list[tuple[Side, tuple[str, ...]]] = [
        *(("car", step) for step in CAR_STEPS),
        *(("centre", step) for step in CENTRE_STEPS),
    ]
    return [
        (side, " or ".join(step))
        for side, step in wanted
        if not any((side, key) in seen for key in step)
    ]


def catalogue() -> dict[str, str]:
    """Return the English text of each key, from the pages' own catalogues."""
    texts: dict[str, str] = {}
    for app in ("centre", "vehicle"):
        path = resources.files(f"opensos.apps.{app}") / "web_assets" / "i18n" / "en.json"
        texts |= json.loads(path.read_text(encoding="utf-8"))
    return texts


def words(moment: Moment, texts: dict[str, str]) -> str:
    """Return a moment as a person reads it; a key without a text stands for itself."""
    for key in (f"journal.{moment.key}", f"event.{moment.key}", f"timeline.{moment.key}"):
        if key in texts:
            return _filled(texts[key], moment.data)
    return moment.key


def _filled(text: str, data: dict[str, Any]) -> str:
    for name, value in data.items():
        text = text.replace("{" + name + "}", "unknown" if value is None else str(value))
    return text
