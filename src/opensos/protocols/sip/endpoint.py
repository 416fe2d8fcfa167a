"""The endpoint: transactions, dialogs and user-agent rules for many calls at once.

The rooms behind this door follow the RFC's words: `receiving` (§8.2, §18), `uas` (§13.3), `uac`
(§13.2), `server` and `client` (§17), `accepted` (2xx until ACK), `ending` (§15), `info` (RFC 6086),
`modify` (§14, RFC 3311), `reliable` (RFC 3262), `session_timer` (RFC 4028).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import ending, info, modify, pending, receiving, uac, uas
from .call import Phase, find
from .client import Outgoing, client_noticed, request_outside
from .core import Core, content_lines, header_lines
from .events import OptionsAnswered, Why
from .reliable import Provisional
from .server import Incoming, server_noticed
from .transaction import On

if TYPE_CHECKING:
    from opensos.protocols.effects import Address, Effect

    from .message import Response
    from .profile import Profile
    from .tokens import Tokens
    from .transaction import Notice, Transaction
    from .uac import InviteOrder

HeaderLines = tuple[tuple[str, str], ...]


class Endpoint:
    """A user agent for many calls at once, sans-IO.

    Every method that takes a call or a token raises LocalError if it is not known or not in the
    right state; nothing has been sent then.
    """

    def __init__(self, profile: Profile, tokens: Tokens) -> None:
        self._core = core = Core(profile, tokens)
        core.noticed = self._noticed

    def receive(self, data: bytes, source: Address, now: float) -> list[Effect]:
        """Take one message: a datagram, or one cut from a stream by the Framer."""
        self._core.now = now
        receiving.receive(self._core, data, source)
        return self._core.finish()

    def wake(self, now: float) -> list[Effect]:
        """Fire every timer that is due."""
        self._core.now = now
        self._core.ring_due()
        return self._core.finish()

    def road_failed(self, to: Address, now: float) -> list[Effect]:
        """Take note that nothing sent to this address arrives (RFC 3261 §17.1.4, §17.2.4)."""
        core = self._core
        core.now = now
        for transaction in core.watchers(to):
            core.notice(transaction, transaction.step(On.ROAD_FAILED))
        return core.finish()

    def invite(self, order: InviteOrder, now: float) -> tuple[str, list[Effect]]:
        """Call somebody; returns the handle of the call."""
        self._core.now = now
        call = uac.invite(self._core, order)
        return call.handle, self._core.finish()

    def cancel(self, call: str, now: float) -> list[Effect]:
        """Give up a call that was not answered yet (RFC 3261 §9.1)."""
        self._core.now = now
        uac.cancel(self._core, find(self._core, call, Phase.CALLING))
        return self._core.finish()

    def ring(
        self,
        call: str,
        now: float,
        status: int = 180,
        *,
        reliable: bool = False,
        content_type: str | None = None,
        body: bytes = b"",
        headers: HeaderLines = (),
    ) -> list[Effect]:
        """Send a provisional answer, 101 to 199."""
        core = self._core
        core.now = now
        provisional = Provisional(status, "", content_type, body)
        found = find(core, call, Phase.INCOMING)
        uas.ring(core, found, provisional, headers, reliable=reliable)
        return core.finish()

    def answer(
        self,
        call: str,
        now: float,
        content_type: str | None,
        body: bytes,
        headers: HeaderLines = (),
    ) -> list[Effect]:
        """Answer with 200, repeated until the ACK comes."""
        self._core.now = now
        found = find(self._core, call, Phase.INCOMING)
        uas.answer(self._core, found, content_type, body, headers)
        return self._core.finish()

    def refuse(
        self,
        call: str,
        now: float,
        status: int,
        reason: str | None = None,
        headers: HeaderLines = (),
        *,
        content_type: str | None = None,
        body: bytes = b"",
    ) -> list[Effect]:
        """Refuse with 300 to 699; tells Ended(refused)."""
        self._core.now = now
        found = find(self._core, call, Phase.INCOMING)
        lines, content = header_lines(headers), (content_type, body)
        content_lines(*content)
        uas.refuse(self._core, found, (status, reason), lines, content)
        return self._core.finish()

    def info(
        self,
        call: str,
        now: float,
        package: str,
        content_type: str | None,
        body: bytes,
        *,
        headers: HeaderLines = (),
    ) -> list[Effect]:
        """Send an INFO (RFC 6086); LocalError unless the peer listed the package."""
        self._core.now = now
        lines, content = header_lines(headers), (content_type, body)
        content_lines(*content)
        info.send_info(self._core, find(self._core, call), package, content, lines)
        return self._core.finish()

    def update(
        self,
        call: str,
        now: float,
        content_type: str | None = None,
        body: bytes = b"",
        headers: HeaderLines = (),
    ) -> list[Effect]:
        """Send an UPDATE (RFC 3311)."""
        return self._change("UPDATE", call, now, (content_type, body), headers)

    def reinvite(
        self,
        call: str,
        now: float,
        content_type: str | None,
        body: bytes,
        headers: HeaderLines = (),
    ) -> list[Effect]:
        """Send a re-INVITE (RFC 3261 §14)."""
        return self._change("INVITE", call, now, (content_type, body), headers)

    def bye(self, call: str, now: float, headers: HeaderLines = ()) -> list[Effect]:
        """Hang up; before the ACK came it waits for it, before an answer it cancels."""
        core = self._core
        core.now = now
        lines = header_lines(headers)
        found = find(core, call, Phase.CALLING, Phase.ANSWERED, Phase.ESTABLISHED)
        if found.phase is Phase.CALLING:
            uac.cancel(core, found)
        elif found.phase is Phase.ANSWERED:
            found.bye_lines = lines  # §15: not before the ACK
        else:
            ending.send_bye(core, found, Why.HUNG_UP, lines)
        return core.finish()

    def reply(
        self,
        token: str,
        now: float,
        status: int = 200,
        headers: HeaderLines = (),
        *,
        content_type: str | None = None,
        body: bytes = b"",
    ) -> list[Effect]:
        """Answer a request that was told with a token (INFO, UPDATE, re-INVITE)."""
        self._core.now = now
        lines = header_lines(headers)
        content = (content_type, body)
        content_lines(*content)
        pending.reply(self._core, token, status, lines, content)
        return self._core.finish()

    def options(self, uri: str, next_hop: Address, now: float) -> tuple[str, list[Effect]]:
        """Ask a peer what it can; returns the reference that OptionsAnswered carries."""
        self._core.now = now
        ref = request_outside(self._core, uri, next_hop, self._options_answered)
        return ref, self._core.finish()

    def accepts(self, call: str, package: str) -> bool:
        """Say whether the peer listed this INFO package (RFC 6086 §5.2.2)."""
        dialog = find(self._core, call).dialog
        return dialog is not None and package.lower() in dialog.packages

    def is_empty(self) -> bool:
        """Say whether nothing is remembered any more: no call, no transaction, no timer."""
        return self._core.is_empty()

    def _change(
        self,
        method: str,
        call: str,
        now: float,
        content: tuple[str | None, bytes],
        headers: HeaderLines,
    ) -> list[Effect]:
        self._core.now = now
        lines = header_lines(headers)
        content_lines(*content)
        modify.send_change(self._core, find(self._core, call), method, content, lines)
        return self._core.finish()

    def _options_answered(self, ref: str, status: int, response: Response | None) -> None:
        self._core.tell(OptionsAnswered(ref, status, response))

    def _noticed(self, transaction: Transaction, notice: Notice) -> None:
        user = transaction.user
        if isinstance(user, Incoming):
            server_noticed(self._core, user, notice)
        elif isinstance(user, Outgoing):
            client_noticed(self._core, user, notice)
