"""`prilavok erase` and `prilavok erasures`: what is held of one conversation goes, here and on nodes."""

from typing import Annotated, Any

import typer

from cloud.cli import client, show

Session = Annotated[str, typer.Option("--session", help="The code that the visitor was shown: 7K3M-….")]


def erase(
    session: Session,
    tenant: show.Tenant = None,
    yes: show.Yes = False,
    dry_run: show.DryRun = False,
    as_json: show.Json = False,
) -> None:
    """Erase a conversation; again does what is left. Exit code 1 while a node is still to do it."""
    hub = client.opened(tenant)
    path = hub.path("/erasures")
    asked = hub.post(path, {"session": session, "dry_run": True}).body
    if not dry_run:
        show.sure(f"Erase {asked['session']} ({_rows(asked)} here, {len(asked['nodes'])} nodes)?", yes)
        asked = hub.post(path, {"session": session}).body
    show.data(asked) if as_json else _tell(asked, dry_run)
    raise typer.Exit(0 if dry_run or asked["complete"] else 1)


def erasures(
    session: Annotated[str | None, typer.Argument(help="The receipt of this one.")] = None,
    limit: Annotated[int, typer.Option(help="How many.", min=1, max=200)] = 50,
    tenant: show.Tenant = None,
    as_json: show.Json = False,
) -> None:
    """Erasures, the newest first; or the receipt of one."""
    hub = client.opened(tenant)
    if session is not None:
        found = hub.get(hub.path(f"/erasures/{session}")).body
        show.data(found) if as_json else _tell(found, dry_run=False)
        return
    items = hub.get(hub.path("/erasures"), {"limit": limit}).body["items"]
    if as_json:
        show.data(items)
        return
    rows = [
        (each["session"], show.when(each["asked_at"]), each["asked_by"], each["rows"], each["open_nodes"])
        for each in items
    ]
    show.table(("session", "asked", "by", "rows", "open nodes"), rows, "None was asked for.")


def _rows(receipt: dict[str, Any]) -> str:
    return f"{sum(receipt['counts'].values())} rows"


def _tell(receipt: dict[str, Any], dry_run: bool) -> None:
    counts = ", ".join(f"{count} {name}" for name, count in sorted(receipt["counts"].items()))
    verb = "Would erase" if dry_run else "Erased"
    typer.echo(f"{verb} {receipt['session']} on the hub: {counts or 'nothing was there'}.")
    for each in receipt["delivered"]:
        typer.echo(f"Request {each['lead']} was delivered to {each['channel']} before: erase it there.")
    rows = [
        (each["node"], each["state"], "online" if each["online"] else "offline", show.when(each["seen_at"]))
        for each in receipt["nodes"]
    ]
    show.table(("node", "state", "", "seen"), rows, "No node may hold any of it.")
    if not dry_run:
        later = f"Later: prilavok erasures {receipt['session']}"
        typer.echo("Every node has done it." if receipt["complete"] else later)


COMMANDS = {"erase": erase, "erasures": erasures}
