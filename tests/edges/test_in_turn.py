from __future__ import annotations

import pytest

from opensos.edges.in_turn import InTurn
from opensos.protocols.effects import Effect, Tell


def test_what_follows_from_an_effect_waits_for_those_before_it() -> None:
    done: list[object] = []

    def carry_out(effect: Effect) -> None:
        assert isinstance(effect, Tell)
        done.append(effect.event)
        if effect.event == 1:
            assert in_turn([Tell("follows")]) is False
            assert done == [1]

    in_turn = InTurn(carry_out)
    assert in_turn([Tell(1), Tell(2)]) is True
    assert done == [1, 2, "follows"]


def test_an_effect_that_fails_leaves_the_next_ones_to_the_next_call() -> None:
    done: list[object] = []

    def carry_out(effect: Effect) -> None:
        assert isinstance(effect, Tell)
        if effect.event == "bad":
            raise OSError("the disk is gone")
        done.append(effect.event)

    in_turn = InTurn(carry_out)
    with pytest.raises(OSError, match="gone"):
        in_turn([Tell("bad"), Tell("kept")])
    in_turn([Tell("later")])
    assert done == ["kept", "later"]
