"""`prilavok-edge models`: what models there are; getting, checking and timing them; adding one's own."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from edge.settings import Settings
from models.addition import add as append
from models.addition import describe, local_file, registry_file, remote_file
from models.choice import remembered
from models.fetch import Fetcher, Progress, Pulled
from models.registry import Model, Registry, Role
from models.shelf import Shelf
from sync.errors import Refused

app = typer.Typer(name="models", help="Models: list, pull, verify, bench, add.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Names = Annotated[list[str] | None, typer.Argument(help="Registry names; none: the models this node uses.")]


def _shelf() -> tuple[Settings, Registry, Shelf, Path]:
    settings = Settings.load()
    extra = registry_file(settings.models_dir, settings.registry)
    return settings, Registry.load(extra), Shelf(settings.models_dir), extra


def used(settings: Settings, registry: Registry) -> list[Model]:
    """The generator and the embedding model this node is set to use ("none" leaves one out)."""
    roles: tuple[tuple[Role, str], ...] = (
        ("generator", settings.generator),
        ("embedding", settings.embedding),
    )
    return [
        registry.default(role) if name == "auto" else registry.get(name)
        for role, name in roles
        if name != "none"
    ]


def _named(names: list[str] | None, settings: Settings, registry: Registry) -> list[Model]:
    return [registry.get(name) for name in names] if names else used(settings, registry)


def _print_json(value: object) -> None:
    typer.echo(msgspec.json.encode(value).decode())


@app.command("list")
def show(
    role: Annotated[str | None, typer.Option(help="Only generator, embedding, language or weights.")] = None,
    json: Json = False,
) -> None:
    """List the models of the registry, and which of them are here."""
    settings, registry, shelf, _ = _shelf()
    in_use = {model.name for model in used(settings, registry)}
    rows = [_row(model, shelf, model.name in in_use) for model in registry if role in (None, model.role)]
    if json:
        _print_json(rows)
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("model", "role", "MB", "here", "languages"):
        table.add_column(
            heading, justify="right" if heading == "MB" else "left", no_wrap=heading != "languages"
        )
    for row in rows:
        name = f"{row['name']} *" if row["used"] else row["name"]
        here = "yes" if row["here"] else "no"
        table.add_row(name, row["role"], f"{row['size_bytes'] / 1e6:.1f}", here, " ".join(row["languages"]))
    console = Console()
    console.print(table)
    console.print(f"* used by this node. Folder: {shelf.folder}")


def _row(model: Model, shelf: Shelf, in_use: bool) -> dict[str, Any]:
    choice = remembered(model, shelf.place(model)) if model.role == "generator" else None
    return {
        "name": model.name,
        "role": model.role,
        "licence": model.licence,
        "languages": list(model.languages),
        "modes": model.modes,
        "size_bytes": model.size_bytes,
        "here": shelf.complete(model),
        "used": in_use,
        "folder": str(shelf.place(model)),
        "file": choice.file if choice else None,
    }


@app.command()
def pull(
    names: Names = None,
    folder: Annotated[
        Path | None, typer.Option("--from", help="A folder or USB stick to look at first.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Add and pull the file at this URL.")] = None,
    sha256: Annotated[str | None, typer.Option(help="With --url: what the file must hash to.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Never dial: folders only.")] = False,
    tune: Annotated[bool, typer.Option(help="Re-quantise generators for this processor.")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what is missing, fetch nothing.")] = False,
    json: Json = False,
) -> None:
    """Fetch models; what is here and whole is left alone."""
    settings, registry, shelf, extra = _shelf()
    if url:
        registry, names = _added_from(url, sha256, extra, registry), [_name_of(url)]
    models = _named(names, settings, registry)
    if dry_run:
        missing = [model for model in models if not shelf.complete(model)]
        _say_pulled([Pulled(m.name, f.path, "would be fetched") for m in missing for f in m.files], json)
        return
    with _bars(json) as bars:
        tell = _teller(bars)
        fetcher = Fetcher(shelf, offline=offline or settings.offline, folder=folder, tell=tell)
        pulled = [item for model in models for item in fetcher.pull(model)]
    if tune:
        for model in models:
            _tune(model, shelf, settings.threads, quiet=json)
    _say_pulled(pulled, json)


def _added_from(url: str, sha256: str | None, extra: Path, registry: Registry) -> Registry:
    if not sha256:
        raise Refused(
            "--url needs --sha256.", code="models.entry", hint="Take the hash from the publisher's page."
        )
    if _name_of(url) not in registry:
        append(describe(_name_of(url), (remote_file(url, sha256),)), extra)
    return Registry.load(extra)


def _name_of(url: str) -> str:
    return remote_file(url, "0" * 64).path.removesuffix(".gguf").lower()


def _tune(model: Model, shelf: Shelf, threads: int, *, quiet: bool) -> None:
    if model.role != "generator" or remembered(model, shelf.place(model)):
        return
    from models.convert import choose

    choice = choose(model, shelf, threads=threads, tell=lambda text: _note(f"{model.name}: {text}", quiet))
    _note(f"{model.name}: {choice.chosen.kind} is the fastest here", quiet)


def _say_pulled(pulled: list[Pulled], json: bool) -> None:
    if json:
        _print_json(pulled)
        return
    for item in pulled:
        typer.echo(f"{item.model}: {item.file}: {item.source or 'here already'}")


@app.command()
def verify(names: Names = None, json: Json = False) -> None:
    """Hash every file of models against the registry. Ends with status 1 where one is missing or corrupt."""
    settings, registry, shelf, _ = _shelf()
    models = _named(names, settings, registry)
    found = [
        {"model": model.name, "file": file.path, "condition": shelf.condition(model, file, thorough=True)}
        for model in models
        for file in model.files
    ]
    if json:
        _print_json(found)
    for row in found if not json else []:
        typer.echo(f"{row['model']}: {row['file']}: {row['condition']}")
    if any(row["condition"] != "intact" for row in found):
        _note("Run `prilavok-edge models pull` to mend it.", json)
        raise typer.Exit(1)


@app.command()
def bench(
    names: Names = None,
    threads: Annotated[int, typer.Option(min=0, help="Threads; 0: one a physical core.")] = 0,
    json: Json = False,
) -> None:
    """Time models here. A generator is timed in every quantisation, and the fastest is kept."""
    from models.evaluate import time_embedding

    settings, registry, shelf, _ = _shelf()
    report: list[dict[str, Any]] = []
    for model in _named(names, settings, registry):
        if model.role == "generator":
            report.append(_bench_generator(model, shelf, threads or settings.threads, json))
        elif model.role == "embedding":
            timing = time_embedding(model, shelf.require(model), threads or 1)
            report.append({"model": model.name, "embedding": msgspec.to_builtins(timing)})
    if json:
        _print_json(report)
        return
    for entry in report:
        _print_timing(entry)


def _bench_generator(model: Model, shelf: Shelf, threads: int, quiet: bool) -> dict[str, Any]:
    from models.convert import choose

    choice = choose(model, shelf, threads=threads, tell=lambda text: _note(f"{model.name}: {text}", quiet))
    return {"model": model.name, "choice": msgspec.to_builtins(choice)}


def _print_timing(entry: dict[str, Any]) -> None:
    console = Console()
    if "embedding" in entry:
        timing = entry["embedding"]
        console.print(
            f"{entry['model']}: {timing['query_ms']:.2f} ms a query, "
            f"{timing['passage_ms']:.2f} ms a passage, {timing['load_ms']:.0f} ms to load"
        )
        return
    table = Table(box=None, pad_edge=False, title=entry["model"], title_justify="left")
    for heading in ("kind", "MB", "prefill tokens/s", "decode tokens/s", "answer ms", "agreement", ""):
        table.add_column(heading, justify="left" if heading in ("kind", "") else "right")
    for timing in entry["choice"]["timings"]:
        figures = [
            f"{timing[key]:.0f}" for key in ("prefill_tokens_per_s", "decode_tokens_per_s", "answer_ms")
        ]
        figures.append(f"{timing['agreement']:.2f}")
        kept = "kept" if timing["file"] == entry["choice"]["file"] else ""
        table.add_row(timing["kind"], f"{timing['size_bytes'] / 1e6:.1f}", *figures, kept)
    console.print(table)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="A name for it: a-z 0-9 . _ -")],
    file: Annotated[list[Path] | None, typer.Option(help="A file here; hashed. May be repeated.")] = None,
    url: Annotated[str | None, typer.Option(help="Where it can be had.")] = None,
    sha256: Annotated[str | None, typer.Option(help="With --url: what it must hash to.")] = None,
    size_bytes: Annotated[int | None, typer.Option(min=1, help="With --url: its size, if known.")] = None,
    role: Annotated[Role, typer.Option(help="generator, embedding, language or weights.")] = "generator",
    licence: Annotated[str, typer.Option(help="SPDX identifier.")] = "unknown",
    mode: Annotated[list[str] | None, typer.Option(help="LANGUAGE=MODE, such as en=phrase.")] = None,
    dimension: Annotated[int | None, typer.Option(min=1, help="Of an embedding model's vectors.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check, write nothing.")] = False,
    json: Json = False,
) -> None:
    """Add a model to this node's registry. Does not fetch it: `models pull NAME` does."""
    _, _, _, extra = _shelf()
    files = [local_file(path) for path in file or []]
    if url:
        files.append(remote_file(url, sha256 or "", size_bytes))
    pairs = dict(text.partition("=")[::2] for text in mode or [])
    model = describe(name, tuple(files), role=role, licence=licence, modes=pairs, dimension=dimension)
    if not dry_run:
        append(model, extra)
    if json:
        _print_json(model)
    else:
        typer.echo(f"{name} {'can be' if dry_run else 'is'} added to {extra}.")


def _note(text: str, quiet: bool) -> None:
    if not quiet:
        typer.echo(text, err=True)


def _bars(quiet: bool) -> Bars:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    console = Console(stderr=True)
    return Bars(*columns, console=console, disable=quiet or not sys.stderr.isatty(), transient=True)


def _teller(bars: Bars) -> Callable[[Progress], None]:
    tasks: dict[tuple[str, str], Any] = {}

    def tell(progress: Progress) -> None:
        key = progress.model, progress.file
        if key not in tasks:
            tasks[key] = bars.add_task(f"{progress.model}: {progress.file}", total=progress.total_bytes)
        bars.update(tasks[key], completed=progress.done_bytes, total=progress.total_bytes)

    return tell
