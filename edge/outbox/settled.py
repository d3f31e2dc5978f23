"""What the hub has acknowledged and the node keeps a while, for a hub that is put back from an older copy.

Rows move here when they are settled, and back when the hub is found to lack them. They give way to what is
new. A key's frame stays as long as a record here or in the outbox needs it. In the caller's transaction.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from edge.database import Connection
from edge.outbox import parting
from edge.outbox.store import SEQ_BITS, Epoch, count
from sync.record import Class
from sync.span import Span, gaps, merged, of

SLACK = 64
"""When something goes, a 64th of the room goes with it, so that not every record has to look for more."""
AGED_AT_ONCE = 1_000
_MASK = (1 << SEQ_BITS) - 1
_ROW = "id, class, rank, is_key, data_key, written_ms, bytes, frame"


@dataclass(frozen=True)
class Held:
    """How much is kept of what the hub has."""

    records: int = 0
    bytes: int = 0


def held(connection: Connection) -> Held:
    """How much that is."""
    row = connection.execute("SELECT records, bytes FROM outbox_settled_total").fetchone()
    return Held() if row is None else Held(*row)


def keep(connection: Connection, epoch: Epoch, span: Span, settled_ms: int | None) -> None:
    """Copies the rows of a span from the outbox. `settled_ms`: now, by a clock that is known good."""
    ends = (epoch.row(span.first), epoch.row(span.last))
    totals = connection.execute(
        "SELECT sum(NOT is_key), sum(bytes) FROM outbox WHERE id BETWEEN ? AND ?", ends
    ).fetchone()
    if totals[0] is None:
        return
    connection.execute(
        f"INSERT INTO outbox_settled({_ROW}, settled_ms) SELECT {_ROW}, ? FROM outbox"  # noqa: S608 (own names)
        " WHERE id BETWEEN ? AND ?",
        (settled_ms, *ends),
    )
    _count(connection, *totals)


def shrink(connection: Connection, most_bytes: int) -> list[bytes]:
    """Lets the oldest go until what is left fits; gives the data keys whose frames went with them."""
    excess = held(connection).bytes - max(0, most_bytes)
    if excess <= 0:
        return []
    excess += max(0, most_bytes) // SLACK
    last = -1
    for id, size in connection.execute("SELECT id, bytes FROM outbox_settled WHERE NOT is_key ORDER BY id"):
        last, excess = id, excess - size
        if excess <= 0:
            break
    return _let_go(connection, last)


def age(connection: Connection, limit_ms: int) -> list[bytes]:
    """Lets go what was settled at or before that time, at most 1,000 records; gives keys as `shrink`."""
    row = connection.execute(
        "SELECT max(id) FROM (SELECT id, settled_ms FROM outbox_settled WHERE NOT is_key ORDER BY id LIMIT ?)"
        " WHERE settled_ms <= ?",
        (AGED_AT_ONCE, limit_ms),
    ).fetchone()
    return [] if row[0] is None else _let_go(connection, row[0])


def erase(connection: Connection, data_keys: Iterable[bytes]) -> None:
    """Takes out all that lies under these keys."""
    for data_key in data_keys:
        ids = connection.execute("SELECT id FROM outbox_settled WHERE data_key = ?", (data_key,)).fetchall()
        _take_out(connection, "data_key = ?", (data_key,))
        for (id,) in ids:
            parting.mark_gone(connection, id)


def refill(
    connection: Connection, epoch: Epoch, missing: Iterable[Span], room: Mapping[Class, int], most_bytes: int
) -> tuple[int, bool]:
    """Puts rows that the hub lacks back into the outbox, first first: one, or as many as `most_bytes` hold.

    A class's records go back as far as it has room. How many records that was, and whether more are to come.
    """
    left, total, taken, more = dict(room), most_bytes, list[int](), False
    for id, cls, is_key, size in _within(connection, epoch, missing):
        if (taken and total < size) or (not is_key and left[cls] < size):
            more = True
            continue
        total, left[cls] = total - size, left[cls] - size
        taken.append(id)
    return sum(_put_back(connection, span) for span in of(taken)), more


def forgotten(connection: Connection, epoch: Epoch, missing: Iterable[Span]) -> tuple[Span, ...]:
    """What of these numbers is nowhere here: neither waiting, nor settled, nor known never to come."""
    found: list[Span] = []
    for span in missing:
        last = min(span.last, epoch.next - 1)
        found += gaps(_known(connection, epoch, Span(span.first, last)), span.first, last)
    return merged(found)


def _within(
    connection: Connection, epoch: Epoch, spans: Iterable[Span]
) -> Iterable[tuple[int, Class, bool, int]]:
    for span in spans:
        yield from connection.execute(
            "SELECT id, class, is_key, bytes FROM outbox_settled WHERE id BETWEEN ? AND ? ORDER BY id",
            (epoch.row(span.first), epoch.row(span.last)),
        ).fetchall()


def _put_back(connection: Connection, ids: Span) -> int:
    """By rows' ids; how many records."""
    ends = (ids.first, ids.last)
    totals = connection.execute(
        "SELECT class, sum(NOT is_key), sum(bytes) FROM outbox_settled WHERE id BETWEEN ? AND ?"
        " GROUP BY class",
        ends,
    ).fetchall()
    for cls, records, size in totals:
        count(connection, cls, records=records, bytes=size)
    connection.execute(
        f"INSERT INTO outbox({_ROW}) SELECT {_ROW} FROM outbox_settled WHERE id BETWEEN ? AND ?",  # noqa: S608
        ends,
    )
    return _take_out(connection, "id BETWEEN ? AND ?", ends)


