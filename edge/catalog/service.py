"""What the command line and the node do with a catalogue: import, check, export, count.

One call each; opens files, writes no table itself. Printing is not here; mending is in `repair`.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from edge.catalog import source
from edge.catalog.apply import Rules
from edge.catalog.source import STDIN
from edge.catalog.store import Catalog
from edge.catalog.taxonomy import Taxonomy
from sync.errors import Missing, Refused, Unavailable
from sync.interchange.doubt import doubted
from sync.interchange.entry import Deletion, Entries, Problem, Rejected, Report, Upsert
from sync.interchange.form import HEAD_BYTES, Form, sniff
from sync.interchange.form import entries as read_entries
from sync.interchange.market import market_given
from sync.interchange.reader.context import Context
from sync.interchange.reader.mapping import load
from sync.provider import Market

MARKET_LIMIT_BYTES = 16 * 1024 * 1024
MAPPING_LIMIT_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Origin:
    """What is to be read, and how. `form` None looks at the file's name and first bytes."""

    path: Path
    form: Form | None = None
    mapping: Path | None = None
    language: str | None = None
    city: str | None = None
    category: str | None = None
    country: str | None = None


@dataclass(frozen=True)
class Stats:
    """The catalogue in numbers; counts are of providers."""

    version: int
    changed_at: str | None
    market: str
    providers: int
    size_bytes: int
    categories: dict[str, int] = field(default_factory=dict)
    cities: dict[str, int] = field(default_factory=dict)
    languages: dict[str, int] = field(default_factory=dict)
    attributes: dict[str, int] = field(default_factory=dict)


def import_from(
    catalog: Catalog,
    taxonomy: Taxonomy,
    origin: Origin,
    rules: Rules = Rules(),
    market_file: Path | None = None,
    taken: Callable[[int], None] | None = None,
) -> Report:
    """Imports a source, and the market beside it, in one transaction. `taken` hears bytes read."""
    market = read_market(market_file) if market_file is not None else catalog.market()
    with _entries(origin, taxonomy.with_market(market), market, taken) as entries:
        return catalog.apply(entries, rules, market=market if market_file is not None else None)


def check(
    taxonomy: Taxonomy, origin: Origin, market: Market, taken: Callable[[int], None] | None = None
) -> Report:
    """Reads a source and reports its faults and doubts; touches no catalogue. `added` counts good lines."""
    report = Report()
    with _entries(origin, taxonomy.with_market(market), market, taken) as entries:
        for entry in entries:
            match entry:
                case Upsert():
                    report.added += 1
                    for reason in entry.notes:
                        report.note(Problem(entry.number, reason, refused=False, id=entry.provider.id))
                case Deletion():
                    report.deleted += 1
                case Rejected():
                    report.note(Problem(entry.number, "; ".join(entry.reasons), refused=True, id=entry.id))
                case _:
                    report.passed_over += 1
    return report


def export(catalog: Catalog, path: Path) -> int:
    """Writes every provider of one moment as JSON Lines, by id; whole or not at all. Gives how many."""
    with _written(path) as out:
        count = 0
        for document in catalog.documents():
            out.write(document + b"\n")
            count += 1
    return count


def stats(catalog: Catalog) -> Stats:
    """The catalogue in numbers."""
    values = catalog.attribute_values()
    return Stats(
        version=catalog.version(),
        changed_at=catalog.changed_at(),
        market=catalog.market().id,
        providers=catalog.count(),
        size_bytes=catalog.database.path.stat().st_size,
        categories=catalog.category_counts(),
        cities=dict(catalog.cities()),
        languages=catalog.languages(),
        attributes={key: sum(counts.values()) for key, counts in values.items()},
    )


def read_market(path: Path) -> Market:
    """The market document in a file."""
    return market_given(_small(path, MARKET_LIMIT_BYTES))


@contextmanager
def _entries(
    origin: Origin, taxonomy: Taxonomy, market: Market, taken: Callable[[int], None] | None
) -> Iterator[Entries]:
    """The entries of a source with their doubts noted, while the file is open."""
    mapping = load(_small(origin.mapping, MAPPING_LIMIT_BYTES)) if origin.mapping is not None else None
    context = Context(
        taxonomy=taxonomy,
        language=origin.language or next(iter(market.languages), "en"),
        city=origin.city,
        category=origin.category,
        country=origin.country or market.country,
    )
    with source.opened(origin.path, taken) as stream:
        chosen = origin.form or sniff(origin.path.name, stream.peek(HEAD_BYTES))
        yield doubted(read_entries(stream, chosen, context, mapping), taxonomy)


@contextmanager
def _written(path: Path) -> Iterator[BinaryIO]:
    """A file that takes its name only when all of it is on the disk; "-" is standard output."""
    if str(path) == STDIN:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    partial = path.with_name(f".{path.name}.partial")
    try:
        with open(partial, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.replace(partial, path)
        _sync_folder(path.parent)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise Unavailable(
            f"cannot write {path}: {error.strerror}.",
            code="export.failed",
            hint="Check the folder, its rights and the free space, then try again.",
        ) from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _small(path: Path, limit_bytes: int) -> bytes:
    """The bytes of a file that is read whole."""
    try:
        with open(path, "rb") as file:
            data = file.read(limit_bytes + 1)
    except OSError as error:
        raise Missing(
            f"cannot read {path}: {error.strerror}.",
            code="source.missing",
            hint="Check the path and its rights.",
        ) from error
    if len(data) > limit_bytes:
        raise Refused(
            f"{path} is longer than {limit_bytes} bytes.",
            code="source.too_long",
            hint="Is it the right file?",
        )
    return data
