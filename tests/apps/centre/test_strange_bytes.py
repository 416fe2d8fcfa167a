"""Calls whose texts are no text: every one is an incident, stored, whatever the database."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest

from tests.centre import cards, running, settings_for

if TYPE_CHECKING:
    from pathlib import Path

BODY = (
    b"--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
    b"c=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4 RTP/AVP 0\r\n"
    b"--b\r\nContent-Type: application/EmergencyCallData.eCall.MSD\r\nContent-ID: <m@x>\r\n\r\n"
    b"\x02\x00\r\n"
    b"--b\r\nContent-Type: application/x-other\r\n\r\nhello\r\n--b--\r\n"
)
# Where a stranger's byte lands: (what is replaced, by what).
CHANGES = [
    (b"x-other", b"x-oth%cr"),
    (b"<sip:a@b>", b'"J%cn" <sip:a@b>'),
    (b"Call-ID: call", b"Call-ID: ca%cll"),
    (b"multipart/mixed", b"multip%crt/mixed"),
    (b"application/sdp", b"application/sd%c"),
    (b"sos.ecall SIP", b"sos.%call SIP"),
    (b"Contact: <sip:a@", b"Contact: <sip:a%c@"),
    (b"<m@x>", b"<m%c@x>"),
]


def _invite(number: int, port: int) -> bytes:
    head = (
        f"INVITE urn:service:test.sos.ecall SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK-{number}\r\n"
        f"From: <sip:a@b>;tag=1\r\nTo: <urn:service:test.sos.ecall>\r\nCall-ID: call{number}\r\n"
        f"CSeq: 1 INVITE\r\nContact: <sip:a@127.0.0.1:{port}>\r\n"
        f"Content-Type: multipart/mixed; boundary=b\r\nContent-Length: {len(BODY)}\r\n\r\n"
    )
    return head.encode() + BODY


def _strange(port: int) -> list[bytes]:
    found: list[bytes] = []
    for byte in (0xE1, 0x00, 0xBB):
        for old, new in CHANGES:
            whole = _invite(len(found), port)
            assert old in whole
            found.append(whole.replace(old, new % byte, 1))
    return found


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_call_with_strange_bytes_anywhere_is_stored(
    tmp_path: Path, request: pytest.FixtureRequest, database: str
) -> None:
    url = request.getfixturevalue("postgres") if database == "postgres" else None

    async def main() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as car:
            car.bind(("127.0.0.1", 0))
            calls = _strange(car.getsockname()[1])
            async with running(settings_for(tmp_path, database=url, name="strange")) as centre:
                console = centre.feed.open()
                known = len(await cards(centre))
                to = centre.sip_addresses[0]
                for call in calls:
                    car.sendto(call, (to.host, to.port))
                opened = 0
                async with asyncio.timeout(20):
                    while opened < len(calls):
                        chunk = await console.take(10) or b""
                        opened += chunk.count(b'"kind":"incident.opened"')
                        opened += chunk.count(b'"kind":"incident.unreadable"')
                found = await cards(centre)
                assert len(found) == known + len(calls)
                assert all(card["stored"] for card in found)
                assert not any(card["ended_why"] == "abandoned" for card in found)

    asyncio.run(main())
