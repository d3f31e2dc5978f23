"""One provider as rows of the browser's file: written, changed where it differs, and taken out again.

Keys, names and words are the node's own (the words are copied from its index), so both answer alike. A change
touches as few pages of the file as it can: rows that stay the same are not written.
"""

import hashlib
from dataclasses import dataclass

import msgspec

from edge.browser_index.week import Calendar, week
from edge.catalog import row
from edge.database import Connection
from edge.search.fold import fold
from sync.provider import Market, Provider, Text

DIGEST_BYTES = 8
_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder(Provider).decode

Row = tuple[str | float | None, ...]


@dataclass(frozen=True)
class Words:
    """A provider's words as the node's index has them: the columns of `search_text`, and the name."""

    columns: tuple[str, ...]
    name: str

    @property
    def digest(self) -> bytes:
        """Changes when any of the words does."""
        return hashlib.sha256("\0".join((*self.columns, self.name)).encode()).digest()[:DIGEST_BYTES]


class Records:
    """Writes providers of one market into a file."""

    def __init__(self, connection: Connection, market: Market, calendar: Calendar) -> None:
        self._connection = connection
        self._market = market
        self._calendar = calendar
        rows = connection.execute("SELECT text, id FROM hours").fetchall()
        self._hours: dict[str, int] = dict(rows)

    def put(self, rowid: int, provider: Provider, digest: bytes, words: Words) -> None:
        """Adds a provider under the node's own row id, or brings its rows up to date."""
        run = self._connection.execute
        was = run("SELECT record, words FROM provider WHERE rowid=?", (rowid,)).fetchone()
        old = _keys(_decode(was[0])) if was else {table: [] for table in _COLUMNS}
        for table, keys in _keys(provider).items():
            self._change(table, rowid, old[table], keys)
        if was is None or was[1] != words.digest:
            self._say(rowid, words, known=was is not None)
        run("DELETE FROM provider WHERE rowid=?", (rowid,))
        run(
            "INSERT INTO provider VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (rowid, *self._columns(provider, words), digest, words.digest, carried(provider).decode()),
        )

    def drop(self, rowid: int) -> None:
        """Takes a provider out of every table."""
        run = self._connection.execute
        record = run("SELECT record FROM provider WHERE rowid=?", (rowid,)).fetchone()[0]
        for table, keys in _keys(_decode(record)).items():
            self._change(table, rowid, keys, [])
        for table in ("search_text", "search_name", "provider"):
            run(f"DELETE FROM {table} WHERE rowid=?", (rowid,))  # noqa: S608 (names are ours)

    def _change(self, table: str, rowid: int, old: list[Row], new: list[Row]) -> None:
        """Deletes the rows that are no more and inserts those that are new."""
        columns = _COLUMNS[table]
        where = " AND ".join(f"{column}=?" for column in (*columns, "provider"))
        kept = set(old) & set(new)
        for key in set(old) - kept:
            self._connection.execute(f"DELETE FROM {table} WHERE {where}", (*key[: len(columns)], rowid))  # noqa: S608
        for key in new:
            if key not in kept:
                values = (*key[: len(columns)], rowid, *key[len(columns) :])
                marks = ",".join("?" * len(values))
                self._connection.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", values)  # noqa: S608

    def _say(self, rowid: int, words: Words, known: bool) -> None:
        run = self._connection.execute
        if known:
            run("DELETE FROM search_text WHERE rowid=?", (rowid,))
            run("DELETE FROM search_name WHERE rowid=?", (rowid,))
        run(
            "INSERT INTO search_text(rowid, name, category, offers, attributes, texts, city, facet)"
            " VALUES (?,?,?,?,?,?,?,?)",
            (rowid, *words.columns),
        )
        run("INSERT INTO search_name(rowid, name) VALUES (?,?)", (rowid, words.name))

    def _columns(self, provider: Provider, words: Words) -> Row:
        return (
            provider.id,
            provider.name,
            words.name,
            fold(provider.city) if provider.city else None,
            provider.lat,
            provider.lon,
            row.rating(provider),
            provider.price_band,
            row.price_from(provider),
            self._hours_of(provider.opening_hours),
        )

    def _hours_of(self, text: str | None) -> int | None:
        """The row of these hours, made when they are new."""
        if not text:
            return None
        known = self._hours.get(text)
        if known is None:
            read = week(text, self._market, self._calendar)
            values = (None, None) if read is None else (_json(read.days), _json(read.otherwise))
            statement = "INSERT INTO hours(text, week, days) VALUES (?,?,?)"
            known = self._hours[text] = self._connection.execute(statement, (text, *values)).lastrowid or 0
        return known


_COLUMNS = {
    "provider_category": ("category",),
    "provider_language": ("language",),
    "provider_attribute": ("key", "value"),
    "provider_name": ("key",),
}


def _keys(provider: Provider) -> dict[str, list[Row]]:
    """The rows of the side tables, without the provider; one a key."""
    stated = {(key, value): (key, value, number) for key, value, number, _ in row.attributes(provider)}
    return {
        "provider_category": [(id,) for id in dict.fromkeys(provider.categories)],
        "provider_language": [(tag,) for tag in dict.fromkeys(provider.languages)],
        "provider_attribute": list(stated.values()),
        "provider_name": [(key,) for key in row.names(provider)],
    }


def carried(provider: Provider) -> bytes:
    """The record a page carries, as JSON: everything that is shown; descriptions are only searched."""
    texts = {tag: Text(title=text.title) for tag, text in provider.texts.items() if text.title}
    return _encode(msgspec.structs.replace(provider, texts=texts))


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
