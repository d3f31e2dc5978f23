"""Rows of published versions: what each line is in which versions, and who published them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from cloud.catalog.state import Author, Catalog
from cloud.postgres import Connection

Kind = Literal["publish", "rollback", "restore"]
COLUMNS = (
    "version, kind, source, content, document, providers, added, changed, deleted, note, published_by,"
    " published_at, model, built_at, sent_at"
)
AT = "first_version <= %(version)s AND (until_version IS NULL OR until_version > %(version)s)"
NOW = "market = %(market)s AND until_version IS NULL"

DRAFTED = """
SELECT count(*) FILTER (WHERE d.line IS NOT NULL AND c.id IS NULL),
    count(*) FILTER (WHERE d.line IS NOT NULL AND c.id IS NOT NULL),
    count(*) FILTER (WHERE d.line IS NULL AND c.id IS NOT NULL)
FROM catalog_draft d
LEFT JOIN catalog_line c ON c.market = d.market AND c.id = d.id AND c.until_version IS NULL
WHERE d.market = %(market)s
"""
END_DRAFTED = """
UPDATE catalog_line c SET until_version = %(next)s FROM catalog_draft d
WHERE d.market = %(market)s AND c.market = d.market AND c.id = d.id AND c.until_version IS NULL
"""
BEGIN_DRAFTED = """
INSERT INTO catalog_line (tenant, market, id, first_version, digest, line)
SELECT prilavok_tenant(), market, id, %(next)s, digest, line FROM catalog_draft
WHERE market = %(market)s AND line IS NOT NULL
"""
# How the lines of an old version differ from those of now; "o" is old, "c" now.
AGAINST = f"""
FROM (SELECT id, digest, line FROM catalog_line WHERE market = %(market)s AND {AT}) o
FULL JOIN (SELECT id, digest FROM catalog_line WHERE {NOW}) c USING (id)
WHERE o.digest IS DISTINCT FROM c.digest
"""  # noqa: S608 (names are ours)
COUNT_AGAINST = f"""
SELECT count(*) FILTER (WHERE c.digest IS NULL),
    count(*) FILTER (WHERE c.digest IS NOT NULL AND o.digest IS NOT NULL),
    count(*) FILTER (WHERE o.digest IS NULL) {AGAINST}
"""
RETURNED = f"CREATE TEMP TABLE catalog_returned ON COMMIT DROP AS SELECT id, o.digest, o.line {AGAINST}"
END_RETURNED = """
UPDATE catalog_line l SET until_version = %(next)s FROM catalog_returned r
WHERE l.market = %(market)s AND l.id = r.id AND l.until_version IS NULL
"""
BEGIN_RETURNED = """
INSERT INTO catalog_line (tenant, market, id, first_version, digest, line)
SELECT prilavok_tenant(), %(market)s, id, %(next)s, digest, line FROM catalog_returned WHERE line IS NOT NULL
"""


ADD = """
INSERT INTO catalog_version (tenant, market, version, kind, source, content, document, providers,
    added, changed, deleted, note, published_by, published_at)
VALUES (prilavok_tenant(), %(market)s, %(version)s, %(kind)s, %(source)s, %(content)s, %(document)s,
    %(providers)s, %(added)s, %(changed)s, %(deleted)s, %(note)s, %(by)s, %(now)s)
"""
ADVANCE = """
UPDATE catalog SET version = %(version)s, content = %(content)s, document = %(document)s,
    draft_document = nullif(draft_document, %(document)s), draft_revision = draft_revision + 1
WHERE market = %(market)s
"""


@dataclass(frozen=True)
class Counts:
    """Providers that a new version adds, changes and takes out."""

    added: int
    changed: int
    deleted: int

    @property
    def any(self) -> bool:
        return bool(self.added or self.changed or self.deleted)


def providers(connection: Connection, market: str) -> int:
    """How many are published now."""
    row = connection.execute(
        f"SELECT count(*) FROM catalog_line WHERE {NOW}",  # noqa: S608 (names are ours)
        {"market": market},
    ).fetchone()
    return int(row[0]) if row else 0


def drafted(connection: Connection, market: str) -> Counts:
    """What publishing the draft would change."""
    return Counts(*(connection.execute(DRAFTED, {"market": market}).fetchone() or (0, 0, 0)))


def publish_draft(connection: Connection, market: str, version: int) -> None:
    """Lets the draft's lines hold from that version, and empties the draft."""
    given = {"market": market, "next": version}
    connection.execute(END_DRAFTED, given)
    connection.execute(BEGIN_DRAFTED, given)
    connection.execute("DELETE FROM catalog_draft WHERE market = %(market)s", given)


