"""sipp as a stranger that offers complete NG-eCall calls at a fixed rate."""

from __future__ import annotations

import csv
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.protocols.msd import Msd, Propulsion, VehicleType, encode
from opensos.protocols.pidf import Location
from opensos.protocols.pidf import encode as encode_location

if TYPE_CHECKING:
    from pathlib import Path

_INVITE = """\
<send retrans="500"><![CDATA[

INVITE urn:service:test.sos.ecall SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:car@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <urn:service:test.sos.ecall>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:car@[local_ip]:[local_port];transport=[transport]>
Max-Forwards: 70
Call-Info: <cid:msd@car.example>;purpose=EmergencyCallData.eCall.MSD
Geolocation: <cid:place@car.example>
Geolocation-Routing: no
Supported: geolocation
Accept: application/sdp, application/pidf+xml, application/EmergencyCallData.Control+xml
Recv-Info: EmergencyCallData.eCall.MSD
Allow: INVITE, ACK, CANCEL, BYE, INFO, OPTIONS
Content-Type: multipart/mixed; boundary=part
Content-Length: [len]

--part
Content-Type: application/sdp

v=0
o=car 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio 6000 RTP/AVP 0
a=rtpmap:0 PCMU/8000

--part
Content-Type: application/EmergencyCallData.eCall.MSD
Content-ID: <msd@car.example>
Content-Disposition: by-reference;handling=optional

{first_msd}
--part
Content-Type: application/pidf+xml
Content-ID: <place@car.example>
Content-Disposition: by-reference;handling=optional

{location}
--part--
]]></send>
"""

_REST = """\
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="200" rrs="true"/>
<send><![CDATA[

ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:car@[local_ip]:[local_port]>;tag=[pid]t[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv request="INFO"/>
<send><![CDATA[

SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
<send retrans="500"><![CDATA[

INFO [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:car@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <urn:service:test.sos.ecall>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 INFO
Max-Forwards: 70
Info-Package: EmergencyCallData.eCall.MSD
Content-Type: multipart/mixed; boundary=part
Content-Disposition: Info-Package
Content-Length: [len]

--part
Content-Type: application/EmergencyCallData.eCall.MSD
Content-ID: <second@car.example>
Content-Disposition: by-reference

{second_msd}
--part--
]]></send>
<recv response="200"/>
<send retrans="500"><![CDATA[

BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:car@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <urn:service:test.sos.ecall>[peer_tag_param]
Call-ID: [call_id]
CSeq: 3 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"/>
"""


@dataclass(frozen=True)
class Offered:
    """What sipp saw."""

    offered: int
    succeeded: int
    failed: int
    retransmissions: int
    seconds: float


def available() -> bool:
    """Tell whether sipp is on this machine."""
    return shutil.which("sipp") is not None


def example_msd(identifier: int) -> Msd:
    """Return a realistic MSD of a test call near Aachen."""
    return Msd(
        version=2, message_identifier=identifier, automatic_activation=True, test_call=True,
        position_can_be_trusted=True, vehicle_type=VehicleType.M1,
        vin="WBA0000000A000001", timestamp=1_790_000_000,
        latitude_mas=182_791_000, longitude_mas=21_902_000, direction=45, occupants=2,
        propulsion=Propulsion(gasoline_tank_present=True),
    )  # fmt: skip


def _escaped(data: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in data)


def write_scenario(folder: Path) -> Path:
    """Write the scenario of one complete call and return its path."""
    location = encode_location(Location(lat=50.7753, lon=6.0839, radius_m=12.0)).decode()
    location = location.split("?>", 1)[-1].strip()
    invite = _INVITE.replace("{first_msd}", _escaped(encode(example_msd(1))))
    rest = _REST.replace("{second_msd}", _escaped(encode(example_msd(2))))
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="complete call">\n'
        + invite.replace("{location}", location)
        + rest
        + "</scenario>\n"
    )
    path = folder / "complete_call.xml"
    path.write_text(text, encoding="utf-8")
    return path


def offer(folder: Path, port: int, rate: int, calls: int, local_port: int = 0) -> Offered:
    """Have sipp offer ``calls`` calls at ``rate`` per second to a centre on loopback."""
    scenario = write_scenario(folder)
    statistics = folder / f"sipp_{rate}_{local_port}.csv"
    command = [
        "sipp", "-sf", str(scenario), "-r", str(rate), "-m", str(calls), "-l", "20000",
        "-i", "127.0.0.1", "-nostdin", "-trace_stat", "-stf", str(statistics), "-fd", "1",
        "-timeout", f"{calls // rate + 60}s", "-timeout_error", "-recv_timeout", "40000",
    ]  # fmt: skip
    if local_port:
        command += ["-p", str(local_port)]
    subprocess.run(
        [*command, f"127.0.0.1:{port}"],
        check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
        timeout=calls / rate + 90,
    )  # fmt: skip
    with statistics.open(encoding="utf-8") as lines:
        last = list(csv.DictReader(lines, delimiter=";"))[-1]
    hours, minutes, seconds = last["ElapsedTime(C)"].split(":")[:3]
    return Offered(
        offered=int(last["TotalCallCreated"]),
        succeeded=int(last["SuccessfulCall(C)"]),
        failed=int(last["FailedCall(C)"]),
        retransmissions=int(last["Retransmissions(C)"]),
        seconds=int(hours) * 3600 + int(minutes) * 60 + float(seconds),
    )
