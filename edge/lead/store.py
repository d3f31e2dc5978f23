"""Sealed requests in `node.db`, until they can be sent on."""

import secrets
from pathlib import Path

from edge.database import Database

TABLE = """CREATE TABLE IF NOT EXISTS lead(
  id TEXT PRIMARY KEY, received_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
  provider TEXT NOT NULL, key_id TEXT NOT NULL, envelope BLOB NOT NULL) WITHOUT ROWID"""


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
