"""`prilavok token …`: tokens for programs."""

from typing import Annotated

import typer

from cloud.cli import client, show

app = typer.Typer(help="Tokens for programs: list, make, revoke.", no_args_is_help=True)


@app.command("list")
def list_tokens(as_json: show.Json = False) -> None:
    """Your tokens; as an admin, everybody's."""
    found = list(client.opened().pages("/tokens"))
    if as_json:
        show.data(found)
        return
    columns = ("id", "operator", "role", "title", "expires", "used", "revoked")
    rows = [
        [
            *show.chosen(each, "id", "operator", "role", "title"),
            *(show.when(each[name]) for name in ("expires_at", "used_at", "revoked_at")),
        ]
        for each in found
    ]
    show.table(columns, rows, "There is no token.")


@app.command()
def make(
    title: Annotated[str, typer.Argument(help="What it is for.")],
    role: Annotated[str, typer.Option(help="analyst, operator or admin; at most your own.")] = "operator",
    days: Annotated[float, typer.Option(help="For how long.", min=0.001, max=400)] = 90,
    as_json: show.Json = False,
) -> None:
    """Make a token. It is shown this once; give it to a program as PRILAVOK_TOKEN."""
    wanted = {"title": title, "role": role, "ttl_s": int(days * 86_400)}
    made = client.opened().post("/tokens", wanted).body
    show.data(made) if as_json else typer.echo(made["token"])


@app.command()
def revoke(id: Annotated[str, typer.Argument(help="The token's id.")], yes: show.Yes = False) -> None:
    """End a token at once."""
    show.sure(f"End token {id}?", yes)
    client.opened().delete(f"/tokens/{id}")
    typer.echo(f"{id} opens nothing any more.")
