from __future__ import annotations

from opensos.protocols.at import (
    PROFILES,
    Answered,
    Command,
    Failed,
    Final,
    ModemState,
    Network,
    Steps,
    poll,
    poll_slowly,
    set_up,
)

ERROR = Final(ok=False, word="ERROR")
OK = Final(ok=True, word="OK")


def run(steps: Steps, answers: dict[str, tuple[str, ...]]) -> list[str]:
    """Answer what is in ``answers`` with OK, all else with ERROR; return what was asked."""
    asked: list[str] = []
    try:
        command = next(steps)
        while True:
            asked.append(command.text)
            lines = answers.get(command.text)
            final = ERROR if lines is None else OK
            command = steps.send(Answered(len(asked), command, final, lines or ()))
    except StopIteration:
        return asked


def test_a_modem_that_lacks_everything_is_asked_everything_and_nothing_is_known() -> None:
    state = ModemState()
    asked = run(set_up(state), {}) + run(poll(state), {}) + run(poll_slowly(state, esim=False), {})
    assert "AT+CECALL=?" in asked
    assert "AT+CSQ" in asked
    assert state == ModemState(ecall=False)


def test_a_modem_without_cesq_is_asked_csq() -> None:
    state = ModemState()
    asked = run(poll(state), {"AT+CSQ": ("+CSQ: 10,99",)})
    assert asked[-2:] == ["AT+CESQ", "AT+CSQ"]
    assert state.signal_dbm == -93
    assert "AT+CSQ" not in run(poll(state), {"AT+CESQ": ("+CESQ: 99,99,255,255,20,40",)})


def test_a_domain_that_is_refused_now_is_forgotten() -> None:
    state = ModemState(networks={"c5greg": Network("c5greg", 1, 11)})
    run(poll(state), {"AT+CREG?": ("+CREG: 2,1",)})
    assert state.networks == {"creg": Network("creg", 1)}


def test_a_profile_from_settings_goes_before_the_makers_name() -> None:
    state = ModemState()
    asked = run(set_up(state, PROFILES["telit"]), {"AT+CGMI": ("Quectel",)})
    assert state.profile is PROFILES["telit"]
    assert "AT#ECALLURC=2" in asked


def test_the_makers_ways_to_a_card_number_are_tried_until_one_works() -> None:
    state = ModemState(profile=PROFILES["simcom"])
    asked = run(poll_slowly(state, esim=False), {"AT+CCID": ("+CCID: 8949012345678901234",)})
    assert [text for text in asked if "CCID" in text] == ["AT+CICCID", "AT+CCID"]
    assert state.iccid == "8949012345678901234"
    state.sim = "absent"
    assert not any("CCID" in text for text in run(poll_slowly(state, esim=True), {}))


def test_silence_leaves_what_was_known() -> None:
    state = ModemState(sim="ready", ecall=True)
    for steps in (poll(state), set_up(state)):
        command: Command = next(steps)
        steps.send(Failed(1, command, "timeout"))
        steps.close()
    assert (state.sim, state.ecall) == ("ready", True)
