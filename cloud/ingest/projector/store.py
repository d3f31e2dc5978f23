"""The projector's SQL. Every function works in the caller's transaction, whose tenant is set."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import psycopg
from psycopg import sql
from psycopg.types.multirange import Int8Multirange
from psycopg.types.range import Range

from cloud.ingest.projector.opening import Sealed
from cloud.ingest.projector.row import PLACE, TABLES, Row, written
from cloud.postgres import Connection
from sync.clock import Anchor
from sync.span import Span

Outbox = tuple[str, str]
"""Node and epoch."""
_FRAME = "r.node, r.epoch, r.seq, r.data_key, (extract(epoch FROM r.stored_at) * 1000)::bigint, r.frame"


def tenants(connection: Connection) -> list[str]:
    """All of them; in a transaction of the directory."""
    return [row[0] for row in connection.execute("SELECT tenant FROM tenant ORDER BY 1").fetchall()]


def due(connection: Connection) -> list[Outbox]:
    """Outboxes of the tenant that have settled numbers which were not looked at yet."""
    return connection.execute(
        "SELECT o.node, o.epoch FROM outbox o LEFT JOIN projection p USING (tenant, node, epoch)"
        " WHERE o.settled <> coalesce(p.done, '{}') ORDER BY o.heard_at"
    ).fetchall()


def lock(connection: Connection, tenant: str, node: str) -> bool:
    """Whether this transaction alone works on the node until it ends."""
    query = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 7))"
    row = connection.execute(query, (f"{tenant}/{node}",)).fetchone()
    return bool(row and row[0])


def left(connection: Connection, outbox: Outbox) -> tuple[Span, ...]:
    """Settled numbers of an outbox that were not looked at yet."""
    row = connection.execute(
        "SELECT o.settled - coalesce(p.done, '{}') FROM outbox o LEFT JOIN projection p"
        " USING (tenant, node, epoch) WHERE o.node = %s AND o.epoch = %s",
        outbox,
    ).fetchone()
    return tuple(Span(each.lower, each.upper - 1) for each in row[0]) if row else ()


def records(connection: Connection, outbox: Outbox, span: Span, most: int) -> list[Sealed]:
    """The sealed records under these numbers, in order, at most so many."""
    rows = connection.execute(
        f"SELECT {_FRAME} FROM raw_record r WHERE r.tenant = prilavok_tenant() AND r.node = %s"  # noqa: S608
        " AND r.epoch = %s AND r.seq BETWEEN %s AND %s ORDER BY r.seq LIMIT %s",
        (*outbox, span.first, span.last, most),
    ).fetchall()
    return [Sealed(*row) for row in rows]


def arrived(connection: Connection, outbox: Outbox, spans: Sequence[Span]) -> list[bytes]:
    """Sessions whose keys came under these numbers."""
    rows = connection.execute(
        "SELECT DISTINCT data_key FROM session_key WHERE tenant = prilavok_tenant() AND node = %s"
        " AND epoch = %s AND seq <@ %s",
        (*outbox, _ranges(spans)),
    ).fetchall()
    return [row[0] for row in rows]


def waiting(connection: Connection, node: str, data_keys: Collection[bytes], most: int) -> list[Sealed]:
    """Takes records that waited for one of these keys off the list, oldest first, at most so many."""
    rows = connection.execute(
        f"WITH taken AS (DELETE FROM record_waiting WHERE (tenant, node, epoch, seq) IN"  # noqa: S608
        " (SELECT tenant, node, epoch, seq FROM record_waiting WHERE node = %s AND data_key = ANY(%s)"
        " ORDER BY epoch, seq LIMIT %s) RETURNING *)"
        f" SELECT {_FRAME} FROM taken JOIN raw_record r USING (tenant, node, epoch, seq) ORDER BY epoch, seq",
        (node, list(data_keys), most),
    ).fetchall()
    return [Sealed(*row) for row in rows]


def wait(connection: Connection, tenant: str, records: Iterable[Sealed]) -> None:
    """Puts records on the list of those whose key has not come."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO record_waiting (tenant, node, epoch, seq, data_key) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [(tenant, each.node, each.epoch, each.seq, each.data_key) for each in records],
        )


def keys(connection: Connection, node: str, data_keys: Collection[bytes]) -> dict[bytes, list[bytes]]:
    """The key frames of sessions, held against an erasure until the transaction ends."""
    rows = connection.execute(
        "SELECT data_key, frame FROM session_key WHERE tenant = prilavok_tenant() AND node = %s"
        " AND data_key = ANY(%s) ORDER BY epoch, seq FOR SHARE",
        (node, list(data_keys)),
    ).fetchall()
    found: dict[bytes, list[bytes]] = {}
    for data_key, frame in rows:
        found.setdefault(data_key, []).append(frame)
    return found


