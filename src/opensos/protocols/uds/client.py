"""The tester's side of UDS towards one unit: one request at a time, P2, P2*, 0x78 and its storms.

The road (DoIP, HSFZ, ISO-TP) is another machine's: what ``Transmit`` tells goes into its ``ask``,
what it hears goes into ``heard``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from opensos.protocols.effects import LocalError, RemoteError, Tell, WakeAt

from ._states import CLIENT, ClientOn, ClientState
from .codec import SUPPRESS, Negative, Positive, Response, decode_response, decode_timing
from .nrc import Sid

if TYPE_CHECKING:
    from opensos.protocols.effects import Effect

_DID_SERVICES = {Sid.WRITE_DATA_BY_IDENTIFIER, Sid.INPUT_OUTPUT_CONTROL_BY_IDENTIFIER}
_SUB_SERVICES = {
    Sid.DIAGNOSTIC_SESSION_CONTROL,
    Sid.ECU_RESET,
    Sid.READ_DTC_INFORMATION,
    Sid.SECURITY_ACCESS,
    Sid.COMMUNICATION_CONTROL,
    Sid.ROUTINE_CONTROL,
    Sid.TESTER_PRESENT,
    Sid.CONTROL_DTC_SETTING,
}


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """How long to wait, in seconds; the road's own delay included."""

    p2_s: float = 1.0
    p2_star_s: float = 6.0
    longest_s: float = 300.0
    max_pending: int = 200


class Silence(StrEnum):
    """Why there is no answer."""

    SILENT = "the unit does not answer"
    PENDING_TOO_LONG = "the unit asks for more time without end"
    ROAD_FAILED = "the connection failed"


@dataclass(frozen=True, slots=True)
class Transmit:
    """Send this request on the road."""

    request: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """The final response; None where none was wanted and none came."""

    request: bytes
    response: Response | None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """There will be no response. Whether the unit did what was asked is not known."""

    request: bytes
    why: Silence


@dataclass(frozen=True, slots=True)
class Stray:
    """Bytes that answer nothing that was asked: late, of another, or no response at all."""

    data: bytes


class UdsClient:
    """Asks one unit."""

    def __init__(self, settings: ClientSettings | None = None) -> None:
        self._settings = settings or ClientSettings()
        self._state = ClientState.IDLE
        self._request = b""
        self._deadline: float | None = None
        self._given_up_at = 0.0
        self._pendings = 0
        self._p2_star = self._settings.p2_star_s

    @property
    def idle(self) -> bool:
        """Whether the next request may be sent."""
        return self._state is ClientState.IDLE

    def ask(self, request: bytes, now: float) -> list[Effect]:
        """Send a request.

        Raises:
            LocalError: the request is empty, or another is under way.
        """
        if not request:
            raise LocalError("An empty request asks nothing.")
        if not self.idle:
            raise LocalError("The unit is still busy with the request before.")
        self._on(ClientOn.ASK)
        self._request = request
        self._deadline = now + self._settings.p2_s
        self._given_up_at = now + self._settings.longest_s
        self._pendings = 0
        return [Tell(Transmit(request)), WakeAt(self._deadline)]

    def heard(self, data: bytes, now: float) -> list[Effect]:
        """Take in a response message of the unit."""
        try:
            response = decode_response(data)
        except RemoteError:
            return [Tell(Stray(data))]
        if self.idle or not _answers(self._request, response):
            return [Tell(Stray(data))]
        if isinstance(response, Negative) and response.pending:
            return self._pending(now)
        self._learn(response)
        return self._end(ClientOn.FINAL, Answered(self._request, response))

    def wake(self, now: float) -> list[Effect]:
        """End a wait that has lasted too long."""
        if self._deadline is None:
            return []
        if now < self._deadline:
            return [WakeAt(self._deadline)]
        silent_on_purpose = self._state is ClientState.WAITING and _suppressed(self._request)
        if silent_on_purpose:
            return self._end(ClientOn.SILENCE, Answered(self._request, None))
        return self._end(ClientOn.SILENCE, Unanswered(self._request, Silence.SILENT))

    def road_failed(self) -> list[Effect]:
        """Learn that the connection is gone."""
        if self.idle:
            return []
        unanswered = Unanswered(self._request, Silence.ROAD_FAILED)
        return self._end(ClientOn.ROAD_FAILED, unanswered)

    def _pending(self, now: float) -> list[Effect]:
        self._on(ClientOn.PENDING)
        self._pendings += 1
        if self._pendings > self._settings.max_pending or now >= self._given_up_at:
            why = Unanswered(self._request, Silence.PENDING_TOO_LONG)
            return self._end(ClientOn.TOO_LONG, why)
        self._deadline = now + self._p2_star
        return [WakeAt(self._deadline)]

    def _learn(self, response: Response) -> None:
        """Take over a longer P2* that the unit named in its answer to 0x10."""
        is_session = response.service == Sid.DIAGNOSTIC_SESSION_CONTROL
        if isinstance(response, Positive) and is_session:
            timing = decode_timing(response.data[1:])
            named = 0.0 if timing is None else timing.p2_star_s + 1.0
            self._p2_star = max(self._settings.p2_star_s, min(named, self._settings.longest_s))

    def _end(self, why: ClientOn, event: Answered | Unanswered) -> list[Effect]:
        self._on(why)
        self._deadline = None
        return [Tell(event)]

    def _on(self, happened: ClientOn) -> None:
        self._state = CLIENT[self._state][happened]


def _suppressed(request: bytes) -> bool:
    return request[0] in _SUB_SERVICES and len(request) > 1 and bool(request[1] & SUPPRESS)


def _answers(request: bytes, response: Response) -> bool:  # noqa: PLR0911  # one each
    """Say whether a response can be this request's: service, and what it must repeat."""
    if response.service != request[0]:
        return False
    if isinstance(response, Negative) or len(request) < 2:
        return True
    service, data = request[0], response.data
    if service in _SUB_SERVICES:
        more = request[2:4] if service == Sid.ROUTINE_CONTROL else b""
        return data[: 1 + len(more)] == bytes((request[1] & ~SUPPRESS,)) + more
    if service in _DID_SERVICES:
        return data[:2] == request[1:3]
    if service == Sid.READ_DATA_BY_IDENTIFIER:
        # Unknown ones may be left out: the first that is answered need not be the first asked.
        return data[:2] in {request[i : i + 2] for i in range(1, len(request), 2)}
    if service == Sid.TRANSFER_DATA:
        return data[:1] == request[1:2]
    return True
