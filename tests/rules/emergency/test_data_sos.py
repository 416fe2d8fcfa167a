"""The data-only SOS: beside the voice call, until the centre itself has acknowledged."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.effects import Effect, LocalError, RoadError, Tell, WakeAt
from opensos.rules.emergency import (
    DATA_KEYS,
    AnswerCallback,
    Answered,
    Cause,
    ClearedDown,
    DataDelivered,
    DataEnded,
    DataPhase,
    DataRecord,
    DataRefused,
    DataSettings,
    DataSos,
    Decline,
    Dial,
    Dropped,
    HangUp,
    KeptData,
    Note,
    OfferData,
    Order,
    Refused,
    RememberData,
    Report,
    Ringing,
    SendData,
    Unreached,
    data_record_from_json,
    urn_for,
)
from tests.rules.emergency.driver import DAY

BOTH = ("mqtt", "https")


class Box:
    """A unit's data side: a disk, a clock, and paths that the test answers for."""

    def __init__(
        self, paths: tuple[str, ...] = BOTH, settings: DataSettings | None = None, *,
        live: bool = True
    ) -> None:  # fmt: skip
        self.paths, self.settings, self.live = paths, settings, live
        self.sos = DataSos(paths, settings)
        self.t = self.booted_at = 0.0
        self.clock_error = 0.0
        self.disk: KeptData | None = None
        self.wake_at: float | None = None
        self.offers: list[OfferData] = []
        self.ends: list[str] = []
        self.notes: list[str] = []
        self.ids = 0

    @property
    def now(self) -> float:
        return self.t - self.booted_at

    @property
    def utc(self) -> float:
        return DAY + self.t + self.clock_error

    def do(self, effects: list[Effect]) -> None:
        self.wake_at = None
        for effect in effects:
            match effect:
                case WakeAt(when):
                    self.wake_at = when
                case Tell(RememberData(record)):
                    self.disk = KeptData(self.utc, record)
                case Tell(OfferData() as offer):
                    assert self.disk is not None
                    assert self.disk.record.tries == offer.seq, "offered before it was remembered"
                    self.offers.append(offer)
                case Tell(DataEnded(_, outcome)):
                    self.ends.append(outcome)
                case Tell(Note(text_key)):
                    assert text_key in DATA_KEYS
                    self.notes.append(text_key)

    def order(self, order: Order) -> None:
        self.ids += 1
        self.do(self.sos.order(order, f"id{self.ids}", self.now))

    def dial(
        self, call: str = "1-1", cause: Cause = Cause.AUTOMATIC, *, test: bool = False, msd: int = 1
    ) -> None:
        attempt = int(call.split("-")[1])
        test = test or cause is Cause.TEST
        self.order(Dial(call, attempt, cause, test, urn_for(cause, test=test), msd))

    def send(self, call: str = "1-1", cause: Cause = Cause.AUTOMATIC, *, msd: int = 2) -> None:
        self.order(SendData(call, None, cause, False, msd))

    def hear(self, report: Report) -> None:
        self.do(self.sos.report(report, self.now))

    def fail(self, call: str = "1-1") -> None:
        self.hear(Unreached(call, "road"))

    def wait(self, seconds: float) -> None:
        end = self.t + seconds
        while self.wake_at is not None and self.wake_at + self.booted_at <= end:
            self.t = max(self.t, self.wake_at + self.booted_at) + 1e-6
            self.do(self.sos.wake(self.now))
        self.t = max(self.t, end)

    def answer(self, *, delivered: bool, path: str | None = None) -> None:
        offer = self.offers[-1]
        self.do(self.sos.result(path or offer.path, offer.message_id, self.now,
            delivered=delivered, why=None if delivered else "refused"))  # fmt: skip

    def restart(self, off_s: float = 1.0) -> None:
        self.t += off_s
        self.booted_at = self.t - 3.0
        if self.disk is not None:
            record = data_record_from_json(json.loads(json.dumps(self.disk.record.to_json())))
            self.disk = replace(self.disk, record=record)
        self.sos, effects = DataSos.restore(
            self.disk, self.now, self.utc, self.paths, self.settings, live=self.live
        )
        self.do(effects)


