"""How commands print: a table for people, JSON for programs; and how they ask before they break something."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from sync.errors import Refused

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Tenant = Annotated[str | None, typer.Option(help="The tenant it is about.", envvar="PRILAVOK_TENANT")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def data(value: object) -> None:
    """JSON on a line of its own."""
    typer.echo(msgspec.json.encode(value).decode())


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], nothing: str) -> None:
    """Rows under columns; `nothing` is said where there are none."""
    if not rows:
        typer.echo(nothing)
        return
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(escape(_text(value)) for value in row))
    console().print(made)


def fields(pairs: Mapping[str, object]) -> None:
    """One thing, a field a line."""
    made = Table(box=None, pad_edge=False, show_header=False)
    for name, value in pairs.items():
        made.add_row(f"[bold]{escape(name)}[/bold]", escape(_text(value)))
    console().print(made)


def console() -> Console:
    """Where people look; as wide as it is, and never cut where it is no terminal."""
    wide = None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "200"))
    return Console(width=wide, highlight=False)


def progress_console() -> Console:
    """Where bars show, beside what a program reads."""
    return Console(stderr=True, no_color=bool(os.environ.get("NO_COLOR")))


def sure(question: str, yes: bool) -> None:
    """Asks, on a terminal; elsewhere Refused without --yes."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused(f"{question} Nobody is there to ask.", code="confirm.needed", hint="Say --yes.")
    typer.confirm(question, abort=True)


def would(what: str, request: object, as_json: bool) -> None:
    """What a dry run says."""
    if as_json:
        data({"dry_run": what, "request": request})
    else:
        typer.echo(f"would {what}: {msgspec.json.encode(request).decode()}")


@contextmanager
def waiting(what: str) -> Iterator[Callable[[str], None]]:
    """A sign of life on a terminal while something is waited for; what is said stands beside it."""
    line = Console(stderr=True)
    with line.status(escape(what)) as status:
        yield lambda said: status.update(escape(f"{what}: {said}"))


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int, str], None]]:
    """A bar on a terminal: so many of so many, and a word on it."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[said]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, said="")

        def say(done: int, total: int, said: str) -> None:
            bar.update(task, completed=done, total=total, said=said)

        yield say


def when(text: str | None) -> str:
    """How long ago, or until then: `3 h ago`, `in 7 d`."""
    if not text:
        return "–"
    seconds = (datetime.now(UTC) - datetime.fromisoformat(text)).total_seconds()
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        if abs(seconds) >= size:
            count = int(abs(seconds) // size)
            return f"{count} {unit} ago" if seconds > 0 else f"in {count} {unit}"
    return "now"


def _text(value: object) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value) or "–"
    return str(value)


def chosen(body: Mapping[str, Any], *names: str) -> list[object]:
    """Those fields of an answer, in order."""
    return [body.get(name) for name in names]


def changed(line: Mapping[str, Any]) -> str:
    """What differs between before and after, in a line of the audit log."""
    before, after = line.get("before") or {}, line.get("after") or {}
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    shown = [f"{name}: {after.get(name)}" for name in names if name != "revision"]
    return ", ".join(shown[:6])
