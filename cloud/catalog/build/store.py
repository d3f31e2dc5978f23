"""Rows that a version's blobs are made from and kept in: lines, vectors, blobs, pieces, steps, heads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cloud.postgres import Connection
from sync.blob import BlobRef
from sync.head import DeltaRef, SnapshotRef

FETCH_ROWS = 500
AT = (
    "l.market = %(market)s AND l.first_version <= %(to)s"
    " AND (l.until_version IS NULL OR l.until_version > %(to)s)"
)
FRESH = f"{AT} AND l.first_version > %(from)s"
GONE = """
l.market = %(market)s AND l.first_version <= %(from)s AND l.until_version > %(from)s
AND l.until_version <= %(to)s AND NOT EXISTS (
    SELECT FROM catalog_line n WHERE n.market = l.market AND n.id = l.id AND n.first_version <= %(to)s
    AND (n.until_version IS NULL OR n.until_version > %(to)s))
"""
VECTORS = """
FROM catalog_line l JOIN catalog_vector v ON v.passage = l.passage AND v.model = %(model)s WHERE
"""
STEPS = """
SELECT s.from_version, s.to_version, s.before, s.after, b.digest, b.size, b.unpacked
FROM catalog_step s JOIN catalog_blob b USING (tenant, blob)
WHERE s.market = %s ORDER BY s.to_version, s.from_version
"""


@dataclass(frozen=True)
class Due:
    """A version without blobs yet, and the one before it: None for the first."""

    market: str
    version: int
    kind: str
    content: str
    document: bytes
    before: "Before | None"


@dataclass(frozen=True)
class Before:
    """The version that a delta leads from."""

    version: int
    content: str
    document: bytes
    model: str | None


@dataclass(frozen=True)
class Span:
    """Which lines: those of version `to` that were not there at `start`; 0: all of them."""

    market: str
    start: int
    to: int

    @property
    def given(self) -> dict[str, object]:
        return {"market": self.market, "from": self.start, "to": self.to}


def due(connection: Connection) -> list[Due]:
    """Versions whose blobs are to be made, oldest first by market."""
    rows = connection.execute(
        "SELECT v.market, v.version, v.kind, v.content, v.document, p.version, p.content, p.document, p.model"
        " FROM catalog_version v LEFT JOIN LATERAL (SELECT * FROM catalog_version o WHERE o.market = v.market"
        " AND o.version < v.version ORDER BY o.version DESC LIMIT 1) p ON true"
        " WHERE v.built_at IS NULL ORDER BY v.market, v.version"
    )
    return [_due(row) for row in rows.fetchall()]


def _due(row: tuple[Any, ...]) -> Due:
    before = None if row[5] is None else Before(row[5], row[6], row[7].encode(), row[8])
    return Due(row[0], row[1], row[2], row[3], row[4].encode(), before)


def unread(connection: Connection, span: Span, after: str, limit: int) -> list[tuple[str, int, bytes]]:
    """(id, first version, line) of lines at `span.to` whose passage is not known, by id after one."""
    rows = connection.execute(
        f"SELECT l.id, l.first_version, l.line FROM catalog_line l WHERE {AT} AND l.passage IS NULL"  # noqa: S608
        " AND l.id > %(after)s ORDER BY l.id LIMIT %(limit)s",
        span.given | {"after": after, "limit": limit},
    )
    return [(id, first, text.encode()) for id, first, text in rows]


def set_passages(connection: Connection, market: str, rows: Sequence[tuple[bytes, str, int]]) -> None:
    """(passage digest, id, first version) of lines."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE catalog_line SET passage = %s WHERE market = %s AND id = %s AND first_version = %s",
            [(digest, market, id, first) for digest, id, first in rows],
        )