def sending(paths: tuple[str, ...] = BOTH, settings: DataSettings | None = None) -> Box:
    box = Box(paths, settings)
    box.dial()
    box.fail()
    box.wait(0.01)
    assert len(box.offers) == 1
    return box


# --- when it begins


def test_a_voice_call_that_works_sends_nothing_besides() -> None:
    box = Box()
    box.dial()
    box.hear(Ringing("1-1"))
    box.wait(100)
    assert box.sos.phase is DataPhase.ARMED
    assert not box.sos.pending
    box.hear(Answered("1-1", received=True))
    box.wait(5000)
    assert box.offers == []
    assert box.ends == ["by_call"]
    assert box.notes == []


@pytest.mark.parametrize("failure", [Unreached("1-1", "no_bearer"), Refused("1-1", 503, None),
    Refused("1-1", 503, received=True), Dropped("1-1", "road")])  # fmt: skip
def test_a_voice_call_that_failed_once_is_enough(failure: Report) -> None:
    box = Box()
    box.dial()
    box.hear(failure)
    assert box.sos.pending
    box.wait(0)
    (offer,) = box.offers
    assert offer == OfferData("mqtt", "id1", 1, Cause.AUTOMATIC, False, 1, offer.expires_in_s, 10.0)
    assert offer.expires_in_s == pytest.approx(4 * 3600, abs=1)


def test_an_attempt_that_was_taken_back_has_failed_too() -> None:
    box = Box()
    box.dial()
    box.order(HangUp("0-1"))
    assert not box.sos.pending
    box.order(HangUp("1-1"))
    assert box.sos.pending


def test_a_person_who_knows_needs_no_data() -> None:
    box = Box()
    box.dial()
    box.hear(Refused("1-1", 486, received=True))
    assert box.ends == ["by_call"]


@pytest.mark.parametrize("received", [None, False])
def test_a_call_without_an_acknowledgement_gets_the_data_beside_it(
    *, received: bool | None
) -> None:
    box = Box()
    box.dial()
    box.hear(Answered("1-1", received))
    box.wait(9.9)
    assert not box.sos.pending
    box.wait(0.2)
    assert len(box.offers) == 1
    assert box.notes[0] == "data_unacknowledged"


def test_data_that_arrives_in_the_call_in_time_is_enough() -> None:
    box = Box()
    box.dial()
    box.hear(Answered("1-1", None))
    box.send()
    box.wait(9)
    box.hear(DataDelivered("1-1"))
    box.wait(100)
    assert box.offers == []
    assert box.ends == ["by_call"]


def test_data_refused_in_the_call_goes_by_itself() -> None:
    box = Box()
    box.dial()
    box.hear(Answered("1-1", None))
    box.send()
    box.hear(DataRefused("1-1", 469))
    box.wait(10.1)
    assert len(box.offers) == 1
    assert box.offers[0].message_identifier == 2


def test_news_of_other_calls_says_nothing() -> None:
    box = Box()
    box.hear(Unreached("", "road"))
    box.dial()
    box.hear(Unreached("0-9", "road"))
    box.send("0-9")
    box.order(Decline("cb"))
    assert box.sos.phase is DataPhase.ARMED
    assert box.sos.record(0).message_identifier == 1


# --- how it goes on


def test_paths_alternate_and_the_waits_grow_to_a_minute() -> None:
    box = sending()
    at: list[float] = []
    for _ in range(9):
        at.append(box.t)
        box.answer(delivered=False)
        count = len(box.offers)
        while len(box.offers) == count:
            box.wait(0.5)
    assert [offer.path for offer in box.offers] == [BOTH[i % 2] for i in range(10)]
    assert [offer.seq for offer in box.offers] == list(range(1, 11))
    assert {offer.message_id for offer in box.offers} == {"id1"}
    gaps = [round(b - a) for a, b in pairwise(at)]
    assert gaps == [0, 2, 5, 10, 20, 30, 60, 60]


