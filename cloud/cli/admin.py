"""`prilavok hub admin` and `hub broker`: what is done on the hub's own machine, with no token."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cloud.cli import hub, show
from cloud.cli.hub import Data, File
from cloud.settings import Settings
from sync.errors import Refused, Unavailable


@hub.app.command()
def admin(
    name: Annotated[str, typer.Argument(help="The admin's name.")] = "admin",
    password_stdin: Annotated[bool, typer.Option(help="Read the password from standard input.")] = False,
    settings: File = None,
    data_dir: Data = None,
    as_json: show.Json = False,
) -> None:
    """Make an admin of the hub, or give one a new password. Needs the hub's database, no token."""
    from cloud import postgres
    from cloud.account import service

    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = typer.prompt(f"New password of {name}", hide_input=True, confirmation_prompt=True)
    with postgres.open_pool(Settings.load(settings, data_dir=data_dir), "app") as pool:
        line = service.bootstrap(pool, name, password)
    if as_json:
        show.data(line)
        return
    typer.echo(f"{name} is an admin of this hub. Next: prilavok login {name}")


@hub.app.command()
def broker(
    out: Annotated[Path, typer.Argument(help="The plugin's file to write (plugin_opt_config_file).")],
    settings: File = None,
    data_dir: Data = None,
) -> None:
    """Write the accounts file of a new Mosquitto with dynamic security: the hub's account and no other."""
    from cloud.fleet.broker import dynsec

    found = Settings.load(settings, data_dir=data_dir)
    if found.broker_username is None or found.broker_password is None:
        raise Refused(
            "The hub has no account at the broker.",
            code="broker.nobody",
            hint="Set broker_username and broker_password_file first.",
        )
    password = found.broker_password.get_secret_value()
    text = json.dumps(dynsec.initial(found.broker_username, password, os.urandom(12)), indent=1)
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text + "\n")
    except OSError as error:
        raise Unavailable(
            f"{out} cannot be written: {error.strerror}.",
            code="file.unwritable",
            hint="It must not be there yet: the broker keeps nodes' accounts in it.",
        ) from None
    typer.echo(f"{out} is written. Its owner has to be the broker's user.")
