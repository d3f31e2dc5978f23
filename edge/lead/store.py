"""Sealed requests in `node.db`, until they can be sent on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge.database import Connection, Database

TABLE = """CREATE TABLE IF NOT EXISTS lead(
  id TEXT PRIMARY KEY, received_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
  provider TEXT NOT NULL, key_id TEXT NOT NULL, envelope BLOB NOT NULL,
  consent_version TEXT NOT NULL DEFAULT '', consent_language TEXT NOT NULL DEFAULT '') WITHOUT ROWID"""
# What an older file's table lacks.
ADDED = ("consent_version", "consent_language")
ENC_BYTES = 32
_KEPT = "SELECT id, received_at, provider, consent_version, consent_language, key_id, envelope FROM lead"


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it lies here, for whoever sent it: `envelope` sealed as it came, `received_at` in UTC."""

    id: str
    received_at: str
    provider: str
    consent_version: str
    consent_language: str
    key_id: str
    envelope: bytes


@dataclass(frozen=True)
class Sealed:
    """One request: what may be read of it, and what may not. `provider` is "" for none."""

    id: str
    provider: str
    consent_version: str
    consent_language: str
    key_id: str
    enc: bytes
    sealed: bytes


class LeadStore:
    """Opened at the first request, so that a full disk stops requests and not the node."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database: Database | None = None

    def has(self, id: str) -> bool:
        """Whether a request of that id was taken. Makes no file."""
        if self._missing:
            return False
        with self._open().reading() as connection:
            return waits(connection, id)

    def add(self, lead: Sealed) -> bool:
        """Stores one, once; gives whether it is new. On the disk when this returns.

        Unavailable when the disk is full.
        """
        with self._open().writing() as connection:
            added = connection.execute(
                "INSERT OR IGNORE INTO lead(id, provider, key_id, envelope, consent_version,"
                " consent_language) VALUES (?,?,?,?,?,?)",
                (
                    lead.id,
                    lead.provider,
                    lead.key_id,
                    lead.enc + lead.sealed,
                    lead.consent_version,
                    lead.consent_language,
                ),
            )
            return added.rowcount == 1

    def waiting(self) -> list[Sealed]:
        """All that wait to be sent on, oldest first."""
        with self._open().reading() as connection:
            return oldest(connection)

    def find(self, ids: Sequence[str]) -> list[Kept]:
        """Those of the ids that wait here. Makes no file."""
        if self._missing:
            return []
        with self._open().reading() as connection:
            return find(connection, ids)

    def withdraw(self, ids: Sequence[str]) -> int:
        """Deletes those of the ids that wait here; gives how many. On the disk when this returns."""
        if self._missing:
            return 0
        with self._open().writing() as connection:
            return withdraw(connection, ids)

    def count(self) -> int:
        """How many wait."""
        with self._open().reading() as connection:
            return int(connection.execute("SELECT count(*) FROM lead").fetchone()[0])

    def close(self) -> None:
        """Closes the file."""
        if self._database is not None:
            self._database.close()

    @property
    def _missing(self) -> bool:
        return self._database is None and not self._path.exists()

    def _open(self) -> Database:
        if self._database is None:
            database = Database(self._path)
            with database.writing() as connection:
                prepare(connection)
            self._database = database
        return self._database


def prepare(connection: Connection) -> None:
    """Makes the table, or adds the columns that an older one lacks."""
    connection.execute(TABLE)
    has = {row[1] for row in connection.execute("PRAGMA table_info(lead)")}
    for column in ADDED:
        if column not in has:
            connection.execute(f"ALTER TABLE lead ADD COLUMN {column} TEXT NOT NULL DEFAULT ''")


def waits(connection: Connection, id: str) -> bool:
    """Whether a request of that id is in the table."""
    return connection.execute("SELECT 1 FROM lead WHERE id=?", (id,)).fetchone() is not None


def find(connection: Connection, ids: Sequence[str]) -> list[Kept]:
    """Those of the ids that are in the table."""
    rows = [connection.execute(f"{_KEPT} WHERE id = ?", (id,)).fetchone() for id in ids]
    return [Kept(**dict(zip(Kept.__struct_fields__, row, strict=True))) for row in rows if row]


def withdraw(connection: Connection, ids: Sequence[str]) -> int:
    """Deletes those of the ids that are in the table; gives how many."""
    return sum(connection.execute("DELETE FROM lead WHERE id = ?", (id,)).rowcount for id in ids)


def oldest(connection: Connection, most: int = -1) -> list[Sealed]:
    """The first that came, at most so many."""
    rows = connection.execute(
        "SELECT id, provider, consent_version, consent_language, key_id, envelope FROM lead"
        " ORDER BY received_at, id LIMIT ?",
        (most,),
    ).fetchall()
    return [
        Sealed(id, provider, version, language, key_id, envelope[:ENC_BYTES], envelope[ENC_BYTES:])
        for id, provider, version, language, key_id, envelope in rows
    ]
