"""Searching a small catalogue."""

import sqlite3
from datetime import datetime
from pathlib import Path

import pytest

from edge.search.columns import rowids
from edge.search.query import Condition, Near, Query, Result
from edge.search.text_index import TextIndex
from edge.search.vector_fill import fill, missing
from sync.interchange.entry import Deletion, Upsert
from tests.edge.search.market import PROVIDERS, TAXONOMY, WordEncoder, make, searching

NOON = datetime(2026, 11, 23, 12)
NIGHT = datetime(2026, 11, 23, 23)


def ids(result: Result) -> list[str]:
    return [hit.provider.id for hit in result.hits]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make(tmp_path).database.close()
    return tmp_path


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Query(categories=("craft/plumber",)), {"pipe", "drain"}),
        (Query(categories=("craft/plumber",), cities=("lipki",)), {"pipe"}),
        (Query(categories=("amenity/restaurant",)), {"pizza"}),
        (Query(conditions=(Condition(key="cuisine", any_of=("Italian",)),)), {"pizza"}),
        (Query(spoken=("pt",)), {"curl"}),
        (Query(price_max=100.0), {"pipe"}),
        (Query(cities=("Lipki",), excluded=("curl", "pizza")), {"pipe"}),
        (Query(categories=("craft/plumber",), open_at=NIGHT), {"drain"}),
        (Query(near=Near(lat=54.0, lon=13.0, radius_m=2_000)), {"pipe", "curl"}),
    ],
)
def test_filters_hold_for_every_hit(tmp_path: Path, query: Query, found: set[str]) -> None:
    result = searching(make(tmp_path)).find(query, NOON)
    assert set(ids(result)) == found
    assert (result.found, result.relaxed, result.total) == ("exact", (), len(found))


@pytest.mark.parametrize(
    ("text", "language", "first"),
    [
        ("boiler leaks", "en", "pipe"),
        ("tap leaking", "en", "pipe"),
        ("тихую трубу", "ru", "pipe"),
        ("Drain Brothers", "en", "drain"),
        ("Drian Brothrs", "en", "drain"),
        ("Curl and Comb", "en", "curl"),
        ("tikhaya truba", "en", "pipe"),
        ("outdoor seating", "en", "pizza"),
    ],
)
def test_words_find_by_stem_name_slip_and_script(
    tmp_path: Path, text: str, language: str, first: str
) -> None:
    assert ids(searching(make(tmp_path)).find(Query(text=text, language=language), NOON))[0] == first


def test_words_that_nobody_has_find_nothing(tmp_path: Path) -> None:
    result = searching(make(tmp_path)).find(Query(text="xylophone zzz"), NOON)
    assert (result.hits, result.found, result.total) == ((), "none", 0)


def test_what_was_let_go_is_said(tmp_path: Path) -> None:
    query = Query(categories=("shop/hairdresser",), cities=("Sosnovka",), rating_min=4.0)
    result = searching(make(tmp_path)).find(query, NOON)
    assert ids(result) == ["curl"]
    assert [(gone.what, gone.wanted) for gone in result.relaxed] == [("cities", "Sosnovka")]
    assert result.found == "relaxed"


def test_a_category_nobody_has_gives_nothing_or_says_that_it_was_widened(tmp_path: Path) -> None:
    search = searching(make(tmp_path))
    assert search.find(Query(categories=("craft/electrician",)), NOON).found == "none"
    wider = search.find(Query(categories=("amenity/restaurant/sushi",)), NOON)
    assert ids(wider) == ["pizza"]
    assert wider.relaxed[0].what == "categories"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query(order="rating"), ["curl", "pipe", "drain", "pizza"]),
        (Query(categories=("craft/plumber",), order="price"), ["pipe", "drain"]),
        (Query(near=Near(lat=54.1, lon=13.0), order="distance", limit=3), ["drain", "curl", "pipe"]),
        (Query(categories=("craft/plumber",), order="rating", limit=1), ["pipe"]),
    ],
)
def test_the_asked_order_decides(tmp_path: Path, query: Query, expected: list[str]) -> None:
    found = ids(searching(make(tmp_path)).find(query, NOON))
    assert found[: len(expected)] == expected


