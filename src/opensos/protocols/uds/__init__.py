"""Unified Diagnostic Services (ISO 14229-1): a control unit's server, and a tester's client.

``UdsServer`` answers for one ``UdsUnit``: sessions with S3, security, trouble codes, data,
routines, download; the bytes' way here (DoIP, HSFZ, ISO-TP) is none of its business.
``UdsClient`` asks one unit: P2, P2*, 0x78 and its storms.

Deliberately absent: 0x23/0x3D (memory by address), 0x24, 0x29 (certificates), 0x2A, 0x2C, 0x38,
0x83, 0x84, 0x86, 0x87, the remaining reports of 0x19 (emissions, mirror memory, severity), and
what any DID, RID or code means: that is the unit's.
"""

from __future__ import annotations

from .bare import BareUnit
from .client import Answered, ClientSettings, Silence, Stray, Transmit, UdsClient, Unanswered
from .codec import (
    SUPPRESS,
    Negative,
    Positive,
    Response,
    Timing,
    decode_dtcs,
    decode_response,
    decode_timing,
    encode_dtcs,
    encode_response,
    encode_timing,
)
from .nrc import NEGATIVE, POSITIVE, SILENT_WHEN_FUNCTIONAL, Nrc, Sid
from .server import SessionChanged, UdsServer
from .status import CLEARED, Status
from .unit import (
    ALL_GROUPS,
    ANY_SESSION,
    FAULT_MEMORY,
    INFO_MEMORY,
    NOT_DEFAULT,
    Answer,
    Done,
    Download,
    DtcStatus,
    ExtendedRecord,
    Later,
    MemoryRange,
    Needs,
    Read,
    ResetKind,
    RoutineKind,
    ServerSettings,
    Session,
    Snapshot,
    UdsUnit,
    Upload,
    standard_needs,
)

__all__ = [
    "ALL_GROUPS",
    "ANY_SESSION",
    "CLEARED",
    "FAULT_MEMORY",
    "INFO_MEMORY",
    "NEGATIVE",
    "NOT_DEFAULT",
    "POSITIVE",
    "SILENT_WHEN_FUNCTIONAL",
    "SUPPRESS",
    "Answer",
    "Answered",
    "BareUnit",
    "ClientSettings",
    "Done",
    "Download",
    "DtcStatus",
    "ExtendedRecord",
    "Later",
    "MemoryRange",
    "Needs",
    "Negative",
    "Nrc",
    "Positive",
    "Read",
    "ResetKind",
    "Response",
    "RoutineKind",
    "ServerSettings",
    "Session",
    "SessionChanged",
    "Sid",
    "Silence",
    "Snapshot",
    "Status",
    "Stray",
    "Timing",
    "Transmit",
    "UdsClient",
    "UdsServer",
    "UdsUnit",
    "Unanswered",
    "Upload",
    "decode_dtcs",
    "decode_response",
    "decode_timing",
    "encode_dtcs",
    "encode_response",
    "encode_timing",
    "standard_needs",
]
