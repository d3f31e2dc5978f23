"""`prilavok-edge catalog`: bring providers in, look them over, take them out again.

Exit codes: 0 done (bad lines are reported and left out), 1 refused or failed, 2 wrong usage.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table

from edge.catalog import repair as mending
from edge.catalog import service
from edge.catalog.apply import Rules
from edge.catalog.index import Index
from edge.catalog.service import Origin
from edge.catalog.source import STDIN
from edge.catalog.store import Catalog, open_catalog
from edge.catalog.taxonomy import Taxonomy
from edge.database import held
from edge.search.text_index import TextIndex
from edge.settings import Settings
from sync.errors import PrilavokError, Refused
from sync.interchange.entry import Report
from sync.interchange.form import FORMS, Form
from sync.provider import Market

app = typer.Typer(
    name="catalog", help="The catalogue: import, check, export, stats, repair.", no_args_is_help=True
)

SHOWN = 20

Source = Annotated[
    Path, typer.Argument(help='A file (also .gz), or "-" for standard input.', show_default=False)
]
FormOption = Annotated[
    str | None, typer.Option("--format", help=f"One of {', '.join(FORMS)}; guessed if not given.")
]
MarketOption = Annotated[Path | None, typer.Option("--market", help="The market document to store as well.")]
MappingOption = Annotated[Path | None, typer.Option(help="For CSV: which column is which field (TOML).")]
LanguageOption = Annotated[str | None, typer.Option(help="Language of texts that name none.")]
CityOption = Annotated[str | None, typer.Option(help="City of providers that name none.")]
CategoryOption = Annotated[str | None, typer.Option(help="Category of providers that name none.")]
CountryOption = Annotated[
    str | None, typer.Option(help="ISO 3166-1 country, for the order of house numbers.")
]
DataDir = Annotated[Path | None, typer.Option(help="The node's data folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _catalog(data_dir: Path | None) -> tuple[Catalog, Taxonomy]:
    taxonomy = Taxonomy.load()
    settings = Settings.load(data_dir=data_dir)
    return open_catalog(settings.data_dir, _indexes(taxonomy)), taxonomy


def _indexes(taxonomy: Taxonomy) -> tuple[Index, ...]:
    return (TextIndex(taxonomy),)


@app.command("import")
def import_(
    path: Source,
    market: MarketOption = None,
    form: FormOption = None,
    mapping: MappingOption = None,
    language: LanguageOption = None,
    city: CityOption = None,
    category: CategoryOption = None,
    country: CountryOption = None,
    replace: Annotated[bool, typer.Option("--replace", help="Delete what the source does not have.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="One bad line refuses all.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change; change nothing.")
    ] = False,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Import providers, all in one step or none. Bad lines are left out and reported."""
    origin = Origin(path, _form(form), mapping, language, city, category, country)
    catalog, taxonomy = _catalog(data_dir)
    rules = Rules(strict=strict, replace=replace, dry_run=dry_run)
    with _progress(path, "Importing", quiet=json) as taken:
        report = service.import_from(catalog, taxonomy, origin, rules, market, taken)
    _show(report, "" if report.applied else "would be ", json)
    if strict and report.refused and not dry_run:
        raise Refused(
            f"{report.refused} bad lines, so nothing was imported.",
            code="catalog.strict",
            hint="Correct them, or import without --strict to leave them out.",
        )


