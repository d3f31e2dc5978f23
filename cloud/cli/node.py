"""`prilavok node …`: make nodes, let them in, keep them out, see how they are."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from cloud.cli import client, show
from sync.errors import Conflict, Unavailable

app = typer.Typer(
    help="Nodes: add, list, show, accept, reject, revoke, provision, tag.", no_args_is_help=True
)
Name = Annotated[str, typer.Argument(help="The node's name.")]
Market = Annotated[str | None, typer.Option(help="The market.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Where to write the file; default NODE.json.")]
Accept = Annotated[bool, typer.Option(help="Let the box in as soon as it has used the file.")]
Days = Annotated[float, typer.Option(help="How long the file can be used.", min=0.001, max=366)]
Reason = Annotated[str, typer.Option(help="Why, for the audit log.")]


@app.command()
def add(
    name: Name,
    market: Annotated[str, typer.Option(help="The market it serves.")],
    title: Annotated[str, typer.Option(help="For people.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="A tag; may be given more than once.")] = None,
    accept: Accept = False,
    days: Days = 7,
    out: Out = None,
    tenant: show.Tenant = None,
    dry_run: show.DryRun = False,
    as_json: show.Json = False,
) -> None:
    """Make a node and its provisioning file: whoever has the file first is the node."""
    hub = client.opened(tenant)
    wanted = {
        "node": name,
        "market": market,
        "title": title,
        "tags": tag or [],
        "file": {"accept": accept, "ttl_s": int(days * 86_400)},
    }
    path = _free(out or Path(f"{name}.json"))
    if dry_run:
        show.would(f"make a node and write {path}", wanted, as_json)
        return
    _made(hub.post(hub.path("/nodes"), wanted).body, path, as_json)


@app.command()
def provision(
    name: Name,
    market: Market = None,
    accept: Accept = False,
    days: Days = 7,
    out: Out = None,
    tenant: show.Tenant = None,
    dry_run: show.DryRun = False,
    as_json: show.Json = False,
) -> None:
    """Make another file for a node: a new card, new keys, another market. Older files are void."""
    hub = client.opened(tenant)
    wanted = {"accept": accept, "market": market, "ttl_s": int(days * 86_400)}
    path = _free(out or Path(f"{name}.json"))
    if dry_run:
        show.would(f"write {path}", wanted, as_json)
        return
    _made(hub.post(hub.path(f"/nodes/{name}/provision"), wanted).body, path, as_json)


def _free(path: Path) -> Path:
    if path.exists():
        raise Conflict(f"{path} is there already.", code="file.taken", hint="Say another one: --out FILE")
    return path


def _made(made: dict[str, Any], path: Path, as_json: bool) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(made["file"])
    except OSError as error:
        raise Unavailable(
            f"{path} cannot be written: {error.strerror}.",
            code="file.unwritable",
            hint=f"Make the file again elsewhere: prilavok node provision {made['line']['node']} --out FILE",
        ) from None
    if as_json:
        show.data({**made["line"], "file": str(path)})
        return
    typer.echo(
        f"{path} lets one box in until {made['line']['file_expires_at']}. It is secret: put it on the box as"
        " provisioning.json in its data folder, or run there: prilavok-edge join FILE"
    )


@app.command("list")
def list_nodes(
    market: Market = None,
    state: Annotated[
        str | None, typer.Option(help="pending, accepted, rejected, revoked or quarantined.")
    ] = None,
    tag: Annotated[str | None, typer.Option(help="Only with this tag.")] = None,
    tenant: show.Tenant = None,
    as_json: show.Json = False,
) -> None:
    """The tenant's nodes and how they are."""
    hub = client.opened(tenant)
    found = list(hub.pages(hub.path("/nodes"), {"market": market, "state": state, "tag": tag}))
    if as_json:
        show.data(found)
        return
    columns = ("node", "market", "state", "online", "seen", "catalogue", "waiting", "tags")
    show.table(columns, [_row(each) for each in found], "There is no node: prilavok node add NAME --market M")


def _row(node: dict[str, Any]) -> list[object]:
    presence = node.get("presence") or {}
    status = presence.get("status") or {}
    waiting = sum(each.get("records", 0) for each in (status.get("outbox") or {}).values())
    return [
        *show.chosen(node, "node", "market", "state"),
        presence.get("online"),
        show.when(presence.get("seen_at")),
        status.get("catalog"),
        waiting if status else None,
        node["tags"],
    ]


@app.command("show")
def show_node(name: Name, tenant: show.Tenant = None, as_json: show.Json = False) -> None:
    """One node, whole."""
    hub = client.opened(tenant)
    found = hub.get(hub.path(f"/nodes/{name}")).body
    if as_json:
        show.data(found)
        return
    presence = found.pop("presence", None) or {}
    status = presence.pop("status", {})
    show.fields({**found, **presence, **{f"status.{key}": value for key, value in status.items()}})


@app.command()
def accept(name: Name, reason: Reason = "", tenant: show.Tenant = None, as_json: show.Json = False) -> None:
    """Let a node in."""
    _judge("accept", name, reason, tenant, as_json)


@app.command()
def reject(
    name: Name,
    reason: Reason = "",
    tenant: show.Tenant = None,
    yes: show.Yes = False,
    as_json: show.Json = False,
) -> None:
    """Turn a node away that asked to be let in."""
    show.sure(f"Turn {name} away?", yes)
    _judge("reject", name, reason, tenant, as_json)


@app.command()
def revoke(
    name: Name,
    reason: Reason = "",
    tenant: show.Tenant = None,
    yes: show.Yes = False,
    dry_run: show.DryRun = False,
    as_json: show.Json = False,
) -> None:
    """End a node: its account at the broker dies at once, and it is told to stop."""
    if dry_run:
        hub = client.opened(tenant)
        found = hub.get(hub.path(f"/nodes/{name}")).body
        show.would(f"revoke {name}, which is {found['state']}", {"reason": reason}, as_json)
        return
    show.sure(f"Revoke {name}? Only a new file brings it back.", yes)
    _judge("revoke", name, reason, tenant, as_json)


def _judge(act: str, name: str, reason: str, tenant: str | None, as_json: bool) -> None:
    hub = client.opened(tenant)
    line = hub.post(hub.path(f"/nodes/{name}/{act}"), {"reason": reason}).body
    if as_json:
        show.data(line)
        return
    later = {"opening": "its account is being made", "closing": "its account is being ended"}
    typer.echo(f"{name} is {line['state']}; at the broker: {later.get(line['broker'], line['broker'])}.")


@app.command()
def tag(
    name: Name,
    tags: Annotated[list[str] | None, typer.Argument(help="All its tags from now on; none: no tags.")] = None,
    tenant: show.Tenant = None,
    dry_run: show.DryRun = False,
    as_json: show.Json = False,
) -> None:
    """Say which tags a node has."""
    hub = client.opened(tenant)
    path = hub.path(f"/nodes/{name}")
    read = hub.get(path)
    if dry_run:
        show.would(f"change the tags {read.body['tags']}", {"tags": tags or []}, as_json)
        return
    line = hub.edit("PATCH", path, {"tags": tags or []}, read.tag).body
    show.data(line) if as_json else typer.echo(f"{name}: {', '.join(line['tags']) or 'no tags'}")
