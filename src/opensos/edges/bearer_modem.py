"""The circuit-switched bearer: an eCall placed by the modem itself (3GPP TS 27.007 +CECALL).

The modem does what ``edges/bearer_ngecall.py`` does with SIP: it carries voice and sends the MSD as
tones in it. Here it is given the MSD, told to call, and listened to.

**Test mode.** Unless ``live``, only ``+CECALL=0`` goes out: the test number of the card, never 112.
The type is chosen in one place (``ecall_type``), and the dialogue itself refuses all other calls.

**Two redials.** Modems redial a lost eCall by themselves, and so does our procedure. So that they
never add up, this bearer tells of no lost or failed call before it has hung up in the modem, which
ends the modem's own redial, and has seen by +CLCC that no call is left. A call that stands in the
modem from before a restart of the unit is ended first too.

**What circuit-switched cannot say.** The answer brings no acknowledgement (``Answered.received`` is
None); it comes later as ``DataDelivered``, and only where the maker's line for it is more than
remembered (``Meaning.sure``). That no MSD can be made cannot be told to the centre.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from opensos.edges.modem_call import ModemCall, last_report
from opensos.protocols.at import (
    Answered as Reply,
)
from opensos.protocols.at import (
    CallState,
    Command,
    EcallType,
    Failed,
    ListedCall,
    News,
    call_word,
    ended_normally,
    listed_call_of,
)
from opensos.rules.emergency import (
    Answered,
    CalledBack,
    Cause,
    DataDelivered,
    DataRefused,
    DataRequested,
    Dropped,
    Ringing,
    Unreached,
    urn_for,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from opensos.edges.modem_serial import SerialModem
    from opensos.ports import CallLoad
    from opensos.rules.emergency import Dial, Report

log = logging.getLogger(__name__)

_IN_BAND = frozenset({News.MSD_PULLED, News.MSD_RECEIVED, News.MSD_ACCEPTED, News.CLEARED})
_STANDING = frozenset({CallState.ACTIVE, CallState.HELD})
_NO_CALL, _TIMEOUT, _NOT_TAKEN, _NO_WAY = 481, 408, 488, 501
"""SIP's words for what befell an MSD, which the procedure writes down (RFC 3261 §21)."""


@dataclass(frozen=True, slots=True)
class BearerSettings:
    """Times in seconds.

    Attributes:
        live: whether calls other than the test call may go out.
        look_s: how often +CLCC is asked while a call is being placed; every fifth time later.
        gone_after: so many looks in a row without the call mean that it has ended; one is not
            enough, because modems list no call for a moment while it changes its state.
        order_s: how long the modem may take to say OK to the order to call.
        delivery_s: how long a fresh MSD may wait for the centre's acknowledgement.
    """

    live: bool = False
    look_s: float = 1.0
    gone_after: int = 3
    order_s: float = 15.0
    delivery_s: float = 30.0


def ecall_type(order: Dial, *, live: bool) -> EcallType | None:
    """Return what +CECALL is to place, None = refuse: an emergency call without ``live``.

    The only place where a call becomes an emergency call on this bearer.
    """
    if order.test or order.cause is Cause.TEST or order.urn == urn_for(Cause.TEST, test=True):
        return EcallType.TEST
    if not live:
        return None
    return EcallType.AUTOMATIC if order.cause is Cause.AUTOMATIC else EcallType.MANUAL


