"""Imports and edits of a draft, by the readers and rules that a node imports with.

Reads a source that the caller opened; opens nothing itself. One call works in one transaction of the
caller's. Publishing is in `cloud.catalog.version`.
"""

import gzip
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import msgspec

from cloud.catalog import state
from cloud.catalog.draft import store
from cloud.catalog.draft.store import Incoming
from cloud.catalog.state import Author, Catalog
from cloud.postgres import Connection
from sync.content import canonical, line_digest
from sync.errors import Missing, Refused
from sync.interchange.document import parse
from sync.interchange.doubt import doubted
from sync.interchange.entry import SHOWN_LIMIT, Deletion, Entries, Passed, Problem, Rejected, Report, Upsert
from sync.interchange.form import HEAD_BYTES, Form, sniff, unpacked
from sync.interchange.form import entries as read_entries
from sync.interchange.market import market_given
from sync.interchange.reader.context import Context
from sync.interchange.reader.mapping import Mapping
from sync.provider import Market
from sync.taxonomy import Taxonomy

_decode_market = msgspec.json.Decoder(Market).decode


@dataclass(frozen=True)
class Source:
    """What is to be read: `name` and first bytes tell the form where none is given.

    `language`, `city`, `category`, `country` stand in where the source says none.
    """

    stream: BinaryIO
    name: str = ""
    form: Form | None = None
    mapping: Mapping | None = None
    language: str | None = None
    city: str | None = None
    category: str | None = None
    country: str | None = None


@dataclass(frozen=True)
class Rules:
    """`strict` keeps nothing for one bad line, `replace` deletes what is absent, `dry_run` keeps nothing."""

    strict: bool = False
    replace: bool = False
    dry_run: bool = False


class UndoneError(Exception):
    """Leaves the caller's transaction so that it is rolled back; carries what would have been done."""

    def __init__(self, report: Report) -> None:
        super().__init__("nothing is kept")
        self.report = report


def take(
    connection: Connection,
    catalog: Catalog,
    taxonomy: Taxonomy,
    source: Source,
    rules: Rules,
    author: Author,
) -> Report:
    """Imports a source into the draft of a locked catalogue.

    Raises UndoneError, for the caller to roll back, where the rules say that nothing is kept.
    """
    started = time.perf_counter()
    report = Report(version=catalog.version)
    seen = _Seen(report)
    store.take(connection, seen.through(_entries(catalog, taxonomy, source)))
    for number, id, earlier in store.given_twice(connection, SHOWN_LIMIT):
        reason = f"id: also given by number {earlier}; the later one counts"
        report.note(Problem(number, reason, refused=False, id=id))
    if rules.replace and seen.nameless:
        reason = "nothing was deleted: which providers the unreadable lines are is not known"
        report.note(Problem(seen.nameless, reason, refused=False))
    elif rules.replace:
        store.delete_absent(connection, catalog.market)
    merged = store.merge(connection, catalog.market, author)
    report.added, report.changed = merged.added, merged.changed
    report.unchanged, report.deleted = merged.unchanged, merged.deleted
    report.seconds = round(time.perf_counter() - started, 3)
    if rules.dry_run or (rules.strict and report.refused):
        raise UndoneError(report)
    if merged.added or merged.changed or merged.deleted:
        store.touch(connection, catalog.market)
    report.applied = True
    return report


def market_of(catalog: Catalog) -> Market:
    """The market's document as the draft has it."""
    return _decode_market(catalog.draft_document or catalog.document)


def set_market(connection: Connection, catalog: Catalog, document: bytes) -> None:
    """The market's document in the draft. Refused where it is none, or another market's."""
    market = market_given(document)
    if market.id != catalog.market:
        raise Refused(
            f"The document is of {market.id!r}, not of {catalog.market!r}.",
            code="market.other",
            hint="Its `id` is the market's name on the hub.",
        )
    fresh = canonical(msgspec.json.decode(document))
    store.set_document(connection, catalog.market, None if fresh == catalog.document else fresh)
    store.touch(connection, catalog.market)


