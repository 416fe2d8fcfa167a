"""Two ASN.1 compilers made by others, behind one small face: bytes from values, values from bytes.

``msd.asn`` is compiled by both. asn1tools has no RELATIVE-OID and ignores CONTAINING: for it the
identifier is an OCTET STRING, which UPER encodes alike, and the inner message a second step.
pycrate does both in one step. Values are asn1tools' form: dicts under the standard's names, the
identifier and the data as bytes.
"""

from __future__ import annotations

import importlib.util
import re
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import asn1tools
from pycrate_asn1c.asnproc import GLOBAL, PycrateGenerator, compile_text, generate_modules

from opensos.protocols.msd import AdditionalData, Delta, Msd, Propulsion, VehicleType
from opensos.protocols.msd.oid import oid_bytes, oid_text
from opensos.protocols.msd.shape import PROPULSION_FIELDS, PROPULSION_NAMES, SHAPES

SOURCE = Path(__file__).with_name("msd.asn")

# A later version as these tests imagine it: additions wherever the standard leaves room.
_FUTURE = (
    ("hydrogenStorage       BOOLEAN DEFAULT FALSE,\n    ...", "propulsion"),
    ("otherStorage          BOOLEAN DEFAULT FALSE,\n    ...", "propulsion"),
    ("INTEGER (0..255) OPTIONAL,\n    ...", "structure"),
    ("AdditionalData OPTIONAL,\n    ...", "message"),
)
_FUTURE_FIELDS = {
    "propulsion": "solarPanel BOOLEAN OPTIONAL, batteryCapacity INTEGER (0..1000) OPTIONAL",
    "structure": "speed INTEGER (0..511) OPTIONAL, note OCTET STRING OPTIONAL",
    "message": "signature OCTET STRING OPTIONAL",
}


@cache
def asn1tools_modules() -> dict[str, Any]:
    """Every module of ``msd.asn``, compiled by asn1tools; ``Future`` at the end means later."""
    text = SOURCE.read_text().replace("RELATIVE-OID", "OCTET STRING")
    later = text
    for place, kind in _FUTURE:
        later = later.replace(place, f"{place}, {_FUTURE_FIELDS[kind]}")
    later = later.replace("l7e (13), ...", "l7e (13), ..., hovercraft (14), walker (15)")
    later = later.replace("other (23), ...", "other (23), ..., hovercraft (24), walker (25)")
    modules = {}
    for suffix, source in (("", text), ("Future", later)):
        for name, body in re.findall(r"(OpenSosMsd\w+) (DEFINITIONS.*?\nEND)", source, re.DOTALL):
            modules[name + suffix] = asn1tools.compile_string(f"{name} {body}", "uper")
    return modules


@cache
def pycrate_module() -> Any:
    """All modules of ``msd.asn``, compiled by pycrate to Python and loaded."""
    GLOBAL.clear()
    compile_text(SOURCE.read_text())
    with tempfile.NamedTemporaryFile(suffix=".py") as file:
        generate_modules(PycrateGenerator, file.name)
        spec = importlib.util.spec_from_file_location("pycrate_msd", file.name)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module


def asn1tools_encode(version: int, value: dict[str, Any], *, later: bool = False) -> bytes:
    """Encode an MSDMessage of that version with its wrapper."""
    module = asn1tools_modules()[f"OpenSosMsdV{version}{'Future' if later else ''}"]
    if version == 1:
        return bytes(module.encode("ECallMessage", {"id": 1, "msd": value}))
    inner = module.encode("MSDMessage", value)
    return bytes(module.encode("ECallMessage", {"msdVersion": version, "msd": inner}))


def asn1tools_decode(version: int, data: bytes) -> dict[str, Any]:
    """Decode a message of that version into its MSDMessage."""
    module = asn1tools_modules()[f"OpenSosMsdV{version}"]
    outer = module.decode("ECallMessage", data)
    if version == 1:
        return dict(outer["msd"])
    return dict(module.decode("MSDMessage", outer["msd"]))


def pycrate_encode(version: int, value: dict[str, Any]) -> bytes:
    """Encode with pycrate."""
    kind = getattr(pycrate_module(), f"OpenSosMsdV{version}").ECallMessage
    kind.set_val(to_pycrate(version, value))
    return bytes(kind.to_uper())


