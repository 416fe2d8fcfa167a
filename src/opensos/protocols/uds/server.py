"""The server side of UDS: one control unit's answers to requests, sessions, security, transfer.

The order of checks is that of ISO 14229-1 figures 5 and 6 (from memory): service known, allowed
in this session, security; then length, sub-function known, allowed in this session, security;
then what each service checks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.protocols.effects import Tell, WakeAt

from ._refusal import Refusal, Reply, Rights, demand, length
from ._states import SESSION, SessionOn, SessionState
from .codec import SUPPRESS, Negative, Positive, Timing, encode_response, encode_timing
from .nrc import SILENT_WHEN_FUNCTIONAL, Nrc, Sid
from .reports import LENGTHS, Reports
from .security import Security
from .services import Services
from .transfer import Transfer
from .unit import Answer, ServerSettings, Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.protocols.effects import Effect

    from .unit import UdsUnit

_PENDING_PACE = 0.8  # of P2*: when 0x78 is said again
_SUB_FUNCTIONS: dict[int, frozenset[int]] = {
    Sid.ECU_RESET: frozenset({1, 2, 3, 4}),
    Sid.READ_DTC_INFORMATION: frozenset(LENGTHS),
    Sid.COMMUNICATION_CONTROL: frozenset({0, 1, 2, 3}),
    Sid.ROUTINE_CONTROL: frozenset({1, 2, 3}),
    Sid.TESTER_PRESENT: frozenset({0}),
    Sid.CONTROL_DTC_SETTING: frozenset({1, 2}),
}
_SESSIONS = {
    SessionState.DEFAULT: Session.DEFAULT,
    SessionState.PROGRAMMING: Session.PROGRAMMING,
    SessionState.EXTENDED: Session.EXTENDED,
}
_SESSION_ASKED = {
    Session.DEFAULT: SessionOn.DEFAULT,
    Session.PROGRAMMING: SessionOn.PROGRAMMING,
    Session.EXTENDED: SessionOn.EXTENDED,
}


@dataclass(frozen=True, slots=True)
class SessionChanged:
    """Told by ``wake``: the session ended because nobody spoke for S3."""

    session: Session


class UdsServer:
    """Answers for one ``UdsUnit``.

    ``dice(n)`` returns n random bytes, for seeds. One tester's requests come one by one; while a
    request is pending (0x78 was said) another is refused as busy, but for tester-present.
    """

    def __init__(
        self,
        unit: UdsUnit,
        settings: ServerSettings | None = None,
        *,
        dice: Callable[[int], bytes],
    ) -> None:
        self._unit = unit
        self._settings = settings = settings or ServerSettings()
        self._state = SessionState.DEFAULT
        self._security = Security(settings, dice)
        self._transfer = Transfer(unit)
        self._reports = Reports(unit, settings)
        self._services = Services(unit, settings)
        self._alive_until: float | None = None
        self._busy_until = float("-inf")
        self._recording = True
        self._talking = True

    @property
    def session(self) -> Session:
        """The session that is active."""
        return _SESSIONS[self._state]

    @property
    def unlocked(self) -> int:
        """The security level that is open; 0 is none."""
        return self._security.unlocked

    @property
    def due(self) -> float | None:
        """When ``wake`` must be called at the latest; None in the default session."""
        return self._alive_until

    def ask(self, request: bytes, now: float, *, functional: bool = False) -> list[Answer]:
        """Answer one request message.

        Returns at most one final response, before it perhaps some 0x78; empty where the tester
        wants no answer, or where a unit keeps silent (functional addressing, not present).
        """
        if not self._unit.present(now):
            self.restart(now)
            return []
        self._expire(now)
        if not request:
            return []
        suppress = _suppressed(request)
        if now < self._busy_until:
            return self._while_busy(request, functional=functional, suppress=suppress)
        try:
            reply = self._serve(request, now)
        except Refusal as refusal:
            reply = Reply(refusal.nrc)
        answers = self._answers(request[0], reply, functional=functional, suppress=suppress)
        self._stay_alive(now + reply.after_s)
        if len(answers) > 1:
            self._busy_until = now + reply.after_s
        return answers

    def wake(self, now: float) -> list[Effect]:
        """End the session when S3 is over; ``WakeAt`` says when to call next."""
        before = self._state
        self._expire(now)
        effects: list[Effect] = []
        if self._state is not before:
            effects.append(Tell(SessionChanged(self.session)))
        if self._alive_until is not None:
            effects.append(WakeAt(self._alive_until))
        return effects

    def restart(self, now: float) -> None:
        """Take note that the unit came up anew: default session, locked, nothing pending."""
        self._change_session(SessionOn.RESET, now)
        self._busy_until = float("-inf")

    def _serve(self, request: bytes, now: float) -> Reply:
        """Check what all services have in common; then let the service answer."""
        settings, service = self._settings, request[0]
        demand(service in settings.services, Nrc.SERVICE_NOT_SUPPORTED)
        needs = self._unit.needs(service, None)
        self._rights.check(needs, Nrc.SERVICE_NOT_SUPPORTED_IN_ACTIVE_SESSION)
        length(request, least=1, most=settings.max_request)
        known = self._sub_functions(service)
        if known is None:
            return self._plain(service, request, now)
        length(request, least=2)
        sub = request[1] & ~SUPPRESS
        demand(sub in known, Nrc.SUB_FUNCTION_NOT_SUPPORTED)
        if service != Sid.ROUTINE_CONTROL:  # whose items are RIDs, checked there
            self._rights.check(
                self._unit.needs(service, sub), Nrc.SUB_FUNCTION_NOT_SUPPORTED_IN_ACTIVE_SESSION
            )
        return self._with_sub_function(service, sub, request, now)

    def _sub_functions(self, service: int) -> frozenset[int] | None:
        """Return a service's sub-functions; None where it has none."""
        if service == Sid.DIAGNOSTIC_SESSION_CONTROL:
            return self._settings.sessions
        if service == Sid.SECURITY_ACCESS:
            return self._security.levels()
        return _SUB_FUNCTIONS.get(service)

    @property
    def _rights(self) -> Rights:
        return Rights(self.session, self.unlocked)

    def _plain(self, service: int, request: bytes, now: float) -> Reply:  # noqa: PLR0911  # one each
        match service:
            case Sid.READ_DATA_BY_IDENTIFIER:
                return self._services.read(request, self._rights, now)
            case Sid.WRITE_DATA_BY_IDENTIFIER:
                return self._services.write(request, self._rights, now)
            case Sid.INPUT_OUTPUT_CONTROL_BY_IDENTIFIER:
                return self._services.control(request, self._rights, now)
            case Sid.CLEAR_DIAGNOSTIC_INFORMATION:
                return self._services.clear(request, now)
            case Sid.REQUEST_DOWNLOAD | Sid.REQUEST_UPLOAD:
                return self._transfer.request(service, request, now)
            case Sid.TRANSFER_DATA:
                return self._transfer.block(request, now)
            case Sid.REQUEST_TRANSFER_EXIT:
                return self._transfer.exit(request, now)
            case _:
                return Reply(Nrc.SERVICE_NOT_SUPPORTED)

    def _with_sub_function(self, service: int, sub: int, request: bytes, now: float) -> Reply:  # noqa: PLR0911  # one each
        match service:
            case Sid.DIAGNOSTIC_SESSION_CONTROL:
                return self._begin_session(sub, request, now)
            case Sid.ECU_RESET:
                reply = self._services.reset(sub, request, now)
                self._change_session(SessionOn.RESET, now)
                return reply
            case Sid.READ_DTC_INFORMATION:
                return self._reports.answer(sub, request, now)
            case Sid.SECURITY_ACCESS:
                return self._security.answer(sub, request, now)
            case Sid.COMMUNICATION_CONTROL:
                reply = self._services.communicate(sub, request, now)
                self._talking = sub == 0
                return reply
            case Sid.ROUTINE_CONTROL:
                return self._services.routine(sub, request, self._rights, now)
            case Sid.CONTROL_DTC_SETTING:
                self._recording = sub == 1
                self._unit.record_dtcs(now, on=self._recording)
                return Reply(bytes((sub,)))
            case _:
                length(request, least=2, most=2)
                return Reply(bytes((sub,)))  # tester present

    def _begin_session(self, sub: int, request: bytes, now: float) -> Reply:
        length(request, least=2, most=2)
        self._change_session(_SESSION_ASKED[Session(sub)], now)
        timing = Timing(self._settings.p2_s, self._settings.p2_star_s)
        return Reply(bytes((sub,)) + encode_timing(timing))

    def _change_session(self, happened: SessionOn, now: float) -> None:
        """Begin a session: locked, without a transfer; the default one undoes 0x28 and 0x85."""
        self._state = SESSION[self._state][happened]
        self._security.session_changed()
        self._transfer.session_changed(now)
        if self._state is not SessionState.DEFAULT:
            return
        self._alive_until = None
        if not self._recording:
            self._recording = True
            self._unit.record_dtcs(now, on=True)
        if not self._talking:
            self._talking = True
            self._unit.communicate(0, 0x03, now)  # normal and network management messages

    def _expire(self, now: float) -> None:
        if self._alive_until is not None and now >= self._alive_until:
            self._change_session(SessionOn.S3_OVER, now)

    def _stay_alive(self, since: float) -> None:
        if self._state is not SessionState.DEFAULT:
            self._alive_until = since + self._settings.s3_s

    def _while_busy(self, request: bytes, *, functional: bool, suppress: bool) -> list[Answer]:
        if request[0] == Sid.TESTER_PRESENT:
            reply = Reply(b"\x00")
        else:
            reply = Reply(Nrc.BUSY_REPEAT_REQUEST)
        return self._answers(request[0], reply, functional=functional, suppress=suppress)

    def _answers(
        self, service: int, reply: Reply, *, functional: bool, suppress: bool
    ) -> list[Answer]:
        """Put a reply into messages: 0x78 at once and again while it lasts, then the result."""
        waits = _pendings(reply.after_s, self._settings)
        result = reply.result
        if isinstance(result, bytes) and len(result) + 1 > self._settings.max_response:
            result = Nrc.RESPONSE_TOO_LONG
        if not waits:  # after a 0x78 the final response is always sent (clause 8.2.2)
            silent = functional and result in SILENT_WHEN_FUNCTIONAL
            if silent or (suppress and isinstance(result, bytes)):
                return []
        pending = Negative(service, Nrc.REQUEST_CORRECTLY_RECEIVED_RESPONSE_PENDING)
        answers = [Answer(encode_response(pending), at) for at in waits]
        final = Negative(service, result) if isinstance(result, Nrc) else Positive(service, result)
        return [*answers, Answer(encode_response(final), reply.after_s)]


def _suppressed(request: bytes) -> bool:
    """Say whether the tester wants no positive response; only sub-functions carry the bit."""
    has_sub = request[0] in _SUB_FUNCTIONS or request[0] in {
        Sid.DIAGNOSTIC_SESSION_CONTROL,
        Sid.SECURITY_ACCESS,
    }
    return has_sub and len(request) > 1 and bool(request[1] & SUPPRESS)


def _pendings(after_s: float, settings: ServerSettings) -> list[float]:
    """Return when 0x78 is said: not at all within P2, else at once and before each P2* ends."""
    if after_s <= settings.p2_s:
        return []
    pace = settings.p2_star_s * _PENDING_PACE
    times, at = [], 0.0
    while at < after_s:
        times.append(at)
        at += pace
    return times
