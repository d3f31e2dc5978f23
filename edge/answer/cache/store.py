"""Entries in a SQLite file beside the catalogue: SQL in, frozen values out.

The file is a cache: a form it does not know is made anew, and it forgets rather than wait for another process
or a slow disk. What to do when it is damaged is the caller's business (service.py).
"""

from collections.abc import Collection
from pathlib import Path

import msgspec

from edge.answer.cache.entry import PER_GROUND, Cited, Entry, Limits, Size, Trimmed, moment
from edge.database import Connection, Database
from sync.errors import Corrupt, Unavailable

FILE_NAME = "answers.db"
_FORM = 1
_PATIENCE_S = 0.05
_SLACK_BYTES = 1 << 20
_SCHEMA = (
    "DROP TABLE IF EXISTS cites",
    "DROP TABLE IF EXISTS entry",
    "CREATE TABLE entry(id INTEGER PRIMARY KEY, ground BLOB NOT NULL, question BLOB NOT NULL,"
    " body BLOB NOT NULL, made_s INTEGER NOT NULL, used_s INTEGER NOT NULL, UNIQUE(ground, question))",
    "CREATE INDEX entry_used ON entry(used_s)",
    "CREATE INDEX entry_made ON entry(made_s)",
    "CREATE TABLE cites(provider TEXT NOT NULL, digest BLOB NOT NULL,"
    " entry INTEGER NOT NULL, PRIMARY KEY(provider, digest, entry)) WITHOUT ROWID",
    "CREATE INDEX cites_entry ON cites(entry)",
    f"PRAGMA user_version = {_FORM}",
)
_decode = msgspec.msgpack.Decoder(Entry).decode


class SqliteStore:
    """One file in write-ahead mode: lookups never wait for the writer."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        _private(path)
        self._database = Database(path, patience_s=_PATIENCE_S, durable=False)
        with self._database.reading() as connection:
            known = connection.execute("PRAGMA user_version").fetchone()[0] == _FORM
        if not known:
            self._make()
        if path.stat().st_size > limits.bytes + _SLACK_BYTES:  # the limit was larger once
            self.clear()

    @property
    def where(self) -> str:
        """See Store."""
        return str(self._database.path)

    def read(self, ground: bytes, now_s: int) -> tuple[Entry, ...]:
        """See Store."""
        query = "SELECT body FROM entry WHERE ground = ? AND made_s > ? LIMIT ?"
        with self._database.reading() as connection:
            rows = connection.execute(query, (ground, now_s - self._limits.ttl_s, PER_GROUND)).fetchall()
        return tuple(self._entry(body) for (body,) in rows)

    def put(self, entry: Entry, now_s: int) -> Trimmed:
        """See Store."""
        row = (entry.ground, entry.question, msgspec.msgpack.encode(entry), entry.made_s, moment(now_s))
        with self._database.writing() as connection:
            _delete(connection, "ground = ? AND question = ?", row[:2])
            expired = _delete(connection, "made_s <= ?", (now_s - self._limits.ttl_s,))
            made = connection.execute(
                "INSERT INTO entry(ground, question, body, made_s, used_s) VALUES (?,?,?,?,?)", row
            )
            pairs = {(one.provider, one.digest, made.lastrowid) for one in entry.cited}
            connection.executemany("INSERT INTO cites VALUES (?,?,?)", pairs)
            return Trimmed(expired, self._make_room(connection, entry.ground))

    def touch(self, entry: Entry, now_s: int) -> None:
        """See Store."""
        query = "UPDATE entry SET used_s = ? WHERE ground = ? AND question = ? AND used_s < ?"
        at = moment(now_s)
        with self._database.writing() as connection:
            connection.execute(query, (at, entry.ground, entry.question, at))

    def drop(self, entries: Collection[Entry]) -> int:
        """See Store."""
        with self._database.writing() as connection:
            return sum(
                _delete(connection, "ground = ? AND question = ?", (one.ground, one.question))
                for one in entries
            )

    def drop_asked(self, questions: Collection[bytes]) -> int:
        """See Store."""
        with self._database.writing() as connection:
            return sum(_delete(connection, "question = ?", (one,)) for one in questions)

    def cited(self) -> frozenset[Cited]:
        """See Store."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT DISTINCT provider, digest FROM cites").fetchall()
        return frozenset(Cited(provider, bytes(digest)) for provider, digest in rows)

    def drop_citing(self, outdated: Collection[Cited]) -> int:
        """See Store."""
        which = "id IN (SELECT entry FROM cites WHERE provider = ? AND digest = ?)"
        with self._database.writing() as connection:
            return sum(_delete(connection, which, (one.provider, one.digest)) for one in outdated)

    def size(self) -> Size:
        """See Store."""
        with self._database.reading() as connection:
            return Size(_count(connection), _bytes(connection))

    def clear(self) -> int:
        """See Store."""
        with self._database.writing() as connection:
            count = _delete(connection, "1", ())
        self._database.shrink()
        return count

    def close(self) -> None:
        """See Store."""
        self._database.close()

    def _make(self) -> None:
        with self._database.writing() as connection:
            for statement in _SCHEMA:
                connection.execute(statement)

    def _make_room(self, connection: Connection, ground: bytes) -> int:
        """Forgets the least used: of the ground over its share, then of all over the bounds."""
        crowded = _delete(
            connection,
            "id IN (SELECT id FROM entry WHERE ground = ? ORDER BY used_s DESC, id DESC LIMIT -1 OFFSET ?)",
            (ground, PER_GROUND),
        )
        while (count := _count(connection)) and (
            count > self._limits.rows or _bytes(connection) > self._limits.bytes
        ):
            over = max(count - self._limits.rows, count // 20, 1)
            crowded += _delete(
                connection, "id IN (SELECT id FROM entry ORDER BY used_s, id LIMIT ?)", (over,)
            )
        return crowded

    def _entry(self, body: bytes) -> Entry:
        try:
            return _decode(body)
        except msgspec.DecodeError as error:
            raise Corrupt(
                f"{self.where} holds an answer that cannot be read: {error}.",
                code="answer_cache.damaged",
                hint="Nothing needs to be done: the node makes the file anew.",
            ) from error


def _private(path: Path) -> None:
    """The file, for this user alone, where there is none."""
    try:
        path.touch(mode=0o600)
    except OSError as error:
        raise Unavailable(
            f"{path} cannot be made: {error.strerror}.",
            code="answer_cache.unwritable",
            hint="Check that the folder exists and that this user may write in it.",
        ) from error


def _delete(connection: Connection, which: str, values: tuple[object, ...]) -> int:
    """Entries and what they cite, by a condition of this file's own; gives how many."""
    found = connection.execute(f"SELECT id FROM entry WHERE {which}", values).fetchall()  # noqa: S608
    connection.executemany("DELETE FROM cites WHERE entry = ?", found)
    connection.executemany("DELETE FROM entry WHERE id = ?", found)
    return len(found)


def _count(connection: Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM entry").fetchone()[0])


def _bytes(connection: Connection) -> int:
    """Of pages in use."""
    pages, free, each = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * each