class ModemBearer:
    """Keeps the port ``Bearer`` over a modem that may also be watched as ``SerialModem``."""

    def __init__(self, modem: SerialModem, settings: BearerSettings | None = None) -> None:
        """Call by ``modem``, whose line must be live where ``settings`` are."""
        self._modem = modem
        self._line = modem.line
        self._settings = settings or BearerSettings()
        self._tell: Callable[[Report], None] = _nobody_listens
        self._call: ModemCall | None = None
        self._callbacks = 0
        self._lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self._line.listen(self)
        if self._line.ready:
            self.line_ready()  # a unit was here before, and it may have left a call

    # --- the port

    def listen(self, tell: Callable[[Report], None]) -> None:
        """Say where reports go."""
        self._tell = tell

    def dial(self, order: Dial, load: CallLoad) -> None:
        """Place one attempt; refused where it would be an emergency call in test mode."""
        kind = ecall_type(order, live=self._settings.live and self._line.live)
        if kind is None:
            self._tell(Unreached(order.call, "not_live"))
            return
        if self._call is not None:
            self._drop_quietly(self._call)
        call = ModemCall(order.call, "placing")
        self._call = call
        self._spawn(self._place(call, kind, load.msd), call)

    def send_data(self, call: str, msd: bytes) -> None:
        """Give the modem a fresh MSD; while it is sending one, the fresh one waits."""
        current = self._named(call)
        if current is None:
            return
        if current.phase != "up":
            self._tell(DataRefused(call, _NO_CALL))
        elif current.transfer:
            current.fresh = msd
            self._owe(current)
        else:
            self._spawn(self._give(current, msd))

    def cannot_send(self, call: str) -> None:
        """Do nothing: circuit-switched eCall has no word for it."""
        del call

    def hang_up(self, call: str) -> None:
        """End the call, or take the attempt back; no report of it follows."""
        current = self._named(call)
        if current is not None:
            self._drop_quietly(current)

    def answer_callback(self, call: str) -> None:
        """Take the call back."""
        current = self._named(call)
        if current is not None and current.phase == "ringing":
            self._spawn(self._answer(current), current)
        else:
            self._tell(Dropped(call, "no_voice"))

    def decline(self, call: str) -> None:
        """Answer the call back with busy."""
        self.hang_up(call)

    async def close(self) -> None:
        """Stop watching; a call that stands is left to the modem. The line is not closed."""
        self._closed = True
        self._line.forget(self)  # or it would hang up the calls of who comes next
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        if self._call is not None:
            self._call.forgive()

    # --- what the line tells

    def line_ready(self) -> None:
        """End what stands in the modem from before: the procedure believes it lost, and redials."""
        if self._call is None and not self._closed:
            self._spawn(self._end_leftovers())

    def line_says(self, text: str) -> None:
        """Take news of the call."""
        if self._closed:
            return
        meaning = self._modem.state.profile.meaning_of(text)
        if meaning is None:
            return
        call = self._call
        if meaning.news is News.RINGING:
            self._rings()
        elif call is not None:
            self._news(call, meaning.news, text, sure=meaning.sure)

    def _rings(self) -> None:
        if self._call is None:
            self._callbacks += 1
            call = ModemCall(f"callback {self._callbacks}", "ringing")
            self._call = call
            self._spawn(self._watch(call), call)
            self._tell(CalledBack(call.name))
        elif self._call.phase == "up":
            # Busy for the second caller only (TS 27.007 §7.13): +CHUP would end our call.
            self._spawn(self._quietly(Command("AT+CHLD=0", urgent=True)))

    def _news(self, call: ModemCall, news: News, text: str, *, sure: bool) -> None:
        if news in _IN_BAND:
            # Tones go both ways, so the call stands, though no maker's line may have said so.
            call.look_now.set()
            if sure:
                self._answered(call)
        match news:
            case News.ALERTING:
                self._alerting(call)
            case News.CONNECTED:
                self._answered(call)
            case News.ENDED:
                word = call_word(text)
                call.word = call.word or (word.word if word is not None else "")
                # It may be the end of the call before this one: one look decides.
                call.missed = max(call.missed, self._settings.gone_after - 1)
                call.look_now.set()
            case News.MSD_PULLED:
                self._pulled(call)
            case News.MSD_RECEIVED | News.MSD_ACCEPTED:
                self._transferred(call, delivered=sure)
            case News.CLEARED:
                self._transferred(call, delivered=sure)
                call.word = "CLEARED"
                call.missed = self._settings.gone_after
                call.look_now.set()
            case News.MSD_FAILED:
                self._transferred(call, delivered=False)
            case _:
                pass

    # --- placing

    async def _place(self, call: ModemCall, kind: EcallType, msd: bytes) -> None:
        async with self._lock:
            if not call.wanted():
                return
            form = self._modem.state.profile.msd
            if form is not None:
                # A modem that does not take it is no reason not to call: the voice counts.
                await self._line.ask(form.fill(msd))
            if not call.wanted():
                return
            limit = self._settings.order_s
            order = Command(f"AT+CECALL={kind.value}", timeout_s=limit, call=True, urgent=True)
            reply = await self._line.ask(order)
            if isinstance(reply, Failed):
                # A modem that has told of ringing or an answer has placed the call all the same.
                call.word = "" if call.rang or call.phase == "up" else "MODEM"
            elif not reply.final.ok:
                call.word = reply.final.word
            if call.word:
                await self._over(call)
                return
            if call.phase == "placing":
                call.phase = "dialling"
        if call.wanted():
            await self._watch(call)

    async def _answer(self, call: ModemCall) -> None:
        async with self._lock:
            reply = await self._line.ask(Command("ATA", timeout_s=15.0, call=True, urgent=True))
            if isinstance(reply, Reply) and reply.final.ok:
                call.phase = "up"
                call.look_now.set()
                return
        if self._call is call:
            self._call = None
        call.phase = "over"
        call.look_now.set()
        if call.told:
            self._tell(Dropped(call.name, "no_voice"))

    # --- watching

    async def _watch(self, call: ModemCall) -> None:
        """Look at the modem's list of calls until the call is over."""
        looks = 0
        while call.told and call.phase != "over":
            if call.missed >= self._settings.gone_after:
                async with self._lock:
                    if call.wanted() and call.phase != "over":
                        await self._over(call)
                return
            # A standing call is looked at every fifth time only: news tell its end sooner.
            pause = self._settings.look_s * (5 if call.phase == "up" and looks > 5 else 1)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await call.look_now.wait()
            call.look_now.clear()
            if call.missed < self._settings.gone_after:
                looks += 1
                await self._look(call)

    async def _look(self, call: ModemCall) -> None:
        listed = await self._listed()
        if listed is None:
            call.missed += 1
            call.word = call.word or ("MODEM" if call.missed >= self._settings.gone_after else "")
            return
        ours = [c for c in listed if c.outgoing is not call.callback]
        if not ours:
            call.missed += 1
            return
        if call.word == "CLEARED":
            return  # the centre's order counts more than a call that has not ended yet
        states = {c.state for c in ours}
        if call.phase == "up" and not call.callback and not states & _STANDING:
            # Our call is lost, and what is listed is the modem's own redial of it.
            call.missed = self._settings.gone_after
            return
        call.missed = 0
        call.word = ""
        if not call.callback and CallState.ALERTING in states:
            self._alerting(call)
        if not call.callback and states & _STANDING:
            self._answered(call)

    async def _listed(self) -> list[ListedCall] | None:
        """Return the modem's calls, None if it does not answer."""
        reply = await self._line.ask(Command("AT+CLCC", "+CLCC:", timeout_s=3.0, urgent=True))
        if not isinstance(reply, Reply) or not reply.final.ok:
            return None
        found = [listed_call_of(line) for line in reply.lines]
        return [c for c in found if c is not None and c.voice]

    def _alerting(self, call: ModemCall) -> None:
        if call.told and call.phase in {"placing", "dialling"} and not call.rang:
            call.rang = True
            self._tell(Ringing(call.name))

    def _answered(self, call: ModemCall) -> None:
        if not call.told or call.callback or call.phase not in {"placing", "dialling"}:
            return
        call.phase = "up"
        self._tell(Answered(call.name, None))

    # --- the end of a call

    async def _over(self, call: ModemCall) -> None:
        """Ask why, end the modem's own redial, then tell. The lock is held."""
        normal = None
        if call.phase == "up" and call.word not in {"CLEARED", "MODEM"}:
            reply = await self._line.ask(Command("AT+CEER", "+CEER:", urgent=True))
            lines = reply.lines if isinstance(reply, Reply) else ()
            normal = next((n for n in map(ended_normally, lines) if n is not None), None)
        was, call.phase = call.phase, "over"
        await self._silence()
        call.forgive()
        if self._call is call:
            self._call = None
        if call.told:
            call.told = False
            self._tell(last_report(call, was, normal=normal))

    def _drop_quietly(self, call: ModemCall) -> None:
        call.told = False
        call.look_now.set()
        call.forgive()
        if self._call is call:
            self._call = None
        self._spawn(self._end_leftovers())

    async def _end_leftovers(self) -> None:
        """End every call in the modem, after whatever is being done now."""
        async with self._lock:
            call = self._call
            if call is None or call.phase == "placing":  # the next one waits for the lock
                await self._silence()

    async def _silence(self) -> None:
        """Hang up until the modem lists no call any more; bounded."""
        for _ in range(3):
            reply = await self._line.ask(Command("AT+CHUP", call=True, urgent=True))
            if not (isinstance(reply, Reply) and reply.final.ok):
                await self._line.ask(Command("ATH", call=True, urgent=True))
            if not await self._listed():
                return

    # --- data

    def _pulled(self, call: ModemCall) -> None:
        call.transfer = True
        call.pulls += 1
        if call.pulls > 1 and call.told:
            # The modem sends what it has at once; what the procedure makes now comes after it.
            self._tell(DataRequested(call.name, str(call.pulls)))

    def _transferred(self, call: ModemCall, *, delivered: bool) -> None:
        """One transfer is over; LL-ACK and AL-ACK of the same one are told once."""
        was, call.transfer = call.transfer, False
        fresh, call.fresh = call.fresh, None
        if was and delivered and call.told:
            call.delivered = True
            if fresh is None:
                call.forgive()
            self._tell(DataDelivered(call.name))
        if fresh is not None and call.phase == "up":
            self._spawn(self._give(call, fresh))

    async def _give(self, call: ModemCall, msd: bytes) -> None:
        form = self._modem.state.profile.msd
        status = _NO_WAY
        if form is not None:
            reply = await self._line.ask(form.fill(msd))
            status = 0 if isinstance(reply, Reply) and reply.final.ok else _NOT_TAKEN
        if not call.standing():
            return
        if status:
            call.forgive()
            self._tell(DataRefused(call.name, status))
        else:
            self._owe(call)

    def _owe(self, call: ModemCall) -> None:
        call.forgive()
        loop = asyncio.get_running_loop()
        call.owed = loop.call_later(self._settings.delivery_s, self._undelivered, call)

    def _undelivered(self, call: ModemCall) -> None:
        call.owed = None
        if call.standing():
            self._tell(DataRefused(call.name, _TIMEOUT))

    # --- pieces

    def _named(self, name: str) -> ModemCall | None:
        call = self._call
        return call if call is not None and call.name == name and call.told else None

    async def _quietly(self, command: Command) -> None:
        await self._line.ask(command)

    def _spawn(self, work: Coroutine[None, None, None], call: ModemCall | None = None) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(partial(self._done, call))

    def _done(self, call: ModemCall | None, task: asyncio.Task[None]) -> None:
        """Give a call up whose minder fell over: nobody else would tell of its end."""
        self._tasks.discard(task)
        if task.cancelled() or task.exception() is None:
            return
        log.error("A mistake in a call by the modem.", exc_info=task.exception())
        if call is not None and call.told:
            was, call.phase, call.word = call.phase, "over", "MODEM"
            self._drop_quietly(call)
            self._tell(last_report(call, was, normal=None))


def _nobody_listens(report: Report) -> None:
    del report
