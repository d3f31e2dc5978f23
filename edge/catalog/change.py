"""Applies what the hub published to the catalogue: whole, in one transaction, with the state it leads to.

The transaction ends only when the content that came out is the one that the head names; else nothing of it
happened. Fetching and believing are the uplink's; a catalogue that was changed by an import here has no
published state, and is replaced by a snapshot.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from edge.catalog.apply import Application, Rules
from edge.catalog.index import Index
from edge.catalog.store import PUBLISHED, Catalog, decode, read_meta, write_meta
from edge.database import Connection
from sync import delta
from sync.content import content_digest
from sync.delta import Item, Reader, SetMarket, Vector
from sync.errors import Conflict, Corrupt
from sync.failpoint import reach
from sync.head import DeltaRef, Have, Head, SnapshotRef, arrived, suits
from sync.interchange.document import market_from, parse
from sync.interchange.entry import Deletion, Entry, Upsert
from sync.provider import Provider

Step = SnapshotRef | DeltaRef
Open = Callable[[Step], Iterable[bytes]]
PutVector = Callable[[Connection, int, bytes, Provider, bytes], None]


@dataclass(frozen=True)
class Vectors:
    """Where embeddings of one model go; those of another are passed over, and made here in time."""

    model: str
    dimension: int
    put: PutVector


@dataclass
class Applied:
    """What was done."""

    have: Have
    upserts: int = 0
    deletes: int = 0
    vectors: int = 0


@dataclass
class Published:
    """One publish under way. `open` gives the bytes of a step's blob, checked piece by piece."""

    catalog: Catalog
    indexes: Sequence[Index]
    head: Head
    steps: Sequence[Step]
    have: Have | None
    open: Open
    vectors: Vectors | None = None
    _done: Applied = field(init=False)
    _moved: bool = False

    def apply(self) -> Applied:
        """All of it, or nothing.

        Corrupt when a blob is not the change that the head means or does not lead to its content. Conflict
        `catalog.moved` when the catalogue is no longer what the plan was made for. Blocking, for long.
        """
        with self.catalog.database.writing() as connection:
            if read_have(connection) != self.have:
                raise Conflict(
                    "The catalogue was changed meanwhile.",
                    code="catalog.moved",
                    hint="The way from what there is now is planned anew.",
                )
            self._done = Applied(self.have or Have(version=self.head.version, content=self.head.content))
            for step in self.steps:
                self._take(connection, step)
            if self._moved:
                for index in self.indexes:
                    index.remake(connection)
            self._done.have = arrived(self.head, content_of(connection))
            write_have(connection, self._done.have)
            self.catalog.grow(connection)
            reach("catalog.before_commit")
        self.catalog.database.compact_log()
        return self._done

    def _take(self, connection: Connection, step: Step) -> None:
        reader = Reader(step.blob.unpacked)
        whole = isinstance(step, SnapshotRef)
        under_way = Application(connection, self.indexes, Rules(strict=True, replace=whole))
        under_way.take(self._entries(connection, under_way, reader, step), None)
        suits(step, self.head, reader.finish())
        report = under_way.report
        if report.refused:
            first = report.problems[0]
            raise Corrupt(
                f"A line of the published catalogue cannot be used: {first.id}: {first.reason}.",
                code="catalog.line",
                hint="The hub's importer is newer than this node: update the node, or correct the line.",
            )
        self._done.upserts += report.added + report.changed
        self._done.deletes += report.deleted

    def _entries(
        self, connection: Connection, under_way: Application, reader: Reader, step: Step
    ) -> Iterator[Entry]:
        number = 0
        for part in self.open(step):
            for item in reader.feed(part):
                if reader.change is not None and not number:
                    suits(step, self.head, reader.change)
                number += 1
                yield from self._entry(connection, under_way, reader, item, number)

    def _entry(
        self, connection: Connection, under_way: Application, reader: Reader, item: Item, number: int
    ) -> Iterator[Entry]:
        match item:
            case delta.Upsert():
                found = parse(number, item.line)
                # The line stays as it was published, for its digest is part of the content's.
                yield _as_it_came(found, item.line) if isinstance(found, Upsert) else found
            case delta.Delete():
                yield Deletion(number, item.id)
            case SetMarket():
                if self._set_market(connection, item.document):
                    under_way.leave_indexes()
            case Vector():
                self._put_vector(connection, reader, item)

    def _set_market(self, connection: Connection, document: bytes) -> bool:
        if market_line(connection) == document:
            return False
        market_from(document)
        write_meta(connection, "market", document.decode())
        self._moved = True
        return True

    def _put_vector(self, connection: Connection, reader: Reader, item: Vector) -> None:
        wanted, change = self.vectors, reader.change
        if wanted is None or change is None or change.model != wanted.model:
            return
        row = connection.execute(
            "SELECT rowid, digest, document FROM provider WHERE id = ?", (item.id,)
        ).fetchone()
        if row is not None and len(item.values) == wanted.dimension:
            wanted.put(connection, row[0], bytes(row[1]), decode(item.id, row[2]), item.values)
            self._done.vectors += 1


def _as_it_came(entry: Upsert, line: bytes) -> Upsert:
    """The entry with its line as it came."""
    return Upsert(entry.number, entry.provider, line, entry.notes)


def content_of(connection: Connection) -> str:
    """The content digest of what the catalogue holds."""
    rows = connection.execute("SELECT id, digest FROM provider ORDER BY id")
    return content_digest(market_line(connection), ((id, bytes(digest)) for id, digest in rows))


def market_line(connection: Connection) -> bytes:
    """The market's document as it is stored."""
    return (read_meta(connection, "market") or "{}").encode()


def read_have(connection: Connection) -> Have | None:
    """The published state that was applied last; None where there is none, or an import came after it."""
    text = read_meta(connection, PUBLISHED)
    return None if text is None else msgspec.json.decode(text, type=Have)


def write_have(connection: Connection, have: Have) -> None:
    """Keeps the state, in the transaction that led to it."""
    write_meta(connection, PUBLISHED, msgspec.json.encode(have).decode())
