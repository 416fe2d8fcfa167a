"""A pretend modem: speaks V.250, 3GPP TS 27.007 and a maker's additions, as bytes in and out.

It has no clock and no descriptor of its own: ``modem_pty.py`` puts it on a pseudo-terminal. What it
answers comes from ``ModemWorld``. A real modem's quirks are its ills; its in-band news are built
from the same table that the unit reads (``protocols/at/profiles.py``), so that table itself is
tested elsewhere, against lines from public sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.protocols.at import PROFILES, STANDARD, CallState, News
from opensos.sim.modem_answers import Reply, answer_to
from opensos.sim.modem_radio import ModemWorld

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.protocols.at import Profile

_MAKERS = {
    "standard": "Nobody in particular",
    "quectel": "Quectel",
    "u-blox": "u-blox",
    "telit": "Telit",
    "simcom": "SIMCOM INCORPORATED",
    "cinterion": "Cinterion",
}


@dataclass(slots=True)
class PretendCall:
    """One call in the modem; ``ecall`` is the type that +CECALL was given, None for others."""

    outgoing: bool
    state: CallState
    ecall: int | None = None


class PretendModem:
    """One modem. ``send`` takes the bytes that it says."""

    def __init__(self, send: Callable[[bytes], None], world: ModemWorld | None = None) -> None:
        """Power up: silent until it is spoken to, echo on."""
        self._send = send
        self.world: ModemWorld = world or ModemWorld()
        self.profile: Profile = PROFILES.get(self.world.identity.maker, STANDARD)
        self.maker = _MAKERS.get(self.world.identity.maker, self.world.identity.maker)
        self.heard: list[str] = []
        """Every command line that came, in order."""
        self.placed: list[int] = []
        """The type of every eCall that +CECALL placed."""
        self.msds: list[bytes] = []
        """Every MSD that was set, in order."""
        self.transferred: list[bytes] = []
        """Every MSD that went to the centre."""
        self.pins: dict[int, int] = {}
        self.call: PretendCall | None = None
        self.on_command: Callable[[str], None] = _nobody
        """Called with each command line before it is answered."""
        self.forget()

    def forget(self) -> None:
        """Lose what a power cut loses: settings, calls, the MSD."""
        self.echo = True
        self.words = True
        self.extended_errors = False
        self.cops_format = 0
        self._buffer = bytearray()
        self._prompt: Callable[[bytes], Reply] | None = None
        self._ended = "no cause"
        self._redials = 0

    # --- bytes

    def receive(self, data: bytes) -> None:
        """Take bytes from the unit."""
        if self.world.ills.hung:
            return
        for byte in data:
            self._take(byte)

    def _take(self, byte: int) -> None:
        if self._prompt is not None:
            self._take_payload(byte)
            return
        if self.echo or self.world.ills.echo:
            self._send(bytes([byte]))
        if byte == 0x0D:
            line = self._buffer.decode("latin-1").strip()
            self._buffer.clear()
            self._command(line)
        elif byte == 0x1B:
            self._buffer.clear()
        elif len(self._buffer) < 1024 and byte != 0x0A:
            self._buffer.append(byte)

    def _take_payload(self, byte: int) -> None:
        prompt = self._prompt
        if byte not in {0x1A, 0x1B} or prompt is None:
            self._buffer.append(byte)
            return
        payload = bytes(self._buffer)
        self._buffer.clear()
        self._prompt = None
        self._say(prompt(payload) if byte == 0x1A else Reply())

    def _command(self, line: str) -> None:
        if not line.upper().startswith("AT"):
            return
        self.heard.append(line)
        self.on_command(line)
        ills = self.world.ills
        if ills.reset_on and line.upper().startswith(ills.reset_on):
            ills.reset_on = ""
            self.reset()
            return
        reply = answer_to(self, line)
        if reply.prompt is not None:
            self._prompt = reply.prompt
            self._send(b"\r\n> ")
            return
        if not (ills.no_final and line.upper().startswith(ills.no_final)):
            self._say(reply)
        for then in reply.then:
            then()

    def _say(self, reply: Reply) -> None:
        ills = self.world.ills
        if ills.noise:
            self._send(b"\xff\x00\xfe\x81\x02\r\n")
        for line in reply.lines:
            self._line(line)
            for _ in range(ills.storm):
                self._line('+CTZV: "+8,1"')
        if ills.storm:
            self._line(f"+CREG: {self.world.radio.stat}")
        self._line(reply.final if self.words else ("0" if reply.final == "OK" else "4"))

    def _line(self, text: str) -> None:
        data = b"\r\n" + text.encode("utf-8") + b"\r\n"
        if self.world.ills.split:
            for byte in data:
                self._send(bytes([byte]))
        else:
            self._send(data)

    # --- what happens to it

    def news(self, text: str) -> None:
        """Say one unasked line."""
        if not self.world.ills.hung:
            self._line(text)

    def tell(self, news: News) -> None:
        """Say what happens in the maker's words, nothing where the maker has none."""
        for meaning in self.profile.meanings:
            if meaning.news is news:
                fields = ",".join(field or "1" for field in meaning.fields)
                self.news(f"{meaning.head} {fields}".strip())
                return

    def changed(self) -> None:
        """Say by itself what the radio has become (+CREG=2, +CEREG=2, +CNEM=1, +CIREP=1)."""
        radio = self.world.radio
        self.news(f'+CEREG: {radio.stat},"00A1","01B2C3D4",{radio.act}')
        self.news(f"+CREG: {radio.stat if radio.circuit else 0}")
        self.news(f"+CNEMS1: {int(radio.ims_emergency)}")
        self.news(f"+CIREPI: {int(radio.ims_voice)}")
        self.tell(News.JAMMED if radio.jammed else News.UNJAMMED)

    def reset(self) -> None:
        """Start anew: all is forgotten, the call with it."""
        self.call = None
        self.forget()
        self.news("RDY")

    # --- calls

    def place(self, kind: int) -> None:
        """Place an eCall; the centre then does what ``Psap.does`` says."""
        self.placed.append(kind)
        self._redials = self.world.ills.redials
        self.call = PretendCall(outgoing=True, state=CallState.DIALLING, ecall=kind)

    def act_for_centre(self) -> None:
        """Do what the centre does by itself."""
        match self.world.psap.does:
            case "answer":
                self.alert()
                self.answer()
            case "ring":
                self.alert()
            case "busy":
                self.end("BUSY", "user busy")
            case "no_answer":
                self.end("NO ANSWER", "no user responding")
            case "no_carrier":
                self.end("NO CARRIER", "no route to destination")
            case _:
                pass

    def alert(self) -> None:
        """Ring at the centre."""
        if self.call is not None:
            self.call.state = CallState.ALERTING
            self.tell(News.ALERTING)

    def answer(self) -> None:
        """Have the centre take the call, and the MSD as ``Psap.takes`` says."""
        if self.call is None:
            return
        self.call.state = CallState.ACTIVE
        self.tell(News.CONNECTED)
        takes = self.world.psap.takes
        if takes != "nothing" and self.call.outgoing:
            self.pull()
            if takes == "fail":
                self.tell(News.MSD_FAILED)
            else:
                self.acknowledge(application=takes == "acknowledge")

    def pull(self) -> None:
        """Have the centre ask for the MSD."""
        self.tell(News.MSD_PULLED)
        if self.msds:
            self.transferred.append(self.msds[-1])

    def acknowledge(self, *, application: bool = True) -> None:
        """Have the centre acknowledge: LL-ACK, then AL-ACK."""
        self.tell(News.MSD_RECEIVED)
        if application:
            self.tell(News.MSD_ACCEPTED)

    def clear_down(self) -> None:
        """End the call on purpose: AL-ACK with clear-down, then the network releases it."""
        self.tell(News.CLEARED)
        self.end("NO CARRIER", "normal call clearing")

    def hang_up_there(self) -> None:
        """Have the other side hang up without a word in-band."""
        self.end("NO CARRIER", "normal call clearing")

    def drop(self) -> None:
        """Lose the call; a modem that redials by itself begins to."""
        redials, kind = self._redials, self.call.ecall if self.call is not None else None
        self.end("NO CARRIER", "radio link failure")
        if redials and kind is not None:
            self._redials = redials - 1
            self.placed.append(kind)
            self.call = PretendCall(outgoing=True, state=CallState.DIALLING, ecall=kind)

    def end(self, word: str, cause: str) -> None:
        """End the call with a word of V.250 and a cause for +CEER."""
        if self.call is None:
            return
        self.call = None
        self._ended = cause
        self.tell(News.ENDED)
        self.news(word)

    def ring(self) -> None:
        """Have somebody call the car."""
        if self.call is None:
            self.call = PretendCall(outgoing=False, state=CallState.INCOMING)
        if self.world.ills.no_ring_line:
            self.tell(News.RINGING)
        else:
            self.news("RING")
            self.news('+CLIP: "+49301234567",145')

    def stop_ringing(self) -> None:
        """Have the caller give up."""
        self.end("NO CARRIER", "normal call clearing")

    @property
    def why_ended(self) -> str:
        """The cause of the last call's end, for +CEER."""
        return self._ended


def _nobody(line: str) -> None:
    del line
