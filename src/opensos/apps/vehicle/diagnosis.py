"""The unit as a workshop's tester meets it: data, fault memory, routines, reset, update over UDS.

Numbers and layouts of data are BMW's where facts give them (facts/bmw.md); FDxx are ours.
``docs/reference/unit-diagnosis.md`` lists everything. A tester never gets further than a person
would: every reset and every clearing asks the same rules, and a refusal is NRC 22.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
from typing import TYPE_CHECKING, Final

from opensos.protocols import bmw
from opensos.protocols.uds import (
    ALL_GROUPS,
    FAULT_MEMORY,
    NOT_DEFAULT,
    BareUnit,
    DtcStatus,
    ExtendedRecord,
    Needs,
    Nrc,
    ResetKind,
    RoutineKind,
    ServerSettings,
    Session,
    Sid,
    Snapshot,
    standard_needs,
)
from opensos.rules.readiness import bmw_data as words
from opensos.rules.readiness.part_tests import PartTests
from opensos.rules.resets import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from opensos.apps.vehicle.box import Housing
    from opensos.apps.vehicle.unit import Unit
    from opensos.edges.staging import Staging
    from opensos.ports import Clock
    from opensos.protocols.uds import Done, Download, MemoryRange, Read
    from opensos.rules.readiness import Dtc, Memory
    from opensos.rules.readiness.readings import Readings

SELF_TEST, READINESS, FRAME, WORKSHOP_CODE, VIN = 0xFD01, 0xFD00, 0xFD02, 0xF198, 0xF190
WORKSHOP_LEVEL, UPDATE_LEVEL = 0x01, 0x11
GOODBYE_S: Final = 0.1  # after promising a reset, so that the answer gets out
_MOST_TEXT = 3000
_SOFTWARE = 8  # process class of a software part in F101 (from memory)
_OWN_VARIANT = 0xFE  # of a unit that is none of the maker's
_NEEDS: Mapping[tuple[int, int | None], Needs] = {
    (Sid.ROUTINE_CONTROL, bmw.HOLD_SOS_MESSAGES): Needs(NOT_DEFAULT),
    (Sid.WRITE_DATA_BY_IDENTIFIER, None): Needs(NOT_DEFAULT, WORKSHOP_LEVEL),
    (Sid.REQUEST_DOWNLOAD, None): Needs(frozenset({Session.PROGRAMMING}), UPDATE_LEVEL),
}


def settings(workshop_key: bytes) -> ServerSettings:
    """Return how the unit's UDS server behaves; without a key nothing that is locked opens."""
    levels: dict[int, Callable[[bytes], bytes]] = {}
    if workshop_key:
        for level in (WORKSHOP_LEVEL, UPDATE_LEVEL):
            levels[level] = _keyed(workshop_key, level)
    return ServerSettings(levels=levels)


def key_for(workshop_key: bytes, level: int, seed: bytes) -> bytes:
    """Return the answer to a seed: eight bytes of HMAC-SHA-256 over level and seed."""
    return hmac.new(workshop_key, bytes((level,)) + seed, hashlib.sha256).digest()[:8]


def _keyed(workshop_key: bytes, level: int) -> Callable[[bytes], bytes]:
    def answer(seed: bytes) -> bytes:
        return key_for(workshop_key, level, seed)

    return answer


