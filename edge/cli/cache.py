"""`prilavok-edge cache`: how much is kept of what the model has phrased, and forgetting it."""

from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from edge.answer.cache.choice import opener
from edge.answer.cache.entry import Limits, Store
from edge.cli import client
from edge.settings import Settings

app = typer.Typer(name="cache", help="Kept answers: stats, clear.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
LOOKUPS = "prilavok_answer_cache_total"


@app.command()
def stats(json: Json = False) -> None:
    """Count kept answers, and what the running node found and missed since it started."""
    settings = Settings.load()
    store = _store(settings)
    size = store.size()
    store.close()
    url = client.address(settings)
    found: dict[str, Any] = {
        "on": settings.answer_cache,
        "where": store.where,
        "answers": size.entries,
        "bytes": size.bytes,
        "limit_bytes": settings.answer_cache_bytes,
        "ttl_s": settings.answer_cache_ttl_s,
        "lookups": {name: int(n) for name, n in client.counters(url, LOOKUPS).items()} if url else None,
    }
    if json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_row("kept", f"{size.entries:,} answers" + ("" if settings.answer_cache else " (not used: off)"))
    table.add_row("size", f"{size.bytes / 1e6:.2f} of {settings.answer_cache_bytes / 1e6:.1f} MB")
    table.add_row("where", escape(store.where))
    lookups = found["lookups"]
    said = "no node is running" if lookups is None else ", ".join(f"{n} {k}" for k, n in lookups.items())
    table.add_row("lookups", said or "none yet")
    Console().print(table)


@app.command()
def clear(json: Json = False) -> None:
    """Forget every kept answer, also from the disk; the node may be running."""
    store = _store(Settings.load())
    count = store.clear()
    store.close()
    typer.echo(
        msgspec.json.encode({"forgotten": count}).decode() if json else f"{count:,} answers forgotten."
    )


def _store(settings: Settings) -> Store:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    url = settings.answer_cache_redis_url
    limits = Limits(settings.answer_cache_bytes, settings.answer_cache_ttl_s)
    return opener(settings.data_dir, limits, url.get_secret_value() if url else None)(False)
