"""The tester's end of HSFZ against gateways that behave, dawdle, lie and vanish."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from opensos.edges.hsfz_asker import HsfzAsker
from opensos.protocols.effects import RemoteError, RoadError
from opensos.protocols.hsfz import Control, Diagnostic, Frame, encode, encode_diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator

ACK = encode_diagnostic(Diagnostic(0xF4, 0x61, b"\x22\xf1\x01"), Control.ACK)
ANSWER = encode_diagnostic(Diagnostic(0x61, 0xF4, b"\x62\xf1\x01\x07"))
PENDING = encode_diagnostic(Diagnostic(0x61, 0xF4, b"\x7f\x22\x78"))
OTHER = encode_diagnostic(Diagnostic(0x40, 0xF4, b"\x62\xf1\x01\x00"))
ALIVE = encode(Frame(Control.ALIVE_CHECK, b"\x00\xf4"))


@contextmanager
def gateway(*says: bytes, stay: bool = True) -> Iterator[tuple[int, list[bytes]]]:
    """Listen for one tester, hear its request, say what the test wants."""
    heard: list[bytes] = []
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)

        def serve() -> None:
            peer, _ = server.accept()
            with peer:
                peer.settimeout(10)
                heard.append(peer.recv(4096))
                for data in says:
                    peer.sendall(data)
                if stay:
                    done.wait(10)
                    peer.setblocking(False)
                    try:
                        heard.append(peer.recv(4096))
                    except OSError:
                        return

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1], heard
        finally:
            done.set()
            thread.join(10)


def asked(port: int, *, functional: bool = False) -> list[bytes]:
    with HsfzAsker("127.0.0.1", port, timeout_s=0.3) as asker:
        heard = asker.ask(0x61, b"\x22\xf1\x01", functional=functional)
    return [one.data for one in heard]


def test_an_answer_in_pieces_is_one_answer() -> None:
    with gateway(ACK + ANSWER[:4], ANSWER[4:]) as (port, heard):
        assert asked(port) == [b"\x62\xf1\x01\x07"]
    assert heard[0] == encode_diagnostic(Diagnostic(0xF4, 0x61, b"\x22\xf1\x01"))


def test_a_unit_that_needs_time_is_waited_for() -> None:
    with gateway(ACK, PENDING, PENDING, ANSWER) as (port, _):
        assert asked(port) == [b"\x7f\x22\x78", b"\x7f\x22\x78", b"\x62\xf1\x01\x07"]


def test_silence_is_no_answer() -> None:
    with gateway(ACK) as (port, _):
        assert asked(port) == []


def test_what_another_unit_says_is_not_the_answer_unless_all_were_asked() -> None:
    with gateway(ACK, OTHER, ANSWER) as (port, _):
        assert asked(port) == [b"\x62\xf1\x01\x07"]
    with gateway(ACK, OTHER, ANSWER) as (port, _):
        assert asked(port, functional=True) == [b"\x62\xf1\x01\x00", b"\x62\xf1\x01\x07"]


def test_a_sign_of_life_is_given_when_asked_for() -> None:
    with gateway(ACK, ALIVE, encode(Frame(0x99, b"?")), ANSWER) as (port, heard):
        assert asked(port) == [b"\x62\xf1\x01\x07"]
    assert ALIVE in heard


@pytest.mark.parametrize("word", [Control.BAD_TARGET, Control.NOT_READY, Control.OUT_OF_MEMORY])
def test_a_gateway_that_refuses_is_the_peers_error(word: Control) -> None:
    with gateway(encode(Frame(word, b"\xf4\x61"))) as (port, _), pytest.raises(RemoteError):
        asked(port)


@pytest.mark.parametrize("rubbish", [b"\xff" * 20, encode(Frame(Control.DATA, b"\x61"))])
def test_rubbish_is_the_peers_error(rubbish: bytes) -> None:
    with gateway(ACK, rubbish) as (port, _), pytest.raises(RemoteError):
        asked(port)


def test_a_gateway_that_hangs_up_is_the_roads_error() -> None:
    with gateway(ACK, stay=False) as (port, _), pytest.raises(RoadError):
        asked(port)
