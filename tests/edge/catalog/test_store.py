"""The catalogue: what goes in comes out, whole or not at all."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.catalog.apply import Rules
from edge.catalog.store import Catalog, open_catalog
from edge.database import Connection
from sync.errors import Missing, Refused, Unavailable
from sync.interchange.document import market_from, parse
from sync.interchange.entry import Entry, Report
from sync.provider import Market, Provider


class Spy:
    """An index that remembers what it was told, in the database as a real one does."""

    def prepare(self, connection: Connection) -> None:
        connection.execute("CREATE TABLE IF NOT EXISTS spy(provider INTEGER PRIMARY KEY, name TEXT)")

    def put(self, connection: Connection, rowid: int, provider: Provider) -> None:
        connection.execute("INSERT INTO spy VALUES (?,?)", (rowid, provider.name))

    def drop(self, connection: Connection, rowid: int) -> None:
        connection.execute("DELETE FROM spy WHERE provider=?", (rowid,))

    def remake(self, connection: Connection) -> None:
        connection.execute("DROP TABLE spy")
        self.prepare(connection)
        connection.execute("INSERT INTO spy SELECT rowid, name || '!' FROM provider")


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = open_catalog(tmp_path / "data", (Spy(),))
    yield opened
    opened.database.close()


def _spied(catalog: Catalog) -> list[str]:
    with catalog.database.reading() as connection:
        return [name for (name,) in connection.execute("SELECT name FROM spy ORDER BY name")]


def _provider(id: str, **change: object) -> dict[str, object]:
    return {"id": id, "categories": ["craft/plumber"], "name": f"Name of {id}", **change}


def _entries(*documents: object) -> list[Entry]:
    return [parse(number, json.dumps(document).encode()) for number, document in enumerate(documents, 1)]


def _apply(catalog: Catalog, *documents: object, rules: Rules = Rules()) -> Report:
    return catalog.apply(_entries(*documents), rules)


def test_same_lines_again_change_nothing(catalog: Catalog) -> None:
    lines = (_provider("a"), _provider("b"))
    assert _apply(catalog, *lines).version == 1
    again = _apply(catalog, *lines)
    assert (again.added, again.changed, again.unchanged, again.version) == (0, 0, 2, 1)


def test_changed_line_replaces_the_old_one_everywhere(catalog: Catalog) -> None:
    _apply(catalog, _provider("a", city="Riga", attributes={"wifi": True}))
    report = _apply(catalog, _provider("a", name="New", city="Oslo", attributes={"stars": 3}))
    assert (report.changed, report.version) == (1, 2)
    assert catalog.get("a").name == "New"
    assert catalog.cities() == [("Oslo", 1)]
    assert catalog.attribute_values() == {"stars": {"3": 1}}
    assert catalog.named("name of A") == []
    assert catalog.named("NEW") == ["a"]
    assert _spied(catalog) == ["New"]


def test_deletion_takes_a_provider_out_of_every_table(catalog: Catalog) -> None:
    _apply(catalog, _provider("a", city="Riga", languages=["lv"]), _provider("b"))
    assert _apply(catalog, {"id": "a", "deleted": True}).deleted == 1
    assert _spied(catalog) == ["Name of b"]
    with catalog.database.reading() as connection:
        for part in ("category", "language", "attribute", "text", "name"):
            query = f"SELECT count(*) FROM provider_{part} WHERE provider = 1"  # noqa: S608
            assert connection.execute(query).fetchone() == (0,), part
    with pytest.raises(Missing):
        catalog.get("a")


def test_deleting_what_is_not_there_changes_nothing(catalog: Catalog) -> None:
    assert _apply(catalog, {"id": "a", "deleted": True}).version == 0


def test_replace_deletes_what_is_absent(catalog: Catalog) -> None:
    _apply(catalog, _provider("a"), _provider("b"))
    report = _apply(catalog, _provider("b"), _provider("c"), rules=Rules(replace=True))
    assert (report.added, report.unchanged, report.deleted) == (1, 1, 1)
    assert [json.loads(document)["id"] for document in catalog.documents()] == ["b", "c"]


def test_replace_spares_a_provider_whose_line_is_bad(catalog: Catalog) -> None:
    _apply(catalog, _provider("a"), _provider("b"))
    report = _apply(catalog, _provider("a", rating="x"), rules=Rules(replace=True))
    assert (report.refused, report.deleted) == (1, 1)
    assert catalog.get("a").name == "Name of a"


def test_replace_deletes_nothing_when_a_line_cannot_be_read(catalog: Catalog) -> None:
    _apply(catalog, _provider("a"), _provider("b"))
    report = catalog.apply([*_entries(_provider("a")), parse(2, b'{"id":"b", "na')], Rules(replace=True))
    assert report.deleted == 0
    assert catalog.count() == 2
    assert any("nothing was deleted" in problem.reason for problem in report.problems)


def test_strict_keeps_nothing_for_one_bad_line(catalog: Catalog) -> None:
    report = _apply(catalog, _provider("a"), {"id": "b"}, rules=Rules(strict=True))
    assert (report.applied, report.refused, report.version) == (False, 1, 0)
    assert catalog.count() == 0
    assert _spied(catalog) == []


def test_bad_lines_are_left_out_and_the_rest_is_kept(catalog: Catalog) -> None:
    report = _apply(catalog, _provider("a"), {"id": "b"}, _provider("c"))
    assert (report.added, report.refused) == (2, 1)
    assert (report.problems[0].number, report.problems[0].id) == (2, "b")


def test_dry_run_counts_and_keeps_nothing(catalog: Catalog) -> None:
    _apply(catalog, _provider("a"))
    report = _apply(catalog, _provider("a", name="New"), _provider("b"), rules=Rules(dry_run=True))
    assert (report.changed, report.added, report.applied, report.version) == (1, 1, False, 1)
    assert catalog.get("a").name == "Name of a"


def test_later_line_of_one_id_counts_and_is_noted(catalog: Catalog) -> None:
    report = _apply(catalog, _provider("a"), _provider("a", name="Later"))
    assert catalog.get("a").name == "Later"
    assert "also given by number 1" in report.problems[0].reason


def test_import_that_breaks_off_leaves_the_old_catalogue(catalog: Catalog) -> None:
    _apply(catalog, _provider("a"))

    def breaking() -> Iterator[Entry]:
        yield from _entries(_provider("a", name="New"), _provider("b"))
        raise OSError("the stick was pulled out")

    with pytest.raises(OSError, match="stick"):
        catalog.apply(breaking())
    assert (catalog.count(), catalog.version(), catalog.get("a").name) == (1, 1, "Name of a")


def test_full_disk_leaves_the_old_catalogue(catalog: Catalog) -> None:
    _apply(catalog, _provider("a"))
    with catalog.database.writing() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 20}")
    many = [_provider(f"p{n}", texts={"en": {"description": "x" * 5_000}}) for n in range(100)]
    with pytest.raises(Unavailable) as raised:
        _apply(catalog, *many)
    assert raised.value.code == "disk.full"
    assert (catalog.count(), catalog.version(), _spied(catalog)) == (1, 1, ["Name of a"])
    assert catalog.database.damage() is None


def test_opening_does_not_wait_for_an_import_under_way(catalog: Catalog) -> None:
    _apply(catalog, _provider("a"))
    with catalog.database.writing() as connection:
        connection.execute("DELETE FROM provider")
        second = open_catalog(catalog.database.path.parent, (Spy(),))
        assert second.count() == 1
        second.database.close()


def test_market_is_stored_with_the_lines_and_moves_the_version_once(catalog: Catalog) -> None:
    market = Market(id="riga", languages=("lv", "en"))
    assert catalog.market().id == "market"
    report = catalog.apply(_entries(_provider("a")), market=market)
    assert (report.version, catalog.market()) == (1, market)
    assert catalog.put_market(market) == 1
    assert catalog.put_market(Market(id="oslo")) == 2


def test_new_market_remakes_the_indexes(catalog: Catalog) -> None:
    _apply(catalog, _provider("a"))
    catalog.put_market(Market(id="riga"))
    assert _spied(catalog) == ["Name of a!"]


def test_strict_refusal_keeps_the_old_market(catalog: Catalog) -> None:
    catalog.apply(_entries({"id": "b"}), Rules(strict=True), market=Market(id="riga"))
    assert catalog.market().id == "market"


def test_values_are_counted_as_spelt(catalog: Catalog) -> None:
    _apply(
        catalog,
        _provider("a", city="San José", attributes={"cuisine": "Thai;Sushi", "wifi": True, "none": None}),
        _provider("b", city="san jose", attributes={"cuisine": "Thai", "stars": "4.5", "story": "x" * 300}),
        _provider("c", city="San José"),
    )
    assert catalog.cities() == [("San José", 3)]
    assert catalog.attribute_values() == {
        "cuisine": {"Thai": 2, "Sushi": 1},
        "stars": {"4.5": 1},
        "wifi": {"true": 1},
    }
    assert catalog.category_counts() == {"craft/plumber": 3}


@pytest.mark.parametrize(
    ("change", "rating"),
    [
        ({"rating": 4.5, "attributes": {"rating": 1}}, 4.5),
        ({"attributes": {"rating": "4.30"}}, 4.3),
        ({"attributes": {"rating": 4}}, 4.0),
        ({"attributes": {"rating": "nan"}}, None),
        ({"attributes": {"rating": "good"}}, None),
        ({"attributes": {"rating": True}}, None),
        ({"attributes": {"rating": 97}}, None),
        ({}, None),
    ],
)
def test_rating_column(catalog: Catalog, change: dict[str, object], rating: float | None) -> None:
    _apply(catalog, _provider("a", **change))
    with catalog.database.reading() as connection:
        assert connection.execute("SELECT rating FROM provider").fetchone() == (rating,)


def test_lowest_offer_price_is_the_price(catalog: Catalog) -> None:
    offers = [{"name": {"en": "x"}, "price_from": price} for price in (30, 12.5)] + [{"name": {"en": "free"}}]
    _apply(catalog, _provider("a", offers=offers))
    with catalog.database.reading() as connection:
        assert connection.execute("SELECT price_from FROM provider").fetchone() == (12.5,)


def test_many_keeps_the_order_asked_and_passes_over_the_unknown(catalog: Catalog) -> None:
    _apply(catalog, _provider("a"), _provider("b"))
    assert [provider.id for provider in catalog.many(["b", "x", "a", "b"])] == ["b", "a"]
    assert catalog.many([]) == []


def test_names_are_folded_and_titles_are_no_names(catalog: Catalog) -> None:
    _apply(catalog, _provider("a", name="Zoë's Café", texts={"ru": {"title": "Кафе Зои"}}))
    names = {name for name, _ in catalog.names()}
    assert "zoes cafe" in names
    assert "кафе зои" not in names
    assert catalog.named("zoes cafe") == ["a"]


def test_reindex_makes_the_indexes_anew(catalog: Catalog) -> None:
    _apply(catalog, _provider("a"))
    assert catalog.reindex() == 1
    assert _spied(catalog) == ["Name of a!"]


def test_catalogue_outlives_the_process_that_wrote_it(tmp_path: Path) -> None:
    first = open_catalog(tmp_path)
    _apply(first, _provider("a"))
    first.database.close()
    second = open_catalog(tmp_path)
    assert (second.count(), second.version()) == (1, 1)
    second.database.close()


@pytest.mark.parametrize("document", [b"", b"[]", b'{"name":{}}', b"\xff", b'{"id":1}'])
def test_bad_market_is_refused(document: bytes) -> None:
    with pytest.raises(Refused):
        market_from(document)
