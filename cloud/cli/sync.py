"""`prilavok sync …`"""

from typing import Any

import typer

from cloud.cli import client, show

app = typer.Typer(help="How nodes and hub stand with each other: status.", no_args_is_help=True)
COLUMNS = (
    "node",
    "state",
    "online",
    "seen",
    "catalogue",
    "settings",
    "waiting",
    "dropped",
    "stored",
    "trouble",
)


@app.command()
def status(tenant: show.Tenant = None, as_json: show.Json = False) -> None:
    """What waits on each node, what the hub has of it, and what is wrong."""
    hub = client.opened(tenant)
    path = hub.path("/sync")
    found = list(hub.pages(path))
    events = hub.get(path, {"limit": 1}).body["events"]
    if as_json:
        show.data({"nodes": found, "events": events})
        return
    show.table(COLUMNS, [_row(each) for each in found], "There is no node: prilavok node add NAME --market M")
    if events:
        rows = [show.chosen(each, "at", "node", "kind", "detail") for each in events]
        show.table(("when", "node", "event", "detail"), rows, "")


def _row(node: dict[str, Any]) -> list[object]:
    reported, desired = node["settings"]
    return [
        *show.chosen(node, "node", "state", "online"),
        show.when(node["seen_at"]),
        node["catalog"],
        f"{reported or 0} of {desired}" if desired else None,
        sum(node["waiting"].values()),
        sum(node["dropped"].values()),
        node["stored"],
        "; ".join(_troubles(node)),
    ]


def _troubles(node: dict[str, Any]) -> list[str]:
    """In words, the worst first."""
    said = []
    if node["lost"]:
        said.append(f"{node['lost']} records lost by the hub")
    said += [f"{count} refused: {code}" for code, count in node["refused"].items()]
    if node["unread"]:
        said.append(f"{node['unread']} records in quarantine")
    return [*said, *node["troubles"]]
