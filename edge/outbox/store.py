"""The outbox's tables in `node.db`. Every function works in the caller's transaction.

A row's id is the number of its epoch on this disk and its sequence number in that epoch, so that runs of
sequence numbers are runs of ids. Key frames are rows too: one stays as long as a record needs it.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from edge.database import Connection
from edge.outbox.policy import Waiting
from sync.record import CLASSES, RULES, Class

TABLES = (
    """CREATE TABLE IF NOT EXISTS outbox_epoch(
  number INTEGER PRIMARY KEY, epoch TEXT NOT NULL UNIQUE, next INTEGER NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS outbox(
  id INTEGER PRIMARY KEY, class TEXT NOT NULL, rank INTEGER NOT NULL, is_key INTEGER NOT NULL,
  data_key BLOB NOT NULL, written_ms INTEGER, bytes INTEGER NOT NULL, frame BLOB NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS outbox_rank ON outbox(rank, id, bytes) WHERE NOT is_key",
    "CREATE INDEX IF NOT EXISTS outbox_keys ON outbox(id) WHERE is_key",
    "CREATE INDEX IF NOT EXISTS outbox_data_key ON outbox(data_key, is_key)",
    "CREATE INDEX IF NOT EXISTS outbox_written ON outbox(class, written_ms) WHERE NOT is_key",
    "CREATE TABLE IF NOT EXISTS outbox_gone(first INTEGER PRIMARY KEY, last INTEGER NOT NULL)",
    """CREATE TABLE IF NOT EXISTS outbox_class(
  class TEXT PRIMARY KEY, records INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0,
  dropped INTEGER NOT NULL DEFAULT 0, expired INTEGER NOT NULL DEFAULT 0, refused INTEGER NOT NULL DEFAULT 0,
  erased INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS outbox_settled(
  id INTEGER PRIMARY KEY, class TEXT NOT NULL, rank INTEGER NOT NULL, is_key INTEGER NOT NULL,
  data_key BLOB NOT NULL, written_ms INTEGER, bytes INTEGER NOT NULL, frame BLOB NOT NULL,
  settled_ms INTEGER)""",
    "CREATE INDEX IF NOT EXISTS outbox_settled_key ON outbox_settled(data_key, is_key)",
    """CREATE TABLE IF NOT EXISTS outbox_settled_total(
  one INTEGER PRIMARY KEY CHECK (one = 1), records INTEGER NOT NULL, bytes INTEGER NOT NULL)""",
)
NAMES = (
    "outbox_epoch", "outbox", "outbox_gone", "outbox_class", "outbox_settled", "outbox_settled_total",
)  # fmt: skip
SEQ_BITS = 40
LEAST = max(rule.priority for rule in RULES.values())
ROW_BYTES = 120
"""What a row takes beside its frame: its columns and its place in three indexes."""


@dataclass(frozen=True)
class Epoch:
    """One life of the outbox: its number on this disk, its id in the protocol, the next sequence number."""

    number: int
    id: str
    next: int

    def row(self, seq: int) -> int:
        """The id of the row with that sequence number."""
        return (self.number << SEQ_BITS) | seq


@dataclass(frozen=True)
class Usage:
    """A class in numbers: what waits, and what went otherwise than to the hub since the epoch began."""

    records: int = 0
    bytes: int = 0
    dropped: int = 0
    expired: int = 0
    refused: int = 0
    erased: int = 0


@dataclass(frozen=True)
class Row:
    """A frame on the disk."""

    id: int
    rank: int
    is_key: bool
    data_key: bytes
    frame: bytes

    @property
    def seq(self) -> int:
        return self.id & ((1 << SEQ_BITS) - 1)

    @property
    def epoch(self) -> int:
        return self.id >> SEQ_BITS


_COLUMNS = "id, rank, is_key, data_key, frame"


def epochs(connection: Connection) -> list[Epoch]:
    """Every epoch of which something may still wait, the present one last."""
    rows = connection.execute("SELECT number, epoch, next FROM outbox_epoch ORDER BY number")
    return [Epoch(*row) for row in rows.fetchall()]


def begin_epoch(connection: Connection, id: str) -> Epoch:
    """A new present epoch; counts of what went begin anew."""
    connection.execute(
        "INSERT INTO outbox_epoch(number, epoch, next)"
        " SELECT coalesce(max(number), 0) + 1, ?, 1 FROM outbox_epoch",
        (id,),
    )
    connection.execute("UPDATE outbox_class SET dropped = 0, expired = 0, refused = 0, erased = 0")
    return epochs(connection)[-1]


def usage(connection: Connection) -> dict[Class, Usage]:
    """All classes in numbers."""
    rows = connection.execute(
        "SELECT class, records, bytes, dropped, expired, refused, erased FROM outbox_class"
    )
    found = {row[0]: Usage(*row[1:]) for row in rows.fetchall()}
    return {cls: found.get(cls, Usage()) for cls in CLASSES}


def count(connection: Connection, cls: Class, **more: int) -> None:
    """Adds to a class's numbers."""
    sets = ", ".join(f"{name} = {name} + excluded.{name}" for name in more)
    connection.execute(
        f"INSERT INTO outbox_class(class, {', '.join(more)}) VALUES (?{', ?' * len(more)})"  # noqa: S608 (own names)
        f" ON CONFLICT(class) DO UPDATE SET {sets}",
        (cls, *more.values()),
    )


def insert(
    connection: Connection,
    epoch: Epoch,
    cls: Class,
    data_key: bytes,
    frames: Iterable[tuple[bool, bytes]],
    written_ms: int | None,
) -> list[int]:
    """Puts frames (whether it is a key, its bytes) under the next numbers; gives those."""
    seqs = []
    for seq, (is_key, frame) in enumerate(frames, epoch.next):
        size = len(frame) + ROW_BYTES
        connection.execute(
            "INSERT INTO outbox(id, class, rank, is_key, data_key, written_ms, bytes, frame)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (epoch.row(seq), cls, RULES[cls].priority, is_key, data_key, written_ms, size, frame),
        )
        count(connection, cls, records=not is_key, bytes=size)
        seqs.append(seq)
    connection.execute(
        "UPDATE outbox_epoch SET next = ? WHERE number = ?", (epoch.next + len(seqs), epoch.number)
    )
    return seqs


def has_key(connection: Connection, epoch: Epoch, data_key: bytes) -> bool:
    """Whether the frame of that data key waits in the present epoch: a record's key is of its own epoch."""
    found = connection.execute(
        "SELECT 1 FROM outbox WHERE data_key = ? AND is_key AND id >= ? LIMIT 1", (data_key, epoch.row(0))
    )
    return found.fetchone() is not None


def oldest(connection: Connection, cls: Class) -> Iterator[Waiting]:
    """The records of a class, the first written first."""
    rows = connection.execute(
        "SELECT id, bytes FROM outbox WHERE rank = ? AND NOT is_key ORDER BY id", (RULES[cls].priority,)
    )
    return (Waiting(id, cls, size) for id, size in rows)


@dataclass(frozen=True)
class Wanted:
    """What is to be sent now: ids already on their way are not, nor ranks above `rank`, nor other epochs."""

    skip: Collection[int] = ()
    rank: int = LEAST
    epochs: Collection[int] | None = None


def waiting(connection: Connection, most: int, wanted: Wanted) -> list[Row]:
    """Frames to send, all of one epoch: the most urgent class first, in it the oldest, each after its key.

    Key frames that wait alone come last.
    """
    found: dict[int, Row] = {}
    skip, asked = wanted.skip, f"SELECT {_COLUMNS} FROM outbox WHERE"  # noqa: S608 (own names)
    within = "" if wanted.epochs is None else f" AND id >> {SEQ_BITS} IN ({_numbers(wanted.epochs)})"
    records = connection.execute(
        f"{asked} NOT is_key AND rank <= ?{within} ORDER BY rank, id", (wanted.rank,)
    )
    keys = connection.execute(f"{asked} is_key AND rank <= ?{within} ORDER BY id", (wanted.rank,))
    for row in (Row(*columns) for rows in (records, keys) for columns in rows):
        if row.id in skip or row.id in found:
            continue
        if found and row.epoch != next(iter(found.values())).epoch:
            continue
        key = None if row.is_key else _key_of(connection, row)
        if key is not None and key.id not in skip:
            found.setdefault(key.id, key)
        found[row.id] = row
        if len(found) >= most:
            break
    return list(found.values())


def _numbers(numbers: Iterable[int]) -> str:
    return ",".join(str(int(number)) for number in numbers)


def _key_of(connection: Connection, row: Row) -> Row | None:
    keys = connection.execute(
        f"SELECT {_COLUMNS} FROM outbox WHERE data_key = ? AND is_key AND id BETWEEN ? AND ?",  # noqa: S608
        (row.data_key, row.epoch << SEQ_BITS, row.id),
    )
    columns = keys.fetchone()
    return None if columns is None else Row(*columns)


def lowest(connection: Connection, epoch: Epoch) -> int:
    """The first number of an epoch that is still here: waiting, settled, or not yet known to be gone."""
    ends = (epoch.row(0), epoch.row(2**SEQ_BITS - 1))
    found = connection.execute(
        "SELECT min(low) FROM (SELECT min(id) AS low FROM outbox WHERE id BETWEEN ? AND ?"
        " UNION ALL SELECT min(id) FROM outbox_settled WHERE id BETWEEN ? AND ?"
        " UNION ALL SELECT min(first) FROM outbox_gone WHERE first BETWEEN ? AND ?)",
        (*ends, *ends, *ends),
    ).fetchone()[0]
    return epoch.next if found is None else int(found) & (2**SEQ_BITS - 1)


def written_before(connection: Connection, cls: Class, wall_ms: int, most: int) -> list[int]:
    """Ids of records of a class that were written, by a trusted clock, at or before that time."""
    rows = connection.execute(
        "SELECT id FROM outbox WHERE class = ? AND written_ms <= ? AND NOT is_key ORDER BY id LIMIT ?",
        (cls, wall_ms, most),
    )
    return [row[0] for row in rows.fetchall()]


def of_sessions(connection: Connection, data_keys: Iterable[bytes]) -> list[int]:
    """Ids of records under those data keys."""
    found: list[int] = []
    for data_key in data_keys:
        rows = connection.execute("SELECT id FROM outbox WHERE data_key = ? AND NOT is_key", (data_key,))
        found += [row[0] for row in rows.fetchall()]
    return found


def classes_of(connection: Connection, data_key: bytes) -> dict[str, int]:
    """How many records wait under a data key, by class."""
    rows = connection.execute(
        "SELECT class, count(*) FROM outbox WHERE data_key = ? AND NOT is_key GROUP BY class", (data_key,)
    )
    return dict(rows.fetchall())
