"""Hypothesis strategies for the pieces of SIP messages, shared by the tests of this room."""

from __future__ import annotations

from hypothesis import strategies as st

from opensos.protocols.sip import (
    Headers,
    NameAddr,
    Params,
    Part,
    Request,
    Response,
    SipUri,
    TelUri,
    Uri,
    UrnUri,
    Via,
    quote,
)

TOKEN_CHARS = "abcXYZ019-.!%*_+`'~"
tokens = st.text(TOKEN_CHARS, min_size=1, max_size=12)
# Text without line ends, any letters, half surrogates (bytes that are not UTF-8) included.
words = st.text(
    st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=20
) | st.text(st.sampled_from('\udc80\udcff aé\\"<>,;='), max_size=8)
escaped = st.text("abzAZ09-_.!~*'()", min_size=1, max_size=10) | st.sampled_from(
    ["%41b", "a%20b", "%00", "%ff%FE"]
)
hosts = st.sampled_from(
    ["example.com", "192.0.2.7", "[2001:db8::1]", "a-b.c", "localhost", "[::ffff:192.0.2.1]"]
)
ports = st.none() | st.integers(0, 65535)


@st.composite
def header_params(draw: st.DrawFn) -> Params:
    names = draw(st.lists(tokens, max_size=4, unique_by=str.lower))
    values = st.none() | tokens | words.map(quote)
    return Params([(name, draw(values)) for name in names])


@st.composite
def sip_uris(draw: st.DrawFn) -> SipUri:
    names = draw(st.lists(escaped, max_size=3))
    user = draw(st.none() | escaped)
    return SipUri(
        scheme=draw(st.sampled_from(["sip", "sips"])),
        user=user,
        host=draw(hosts),
        port=draw(ports),
        params=Params([(name, draw(st.none() | escaped)) for name in names]),
        headers=tuple(draw(st.lists(st.tuples(escaped, escaped), max_size=2))),
        password=None if user is None else draw(st.none() | escaped),
    )


tel_uris = st.builds(
    TelUri,
    st.sampled_from(["+1-201-555-0123", "112", "*100#", "+49(30)123.456", "7042"]),
    st.sampled_from([Params(), Params([("phone-context", "example.com"), ("ext", "12")])]),
)
urn_uris = st.builds(
    UrnUri, st.just("service"), st.sampled_from(["sos", "sos.ecall.manual", "test.sos.ecall"])
)
uris: st.SearchStrategy[Uri] = sip_uris() | tel_uris | urn_uris
vias = st.builds(Via, st.sampled_from(["UDP", "TCP", "TLS"]), hosts, ports, header_params())
name_addrs = st.builds(NameAddr, uris.map(str), words.map(lambda text: text), header_params())
header_names = st.sampled_from(["X-One", "Call-Info", "via", "SUBJECT", "Foo", "Accept"])
header_lists = st.lists(
    st.tuples(header_names, words.map(lambda text: text.strip(" \t"))), max_size=8
)
bodies = st.binary(max_size=200)
requests = st.builds(Request, tokens, uris.map(str), header_lists.map(Headers), bodies)
responses = st.builds(Response, st.integers(100, 699), words, header_lists.map(Headers), bodies)
parts = st.builds(
    Part,
    st.sampled_from(["application/sdp", "application/EmergencyCallData.eCall.MSD", "text/x;a=b"]),
    st.none() | st.sampled_from(["1@example.com", "msd", "a%b@c"]),
    st.none() | st.sampled_from(["by-reference;handling=optional", "session"]),
    header_lists.map(Headers),
    st.binary(max_size=120)
    | st.lists(
        st.sampled_from([b"--", b"\r\n", b"\n", b"\r", b"bound", b"--bound", b"--bound--"])
    ).map(b"".join),
)
