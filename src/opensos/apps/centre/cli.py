"""``opensos centre``: run a centre, and look into one from the command line."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from opensos.apps.centre.settings import (
    CentreSettings,
    TlsFiles,
    host_and_port,
    is_loopback,
    sip_address,
    unencrypted,
)
from opensos.protocols.effects import UserError
from opensos.protocols.link import SOS_PATH

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable

    from opensos.apps.centre.centre import Centre
    from opensos.edges.store import SqlStore

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="The call centre.")

DataOption = Annotated[Path, typer.Option("--data", help="Directory of the database.")]
DbOption = Annotated[
    str | None,
    typer.Option("--db", help="Database URL instead: postgresql+psycopg://… or sqlite:///PATH."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
TrustHostOption = Annotated[
    list[str] | None, typer.Option("--trust-host", help="Host name of the console, repeatable.")
]
WorkerPortsOption = Annotated[
    bool, typer.Option("--worker-ports", help="Workers on consecutive ports, not sharing one.")
]
RequestOption = Annotated[
    bool, typer.Option("--request-on-answer", help="Ask every car for fresh data at once.")
]
BrokerOption = Annotated[
    str | None,
    typer.Option("--broker", help="Hear data-only SOS: mqtts://HOST:PORT, mqtt://…, embedded."),
]
BrokerCaOption = Annotated[
    Path | None, typer.Option("--broker-ca", help="The broker's authority (PEM).")
]
LinkOption = Annotated[
    str | None,
    typer.Option("--link", help="HOST:PORT for data-only SOS by HTTPS, besides the console's."),
]
WebOption = Annotated[str, typer.Option("--web", help="Where the console is served.")]

_DATA = Path("var")
_WEB = "127.0.0.1:8113"
_SIP = "udp:127.0.0.1:5060"
_SHORT = 16


@app.callback()
def _root() -> None:
    """Keep typer from collapsing a single command."""


@app.command()
def run(  # noqa: PLR0917  # one parameter per option
    sip: Annotated[
        list[str] | None,
        typer.Option("--sip", help=f"Where calls arrive, repeatable. Default: {_SIP}"),
    ] = None,
    web: WebOption = _WEB,
    db: DbOption = None,
    data: DataOption = _DATA,
    workers: Annotated[
        int, typer.Option("--workers", min=0, max=64, help="Processes that take calls.")
    ] = 0,
    worker_ports: WorkerPortsOption = False,  # noqa: FBT002  # a flag
    name: Annotated[
        str, typer.Option("--name", help="This centre's name where several share a database.")
    ] = "centre",
    advertise: Annotated[
        str | None, typer.Option("--advertise", help="Our host as cars reach it.")
    ] = None,
    trust_host: TrustHostOption = None,
    ring: Annotated[  # noqa: FBT002  # a flag
        bool, typer.Option("--ring", help="Let calls ring until an operator acknowledges them.")
    ] = False,
    request_on_answer: RequestOption = False,  # noqa: FBT002  # a flag
    tls_cert: Annotated[
        Path | None, typer.Option("--tls-cert", help="Certificate (PEM) for tls addresses.")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option("--tls-key", help="The certificate's key (PEM).")
    ] = None,
    tls_client_ca: Annotated[
        Path | None, typer.Option("--tls-client-ca", help="Only cars of this authority.")
    ] = None,
    broker: BrokerOption = None,
    broker_ca: BrokerCaOption = None,
    link: LinkOption = None,
    live: Annotated[  # noqa: FBT002  # a flag
        bool, typer.Option("--live", help="Real emergency calls. Without it, this is a test.")
    ] = False,
) -> None:
    """Take calls and serve the console until stopped."""
    settings = CentreSettings(
        sip=tuple(sip_address(text) for text in sip or [_SIP]),
        data=data,
        database=db,
        live=live,
        name=name,
        advertise=advertise,
        auto_answer=not ring,
        request_on_answer=request_on_answer,
        workers=workers,
        worker_ports=worker_ports,
        trust_hosts=tuple(trust_host or ()),
        tls=_tls_files(tls_cert, tls_key, tls_client_ca),
        broker=broker,
        broker_ca=None if broker_ca is None else str(broker_ca),
        link=None if link is None else host_and_port(link),
    )
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    asyncio.run(_serve(settings, web))


def _tls_files(cert: Path | None, key: Path | None, client_ca: Path | None) -> TlsFiles | None:
    if cert is None or key is None:
        if cert or key or client_ca:
            raise UserError("TLS needs both --tls-cert and --tls-key.")
        return None
    return TlsFiles(str(cert), str(key), None if client_ca is None else str(client_ca))


async def _serve(settings: CentreSettings, web: str) -> None:
    # Loaded here: `opensos centre --help` must not wait for a web framework.
    from opensos.apps.centre.centre import Centre  # noqa: PLC0415
    from opensos.apps.centre.link_web import serve_link  # noqa: PLC0415
    from opensos.apps.centre.tuning import tune_process  # noqa: PLC0415
    from opensos.apps.centre.web import create_app  # noqa: PLC0415
    from opensos.edges.web.serve import listen, serve  # noqa: PLC0415

    listening = listen(*host_and_port(web))
    for_cars = None if settings.link is None else listen(*settings.link)
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    centre = Centre(settings)
    try:
        await centre.start()
        tune_process()
        await _say_where(centre, listening)
        serving = [serve(create_app(centre), listening, stopping, lambda _: None)]
        if for_cars is not None:
            serving.append(serve_link(centre, for_cars, stopping))
        await asyncio.gather(*serving)
    finally:
        await centre.stop()
        listening.close()
        if for_cars is not None:
            for_cars.close()


async def _say_where(centre: Centre, listening: socket.socket) -> None:
    err = Console(stderr=True, highlight=False)
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if centre.settings.live:
        err.print(
            " LIVE: real emergency calls. People may be waiting for help. ", style="white on red"
        )
    else:
        err.print("Test mode: no real emergency calls. (--live changes that.)")
    for address in centre.sip_addresses:
        err.print(f"Calls:   {address}", markup=False)
    if centre.broker is not None:
        err.print(f"Data:    {centre.broker[0]}", markup=False)
    if centre.settings.link is not None:
        scheme = "http" if centre.settings.tls is None else "https"
        at, of = centre.settings.link
        err.print(f"Data:    {scheme}://{at}:{of}{SOS_PATH}", markup=False)
    err.print(f"Console: http://{shown}/console", markup=False)
    hosts = [host, *(a.host for a in centre.sip_addresses)]
    if not is_loopback(hosts):
        err.print("This centre can be reached from other machines.", style="yellow")
    broker = None if centre.broker is None else centre.broker[0]
    for warning in unencrypted(centre.sip_addresses, host, broker):
        err.print(f"Warning: {warning}", style="yellow", markup=False, soft_wrap=True)
    if await centre.sign_in.anyone():
        err.print("Sign in: as before, or with a new link: opensos centre sign-in-link")
    else:
        token = await centre.sign_in.new_token()
        err.print(
            f"Sign in, once: http://{shown}/sign-in?token={token}", markup=False, soft_wrap=True
        )


@app.command()
def incidents(
    db: DbOption = None,
    data: DataOption = _DATA,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 50,
    as_json: JsonOption = False,  # noqa: FBT002  # a flag
) -> None:
    """List the newest incidents."""

    async def read(store: SqlStore) -> list[dict[str, Any]]:
        return [json.loads(card) for card in (await store.overview(limit)).cards]

    cards = _with_store(db, data, read)
    if as_json:
        typer.echo(json.dumps(cards, indent=2))
        return
    table = Table("Incident", "Opened", "State", "Trigger", "Test", "Place", "Vehicle", box=None)
    for card in cards:
        place, vehicle = card.get("place"), card.get("vehicle") or {}
        table.add_row(
            card["id"],
            card["opened_at"],
            card["ended_why"] or card["state"],
            card["trigger"],
            "TEST" if card["test"] else "",
            "" if place is None else f"{place['km']} km {place['bearing']} of {place['name']}",
            vehicle.get("vin_masked") or "",
        )
    Console().print(table)


@app.command()
def show(
    incident: Annotated[str, typer.Argument(metavar="ID", help="The incident.")],
    db: DbOption = None,
    data: DataOption = _DATA,
    as_json: JsonOption = False,  # noqa: FBT002  # a flag
) -> None:
    """Show one incident with its timeline."""

    async def read(store: SqlStore) -> dict[str, Any] | None:
        record = await store.record(incident)
        if record is None:
            return None
        return {
            "card": json.loads(record.card),
            "timeline": [
                {"event_id": t.event_id, "at": t.at, "kind": t.kind, "data": json.loads(t.data)}
                for t in record.timeline
            ],
            "messages": [
                {"id": m.message_id, "at": m.at, "kind": m.kind, "size": m.size}
                for m in record.messages
            ],
        }

    found = _with_store(db, data, read) if incident.isalnum() else None
    if found is None:
        raise UserError(f"There is no incident {incident!r}.")
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for line in found["timeline"]:
        typer.echo(f"{line['at']}  {line['kind']:<24} {json.dumps(line['data'])}")
    for finding in found["card"]["findings"]:
        typer.echo(f"{finding['level']}: {finding['text']}")


@app.command("sign-in-link")
def sign_in_link(db: DbOption = None, data: DataOption = _DATA, web: WebOption = _WEB) -> None:
    """Print a link that signs in once, for the centre that uses this database."""
    from opensos.edges.clock import SystemClock  # noqa: PLC0415
    from opensos.edges.web.sign_in import SignIn  # noqa: PLC0415

    async def make(store: SqlStore) -> str:
        return await SignIn(store, SystemClock()).new_token()

    host_and_port(web)
    typer.echo(f"http://{web}/sign-in?token={_with_store(db, data, make)}")


def _with_store(db: str | None, data: Path, body: Callable[[SqlStore], Awaitable[T]]) -> T:
    from opensos.edges.store import open_store  # noqa: PLC0415

    url = CentreSettings(data=data, database=db).database_url
    if db is None and not (data / "centre.db").exists():
        raise UserError(f"There is no centre's database in {data}; say where with --data or --db.")

    async def work() -> T:
        store = open_store(url)
        try:
            return await body(store)
        finally:
            await store.close()

    return asyncio.run(work())
