"""Makes the blobs of a version: a delta from the one before, and now and then a snapshot.

Streams from the database into pieces in the database: memory does not grow with the catalogue. A version's
blobs appear together with the mark that it is built; cut off before, it is built anew. Which way a node takes
is its own business (`sync.head.plan`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from cloud import postgres
from cloud.catalog.build import store
from cloud.catalog.build.passage import Embedder, embed
from cloud.catalog.build.store import Due, Span
from cloud.postgres import Connection, Pool
from sync import delta, failpoint
from sync.blob import BlobRef, in_pieces, index_of, piece_digest
from sync.delta import Change, Delete, Item, SetMarket, Upsert, Vector
from sync.head import DeltaRef, SnapshotRef
from sync.identity import digest
from sync.taxonomy import Taxonomy

MOST_DELTAS = 24
"""So many deltas after a snapshot, and the next one is due."""
WORTH = 0.5
"""Or when the deltas since make up this part of the snapshot's size."""
LEVEL = 6
"""zlib's: 9 takes twice the time for 1 % less."""


@dataclass(frozen=True)
class Builder:
    """`embedder` None: catalogues go out without vectors, and nodes make their own."""

    pool: Pool
    taxonomy: Taxonomy
    embedder: Embedder | None = None

    def turn(self, tenant: str) -> int:
        """Builds every version of a tenant's that is due; gives how many."""
        with postgres.tenant(self.pool, tenant) as connection:
            found = store.due(connection)
        for due in found:
            self._build(tenant, due)
        return len(found)

    def _build(self, tenant: str, due: Due) -> None:
        whole = Span(due.market, 0, due.version)
        if self.embedder is not None:
            embed(self.pool, tenant, whole, due.document, self.taxonomy, self.embedder)
        model = self.embedder.name if self.embedder is not None else None
        with postgres.tenant(self.pool, tenant) as connection:
            if due.before is not None:
                _delta(connection, tenant, due, model)
            failpoint.reach("catalog.building")
            if due.kind == "restore" or snapshot_due(store.steps(connection, due.market)):
                _snapshot(connection, tenant, due, model)
            store.built(connection, due.market, due.version, model, datetime.now(UTC))
        failpoint.reach("catalog.built")


def snapshot_due(steps: Iterable[SnapshotRef | DeltaRef]) -> bool:
    """Whether a snapshot is worth its bytes: none yet, or too much has to be applied on the last one."""
    found = list(steps)
    snapshots = [step for step in found if isinstance(step, SnapshotRef)]
    if not snapshots:
        return True
    snapshot = max(snapshots, key=lambda step: step.version)
    deltas = [step for step in found if isinstance(step, DeltaRef)]
    since = [step for step in deltas if step.to_version > snapshot.version]
    return len(since) > MOST_DELTAS or sum(each.blob.size for each in since) > WORTH * snapshot.blob.size


def _delta(connection: Connection, tenant: str, due: Due, model: str | None) -> None:
    """From the version before. All vectors go along when another model made them."""
    assert due.before is not None
    span = Span(due.market, due.before.version, due.version)
    embedded = Span(due.market, 0, due.version) if model != due.before.model else span
    document = due.document if due.document != due.before.document else None
    size = store.count_gone(connection, span) + store.count(connection, span) + (document is not None)
    change = Change(
        tenant=tenant,
        market=due.market,
        from_version=span.start,
        to_version=due.version,
        before=due.before.content,
        after=due.content,
        items=size + _count_vectors(connection, embedded, model),
        model=model if _count_vectors(connection, embedded, model) else None,
    )
    blob = _written(connection, change, _changes(connection, span, document, embedded, model))
    store.add_step(connection, span, due.before.content, due.content, blob)


def _snapshot(connection: Connection, tenant: str, due: Due, model: str | None) -> None:
    span = Span(due.market, 0, due.version)
    embedded = _count_vectors(connection, span, model)
    change = Change(
        tenant=tenant,
        market=due.market,
        from_version=0,
        to_version=due.version,
        after=due.content,
        items=1 + store.count(connection, span) + embedded,
        model=model if embedded else None,
    )
    blob = _written(connection, change, _everything(connection, span, due.document, model))
    store.add_step(connection, span, None, due.content, blob)


def _changes(
    connection: Connection, span: Span, document: bytes | None, embedded: Span, model: str | None
) -> Iterator[Item]:
    yield from (Delete(id) for id in store.gone(connection, span))
    yield from (Upsert(id, line) for id, line in store.lines(connection, span))
    if document is not None:
        yield SetMarket(document)
    yield from _vectors(connection, embedded, model)


def _everything(connection: Connection, span: Span, document: bytes, model: str | None) -> Iterator[Item]:
    yield SetMarket(document)
    yield from (Upsert(id, line) for id, line in store.lines(connection, span))
    yield from _vectors(connection, span, model)


def _vectors(connection: Connection, span: Span, model: str | None) -> Iterator[Item]:
    if model is not None:
        yield from (Vector(id, values) for id, values in store.vectors(connection, span, model))


def _count_vectors(connection: Connection, span: Span, model: str | None) -> int:
    return 0 if model is None else store.count_vectors(connection, span, model)


class _Counted:
    """Passes frames on and adds up their lengths."""

    def __init__(self, frames: Iterable[bytes]) -> None:
        self._frames = frames
        self.bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        for frame in self._frames:
            self.bytes += len(frame)
            yield frame


def _written(connection: Connection, change: Change, items: Iterable[Item]) -> int:
    """The number of the blob that the change was written into."""
    blob = store.begin_blob(connection, change.market, datetime.now(UTC))
    frames = _Counted(delta.frames(change, items))
    size, digests = 0, []
    for number, piece in enumerate(in_pieces(delta.packed(frames, LEVEL)), 1):
        store.add_piece(connection, blob, number, piece)
        size += len(piece)
        digests.append(piece_digest(piece))
    index = index_of(size, digests)
    store.add_piece(connection, blob, 0, index)
    ref = BlobRef(digest=digest(index), size=size, unpacked=frames.bytes)
    store.end_blob(connection, blob, ref, len(digests))
    return blob
