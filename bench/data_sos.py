"""The speed of an SOS by data: ``.venv/bin/python bench/data_sos.py [--json] [--quick]``.

Each figure is from the offer of one SOS at the car's edge until the centre's own acknowledgement,
which goes out after the commit; the centre is a process of its own, started as a user would.

* mqtt_ms_median: over Mosquitto (or the embedded broker where it is not installed), connected;
* embedded_ms_median: over the centre's own broker, connected;
* https_ms_median: over HTTPS, with a new connection and TLS handshake for each SOS;
* sos_per_s: different cars' SOS over MQTT, a few hundred on the way at any time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import trustme
from centre_process import CentreProcess, free_port

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from opensos.edges.data_https import HttpsPath, HttpsSettings
from opensos.edges.data_mqtt import MqttPath, MqttPathSettings
from opensos.edges.mqtt import MqttLine, MqttSettings
from opensos.protocols.link import Envelope, Sos, encode, sos_body, up
from tests.mosquitto import PROGRAM, mosquitto
from tests.pretend_car import an_msd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opensos.ports import DataPath, DataReport

_ON_THE_WAY = 300
_REST_S = 0.02
"""Between two SOS of one car: the store lets changes that come quicker gather for 8 ms."""


def message(name: str, car: str) -> bytes:
    vin = hashlib.blake2b(name.encode(), digest_size=8).hexdigest().upper() + "Z"
    msd = an_msd(vin=vin.replace("0", "H"))
    body = sos_body(Sos(msd, None, test=True, cause="manual", attempt=1, case=name))
    return encode(Envelope(name, car, 1, "sos", body))


async def times(path: DataPath, count: int) -> float:
    """Return the median in milliseconds; the first few only warm up."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[DataReport] = loop.create_future()
    path.listen(lambda report: None if done.done() else done.set_result(report))
    found: list[float] = []
    for number in range(count + 20):
        name = f"{path.name}-{number}-{time.time_ns()}"
        data = message(name, "car-1")
        await asyncio.sleep(_REST_S)
        done = loop.create_future()
        begun = time.perf_counter()
        path.offer(name, data, 10.0)
        report = await done
        if report.delivered and number >= 20:
            found.append((time.perf_counter() - begun) * 1000)
        elif not report.delivered:
            await asyncio.sleep(0.2)
    await path.close()
    assert len(found) > count * 0.9, f"only {len(found)} of {count} were acknowledged"
    return round(statistics.median(found), 2)


async def rate(url: str, seconds: float) -> float:
    """Return acknowledged SOS a second with a few hundred on the way."""
    ready = asyncio.Event()
    count = acked = 0

    def send() -> None:
        nonlocal count
        count += 1
        name = f"r{count}"
        line.publish(up(f"c{count % 5000}"), message(name, f"c{count % 5000}"))

    def heard(topic: str, payload: bytes) -> None:
        nonlocal acked
        del topic, payload
        acked += 1
        send()

    settings = MqttSettings(url, "load", "opensos/v1/+/down")
    line = MqttLine(settings, heard, lambda why: ready.set() if why is None else None)
    line.start()
    await ready.wait()
    for _ in range(_ON_THE_WAY):
        send()
    await asyncio.sleep(1.0)
    begun, before = time.perf_counter(), acked
    await asyncio.sleep(seconds)
    found = (acked - before) / (time.perf_counter() - begun)
    await line.close()
    return round(found, 1)


@contextlib.contextmanager
def a_broker(folder: Path) -> Iterator[str]:
    if PROGRAM is None:
        yield f"embedded:{free_port(socket.SOCK_STREAM)}"
        return
    with mosquitto(folder) as broker:
        yield broker.url


def certificate(folder: Path) -> tuple[Path, ...]:
    authority = trustme.CA()
    own = authority.issue_cert("localhost")
    ca, cert, key = (folder / name for name in ("ca.pem", "cert.pem", "key.pem"))
    authority.cert_pem.write_to_path(ca)
    own.cert_chain_pems[0].write_to_path(cert)
    own.private_key_pem.write_to_path(key)
    return ca, cert, key


def measure(folder: Path, count: int, seconds: float) -> dict[str, Any]:
    found: dict[str, Any] = {"broker": "embedded" if PROGRAM is None else "mosquitto"}
    ca, cert, key = certificate(folder)
    port = free_port(socket.SOCK_STREAM)
    tls = ("--link", f"127.0.0.1:{port}", "--tls-cert", str(cert), "--tls-key", str(key))
    with (
        a_broker(folder) as broker,
        CentreProcess(folder / "one", ("--broker", broker, *tls)),
    ):
        url = broker.replace("embedded:", "mqtt://127.0.0.1:")
        car = MqttPath(MqttPathSettings(url, "car-1"))
        found["mqtt_ms_median"] = asyncio.run(times(car, count))
        secure = HttpsPath(HttpsSettings(f"https://localhost:{port}", ca))
        found["https_ms_median"] = asyncio.run(times(secure, count))
        found["sos_per_s"] = asyncio.run(rate(url, seconds))
    port = free_port(socket.SOCK_STREAM)
    with CentreProcess(folder / "two", ("--broker", f"embedded:{port}")):
        car = MqttPath(MqttPathSettings(f"mqtt://127.0.0.1:{port}", "car-1"))
        found["embedded_ms_median"] = asyncio.run(times(car, count))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--quick", action="store_true", help="a little of each, to see it work")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), 40 if options.quick else 400, 2.0 if options.quick else 10.0)
    if options.json:
        json.dump(found, sys.stdout, indent=2)
        print()
    else:
        for name, value in found.items():
            print(f"{name:<20} {value}")


if __name__ == "__main__":
    main()
