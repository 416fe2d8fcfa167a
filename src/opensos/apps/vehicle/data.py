"""Keeps the data-only SOS: makes its bytes, offers them, and hears the centre's acknowledgement."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from opensos.protocols import link
from opensos.protocols.effects import Effect, LocalError, Tell, WakeAt
from opensos.rules.emergency import Note
from opensos.rules.emergency.data_sos import DataEnded, DataSos, OfferData, RememberData

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from opensos.apps.vehicle.around import Around
    from opensos.ports import CallLoad, Clock, DataPath, DataReport
    from opensos.rules.emergency import Report
    from opensos.rules.emergency.data_record import KeptData
    from opensos.rules.emergency.events import Order


_OFTEN = frozenset({"data_offer", "data_not_taken"})
_TOLD_TRIES, _EACH = 3, 25


class DataKeeper:
    """The data-only SOS of one unit.

    Args:
        paths: ways to the centre, the first one first; with none nothing is ever offered.
        car_id: the car's name on the link.
        clock: steady and civil time.
        around: the unit.
        load: makes the MSD and the location of an offer.
    """

    def __init__(
        self,
        paths: Sequence[DataPath],
        car_id: str,
        clock: Clock,
        around: Around,
        load: Callable[[OfferData], CallLoad],
    ) -> None:
        self._paths = {path.name: path for path in paths}
        self._car_id = car_id
        self._clock = clock
        self._around = around
        self._load = load
        self._wake_at: float | None = None
        self._made: tuple[str, CallLoad, float] | None = None
        self.machine = DataSos(tuple(self._paths))
        self.outcome: str | None = None
        for path in paths:
            path.listen(self._hearing(path.name))

    def boot(self, kept: KeptData | None, *, live: bool) -> None:
        """Go on from what was remembered."""
        now, utc = self._clock.now(), self._clock.utc()
        self.machine, effects = DataSos.restore(kept, now, utc, tuple(self._paths), live=live)
        self._do(effects)

    def order(self, order: Order) -> None:
        """Learn what the call procedure orders, before it is carried out."""
        self._do(self.machine.order(order, uuid.uuid4().hex, self._clock.now()))

    def report(self, report: Report) -> None:
        """Learn what a bearer says of the voice call."""
        self._do(self.machine.report(report, self._clock.now()))

    def measured(self) -> None:
        """Learn that the crash is known better."""
        self._do(self.machine.measured(self._clock.now()))

    def cancelled(self) -> None:
        """Learn that a person ended a test."""
        self._do(self.machine.cancelled(self._clock.now()))

    def poll(self, now: float) -> None:
        """Do what is due."""
        if self._wake_at is not None and now >= self._wake_at:
            self._do(self.machine.wake(now))

    def _hearing(self, name: str) -> Callable[[DataReport], None]:
        def heard(report: DataReport) -> None:
            now = self._clock.now()
            message_id, _, content = report.message_id.rpartition("-")
            if report.delivered and content != str(self.machine.record(now).content):
                return  # the centre has older news than ours: what is new still goes out
            self._do(
                self.machine.result(
                    name, message_id, now, delivered=report.delivered, why=report.why
                )
            )

        return heard

    def _do(self, effects: Iterable[Effect]) -> None:
        self._wake_at = None
        for effect in effects:
            match effect:
                case WakeAt(when):
                    self._wake_at = when
                case Tell(RememberData(record)):
                    self._around.remember("data", record.to_json())
                case Tell(OfferData() as order):
                    self._offer(order)
                case Tell(DataEnded(_, outcome)):
                    self.outcome = outcome
                case Tell(Note(text_key, data)) if self._worth_a_line(text_key, dict(data)):
                    self._around.note(text_key, "data", **dict(data))
        self._around.changed()

    def _worth_a_line(self, text_key: str, data: Mapping[str, object]) -> bool:
        """Whether people need the line: hundreds of tries would push everything else out."""
        if not self._paths:
            return False  # a unit that has no way for data says so on its page, not at each call
        tries = data.get("tries")
        often = text_key in _OFTEN and isinstance(tries, int) and tries > _TOLD_TRIES
        return not often or (isinstance(tries, int) and tries % _EACH == 0)

    def _offer(self, order: OfferData) -> None:
        path = self._paths[order.path]
        # What is new in the case is a new message of the same case (link: the centre's rule 2).
        content = self.machine.record(self._clock.now()).content
        name = f"{order.message_id}-{content}"
        try:
            envelope = self._envelope(order, name, content)
        except LocalError as error:
            self._around.note("data_not_made", "data", reason=str(error))
            return  # the machine gives the offer up after its time, and tries again
        self.outcome = None
        path.offer(name, envelope, order.timeout_s)

    def _envelope(self, order: OfferData, name: str, content: int) -> bytes:
        if self._made is None or self._made[0] != name:
            # A repetition is the same message, so that the centre knows it for one.
            self._made = (name, self._load(order), max(0.0, self._clock.utc()))
        _, load, utc = self._made
        body = link.sos_body(
            link.Sos(
                msd=load.msd,
                location=load.location,
                test=order.test,
                cause=order.cause.value,
                attempt=order.seq,
                case=order.message_id,
            )
        )
        # Never an expiry: the centre decides what an old SOS is worth (link.Envelope.expires_utc).
        return link.encode(link.Envelope(name, self._car_id, content, link.SOS, body, sent_utc=utc))
