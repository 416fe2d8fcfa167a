"""What the pretend modem answers to each command line, from its world."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.protocols.at import CallState

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.sim.modem import PretendModem


@dataclass(frozen=True, slots=True)
class Reply:
    """Lines and the final result; ``prompt`` takes data first; ``then`` happens after it all."""

    lines: tuple[str, ...] = ()
    final: str = "OK"
    prompt: Callable[[bytes], Reply] | None = None
    then: tuple[Callable[[], None], ...] = ()


ERROR = Reply(final="ERROR")
_CARD_ERRORS = {
    "absent": (10, "SIM not inserted"),
    "pin": (11, "SIM PIN required"),
    "puk": (12, "SIM PUK required"),
    "failed": (13, "SIM failure"),
    "busy": (14, "SIM busy"),
}
_QUIET = re.compile(
    r"ATX4|AT\+(CREG|CGREG|CEREG|C5GREG)=2|AT\+(CLIP|CIREP|CNEM)=1|AT\+CRC=0|AT\+CHLD=0"
)


def answer_to(modem: PretendModem, line: str) -> Reply:
    """Return the answer to one command line; unknown ones are an ERROR, as V.250 has it."""
    text = line.upper()
    for pattern, answer in _ANSWERS:
        match = pattern.fullmatch(text)
        if match is not None:
            return answer(modem, match)
    return _of_the_maker(modem, line)


def _of_the_maker(modem: PretendModem, line: str) -> Reply:
    """Answer what only this maker has: setup, MSD, pins, the card's number."""
    profile = modem.profile
    if line in profile.setup:
        return Reply()
    form = profile.msd
    if form is not None and form.at_prompt and line == form.command:
        return _refused(modem) or Reply(prompt=lambda payload: _take_msd(modem, payload))
    if form is not None and not form.at_prompt:
        head = form.command.partition("{hex}")[0]
        if line.startswith(head):
            return _refused(modem) or _take_msd(modem, line[len(head) :].rstrip('"').encode())
    for number, pin in enumerate(profile.pin):
        match = re.fullmatch(
            re.escape(pin).replace(r"\{pin\}", r"(\d+)").replace(r"\{value\}", r"([01])"), line
        )
        if match is not None:
            if number == len(profile.pin) - 1:
                modem.pins[int(match[1])] = int(match[2])
            return Reply()
    if line in profile.iccid:
        return _card(modem) or Reply((f"{line[2:]}: {modem.world.card.iccid}",))
    return ERROR


def _refused(modem: PretendModem) -> Reply | None:
    return ERROR if modem.world.ills.refuses_msd else None


def _take_msd(modem: PretendModem, digits: bytes) -> Reply:
    try:
        msd = bytes.fromhex(digits.decode("ascii"))
    except ValueError:
        return ERROR
    if not 0 < len(msd) <= 140:
        return ERROR
    modem.msds.append(msd)
    return Reply()


# --- one function for each family of commands ----------------------------------------------------


def _card(modem: PretendModem) -> Reply | None:
    """Return the error that a card without access makes of a command, None if it is ready."""
    error = _CARD_ERRORS.get(modem.world.card.state)
    if error is None:
        return None
    code, words = error
    return Reply(final=f"+CME ERROR: {code if modem.extended_errors else words}")


def _basic(modem: PretendModem, match: re.Match[str]) -> Reply:
    for letter, digit in re.findall(r"([EVQ])(\d)", match[1]):
        if letter == "E":
            modem.echo = digit == "1"
        elif letter == "V":
            modem.words = digit == "1"
    return Reply()


def _cmee(modem: PretendModem, match: re.Match[str]) -> Reply:
    modem.extended_errors = match[1] == "1"
    return Reply()


def _cpin(modem: PretendModem, match: re.Match[str]) -> Reply:
    del match
    state = modem.world.card.state
    if state in {"pin", "puk"}:
        return Reply((f"+CPIN: SIM {state.upper()}",))
    return _card(modem) or Reply(("+CPIN: READY",))


def _registration(modem: PretendModem, match: re.Match[str]) -> Reply:
    radio = modem.world.radio
    name = match[1]
    on_5g = radio.act in {11, 12}
    if (name == "C5GREG") is not on_5g and name not in {"CREG", "CGREG"}:
        return Reply((f"+{name}: 2,0",)) if name == "CEREG" else ERROR
    if name == "CREG" and not radio.circuit:
        return Reply(("+CREG: 2,0",))
    if radio.stat in {1, 5, 8, 9, 10}:
        return Reply((f'+{name}: 2,{radio.stat},"00A1","01B2C3D4",{radio.act}',))
    return Reply((f"+{name}: 2,{radio.stat}",))


def _cesq(modem: PretendModem, match: re.Match[str]) -> Reply:
    del match
    radio = modem.world.radio
    rxlev, rscp, rsrp, ss = 99, 255, 255, 255
    if radio.dbm is not None:
        if radio.act in {0, 1, 3}:
            rxlev = min(63, max(0, radio.dbm + 111))
        elif radio.act in {2, 4, 5, 6}:
            rscp = min(96, max(0, radio.dbm + 121))
        elif radio.act in {11, 12}:
            ss = min(126, max(0, radio.dbm + 157))
        else:
            rsrp = min(97, max(0, radio.dbm + 141))
    return Reply((f"+CESQ: {rxlev},99,{rscp},255,255,{rsrp},255,{ss},255",))


