"""`prilavok-edge sync status`: where this node stands with its hub, from its files and the running node."""

from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from edge.catalog.store import FILE_NAME, open_catalog
from edge.cli import client
from edge.database import Database
from edge.outbox import settled
from edge.outbox import store as outbox_store
from edge.settings import Settings
from edge.uplink import desired
from edge.uplink import store as uplink_store
from edge.uplink.identity import Identity, IdentityStore
from sync.trust import Trust

NODE_FILE = "node.db"
app = typer.Typer(name="sync", help="The line to the hub: status.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback()
def group() -> None:
    """The line to the hub."""


@app.command()
def status(json: Json = False) -> None:
    """Say which hub this node belongs to, what waits for it, and which catalogue was applied."""
    settings = Settings.load()
    identity = IdentityStore(settings.data_dir).read()
    found: dict[str, Any] = {"joined": False} if identity is None else _read(settings, identity)
    if json:
        typer.echo(msgspec.json.encode(found).decode())
    elif identity is None:
        typer.echo("This node belongs to no hub. `prilavok-edge join FILE` makes it a node of one.")
    else:
        _print(found)


def _read(settings: Settings, identity: Identity) -> dict[str, Any]:
    document = identity.document
    return {
        "joined": True,
        "tenant": document.tenant,
        "market": document.market,
        "node": document.node,
        "hub": document.hub,
        "broker": document.broker,
        "state": identity.state,
        "settings": desired.read(settings.data_dir).version,
        **_waiting(settings, identity),
        **_catalog(settings),
        "running": _running(settings),
    }


def _waiting(settings: Settings, identity: Identity) -> dict[str, Any]:
    """What waits, and what is believed; nothing where the node was never started."""
    path = settings.data_dir / NODE_FILE
    if not path.exists():
        return {"outbox": {}, "settled": None, "head": None}
    database = Database(path)
    try:
        with database.reading() as connection:
            usage = outbox_store.usage(connection)
            held = settled.held(connection)
            kept = uplink_store.read(connection, uplink_store.TRUST)
    finally:
        database.close()
    floor = Trust.restored(kept, identity.document.market).floor if kept else None
    return {
        "outbox": {cls: vars(each) for cls, each in usage.items()},
        "settled": vars(held),
        "head": None if floor is None else {"version": floor.version, "serial": floor.serial},
    }


def _catalog(settings: Settings) -> dict[str, Any]:
    if not (settings.data_dir / FILE_NAME).exists():
        return {"catalog": None}
    catalog = open_catalog(settings.data_dir)
    have = catalog.published()
    catalog.database.close()
    return {"catalog": None if have is None else have.version}


def _running(settings: Settings) -> dict[str, str] | None:
    """What the running node says of the line."""
    url = client.address(settings)
    if url is None:
        return None
    checks = client.call(url, "/health").get("checks", [])
    found: dict[str, Any] = next((check for check in checks if check.get("name") == "sync"), {})
    return {name: str(found.get(name, "")) for name in ("state", "reason", "hint")}


def _print(found: dict[str, Any]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_row("node", escape(f"{found['node']} of {found['tenant']}, market {found['market']}"))
    table.add_row("hub", escape(f"{found['hub']} ({found['state']})"))
    head = found["head"]
    applied = "none from the hub" if found["catalog"] is None else f"version {found['catalog']}"
    table.add_row("catalogue", applied + (f"; the hub has {head['version']}" if head else ""))
    for cls, usage in found["outbox"].items():
        lost = usage["dropped"] + usage["expired"]
        said = f"{usage['records']:,} wait, {usage['bytes'] / 1e6:.1f} MB"
        table.add_row(cls, said + (f", {lost:,} went by policy" if lost else ""))
    if held := found["settled"]:
        table.add_row(
            "the hub has", f"{held['records']:,} are kept a while yet, {held['bytes'] / 1e6:.1f} MB"
        )
    running = found["running"]
    table.add_row("line", "no node is running" if running is None else escape(running["reason"]))
    if running and running["hint"]:
        table.add_row("", escape(running["hint"]))
    Console().print(table)