def add_vectors(connection: Connection, model: str, vectors: Sequence[tuple[bytes, bytes]]) -> None:
    """(passage digest, signed bytes); those that are there already stay."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO catalog_vector (tenant, model, passage, vector)"
            " VALUES (prilavok_tenant(), %s, %s, %s) ON CONFLICT DO NOTHING",
            [(model, passage, vector) for passage, vector in vectors],
        )


def unembedded(connection: Connection, span: Span, model: str) -> list[tuple[bytes, str]]:
    """(passage digest, id of one line that has it) at `span.to`, without a vector of the model."""
    rows = connection.execute(
        f"SELECT l.passage, min(l.id) FROM catalog_line l WHERE {AT} AND l.passage IS NOT NULL"  # noqa: S608
        " AND NOT EXISTS (SELECT FROM catalog_vector v WHERE v.passage = l.passage AND v.model = %(model)s)"
        " GROUP BY l.passage ORDER BY min(l.id)",
        span.given | {"model": model},
    )
    return [(bytes(passage), id) for passage, id in rows]


def lines_of(connection: Connection, span: Span, ids: Sequence[str]) -> dict[str, bytes]:
    """Lines at `span.to`, by id."""
    rows = connection.execute(
        f"SELECT l.id, l.line FROM catalog_line l WHERE {AT} AND l.id = ANY(%(ids)s)",  # noqa: S608
        span.given | {"ids": list(ids)},
    )
    return {id: text.encode() for id, text in rows}


def count(connection: Connection, span: Span) -> int:
    """How many lines."""
    return _count(connection, f"SELECT count(*) FROM catalog_line l WHERE {FRESH}", span.given)  # noqa: S608


def count_gone(connection: Connection, span: Span) -> int:
    """How many providers of `start` are no more at `to`."""
    return _count(connection, f"SELECT count(*) FROM catalog_line l WHERE {GONE}", span.given)  # noqa: S608


def count_vectors(connection: Connection, span: Span, model: str) -> int:
    """How many of the lines have a vector of the model."""
    return _count(connection, f"SELECT count(*) {VECTORS} {FRESH}", span.given | {"model": model})


def lines(connection: Connection, span: Span) -> Iterator[tuple[str, bytes]]:
    """(id, line), by id; streams."""
    query = f"SELECT l.id, l.line FROM catalog_line l WHERE {FRESH} ORDER BY l.id"  # noqa: S608
    for id, text in _streamed(connection, query, span.given):
        yield str(id), str(text).encode()


def gone(connection: Connection, span: Span) -> Iterator[str]:
    """Ids of providers that are no more, by id; streams."""
    query = f"SELECT DISTINCT l.id FROM catalog_line l WHERE {GONE} ORDER BY l.id"  # noqa: S608
    for (id,) in _streamed(connection, query, span.given):
        yield str(id)


def vectors(connection: Connection, span: Span, model: str) -> Iterator[tuple[str, bytes]]:
    """(id, signed bytes), by id; streams."""
    query = f"SELECT l.id, v.vector {VECTORS} {FRESH} ORDER BY l.id"
    for id, vector in _streamed(connection, query, span.given | {"model": model}):
        yield str(id), bytes(vector)


def _streamed(connection: Connection, query: str, given: dict[str, object]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor(name="catalog_stream") as cursor:
        cursor.itersize = FETCH_ROWS
        cursor.execute(query.encode(), given)
        yield from cursor


def _count(connection: Connection, query: str, given: dict[str, object]) -> int:
    row = connection.execute(query.encode(), given).fetchone()
    return int(row[0]) if row else 0


def begin_blob(connection: Connection, market: str, now: datetime) -> int:
    """A blob to put pieces in."""
    row = connection.execute(
        "INSERT INTO catalog_blob (tenant, market, made_at) VALUES (prilavok_tenant(), %s, %s)"
        " RETURNING blob",
        (market, now),
    ).fetchone()
    return int(row[0]) if row else 0


def add_piece(connection: Connection, blob: int, piece: int, data: bytes) -> None:
    """One of its pieces."""
    connection.execute(
        "INSERT INTO catalog_piece (tenant, blob, piece, data) VALUES (prilavok_tenant(), %s, %s, %s)",
        (blob, piece, data),
    )


def end_blob(connection: Connection, blob: int, ref: BlobRef, pieces: int) -> None:
    """The blob under its name; `pieces` without the index."""
    connection.execute(
        "UPDATE catalog_blob SET digest = %s, size = %s, unpacked = %s, pieces = %s WHERE blob = %s",
        (ref.digest, ref.size, ref.unpacked, pieces, blob),
    )


def add_step(connection: Connection, span: Span, before: str | None, after: str, blob: int) -> None:
    """What the blob does."""
    connection.execute(
        "INSERT INTO catalog_step (tenant, market, from_version, to_version, before, after, blob)"
        " VALUES (prilavok_tenant(), %s, %s, %s, %s, %s, %s)",
        (span.market, span.start, span.to, before, after, blob),
    )


def built(connection: Connection, market: str, version: int, model: str | None, now: datetime) -> None:
    """The version has its blobs."""
    connection.execute(
        "UPDATE catalog_version SET built_at = %s, model = %s WHERE market = %s AND version = %s",
        (now, model, market, version),
    )


def steps(connection: Connection, market: str) -> list[SnapshotRef | DeltaRef]:
    """Every step there is, by where it leads."""
    return [_step(*row) for row in connection.execute(STEPS, (market,))]


def _step(
    start: int, to: int, before: str | None, after: str, digest: str, size: int, unpacked: int
) -> SnapshotRef | DeltaRef:
    ref = BlobRef(digest=digest, size=size, unpacked=unpacked)
    if before is None:
        return SnapshotRef(version=to, content=after, blob=ref)
    return DeltaRef(from_version=start, to_version=to, before=before, after=after, blob=ref)