def put(connection: Connection, catalog: Catalog, id: str, line: bytes, author: Author) -> bytes:
    """Adds or replaces one provider in the draft; gives the line as it is kept. Refused with every reason."""
    entry = parse(1, line)
    if isinstance(entry, Rejected):
        raise Refused("; ".join(entry.reasons) + ".", code="provider.invalid", hint="Correct what it names.")
    if not isinstance(entry, Upsert) or entry.provider.id != id:
        raise Refused(
            f"The line is not of {id!r}.", code="provider.other", hint="Its `id` is the one in the address."
        )
    store.take(connection, [_upsert(entry)])
    store.merge(connection, catalog.market, author)
    store.touch(connection, catalog.market)
    return entry.document


def delete(connection: Connection, catalog: Catalog, id: str, author: Author) -> None:
    """Takes one provider out. Missing where there is none."""
    get(connection, catalog.market, id)
    store.take(connection, [Incoming(1, id, "d")])
    store.merge(connection, catalog.market, author)
    store.touch(connection, catalog.market)


def get(connection: Connection, market: str, id: str) -> bytes:
    """A provider's line as the draft has it. Missing where there is none."""
    found = store.line(connection, market, id)
    if found is None:
        state.read(connection, market)
        raise Missing(f"No provider has the id {id!r}.", code="provider.missing", hint="See the draft.")
    return found


def discard(connection: Connection, catalog: Catalog) -> int:
    """Makes the draft what is published; gives how many providers it had changed."""
    count = store.discard(connection, catalog.market)
    if count or catalog.draft_document is not None:
        store.touch(connection, catalog.market)
    return count


class _Seen:
    """Notes what is wrong or doubtful with the entries that pass; `nameless` is the first without an id."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self.nameless = 0

    def through(self, entries: Entries) -> Iterator[Incoming]:
        """What the store takes of them."""
        for entry in entries:
            match entry:
                case Upsert():
                    for reason in entry.notes:
                        self._report.note(Problem(entry.number, reason, refused=False, id=entry.provider.id))
                    yield _upsert(entry)
                case Deletion() if not _written(entry.id):
                    self._report.note(Problem(entry.number, "id: cannot be written", True))
                case Deletion():
                    yield Incoming(entry.number, entry.id, "d")
                case Rejected():
                    self._report.note(Problem(entry.number, "; ".join(entry.reasons), True, entry.id))
                    if entry.id is not None and _written(entry.id):
                        yield Incoming(entry.number, entry.id, "s")
                    else:
                        self.nameless = self.nameless or entry.number
                case Passed():
                    self._report.passed_over += 1


def _written(id: str) -> bool:
    """Whether an id is text that can be stored at all; half a surrogate pair is not."""
    return not any("\ud800" <= letter <= "\udfff" or letter == "\0" for letter in id)


def _upsert(entry: Upsert) -> Incoming:
    return Incoming(entry.number, entry.provider.id, "u", line_digest(entry.document), entry.document)


def _entries(catalog: Catalog, taxonomy: Taxonomy, source: Source) -> Entries:
    market = market_of(catalog)
    kinds = taxonomy.with_market(market)
    context = Context(
        taxonomy=kinds,
        language=source.language or next(iter(market.languages), "en"),
        city=source.city,
        category=source.category,
        country=source.country or market.country,
    )
    stream = unpacked(source.stream)
    form = source.form or sniff(source.name, stream.peek(HEAD_BYTES))
    return _whole(doubted(read_entries(stream, form, context, source.mapping), kinds))


def _whole(entries: Entries) -> Entries:
    try:
        yield from entries
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Refused(
            f"The gzip file breaks off: {error}.", code="source.gzip", hint="Fetch it again, then send it."
        ) from error
