"""A dialogue and a modem on one desk: no descriptor, no clock but ours."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from opensos.protocols.at import (
    SERIAL,
    Answered,
    Command,
    Dialogue,
    Failed,
    Limits,
    Ready,
    Steps,
)
from opensos.protocols.effects import Effect, Send, Tell, WakeAt
from opensos.sim.modem import PretendModem

if TYPE_CHECKING:
    from opensos.sim.modem_radio import ModemWorld


class Bench:
    """Carries out effects at once; ``later`` moves time to what is due next."""

    def __init__(
        self, world: ModemWorld | None = None, *, live: bool = False, limits: Limits | None = None
    ) -> None:
        self.now = 100.0
        self.dialogue = Dialogue(limits, live=live)
        self.modem = PretendModem(self._from_modem, world)
        self.told: list[object] = []
        self.sent: list[bytes] = []
        self.due: float | None = None
        self.deaf = False
        self._wire: deque[bytes] = deque()
        self._busy = False

    def _from_modem(self, data: bytes) -> None:
        self._wire.append(data)
        if not self._busy:
            self._do([])

    def _do(self, effects: list[Effect]) -> None:
        """Carry out effects in order, and only then what the modem has said meanwhile."""
        queue = deque(effects)
        self._busy = True
        while queue or self._wire:
            if not queue:
                data = self._wire.popleft()
                queue.extend(self.dialogue.receive(data, SERIAL, self.now))
                continue
            match queue.popleft():
                case Send(data, to):
                    assert to == SERIAL
                    self.sent.append(data)
                    if not self.deaf:
                        self.modem.receive(data)
                case Tell(event):
                    self.told.append(event)
                case WakeAt(when):
                    self.due = when
        self._busy = False

    def open(self) -> None:
        self._do(self.dialogue.opened(self.now))

    def ready(self) -> None:
        """Open the line and settle."""
        self.open()
        self.later(1.0)
        assert Ready() in self.told

    def ask(self, command: Command) -> int:
        ticket, effects = self.dialogue.ask(command, self.now)
        self._do(effects)
        return ticket

    def hear(self, data: bytes) -> None:
        """Have bytes come from the line."""
        self._do(self.dialogue.receive(data, SERIAL, self.now))

    def lose(self) -> None:
        self._do(self.dialogue.road_failed(SERIAL, self.now))

    def restart(self) -> None:
        self._do(self.dialogue.restarted(self.now))

    def later(self, seconds: float) -> None:
        """Let time pass, waking the dialogue when it wants."""
        end = self.now + seconds
        while self.due is not None and self.due <= end:
            self.now = max(self.now, self.due)
            self.due = None
            self._do(self.dialogue.wake(self.now))
        self.now = end

    def reply(self, ticket: int) -> Answered | Failed | None:
        found = [e for e in self.told if isinstance(e, Answered | Failed) and e.ticket == ticket]
        assert len(found) <= 1, "a command has more than one end"
        return found[0] if found else None

    def answer(self, command: Command) -> Answered:
        """Ask and return the answer that came at once."""
        reply = self.reply(self.ask(command))
        assert isinstance(reply, Answered), reply
        return reply

    def run(self, steps: Steps) -> None:
        """Run a procedure whose every command is answered within its time."""
        try:
            command = next(steps)
            while True:
                ticket = self.ask(command)
                if self.reply(ticket) is None:
                    self.later(60.0)
                reply = self.reply(ticket)
                assert reply is not None
                command = steps.send(reply)
        except StopIteration:
            return