class TelematicsUnit(BareUnit):
    """Keeps ``UdsUnit`` over the unit in its housing, which comes and goes with its power.

    Args:
        box: where the unit lives.
        clock: steady time.
        staging: takes the bytes of an update; None = no update by this way.
    """

    def __init__(self, box: Housing, clock: Clock, staging: Staging | None = None) -> None:
        self._box = box
        self._clock = clock
        self._staging = staging
        self._tests = PartTests()
        self._goodbye: Unit | None = None

    # --- who is there

    def present(self, now: float) -> bool:
        """Say whether the unit runs."""
        del now
        return self._box.unit is not None

    def needs(self, service: int, item: int | None) -> Needs:
        """Return what a request demands beside the standard's own demands."""
        return _NEEDS.get((service, item)) or standard_needs(service)

    def warning(self, now: float) -> str | None:
        """Return the text key of what cluster and head unit are asked to show."""
        del now
        keeper = None if self._box.unit is None else self._box.unit.keeper
        warning = None if keeper is None else keeper.health.warning
        return None if warning is None else warning.text_key

    # --- data

    def read(self, did: int, now: float) -> Read:
        """Return a DID's data."""
        unit = self._box.unit
        if unit is None:
            return Nrc.CONDITIONS_NOT_CORRECT
        fixed = self._fixed(unit).get(did)
        if fixed is not None:
            return fixed
        seen = unit.readings
        if seen is None:
            return Nrc.REQUEST_OUT_OF_RANGE
        del now
        return self._live(unit, seen, did)

    def _fixed(self, unit: Unit) -> dict[int, bytes]:
        plan = unit.fittings.plan
        name = "" if plan is None else plan.profile.variant
        variant = bmw.VARIANTS.index(name) + 1 if name in bmw.VARIANTS else _OWN_VARIANT
        software = None if unit.readings is None else unit.readings.software
        version = _numbers("" if software is None else software.version or "")
        index = bmw.Unit.TELEMATICS << 8 | variant
        return {
            bmw.IDENT: bmw.encode_ident(index),
            bmw.VERSIONS: bmw.encode_versions((bmw.Part(_SOFTWARE, index, version),)),
            bmw.VARIANT: bmw.encode_byte(variant),
            VIN: unit.identity.vin.encode("ascii", "replace"),
            WORKSHOP_CODE: unit.workshop_code.encode("ascii", "replace"),
        }

    def _live(self, unit: Unit, seen: Readings, did: int) -> Read:
        makers: dict[int, Callable[[], bytes]] = {
            bmw.BACKUP_BATTERY: lambda: words.backup_battery(seen.backup),
            bmw.NETWORK: lambda: words.network(seen.modem, radio=True),
            bmw.GPS: lambda: words.satellites(seen.gnss),
            bmw.SOS_BUTTON: lambda: words.button(seen.button),
            bmw.SELF_TEST: lambda: bmw.encode_status(_last_self_test(unit)),
            bmw.INFO_MEMORY: lambda: _infos(unit),
            READINESS: lambda: _readiness(unit),
        }
        made = makers.get(did)
        return Nrc.REQUEST_OUT_OF_RANGE if made is None else made()

    def write(self, did: int, data: bytes, now: float) -> Done:
        """Write the workshop's code (F198), up to 16 characters; it is in the journal for ever."""
        del now
        unit = self._box.unit
        if did != WORKSHOP_CODE or unit is None:
            return Nrc.REQUEST_OUT_OF_RANGE
        text = data.decode("ascii", "replace")
        if not 1 <= len(data) <= 16 or not text.isprintable():
            return Nrc.INCORRECT_MESSAGE_LENGTH_OR_INVALID_FORMAT
        unit.workshop_code = text
        unit.remember("workshop", {"code": text})
        unit.note("workshop_code", "service", code=text)
        return None

    # --- routines

    def routine(self, kind: int, rid: int, data: bytes, now: float) -> Read:
        """Test antennas, fit or the whole unit; hold SOS messages back."""
        unit = self._box.unit
        if unit is None:
            return Nrc.CONDITIONS_NOT_CORRECT
        if rid == bmw.HOLD_SOS_MESSAGES:
            return _hold_back(unit, kind)
        if rid == SELF_TEST:
            return _self_test(unit, kind)
        return self._tests.ask(kind, rid, data, now, unit.readings)

    # --- fault memory

    def dtcs(self, memory: int, now: float) -> Sequence[DtcStatus]:
        """Return every code of a memory, those that were never seen too."""
        del now
        keeper = None if self._box.unit is None else self._box.unit.keeper
        if keeper is None:
            return ()
        codes = keeper.health.statuses("fault" if memory == FAULT_MEMORY else "info")
        return [DtcStatus(code, status) for code, status in codes]

    def snapshots(self, code: int, memory: int, now: float) -> Sequence[Snapshot]:
        """Return a code's freeze frames; the values as JSON text under FD02."""
        del now
        return [
            Snapshot(number, ((FRAME, json.dumps(dict(frame.data)).encode()[:_MOST_TEXT]),))
            for dtc in self._stored(memory)
            if dtc.code == code
            for number, frame in enumerate(dtc.frames, start=1)
        ]

    def extended(self, code: int, memory: int, now: float) -> Sequence[ExtendedRecord]:
        """Return a code's occurrences (01) and ageing counter (02)."""
        del now
        return [
            record
            for dtc in self._stored(memory)
            if dtc.code == code
            for record in (
                ExtendedRecord(0x01, bytes((min(255, dtc.occurrences),))),
                ExtendedRecord(0x02, bytes((min(255, dtc.ageing),))),
            )
        ]

    def _stored(self, memory: int) -> Sequence[Dtc]:
        keeper = None if self._box.unit is None else self._box.unit.keeper
        if keeper is None:
            return ()
        return keeper.health.faults if memory == FAULT_MEMORY else keeper.health.infos

    def clear(self, group: int, memory: int, now: float) -> Done:
        """Clear a code or all of one memory."""
        unit = self._box.unit
        keeper = None if unit is None else unit.keeper
        if unit is None or keeper is None or unit.resets.refusal(Kind.CLEAR) is not None:
            return Nrc.CONDITIONS_NOT_CORRECT
        name: Memory = "fault" if memory == FAULT_MEMORY else "info"
        known = {code for code, _ in keeper.health.statuses(name)}
        if group != ALL_GROUPS and group not in known:
            return Nrc.REQUEST_OUT_OF_RANGE
        keeper.do(keeper.health.clear(group, name, now))
        unit.note("faults_cleared", "health", memory=name)
        return None

    def record_dtcs(self, now: float, *, on: bool) -> None:
        """Go on or stop to store codes."""
        del now
        keeper = None if self._box.unit is None else self._box.unit.keeper
        if keeper is not None:
            keeper.health.set_recording(on)

    # --- reset and update

    def reset(self, kind: int, now: float) -> Nrc | None:
        """Restart a moment later (01, 03), or end the session (04: a unit that sleeps still calls).

        Refused with NRC 22 in a call, in its callback window, and in a drive.
        """
        del now
        unit = self._box.unit
        if unit is None or unit.resets.refusal(Kind.UNIT) is not None:
            return Nrc.CONDITIONS_NOT_CORRECT
        if kind == ResetKind.SLEEP:
            unit.note("asked_to_sleep", "service")
            return None
        if kind not in {ResetKind.HARD, ResetKind.SOFT} or unit.fittings.restart is None:
            return Nrc.CONDITIONS_NOT_CORRECT
        if self._goodbye is not unit:  # asked twice, it is one reset
            self._goodbye = unit
            asyncio.get_running_loop().call_later(GOODBYE_S, self._leave, unit)
        return None

    def _leave(self, unit: Unit) -> None:
        """Restart as promised; a call that has begun since goes first, and the journal says so."""
        self._goodbye = None
        if self._box.unit is unit:
            unit.reset(Kind.UNIT, "tester")

    def download(self, where: MemoryRange, now: float) -> Download | Nrc:
        """Begin to take an update's bytes; nothing of it runs before it was verified."""
        del now
        unit = self._box.unit
        if unit is None or self._staging is None:
            return Nrc.UPLOAD_DOWNLOAD_NOT_ACCEPTED
        if unit.resets.refusal(Kind.UPDATE) is not None:
            return Nrc.CONDITIONS_NOT_CORRECT
        if where.data_format != 0 or not 0 < where.size <= self._staging.most_bytes:
            return Nrc.REQUEST_OUT_OF_RANGE
        unit.note("update_begun", "service", size=where.size)
        return self._staging.begin(where.size)