def _csq(modem: PretendModem, match: re.Match[str]) -> Reply:
    del match
    dbm = modem.world.radio.dbm
    rssi = 99 if dbm is None else min(31, max(0, (dbm + 113) // 2))
    return Reply((f"+CSQ: {rssi},99",))


def _cops_format(modem: PretendModem, match: re.Match[str]) -> Reply:
    modem.cops_format = int(match[1])
    return Reply()


def _cops(modem: PretendModem, match: re.Match[str]) -> Reply:
    del match
    radio = modem.world.radio
    if radio.stat not in {1, 5}:
        return Reply(("+COPS: 0",))
    name = radio.plmn if modem.cops_format == 2 else radio.operator
    return Reply((f'+COPS: 0,{modem.cops_format},"{name}",{radio.act}',))


def _identity(modem: PretendModem, match: re.Match[str]) -> Reply:
    who = modem.world.identity
    texts = {"I": modem.maker, "M": who.model, "R": who.firmware}
    return Reply((texts[match[1]],))


def _cnem(modem: PretendModem, match: re.Match[str]) -> Reply:
    del match
    return Reply((f"+CNEM: 1,0,{int(modem.world.radio.ims_emergency)}",))


def _cirep(modem: PretendModem, match: re.Match[str]) -> Reply:
    del match
    return Reply((f"+CIREP: 1,{int(modem.world.radio.ims_voice)}",))


def _cgact(modem: PretendModem, match: re.Match[str]) -> Reply:
    del match
    return Reply((f"+CGACT: 1,{int(modem.world.radio.data)}", "+CGACT: 2,0"))


def _cecall_test(modem: PretendModem, match: re.Match[str]) -> Reply:
    del match
    return ERROR if modem.world.ills.no_ecall else Reply(("+CECALL: (0-3)",))


def _cecall(modem: PretendModem, match: re.Match[str]) -> Reply:
    if modem.world.ills.no_ecall:
        return ERROR
    if modem.call is not None or modem.world.radio.stat not in {1, 5, 8}:
        return Reply(final="NO CARRIER")
    modem.place(int(match[1]))
    return Reply(then=(modem.act_for_centre,))


def _clcc(modem: PretendModem, match: re.Match[str]) -> Reply:
    del match
    call = modem.call
    if call is None:
        return Reply()
    return Reply((f"+CLCC: 1,{0 if call.outgoing else 1},{int(call.state)},0,0",))


def _ceer(modem: PretendModem, match: re.Match[str]) -> Reply:
    del match
    return Reply((f"+CEER: {modem.why_ended}",))


def _hang_up(modem: PretendModem, match: re.Match[str]) -> Reply:
    del match
    modem.call = None
    return Reply()


def _take(modem: PretendModem, match: re.Match[str]) -> Reply:
    del match
    if modem.call is None or modem.call.state is not CallState.INCOMING:
        return Reply(final="NO CARRIER")
    modem.call.state = CallState.ACTIVE
    return Reply()


def _open_channel(modem: PretendModem, match: re.Match[str]) -> Reply:
    del match
    return ERROR if modem.world.card.esim is None else Reply(("1",))


def _channel(modem: PretendModem, match: re.Match[str]) -> Reply:
    """Answer GetProfilesInfo in two parts, as cards with long lists do."""
    states = {"enabled": "01", "disabled": "00"}
    state = states.get(modem.world.card.esim or "")
    profile = "" if state is None else f"E3049F7001{state}"
    body = f"A0{len(profile) // 2:02X}{profile}"
    whole = f"BF2D{len(body) // 2:02X}{body}"
    if "C00000" in match[1]:
        return _apdu(whole[8:] + "9000")
    rest = len(whole[8:]) // 2
    return _apdu(whole[:8] + (f"61{rest:02X}" if rest else "9000"))


def _apdu(digits: str) -> Reply:
    return Reply((f'+CGLA: {len(digits)},"{digits}"',))


def _ok(modem: PretendModem, match: re.Match[str]) -> Reply:
    del modem, match
    return Reply()


_ANSWERS: tuple[tuple[re.Pattern[str], Callable[[PretendModem, re.Match[str]], Reply]], ...] = (
    (re.compile(r"AT((?:[EVQ]\d)*)"), _basic),
    (_QUIET, _ok),
    (re.compile(r"AT\+CMEE=(\d)"), _cmee),
    (re.compile(r"AT\+CPIN\?"), _cpin),
    (re.compile(r"AT\+(CREG|CGREG|CEREG|C5GREG)\?"), _registration),
    (re.compile(r"AT\+CESQ"), _cesq),
    (re.compile(r"AT\+CSQ"), _csq),
    (re.compile(r"AT\+COPS=3,(\d)"), _cops_format),
    (re.compile(r"AT\+COPS\?"), _cops),
    (re.compile(r"AT\+CGM([IMR])"), _identity),
    (re.compile(r"AT\+CGSN"), lambda m, _: Reply((m.world.identity.imei,))),
    (
        re.compile(r"AT\+WS46=\?"),
        lambda m, _: Reply((f"+WS46: {m.world.identity.technologies}",)),
    ),
    (re.compile(r"AT\+CNEM\?"), _cnem),
    (re.compile(r"AT\+CIREP\?"), _cirep),
    (re.compile(r"AT\+CGACT\?"), _cgact),
    (re.compile(r"AT\+CECALL=\?"), _cecall_test),
    (re.compile(r"AT\+CECALL=([0-3])"), _cecall),
    (re.compile(r"AT\+CLCC"), _clcc),
    (re.compile(r"AT\+CEER"), _ceer),
    (re.compile(r"AT\+CHUP|ATH"), _hang_up),
    (re.compile(r"ATA"), _take),
    (re.compile(r'AT\+CCHO="[0-9A-F]+"'), _open_channel),
    (re.compile(r'AT\+CGLA=\d+,\d+,"([0-9A-F]+)"'), _channel),
    (re.compile(r"AT\+CCHC=\d+"), _ok),
)
