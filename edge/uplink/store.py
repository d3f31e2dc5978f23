"""What the uplink must not forget, in `node.db`: trust, the hub's latest time, commands taken.

Every function works in the caller's transaction.
"""

from edge.database import Connection
from edge.outbox.store import NAMES as OUTBOX

TABLES = (
    "CREATE TABLE IF NOT EXISTS uplink(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    """CREATE TABLE IF NOT EXISTS uplink_command(
  number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, expires_ms INTEGER NOT NULL,
  message BLOB NOT NULL, receipt BLOB)""",
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


def open_commands(connection: Connection) -> list[bytes]:
    """Messages of commands that have no receipt yet, as they came, the first taken first."""
    rows = connection.execute("SELECT message FROM uplink_command WHERE receipt IS NULL ORDER BY number")
    return [bytes(row[0]) for row in rows.fetchall()]


def receipt_of(connection: Connection, id: str) -> bytes | None:
    """The receipt given for a command, or None."""
    row = connection.execute("SELECT receipt FROM uplink_command WHERE id = ?", (id,)).fetchone()
    return None if row is None or row[0] is None else bytes(row[0])


def take_command(connection: Connection, id: str, expires_ms: int, message: bytes, floor_ms: int) -> None:
    """Notes a command; forgets those that have expired for sure."""
    connection.execute("DELETE FROM uplink_command WHERE expires_ms <= ?", (floor_ms,))
    connection.execute(
        "INSERT OR IGNORE INTO uplink_command(id, expires_ms, message) VALUES (?, ?, ?)",
        (id, expires_ms, message),
    )


def close_command(connection: Connection, id: str, receipt: bytes) -> None:
    """Notes the receipt; the message is not needed any more."""
    connection.execute("UPDATE uplink_command SET receipt = ?, message = x'' WHERE id = ?", (receipt, id))
