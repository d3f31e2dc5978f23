"""Rows of what is on the broker, or is to be: heads, blobs and their pieces."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cloud.postgres import Connection
from sync.head import Head


@dataclass(frozen=True)
class Standing:
    """A market's head as it was last signed, None before. `built`: the newest version that has blobs."""

    market: str
    version: int
    content: str | None
    serial: int
    head: bytes | None
    head_version: int | None
    head_keys: int | None
    head_issued: datetime | None
    head_expires: datetime | None
    sent_at: datetime | None
    built: int | None
    built_content: str | None

    @property
    def sent(self) -> bool:
        """Whether the broker has confirmed it."""
        return self.sent_at is not None


@dataclass(frozen=True)
class Shelved:
    """A blob, and its number of pieces without the index."""

    blob: int
    digest: str
    pieces: int


STANDING = """
SELECT c.market, c.version, c.content, c.serial, c.head, c.head_version, c.head_keys, c.head_issued_at,
    c.head_expires_at, c.head_sent_at, v.version, v.content
FROM catalog c LEFT JOIN LATERAL (
    SELECT version, content FROM catalog_version v
    WHERE v.market = c.market AND v.built_at IS NOT NULL ORDER BY version DESC LIMIT 1
) v ON true
"""


def markets(connection: Connection) -> list[str]:
    """Markets in which something was published."""
    rows = connection.execute("SELECT market FROM catalog WHERE version > 0 ORDER BY market")
    return [row[0] for row in rows]


def standing(connection: Connection, market: str, *, lock: bool = False) -> Standing | None:
    """A market's head; until the transaction ends nobody else's, with `lock`."""
    query = f"{STANDING} WHERE c.market = %s" + (" FOR UPDATE OF c" if lock else "")
    row = connection.execute(query.encode(), (market,)).fetchone()
    return None if row is None else Standing(*row)


def set_head(connection: Connection, market: str, said: Head, keys: int, message: bytes) -> None:
    """A head that is signed, with the newest of its key sets, and not sent yet."""
    connection.execute(
        "UPDATE catalog SET serial = %s, head_version = %s, head_keys = %s, head = %s, head_issued_at = %s,"
        " head_expires_at = %s, head_sent_at = NULL WHERE market = %s",
        (said.serial, said.version, keys, message, _at(said.issued_ms), _at(said.expires_ms), market),
    )


def raise_serial(connection: Connection, market: str, serial: int) -> None:
    """The next head is signed with a serial above that one, and soon."""
    connection.execute(
        "UPDATE catalog SET serial = greatest(serial, %s), head = NULL WHERE market = %s", (serial, market)
    )


def head_sent(connection: Connection, market: str, serial: int, now: datetime) -> None:
    """The broker has the head, and with it every version up to its own."""
    connection.execute(
        "UPDATE catalog SET head_sent_at = %s WHERE market = %s AND serial = %s", (now, market, serial)
    )
    connection.execute(
        "UPDATE catalog_version v SET sent_at = %s FROM catalog c WHERE c.market = %s AND v.market = c.market"
        " AND v.version <= c.head_version AND v.sent_at IS NULL",
        (now, market),
    )


def head_lost(connection: Connection, market: str) -> None:
    """The broker has it no more."""
    connection.execute("UPDATE catalog SET head_sent_at = NULL WHERE market = %s", (market,))


def retire(connection: Connection, market: str, named: Sequence[str], now: datetime) -> None:
    """Blobs that the head does not name are retired now; those that it names are not."""
    given = {"market": market, "named": list(named), "now": now}
    connection.execute(
        "UPDATE catalog_blob SET retired_at = %(now)s WHERE market = %(market)s AND retired_at IS NULL"
        " AND digest IS NOT NULL AND digest <> ALL(%(named)s)",
        given,
    )
    connection.execute(
        "UPDATE catalog_blob SET retired_at = NULL WHERE market = %(market)s AND digest = ANY(%(named)s)",
        given,
    )


def unsent(connection: Connection, market: str) -> list[Shelved]:
    """Blobs that are to be put on the broker, oldest first."""
    rows = connection.execute(
        "SELECT blob, digest, pieces FROM catalog_blob WHERE market = %s AND digest IS NOT NULL"
        " AND sent_at IS NULL AND retired_at IS NULL ORDER BY blob",
        (market,),
    )
    return [Shelved(*row) for row in rows]


def shelved(connection: Connection, market: str) -> list[Shelved]:
    """Blobs that the broker should have."""
    rows = connection.execute(
        "SELECT blob, digest, pieces FROM catalog_blob WHERE market = %s AND sent_at IS NOT NULL"
        " ORDER BY blob",
        (market,),
    )
    return [Shelved(*row) for row in rows]


def digests(connection: Connection) -> set[str]:
    """Names of all blobs of the tenant."""
    rows = connection.execute("SELECT digest FROM catalog_blob WHERE digest IS NOT NULL")
    return {row[0] for row in rows}


def overdue(connection: Connection, market: str, before: datetime) -> list[Shelved]:
    """Blobs that were retired before a moment."""
    rows = connection.execute(
        "SELECT blob, digest, pieces FROM catalog_blob WHERE market = %s AND retired_at < %s ORDER BY blob",
        (market, before),
    )
    return [Shelved(*row) for row in rows]


def piece(connection: Connection, blob: int, number: int) -> bytes | None:
    """A piece's bytes."""
    row = connection.execute(
        "SELECT data FROM catalog_piece WHERE blob = %s AND piece = %s", (blob, number)
    ).fetchone()
    return None if row is None else bytes(row[0])


def blob_sent(connection: Connection, blob: int, now: datetime) -> None:
    """The broker has all its pieces."""
    connection.execute("UPDATE catalog_blob SET sent_at = %s WHERE blob = %s", (now, blob))


def forget(connection: Connection, blob: int) -> None:
    """The blob, its pieces and what it was good for."""
    connection.execute("DELETE FROM catalog_step WHERE blob = %s", (blob,))
    connection.execute("DELETE FROM catalog_blob WHERE blob = %s", (blob,))


def _at(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, UTC)