def erased(connection: Connection, data_keys: Collection[bytes]) -> set[bytes]:
    """Which of the sessions were erased; keys of theirs that came at that moment are destroyed."""
    rows = connection.execute(
        "SELECT data_key FROM erased_session WHERE data_key = ANY(%s)", (list(data_keys),)
    ).fetchall()
    gone = {row[0] for row in rows}
    if gone:
        connection.execute("DELETE FROM session_key WHERE data_key = ANY(%s)", (list(gone),))
    return gone


def node(connection: Connection, name: str) -> tuple[str, list[bytes]]:
    """A node's market, and every key it ever signed with, the newest first."""
    row = connection.execute("SELECT market FROM node WHERE node = %s", (name,)).fetchone()
    signed = connection.execute("SELECT sign_key FROM node_key WHERE node = %s ORDER BY since DESC", (name,))
    return (row[0] if row else ""), [each[0] for each in signed.fetchall()]


def anchors(connection: Connection, node: str, boots: Collection[str]) -> dict[str, Anchor]:
    """The known moments of boots."""
    rows = connection.execute(
        "SELECT boot, mono_ms, at_ms FROM boot_anchor WHERE node = %s AND boot = ANY(%s)", (node, list(boots))
    ).fetchall()
    return {boot: Anchor(mono_ms=mono_ms, at_ms=at_ms) for boot, mono_ms, at_ms in rows}


def date(connection: Connection, tenant: str, node: str, found: Mapping[str, Anchor]) -> None:
    """Keeps moments of boots that no batch told of, and dates the rows of those boots that had none."""
    for boot, each in sorted(found.items()):
        connection.execute(
            "INSERT INTO boot_anchor (tenant, node, boot, mono_ms, at_ms) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (tenant, node, boot, each.mono_ms, each.at_ms),
        )
        for table in TABLES:
            connection.execute(
                sql.SQL(
                    "UPDATE {} SET clock = 'boot', at = greatest(to_timestamp(0), least(received_at,"
                    " to_timestamp((%s + mono_ms - %s) / 1000.0)))"
                    " WHERE node = %s AND boot = %s AND clock = 'bound'"
                ).format(sql.Identifier(table)),
                (each.at_ms, each.mono_ms, node, boot),
            )


def insert(connection: Connection, rows: Sequence[Row]) -> list[Row]:
    """Adds rows that are not there yet; gives those that the database will not take."""
    refused: list[Row] = []
    for table, columns in TABLES.items():
        values = [row for row in rows if row.table == table]
        if not values:
            continue
        names = sql.SQL(", ").join(map(sql.Identifier, (*PLACE, *columns)))
        statement = sql.SQL(
            "INSERT INTO {table} ({names}) SELECT {names} FROM json_populate_recordset(NULL::{table}, %s)"
            " ON CONFLICT DO NOTHING"
        ).format(table=sql.Identifier(table), names=names)
        refused += _insert(connection, statement, values)
    return refused


def _insert(connection: Connection, statement: sql.Composed, rows: Sequence[Row]) -> list[Row]:
    """All at once; where that fails, each half, to find the one at fault."""
    try:
        with connection.transaction():
            connection.execute(statement, (written(rows),))
    except (psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError):
        if len(rows) == 1:
            return list(rows)
        middle = len(rows) // 2
        return _insert(connection, statement, rows[:middle]) + _insert(connection, statement, rows[middle:])
    return []


def quarantine(connection: Connection, tenant: str, found: Iterable[tuple[Sealed, str, str]]) -> None:
    """Notes records that do not open or fit, with code and reason; their frames stay where they are."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO quarantine (tenant, node, epoch, seq, stage, code, reason, at)"
            " VALUES (%s, %s, %s, %s, 'projector', %s, %s, now()) ON CONFLICT DO NOTHING",
            [(tenant, each.node, each.epoch, each.seq, code, why) for each, code, why in found],
        )


def advance(connection: Connection, tenant: str, outbox: Outbox, spans: Sequence[Span]) -> None:
    """Notes that these numbers were looked at."""
    connection.execute(
        "INSERT INTO projection AS old (tenant, node, epoch, done) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (tenant, node, epoch) DO UPDATE SET done = old.done + excluded.done",
        (tenant, *outbox, _ranges(spans)),
    )


def told(connection: Connection, channel: str, tenant: str) -> None:
    """Wakes whoever listens, once the transaction is committed."""
    connection.execute("SELECT pg_notify(%s, %s)", (channel, tenant))


def requeue(connection: Connection) -> int:
    """Lets the tenant's records that did not open be tried again; how many."""
    rows = connection.execute(
        "DELETE FROM quarantine WHERE stage = 'projector' RETURNING node, epoch, seq"
    ).fetchall()
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE projection SET done = done - int8multirange(int8range(%s, %s))"
            " WHERE node = %s AND epoch = %s",
            [(seq, seq + 1, node, epoch) for node, epoch, seq in rows],
        )
    return len(rows)


def _ranges(spans: Iterable[Span]) -> Int8Multirange:
    return Int8Multirange([Range(span.first, span.last + 1) for span in spans])
