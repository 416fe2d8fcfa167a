"""The modem's command line: V.250, 3GPP TS 27.007 and 27.005, and what makers add for eCall.

``LineReader`` cuts bytes into lines, ``Dialogue`` is the machine that asks one command at a time
and never gets stuck, ``ModemState`` folds what is said into values, ``procedures`` say what is
asked in which order, ``profiles`` hold as data what differs between makers.

Deliberately absent: data calls and PPP, text messages, multiplexing (27.010), the in-band modem
itself (3GPP TS 26.267), which lives in the modem's own firmware.
"""

from __future__ import annotations

from opensos.protocols.at.calls import (
    CallState,
    ListedCall,
    ended_normally,
    listed_call_of,
    ucallstat_of,
)
from opensos.protocols.at.commands import CTRL_Z, ESC, Command, may_call_for_help
from opensos.protocols.at.dialogue import (
    PROBE,
    SERIAL,
    Answered,
    Dialogue,
    Failed,
    Limits,
    Noise,
    Ready,
    Silent,
    Unasked,
)
from opensos.protocols.at.lines import LONGEST_LINE, Line, LineReader, Prompt, Rubbish
from opensos.protocols.at.procedures import Steps, poll, poll_slowly, set_up
from opensos.protocols.at.profiles import (
    PROFILES,
    STANDARD,
    Meaning,
    MsdForm,
    News,
    Profile,
    checked,
    profile_for,
)
from opensos.protocols.at.results import Final, call_word, final_of
from opensos.protocols.at.state import ModemState
from opensos.protocols.at.values import (
    EcallType,
    Network,
    Operator,
    cesq_dbm,
    csq_dbm,
    data_of,
    emergency_of,
    iccid_of,
    imei_of,
    network_of,
    operator_of,
    sim_of,
    technologies_of,
    technology_of,
    text_of,
    voice_of,
)

__all__ = [
    "CTRL_Z",
    "ESC",
    "LONGEST_LINE",
    "PROBE",
    "PROFILES",
    "SERIAL",
    "STANDARD",
    "Answered",
    "CallState",
    "Command",
    "Dialogue",
    "EcallType",
    "Failed",
    "Final",
    "Limits",
    "Line",
    "LineReader",
    "ListedCall",
    "Meaning",
    "ModemState",
    "MsdForm",
    "Network",
    "News",
    "Noise",
    "Operator",
    "Profile",
    "Prompt",
    "Ready",
    "Rubbish",
    "Silent",
    "Steps",
    "Unasked",
    "call_word",
    "cesq_dbm",
    "checked",
    "csq_dbm",
    "data_of",
    "emergency_of",
    "ended_normally",
    "final_of",
    "iccid_of",
    "imei_of",
    "listed_call_of",
    "may_call_for_help",
    "network_of",
    "operator_of",
    "poll",
    "poll_slowly",
    "profile_for",
    "set_up",
    "sim_of",
    "technologies_of",
    "technology_of",
    "text_of",
    "ucallstat_of",
    "voice_of",
]
