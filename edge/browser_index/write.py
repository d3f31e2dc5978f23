"""Makes the browser's SQLite file: whole, or from the last one by what changed since.

Changing a copy of the last file keeps nearly all its pages, and so the chunks that pages out there have. What
cannot be changed in place (another market document, month or release) is made anew. Publishing is in `shelf`.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge.browser_index import schema
from edge.browser_index.form import FORM, PAGE_BYTES
from edge.browser_index.record import DIGEST_BYTES, Records, Words
from edge.browser_index.week import Calendar
from edge.catalog.store import Catalog, decode
from edge.database import Connection, driver, translated
from sync.errors import Corrupt
from sync.provider import Market

# Over this share of changed records a new file is smaller and no more to fetch.
MOST_CHANGED = 0.5


@dataclass(frozen=True)
class Source:
    """What a file is made from. `fingerprint` changes with whatever is in every record."""

    catalog: Catalog
    calendar: Calendar
    fingerprint: str


@dataclass(frozen=True)
class Written:
    """What a file holds, and whether it was made from the last one."""

    version: int
    providers: int
    changed: int
    advanced: bool


def write(source: Source, target: Path, last: Path | None) -> Written:
    """The file of the catalogue as it is now, at `target`. `last` is the one before, if there is one."""
    if last is not None:
        try:
            shutil.copyfile(last, target)
            if written := _advance(source, target):
                return written
        except (OSError, Corrupt, msgspec.DecodeError):
            pass  # not there or damaged: made anew
    target.unlink(missing_ok=True)
    return _fill(source, target)


def _advance(source: Source, target: Path) -> Written | None:
    """Brings the copy up to date; None where it must be made anew."""
    with _opened(target) as file, source.catalog.database.reading() as catalog:
        if not schema.can_delete(file) or _meta(file, "fingerprint") != source.fingerprint:
            return None
        was = dict(file.execute("SELECT rowid, digest FROM provider"))
        now = {rowid: digest[:DIGEST_BYTES] for rowid, digest in catalog.execute(_DIGESTS)}
        gone = [rowid for rowid in was if rowid not in now]
        new = [rowid for rowid, digest in now.items() if was.get(rowid) != digest]
        if len(gone) + len(new) > MOST_CHANGED * max(len(was), 1):
            return None
        records = Records(file, source.catalog.market(), source.calendar)
        for rowid in gone:
            records.drop(rowid)
        for rowid in sorted(new):
            _copy(records, catalog, rowid)
        _put_meta(file, "catalog_version", str(source.catalog.version()))
        return Written(source.catalog.version(), len(now), len(gone) + len(new), True)


def _fill(source: Source, target: Path) -> Written:
    with _opened(target) as file, source.catalog.database.reading() as catalog:
        schema.create(file)
        version, count = source.catalog.version(), 0
        for key, value in _facts(source).items():
            _put_meta(file, key, value)
        records = Records(file, source.catalog.market(), source.calendar)
        for (rowid,) in catalog.execute("SELECT rowid FROM provider ORDER BY rowid").fetchall():
            _copy(records, catalog, rowid)
            count += 1
        file.execute("INSERT INTO search_text(search_text) VALUES ('optimize')")
        file.execute("INSERT INTO search_name(search_name) VALUES ('optimize')")
        return Written(version, count, count, False)


_DIGESTS = "SELECT rowid, digest FROM provider"
_DOCUMENT = "SELECT id, document, digest FROM provider WHERE rowid=?"
_COLUMNS = "SELECT name, category, offers, attributes, texts, city, facet FROM search_text WHERE rowid=?"
_NAME = "SELECT name FROM search_name WHERE rowid=?"


def _copy(records: Records, catalog: Connection, rowid: int) -> None:
    id, document, digest = catalog.execute(_DOCUMENT, (rowid,)).fetchone()
    columns = catalog.execute(_COLUMNS, (rowid,)).fetchone()
    name = catalog.execute(_NAME, (rowid,)).fetchone()
    if columns is None or name is None:
        raise Corrupt(
            f"the word index lacks {id!r}.",
            code="search.incomplete",
            hint="Run `prilavok-edge catalog repair`.",
        )
    records.put(rowid, decode(id, document), digest[:DIGEST_BYTES], Words(tuple(columns), name[0]))


def _facts(source: Source) -> dict[str, str]:
    market: Market = source.catalog.market()
    return {
        "form": str(FORM),
        "fingerprint": source.fingerprint,
        "market": market.id,
        "catalog_version": str(source.catalog.version()),
        "hours_from": source.calendar.first.isoformat(),
        "hours_until": source.calendar.end.isoformat(),
    }


def _put_meta(file: Connection, key: str, value: str) -> None:
    file.execute("INSERT OR REPLACE INTO meta VALUES (?,?)", (key, value))


def _meta(file: Connection, key: str) -> str | None:
    found = file.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()
    return None if found is None else str(found[0])


@contextmanager
def _opened(path: Path) -> Iterator[Connection]:
    """The file, written in one transaction, with no log beside it; on the disk when the block ends."""
    with translated(path):
        connection = driver().connect(str(path))
        try:
            connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            connection.execute("PRAGMA journal_mode = MEMORY").fetchall()
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        finally:
            connection.close()
