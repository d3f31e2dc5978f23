"""`prilavok tenant …`"""

from typing import Annotated

import typer

from cloud.cli import client, show

app = typer.Typer(help="Tenants: list, add, show, name.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The tenant's name.")]


@app.command("list")
def list_tenants(as_json: show.Json = False) -> None:
    """The tenants you may see."""
    found = list(client.opened().pages("/tenants"))
    if as_json:
        show.data(found)
        return
    rows = [show.chosen(each, "tenant", "title", "created_at") for each in found]
    show.table(("tenant", "title", "since"), rows, "There is no tenant yet: prilavok tenant add NAME")


@app.command()
def add(
    name: Name,
    title: Annotated[str, typer.Option(help="For people.")] = "",
    dry_run: show.DryRun = False,
    as_json: show.Json = False,
) -> None:
    """Make a tenant, with keys of its own."""
    wanted = {"tenant": name, "title": title}
    if dry_run:
        show.would("make a tenant", wanted, as_json)
        return
    made = client.opened().post("/tenants", wanted).body
    if as_json:
        show.data(made)
        return
    typer.echo(f"Tenant {name} is there. Next: prilavok market add --tenant {name} MARKET")


@app.command("show")
def show_tenant(name: Name, as_json: show.Json = False) -> None:
    """One tenant."""
    found = client.opened().get(f"/tenants/{name}").body
    show.data(found) if as_json else show.fields(found)


@app.command("name")
def name_tenant(
    name: Name, title: Annotated[str, typer.Argument(help="The new title.")], dry_run: show.DryRun = False
) -> None:
    """Give a tenant another title."""
    hub = client.opened()
    read = hub.get(f"/tenants/{name}")
    if dry_run:
        show.would("change the title", {"title": title}, False)
        return
    hub.edit("PATCH", f"/tenants/{name}", {"title": title}, read.tag)
    typer.echo(f"{name} is {title!r} now.")
