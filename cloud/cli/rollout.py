"""`prilavok rollout …`: a change for many nodes, in stages."""

import time
from typing import Annotated, Any

import typer

from cloud.cli import client, show
from cloud.cli.node_command import change
from sync.errors import Refused

app = typer.Typer(
    help="Changes for many nodes: begin, list, show, watch, pause, resume, cancel, revert.",
    no_args_is_help=True,
)
Id = Annotated[str, typer.Argument(help="The rollout's id.")]
ASK_S = 2.0


@app.command()
def begin(
    values: Annotated[list[str], typer.Argument(help="Settings, NAME=VALUE …; NAME= leaves it to the node.")],
    market: Annotated[str | None, typer.Option(help="Only nodes of this market.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only nodes with this tag.")] = None,
    stages: Annotated[str, typer.Option(help="Growing percentages, the last one 100.")] = "5,25,100",
    soak: Annotated[float, typer.Option(help="Minutes without trouble before the next stage.", min=0)] = 30,
    most_failed: Annotated[int, typer.Option(help="It stops when more percent fail.", min=0, max=100)] = 0,
    title: Annotated[str, typer.Option(help="For people.")] = "",
    tenant: show.Tenant = None,
    dry_run: show.DryRun = False,
    yes: show.Yes = False,
    as_json: show.Json = False,
) -> None:
    """Take settings to many nodes; it stops by itself when nodes fail."""
    wanted = {
        "title": title,
        "market": market,
        "tag": tag,
        "change": {"type": "settings", "values": change(values)},
        "plan": {"stages": percentages(stages), "soak_s": soak * 60, "most_failed": most_failed},
    }
    _begin(wanted, tenant, dry_run, yes, as_json)


@app.command()
def update(
    what: Annotated[str, typer.Argument(help="model or firmware.")],
    package: Annotated[str, typer.Argument(help="Its name.")],
    version: Annotated[str, typer.Argument(help="Its version.")],
    digest: Annotated[str, typer.Option(help="SHA-256 of its bytes.")],
    size: Annotated[int, typer.Option(help="In bytes.", min=0)],
    url: Annotated[list[str] | None, typer.Option(help="Where it is.")] = None,
    market: Annotated[str | None, typer.Option(help="Only nodes of this market.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only nodes with this tag.")] = None,
    stages: Annotated[str, typer.Option(help="Growing percentages, the last one 100.")] = "5,25,100",
    soak: Annotated[float, typer.Option(help="Minutes without trouble before the next stage.", min=0)] = 30,
    tenant: show.Tenant = None,
    dry_run: show.DryRun = False,
    yes: show.Yes = False,
    as_json: show.Json = False,
) -> None:
    """Take a model or firmware to many nodes."""
    package_ = {"what": what, "name": package, "version": version, "digest": digest, "size": size}
    wanted = {
        "title": f"{package} {version}",
        "market": market,
        "tag": tag,
        "change": {"type": "update", "update": {**package_, "urls": url or []}},
        "plan": {"stages": percentages(stages), "soak_s": soak * 60},
    }
    _begin(wanted, tenant, dry_run, yes, as_json)


def percentages(text: str) -> list[int]:
    """`5,25,100` as numbers."""
    try:
        return [int(each) for each in text.split(",")]
    except ValueError:
        raise Refused(
            f"{text!r} are no percentages.", code="rollout.stages", hint="Write them as 5,25,100."
        ) from None


def _begin(wanted: dict[str, Any], tenant: str | None, dry_run: bool, yes: bool, as_json: bool) -> None:
    hub = client.opened(tenant)
    query = {"market": wanted["market"], "tag": wanted["tag"], "state": "accepted"}
    count = sum(1 for _ in hub.pages(hub.path("/nodes"), query))
    if dry_run:
        show.would(f"take it to {count} nodes", wanted, as_json)
        return
    show.sure(f"Take it to {count} nodes?", yes)
    line = hub.post(hub.path("/rollouts"), wanted).body
    show.data(line) if as_json else typer.echo(f"Begun. Next: prilavok rollout watch {line['id']}")


@app.command("list")
def list_rollouts(tenant: show.Tenant = None, as_json: show.Json = False) -> None:
    """The tenant's rollouts, newest first."""
    hub = client.opened(tenant)
    found = hub.get(hub.path("/rollouts")).body["items"]
    if as_json:
        show.data(found)
        return
    columns = ("id", "title", "state", "good", "failed", "silent", "waiting", "of", "why")
    names = ("id", "title", "state", "good", "failed", "silent", "waiting", "nodes", "reason")
    show.table(columns, [show.chosen(each, *names) for each in found], "There was no rollout yet.")


@app.command("show")
def show_rollout(id: Id, tenant: show.Tenant = None, as_json: show.Json = False) -> None:
    """One rollout, and how each node took it."""
    hub = client.opened(tenant)
    line = hub.get(hub.path(f"/rollouts/{id}")).body
    nodes = list(hub.pages(hub.path(f"/rollouts/{id}/nodes")))
    if as_json:
        show.data({**line, "reached": nodes})
        return
    show.fields(line)
    rows = [
        [*show.chosen(each, "node", "outcome"), show.when(each["since"]), each["command"]] for each in nodes
    ]
    show.table(("node", "outcome", "since", "command"), rows, "No node was sent it yet.")


@app.command()
def watch(id: Id, tenant: show.Tenant = None) -> None:
    """Follow a rollout until it ends. Exit code 1 when it did not end well."""
    hub = client.opened(tenant)
    with show.progress(id) as say:
        while True:
            line = hub.get(hub.path(f"/rollouts/{id}")).body
            settled = line["good"] + line["failed"] + line["silent"]
            say(settled, max(line["nodes"], settled), f"{line['state']}: {line['reason']}")
            if line["state"] in ("done", "stopped", "cancelled"):
                break
            time.sleep(ASK_S)
    typer.echo(f"{line['state']}: {line['reason']}")
    raise typer.Exit(0 if line["state"] == "done" else 1)


@app.command()
def pause(id: Id, tenant: show.Tenant = None, as_json: show.Json = False) -> None:
    """Send it to nobody else until it is resumed."""
    _turn(id, "pause", tenant, as_json)


@app.command()
def resume(id: Id, tenant: show.Tenant = None, as_json: show.Json = False) -> None:
    """Let a paused rollout go on."""
    _turn(id, "resume", tenant, as_json)


@app.command()
def cancel(id: Id, tenant: show.Tenant = None, yes: show.Yes = False, as_json: show.Json = False) -> None:
    """End it; nodes that have it keep it."""
    show.sure(f"End rollout {id}?", yes)
    _turn(id, "cancel", tenant, as_json)


@app.command()
def revert(id: Id, tenant: show.Tenant = None, yes: show.Yes = False, as_json: show.Json = False) -> None:
    """End it and put settings back, where nobody changed them since."""
    show.sure(f"End rollout {id} and put settings back?", yes)
    _turn(id, "revert", tenant, as_json)


def _turn(id: str, what: str, tenant: str | None, as_json: bool) -> None:
    hub = client.opened(tenant)
    line = hub.post(hub.path(f"/rollouts/{id}/{what}"), {}).body
    show.data(line) if as_json else typer.echo(f"{line['state']}: {line['reason']}")
