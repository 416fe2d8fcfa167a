"""Session timers, both sides (RFC 4028)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from opensos.protocols.effects import RemoteError

from .call import Call, Phase, confirmed_dialog
from .client import Outgoing, acknowledge, in_dialog, send_request
from .ending import send_bye
from .events import Why
from .fields import parse_number, parse_valued
from .reliable import option_tags

if TYPE_CHECKING:
    from .alarms import Alarm
    from .core import Core
    from .headers import Headers
    from .message import Response

LEAST = 90
"""No session interval is shorter (§4, §5)."""
MOST = 2**31 - 1


class Expires(NamedTuple):
    """A Session-Expires value: seconds, and who refreshes (``uac``, ``uas`` or nothing)."""

    seconds: int
    refresher: str


class Session:
    """The timer of one call: its interval, whether we refresh, and the largest Min-SE seen."""

    __slots__ = ("_expiry", "_refresh", "interval", "least", "ours")

    def __init__(self, interval: int, least: int, *, ours: bool) -> None:
        self.interval = interval
        self.least = least
        self.ours = ours
        self._refresh: Alarm | None = None
        self._expiry: Alarm | None = None

    def stop(self, core: Core) -> None:
        """Stop both timers."""
        core.alarms.cancel(self._refresh)
        core.alarms.cancel(self._expiry)

    def start(self, core: Core, call: Call) -> None:
        """Count from now: refresh at half time; without a refresh, BYE shortly before the end.

        The side that does not refresh hangs up by the smaller of 32 s and a third of the interval
        before the expiration (§10).
        """
        self.stop(core)
        if self.ours:
            self._refresh = core.after(self.interval / 2, partial(refresh, core, call))
            expiry: float = self.interval
        else:
            expiry = self.interval - min(32.0, self.interval / 3)
        self._expiry = core.after(expiry, partial(_expired, core, call))

    def try_again(self, core: Core, call: Call, delay: float) -> None:
        """Refresh once more after a failure; the expiry goes on."""
        core.alarms.cancel(self._refresh)
        self._refresh = core.after(delay, partial(refresh, core, call))


def session_expires(headers: Headers) -> Expires | None:
    """Read Session-Expires, or return ``None`` if it is absent or malformed."""
    value = headers.get("session-expires")
    if value is None:
        return None
    try:
        read = parse_valued(value)
        seconds = parse_number(read.value, MOST, "Session-Expires")
    except RemoteError:
        return None
    return Expires(seconds, (read.params.get("refresher") or "").lower())


def min_se(headers: Headers) -> int:
    """Read Min-SE; 90 if it is absent or malformed (§5)."""
    value = headers.get("min-se")
    if value is None:
        return LEAST
    try:
        return max(LEAST, parse_number(parse_valued(value).value, MOST, "Min-SE"))
    except RemoteError:
        return LEAST


def _set(core: Core, call: Call, session: Session | None) -> None:
    if call.session is not None:
        call.session.stop(core)
    call.session = session
    if session is not None:
        session.start(core, call)


# --- the side that answers -----------------------------------------------------------------------


def too_short(core: Core, headers: Headers) -> bool:
    """Say whether to refuse a session refresh request with 422 (§9: MAY; see the profile)."""
    asked = session_expires(headers)
    return (
        core.profile.refuse_short_sessions
        and asked is not None
        and asked.seconds < core.profile.min_se
        and "timer" in option_tags(headers, "supported")
    )


def agree(core: Core, call: Call, headers: Headers) -> str:
    """Choose interval and refresher for a 2xx to INVITE or UPDATE, start, return the lines (§9).

    An interval below 90 s, which the RFC forbids, is not taken up: the 2xx without Session-Expires
    then says that there is no timer.
    """
    supports = "timer" in option_tags(headers, "supported")
    asked, least = session_expires(headers), min_se(headers)
    wish = core.profile.session_expires
    if asked is None:
        if not supports or wish is None:
            _set(core, call, None)
            return ""
        asked = Expires(max(wish, least), "")
    elif wish is not None and wish < asked.seconds:
        asked = Expires(min(asked.seconds, max(wish, least)), asked.refresher)
    if asked.seconds < LEAST:
        _set(core, call, None)
        return ""
    refresher = "uas"
    if supports:
        refresher = asked.refresher if asked.refresher in {"uac", "uas"} else "uac"
    _set(core, call, Session(asked.seconds, least, ours=refresher == "uas"))
    require = "Require: timer\r\n" if supports else ""
    return f"{require}Session-Expires: {asked.seconds};refresher={refresher}\r\n"


# --- the side that asks --------------------------------------------------------------------------


def agreed(core: Core, call: Call, response: Response, wish: int | None, least: int) -> None:
    """Take the 2xx to our INVITE, re-INVITE or UPDATE (§7.2); ``wish`` is what we asked for."""
    given = session_expires(response.headers)
    if given is None:
        if wish is None:
            _set(core, call, None)
            return
        given = Expires(wish, "uac")  # the peer does not know timers: ours alone
    if given.seconds < LEAST:
        _set(core, call, None)
        return
    _set(core, call, Session(given.seconds, least, ours=given.refresher != "uas"))


def request_lines(call: Call) -> tuple[str, int | None]:
    """Return the timer lines for a re-INVITE or UPDATE of ours, and the interval asked for (§7.4).

    The refresher stays who it is: ``uac`` if we refresh, ``uas`` if the peer does.
    """
    session = call.session
    if session is None:
        return "", None
    seconds = max(session.interval, session.least)
    role = "uac" if session.ours else "uas"
    least = f"Min-SE: {session.least}\r\n" if session.least > LEAST else ""
    return f"Session-Expires: {seconds};refresher={role}\r\n{least}", seconds


def refresh(core: Core, call: Call) -> None:
    """Refresh: by UPDATE if the peer takes it, else by re-INVITE with the same session (§7.4)."""
    session = call.session
    if session is None or call.phase is not Phase.ESTABLISHED:
        if session is not None and call.phase is Phase.ANSWERED:
            session.try_again(core, call, core.times.t2)
        return
    if call.offering or call.offered is not None:
        session.try_again(core, call, core.times.t2)
        return
    dialog = confirmed_dialog(call)
    lines, wish = request_lines(call)
    texts, contact = core.texts, core.contact_line(dialog.peer.transport)
    method = "UPDATE" if dialog.can("UPDATE") else "INVITE"
    request = in_dialog(core, dialog, method, f"{contact}{texts.allow}{texts.supported}{lines}")
    if method == "INVITE" and call.content is not None:
        request.content_type, request.body = call.content
    call.offering = method == "INVITE"
    request.done = partial(_refreshed, core, call, (request, wish))
    send_request(core, request)


def _refreshed(
    core: Core,
    call: Call,
    asked: tuple[Outgoing, int | None],
    status: int,
    response: Response | None,
) -> None:
    """Take the answer to a refresh; ``asked`` is our request and the interval in it."""
    request, wish = asked
    dialog = confirmed_dialog(call)
    if request.method == "INVITE":
        call.offering = False
        if response is not None and 200 <= status < 300:
            again(core, call, request, dialog.key[2])
    if call.phase is not Phase.ESTABLISHED or call.session is None:
        return
    if response is not None and 200 <= status < 300:
        dialog.refresh_target(response.headers)
        dialog.learn(response.headers)
        agreed(core, call, response, wish, call.session.least)
    elif response is not None and status == 422:
        call.session.least = max(call.session.least, min_se(response.headers))
        call.session.try_again(core, call, core.times.t1)
    elif status in {408, 481}:
        send_bye(core, call, Why.SESSION_TIMER if status == 408 else Why.GONE)  # §10
    else:
        call.session.try_again(core, call, core.times.t2)


def again(core: Core, call: Call, invite: Outgoing, tag: str) -> bool:
    """Acknowledge a 2xx; says whether it is the first of this INVITE from this peer (§13.2.2.4)."""
    key = (tag, invite.cseq)
    sent = call.acks.get(key)
    if sent is not None:
        core.send(*sent)
        return False
    while len(call.acks) >= 4:  # only the latest can still be asked for
        del call.acks[next(iter(call.acks))]
    call.acks[key] = acknowledge(core, confirmed_dialog(call), invite)
    return True


def _expired(core: Core, call: Call) -> None:
    if call.phase.confirmed:
        send_bye(core, call, Why.SESSION_TIMER)
