"""An endpoint under random valid and garbage messages, verbs and time never breaks its promises."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from opensos.protocols.effects import Effect, LocalError, Send, Tell
from opensos.protocols.sip.dialog import tag_in
from opensos.protocols.sip.events import (
    Answered,
    ByeReceived,
    Ended,
    IncomingCancelled,
    IncomingInvite,
    Refused,
)
from opensos.protocols.sip.message import Response, parse
from tests.protocols.sip.peer import PEER, TCP_PEER, Watch, reply_to, request
from tests.protocols.sip.road import CENTRE, PACKAGE, order, profile

ENDINGS = (Refused, IncomingCancelled, ByeReceived, Ended)
METHODS = st.sampled_from(
    ("INVITE", "ACK", "BYE", "CANCEL", "INFO", "PRACK", "UPDATE", "OPTIONS", "REFER", "X")
)
STATUSES = st.sampled_from((100, 180, 183, 200, 202, 302, 401, 408, 422, 481, 486, 491, 500, 603))
LINES = st.lists(
    st.sampled_from(
        (
            "Supported: 100rel, timer",
            "Require: 100rel",
            "Require: unknown",
            "RSeq: 1",
            "RAck: 1 1 INVITE",
            "Session-Expires: 90;refresher=uas",
            "Session-Expires: 90",
            "Min-SE: 500",
            f"Recv-Info: {PACKAGE}",
            f"Info-Package: {PACKAGE}",
            "Info-Package: other",
            "Allow: UPDATE, INFO",
            "Record-Route: <sip:198.51.100.1;lr>",
            "Record-Route: <sip:strict.example>",
            "Content-Type: application/sdp",
            'WWW-Authenticate: Digest realm="r", nonce="n"',
        )
    ),
    unique=True,
    max_size=6,
)
BODIES = st.sampled_from((b"", b"v=0\r\n"))
SOURCES = st.sampled_from((PEER, TCP_PEER))
TAGS = st.sampled_from(("them", "fork", ""))
FEW = st.integers(0, 3)


class EndpointMachine(RuleBasedStateMachine):
    """A few calls at once; the peer says sensible things, nonsense, and things too late."""

    def __init__(self) -> None:
        super().__init__()
        self.watch = Watch(profile(CENTRE, session_expires=90, reply_within=5.0))
        self.live: set[str] = set()
        self.calls: list[str] = ["nobody"]
        self.tokens: list[str] = ["nothing"]
        self.dialogs: list[tuple[str, str, str]] = [("c0", "stranger", "peer")]
        self.requests: list[bytes] = []
        self.count = 0

    def take(self, effects: list[Effect]) -> None:
        self.watch.do(effects)
        for effect in effects:
            if isinstance(effect, Tell):
                self.hear(effect.event)
            elif isinstance(effect, Send):
                self.read(effect.data)

    def hear(self, event: object) -> None:
        if isinstance(event, IncomingInvite):
            self.calls.append(event.call)
            self.live.add(event.call)
        elif isinstance(event, ENDINGS):
            assert event.call in self.live, f"{event} is no end of a living call"
            self.live.discard(event.call)
        elif isinstance(event, Answered):
            assert event.call in self.live
        token = getattr(event, "token", None)
        if token is not None:
            self.tokens.append(token)

    def read(self, data: bytes) -> None:
        parsed = parse(data)
        message = parsed.message
        assert message is not None, data
        assert not parsed.defects, (parsed.defects, data)
        tags = [tag_in(message.headers, name) for name in ("to", "from")]
        call_id = message.headers.get("call-id") or ""
        if isinstance(message, Response):
            self.remember((call_id, tags[0], tags[1]))
        else:
            self.remember((call_id, tags[1], tags[0]))
            if message.method != "ACK":
                self.requests.append(data)

    def remember(self, dialog: tuple[str, str, str]) -> None:
        """Keep Call-ID, the endpoint's tag and ours of everything that may be a dialog."""
        if all(dialog) and dialog not in self.dialogs:
            self.dialogs.append(dialog)

    def verb(self, act: object) -> None:
        """Use a verb; LocalError is the answer to one at the wrong time, and sends nothing."""
        assert callable(act)
        try:
            effects = act()
        except LocalError:
            assert self.watch.endpoint._core._effects == []
            return
        self.take(effects)

    @rule(method=METHODS, call=FEW, branch=FEW, lines=LINES, body=BODIES)
    def request_outside(
        self, method: str, call: int, branch: int, lines: list[str], body: bytes
    ) -> None:
        data = request(
            method,
            branch=f"z9hG4bK{call}{branch}",
            call_id=f"c{call}",
            lines=tuple(lines),
            body=body,
        )
        self.take(self.watch.endpoint.receive(data, PEER, self.watch.now))

    @rule(method=METHODS, which=FEW, fresh=st.integers(0, 5), lines=LINES, body=BODIES)
    def request_inside(
        self, method: str, which: int, fresh: int, lines: list[str], body: bytes
    ) -> None:
        call_id, to_tag, from_tag = self.dialogs[-1 - which % len(self.dialogs)]
        self.count += min(fresh, 1)  # mostly a new number, sometimes the old one
        data = request(
            method,
            to_tag=to_tag,
            branch=f"z9hG4bKin{self.count}",
            cseq=1 if method == "ACK" else 10 + self.count,
            call_id=call_id,
            from_tag=from_tag,
            lines=tuple(lines),
            body=body,
        )
        source = PEER if fresh else TCP_PEER
        self.take(self.watch.endpoint.receive(data, source, self.watch.now))

    @rule(lines=LINES, ack=st.booleans())
    def proper_call_in(self, lines: list[str], ack: bool) -> None:  # noqa: FBT001  -- drawn
        self.count += 1
        lines = [line for line in lines if not line.startswith("Require")]
        call_id, branch = f"in{self.count}", f"z9hG4bKproper{self.count}"
        data = request(call_id=call_id, branch=branch, lines=tuple(lines))
        self.take(self.watch.endpoint.receive(data, PEER, self.watch.now))
        call = self.calls[-1]
        self.verb(lambda: self.watch.endpoint.answer(call, self.watch.now, None, b""))
        tag = self.dialogs[-1][1]
        if ack:
            data = request("ACK", call_id=call_id, branch=branch + "a", to_tag=tag)
            self.take(self.watch.endpoint.receive(data, PEER, self.watch.now))

    @rule(lines=LINES)
    def proper_call_out(self, lines: list[str]) -> None:
        self.dial(stream=False)
        contact = "Contact: <sip:p@192.0.2.7:5071>"
        lines = [line for line in lines if not line.startswith("Require")]
        data = reply_to(self.requests[-1], 200, lines=(contact, *lines))
        self.take(self.watch.endpoint.receive(data, PEER, self.watch.now))

    @rule(data=st.binary(max_size=200), cut=st.integers(0, 400), flip=st.booleans())
    def garbage(self, data: bytes, cut: int, flip: bool) -> None:  # noqa: FBT001  -- drawn
        valid = request(lines=("Supported: 100rel",), call_id="g")
        mixed = valid[:cut] + data + (valid[cut:] if flip else b"")
        self.take(self.watch.endpoint.receive(mixed, PEER, self.watch.now))

    @rule(which=st.integers(0, 50), status=STATUSES, tag=TAGS, lines=LINES)
    def response(self, which: int, status: int, tag: str, lines: list[str]) -> None:
        if self.requests:
            asked = self.requests[-1 - which % len(self.requests)]
            data = reply_to(asked, status, tag=tag, lines=tuple(lines))
            self.take(self.watch.endpoint.receive(data, PEER, self.watch.now))

    @rule(stream=st.booleans())
    def dial(self, stream: bool) -> None:  # noqa: FBT001  -- drawn
        target = TCP_PEER if stream else PEER
        call, effects = self.watch.endpoint.invite(order(target), self.watch.now)
        self.live.add(call)
        self.calls.append(call)
        self.take(effects)

    @rule(which=FEW, reliable=st.booleans(), body=st.booleans())
    def ring(self, which: int, reliable: bool, body: bool) -> None:  # noqa: FBT001  -- drawn
        call, now, endpoint = (
            self.calls[-1 - which % len(self.calls)],
            self.watch.now,
            self.watch.endpoint,
        )
        kind = "application/sdp" if body else None
        text = b"v=0" if body else b""
        self.verb(lambda: endpoint.ring(call, now, reliable=reliable, content_type=kind, body=text))

    @rule(
        which=FEW,
        verb=st.sampled_from(("answer", "refuse", "cancel", "bye", "info", "update", "reinvite")),
    )
    def use(self, which: int, verb: str) -> None:
        call, now, endpoint = (
            self.calls[-1 - which % len(self.calls)],
            self.watch.now,
            self.watch.endpoint,
        )
        acts = {
            "answer": lambda: endpoint.answer(call, now, "application/sdp", b"v=0"),
            "refuse": lambda: endpoint.refuse(call, now, 486),
            "cancel": lambda: endpoint.cancel(call, now),
            "bye": lambda: endpoint.bye(call, now),
            "info": lambda: endpoint.info(call, now, PACKAGE, None, b""),
            "update": lambda: endpoint.update(call, now),
            "reinvite": lambda: endpoint.reinvite(call, now, "application/sdp", b"v=0"),
        }
        self.verb(acts[verb])

    @rule(which=FEW, status=st.sampled_from((200, 488, 500)))
    def reply(self, which: int, status: int) -> None:
        token = self.tokens[-1 - which % len(self.tokens)]
        self.verb(lambda: self.watch.endpoint.reply(token, self.watch.now, status))

    @rule(source=SOURCES)
    def road_fails(self, source: object) -> None:
        self.take(self.watch.endpoint.road_failed(source, self.watch.now))  # type: ignore[arg-type]

    @rule(seconds=st.sampled_from((0.0, 0.4, 3.0, 33.0)))
    def wait(self, seconds: float) -> None:
        self.play(seconds)

    def play(self, seconds: float) -> None:
        watch, until = self.watch, self.watch.now + seconds
        for _ in range(5000):
            if watch.wake_at is None or watch.wake_at > until:
                watch.now = until
                return
            watch.now, watch.wake_at = max(watch.now, watch.wake_at), None
            self.take(watch.endpoint.wake(watch.now))
        raise AssertionError("The endpoint never comes to rest.")

    @invariant()
    def a_timer_that_runs_was_asked_for(self) -> None:
        earliest = self.watch.endpoint._core.alarms.earliest()
        if earliest is not None:
            assert self.watch.wake_at is not None
            assert self.watch.wake_at <= earliest

    @invariant()
    def the_calls_that_live_are_the_calls_that_are_kept(self) -> None:
        assert set(self.watch.endpoint._core.calls) == self.live

    def teardown(self) -> None:
        """End all calls; when the timers have run out nothing may be left."""
        for call in sorted(self.live):
            for act in ("refuse", "bye", "cancel"):
                endpoint, now = self.watch.endpoint, self.watch.now
                acts = {
                    "refuse": lambda: endpoint.refuse(call, now, 480),  # noqa: B023  -- used at once
                    "bye": lambda: endpoint.bye(call, now),  # noqa: B023  -- used at once
                    "cancel": lambda: endpoint.cancel(call, now),  # noqa: B023  -- used at once
                }
                if call in self.live:
                    self.verb(acts[act])
        self.play(300.0)
        assert self.live == set()
        assert self.watch.endpoint.is_empty(), vars(self.watch.endpoint._core)


EndpointMachine.TestCase.settings = settings(
    max_examples=100, stateful_step_count=40, deadline=None
)
TestEndpoint = EndpointMachine.TestCase
