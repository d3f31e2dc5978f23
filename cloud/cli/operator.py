"""`prilavok operator …` and `prilavok audit`: who may do what in a tenant, and who did."""

import sys
from typing import Annotated

import typer

from cloud.cli import client, show

app = typer.Typer(help="Operators of a tenant: list, add, edit.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The operator's name.")]
PasswordStdin = Annotated[bool, typer.Option(help="Read the password from standard input.")]


@app.command("list")
def list_operators(tenant: show.Tenant = None, as_json: show.Json = False) -> None:
    """The tenant's operators; `--tenant @hub`: the hub's own admins."""
    hub = client.opened(tenant)
    found = list(hub.pages(hub.path("/operators")))
    if as_json:
        show.data(found)
        return
    rows = [show.chosen(each, "operator", "role", "enabled", "created_at") for each in found]
    show.table(("operator", "role", "enabled", "since"), rows, "There is no operator yet.")


@app.command()
def add(
    name: Name,
    role: Annotated[str, typer.Option(help="analyst, operator or admin.")] = "operator",
    password_stdin: PasswordStdin = False,
    tenant: show.Tenant = None,
    as_json: show.Json = False,
) -> None:
    """Add an operator."""
    hub = client.opened(tenant)
    wanted = {"operator": name, "role": role, "password": _password(name, password_stdin)}
    made = hub.post(hub.path("/operators"), wanted).body
    show.data(made) if as_json else typer.echo(f"{name} is {role} now: prilavok login {name} --tenant …")


@app.command()
def edit(
    name: Name,
    role: Annotated[str | None, typer.Option(help="analyst, operator or admin.")] = None,
    enabled: Annotated[bool | None, typer.Option("--enable/--disable", help="May log in, or not.")] = None,
    password: Annotated[bool, typer.Option("--password", help="Set a new password.")] = False,
    password_stdin: PasswordStdin = False,
    tenant: show.Tenant = None,
    as_json: show.Json = False,
) -> None:
    """Change an operator. A new password, or --disable, ends all their tokens."""
    hub = client.opened(tenant)
    path = hub.path(f"/operators/{name}")
    read = hub.get(path)
    secret = _password(name, password_stdin) if password or password_stdin else None
    change = {"role": role, "enabled": enabled, "password": secret}
    line = hub.edit("PATCH", path, change, read.tag).body
    if as_json:
        show.data(line)
        return
    typer.echo(f"{name} is {line['role']}{'' if line['enabled'] else ', shut out'}.")


def _password(name: str, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(typer.prompt(f"Password for {name}", hide_input=True, confirmation_prompt=True))


def audit(
    subject: Annotated[str | None, typer.Argument(help="Such as node/kiosk-1; nothing: all.")] = None,
    most: Annotated[int, typer.Option("--most", help="At most so many lines.", min=1, max=100_000)] = 50,
    tenant: show.Tenant = None,
    as_json: show.Json = False,
) -> None:
    """Who changed what, newest first."""
    hub = client.opened(tenant)
    pages = hub.pages(hub.path("/audit"), {"subject": subject, "limit": min(most, 200)}, cursor="below")
    found = [line for line, _ in zip(pages, range(most), strict=False)]
    if as_json:
        show.data(found)
        return
    rows = [[*show.chosen(each, "at", "actor", "action", "subject"), show.changed(each)] for each in found]
    show.table(("when", "who", "what", "of", "changed"), rows, "Nothing was changed yet.")


COMMANDS = {"audit": audit}