def test_a_path_that_says_nothing_is_given_up_a_little_after_its_time() -> None:
    box = sending()
    box.wait(11.9)
    assert len(box.offers) == 1
    box.wait(0.2)
    assert len(box.offers) == 2
    assert "data_not_taken" in box.notes


def test_the_centres_acknowledgement_ends_it() -> None:
    box = sending()
    assert box.sos.shown == "sending"
    box.answer(delivered=True)
    box.wait(50_000)
    assert len(box.offers) == 1
    assert box.ends == ["acknowledged"]
    assert box.sos.shown == "delivered"
    assert box.disk is not None
    assert box.disk.record.outcome == "acknowledged"


def test_an_acknowledgement_counts_however_late_it_comes_and_by_whichever_path() -> None:
    box = sending()
    box.answer(delivered=False)
    box.wait(0.1)
    box.answer(delivered=True, path="mqtt")  # https is on its way
    assert box.ends == ["acknowledged"]
    box.answer(delivered=True)
    assert box.ends == ["acknowledged"]


def test_a_failure_of_another_path_or_of_another_message_is_no_news() -> None:
    box = sending()
    box.answer(delivered=False, path="https")
    box.do(box.sos.result("mqtt", "old", box.now, delivered=True))
    assert box.sos.pending
    assert box.notes.count("data_not_taken") == 0
    fresh = DataSos(BOTH)
    assert fresh.result("mqtt", "", 0, delivered=True) == []


def test_a_path_may_fail_without_a_word() -> None:
    box = sending()
    box.do(box.sos.result("mqtt", "id1", box.now, delivered=False))
    assert "data_not_taken" in box.notes


def test_the_call_that_delivers_the_same_data_ends_it() -> None:
    box = sending()
    box.dial("1-2", msd=2)
    box.hear(Answered("1-2", received=True))
    assert box.ends == ["by_call"]
    box.wait(1000)
    assert len(box.offers) == 1


def test_a_call_without_an_acknowledgement_does_not_end_it() -> None:
    box = sending()
    box.dial("1-2", msd=2)
    box.hear(Answered("1-2", None))
    box.answer(delivered=False)
    box.wait(100)
    assert len(box.offers) > 2
    assert box.offers[-1].message_identifier == 2
    box.hear(ClearedDown("1-2"))
    assert box.ends == ["cleared_down"]


def test_a_callback_that_the_centre_ends_ends_it() -> None:
    box = sending()
    box.order(AnswerCallback("cb"))
    box.send("cb", msd=5)
    assert box.sos.record(box.now).message_identifier == 5
    box.hear(ClearedDown("cb"))
    assert box.ends == ["cleared_down"]


# --- news


def test_a_crash_after_a_press_reaches_a_centre_that_has_the_press() -> None:
    box = Box()
    box.dial(cause=Cause.MANUAL)
    box.fail()
    box.wait(0)
    box.answer(delivered=True)
    box.dial("1-2", Cause.AUTOMATIC, msd=2)
    assert box.sos.phase is DataPhase.ARMED
    box.fail("1-2")
    box.wait(0.01)
    assert box.offers[-1].cause is Cause.AUTOMATIC
    assert box.offers[-1].message_id == box.offers[0].message_id
    assert box.offers[-1].seq > box.offers[0].seq
    box.answer(delivered=True)
    assert box.ends == ["acknowledged", "acknowledged"]


def test_a_redial_alone_is_no_news_for_a_centre_that_has_acknowledged() -> None:
    box = sending()
    box.answer(delivered=True)
    box.dial("1-2", msd=2)
    box.fail("1-2")
    box.wait(1000)
    assert len(box.offers) == 1


def test_an_acknowledgement_of_old_content_lets_the_news_go_out() -> None:
    box = sending()
    box.do(box.sos.measured(box.now))
    box.answer(delivered=True)
    assert box.sos.pending
    box.wait(1)
    assert len(box.offers) == 2
    box.answer(delivered=True)
    assert box.ends == ["acknowledged"]


