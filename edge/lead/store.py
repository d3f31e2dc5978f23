"""Sealed requests in `node.db`, until they can be sent on."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge.database import Connection, Database

TABLE = """CREATE TABLE IF NOT EXISTS lead(
  id TEXT PRIMARY KEY, received_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
  provider TEXT NOT NULL, key_id TEXT NOT NULL, envelope BLOB NOT NULL) WITHOUT ROWID"""


@dataclass(frozen=True)
class Kept:
    """A sealed request as it lies here."""

    id: str
    provider: str
    key_id: str
    envelope: bytes


class LeadStore:
    """Opened at the first request, so that a full disk stops requests and not the node."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database: Database | None = None

    def add(self, provider: str, key_id: str, envelope: bytes) -> str:
        """Stores one; gives its id. On the disk when this returns. Unavailable when the disk is full."""
        id = secrets.token_hex(12)
        with self._open().writing() as connection:
            connection.execute(
                "INSERT INTO lead(id, provider, key_id, envelope) VALUES (?, ?, ?, ?)",
                (id, provider, key_id, envelope),
            )
        return id

    def move(self, to: Callable[[Connection, Kept], object]) -> int:
        """Hands over every request in one transaction and deletes it here; gives how many. All or none."""
        with self._open().writing() as connection:
            rows = connection.execute(
                "SELECT id, provider, key_id, envelope FROM lead ORDER BY received_at, id"
            )
            requests = [Kept(*row) for row in rows.fetchall()]
            for request in requests:
                to(connection, request)
            connection.execute("DELETE FROM lead")
        return len(requests)

    def count(self) -> int:
        """How many wait."""
        with self._open().reading() as connection:
            return int(connection.execute("SELECT count(*) FROM lead").fetchone()[0])

    def close(self) -> None:
        """Closes the file."""
        if self._database is not None:
            self._database.close()

    def _open(self) -> Database:
        if self._database is None:
            database = Database(self._path)
            with database.writing() as connection:
                connection.execute(TABLE)
            self._database = database
        return self._database
