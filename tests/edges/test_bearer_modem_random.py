"""Random lives of the circuit-switched bearer: never more calls than orders, one end each."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opensos.rules.emergency import (
    Answered,
    CalledBack,
    ClearedDown,
    Dropped,
    Refused,
    Unreached,
)
from opensos.sim.modem_radio import Identity, Ills, Psap
from opensos.sim.modem_radio import ModemWorld as Pretend
from tests.edges.test_bearer_modem import CircuitWorld, circuit
from tests.promises.bearer import FRESH, LOAD, order
from tests.promises.modem import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

LAST = (Refused, Unreached, Dropped, ClearedDown)
STEPS = ["dial", "hang_up", "answer", "drop", "clear_down", "busy", "ring", "stop", "take"]
STEPS += ["decline", "data", "pull", "reset", "plug", "noise", "look"]
steps = st.lists(st.sampled_from(STEPS), max_size=10)


class Life:
    def __init__(self, w: CircuitWorld) -> None:
        self.w = w
        self.orders = 0

    @property
    def newest(self) -> str:
        return f"1-{self.orders}"

    def callback(self) -> str:
        names = [r.call for r in self.w.reports if isinstance(r, CalledBack)]
        return names[-1] if names else "callback 0"

    def dial(self) -> None:
        self.orders += 1
        self.w.bearer.dial(order(self.newest), LOAD)

    def plug(self) -> None:
        self.w.desk.pty.unplug()
        self.w.desk.pty.plug_in()

    def do(self, step: str) -> None:
        far, bearer = self.w.far, self.w.bearer
        actions: dict[str, Callable[[], object]] = {
            "dial": self.dial,
            "hang_up": lambda: bearer.hang_up(self.newest),
            "take": lambda: bearer.answer_callback(self.callback()),
            "decline": lambda: bearer.decline(self.callback()),
            "data": lambda: bearer.send_data(self.newest, FRESH),
            "answer": far.answer,
            "drop": far.drop,
            "clear_down": far.clear_down,
            "busy": lambda: far.end("BUSY", "user busy"),
            "ring": far.ring,
            "stop": far.stop_ringing,
            "pull": far.pull,
            "reset": far.reset,
            "plug": self.plug,
            "noise": lambda: self.w.desk.pty.noise(b"\xff\x01\r\n"),
            "look": lambda: None,
        }
        actions[step]()

    async def rest(self) -> None:
        """Wait until nothing is being asked or done."""
        line = self.w.desk.line
        await eventually(lambda: line._dialogue.waiting == 0)


async def live(walk: list[str], place: Path) -> None:
    world = Pretend(
        identity=Identity(maker="telit"),
        ills=Ills(redials=2),
        psap=Psap(does="wait", takes="acknowledge"),
    )
    async with circuit(place, world) as w:
        life = Life(w)
        for step in walk:
            life.do(step)
            await life.rest()
        await w.desk.fresh()
        w.bearer.hang_up(life.newest)
        w.bearer.decline(life.callback())
        await eventually(lambda: w.far.call is None)
        await w.desk.fresh()
        ordered = w.far.heard.count("AT+CECALL=0")
        assert ordered <= life.orders
        assert not any(
            "CECALL=" in line for line in w.far.heard if line not in {"AT+CECALL=0", "AT+CECALL=?"}
        )
        ends = Counter(r.call for r in w.reports if isinstance(r, LAST))
        answers = Counter(r.call for r in w.reports if isinstance(r, Answered))
        spurious = {name for name in ends if name == "callback 0"}
        assert {n: c for n, c in ends.items() if c > 1 and n not in spurious} == {}
        assert {n: c for n, c in answers.items() if c > 1} == {}
        assert w.calls() == 0


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_no_life_has_more_calls_than_orders_or_two_ends_of_one(walk: list[str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(live(walk, Path(place)))
