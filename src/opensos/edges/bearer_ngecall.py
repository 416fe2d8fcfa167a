"""The NG-eCall bearer: carries SOS calls over SIP on UDP, TCP or TLS (RFC 8147).

It names calls as the procedure does and turns what the SIP machine tells into reports. It never
raises: whatever the machine refuses, the procedure hears as a failed attempt or a refused datum.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from opensos.edges.net import StreamRoad, StreamSettings, UdpRoad, client_context
from opensos.edges.pump import Pump
from opensos.edges.why import why
from opensos.protocols.effects import Address, LocalError, OpenSosError, RoadError, Send, UserError
from opensos.protocols.ngecall import EcallCar, EcallOrder, Settings, events
from opensos.protocols.sip import Framer
from opensos.protocols.sip.tokens import Tokens
from opensos.rules.emergency import (
    Answered,
    CalledBack,
    ClearedDown,
    DataDelivered,
    DataRefused,
    DataRequested,
    Dropped,
    Refused,
    Ringing,
    Unreached,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from opensos.edges.pump import Receiver, Road
    from opensos.ports import CallLoad, Clock
    from opensos.protocols.effects import Effect
    from opensos.rules.emergency import Dial, Report

# What the SIP machine says where no answer came from a peer: 408 after timer B or F, 503 when the
# road itself failed (RFC 3261 §8.1.3.1). A peer's own 408 or 503 is dialled again just the same.
_SILENCE = {408: "silence", 503: "road"}


class NgEcallBearer:
    """Keeps the port ``Bearer`` over one ``EcallCar`` and its pump."""

    def __init__(self, car: EcallCar, centre: Address, clock: Clock) -> None:
        """Carry calls to ``centre``; roads are added to ``pump``."""
        self._car = car
        self._centre = centre
        self.pump = Pump(car, clock, self._heard)
        self._tell: Callable[[Report], None] = _nobody_listens
        self._handles: dict[str, str] = {}  # the procedure's name -> the SIP machine's
        self._names: dict[str, str] = {}  # and back; for calls whose news is wanted
        self._answered: set[str] = set()

    def listen(self, tell: Callable[[Report], None]) -> None:
        """Say where reports go."""
        self._tell = tell

    def dial(self, order: Dial, load: CallLoad) -> None:
        """Place one attempt."""
        call = EcallOrder(order.urn, self._centre, load.msd, load.location)
        try:
            handle, effects = self._car.dial(call, self.pump.now())
        except OpenSosError:
            self._tell(Unreached(order.call, "local"))
            return
        self._keep(order.call, handle)
        self._do(effects)

    def send_data(self, call: str, msd: bytes) -> None:
        """Send a fresh MSD in the call."""
        handle = self._handles.get(call)
        if handle is None:
            return
        try:
            effects = self._car.send_msd(handle, msd, self.pump.now())
        except OpenSosError:
            self._tell(DataRefused(call, 481))
            return
        self._do(effects)

    def cannot_send(self, call: str) -> None:
        """Tell the centre that no MSD can be made (RFC 8147 §9.1.1.2: unable)."""
        self._verb(call, lambda handle, now: self._car.cannot_send(handle, "unable", now))

    def hang_up(self, call: str) -> None:
        """End the call, or take the attempt back; no report of it follows."""
        handle = self._handles.get(call)
        if handle is None:
            return
        answered = handle in self._answered
        if answered:
            self._verb(call, self._car.hang_up)
            self._answered.discard(handle)
        else:
            # Its end is waited for: a 200 that crosses our CANCEL must still be hung up.
            self._verb(call, self._car.cancel)
        self._names.pop(handle, None)
        self._handles.pop(call, None)

    def answer_callback(self, call: str) -> None:
        """Take the call back."""
        effects = self._verb(call, self._car.answer_callback)
        if not any(isinstance(e, Send) and e.data.startswith(b"SIP/2.0 2") for e in effects):
            # Its offer holds no voice that we speak, or its caller has gone: it never stood.
            self._forget(self._handles.get(call, ""))
            self._tell(Dropped(call, "no_voice"))

    def decline(self, call: str) -> None:
        """Answer the call back with 486."""
        self._verb(call, self._car.refuse_callback)
        self._forget(self._handles.get(call, ""))

    async def close(self) -> None:
        """Close every road."""
        await self.pump.close()

    # --- what the SIP machine tells

    def _heard(self, event: object) -> None:
        if isinstance(event, events.CalledBack):
            self._called_back(event)
            return
        if not isinstance(event, events.CarEvent):
            return
        name = self._names.get(event.call)
        if name is None:
            self._stray(event)
            return
        report = self._report(event, name)
        if report is not None:
            self._tell(report)

    def _called_back(self, event: events.CalledBack) -> None:
        name = f"callback {event.call}"
        self._keep(name, event.call)
        self._tell(CalledBack(name))

    def _stray(self, event: events.CarEvent) -> None:
        """Hang up a call that was answered after we had taken it back."""
        if isinstance(event, events.Connected):
            self._do(self._car.hang_up(event.call, self.pump.now()))

    def _report(self, event: events.CarEvent, name: str) -> Report | None:
        report: Report | None = None
        match event:
            case events.Ringing():
                report = Ringing(name)
            case events.Connected(call, received):
                self._answered.add(call)
                report = Answered(name, received)
            case events.CallbackEstablished(call):
                self._answered.add(call)
            case events.MsdRequested(_, token):
                report = DataRequested(name, token)
            case events.MsdDelivered():
                report = DataDelivered(name)
            case events.MsdUndelivered(_, status):
                report = DataRefused(name, status)
            case _:
                self._forget(event.call)
                report = self._last_report(event, name)
        return report

    def _last_report(self, event: events.CarEvent, name: str) -> Report | None:
        """Return the report that ends a call at this bearer."""
        match event:
            case events.Refused(_, status, received):
                if received is None and status in _SILENCE:
                    return Unreached(name, _SILENCE[status])
                return Refused(name, status, received)
            case events.ClearedDown():
                return ClearedDown(name)
            case events.Dropped(_, why):
                return Dropped(name, why)
            case events.CallbackAbandoned():
                return Dropped(name, "abandoned")
            case _:
                return None  # our own cancel or hang-up took effect

    # --- pieces

    def _keep(self, name: str, handle: str) -> None:
        self._handles[name] = handle
        self._names[handle] = name

    def _forget(self, handle: str) -> None:
        name = self._names.pop(handle, None)
        if name is not None:
            self._handles.pop(name, None)
        self._answered.discard(handle)

    def _verb(self, call: str, verb: Callable[[str, float], list[Effect]]) -> list[Effect]:
        handle = self._handles.get(call)
        if handle is None:
            return []
        try:
            effects = verb(handle, self.pump.now())
        except LocalError:
            return []  # the call ended in the meantime, and its report is on the way
        self._do(effects)
        return effects

    def _do(self, effects: Iterable[Effect]) -> None:
        self.pump.do(effects)


def _nobody_listens(report: Report) -> None:
    del report


async def open_ngecall(
    centre: Address, clock: Clock, seed: bytes, *, user: str = "car", ca: Path | None = None
) -> NgEcallBearer:
    """Return a bearer with a local port of its own, ready to dial.

    Args:
        centre: where calls go; its transport (udp, tcp, tls) is the one that is opened.
        clock: the real clocks.
        seed: secret bytes from which tags and branches are made.
        user: the user part of the car's SIP address.
        ca: for TLS, whom to trust besides nobody; None = the system's authorities.

    Raises:
        RoadError: no local port can be had.
        UserError: the transport is unknown or the authority's file cannot be used.
    """
    if centre.transport not in {"udp", "tcp", "tls"}:
        raise UserError(f"{centre.transport!r} is not a transport: use udp, tcp or tls.")
    late = _LateReceiver()
    centre, host = await _addresses(centre)
    if centre.transport == "udp":
        udp = UdpRoad.open(host, 0, late)
        road, contact = cast("Road", udp), udp.address
    else:
        road, contact = await _stream(centre.transport, host, late, ca)
    settings = Settings(contact=contact, user=user)
    bearer = NgEcallBearer(EcallCar(settings, Tokens(seed)), centre, clock)
    bearer.pump.add_road(centre.transport, road)
    late.pump = bearer.pump
    return bearer


async def _stream(
    transport: str, host: str, receiver: Receiver, ca: Path | None
) -> tuple[Road, Address]:
    """Open a TCP or TLS road and say where the centre may call back.

    Over TCP a port is opened for that. Over TLS the car has no certificate to answer with, so a
    callback must come on the connection that the call went out on.
    """
    tls = client_context(ca) if transport == "tls" else None
    road = StreamRoad(StreamSettings(Framer, transport=transport, client_tls=tls), receiver)
    if tls is not None:
        return road, Address(transport, host, 5061)
    return road, await road.listen(host, 0)


async def _addresses(centre: Address) -> tuple[Address, str]:
    """Return the centre by its number and the local address from which it is reached."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(centre.host, centre.port, type=socket.SOCK_DGRAM)
        family, _, _, _, peer = found[0]
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(peer)  # sends nothing: asks the kernel for the way only
            local = probe.getsockname()[0]
    except OSError as error:
        raise RoadError(f"There is no way to the centre at {centre.host}: {why(error)}.") from error
    return Address(centre.transport, str(peer[0]), centre.port), str(local)


@dataclass
class _LateReceiver:
    """Stands between roads and the pump, because each needs the other to be made."""

    pump: Pump | None = None

    def received(self, data: bytes, source: Address) -> None:
        if self.pump is not None:
            self.pump.received(data, source)

    def failed(self, to: Address) -> None:
        if self.pump is not None:
            self.pump.failed(to)
