"""Session descriptions, as much as a voice call needs (RFC 8866), and the answer (RFC 3264).

Reading is tolerant and lists problems; a call with a strange description may still have voice.
Deliberately absent: ICE, SRTP keys, capability negotiation, video.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from opensos.protocols.effects import LocalError

_MOST_LINES = 2_000
_MOST_MEDIA = 64
# Static payload types that we speak (RFC 3551 §6) and the dynamic one for digits (RFC 4733).
_VOICE = {"0": "PCMU/8000", "8": "PCMA/8000"}
_EVENTS = "telephone-event/8000"
_PLAIN_RTP = frozenset({"RTP/AVP", "RTP/AVPF"})
_DIRECTIONS = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})


@dataclass(frozen=True, slots=True)
class Origin:
    """The ``o=`` line: who made the description, and which version of it."""

    username: str = "-"
    session_id: str = "0"
    version: str = "0"
    host: str = "0.0.0.0"  # noqa: S104  # an address in a document, nothing is bound

    def __str__(self) -> str:
        return f"{self.username} {self.session_id} {self.version} {_connection(self.host)}"


@dataclass(frozen=True, slots=True)
class Media:
    """One ``m=`` section; ``port`` 0 means rejected or ended, ``connection`` its own ``c=`` host.

    ``attributes`` are (name, value) pairs, ``None`` for a flag.
    """

    kind: str
    port: int
    protocol: str = "RTP/AVP"
    formats: tuple[str, ...] = ()
    connection: str | None = None
    attributes: tuple[tuple[str, str | None], ...] = ()
    ports: int = 1

    @property
    def codecs(self) -> dict[str, str]:
        """Payload type → ``encoding/clock``: static ones we know, and the ``rtpmap`` lines."""
        found = {fmt: _VOICE[fmt] for fmt in self.formats if fmt in _VOICE}
        for name, value in self.attributes:
            if name == "rtpmap" and value:
                payload, _, codec = value.partition(" ")
                found[payload] = codec.strip()
        return found


@dataclass(frozen=True, slots=True)
class Sdp:
    """A session description; ``problems`` are sentences about what could not be read."""

    origin: Origin = Origin()
    connection: str | None = None
    media: tuple[Media, ...] = ()
    attributes: tuple[tuple[str, str | None], ...] = ()
    session_name: str = "-"
    problems: tuple[str, ...] = ()

    @property
    def audio(self) -> Media | None:
        """The first audio section that is not rejected."""
        return next((m for m in self.media if m.kind == "audio" and m.port), None)

    def host_of(self, media: Media) -> str | None:
        """Where that section's packets go: its own connection or the session's."""
        return media.connection or self.connection

    def direction_of(self, media: Media) -> str:
        """Which way that section flows, as its sender sees it; ``sendrecv`` by default."""
        for attributes in (media.attributes, self.attributes):
            for name, _ in attributes:
                if name in _DIRECTIONS:
                    return name
        return "sendrecv"


def _connection(host: str) -> str:
    return f"IN {'IP6' if ':' in host else 'IP4'} {host}"


def parse_sdp(data: bytes) -> Sdp:
    """Read a description; never raises. What cannot be read is left out and noted.

    Lines may end in CRLF or LF. An ``m=`` line that cannot be read keeps its place as a rejected
    section, since an answer must have as many sections (RFC 3264 §6).
    """
    problems: list[str] = []
    lines = data.decode("utf-8", "replace").replace("\r\n", "\n").strip("\n\0").split("\n")
    if len(lines) > _MOST_LINES:
        problems.append(f"The description has more than {_MOST_LINES} lines; the rest is unread.")
    sections: list[list[tuple[str, str]]] = [[]]
    for line in lines[:_MOST_LINES]:
        kind, equal, value = line.partition("=")
        kind = kind.strip()
        if not equal or len(kind) != 1:
            if line.strip():
                problems.append(f"{line[:40]!r} is not a line of a description.")
            continue
        if kind == "m":
            if len(sections) > _MOST_MEDIA:
                problems.append(f"There are more than {_MOST_MEDIA} media; the rest is unread.")
                break
            sections.append([])
        sections[-1].append((kind, value))
    return _session(sections[0], [_section(lines, problems) for lines in sections[1:]], problems)


def _session(lines: list[tuple[str, str]], media: list[Media], problems: list[str]) -> Sdp:
    fields = dict(reversed(lines))  # of a repeated line the first counts
    if fields.get("v", "").strip() != "0":
        problems.append("The description does not begin with v=0.")
    words = fields.get("o", "").split()
    if len(words) != 6:
        problems.append("The o= line does not have six fields.")
    connection = _host(fields["c"], problems) if "c" in fields else None
    if any(m.port and m.connection is None for m in media) and connection is None:
        problems.append("No c= line says where packets go.")
    if not media:
        problems.append("The description has no media.")
    return Sdp(
        origin=Origin(words[0], words[1], words[2], words[5]) if len(words) == 6 else Origin(),
        connection=connection,
        media=tuple(media),
        attributes=_attributes(lines),
        session_name=fields.get("s", "-"),
        problems=tuple(problems),
    )


def _section(lines: list[tuple[str, str]], problems: list[str]) -> Media:
    words = lines[0][1].split()
    port, _, count = words[1].partition("/") if len(words) > 1 else ("", "", "")
    number = _small(port)
    connection = next((_host(value, problems) for kind, value in lines if kind == "c"), None)
    if len(words) < 4 or number is None:
        problems.append(f"The line m={lines[0][1][:40]!r} is malformed.")
        words = (
            (words + ["unknown", "0", "RTP/AVP", "0"][len(words) :]) if len(words) < 4 else words
        )
        number = 0
    return Media(
        kind=words[0],
        port=number,
        protocol=words[2],
        formats=tuple(words[3:]),
        connection=connection,
        attributes=_attributes(lines),
        ports=_small(count) or 1,
    )


def _attributes(lines: list[tuple[str, str]]) -> tuple[tuple[str, str | None], ...]:
    pairs: list[tuple[str, str | None]] = []
    for kind, text in lines:
        if kind == "a":
            name, colon, value = text.partition(":")
            pairs.append((name.strip(), value.strip() if colon else None))
    return tuple(pairs)


def _host(text: str, problems: list[str]) -> str | None:
    words = text.split()
    if len(words) != 3 or words[0] != "IN" or words[1] not in {"IP4", "IP6"}:
        problems.append(f"The line c={text[:40]!r} is malformed.")
        return None
    return words[2].partition("/")[0]


def _small(text: str) -> int | None:
    """Return a number from 0 to 65535, or ``None``."""
    if not (text.isascii() and text.isdigit() and len(text) <= 5) or int(text) > 65535:
        return None
    return int(text)


def build_sdp(sdp: Sdp) -> bytes:
    """Write a description; session times are ``0 0``, a permanent session.

    Raises:
        LocalError: a line end stands inside a value, or a value cannot be encoded.
    """
    lines = ["v=0", f"o={sdp.origin}", f"s={sdp.session_name or '-'}"]
    if sdp.connection is not None:
        lines.append(f"c={_connection(sdp.connection)}")
    lines.append("t=0 0")
    lines += [_attribute(pair) for pair in sdp.attributes]
    for media in sdp.media:
        count = f"/{media.ports}" if media.ports > 1 else ""
        formats = " ".join(media.formats)
        lines.append(f"m={media.kind} {media.port}{count} {media.protocol} {formats}")
        if media.connection is not None:
            lines.append(f"c={_connection(media.connection)}")
        lines += [_attribute(pair) for pair in media.attributes]
    text = "\r\n".join(lines) + "\r\n"
    if text.count("\n") != len(lines) or text.count("\r") != len(lines):
        raise LocalError("A line end inside a value would forge a line of the description.")
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise LocalError("A session description must be UTF-8.") from None


def _attribute(pair: tuple[str, str | None]) -> str:
    name, value = pair
    return f"a={name}" if value is None else f"a={name}:{value}"


def offer(host: str, port: int, direction: str = "sendrecv", *, session_id: str = "1") -> Sdp:
    """Return an offer of one voice stream at ``host``, ``port``: PCMU, PCMA, telephone-event."""
    _known(direction)
    attributes = (
        ("rtpmap", "0 PCMU/8000"),
        ("rtpmap", "8 PCMA/8000"),
        ("rtpmap", "101 telephone-event/8000"),
        ("fmtp", "101 0-15"),
        (direction, None),
    )
    voice = Media("audio", port, "RTP/AVP", ("0", "8", "101"), None, attributes)
    return Sdp(Origin("-", session_id, session_id, host), host, (voice,))


def answer(
    offered: Sdp,
    host: str,
    port: int,
    direction: str = "sendrecv",
    *,
    session_id: str = "1",
    any_codec: bool = False,
) -> Sdp:
    """Answer an offer (RFC 3264 §6): the first PCMU or PCMA voice at ``host``, ``port``.

    Every other section is rejected with port 0. ``direction`` is what we wish; it is narrowed to
    what the offer leaves us. With ``any_codec`` a voice without PCMU and PCMA is taken with the
    first codec it names: for a side that sends and hears nothing anyway. Where nothing could be
    taken, ``audio`` of the answer is ``None``.
    """
    _known(direction)
    media: list[Media] = []
    taken = False
    for section in offered.media:
        voice = None if taken else _take_voice(section, port, any_codec=any_codec)
        if voice is None:
            media.append(Media(section.kind, 0, section.protocol, section.formats[:1]))
        else:
            taken = True
            ours = _narrow(direction, offered.direction_of(section))
            media.append(replace(voice, attributes=(*voice.attributes, (ours, None))))
    return Sdp(Origin("-", session_id, session_id, host), host, tuple(media))


def _known(direction: str) -> None:
    if direction not in _DIRECTIONS:
        raise LocalError(f"{direction!r} is not a direction of media.")


def _take_voice(section: Media, port: int, *, any_codec: bool) -> Media | None:
    """Return our side of a voice section, without direction; ``None`` if we cannot speak it."""
    if section.kind != "audio" or not section.port or section.protocol not in _PLAIN_RTP:
        return None
    codecs = {fmt: section.codecs.get(fmt, "") for fmt in section.formats}
    plain = {fmt: "/".join(codec.split("/")[:2]).upper() for fmt, codec in codecs.items()}
    voices = [fmt for fmt, codec in plain.items() if codec in _VOICE.values()]
    if not voices and any_codec:
        voices = [fmt for fmt, codec in plain.items() if codec != _EVENTS.upper()][:1]
    if not voices:
        return None
    events = [fmt for fmt, codec in plain.items() if codec == _EVENTS.upper()]
    formats = (*voices, *events[:1])
    attributes = [("rtpmap", f"{fmt} {codecs[fmt]}") for fmt in formats if codecs[fmt]]
    if events:
        attributes.append(("fmtp", f"{events[0]} 0-15"))
    return Media("audio", port, section.protocol, formats, None, tuple(attributes))


def _narrow(wished: str, offered: str) -> str:
    """Return the direction that both allow, from our side (RFC 3264 §6.1)."""
    may_send = wished in {"sendrecv", "sendonly"} and offered in {"sendrecv", "recvonly"}
    may_receive = wished in {"sendrecv", "recvonly"} and offered in {"sendrecv", "sendonly"}
    if may_send:
        return "sendrecv" if may_receive else "sendonly"
    return "recvonly" if may_receive else "inactive"