def test_a_late_acknowledgement_of_old_content_leaves_the_news_on_its_way() -> None:
    box = sending()
    box.answer(delivered=False)
    box.do(box.sos.measured(box.now))
    box.wait(0.1)
    box.answer(delivered=True, path="mqtt")
    assert box.sos.pending
    box.answer(delivered=True)
    assert box.ends == ["acknowledged"]


def test_a_late_acknowledgement_between_two_offers_lets_the_news_go_out() -> None:
    box = sending()
    box.answer(delivered=False)
    box.wait(0.1)
    box.answer(delivered=False)
    box.do(box.sos.measured(box.now))
    box.answer(delivered=True)
    assert box.sos.pending
    box.wait(3)
    assert len(box.offers) == 3


def test_news_that_never_arrived_does_not_make_the_sos_a_failure() -> None:
    box = sending(settings=DataSettings(most_tries=2))
    box.do(box.sos.measured(box.now))
    box.answer(delivered=True)
    box.wait(1)
    box.answer(delivered=False)
    box.wait(100)
    assert box.ends == ["acknowledged"]
    assert box.sos.shown == "delivered"


def test_a_crash_measured_after_the_acknowledgement_goes_out_again() -> None:
    box = sending()
    box.answer(delivered=True)
    box.do(box.sos.measured(box.now))
    box.wait(0.1)
    assert len(box.offers) == 2


def test_a_crash_measured_in_a_call_is_the_calls_to_deliver() -> None:
    box = Box()
    box.dial()
    box.hear(Answered("1-1", received=True))
    box.do(box.sos.measured(box.now))
    box.send()
    assert box.sos.phase is DataPhase.ARMED
    box.hear(DataDelivered("1-1"))
    box.wait(100)
    assert box.ends == ["by_call", "by_call"]
    assert box.offers == []


def test_an_answer_to_the_first_figures_is_none_to_the_last() -> None:
    box = Box()
    box.dial()
    box.do(box.sos.measured(box.now))
    box.hear(Answered("1-1", received=True))
    assert box.ends == []
    box.send()
    box.hear(DataDelivered("1-1"))
    assert box.ends == ["by_call"]


def test_figures_of_no_case_are_no_news() -> None:
    box = Box()
    box.do(box.sos.measured(0))
    assert box.sos.phase is DataPhase.NONE


def test_a_message_older_than_the_newest_changes_nothing() -> None:
    box = sending()
    box.dial("1-2", Cause.MANUAL, msd=1)
    assert box.sos.record(box.now).cause is Cause.AUTOMATIC


# --- bounds


def test_it_expires_and_says_so() -> None:
    box = sending(settings=DataSettings(expires_s=100))
    box.wait(200)
    assert box.ends == ["expired"]
    assert box.sos.shown == "failed"
    count = len(box.offers)
    box.wait(1000)
    assert len(box.offers) == count


def test_a_call_that_failed_after_the_expiry_begins_nothing() -> None:
    box = Box(settings=DataSettings(expires_s=100))
    box.dial()
    box.wait(200)
    box.fail()
    assert box.ends == ["expired"]
    assert box.offers == []


def test_its_tries_are_counted_over_every_restart() -> None:
    box = sending(settings=DataSettings(most_tries=7))
    for _ in range(40):
        box.restart()
        box.wait(11)
    assert box.offers[-1].seq == 7
    assert len(box.offers) == 7
    assert box.ends == ["tries_used"]


@pytest.mark.parametrize("clock", [0.0, -2 * DAY])
def test_restarts_do_not_make_it_hurry(clock: float) -> None:
    box = sending()
    box.clock_error = clock
    while len(box.offers) < 7:
        box.wait(1)
        if box.offers:
            box.answer(delivered=False)
    for _ in range(100):
        box.restart(off_s=0.5)
        box.wait(2)
    assert len(box.offers) == 7