def differing(connection: Connection, market: str, version: int) -> Counts:
    """What going back to a version would change."""
    found = connection.execute(COUNT_AGAINST, {"market": market, "version": version}).fetchone()
    return Counts(*(found or (0, 0, 0)))


def return_to(connection: Connection, market: str, source: int, version: int) -> None:
    """Lets the lines of `source` hold again from `version`."""
    given = {"market": market, "version": source, "next": version}
    connection.execute(RETURNED, given)
    connection.execute(END_RETURNED, given)
    connection.execute(BEGIN_RETURNED, given)


def settle_draft(connection: Connection, market: str) -> None:
    """Drops what the draft no longer changes."""
    connection.execute(
        "DELETE FROM catalog_draft d WHERE d.market = %(market)s AND d.digest IS NOT DISTINCT FROM"
        " (SELECT digest FROM catalog_line c WHERE c.market = d.market AND c.id = d.id"
        " AND c.until_version IS NULL)",
        {"market": market},
    )


def digests(connection: Connection, market: str) -> Iterator[tuple[str, bytes]]:
    """(id, line digest) of what is published now, by id."""
    with connection.cursor(name="digests") as cursor:
        cursor.itersize = 5_000
        cursor.execute(
            f"SELECT id, digest FROM catalog_line WHERE {NOW} ORDER BY id",  # noqa: S608 (names are ours)
            {"market": market},
        )
        yield from cursor


@dataclass(frozen=True)
class Version:
    """A row of the history. `source` is the version that was gone back to."""

    version: int
    kind: Kind
    source: int | None
    content: str
    document: str
    providers: int
    added: int
    changed: int
    deleted: int
    note: str
    published_by: str
    published_at: Any
    model: str | None
    built_at: Any
    sent_at: Any


@dataclass(frozen=True)
class Made:
    """A version that is to be added."""

    version: int
    kind: Kind
    source: int | None
    content: str
    document: bytes
    counts: Counts


def add(connection: Connection, catalog: Catalog, made: Made, note: str, author: Author) -> None:
    """A new version, and the catalogue at it."""
    given = {
        "market": catalog.market,
        "version": made.version,
        "kind": made.kind,
        "source": made.source,
        "content": made.content,
        "document": made.document.decode(),
        "added": made.counts.added,
        "changed": made.counts.changed,
        "deleted": made.counts.deleted,
        "providers": providers(connection, catalog.market),
        "note": note,
        "by": author.name,
        "now": author.now,
    }
    connection.execute(ADD, given)
    connection.execute(ADVANCE, given)


def one(connection: Connection, market: str, version: int) -> Version | None:
    """A row of the history."""
    row = connection.execute(
        f"SELECT {COLUMNS} FROM catalog_version WHERE market = %s AND version = %s",  # noqa: S608
        (market, version),
    ).fetchone()
    return None if row is None else Version(*row)


def history(connection: Connection, market: str, below: int | None, limit: int) -> list[Version]:
    """The newest first; below a version to go on."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM catalog_version WHERE market = %(market)s"  # noqa: S608 (names are ours)
        " AND (%(below)s::bigint IS NULL OR version < %(below)s) ORDER BY version DESC LIMIT %(limit)s",
        {"market": market, "below": below, "limit": limit},
    )
    return [Version(*row) for row in rows]


def page(connection: Connection, market: str, version: int, after: str, limit: int) -> list[bytes]:
    """Providers' lines at a version, by id after one."""
    rows = connection.execute(
        f"SELECT line FROM catalog_line WHERE market = %(market)s AND {AT} AND id > %(after)s"  # noqa: S608
        " ORDER BY id LIMIT %(limit)s",
        {"market": market, "version": version, "after": after, "limit": limit},
    )
    return [text.encode() for (text,) in rows]
