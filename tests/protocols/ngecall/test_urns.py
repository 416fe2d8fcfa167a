from __future__ import annotations

import pytest

from opensos.protocols.ngecall import AUTOMATIC, MANUAL, TEST, CallKind, is_test, kind_of


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        (AUTOMATIC, "automatic"),
        (MANUAL, "manual"),
        (TEST, "test"),
        ("URN:SERVICE:SOS.ECALL.AUTOMATIC", "automatic"),
        (" <urn:service:sos.eCall.manual> ", "manual"),
        ("urn:service:sos.ecall.manual.truck.left", "manual"),
        ("urn:service:sos.ecall.unheard-of", "sos"),
        ("urn:service:sos.ecall", "sos"),
        ("urn:service:sos", "sos"),
        ("urn:service:sos.police.", "sos"),
        ("urn:service:test.sos.ecall.automatic", "test"),
        ("urn:service:test.sos", "test"),
        ("urn:service:sos.ecall.manual;x=1", "manual"),
        ("urn:service:sos.ecall.manual?q", "manual"),
        ("urn:service:counseling", "other"),
        ("urn:service:", "other"),
        ("urn:service:sosx", "other"),
        ("urn:nena:service:sos", "other"),
        ("sip:112@example.com", "other"),
        ("tel:112", "other"),
        ("", "other"),
        ("urn:service:" + "sos." * 10_000, "sos"),
        ("urn:service:sos." + "x." * 10_000, "sos"),
    ],
)
def test_a_urn_falls_back_to_the_parent_that_is_known(uri: str, kind: CallKind) -> None:
    assert kind_of(uri) == kind
    assert is_test(uri) == (kind == "test")
