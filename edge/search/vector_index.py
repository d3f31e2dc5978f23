"""Keeps a vector of every provider, by model, and finds those nearest to a question.

Each stored vector names the model that made it, and two models can stand side by side while one replaces
the other. The int8 vectors lie in a plain table. Beside it each model has a vec0 table of one bit a
dimension, with codes of category and city as metadata, so that filters apply inside its flat search; the best
of that are rescored by the int8 vectors. Few candidates are scored directly. Making vectors is in
`vector_fill`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.database import Connection
from edge.search.fold import fold
from sync.interchange.passage import SCALE
from sync.provider import Provider

COARSE_LIMIT = 200
DIRECT_LIMIT = 1_000

Vectors = NDArray[np.float32]
RowIds = NDArray[np.int64]

_TABLES = (
    "CREATE TABLE IF NOT EXISTS search_embedding_model("
    "name TEXT PRIMARY KEY, number INTEGER UNIQUE NOT NULL, dimension INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS search_embedding(model INTEGER NOT NULL, provider INTEGER NOT NULL,"
    " digest BLOB NOT NULL, vector BLOB NOT NULL, PRIMARY KEY(model, provider)) WITHOUT ROWID",
)
# One row: between rows a thread gives the interpreter up, and waits for it where others want it, too.
_DIRECT = (
    "SELECT json_group_array(provider), group_concat(hex(vector), '') FROM search_embedding"
    " WHERE model=? AND provider IN (SELECT value FROM json_each(?))"
)


@dataclass(frozen=True)
class VectorTable:
    """One model's vectors: the model's number in the file and its dimension."""

    number: int
    dimension: int

    @property
    def coarse(self) -> str:
        """The name of the model's vec0 table."""
        return f"search_embedding_{self.number}"


def prepare(connection: Connection) -> None:
    """Makes the tables that all models share, where they are not there yet."""
    for statement in _TABLES:
        connection.execute(statement)


def find_table(connection: Connection, model: str) -> VectorTable | None:
    """The table of a model, or None where nothing was ever stored for it."""
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name='search_embedding_model'").fetchone()
    if known is None:
        return None
    row = connection.execute(
        "SELECT number, dimension FROM search_embedding_model WHERE name=?", (model,)
    ).fetchone()
    return VectorTable(*row) if row else None


def open_table(connection: Connection, model: str, dimension: int) -> VectorTable:
    """The table of a model, made where there is none; one of another dimension is thrown away first."""
    prepare(connection)
    found = find_table(connection, model)
    if found is not None and found.dimension == dimension:
        return found
    if found is not None:
        drop_table(connection, model)
    number = connection.execute("SELECT coalesce(max(number), 0) + 1 FROM search_embedding_model").fetchone()[
        0
    ]
    table = VectorTable(number, dimension)
    connection.execute("INSERT INTO search_embedding_model VALUES (?,?,?)", (model, table.number, dimension))
    connection.execute(
        f"CREATE VIRTUAL TABLE {table.coarse}"
        f" USING vec0(coarse bit[{dimension}], category INTEGER, city INTEGER)"
    )
    return table


def drop_table(connection: Connection, model: str) -> None:
    """Forgets a model's vectors; a model that has none is no error."""
    table = find_table(connection, model)
    if table is not None:
        connection.execute(f"DROP TABLE IF EXISTS {table.coarse}")
        connection.execute("DELETE FROM search_embedding WHERE model=?", (table.number,))
        connection.execute("DELETE FROM search_embedding_model WHERE name=?", (model,))


def put(
    connection: Connection, table: VectorTable, rowid: int, digest: bytes, provider: Provider, vector: Vectors
) -> None:
    """Stores a provider's unit vector in place of an older one. `digest` is that of its document."""
    drop(connection, table, rowid)
    connection.execute(
        "INSERT INTO search_embedding VALUES (?,?,?,?)",
        (table.number, rowid, digest, np.round(vector * SCALE).astype(np.int8).tobytes()),
    )
    main = provider.categories[0] if provider.categories else ""
    connection.execute(
        f"INSERT INTO {table.coarse}(rowid, coarse, category, city)"  # noqa: S608 (the name is ours)
        " VALUES (?, vec_bit(?), ?, ?)",
        (rowid, _bits(vector), _code(main), _code(fold(provider.city or ""))),
    )


def put_int8(
    connection: Connection, table: VectorTable, rowid: int, digest: bytes, provider: Provider, values: bytes
) -> None:
    """As `put`, for a unit vector that comes as it is stored: a signed byte a dimension."""
    vector = np.frombuffer(values, dtype=np.int8).astype(np.float32) / SCALE
    put(connection, table, rowid, digest, provider, vector)


def drop(connection: Connection, table: VectorTable, rowid: int) -> None:
    """Forgets a provider's vector; one that has none is no error."""
    connection.execute(f"DELETE FROM {table.coarse} WHERE rowid=?", (rowid,))  # noqa: S608
    connection.execute("DELETE FROM search_embedding WHERE model=? AND provider=?", (table.number, rowid))


def nearest(
    connection: Connection,
    table: VectorTable,
    question: Vectors,
    *,
    candidates: RowIds | None,
    categories: Sequence[str] = (),
    cities: Sequence[str] = (),
) -> tuple[RowIds, Vectors]:
    """Row ids nearest to a unit vector and their cosines, nearest first.

    `candidates` are scored one by one where they are few; else up to COARSE_LIMIT with any of the main
    categories and of the cities are found by their bits, and others than candidates may be among them.
    """
    if candidates is None or len(candidates) > DIRECT_LIMIT:
        candidates = _coarse(connection, table, question, categories, cities)
    asked = msgspec.json.encode(candidates.tolist()).decode()
    ids, digits = connection.execute(_DIRECT, (table.number, asked)).fetchone()
    rowids = np.array(msgspec.json.decode(ids), dtype=np.int64)
    if not len(rowids):
        return rowids, np.empty(0, dtype=np.float32)
    vectors = np.frombuffer(bytes.fromhex(digits), dtype=np.int8).reshape(len(rowids), -1)
    cosines = (vectors.astype(np.float32) @ question) / SCALE
    order = np.argsort(-cosines, kind="stable")
    return rowids[order], cosines[order].astype(np.float32)


def _coarse(
    connection: Connection,
    table: VectorTable,
    question: Vectors,
    categories: Sequence[str],
    cities: Sequence[str],
) -> RowIds:
    """Row ids nearest by their bits, inside category and city."""
    where, values = "", list[int]()
    for column, named in (("category", categories), ("city", map(fold, cities))):
        if wanted := [_code(name) for name in named]:
            where += f" AND {column} IN ({','.join('?' * len(wanted))})"
            values += wanted
    nearest = f"SELECT rowid FROM {table.coarse} WHERE coarse MATCH vec_bit(?) AND k={COARSE_LIMIT}{where}"  # noqa: S608
    [found] = connection.execute(
        f"SELECT json_group_array(rowid) FROM ({nearest})",  # noqa: S608
        (_bits(question), *values),
    ).fetchone()
    return np.array(msgspec.json.decode(found), dtype=np.int64)


def _code(name: str) -> int:
    """A number that stands for a category or a city: vec0 compares numbers many times faster than texts."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


def _bits(vector: Vectors) -> bytes:
    return np.packbits(vector > 0, bitorder="little").tobytes()
