from __future__ import annotations

import pytest

from opensos.protocols.effects import LocalError
from tests.protocols.sip.peer import Watch, read_request
from tests.protocols.sip.road import CAR, order, profile


@pytest.mark.parametrize(
    "changes",
    [
        {"t1": 0.0},
        {"t1": 5.0},
        {"min_se": 60},
        {"session_expires": 60},
        {"user": "a\r\nX: y"},
        {"recv_info": ("a\nb",)},
    ],
)
def test_a_profile_that_would_break_the_rules_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(LocalError):
        profile(CAR, **changes)


@pytest.mark.parametrize(
    ("transport", "contact"),
    [
        ("udp", "<sip:opensos@192.0.2.1:5060>"),
        ("tcp", "<sip:opensos@192.0.2.1:5070;transport=tcp>"),
        ("tls", "<sips:opensos@[2001:db8::1]:5061;transport=tcp>"),
    ],
)
def test_each_transport_has_its_own_contact_and_via(transport: str, contact: str) -> None:
    others = (
        CAR._replace(transport="tcp", port=5070),
        CAR._replace(transport="tls", host="2001:db8::1", port=5061),
    )
    watch = Watch(profile(CAR, other_contacts=others, user_agent=""))
    hop = CAR._replace(transport=transport, host="192.0.2.99")
    _, effects = watch.endpoint.invite(order(hop), watch.now)
    invite = read_request(watch.do(effects)[0].data)
    assert invite.headers.get("contact") == contact
    assert (invite.headers.get("via") or "").startswith(f"SIP/2.0/{transport.upper()} ")
    assert invite.headers.get("user-agent") is None
