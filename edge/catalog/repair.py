"""Mends a damaged catalogue: makes the indexes anew, or saves every document that can still be read.

The damaged file is never deleted: it is moved aside under a dated name.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from edge.catalog import schema
from edge.catalog.index import Index
from edge.catalog.store import FILE_NAME, Catalog, open_catalog
from edge.database import COMPANIONS, Connection, Database, driver, move_aside
from sync.errors import Missing, PrilavokError
from sync.interchange.document import market_from, parse
from sync.interchange.entry import Entry
from sync.provider import Market

BATCH_ROWS = 100


@dataclass(frozen=True)
class Repair:
    """Where the damaged file went (None when it could stay), how many providers are kept, rows lost."""

    moved_to: Path | None
    providers: int
    lost: int


def repair(data_dir: Path, indexes: Sequence[Index]) -> Repair:
    """Mends the catalogue of a data folder. Nothing else may have it open."""
    path = data_dir / FILE_NAME
    if not path.exists():
        raise Missing(f"there is no catalogue in {data_dir}.", code="catalog.missing", hint="Import one.")
    with suppress(PrilavokError):
        kept = _reindexed(path, indexes)
        if kept is not None:
            return Repair(None, kept, 0)
    return _rebuilt(path, indexes)


def mended(data_dir: Path, indexes: Sequence[Index]) -> tuple[Catalog, Repair | None]:
    """The catalogue, after a repair where it could not be opened. For a node that must come up by itself."""
    try:
        return open_catalog(data_dir, indexes), None
    except PrilavokError as error:
        if error.code not in ("database.corrupt", "database.error"):
            raise
    done = repair(data_dir, indexes)
    return open_catalog(data_dir, indexes), done


def _reindexed(path: Path, indexes: Sequence[Index]) -> int | None:
    """How many providers there are, with new indexes; None where more than the indexes is damaged."""
    database = Database(path)
    try:
        with database.reading() as connection:
            for table in schema.NAMES:
                if connection.execute(f"PRAGMA quick_check({table})").fetchone()[0] != "ok":
                    return None
        kept = Catalog(database, indexes).reindex()
        return kept if database.damage() is None else None
    finally:
        database.close()


def _rebuilt(path: Path, indexes: Sequence[Index]) -> Repair:
    """Fills a new file beside the damaged one, then puts it in its place."""
    fresh = path.with_name(path.name + ".rebuilt")
    for companion in COMPANIONS:
        fresh.with_name(fresh.name + companion).unlink(missing_ok=True)
    salvage = Salvage(path)
    database = Database(fresh)
    try:
        catalog = Catalog(database, indexes)
        catalog.apply(salvage.entries(), market=salvage.market())
        catalog.raise_version(salvage.version() + 1)
        kept = catalog.count()
    finally:
        database.close()
        salvage.close()
    aside = move_aside(path)
    os.replace(fresh, path)
    return Repair(aside, kept, salvage.lost)


class Salvage:
    """Reads what can be read of a damaged file. `lost` counts rows that were there and could not be read."""

    def __init__(self, path: Path) -> None:
        self._connection: Connection | None = None
        self.lost = 0
        with suppress(driver().module.Error):
            self._connection = driver().connect(str(path))

    def entries(self) -> Iterator[Entry]:
        """Every readable provider, by row."""
        last, end = 0, self._last_row()
        while last < end:
            for number, document in self._batch(last, min(last + BATCH_ROWS, end)):
                yield parse(number, document)
            last += BATCH_ROWS

    def market(self) -> Market | None:
        """The market document, where it can be read."""
        found = self._rows("SELECT value FROM meta WHERE key='market'")
        with suppress(PrilavokError):
            return market_from(str(found[0][0]).encode()) if found else None
        return None

    def version(self) -> int:
        """The last version, 0 where it cannot be read."""
        found = self._rows("SELECT value FROM meta WHERE key='version'")
        return int(str(found[0][0])) if found and str(found[0][0]).isdecimal() else 0

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _last_row(self) -> int:
        found = self._rows("SELECT seq FROM sqlite_sequence WHERE name='provider'")
        found = found or self._rows("SELECT max(rowid) FROM provider")
        return int(str(found[0][0])) if found and found[0][0] is not None else 0

    def _batch(self, after: int, upto: int) -> Iterator[tuple[int, bytes]]:
        """Rows in a range; one at a time where the range cannot be read at once."""
        whole = self._rows("SELECT rowid, document FROM provider WHERE rowid > ? AND rowid <= ?", after, upto)
        if whole is not None:
            yield from ((int(str(rowid)), _bytes(document)) for rowid, document in whole)
            return
        for rowid in range(after + 1, upto + 1):
            one = self._rows("SELECT rowid, document FROM provider WHERE rowid = ?", rowid)
            if one is None:
                self.lost += 1
            elif one:
                yield rowid, _bytes(one[0][1])

    def _rows(self, query: str, *values: int) -> list[tuple[object, ...]] | None:
        """All rows, or None where they cannot be read."""
        if self._connection is None:
            return None
        try:
            return self._connection.execute(query, values).fetchall()
        except driver().module.Error:
            return None


def _bytes(document: object) -> bytes:
    return document if isinstance(document, bytes) else str(document).encode("utf-8", "replace")