@app.command()
def check(
    path: Annotated[
        Path | None, typer.Argument(help="A source to look over; none: the stored catalogue.")
    ] = None,
    market: MarketOption = None,
    form: FormOption = None,
    mapping: MappingOption = None,
    language: LanguageOption = None,
    city: CityOption = None,
    category: CategoryOption = None,
    country: CountryOption = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Look a source over, or the stored catalogue for damage. Exit code 1 for any fault."""
    if path is None:
        _check_stored(data_dir, json)
        return
    origin = Origin(path, _form(form), mapping, language, city, category, country)
    beside = service.read_market(market) if market is not None else Market(id="market")
    with _progress(path, "Checking", quiet=json) as taken:
        report = service.check(Taxonomy.load(), origin, beside, taken)
    _show(report, "would be ", json)
    if report.refused:
        raise typer.Exit(1)


@app.command()
def export(
    path: Annotated[Path, typer.Argument(help='The file to write, or "-".')] = Path(STDIN),
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Write every provider as JSON Lines, sorted by id, unknown fields included."""
    catalog, _ = _catalog(data_dir)
    count = service.export(catalog, path)
    if str(path) != STDIN:
        _print({"providers": count, "path": str(path)}, f"{count:,} providers written to {path}", json)


@app.command()
def stats(data_dir: DataDir = None, json: Json = False) -> None:
    """Count what the catalogue holds."""
    catalog, taxonomy = _catalog(data_dir)
    found = service.stats(catalog)
    if json:
        _print(asdict(found), "", True)
        return
    labels = taxonomy.with_market(catalog.market())
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_row("providers", f"{found.providers:,}")
    table.add_row("version", f"{found.version} ({found.changed_at or 'never changed'})")
    table.add_row("market", found.market)
    table.add_row("size", f"{found.size_bytes / 1e6:.1f} MB")
    kinds = {f"{labels.label(id, 'en')} ({id})": count for id, count in found.categories.items()}
    groups = (("categories", kinds), ("cities", found.cities), ("texts in", found.languages))
    for name, counts in (*groups, ("attributes", found.attributes)):
        table.add_row(name, _top(counts))
    Console().print(table)


@app.command()
def repair(data_dir: DataDir = None, json: Json = False) -> None:
    """Mend a damaged catalogue, saving every provider that can be read. Stop the node first."""
    settings = Settings.load(data_dir=data_dir)
    with held(settings.data_dir):
        done = mending.repair(settings.data_dir, _indexes(Taxonomy.load()))
    line = f"{done.providers:,} providers kept, {done.lost:,} lost."
    if done.moved_to is not None:
        line += f" The damaged file is {done.moved_to}."
    moved = str(done.moved_to) if done.moved_to else None
    _print({"providers": done.providers, "lost": done.lost, "moved_to": moved}, line, json)


def _check_stored(data_dir: Path | None, json: bool) -> None:
    fault: str | None
    try:
        catalog, _ = _catalog(data_dir)
        fault = catalog.database.damage()
        for _, _ in catalog.providers():
            pass
    except PrilavokError as error:
        fault = error.message
    _print({"sound": fault is None, "fault": fault}, fault or "The stored catalogue is sound.", json)
    if fault is not None:
        raise typer.Exit(1)


def _form(name: str | None) -> Form | None:
    if name is None:
        return None
    for form in FORMS:
        if form == name:
            return form
    raise typer.BadParameter(f"{name!r} is none of {', '.join(FORMS)}")


@contextmanager
def _progress(path: Path, title: str, *, quiet: bool) -> Iterator[Callable[[int], None] | None]:
    """A bar over the bytes of the source, on a terminal only."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield None
        return
    total = path.stat().st_size if path.is_file() else None
    columns = (TextColumn(title), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Bars(*columns, console=console, transient=True) as bars:
        task = bars.add_task(title, total=total)
        yield lambda count: bars.update(task, completed=count)


def _show(report: Report, mood: str, json: bool) -> None:
    if json:
        _print(asdict(report), "", True)
        return
    for problem in report.problems[:SHOWN]:
        who = f" ({problem.id})" if problem.id else ""
        kind = "left out" if problem.refused else "note"
        print(f"{problem.number}{who}: {kind}: {problem.reason}", file=sys.stderr)
    if (more := report.refused + report.doubtful - SHOWN) > 0:
        print(f"and {more} more; --json lists the first 1,000", file=sys.stderr)
    counts = (
        (report.added, "added"),
        (report.changed, "changed"),
        (report.unchanged, "unchanged"),
        (report.deleted, "deleted"),
        (report.refused, "left out"),
        (report.passed_over, "no providers"),
    )
    said = ", ".join(f"{count:,} {mood}{what}" for count, what in counts if count) or "nothing there"
    tail = f"; version {report.version}, {report.seconds:.1f} s" if report.applied else ""
    typer.echo(f"{said}{tail}.")


def _top(counts: dict[str, int]) -> str:
    shown = [f"{name} {count:,}" for name, count in sorted(counts.items(), key=lambda pair: -pair[1])[:12]]
    rest = len(counts) - len(shown)
    return ", ".join(shown) + (f", and {rest} more" if rest > 0 else "") if shown else "none"


def _print(value: dict[str, Any], line: str, json: bool) -> None:
    typer.echo(msgspec.json.encode(value).decode() if json else line)
