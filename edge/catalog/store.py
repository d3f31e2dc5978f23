"""The catalogue as a value: what the node reads from its tables, and the two things that change them.

One call of `apply` or `put_market` is one transaction. How lines become entries is not here (see
reader/), nor how providers are found (see edge/search).
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from edge.catalog import schema
from edge.catalog.apply import Application, Rules, UndoneError
from edge.catalog.index import Index
from edge.database import Connection, Database
from edge.search.fold import fold
from sync.errors import Corrupt, Missing, Unavailable
from sync.head import Have
from sync.interchange.entry import Entries, Progress, Report
from sync.provider import Market, Provider

FILE_NAME = "catalog.db"
MANY_LIMIT = 500
PUBLISHED = "published"
"""Under this name lies the state that the hub published and that was applied (edge/catalog/change.py)."""

_decode_provider = msgspec.json.Decoder(Provider).decode
_decode_market = msgspec.json.Decoder(Market).decode


def open_catalog(data_dir: Path, indexes: Sequence[Index] = ()) -> "Catalog":
    """The catalogue of a data folder, made empty where there is none. Corrupt says how to mend it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    return Catalog(Database(data_dir / FILE_NAME), indexes)


class Catalog:
    """Providers, categories in use and the market. Thread-safe; each read is one snapshot."""

    def __init__(self, database: Database, indexes: Sequence[Index] = ()) -> None:
        self.database = database
        self._indexes = tuple(indexes)
        if not self._ready():
            with database.writing() as connection:
                schema.migrate(connection)
                for index in self._indexes:
                    index.prepare(connection)

    def version(self) -> int:
        """Grows by one with every import that changed something; 0 for an empty new catalogue."""
        return int(self._meta("version") or 0)

    def published(self) -> Have | None:
        """The hub's state that was applied last; None where there is none, or an import came after it."""
        text = self._meta(PUBLISHED)
        return None if text is None else msgspec.json.decode(text, type=Have)

    def changed_at(self) -> str | None:
        """UTC time of the last change, ISO 8601, or None."""
        return self._meta("changed_at")

    def market(self) -> Market:
        """The market document, or a bare default where none was imported."""
        text = self._meta("market")
        return _decode_market(text) if text else Market(id="market")

    def get(self, id: str) -> Provider:
        """The provider with this id; Missing where there is none."""
        found = self.many([id])
        if not found:
            raise Missing(f"no provider has the id {id!r}.", code="provider.missing")
        return found[0]

    def many(self, ids: Sequence[str]) -> list[Provider]:
        """Those of the providers that exist, in the order asked. At most MANY_LIMIT ids count."""
        asked = list(dict.fromkeys(ids))[:MANY_LIMIT]
        marks = ",".join("?" * len(asked))
        query = f"SELECT id, document FROM provider WHERE id IN ({marks})"  # noqa: S608 (marks only)
        with self.database.reading() as connection:
            rows = connection.execute(query, asked).fetchall()
        found = {id: decode(id, document) for id, document in rows}
        return [found[id] for id in asked if id in found]

    def count(self) -> int:
        """How many providers there are."""
        return int(self._rows("SELECT count(*) FROM provider")[0][0])

    def cities(self) -> list[tuple[str, int]]:
        """City names as most often spelt, with their number of providers, most first."""
        rows = self._rows(
            "SELECT city, sum(n) OVER (PARTITION BY city_key),"
            " row_number() OVER (PARTITION BY city_key ORDER BY n DESC, city) FROM"
            " (SELECT city, city_key, count(*) AS n FROM provider WHERE city_key <> ''"
            " GROUP BY city, city_key)"
        )
        return sorted(
            ((city, n) for city, n, place in rows if place == 1), key=lambda pair: (-pair[1], pair[0])
        )

    def attribute_values(self) -> dict[str, dict[str, int]]:
        """Each attribute's values as spelt in the catalogue, with counts; booleans are "true", "false"."""
        found: dict[str, dict[str, int]] = {}
        rows = self._rows(
            "SELECT key, spelling, count(*) FROM provider_attribute GROUP BY key, spelling"
            " ORDER BY key, 3 DESC, 2"
        )
        for key, spelling, count in rows:
            found.setdefault(key, {})[spelling] = count
        return found

    def category_counts(self) -> dict[str, int]:
        """Category ids in use with their number of providers, most first."""
        rows = self._rows("SELECT category, count(*) FROM provider_category GROUP BY 1 ORDER BY 2 DESC, 1")
        return dict(rows)

    def languages(self) -> dict[str, int]:
        """Languages that providers' texts are in, with counts, most first."""
        return dict(self._rows("SELECT language, count(*) FROM provider_text GROUP BY 1 ORDER BY 2 DESC, 1"))

    def names(self) -> Iterator[tuple[str, str]]:
        """(folded name or short form of it, provider id), sorted by name."""
        with self.database.reading() as connection:
            yield from connection.execute(
                "SELECT n.key, p.id FROM provider_name n JOIN provider p ON p.rowid = n.provider"
                " ORDER BY 1, 2"
            )

    def named(self, name: str) -> list[str]:
        """Ids of the providers called exactly this, however it is spelt."""
        rows = self._rows(
            "SELECT p.id FROM provider_name n JOIN provider p ON p.rowid = n.provider WHERE n.key = ?"
            " ORDER BY 1",
            fold(name),
        )
        return [row[0] for row in rows]

    def documents(self) -> Iterator[bytes]:
        """Every provider's JSON as it was given (keys sorted), by id; streams from one snapshot."""
        with self.database.reading() as connection:
            for (document,) in connection.execute("SELECT document FROM provider ORDER BY id"):
                yield bytes(document)

    def providers(self) -> Iterator[tuple[int, Provider]]:
        """(row id, provider) of all, by row id; streams from one snapshot."""
        with self.database.reading() as connection:
            rows = connection.execute("SELECT rowid, id, document FROM provider ORDER BY rowid")
            for rowid, id, document in rows:
                yield rowid, decode(id, document)

    def apply(
        self,
        entries: Entries,
        rules: Rules = Rules(),
        progress: Progress | None = None,
        market: Market | None = None,
    ) -> Report:
        """Imports entries, and the market where given, in one transaction.

        On `strict` with a bad line, or `dry_run`, nothing is kept. The report says what was (or would have
        been) done; `applied` says whether it was kept.
        """
        started = time.perf_counter()
        report = Report()
        try:
            with self.database.writing() as connection:
                moved = market is not None and _set_market(connection, market)
                under_way = Application(connection, self._indexes, rules)
                report = under_way.report
                under_way.take(entries, progress)
                if rules.dry_run or (rules.strict and report.refused):
                    raise UndoneError
                if moved:
                    self._remake(connection)
                _grow(connection, moved or report.added + report.changed + report.deleted > 0)
        except UndoneError:
            pass
        else:
            report.applied = True
            self.database.compact_log()
        report.version = self.version()
        report.seconds = round(time.perf_counter() - started, 3)
        return report

    def put_market(self, market: Market) -> int:
        """Stores the market document; gives the catalogue's version, grown if the document is a new one."""
        return self.apply((), market=market).version

    def raise_version(self, least: int) -> None:
        """Makes the version at least this, so that a rebuilt catalogue does not seem an older one."""
        with self.database.writing() as connection:
            if int(read_meta(connection, "version") or 0) < least:
                write_meta(connection, "version", str(least))

    def grow(self, connection: Connection) -> None:
        """A new version, in the open transaction of whoever changed something."""
        _grow_version(connection)

    def reindex(self) -> int:
        """Makes every index anew from the documents, in one transaction; gives the number of providers."""
        with self.database.writing() as connection:
            self._remake(connection)
        return self.count()

    def _remake(self, connection: Connection) -> None:
        for index in self._indexes:
            index.remake(connection)

    def _ready(self) -> bool:
        """Whether all tables are there, so that opening need not wait for an import under way."""
        try:
            with self.database.reading() as connection:
                if not schema.current(connection):
                    return False
                for index in self._indexes:
                    index.prepare(connection)
        except Unavailable:  # a table is missing, and readers cannot make it
            return False
        return True

    def _meta(self, key: str) -> str | None:
        with self.database.reading() as connection:
            return read_meta(connection, key)

    def _rows(self, query: str, *values: object) -> list[Any]:
        with self.database.reading() as connection:
            return connection.execute(query, values).fetchall()


