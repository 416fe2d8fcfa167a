"""What the four machines share: the step through the table, timers, and the host they live in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol

from opensos.protocols.effects import LocalError

from ._states import Do, Notice, On, State, Table

if TYPE_CHECKING:
    from opensos.protocols.effects import Address

MAGIC_COOKIE = "z9hG4bK"


class Times(NamedTuple):
    """The base times in seconds (RFC 3261 §17, table 4)."""

    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0

    @property
    def life(self) -> float:
        """64*T1: how long a peer's silence is borne (timers B, F, H, J, L, M)."""
        return 64 * self.t1


class Host(Protocol):
    """What a transaction needs from the place it lives in."""

    def send(self, data: bytes, to: Address) -> None:
        """Put bytes on the road."""
        ...

    def arm(self, owner: Transaction, timer: On, delay: float) -> object:
        """Call the transaction's `step` with this timer after ``delay`` seconds."""
        ...

    def disarm(self, alarm: object) -> None:
        """Forget an alarm that `arm` gave, whether it has fired or not."""
        ...

    def ended(self, transaction: Transaction) -> None:
        """Forget the transaction: it has terminated (§17: destroyed at once)."""
        ...


_STARTS = {do: On(do.value.removeprefix("start ")) for do in Do if do.name.startswith("START_")}


class Transaction:
    """One machine: a state, a message to repeat, and its timers.

    Attributes:
        key: what messages are matched by (RFC 3261 §17.1.3, §17.2.3).
        to: where its messages go.
        message: the request (client) or the latest response (server) as bytes.
        user: whoever is told; opaque here.
    """

    __slots__ = (
        "_alarms",
        "_host",
        "_intervals",
        "_reliable",
        "_times",
        "key",
        "message",
        "state",
        "to",
        "user",
    )

    table: ClassVar[Table]

    def __init__(
        self, host: Host, times: Times, to: Address, key: tuple[str, ...], user: object
    ) -> None:
        self._host = host
        self._times = times
        self._reliable = to.transport != "udp"
        self._alarms: dict[On, object] = {}
        self._intervals: dict[On, float] = {}
        self.key = key
        self.to = to
        self.message = b""
        self.user = user
        self.state = State.INITIAL

    def step(self, on: On) -> Notice | None:
        """Let something happen; returns what the user must be told.

        Raises:
            LocalError: this can not happen in this state (the user asked for the impossible).
        """
        rules = self.table[self.state]
        if on not in rules:
            raise LocalError(f"A transaction that is {self.state} cannot take '{on}'.")
        rule = rules[on]
        if rule is None:
            return None
        self.state = rule.then
        due = None
        for do in rule.do:
            due = self._do(do) or due
        if due is not None:
            self.step(due)
        elif rule.then is State.TERMINATED:
            self._host.ended(self)
        return rule.tell

    def can(self, on: On) -> bool:
        """Say whether this may happen now; what may happen can still be ignored."""
        return on in self.table[self.state]

    def _do(self, do: Do) -> On | None:
        """Carry out one action; returns a timer of zero length, which fires at once."""
        if do is Do.SEND:
            if self.message:
                self._host.send(self.message, self.to)
        elif do is Do.STOP_TIMERS:
            for alarm in self._alarms.values():
                self._host.disarm(alarm)
            self._alarms.clear()
        elif do is Do.SLOWEST_E:
            self._intervals[On.TIMER_E] = self._times.t2
            self._alarms[On.TIMER_E] = self._host.arm(self, On.TIMER_E, self._times.t2)
        elif do is Do.SEND_ACK:
            self._send_ack()
        else:
            return self._start(_STARTS[do])
        return None

    def _start(self, timer: On) -> On | None:
        delay = self.delay(timer)
        if delay is None:
            return None
        if delay <= 0:
            return timer
        self._alarms[timer] = self._host.arm(self, timer, delay)
        return None

    def delay(self, timer: On) -> float | None:
        """Return how long the timer runs this time; ``None`` if the transport needs none."""
        raise NotImplementedError

    def _doubled(self, timer: On, limit: float | None = None) -> float:
        """Return T1 the first time and twice the last value afterwards, up to ``limit``."""
        last = self._intervals.get(timer)
        delay = self._times.t1 if last is None else 2 * last
        if limit is not None and delay > limit:
            delay = limit
        self._intervals[timer] = delay
        return delay

    def _send_ack(self) -> None:
        raise NotImplementedError
