"""`prilavok catalog …`: a market's catalogue on the hub: import, look, publish, go back."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO, cast

import msgspec
import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from cloud.cli import client, show
from cloud.cli.client import Hub
from sync.errors import Missing, Refused

app = typer.Typer(
    help="Catalogues: import, show, diff, publish, rollback, history, discard.", no_args_is_help=True
)
Market = Annotated[
    str | None, typer.Option(help="The market; not needed where there is one.", envvar="PRILAVOK_MARKET")
]
Note = Annotated[str, typer.Option(help="Why, for the history.")]
SHOWN = 20
PIPE = "-"


@app.command("import")
def take(
    file: Annotated[
        Path, typer.Argument(help="JSONL, CSV, JSON-LD, Overpass, GeoJSON; gzip or not; - is a pipe.")
    ],
    market: Market = None,
    document: Annotated[Path | None, typer.Option(help="The market's document (JSON).")] = None,
    format: Annotated[str | None, typer.Option(help="jsonl, csv, jsonld, overpass or geojson.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="Columns of a table (TOML).")] = None,
    language: Annotated[str | None, typer.Option(help="Of texts that name none.")] = None,
    city: Annotated[str | None, typer.Option(help="Where the source names none.")] = None,
    category: Annotated[str | None, typer.Option(help="Where the source names none.")] = None,
    country: Annotated[str | None, typer.Option(help="Where the source names none.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Keep nothing if one line is bad.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Delete what the source does not have.")] = False,
    tenant: show.Tenant = None,
    dry_run: show.DryRun = False,
    as_json: show.Json = False,
) -> None:
    """Import into the draft; bad lines are left out and reported. Exit code 1 when nothing was kept."""
    hub = client.opened(tenant)
    path = _catalog(hub, market)
    if document is not None and not dry_run:
        hub.edit("PUT", f"{path}/market", _document(document), None)
    query = {"form": format, "language": language, "city": city, "category": category, "country": country}
    rules = {"strict": str(strict).lower(), "replace": str(replace).lower(), "dry_run": str(dry_run).lower()}
    with ExitStack() as stack:
        files = {"file": (_name(file), stack.enter_context(_opened(file)))}
        if mapping is not None:
            files["mapping"] = (mapping.name, stack.enter_context(_opened(mapping)))
        report = hub.upload(f"{path}/import", files, {**query, **rules}).body
    show.data(report) if as_json else _tell(report, dry_run)
    raise typer.Exit(0 if report["applied"] or dry_run else 1)


@app.command("show")
def show_catalog(market: Market = None, tenant: show.Tenant = None, as_json: show.Json = False) -> None:
    """What is published, what nodes can have, what the draft changes."""
    hub = client.opened(tenant)
    found = hub.get(_catalog(hub, market)).body
    if as_json:
        show.data(found)
        return
    times = ("head_expires_at", "head_sent_at")
    show.fields({**found, **{name: show.when(found[name]) for name in times}})


@app.command()
def diff(
    old: Annotated[int | None, typer.Option("--from", help="From this version; 0 is nothing.")] = None,
    new: Annotated[int | None, typer.Option("--to", help="To this version.")] = None,
    market: Market = None,
    tenant: show.Tenant = None,
    as_json: show.Json = False,
) -> None:
    """What publishing the draft would change; or what led from one version to another."""
    hub = client.opened(tenant)
    path = _catalog(hub, market)
    found = list(hub.pages(f"{path}/diff", {"old": old, "new": new}))
    if as_json:
        show.data(found)
        return
    rows = [(each["kind"], each["id"], each["name"], each["fields"]) for each in found]
    show.table(("", "id", "name", "fields"), rows, "Nothing is different.")
    if found and old is None and new is None:
        typer.echo(f"{_counts(hub.get(path).body)} Next: prilavok catalog publish")


@app.command()
def publish(
    market: Market = None,
    note: Note = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Also when many providers go.")] = False,
    tenant: show.Tenant = None,
    dry_run: show.DryRun = False,
    as_json: show.Json = False,
) -> None:
    """Publish the draft as the next version. More than three in ten providers go only with --yes."""
    hub = client.opened(tenant)
    path = _catalog(hub, market)
    if dry_run:
        stands = hub.get(path).body
        if as_json:
            show.data(stands)
        else:
            typer.echo(f"would publish version {stands['version'] + 1}: {_counts(stands)}")
        return
    _made(hub.post(f"{path}/publish", {"note": note, "confirmed": yes}).body, as_json)


@app.command()
def rollback(
    version: Annotated[int, typer.Argument(help="The version whose content comes back.", min=1)],
    market: Market = None,
    note: Note = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Also when many providers go.")] = False,
    tenant: show.Tenant = None,
    dry_run: show.DryRun = False,
    as_json: show.Json = False,
) -> None:
    """Publish an old version's content as the next version; the draft stays."""
    hub = client.opened(tenant)
    path = _catalog(hub, market)
    if dry_run:
        now = hub.get(path).body["version"]
        found = list(hub.pages(f"{path}/diff", {"old": now, "new": version}))
        show.would(f"go back to version {version}", {"providers": len(found)}, as_json)
        return
    wanted = {"version": version, "note": note, "confirmed": yes}
    _made(hub.post(f"{path}/rollback", wanted).body, as_json)