def test_a_unit_without_a_path_says_so() -> None:
    box = Box(())
    box.dial()
    box.fail()
    assert box.ends == ["no_path"]
    assert box.sos.shown == "failed"


@pytest.mark.parametrize("outcome", ["by_call", "cleared_down"])
def test_what_data_could_not_do_a_later_call_could(outcome: str) -> None:
    box = Box(())
    box.dial()
    box.fail()
    box.dial("1-2", msd=2)
    box.hear(Answered("1-2", received=None if outcome == "cleared_down" else True))
    box.hear(ClearedDown("1-2"))
    assert box.sos.shown is None
    assert box.disk is not None
    assert box.disk.record.outcome == outcome


# --- tests, and one case after the other


def test_a_test_says_that_it_is_one() -> None:
    box = Box()
    box.dial(cause=Cause.TEST)
    box.fail()
    box.wait(0)
    assert box.offers[0].test
    assert box.offers[0].cause is Cause.TEST


def test_a_test_that_a_person_ends_is_over() -> None:
    box = Box()
    box.dial(cause=Cause.TEST)
    box.fail()
    box.do(box.sos.cancelled(box.now))
    assert box.ends == ["not_needed"]


def test_a_real_case_cannot_be_ended_by_a_person() -> None:
    box = sending()
    box.do(box.sos.cancelled(box.now))
    assert box.sos.pending


def test_a_test_never_pushes_an_sos_aside() -> None:
    box = sending()
    box.dial("2-1", Cause.TEST)
    box.send("2-1", Cause.TEST, msd=9)
    box.hear(Answered("2-1", received=True))
    box.hear(ClearedDown("2-1"))
    assert box.sos.pending
    assert not box.sos.record(box.now).test
    assert box.sos.record(box.now).message_identifier == 1


def test_an_sos_pushes_a_test_aside() -> None:
    box = Box()
    box.dial(cause=Cause.TEST)
    box.fail()
    box.dial("2-1")
    assert box.ends == ["superseded"]
    assert not box.sos.record(0).test


def test_a_new_case_has_an_id_of_its_own() -> None:
    box = sending()
    box.dial("2-1", Cause.MANUAL)
    assert box.ends == ["superseded"]
    box.fail("2-1")
    box.wait(0)
    assert box.offers[-1].message_id != box.offers[0].message_id
    assert box.offers[-1].seq == 1


# --- power


def test_an_attempt_that_lost_its_power_has_failed() -> None:
    box = Box()
    box.dial()
    box.restart()
    box.wait(0)
    assert [offer.message_id for offer in box.offers] == ["id1"]


def test_it_goes_on_after_a_restart_with_the_same_id_and_a_higher_number() -> None:
    box = sending()
    box.restart()
    assert "data_resumed" in box.notes
    box.wait(10)
    assert box.offers[1].message_id == box.offers[0].message_id
    assert box.offers[1].seq == 2
    box.answer(delivered=True)
    assert box.ends == ["acknowledged"]


def test_an_acknowledgement_after_a_restart_still_counts() -> None:
    box = sending()
    box.restart()
    box.answer(delivered=True)
    assert box.ends == ["acknowledged"]


def test_time_without_power_counts() -> None:
    box = sending()
    box.restart(off_s=5 * 3600)
    box.wait(1)
    assert box.ends == ["expired"]


def test_what_has_ended_stays_ended() -> None:
    box = sending()
    box.answer(delivered=True)
    box.restart()
    box.wait(1000)
    assert len(box.offers) == 1
    assert box.sos.phase is DataPhase.ENDED


def test_a_test_is_not_taken_up_after_a_restart() -> None:
    box = Box()
    box.dial(cause=Cause.TEST)
    box.fail()
    box.restart()
    box.wait(100)
    assert box.ends == ["not_needed"]
    assert box.offers == []


def test_a_unit_in_test_mode_never_goes_on_with_a_live_sos() -> None:
    box = sending()
    box.live = False
    box.restart()
    box.wait(10)
    assert box.offers[-1].test


