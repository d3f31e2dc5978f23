"""`prilavok lead …`: visitors' requests on their way to the tenant, and where they go."""

from typing import Annotated, Any

import typer

from cloud.cli import client, show
from sync.errors import Refused

app = typer.Typer(help="Requests: list, show, retry; channel add, list, edit, remove.", no_args_is_help=True)
channel_app = typer.Typer(help="Where requests go: add, list, edit, remove.", no_args_is_help=True)
app.add_typer(channel_app, name="channel")
Id = Annotated[str, typer.Argument(help="The request's id.")]
Name = Annotated[str, typer.Argument(help="The channel's name.")]
Network = Annotated[
    list[str] | None,
    typer.Option(help="A network inside the hub's that it may be at; for admins of the hub."),
]


@app.command("list")
def list_leads(
    state: Annotated[str | None, typer.Option(help="waiting, due, delivered or dead.")] = None,
    market: Annotated[str | None, typer.Option(help="Of this market.")] = None,
    limit: Annotated[int, typer.Option(help="How many.", min=1, max=200)] = 50,
    tenant: show.Tenant = None,
    as_json: show.Json = False,
) -> None:
    """The newest first: how far each is."""
    hub = client.opened(tenant)
    query = {"state": state, "market": market, "limit": limit}
    found = hub.get(hub.path("/leads"), query).body["items"]
    if as_json:
        show.data(found)
        return
    rows = [
        (each["id"][:12], each["market"], each["provider"], show.when(each["received_at"]), *_how(each))
        for each in found
    ]
    show.table(("request", "market", "provider", "came", "state", "tries", "why"), rows, "There is none.")


@app.command("show")
def show_lead(id: Id, tenant: show.Tenant = None, as_json: show.Json = False) -> None:
    """One request, and each channel it goes to."""
    hub = client.opened(tenant)
    found = hub.get(hub.path(f"/leads/{id}")).body
    if as_json:
        show.data(found)
        return
    deliveries = found.pop("deliveries")
    show.fields(found)
    rows = [
        (
            each["channel"],
            each["state"],
            each["tries"],
            show.when(each["next_at"]),
            each["code"],
            each["detail"],
        )
        for each in deliveries
    ]
    show.table(("channel", "state", "tries", "next", "why", ""), rows, "No channel takes it yet.")


@app.command()
def retry(
    id: Annotated[str | None, typer.Argument(help="The request's id.")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="Every request that was given up.")] = False,
    delivered: Annotated[
        bool, typer.Option("--delivered", help="Also what was delivered, under the same message id.")
    ] = False,
    tenant: show.Tenant = None,
    dry_run: show.DryRun = False,
    as_json: show.Json = False,
) -> None:
    """Try again from the start: one request, or all that were given up."""
    if (id is None) != dead:
        raise Refused("Which?", code="lead.which", hint="Name one request, or say --dead for all given up.")
    hub = client.opened(tenant)
    path = hub.path("/leads/retry" if id is None else f"/leads/{id}/retry")
    if dry_run:
        count = len(list(hub.pages(hub.path("/leads"), {"state": "dead"}, "below"))) if id is None else 1
        show.would("try again", {"requests": count}, as_json)
        return
    done = hub.post(path, {} if id is None else {"delivered": delivered}).body
    show.data(done) if as_json else typer.echo(f"{done['deliveries']} deliveries are tried again now.")


@channel_app.command("list")
def list_channels(tenant: show.Tenant = None, as_json: show.Json = False) -> None:
    """Where requests go."""
    hub = client.opened(tenant)
    found = list(hub.pages(hub.path("/lead-channels")))
    if as_json:
        show.data(found)
        return
    rows = [show.chosen(each, "channel", "market", "url", "enabled", "trouble") for each in found]
    show.table(
        ("channel", "market", "url", "on", "trouble"), rows, "None: prilavok lead channel add NAME --url URL"
    )


@channel_app.command()
def add(
    name: Name,
    url: Annotated[str, typer.Option(help="https://…")],
    market: Annotated[str | None, typer.Option(help="Requests of this market only.")] = None,
    network: Network = None,
    tenant: show.Tenant = None,
    dry_run: show.DryRun = False,
    as_json: show.Json = False,
) -> None:
    """Send requests to a webhook. The secret that signs is printed once."""
    hub = client.opened(tenant)
    wanted = {"channel": name, "url": url, "market": market, "networks": network or []}
    if dry_run:
        show.would("make a channel", wanted, as_json)
        return
    made = hub.post(hub.path("/lead-channels"), wanted).body
    _tell(made, as_json)


@channel_app.command()
def edit(
    name: Name,
    url: Annotated[str | None, typer.Option(help="Another address.")] = None,
    on: Annotated[bool | None, typer.Option("--on/--off", help="Take requests or not.")] = None,
    new_secret: Annotated[bool, typer.Option("--new-secret", help="Sign with another secret.")] = False,
    network: Network = None,
    tenant: show.Tenant = None,
    dry_run: show.DryRun = False,
    as_json: show.Json = False,
) -> None:
    """Change a channel."""
    hub = client.opened(tenant)
    path = hub.path(f"/lead-channels/{name}")
    read = hub.get(path)
    wanted = {"url": url, "enabled": on, "new_secret": new_secret, "networks": network}
    change = {field: value for field, value in wanted.items() if value is not None}
    if dry_run:
        show.would(f"change {name}", change, as_json)
        return
    _tell(hub.edit("PATCH", path, change, read.tag).body, as_json)


@channel_app.command()
def remove(
    name: Name, tenant: show.Tenant = None, yes: show.Yes = False, dry_run: show.DryRun = False
) -> None:
    """Take a channel away; requests that only it would have taken wait for another."""
    hub = client.opened(tenant)
    path = hub.path(f"/lead-channels/{name}")
    hub.get(path)
    if dry_run:
        show.would("remove a channel", {"channel": name}, False)
        return
    show.sure(f"Remove {name}?", yes)
    hub.delete(path)
    typer.echo(f"{name} is gone.")


def _how(line: dict[str, Any]) -> tuple[object, ...]:
    """State, most tries, and why the last one failed."""
    failed = [each for each in line["deliveries"] if each["code"] and each["state"] != "delivered"]
    tries = max((each["tries"] for each in line["deliveries"]), default=0)
    return line["state"], tries, failed[0]["code"] if failed else ""


def _tell(line: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show.data(line)
        return
    typer.echo(f"{line['channel']} sends to {line['url']}{'' if line['enabled'] else ', but is off'}.")
    if line.get("secret"):
        typer.echo(f"Its secret, shown this once: {line['secret']}")
