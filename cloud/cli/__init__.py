"""The commands of the hub and its operators: parsing, one call, one print. `prilavok --help` lists them.

Every module of this folder that has an `app` adds a group of commands under its own name, and one that has
`COMMANDS` adds single commands. Exit codes: 0 done · 1 found something wrong · 2 wrong usage · 3 missing ·
4 conflict · 5 refused · 6 unavailable, try later · 7 corrupt · 130 interrupted. What is slow to import is
imported when a command is called.
"""

import os
import pkgutil
import signal
import sys
from importlib import import_module
from typing import Annotated

import typer

from cloud import log, supervisor
from cloud.version import VERSION
from sync import failpoint
from sync.errors import Conflict, Corrupt, Missing, PrilavokError, Refused, Unavailable

EXITS: dict[type[PrilavokError], int] = {Missing: 3, Conflict: 4, Refused: 5, Unavailable: 6, Corrupt: 7}
INTERRUPTED = 130

app = typer.Typer(
    name="prilavok",
    help="The hub of a fleet of service counters, and its operator's commands.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 done, 1 found something wrong, 2 usage, 3 missing, 4 conflict, 5 refused,"
    " 6 unavailable, 7 corrupt, 130 interrupted.",
)


@app.callback()
def _start(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    """The hub of a fleet of service counters, and its operator's commands."""
    if version:
        typer.echo(VERSION)
        raise typer.Exit
    log.configure("warning")


def _add_all() -> None:
    for found in sorted(pkgutil.iter_modules(__path__), key=lambda each: each.name):
        if found.name.startswith("__"):
            continue
        module = import_module(f"{__name__}.{found.name}")
        group = getattr(module, "app", None)
        if isinstance(group, typer.Typer):
            app.add_typer(group, name=found.name.replace("_", "-"))
        for name, command in getattr(module, "COMMANDS", {}).items():
            app.command(name)(command)


_add_all()


def main() -> None:
    """Runs a command; an error of ours ends it with a line that says what to do next."""
    try:
        _arm()
        supervisor.follow_parent()
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


def _arm() -> None:
    """For fault tests: the process kills itself at the places that the environment names, comma between."""
    for plan in filter(None, os.environ.get(supervisor.FAILPOINT, "").split(",")):
        failpoint.arm(plan, lambda: os.kill(os.getpid(), signal.SIGKILL))


def _red() -> str | None:
    return "red" if sys.stderr.isatty() and not os.environ.get("NO_COLOR") else None