def _known(connection: Connection, epoch: Epoch, span: Span) -> list[Span]:
    """Runs of numbers of which something is known here."""
    ends = (epoch.row(span.first), epoch.row(span.last))
    runs = connection.execute(
        "SELECT min(id), max(id) FROM (SELECT id, id - row_number() OVER (ORDER BY id) AS run FROM"
        " (SELECT id FROM outbox WHERE id BETWEEN ? AND ?"
        " UNION ALL SELECT id FROM outbox_settled WHERE id BETWEEN ? AND ?)) GROUP BY run"
        " UNION ALL SELECT first, last FROM outbox_gone WHERE last >= ? AND first <= ?",
        (*ends, *ends, *ends),
    )
    return [Span(first & _MASK, last & _MASK) for first, last in runs.fetchall()]


def _let_go(connection: Connection, last: int) -> list[bytes]:
    """Records up to that id, and the keys that nothing needs then."""
    keys = connection.execute(
        "SELECT DISTINCT data_key FROM outbox_settled WHERE id <= ? AND NOT is_key", (last,)
    ).fetchall()
    _take_out(connection, "id <= ? AND NOT is_key", (last,))
    lonely = [key for (key,) in keys if not parting.needed(connection, key)]
    for key in lonely:
        _take_out(connection, "data_key = ? AND is_key", (key,))
    return lonely


def _take_out(connection: Connection, where: str, values: tuple[object, ...]) -> int:
    totals = connection.execute(
        f"SELECT sum(NOT is_key), sum(bytes) FROM outbox_settled WHERE {where}",  # noqa: S608 (own words)
        values,
    ).fetchone()
    if totals[0] is None:
        return 0
    connection.execute(f"DELETE FROM outbox_settled WHERE {where}", values)  # noqa: S608
    _count(connection, -totals[0], -totals[1])
    return int(totals[0])


def _count(connection: Connection, records: int, size: int) -> None:
    connection.execute(
        "INSERT INTO outbox_settled_total(one, records, bytes) VALUES (1, ?, ?) ON CONFLICT(one)"
        " DO UPDATE SET records = records + excluded.records, bytes = bytes + excluded.bytes",
        (records, size),
    )
