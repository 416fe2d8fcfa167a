"""Emergency service URNs: which kind of call this is (RFC 5031, RFC 8147 §8 and §14.2)."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

CallKind: TypeAlias = Literal["automatic", "manual", "test", "sos", "other"]
"""``automatic`` and ``manual`` eCalls, a ``test`` by URN, any other ``sos`` service, or ``other``.

A plain ``sip:`` or ``tel:`` address is ``other``: whether such a call is a 3GPP test eCall is said
by the testCall flag in its MSD, which the floor above reads.
"""

AUTOMATIC: Final = "urn:service:sos.ecall.automatic"
MANUAL: Final = "urn:service:sos.ecall.manual"
TEST: Final = "urn:service:test.sos.ecall"

_PREFIX: Final = "urn:service:"
_KINDS: Final[dict[str, CallKind]] = {
    "sos.ecall.automatic": "automatic",
    "sos.ecall.manual": "manual",
    # The parent alone does not say who pulled the trigger; a person is asked first (RFC 8147 §7).
    "sos.ecall": "sos",
    "sos": "sos",
    "test": "test",
}
_MAX_LABELS: Final = (
    27  # RFC 5031 §3 sets no bound; a name of 64 KiB must not cost us one loop each
)


def kind_of(uri: str) -> CallKind:
    """Return which kind of call this Request-URI or To address asks for.

    Compared without regard to case; an unknown sub-service falls back to its parent
    (RFC 5031 §3): ``urn:service:sos.ecall.automatic.truck`` is an automatic eCall.
    """
    text = uri.strip().strip("<>").lower()
    if not text.startswith(_PREFIX):
        return "other"
    # Parameters after a semicolon or question mark are no part of the service's name.
    name = text[len(_PREFIX) :].split(";", 1)[0].split("?", 1)[0].rstrip(".")
    labels = name.split(".", _MAX_LABELS)
    while labels:
        kind = _KINDS.get(".".join(labels))
        if kind is not None:
            return kind
        labels.pop()
    return "other"


def is_test(uri: str) -> bool:
    """Whether the URN itself says that this is a test call (RFC 8147 §8)."""
    return kind_of(uri) == "test"
