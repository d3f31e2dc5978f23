"""`prilavok market …`"""

from typing import Annotated

import typer

from cloud.cli import client, show

app = typer.Typer(help="Markets: list, add, show, name.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The market's name.")]


@app.command("list")
def list_markets(tenant: show.Tenant = None, as_json: show.Json = False) -> None:
    """The tenant's markets."""
    hub = client.opened(tenant)
    found = list(hub.pages(hub.path("/markets")))
    if as_json:
        show.data(found)
        return
    rows = [show.chosen(each, "market", "title", "nodes", "created_at") for each in found]
    show.table(
        ("market", "title", "nodes", "since"), rows, "There is no market yet: prilavok market add NAME"
    )


@app.command()
def add(
    name: Name,
    title: Annotated[str, typer.Option(help="For people.")] = "",
    tenant: show.Tenant = None,
    dry_run: show.DryRun = False,
    as_json: show.Json = False,
) -> None:
    """Make a market."""
    hub = client.opened(tenant)
    wanted = {"market": name, "title": title}
    if dry_run:
        show.would("make a market", wanted, as_json)
        return
    made = hub.post(hub.path("/markets"), wanted).body
    if as_json:
        show.data(made)
        return
    typer.echo(f"Market {name} is there. Next: prilavok node add NODE --market {name}")


@app.command("show")
def show_market(name: Name, tenant: show.Tenant = None, as_json: show.Json = False) -> None:
    """One market."""
    hub = client.opened(tenant)
    found = hub.get(hub.path(f"/markets/{name}")).body
    show.data(found) if as_json else show.fields(found)


@app.command("name")
def name_market(
    name: Name,
    title: Annotated[str, typer.Argument(help="The new title.")],
    tenant: show.Tenant = None,
    dry_run: show.DryRun = False,
) -> None:
    """Give a market another title."""
    hub = client.opened(tenant)
    path = hub.path(f"/markets/{name}")
    read = hub.get(path)
    if dry_run:
        show.would("change the title", {"title": title}, False)
        return
    hub.edit("PATCH", path, {"title": title}, read.tag)
    typer.echo(f"{name} is {title!r} now.")