def decode(id: str, document: bytes) -> Provider:
    """The provider of a stored document; Corrupt where the bytes are not one."""
    try:
        return _decode_provider(document)
    except msgspec.DecodeError as error:
        raise Corrupt(
            f"the stored document of {id!r} cannot be read: {error}.",
            code="catalog.document",
            hint="Import the catalogue again, or run `prilavok-edge catalog repair`.",
        ) from error


def _set_market(connection: Connection, market: Market) -> bool:
    document = msgspec.json.encode(market).decode()
    if read_meta(connection, "market") == document:
        return False
    write_meta(connection, "market", document)
    return True


def write_meta(connection: Connection, key: str, value: str) -> None:
    """Puts a value in place of an older one."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?,?)", (key, value))


def read_meta(connection: Connection, key: str) -> str | None:
    """A value of the catalogue's own, or None."""
    found = connection.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()
    return None if found is None else str(found[0])


def _grow(connection: Connection, changed: bool) -> None:
    """An import that changed something: what the hub published is no longer what there is."""
    if changed:
        connection.execute("DELETE FROM meta WHERE key=?", (PUBLISHED,))
        _grow_version(connection)


def _grow_version(connection: Connection) -> None:
    write_meta(connection, "version", str(int(read_meta(connection, "version") or 0) + 1))
    write_meta(connection, "changed_at", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