def _numbers(version: str) -> tuple[int, int, int]:
    """Return the first three numbers of a version's text, each at most 255."""
    found = [min(255, int(text)) for text in re.findall(r"\d{1,9}", version)[:3]]
    major, minor, patch = (*found, 0, 0, 0)[:3]
    return major, minor, patch


def _hold_back(unit: Unit, kind: int) -> Read:
    """Hold SOS messages back for a while (A089): our service mode."""
    if kind == RoutineKind.START:
        if unit.resets.enter_service() is not None:
            return Nrc.CONDITIONS_NOT_CORRECT
    elif kind == RoutineKind.STOP:
        unit.resets.leave_service()
    held = kind != RoutineKind.RESULTS or unit.in_service()
    return bmw.encode_status(bmw.Status.OK if held else bmw.Status.NOT_STARTED)


def _self_test(unit: Unit, kind: int) -> Read:
    if kind == RoutineKind.START:
        if unit.keeper is None or unit.in_call():
            return Nrc.CONDITIONS_NOT_CORRECT
        unit.self_test()
        return bmw.encode_status(bmw.Status.RUNNING)
    if kind == RoutineKind.RESULTS:
        return bmw.encode_status(_last_self_test(unit))
    return Nrc.REQUEST_OUT_OF_RANGE


def _last_self_test(unit: Unit) -> bmw.Status:
    keeper = unit.keeper
    if keeper is None or keeper.health.self_test.state == "never":
        return bmw.Status.NOT_STARTED
    if keeper.health.self_test.state == "running":
        return bmw.Status.RUNNING
    failed = any(dtc.active for dtc in keeper.health.faults)
    return bmw.Status.FAULT if failed else bmw.Status.OK


def _infos(unit: Unit) -> bytes:
    """Return the info memory as older units give it."""
    infos = () if unit.keeper is None else unit.keeper.health.infos
    return bmw.encode_info_memory(tuple(bmw.InfoEntry(one.code, one.status) for one in infos))


def _readiness(unit: Unit) -> bytes:
    """Readiness as JSON text, ours, cut where it grows too long for one answer."""
    if unit.keeper is None:
        return b"{}"
    state = unit.keeper.health.readiness
    reasons = [one.text_key for one in state.reasons]
    while True:
        data = json.dumps({"state": state.state, "reasons": reasons}).encode()
        if len(data) <= _MOST_TEXT:
            return data
        reasons.pop()
