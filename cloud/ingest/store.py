"""Ingest's SQL. Every function works in the caller's transaction, whose tenant is set.

Many rows go by COPY into a table of the connection's own and from there in one statement: COPY itself goes
past row-level security, so PostgreSQL refuses it on a table that has some.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import psycopg
from psycopg.types.multirange import Int8Multirange
from psycopg.types.range import Range

from cloud import postgres
from cloud.ingest.number import Numbers
from cloud.postgres import Connection, Pool
from sync.errors import Corrupt, Refused
from sync.span import Span

Outbox = tuple[str, str]
"""Node and epoch."""
COLUMNS = "node, epoch, seq, data_key, log_key, frame"
TYPES = ("text", "text", "int8", "text", "bytea", "text", "bytea", "bool")
INCOMING = """
CREATE TEMP TABLE IF NOT EXISTS incoming (
    node text, epoch text, seq bigint, cls text, data_key bytea, log_key text,
    frame bytea STORAGE EXTERNAL, is_key boolean
) ON COMMIT DELETE ROWS
"""
MERGE_RECORDS = (
    f"INSERT INTO raw_record (tenant, stored_at, cls, {COLUMNS})"  # noqa: S608
    f" SELECT %s, %s, cls, {COLUMNS} FROM incoming WHERE NOT is_key"
)
MERGE_KEYS = (
    f"INSERT INTO session_key (tenant, stored_at, {COLUMNS})"  # noqa: S608
    f" SELECT %s, %s, {COLUMNS} FROM incoming AS new WHERE is_key AND NOT EXISTS"
    " (SELECT FROM erased_session AS gone WHERE gone.data_key = new.data_key) ON CONFLICT DO NOTHING"
)


class Row(NamedTuple):
    """A frame to store, in the order of the columns of `incoming`."""

    node: str
    epoch: str
    seq: int
    cls: str
    data_key: bytes
    log_key: str
    frame: bytes
    is_key: bool


@dataclass(frozen=True)
class Beside:
    """A frame that is not stored among the records: damaged, or a second one of its number."""

    node: str
    epoch: str
    seq: int
    frame: bytes


@contextmanager
def transaction(pool: Pool) -> Iterator[Connection]:
    """One transaction for several tenants in turn (`postgres.become`).

    Unavailable when the database is; Corrupt with `ingest.unstorable` when it will not take what was given.
    """
    try:
        with postgres.transaction(pool) as connection:
            yield connection
    except (psycopg.IntegrityError, Refused) as error:
        raise Corrupt(
            f"The database does not take it ({type(error).__name__}).",
            code="ingest.unstorable",
            hint="One message of the group is at fault; each is tried alone.",
        ) from error


def lock(connection: Connection, tenant: str, outboxes: Collection[Outbox]) -> dict[Outbox, Numbers]:
    """The numbers of outboxes, made where they are new, held until the transaction ends."""
    if not outboxes:
        return {}
    wanted = sorted(outboxes)
    names, epochs = [each[0] for each in wanted], [each[1] for each in wanted]
    query = (
        "SELECT node, epoch, settled, lost FROM outbox"
        " WHERE (node, epoch) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"
        " ORDER BY node, epoch FOR UPDATE"
    )
    rows = connection.execute(query, (names, epochs)).fetchall()
    if len(rows) < len(wanted):
        connection.execute(
            "INSERT INTO outbox (tenant, node, epoch) SELECT %s, * FROM unnest(%s::text[], %s::text[])"
            " ON CONFLICT DO NOTHING",
            (tenant, names, epochs),
        )
        rows = connection.execute(query, (names, epochs)).fetchall()
    return {(node, epoch): Numbers(_spans(settled), _spans(lost)) for node, epoch, settled, lost in rows}


def save(
    connection: Connection,
    outboxes: Mapping[Outbox, tuple[Numbers, Mapping[str, int]]],
    at: datetime,
) -> None:
    """Writes the numbers of locked outboxes back, and what their nodes say they dropped."""
    rows = [
        (_ranges(numbers.settled), _ranges(numbers.lost), json.dumps(dict(dropped)), at, node, epoch)
        for (node, epoch), (numbers, dropped) in outboxes.items()
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE outbox SET settled = %s, lost = %s, dropped = %s, heard_at = %s"
            " WHERE node = %s AND epoch = %s",
            rows,
        )


def digests(connection: Connection, outbox: Outbox, numbers: Collection[int]) -> dict[int, bytes]:
    """SHA-256 of the frames that are stored under these numbers."""
    query = " UNION ALL ".join(
        f"SELECT seq, sha256(frame) FROM {table}"  # noqa: S608  # two names of ours
        " WHERE tenant = prilavok_tenant() AND node = %(node)s AND epoch = %(epoch)s AND seq = ANY(%(seqs)s)"
        for table in ("raw_record", "session_key")
    )
    asked = {"node": outbox[0], "epoch": outbox[1], "seqs": sorted(numbers)}
    return dict(connection.execute(query.encode(), asked).fetchall())


def put(connection: Connection, tenant: str, rows: Sequence[Row], at: datetime) -> None:
    """Stores frames whose numbers are free."""
    if not rows:
        return
    connection.execute(INCOMING)
    connection.execute("DELETE FROM incoming")  # another tenant's of this transaction
    with connection.cursor().copy("COPY incoming FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(TYPES)
        for row in rows:
            copy.write_row(row)
    connection.execute("SELECT prilavok_raw_month(%s)", (at,))
    connection.execute(MERGE_RECORDS.encode(), (tenant, at))
    if any(row.is_key for row in rows):
        connection.execute(MERGE_KEYS.encode(), (tenant, at))
    connection.execute("SELECT pg_notify('prilavok_raw', %s)", (tenant,))


def quarantine(connection: Connection, tenant: str, frames: Iterable[Beside], at: datetime) -> None:
    """Keeps damaged frames under the numbers they came with."""
    rows = [(tenant, each.node, each.epoch, each.seq, each.frame, at) for each in frames]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO quarantine (tenant, node, epoch, seq, stage, code, reason, frame, at)"
            " VALUES (%s, %s, %s, %s, 'ingest', 'frame.misfit', 'Its header is not of its number.',"
            " %s, %s) ON CONFLICT DO NOTHING",
            rows,
        )


def keep_twins(
    connection: Connection, tenant: str, frames: Iterable[tuple[Beside, bytes]], at: datetime
) -> int:
    """Keeps second contents of numbers, once each; how many were new."""
    new = 0
    for each, digest in frames:
        new += connection.execute(
            "INSERT INTO raw_twin (tenant, node, epoch, seq, digest, frame, stored_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (tenant, each.node, each.epoch, each.seq, digest, each.frame, at),
        ).rowcount
    return new


def _spans(ranges: Iterable[Range[int]]) -> tuple[Span, ...]:
    return tuple(Span(each.lower or 1, (each.upper or 1) - 1) for each in ranges)


def _ranges(spans: Iterable[Span]) -> Int8Multirange:
    return Int8Multirange([Range(span.first, span.last + 1) for span in spans])