def test_distances_are_given_from_the_point(tmp_path: Path) -> None:
    hits = searching(make(tmp_path)).find(Query(near=Near(lat=54.0, lon=13.0)), NOON).hits
    assert hits[0].provider.id == "pipe"
    assert hits[0].distance_m == pytest.approx(0, abs=1)
    assert hits[-1].distance_m is None


def test_a_change_of_the_catalogue_is_seen_at_once(tmp_path: Path) -> None:
    catalog = make(tmp_path)
    search = searching(catalog)
    assert search.find(Query(categories=("craft/plumber",)), NOON).total == 2
    catalog.apply([Deletion(1, "drain")])
    result = search.find(Query(categories=("craft/plumber",)), NOON)
    assert (result.total, result.catalog_version) == (1, catalog.version())
    assert search.find(Query(text="Brothers"), NOON).found == "none"


def test_what_was_asked_before_a_change_is_read_anew_before_anybody_asks(tmp_path: Path) -> None:
    catalog, asked = make(tmp_path), Query(text="Drain Brothers", categories=("craft/plumber",))
    search = searching(catalog)
    assert search.find(asked, NOON).hits[0].provider.id == "drain"
    catalog.apply([Deletion(1, "drain")])
    search.warm()
    columns, frequencies, _ = search._loaded.at(catalog.version())
    assert list(columns._masks)
    with catalog.database.reading() as connection:
        for (statement, *values), mask in list(columns._masks.items()):
            assert (mask == columns.mask(rowids(connection, statement, *values))).all()
        for statement, known in frequencies._known.items():
            assert known
            for term, count in known.items():
                assert count == (connection.execute(statement, (term,)).fetchone() or (0,))[0]
    assert search.find(asked, NOON).hits == searching(catalog).find(asked, NOON).hits


@pytest.mark.parametrize(
    "text", ["'\" OR NEAR( *", "a" * 5000, "\x00\udcff", "AND", "-", "name:", "東京", "🙂", " " * 100]
)
def test_any_text_is_only_words(tmp_path: Path, text: str) -> None:
    assert searching(make(tmp_path)).find(Query(text=text), NOON).found in ("exact", "none")


def test_an_empty_catalogue_answers(tmp_path: Path) -> None:
    result = searching(make(tmp_path, [])).find(Query(text="plumber", categories=("craft/plumber",)), NOON)
    assert result.found == "none"


def test_a_damaged_word_index_is_noticed_and_made_again(folder: Path) -> None:
    raw = sqlite3.connect(folder / "catalog.db")
    raw.execute("UPDATE search_text_data SET block = randomblob(length(block)) WHERE id > 10")
    raw.commit()
    raw.close()
    catalog = make(folder)
    search = searching(catalog)
    result = search.find(Query(text="boiler leaks", categories=("craft/plumber",)), NOON)
    assert set(ids(result)) == {"pipe", "drain"}
    assert search.damage is not None
    with catalog.database.writing() as connection:
        TextIndex(TAXONOMY).remake(connection)
    search.damage = None
    assert ids(search.find(Query(text="boiler leaks"), NOON))[0] == "pipe"
    assert search.damage is None


def test_meaning_ranks_once_vectors_are_made(tmp_path: Path) -> None:
    catalog, encoder = make(tmp_path), WordEncoder()
    search = searching(catalog, encoder)
    query = Query(text="Leaks, taps and boilers, day and night", categories=("craft/plumber",))
    before = search.find(query, NOON).hits[0].score
    told: list[tuple[int, int]] = []
    assert fill(catalog.database, encoder, TAXONOMY, lambda made, wanted: told.append((made, wanted))) == 4
    assert told == [(4, 4)]
    after = search.find(query, NOON).hits[0]
    assert (after.provider.id, after.score > before) == ("pipe", True)


def test_only_new_changed_and_gone_providers_touch_the_vectors(tmp_path: Path) -> None:
    catalog, encoder = make(tmp_path), WordEncoder()
    fill(catalog.database, encoder, TAXONOMY)
    assert fill(catalog.database, encoder, TAXONOMY) == 0
    catalog.apply(
        [Deletion(1, "drain"), Upsert(2, PROVIDERS[0], b'{"id":"pipe","categories":[],"name":"P"}')]
    )
    with catalog.database.reading() as connection:
        assert missing(connection, encoder.name) == 1
    assert fill(catalog.database, encoder, TAXONOMY) == 1
    with catalog.database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM search_embedding").fetchone()[0] == 3