@app.command()
def history(
    market: Market = None,
    limit: Annotated[int, typer.Option(help="How many versions.", min=1, max=200)] = 20,
    tenant: show.Tenant = None,
    as_json: show.Json = False,
) -> None:
    """Versions, the newest first: who published what, and whether nodes can have it."""
    hub = client.opened(tenant)
    found = hub.get(f"{_catalog(hub, market)}/versions", {"limit": limit}).body["items"]
    if as_json:
        show.data(found)
        return
    columns = ("version", "kind", "providers", "added", "changed", "deleted", "published_by")
    rows = [
        (*show.chosen(each, *columns), show.when(each["published_at"]), _state(each), each["note"])
        for each in found
    ]
    show.table((*columns, "when", "state", "note"), rows, "Nothing was published yet.")


@app.command()
def discard(
    market: Market = None, tenant: show.Tenant = None, yes: show.Yes = False, dry_run: show.DryRun = False
) -> None:
    """Throw the draft away; what is published stays."""
    hub = client.opened(tenant)
    path = _catalog(hub, market)
    stands = hub.get(path)
    if dry_run:
        typer.echo(f"would discard {_counts(stands.body)}")
        return
    show.sure(f"Discard {_counts(stands.body)}?", yes)
    hub.edit("DELETE", f"{path}/draft", None, stands.tag)
    typer.echo("The draft is what is published again.")


def _catalog(hub: Hub, market: str | None) -> str:
    """The path of a market's catalogue. Refused where it is not clear which one is meant."""
    if market is None:
        names = [each["market"] for each in hub.get(hub.path("/markets"), {"limit": 2}).body["items"]]
        if len(names) != 1:
            raise Refused(
                "Which market?" if names else "There is no market yet.",
                code="market.which",
                hint="Say --market NAME." if names else "Make one: prilavok market add NAME",
            )
        market = str(names[0])
    return hub.path(f"/markets/{market}/catalog")


def _name(file: Path) -> str:
    return "pipe" if str(file) == PIPE else file.name


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """A file that can be read again; a pipe is kept in a temporary one. A bar shows on a terminal."""
    if str(path) == PIPE:
        with tempfile.TemporaryFile() as kept:
            shutil.copyfileobj(sys.stdin.buffer, kept)
            kept.seek(0)
            yield cast(BinaryIO, kept)
        return
    try:
        file = open(path, "rb")  # noqa: SIM115 (closed below)
    except OSError as error:
        raise Missing(
            f"cannot read {path}: {error.strerror}.", code="source.missing", hint="Check the path."
        ) from None
    with file:
        if not sys.stderr.isatty():
            yield file
            return
        columns = (TextColumn(path.name), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        bars = Progress(*columns, console=show.progress_console(), transient=True)
        with bars, bars.wrap_file(file, total=path.stat().st_size) as watched:
            yield watched


def _document(path: Path) -> Any:
    with _opened(path) as file:
        data = file.read()
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(f"{path} is no JSON: {error}.", code="market.form", hint="Correct it.") from None


def _tell(report: dict[str, Any], dry_run: bool) -> None:
    for problem in report["problems"][:SHOWN]:
        who = f" ({problem['id']})" if problem["id"] else ""
        verdict = "left out: " if problem["refused"] else ""
        typer.echo(f"{problem['number']}{who}: {verdict}{problem['reason']}", err=True)
    more = report["refused"] + report["doubtful"] - SHOWN
    if more > 0:
        typer.echo(f"… and {more} more", err=True)
    counts = ", ".join(f"{report[name]} {name}" for name in ("added", "changed", "unchanged", "deleted"))
    said = f"{counts}, {report['refused']} left out; {report['seconds']} s."
    if not report["applied"]:
        typer.echo(f"Nothing was kept: would be {said}" if dry_run else f"Nothing was kept: {said}")
        return
    typer.echo(f"{said} Next: prilavok catalog diff")


def _counts(stands: dict[str, Any]) -> str:
    market = ", the market's document" if stands["draft_market"] else ""
    added, changed, deleted = (stands[f"draft_{name}"] for name in ("added", "changed", "deleted"))
    return f"{added} added, {changed} changed, {deleted} deleted of {stands['providers']}{market}."


def _made(line: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show.data(line)
        return
    counts = f"{line['added']} added, {line['changed']} changed, {line['deleted']} deleted"
    typer.echo(f"Version {line['version']}: {line['providers']} providers ({counts}). Nodes fetch it now.")


def _state(line: dict[str, Any]) -> str:
    if line["sent_at"]:
        return "announced"
    return "built" if line["built_at"] else "waits"