def pycrate_decode(version: int, data: bytes) -> dict[str, Any]:
    """Decode with pycrate."""
    kind = getattr(pycrate_module(), f"OpenSosMsdV{version}").ECallMessage
    kind.from_uper(data)
    return from_pycrate(version, kind.get_val())


def to_pycrate(version: int, value: dict[str, Any]) -> dict[str, Any]:
    """Turn a value from asn1tools' form into pycrate's."""
    message = dict(value)
    if "optionalAdditionalData" in message:
        additional = message["optionalAdditionalData"]
        arcs = tuple(map(int, oid_text(additional["oid"]).split(".")))
        message["optionalAdditionalData"] = {"oid": arcs, "data": additional["data"]}
    if version == 1:
        return {"id": 1, "msd": message}
    return {"msdVersion": version, "msd": ("MSDMessage", message)}


def from_pycrate(version: int, value: dict[str, Any]) -> dict[str, Any]:
    """Turn a value from pycrate's form into asn1tools'."""
    message = dict(value["msd"] if version == 1 else value["msd"][1])
    if "optionalAdditionalData" in message:
        additional = message["optionalAdditionalData"]
        oid = oid_bytes(".".join(map(str, additional["oid"])))
        message["optionalAdditionalData"] = {"oid": oid, "data": additional["data"]}
    return message


def to_asn1(msd: Msd) -> dict[str, Any]:
    """Turn our value into the compilers' form; only for a message that is whole."""
    assert msd.vin is not None
    assert msd.propulsion is not None
    shape = SHAPES[msd.version]
    pairs = list(zip(PROPULSION_NAMES, PROPULSION_FIELDS, strict=True))[: shape.propulsion]
    structure: dict[str, Any] = {
        "messageIdentifier": msd.message_identifier,
        "control": {
            "automaticActivation": msd.automatic_activation,
            "testCall": msd.test_call,
            "positionCanBeTrusted": msd.position_can_be_trusted,
            "vehicleType": str(msd.vehicle_type),
        },
        "vehicleIdentificationNumber": {
            "isowmi": msd.vin[:3],
            "isovds": msd.vin[3:9],
            "isovisModelyear": msd.vin[9],
            "isovisSeqPlant": msd.vin[10:],
        },
        "vehiclePropulsionStorageType": {
            name: getattr(msd.propulsion, field) for name, field in pairs
        },
        "timestamp": msd.timestamp,
        "vehicleLocation": {
            "positionLatitude": msd.latitude_mas,
            "positionLongitude": msd.longitude_mas,
        },
        "vehicleDirection": msd.direction,
    }
    for name, delta in (("N1", msd.recent_n1), ("N2", msd.recent_n2)):
        if delta is not None:
            structure[f"recentVehicleLocation{name}"] = {
                "latitudeDelta": delta.latitude,
                "longitudeDelta": delta.longitude,
            }
    if msd.occupants is not None:
        structure[shape.occupants_name] = msd.occupants
    message: dict[str, Any] = {"msdStructure": structure}
    if msd.additional_data is not None:
        message["optionalAdditionalData"] = {
            "oid": oid_bytes(msd.additional_data.oid),
            "data": msd.additional_data.data,
        }
    return message


def from_asn1(version: int, message: dict[str, Any]) -> Msd:
    """Turn a value in the compilers' form into ours, without the content of additional data."""
    structure = message["msdStructure"]
    control, vin = structure["control"], structure["vehicleIdentificationNumber"]
    flags = structure["vehiclePropulsionStorageType"]
    deltas = [structure.get(f"recentVehicleLocation{name}") for name in ("N1", "N2")]
    n1, n2 = (one and Delta(one["latitudeDelta"], one["longitudeDelta"]) for one in deltas)
    additional = message.get("optionalAdditionalData")
    return Msd(
        version,
        structure["messageIdentifier"],
        control["automaticActivation"],
        control["testCall"],
        control["positionCanBeTrusted"],
        VehicleType(control["vehicleType"]),
        vin["isowmi"] + vin["isovds"] + vin["isovisModelyear"] + vin["isovisSeqPlant"],
        Propulsion(*[flags.get(name) for name in PROPULSION_NAMES]),
        structure["timestamp"],
        structure["vehicleLocation"]["positionLatitude"],
        structure["vehicleLocation"]["positionLongitude"],
        structure["vehicleDirection"],
        n1,
        n2,
        structure.get(SHAPES[version].occupants_name),
        additional and AdditionalData(oid_text(additional["oid"]), additional["data"]),
    )
