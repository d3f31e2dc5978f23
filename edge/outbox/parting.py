"""How rows leave the outbox: dropped for good, or settled by the hub. In the caller's transaction.

What is settled is kept a while in `settled.py`; that is its caller's to say.

A number that never comes is noted until the hub has been told, so that it does not wait for it.
"""

from collections.abc import Callable, Iterable

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
        mark_gone(connection, id)
        _drop_lonely_key(connection, data_key)
        dropped += 1
    return dropped


def needed(connection: Connection, data_key: bytes) -> bool:
    """Whether a record that is here, waiting or settled, can be read with that key alone."""
    row = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM outbox WHERE data_key = ? AND NOT is_key)"
        " OR EXISTS (SELECT 1 FROM outbox_settled WHERE data_key = ? AND NOT is_key)",
        (data_key, data_key),
    ).fetchone()
    return bool(row[0])


def _drop_lonely_key(connection: Connection, data_key: bytes) -> None:
    if needed(connection, data_key):
        return
    rows = connection.execute(
        "SELECT id, class, bytes FROM outbox WHERE data_key = ? AND is_key", (data_key,)
    )
    for id, cls, size in rows.fetchall():
        connection.execute("DELETE FROM outbox WHERE id = ?", (id,))
        count(connection, cls, bytes=-size)
        mark_gone(connection, id)


def mark_gone(connection: Connection, id: int) -> None:
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


Keep = Callable[[Connection, Epoch, Span], None]


def settle(connection: Connection, epoch: Epoch, settled: Iterable[Span], keep: Keep) -> list[bytes]:
    """Deletes what the hub has, once `keep` had it; gives the ids of the data keys it now knows."""
    known: list[bytes] = []
    for settled_span in settled:
        span = Span(settled_span.first, min(settled_span.last, epoch.next - 1))
        ends = (epoch.row(span.first), epoch.row(span.last))
        keep(connection, epoch, span)
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
    """Forgets past epochs of which nothing waits, nothing is held and nothing is to be told."""
    connection.execute(
        "DELETE FROM outbox_epoch WHERE number < (SELECT max(number) FROM outbox_epoch)"
        " AND NOT EXISTS (SELECT 1 FROM outbox WHERE id BETWEEN number << ? AND (number + 1) << ?)"
        " AND NOT EXISTS (SELECT 1 FROM outbox_settled WHERE id BETWEEN number << ? AND (number + 1) << ?)"
        " AND NOT EXISTS (SELECT 1 FROM outbox_gone WHERE first BETWEEN number << ? AND (number + 1) << ?)",
        (SEQ_BITS,) * 6,
    )
