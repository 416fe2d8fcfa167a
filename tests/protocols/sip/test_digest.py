from __future__ import annotations

import hashlib

import pytest

from opensos.protocols.effects import LocalError, RemoteError
from opensos.protocols.sip import (
    Challenge,
    Credentials,
    Target,
    authorize,
    choose_challenge,
    parse_challenge,
)

# The example of RFC 7616 §3.9.1.
EXAMPLE = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
MUFASA = Credentials("Mufasa", "Circle of Life")
INDEX = Target("GET", "/dir/index.html")
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


def challenge(text: str) -> Challenge:
    found = parse_challenge(text)
    assert found is not None
    return found


def fields(value: str) -> dict[str, str]:
    assert value.startswith("Digest ")
    pairs = (field.partition("=") for field in value[7:].split(", "))
    return {name: text.strip('"') for name, _, text in pairs}


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_of_the_rfc_comes_out(algorithm: str, response: str) -> None:
    value = authorize(challenge(EXAMPLE.format(algorithm)), MUFASA, INDEX, CNONCE)
    assert fields(value) == {
        "username": "Mufasa",
        "realm": "http-auth@example.org",
        "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "uri": "/dir/index.html",
        "response": response,
        "algorithm": algorithm,
        "cnonce": CNONCE,
        "opaque": "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
        "qop": "auth",
        "nc": "00000001",
    }


def test_a_server_of_rfc_2069_gets_an_answer_without_quality() -> None:
    # The example of RFC 2069 §2.4 as its erratum 749 corrects it.
    old = challenge(
        'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
        'opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    value = fields(
        authorize(old, Credentials("Mufasa", "CircleOfLife"), INDEX, "unused", nonce_count=3)
    )
    assert value["response"] == "1949323746fe6a43ef61f9606e7febea"
    assert "qop" not in value
    assert "cnonce" not in value


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def test_the_body_is_protected_where_only_that_is_offered() -> None:
    offered = challenge('Digest realm="r", nonce="n", qop="auth-int"')
    target = Target("INFO", "sip:a@b", b"\0\xff")
    value = fields(authorize(offered, Credentials("u", "p"), target, "c", nonce_count=0x1F))
    body = hashlib.md5(b"\0\xff", usedforsecurity=False).hexdigest()
    expected = md5(f"{md5('u:r:p')}:n:0000001f:c:auth-int:{md5(f'INFO:sip:a@b:{body}')}")
    assert (value["response"], value["qop"], value["nc"]) == (expected, "auth-int", "0000001f")


@pytest.mark.parametrize("qop", ["", ', qop="auth"'])
def test_a_session_key_is_made_with_both_nonces(qop: str) -> None:
    offered = challenge(f'Digest realm="r", nonce="n", algorithm=md5-sess{qop}')
    value = fields(authorize(offered, Credentials("u", "p"), Target("BYE", "sip:a@b"), "c"))
    ha1 = md5(f"{md5('u:r:p')}:n:c")
    middle = "00000001:c:auth:" if qop else ""
    assert value["response"] == md5(f"{ha1}:n:{middle}{md5('BYE:sip:a@b')}")
    assert (value["algorithm"], value["cnonce"]) == ("MD5-sess", "c")


def test_sha_512_256_is_known_where_the_library_has_it() -> None:
    offered = challenge(EXAMPLE.format("SHA-512-256"))
    assert offered.supported == ("sha512_256" in hashlib.algorithms_available)


def test_a_challenge_is_read_with_all_it_says() -> None:
    text = 'DIGEST realm="a, \\"b\\"",,nonce="" , stale=TRUE, qop="AUTH,, x", other=1'
    found = parse_challenge(text, proxy=True)
    assert found == Challenge('a, "b"', "", "MD5", ("auth", "x"), None, stale=True, proxy=True)
    assert found is not None
    assert found.answer_header == "Proxy-Authorization"
    assert challenge('Digest realm="a", nonce="b"').answer_header == "Authorization"


def test_quotes_in_names_are_escaped() -> None:
    value = authorize(
        challenge('Digest realm="a\\"b", nonce="n"'), Credentials('u"', "p"), INDEX, "c"
    )
    assert 'username="u\\"", realm="a\\"b"' in value


def test_other_schemes_are_none_of_ours() -> None:
    assert parse_challenge('Basic realm="x"') is None
    assert parse_challenge("") is None


@pytest.mark.parametrize(
    "text", ['Digest realm="a"', 'Digest nonce="a"', "Digest x", "Digest a b=c", "Digest"]
)
def test_a_malformed_challenge_blames_the_peer(text: str) -> None:
    with pytest.raises(RemoteError):
        parse_challenge(text)


def test_the_first_challenge_that_can_be_answered_is_chosen() -> None:
    lines = [
        "Digest broken",
        'Basic realm="x"',
        'Digest realm="r", nonce="1", algorithm=FUTURE-9',
        'Digest realm="r", nonce="2", qop="token"',
        'Digest realm="r", nonce="3", algorithm=SHA-256',
        'Digest realm="r", nonce="4", algorithm=MD5',
    ]
    found = choose_challenge(lines)
    assert found is not None
    assert found.nonce == "3"
    assert choose_challenge(lines[:4], proxy=True) is None


def test_an_unsupported_challenge_is_not_answered() -> None:
    with pytest.raises(LocalError):
        authorize(challenge('Digest realm="r", nonce="1", algorithm=X'), MUFASA, INDEX, "c")


def test_a_password_is_not_shown() -> None:
    assert "Circle" not in repr(MUFASA)
