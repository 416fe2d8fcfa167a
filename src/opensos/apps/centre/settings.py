"""How a centre is set up; every default is harmless: loopback, test mode."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from opensos.protocols.effects import Address, UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

_TRANSPORTS = frozenset({"udp", "tcp", "tls"})
_WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104  # recognised so as to ask what they mean


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """How a centre proves itself over TLS: paths of PEM files.

    ``client_ca`` is the authority whose cars alone may connect; None = any car.
    """

    cert: str
    key: str
    client_ca: str | None = None


@dataclass(frozen=True, slots=True)
class CentreSettings:
    """What a centre must know.

    Attributes:
        sip: where calls arrive; port 0 lets the system choose (``Centre.sip_addresses`` tells).
        data: directory of the database and the emergency spool.
        database: SQLAlchemy URL; None = SQLite in ``data``.
        live: real emergency calls may arrive; otherwise this is a test centre and says so.
        name: owner of the calls in a shared database; unlike that of every other centre on it.
        advertise: our host as cars reach it; needed where ``sip`` listens on every interface.
        auto_answer: answer at once; otherwise the call rings until an operator acknowledges it.
        request_on_answer: ask for a fresh MSD as soon as a call is established.
        workers: processes that take calls; 0 = this process alone does everything.
        worker_ports: workers listen on consecutive ports instead of sharing one.
        media_port: where voice goes; 9 (discard) while nobody listens.
        trust_hosts: names under which the web interface may be asked for, besides loopback.
        places: load the list of cities (a test may do without).
        tls: certificate and key; needed where ``sip`` has a tls address.
        broker: where data-only SOS are heard: ``mqtts://host:port``, ``mqtt://host:port``, or
            ``embedded`` (with ``:port``) for a broker of our own on loopback; None = nowhere.
        broker_ca: PEM file of the broker's authority; None = the system's.
        link: host and port that take data-only SOS by HTTP besides the console's (with ``tls``:
            HTTPS); None = only the console's.
    """

    sip: tuple[Address, ...] = (Address("udp", "127.0.0.1", 5060),)
    data: Path = field(default_factory=lambda: Path("var"))
    database: str | None = None
    live: bool = False
    name: str = "centre"
    advertise: str | None = None
    auto_answer: bool = True
    request_on_answer: bool = False
    workers: int = 0
    worker_ports: bool = False
    media_port: int = 9
    trust_hosts: tuple[str, ...] = ()
    places: bool = True
    tls: TlsFiles | None = None
    broker: str | None = None
    broker_ca: str | None = None
    link: tuple[str, int] | None = None

    def __post_init__(self) -> None:
        """Raise UserError for TLS without a certificate, and for what TLS must not be without."""
        if self.tls is None and any(address.transport == "tls" for address in self.sip):
            raise UserError("A TLS address needs a certificate: add --tls-cert and --tls-key.")
        if self.tls is None and self.link is not None and not is_loopback([self.link[0]]):
            raise UserError(
                "Data-only SOS from other machines come over TLS: add --tls-cert and --tls-key."
            )

    @property
    def database_url(self) -> str:
        """Where incidents are kept."""
        return self.database or f"sqlite:///{self.data / 'centre.db'}"

    @property
    def lock_files(self) -> tuple[Path, ...]:
        """What one centre alone may hold: its directory, and an SQLite file that lies elsewhere."""
        scheme, _, path = self.database_url.partition(":///")
        locks = {self.data / "centre.lock"}
        if scheme == "sqlite" and Path(path).parent != self.data:
            locks.add(Path(f"{path}.lock"))
        return tuple(sorted(locks))

    def contact(self, bound: Address) -> Address:
        """Return the address under which cars reach what is bound here.

        Raises UserError if that cannot be known.
        """
        if self.advertise is not None:
            return bound._replace(host=self.advertise)
        if bound.host in _WILDCARDS:
            raise UserError(
                f"{bound} listens on every interface: say with --advertise how cars reach it."
            )
        return bound


def sip_address(text: str) -> Address:
    """Read ``udp:127.0.0.1:5060``, ``tls:[::1]:5061`` or ``127.0.0.1:5060`` (udp).

    Raises UserError.
    """
    transport, rest = "udp", text
    head, colon, tail = text.partition(":")
    if colon and head.lower() in _TRANSPORTS:
        transport, rest = head.lower(), tail
    host, port = host_and_port(rest)
    return Address(transport, host, port)


def host_and_port(text: str) -> tuple[str, int]:
    """Read ``127.0.0.1:8113`` or ``[::1]:8113``. Raises UserError."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise UserError(f"{text!r} is not an address such as 127.0.0.1:5060.")
    return host, int(port)


def is_loopback(hosts: Sequence[str]) -> bool:
    """Tell whether all of these can only be reached from this machine."""
    return all(h in {"localhost", "::1"} or h.startswith("127.") for h in hosts)


def unencrypted(
    sip: Sequence[Address], web_host: str, broker: str | None = None
) -> tuple[str, ...]:
    """Return a warning for each road on which data leaves this machine readable by others."""
    said = [
        f"Calls on {address} are not encrypted: use TLS for anything that leaves the machine "
        "(--sip tls:HOST:5061, or a proxy before the centre)."
        for address in sip
        if address.transport != "tls" and not is_loopback([address.host])
    ]
    if broker is not None and urlsplit(broker).scheme == "mqtt":
        name = urlsplit(broker).hostname or ""
        if not is_loopback([name]):
            said.append(f"Data from the broker {name} is not encrypted: use mqtts.")
    if not is_loopback([web_host]):
        said.append(
            "The console is not encrypted: use TLS for anything that leaves the machine "
            "(a proxy before the centre)."
        )
    return tuple(said)


def settings_to_json(settings: CentreSettings) -> dict[str, Any]:
    """Write settings for a worker process."""
    return {**asdict(settings), "sip": [list(a) for a in settings.sip], "data": str(settings.data)}


def settings_from_json(data: dict[str, Any]) -> CentreSettings:
    """Read what ``settings_to_json`` wrote."""
    return CentreSettings(
        **{
            **data,
            "sip": tuple(Address(*a) for a in data["sip"]),
            "data": Path(data["data"]),
            "trust_hosts": tuple(data["trust_hosts"]),
            "tls": None if data["tls"] is None else TlsFiles(**data["tls"]),
            "link": None if data["link"] is None else tuple(data["link"]),
        }
    )
