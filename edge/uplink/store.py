"""What the uplink must not forget, in `node.db`: trust, the hub's latest time, commands taken.

Every function works in the caller's transaction.
"""

from edge.database import Connection
from edge.outbox.store import NAMES as OUTBOX

TABLES = (
    "CREATE TABLE IF NOT EXISTS uplink(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    """CREATE TABLE IF NOT EXISTS uplink_command(
  id TEXT PRIMARY KEY, expires_ms INTEGER NOT NULL, receipt BLOB) WITHOUT ROWID""",
)
TRUST, FLOOR = "trust", "floor"


def read(connection: Connection, key: str) -> bytes | None:
    """A value, or None."""
    row = connection.execute("SELECT value FROM uplink WHERE key = ?", (key,)).fetchone()
    return None if row is None else bytes(row[0])


def write(connection: Connection, key: str, value: bytes) -> None:
    """Puts a value in place of an older one."""
    connection.execute("INSERT OR REPLACE INTO uplink(key, value) VALUES (?, ?)", (key, value))


def forget(connection: Connection) -> None:
    """Forgets everything, and what waits in the outbox with it: it is sealed for another hub, or as another.

    Requests that were taken stay noted, so that none is taken twice.
    """
    for table in ("uplink", "uplink_command", *OUTBOX):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 (own names)


def read_floor(connection: Connection) -> int:
    """The latest time that the hub ever signed, in milliseconds; 0 for none."""
    value = read(connection, FLOOR)
    return 0 if value is None else int.from_bytes(value, "big")


def write_floor(connection: Connection, floor_ms: int) -> None:
    """Keeps it."""
    write(connection, FLOOR, floor_ms.to_bytes(8, "big"))


def commands(connection: Connection) -> dict[str, int]:
    """Commands taken and when they expire."""
    return dict(connection.execute("SELECT id, expires_ms FROM uplink_command").fetchall())


def receipt_of(connection: Connection, id: str) -> bytes | None:
    """The receipt given for a command, or None."""
    row = connection.execute("SELECT receipt FROM uplink_command WHERE id = ?", (id,)).fetchone()
    return None if row is None or row[0] is None else bytes(row[0])


def take_command(connection: Connection, id: str, expires_ms: int, receipt: bytes, floor_ms: int) -> None:
    """Notes a command and its receipt; forgets those that have expired for sure."""
    connection.execute("DELETE FROM uplink_command WHERE expires_ms <= ?", (floor_ms,))
    connection.execute(
        "INSERT OR REPLACE INTO uplink_command(id, expires_ms, receipt) VALUES (?, ?, ?)",
        (id, expires_ms, receipt),
    )
