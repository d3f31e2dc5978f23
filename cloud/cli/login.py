"""`prilavok login`, `logout`, `whoami`."""

import socket
import sys
from typing import Annotated

import typer

from cloud.cli import client, session, show
from cloud.cli.client import Hub
from cloud.cli.session import DEFAULT_HUB, Session
from sync.errors import PrilavokError

HUB_OWNER = "@hub"


def login(
    operator: Annotated[str, typer.Argument(help="Your name as an operator.")] = "admin",
    hub: Annotated[str, typer.Option(help="The hub's address.", envvar="PRILAVOK_API")] = DEFAULT_HUB,
    tenant: Annotated[
        str | None, typer.Option(help="The tenant you belong to; none: you are an admin of the hub itself.")
    ] = None,
    password_stdin: Annotated[bool, typer.Option(help="Read the password from standard input.")] = False,
    days: Annotated[float, typer.Option(help="For how long.", min=0.01, max=400)] = 1,
    as_json: show.Json = False,
) -> None:
    """Log in to a hub; the token is kept for further commands."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = typer.prompt(f"Password of {operator}", hide_input=True)
    owner = tenant or HUB_OWNER
    nobody = Session(hub=hub.rstrip("/"), token="", owner=owner)
    asked = {
        "owner": owner,
        "operator": operator,
        "password": password,
        "title": f"login from {socket.gethostname()}"[:200],
        "ttl_s": int(days * 86_400),
    }
    made = Hub(nobody).post("/login", asked).body
    kept = Session(hub=nobody.hub, token=made["token"], owner=owner, operator=operator, tenant=tenant)
    session.save(kept)
    if as_json:
        show.data({"owner": owner, "operator": operator, "expires_at": made["line"]["expires_at"]})
        return
    typer.echo(
        f"Logged in as {operator} ({made['line']['role']} of {owner}) until {made['line']['expires_at']}."
    )


def logout() -> None:
    """End the token that is kept, at the hub and here."""
    try:
        client.opened().post("/logout", {})
    except PrilavokError as error:
        session.forget()
        typer.echo(f"Forgotten here. The hub was not told: {error.message}")
        return
    session.forget()
    typer.echo("Logged out.")


def whoami(as_json: show.Json = False) -> None:
    """Who the hub takes you for."""
    hub = client.opened()
    me = {"hub": hub.login.hub, **hub.get("/me").body}
    show.data(me) if as_json else show.fields(me)


COMMANDS = {"login": login, "logout": logout, "whoami": whoami}
