"""Vectors of providers, by model."""

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.database import Connection, Database
from edge.search import vector_index
from edge.search.vector_index import DIRECT_LIMIT, VectorTable
from sync.provider import Provider

DIMENSION = 32


def unit(rows: int, seed: int) -> NDArray[np.float32]:
    drawn = np.random.default_rng(seed).standard_normal((rows, DIMENSION)).astype(np.float32)
    made: NDArray[np.float32] = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return made


def stored(connection: Connection, vectors: NDArray[np.float32], model: str = "one") -> VectorTable:
    table = vector_index.open_table(connection, model, DIMENSION)
    for rowid, vector in enumerate(vectors, 1):
        kind = "a/b" if rowid % 2 else "c/d"
        provider = Provider(id=str(rowid), categories=(kind,), name="N", city=f"City {rowid % 3}")
        vector_index.put(connection, table, rowid, b"digest", provider, vector)
    return table


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_few_candidates_are_ranked_by_their_true_cosine(seed: int) -> None:
    vectors, question = unit(40, seed), unit(1, seed + 1)[0]
    database = Database(Path(":memory:"))
    with database.writing() as connection:
        table = stored(connection, vectors)
        asked = np.arange(1, 41, 2)
        rowids, cosines = vector_index.nearest(connection, table, question, candidates=asked)
        vector_index.drop_table(connection, "one")
    database.close()
    true = vectors[asked - 1] @ question
    assert set(rowids) == set(asked)
    assert np.allclose(cosines, true[(rowids - 1) // 2], atol=0.02)
    assert list(cosines) == sorted(cosines, reverse=True)


def test_many_are_found_by_bits_within_category_and_city(tmp_path: Path) -> None:
    vectors = unit(DIRECT_LIMIT + 200, 7)
    database = Database(tmp_path / "v.db")
    with database.writing() as connection:
        table = stored(connection, vectors)
        everyone = np.arange(1, len(vectors) + 1)
        rowids, cosines = vector_index.nearest(connection, table, vectors[100], candidates=everyone)
        assert rowids[0] == 101
        assert cosines[0] > 0.98
        rowids, _ = vector_index.nearest(
            connection, table, vectors[100], candidates=None, categories=("a/b", "x/y"), cities=("CITY 1",)
        )
        assert rowids[0] != 101 or 101 % 3 == 1
        assert len(rowids)
        assert all(rowid % 2 == 1 and rowid % 3 == 1 for rowid in rowids)
    database.close()


def test_two_models_stand_side_by_side_and_one_can_go(tmp_path: Path) -> None:
    database = Database(tmp_path / "v.db")
    with database.writing() as connection:
        stored(connection, unit(3, 1), "old")
        table = stored(connection, unit(3, 2), "new")
        vector_index.drop_table(connection, "old")
        assert vector_index.find_table(connection, "old") is None
        assert vector_index.find_table(connection, "new") == table
        assert connection.execute("SELECT count(*) FROM search_embedding").fetchone()[0] == 3
    database.close()


def test_another_dimension_throws_the_old_vectors_away(tmp_path: Path) -> None:
    database = Database(tmp_path / "v.db")
    with database.writing() as connection:
        stored(connection, unit(3, 1))
        table = vector_index.open_table(connection, "one", 64)
        assert table.dimension == 64
        assert connection.execute("SELECT count(*) FROM search_embedding").fetchone()[0] == 0
    database.close()
