"""The commands of a node: parsing, one call, one print. `prilavok-edge --help` lists them.

Exit codes: 0 done · 1 found something wrong · 2 wrong usage · 3 missing · 4 conflict · 5 refused ·
6 unavailable, try later · 7 corrupt · 130 interrupted. What a command does is in the package that it calls;
what is slow to import is imported when it is called.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from edge import log
from edge.cli import ask, cache, catalog, doctor, join, kiosk, model, serve, sync
from edge.version import VERSION
from sync.errors import Conflict, Corrupt, Missing, PrilavokError, Refused, Unavailable

EXITS: dict[type[PrilavokError], int] = {Missing: 3, Conflict: 4, Refused: 5, Unavailable: 6, Corrupt: 7}
INTERRUPTED = 130

app = typer.Typer(
    name="prilavok-edge",
    help="A service counter that answers from its catalogue, also with no network.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 done, 1 found something wrong, 2 usage, 3 missing, 4 conflict, 5 refused,"
    " 6 unavailable, 7 corrupt, 130 interrupted.",
)
app.command("serve")(serve.serve)
app.command("ask")(ask.ask)
app.command("search")(ask.search)
app.command("doctor")(doctor.doctor)
app.command("join")(join.join)
app.command("kiosk")(kiosk.kiosk)
app.add_typer(catalog.app, name="catalog")
app.add_typer(model.app, name="models")
app.add_typer(cache.app, name="cache")
app.add_typer(sync.app, name="sync")


@app.callback()
def common(
    settings: Annotated[
        Path | None, typer.Option(help="Settings file (TOML).", envvar="PRILAVOK_SETTINGS")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder of the node's data.", envvar="PRILAVOK_DATA_DIR")
    ] = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    """Options before the command hold for every command."""
    if version:
        typer.echo(VERSION)
        raise typer.Exit
    for name, value in (("PRILAVOK_SETTINGS", settings), ("PRILAVOK_DATA_DIR", data_dir)):
        if value is not None:
            os.environ[name] = str(value)
    log.configure("warning")


def main() -> None:
    """Runs a command; an error of ours ends it with a line that says what to do next."""
    try:
        app()
    except PrilavokError as error:
        typer.secho(error.message, fg=_red(), err=True)
        if error.hint:
            typer.echo(error.hint, err=True)
        sys.exit(next(code for kind, code in EXITS.items() if isinstance(error, kind)))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _red() -> str | None:
    return "red" if sys.stderr.isatty() and not os.environ.get("NO_COLOR") else None
