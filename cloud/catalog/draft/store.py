"""Rows of drafts: where a market's catalogue is to differ from what is published.

An import is first copied into a temporary table of its transaction and then merged at once. "Effective" is
what the draft makes of a provider: its own row, else the published line.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from cloud.catalog.state import Author
from cloud.postgres import Connection

Kind = Literal["u", "d", "s"]
"""An upsert, a deletion, or one that was only seen: its line could not be used."""

INCOMING = """
CREATE TEMP TABLE catalog_incoming (
    number bigint NOT NULL, id text COLLATE "C" NOT NULL, kind text NOT NULL, digest bytea, line text
) ON COMMIT DROP
"""
# The last word on each id; "seen" lines say nothing.
LATEST = """
CREATE TEMP TABLE catalog_latest ON COMMIT DROP AS
SELECT DISTINCT ON (i.id) i.id, i.kind, i.digest, i.line, c.digest AS published,
    CASE WHEN d.id IS NULL THEN c.digest ELSE d.digest END AS effective
FROM catalog_incoming i
LEFT JOIN catalog_line c ON c.market = %(market)s AND c.id = i.id AND c.until_version IS NULL
LEFT JOIN catalog_draft d ON d.market = %(market)s AND d.id = i.id
WHERE i.kind <> 's' ORDER BY i.id, i.number DESC
"""
ABSENT = """
INSERT INTO catalog_incoming (number, id, kind)
SELECT 0, e.id, 'd' FROM (
    SELECT c.id FROM catalog_line c WHERE c.market = %(market)s AND c.until_version IS NULL
        AND NOT EXISTS (SELECT FROM catalog_draft d WHERE d.market = c.market AND d.id = c.id)
    UNION ALL SELECT d.id FROM catalog_draft d WHERE d.market = %(market)s AND d.line IS NOT NULL
) e WHERE NOT EXISTS (SELECT FROM catalog_incoming i WHERE i.id = e.id)
"""
COUNTS = """
SELECT count(*) FILTER (WHERE kind = 'u' AND effective IS NULL),
    count(*) FILTER (WHERE kind = 'u' AND effective <> digest),
    count(*) FILTER (WHERE kind = 'u' AND effective = digest),
    count(*) FILTER (WHERE kind = 'd' AND effective IS NOT NULL)
FROM catalog_latest
"""
MERGE = """
INSERT INTO catalog_draft (tenant, market, id, digest, line, edited_by, edited_at)
SELECT prilavok_tenant(), %(market)s, id, digest, line, %(by)s, %(now)s FROM catalog_latest
WHERE published IS DISTINCT FROM digest AND effective IS DISTINCT FROM digest
ON CONFLICT (tenant, market, id) DO UPDATE SET digest = excluded.digest, line = excluded.line,
    edited_by = excluded.edited_by, edited_at = excluded.edited_at
"""
SETTLE = """
DELETE FROM catalog_draft d USING catalog_latest l
WHERE d.market = %(market)s AND d.id = l.id AND l.published IS NOT DISTINCT FROM l.digest
"""
TWICE = """
SELECT number, id, earlier FROM (
    SELECT number, id, kind, lag(number) OVER (PARTITION BY id ORDER BY number) AS earlier
    FROM catalog_incoming
) n WHERE kind = 'u' AND earlier IS NOT NULL ORDER BY number LIMIT %s
"""


EFFECTIVE = """
SELECT line FROM (
    SELECT c.id, c.line FROM catalog_line c
    WHERE c.market = %(market)s AND c.until_version IS NULL AND c.id > %(after)s
        AND NOT EXISTS (SELECT FROM catalog_draft d WHERE d.market = c.market AND d.id = c.id)
    UNION ALL SELECT d.id, d.line FROM catalog_draft d
    WHERE d.market = %(market)s AND d.line IS NOT NULL AND d.id > %(after)s
) e ORDER BY id LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Incoming:
    """A line that came: `line` and `digest` of an upsert only."""

    number: int
    id: str
    kind: Kind
    digest: bytes | None = None
    line: bytes | None = None


@dataclass(frozen=True)
class Merged:
    """What an import makes of the draft as it was."""

    added: int
    changed: int
    unchanged: int
    deleted: int


def take(connection: Connection, lines: Iterable[Incoming]) -> None:
    """Copies what comes, as it comes, into this transaction's own table."""
    connection.execute(INCOMING)
    copying = "COPY catalog_incoming (number, id, kind, digest, line) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(copying) as copy:
        for each in lines:
            text = None if each.line is None else each.line.decode()
            copy.write_row((each.number, each.id, each.kind, each.digest, text))


def delete_absent(connection: Connection, market: str) -> None:
    """Deletions for whoever is there now and did not come."""
    connection.execute(ABSENT, {"market": market})


def merge(connection: Connection, market: str, author: Author) -> Merged:
    """Puts what came over the draft; what then says nothing new leaves it."""
    connection.execute("ANALYZE catalog_incoming")
    given = {"market": market, "by": author.name, "now": author.now}
    connection.execute(LATEST, given)
    counts = connection.execute(COUNTS).fetchone() or (0, 0, 0, 0)
    connection.execute(MERGE, given)
    connection.execute(SETTLE, given)
    return Merged(*counts)


def given_twice(connection: Connection, limit: int) -> list[tuple[int, str, int]]:
    """(number, id, number before) of lines that come after another of the same id, the first of them."""
    return connection.execute(TWICE, (limit,)).fetchall()


def touch(connection: Connection, market: str) -> int:
    """The draft's next revision."""
    row = connection.execute(
        "UPDATE catalog SET draft_revision = draft_revision + 1 WHERE market = %s RETURNING draft_revision",
        (market,),
    ).fetchone()
    return int(row[0]) if row else 0


def set_document(connection: Connection, market: str, document: bytes | None) -> None:
    """The market's document as the draft has it; none: as published."""
    text = None if document is None else document.decode()
    connection.execute("UPDATE catalog SET draft_document = %s WHERE market = %s", (text, market))


def discard(connection: Connection, market: str) -> int:
    """Empties the draft; gives how many providers it changed."""
    set_document(connection, market, None)
    return connection.execute("DELETE FROM catalog_draft WHERE market = %s", (market,)).rowcount


def line(connection: Connection, market: str, id: str) -> bytes | None:
    """A provider's line as the draft has it, or None."""
    row = connection.execute(
        "SELECT CASE WHEN d.id IS NULL THEN c.line ELSE d.line END"
        ' FROM (SELECT %(id)s::text COLLATE "C" AS id) asked'
        " LEFT JOIN catalog_line c ON c.market = %(market)s AND c.id = asked.id AND c.until_version IS NULL"
        " LEFT JOIN catalog_draft d ON d.market = %(market)s AND d.id = asked.id",
        {"market": market, "id": id},
    ).fetchone()
    return row[0].encode() if row and row[0] is not None else None


def page(connection: Connection, market: str, after: str, limit: int) -> list[bytes]:
    """Providers' lines as the draft has them, by id after one."""
    rows = connection.execute(EFFECTIVE, {"market": market, "after": after, "limit": limit})
    return [text.encode() for (text,) in rows]
