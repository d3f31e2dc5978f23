"""How rows leave the outbox: dropped for good, or settled by the hub. In the caller's transaction.

A number that never comes is noted until the hub has been told, so that it does not wait for it.
"""

from collections.abc import Iterable

from edge.database import Connection
from edge.outbox.store import SEQ_BITS, Epoch, count
from sync.span import Span


def drop(connection: Connection, ids: Iterable[int], why: str) -> int:
    """Takes records out for good, with key frames that nobody needs then; their numbers never come."""
    dropped = 0
    for id in ids:
        row = connection.execute("SELECT class, data_key, bytes FROM outbox WHERE id = ?", (id,)).fetchone()
        if row is None:
            continue
        cls, data_key, size = row
        connection.execute("DELETE FROM outbox WHERE id = ?", (id,))
        count(connection, cls, records=-1, bytes=-size, **{why: 1})
        _mark_gone(connection, id)
        _drop_lonely_key(connection, data_key)
        dropped += 1
    return dropped


def _drop_lonely_key(connection: Connection, data_key: bytes) -> None:
    needed = connection.execute(
        "SELECT 1 FROM outbox WHERE data_key = ? AND NOT is_key LIMIT 1", (data_key,)
    ).fetchone()
    if needed is not None:
        return
    rows = connection.execute(
        "SELECT id, class, bytes FROM outbox WHERE data_key = ? AND is_key", (data_key,)
    )
    for id, cls, size in rows.fetchall():
        connection.execute("DELETE FROM outbox WHERE id = ?", (id,))
        count(connection, cls, bytes=-size)
        _mark_gone(connection, id)


def _mark_gone(connection: Connection, id: int) -> None:
    """Notes a number that never comes, joined to its neighbours."""
    before = connection.execute(
        "SELECT first, last FROM outbox_gone WHERE first < ? ORDER BY first DESC LIMIT 1", (id,)
    ).fetchone()
    after = connection.execute("SELECT last FROM outbox_gone WHERE first = ?", (id + 1,)).fetchone()
    if after is not None:
        connection.execute("DELETE FROM outbox_gone WHERE first = ?", (id + 1,))
    connection.execute(
        "INSERT OR REPLACE INTO outbox_gone(first, last) VALUES (?, ?)",
        (before[0] if before and before[1] == id - 1 else id, after[0] if after else id),
    )


def settle(connection: Connection, epoch: Epoch, settled: Iterable[Span]) -> list[bytes]:
    """Deletes what the hub has; gives the ids of the data keys it now knows."""
    known: list[bytes] = []
    for span in settled:
        ends = (epoch.row(span.first), epoch.row(min(span.last, epoch.next - 1)))
        rows = connection.execute("SELECT data_key FROM outbox WHERE id BETWEEN ? AND ? AND is_key", ends)
        known += [row[0] for row in rows.fetchall()]
        totals = connection.execute(
            "SELECT class, sum(NOT is_key), sum(bytes) FROM outbox WHERE id BETWEEN ? AND ? GROUP BY class",
            ends,
        )
        for cls, records, size in totals.fetchall():
            count(connection, cls, records=-records, bytes=-size)
        connection.execute("DELETE FROM outbox WHERE id BETWEEN ? AND ?", ends)
    return known


def forget_gone(connection: Connection, epoch: Epoch, upto: int) -> None:
    """Forgets numbers that never come, once the hub counts past them."""
    connection.execute(
        "DELETE FROM outbox_gone WHERE first >= ? AND last <= ?", (epoch.row(0), epoch.row(upto))
    )


def gone(connection: Connection, epoch: Epoch, most: int) -> list[Span]:
    """The first runs of numbers of an epoch that never come and that the hub has not been seen to know."""
    rows = connection.execute(
        "SELECT first, last FROM outbox_gone WHERE first BETWEEN ? AND ? ORDER BY first LIMIT ?",
        (epoch.row(0), epoch.row(2**SEQ_BITS - 1), most),
    )
    mask = 2**SEQ_BITS - 1
    return [Span(first & mask, last & mask) for first, last in rows.fetchall()]


def end_epochs(connection: Connection) -> None:
    """Forgets past epochs of which nothing waits and nothing is to be told."""
    connection.execute(
        "DELETE FROM outbox_epoch WHERE number < (SELECT max(number) FROM outbox_epoch)"
        " AND NOT EXISTS (SELECT 1 FROM outbox WHERE id BETWEEN number << ? AND (number + 1) << ?)"
        " AND NOT EXISTS (SELECT 1 FROM outbox_gone WHERE first BETWEEN number << ? AND (number + 1) << ?)",
        (SEQ_BITS,) * 4,
    )