def test_a_test_stays_one_on_a_unit_that_was_switched_to_live() -> None:
    box = Box(live=False)
    box.dial(test=True)
    box.live = True
    box.restart()
    box.wait(1)
    assert box.offers[-1].test


def test_a_unit_that_never_called_has_nothing_to_go_on_with() -> None:
    box = Box()
    box.restart()
    assert box.sos.phase is DataPhase.NONE


def test_a_record_that_says_too_little_is_still_a_way_to_go_on() -> None:
    kept = KeptData(DAY, DataRecord(DataPhase.SENDING, left_s=100.0, test=False))
    sos, _ = DataSos.restore(kept, 0, DAY, BOTH, live=True)
    offers = [e.event for e in sos.wake(10) if isinstance(e, Tell)]
    assert any(isinstance(o, OfferData) and o.cause is Cause.MANUAL for o in offers)


def test_waking_for_nothing_does_nothing() -> None:
    assert DataSos(BOTH).wake(5) == []


# --- record and settings

RECORDS = st.builds(
    DataRecord,
    phase=st.sampled_from(DataPhase),
    case=st.text(max_size=9),
    message_id=st.text(max_size=40),
    cause=st.none() | st.sampled_from(Cause),
    test=st.booleans(),
    message_identifier=st.integers(0, 255),
    content=st.integers(0, 1000),
    tries=st.integers(0, 1000),
    left_s=st.floats(0, 86_400),
    outcome=st.none() | st.text(max_size=20),
    reached=st.booleans(),
)


@given(RECORDS)
def test_a_record_comes_back_from_json_as_it_was(record: DataRecord) -> None:
    assert data_record_from_json(json.loads(json.dumps(record.to_json()))) == record


@given(RECORDS, st.booleans(), st.floats(0, 1e6))
def test_every_record_is_a_way_to_go_on(record: DataRecord, live: bool, age: float) -> None:  # noqa: FBT001
    sos, _ = DataSos.restore(KeptData(DAY, record), 5, DAY + age, BOTH, live=live)
    sos.wake(100)
    assert sos.record(100).tries <= max(record.tries, 250)
    assert sos.record(100).test or (live and not record.test)


@pytest.mark.parametrize("name", sorted(DataRecord().to_json()))
def test_a_record_with_a_missing_value_is_refused(name: str) -> None:
    values = DataRecord().to_json()
    del values[name]
    with pytest.raises(RoadError, match="journal"):
        data_record_from_json(values)


@pytest.mark.parametrize(
    ("name", "value"),
    [("phase", "x"), ("cause", "x"), ("test", 1), ("tries", -1), ("content", True),
     ("left_s", "soon"), ("reached", None)],
)  # fmt: skip
def test_a_record_with_a_wrong_value_is_refused(name: str, value: object) -> None:
    with pytest.raises(RoadError):
        data_record_from_json({**DataRecord().to_json(), name: value})


def test_a_record_without_a_time_has_none_left() -> None:
    assert data_record_from_json({**DataRecord().to_json(), "left_s": None}).left_s == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"expires_s": 0},
        {"expires_s": 86_401},
        {"most_tries": 0},
        {"most_tries": 2001},
        {"delays_s": ()},
        {"delays_s": (-1.0, 5.0)},
        {"delays_s": (5.0, 601.0)},
        {"delays_s": (10.0, 4.9)},
        {"timeout_s": 0},
        {"timeout_s": 61},
        {"unacknowledged_s": -1},
        {"restart_wait_s": 0.9},
    ],
)
def test_settings_that_break_a_promise_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(LocalError):
        replace(DataSettings(), **wrong)


def test_the_waits_are_one_for_each_try_and_the_last_for_all_that_follow() -> None:
    settings = DataSettings(delays_s=(1.0, 2.0, 9.0))
    assert [settings.delay_after(tries) for tries in (0, 1, 2, 3, 4, 99)] == [1, 1, 2, 9, 9, 9]
