"""Makes the vectors that are missing or out of date, in batches, after an import.

A batch is embedded outside any transaction and stored in one of its own: stopped at any moment, the rest is
made next time. Vectors of providers that are gone are dropped.
"""

from collections.abc import Callable, Iterator

import msgspec

from edge.catalog.taxonomy import Taxonomy
from edge.database import Connection, Database
from edge.search import vector_index
from edge.search.paraphrase import Encoder
from edge.search.vector_index import VectorTable
from sync.interchange.passage import passage
from sync.provider import Provider

BATCH = 128
Progress = Callable[[int, int], None]

_MISSING = (
    "SELECT p.rowid, p.digest, p.document FROM provider p"
    " LEFT JOIN search_embedding v ON v.model=? AND v.provider=p.rowid"
    " WHERE p.rowid>? AND (v.provider IS NULL OR v.digest<>p.digest) ORDER BY p.rowid LIMIT ?"
)
_MISSING_COUNT = (
    "SELECT count(*) FROM provider p LEFT JOIN search_embedding v ON v.model=? AND v.provider=p.rowid"
    " WHERE v.provider IS NULL OR v.digest<>p.digest"
)
_GONE = "SELECT provider FROM search_embedding WHERE model=? AND provider NOT IN (SELECT rowid FROM provider)"
_decode = msgspec.json.Decoder(Provider).decode


def fill(database: Database, encoder: Encoder, taxonomy: Taxonomy, progress: Progress | None = None) -> int:
    """Makes every missing vector of the model; gives their number. `progress` is told (made, wanted)."""
    with database.writing() as connection:
        table = vector_index.open_table(connection, encoder.name, encoder.dimension)
        for (rowid,) in connection.execute(_GONE, (table.number,)).fetchall():
            vector_index.drop(connection, table, rowid)
        wanted = connection.execute(_MISSING_COUNT, (table.number,)).fetchone()[0]
    made = 0
    for count in _batches(database, encoder, taxonomy, table):
        made += count
        if progress is not None:
            progress(made, wanted)
    return made


def missing(connection: Connection, model: str) -> int:
    """How many providers have no up-to-date vector of a model."""
    table = vector_index.find_table(connection, model)
    if table is None:
        return int(connection.execute("SELECT count(*) FROM provider").fetchone()[0])
    return int(connection.execute(_MISSING_COUNT, (table.number,)).fetchone()[0])


def _batches(database: Database, encoder: Encoder, taxonomy: Taxonomy, table: VectorTable) -> Iterator[int]:
    last = 0
    while True:
        with database.reading() as connection:
            rows = connection.execute(_MISSING, (table.number, last, BATCH)).fetchall()
        if not rows:
            return
        last = rows[-1][0]
        providers = [_decode(document) for _, _, document in rows]
        vectors = encoder.passage([passage(provider, taxonomy) for provider in providers])
        with database.writing() as connection:
            for (rowid, digest, _), provider, vector in zip(rows, providers, vectors, strict=True):
                vector_index.put(connection, table, rowid, digest, provider, vector)
        yield len(rows)
