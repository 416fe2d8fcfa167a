from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.at import PROFILES, Final, ModemState, Network, poll, poll_slowly, set_up
from opensos.sim.modem_radio import Card, Identity, Ills, ModemWorld, Radio
from tests.protocols.at.bench import Bench

OK = Final(ok=True, word="OK")


def asked(world: ModemWorld, *, esim: bool = False) -> ModemState:
    """Set a modem up, ask it everything, and return what it said."""
    b = Bench(world)
    b.ready()
    state = ModemState()
    b.run(set_up(state))
    b.run(poll(state))
    b.run(poll_slowly(state, esim=esim))
    return state


@pytest.mark.parametrize("maker", list(PROFILES))
def test_every_makers_modem_is_understood(maker: str) -> None:
    state = asked(ModemWorld(identity=Identity(maker=maker), card=Card(esim="enabled")), esim=True)
    assert state.profile.name == maker
    assert (state.model, state.firmware, state.imei) == ("PRETEND-1", "01.00", "490154203237518")
    assert (state.sim, state.esim) == ("ready", "enabled")
    assert state.iccid == "89000000000000000001"
    assert (state.plmn, state.operator, state.signal_dbm) == ("00101", "Test Net", -85)
    assert state.technology == "lte"
    assert (state.ims_emergency, state.ims_voice, state.data, state.cs_ecall) == (True,) * 4
    assert state.technologies == ("gsm", "umts", "lte")


@pytest.mark.parametrize("ill", [{"noise": True}, {"echo": True}, {"split": True}, {"storm": 9}])
def test_noise_echo_and_storms_change_nothing_of_it(ill: dict[str, object]) -> None:
    well = asked(ModemWorld(identity=Identity(maker="telit")))
    sick = asked(ModemWorld(identity=Identity(maker="telit"), ills=Ills(**ill)))  # type: ignore[arg-type]
    # A storm's +CREG news has no technology; the other domains still tell it.
    well.networks.pop("creg")
    sick.networks.pop("creg")
    assert sick == well


@pytest.mark.parametrize(
    ("radio", "stat", "technology", "cs_ecall"),
    [
        (Radio(act=0), 1, "gsm", True),
        (Radio(act=2, stat=5), 5, "umts", True),
        (Radio(act=7), 1, "lte", True),
        (Radio(act=7, circuit=False), 1, "lte", False),
        (Radio(act=11, circuit=False), 1, "nr", False),
        (Radio(stat=8, act=7), 8, "lte", False),
        (Radio(stat=2), 2, None, None),
        (Radio(stat=3), 3, None, None),
        (Radio(stat=0), 0, None, None),
    ],
)
def test_registration_technology_and_ecall_follow_the_radio(
    radio: Radio, stat: int, technology: str | None, *, cs_ecall: bool | None
) -> None:
    state = asked(ModemWorld(radio=radio))
    assert state.network is not None
    assert state.network.stat == stat
    assert (state.technology, state.cs_ecall) == (technology, cs_ecall)


def test_a_modem_without_cecall_cannot_do_an_ecall() -> None:
    assert asked(ModemWorld(ills=Ills(no_ecall=True))).cs_ecall is False
    assert ModemState().cs_ecall is None


@pytest.mark.parametrize(
    ("card", "sim"),
    [
        ("absent", "absent"),
        ("pin", "locked"),
        ("puk", "locked"),
        ("failed", "failed"),
        ("busy", None),
    ],
)
def test_a_card_that_is_not_ready_says_why(card: str, sim: str | None) -> None:
    state = asked(ModemWorld(identity=Identity(maker="telit"), card=Card(state=card)))
    assert (state.sim, state.iccid) == (sim, None)


def test_a_card_that_is_pulled_out_takes_its_number_with_it() -> None:
    state = ModemState(sim="ready", iccid="89000000000000000001", esim="enabled")
    state.take_sim(Final(ok=False, word="CME", code=10), ())
    assert (state.sim, state.iccid, state.esim) == ("absent", None, None)
    state.take_sim(Final(ok=False, word="ERROR"), ())
    assert state.sim == "absent"


def test_the_newest_word_counts_whoever_asked_for_it() -> None:
    state = ModemState()
    for line, known in (
        ('+CEREG: 5,"00A1","01B2C3D4",7', True),
        ("+CNEMS1: 0", True),
        ("+CIREPI: 1", True),
        ("+CPIN: NOT INSERTED", True),
        ("+ICCID: 8949012345678901234", True),
        ("RING", True),
        ("+CTZV: 8", False),
        ("whatever", False),
    ):
        assert state.hear(line) is known
    assert state.networks == {"cereg": Network("cereg", 5, 7)}
    assert (state.ims_emergency, state.ims_voice, state.sim) == (False, True, "absent")
    assert state.iccid == "8949012345678901234"


def test_jamming_is_heard_in_the_makers_words() -> None:
    state = ModemState(profile=PROFILES["telit"])
    heard = []
    for text in ("JAMMED", "OPERATIVE"):
        state.hear(f"#JDR: {text}")
        heard.append(state.jammed)
    assert heard == [True, False]


def test_what_is_not_known_any_more_replaces_an_older_figure() -> None:
    state = ModemState(signal_dbm=-70, plmn="26201", operator="X", data=True)
    state.take_signal(("+CSQ: 99,99",))
    state.take_operator(("+COPS: 0", "+COPS: x"))
    state.take_data(())
    assert (state.signal_dbm, state.plmn, state.operator, state.data) == (None, None, None, False)


def test_a_registered_domain_counts_before_one_that_is_not() -> None:
    assert ModemState().network is None
    state = ModemState()
    state.networks = {"cereg": Network("cereg", 2), "creg": Network("creg", 1, 0)}
    assert state.network == Network("creg", 1, 0)
    state.networks = {"cereg": Network("cereg", 4)}
    assert state.network == Network("cereg", 4)


def test_an_lte_cell_of_a_modem_that_knows_no_circuit_domain_leaves_ecall_unknown() -> None:
    state = ModemState(ecall=True, networks={"cereg": Network("cereg", 1, 7)})
    assert state.cs_ecall is None


def test_the_operators_answer_names_the_technology_where_registration_does_not() -> None:
    state = ModemState(networks={"creg": Network("creg", 1)})
    state.take_operator(('+COPS: 0,2,"26201",0',))
    assert state.technology == "gsm"


@given(st.lists(st.text(max_size=40), max_size=10))
def test_no_lines_break_the_state(lines: list[str]) -> None:
    state = ModemState(profile=PROFILES["telit"])
    for line in lines:
        state.hear(line)
    told = tuple(lines)
    state.take_signal(told)
    state.take_operator(told)
    state.take_data(told)
    state.take_sim(OK, told)
    state.take_iccid(told)
    for what in ("maker", "model", "imei", "technologies"):
        state.take_identity(what, told)
