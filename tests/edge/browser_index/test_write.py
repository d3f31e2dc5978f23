"""The browser's file holds what the node's has, and follows it by small changes."""

from math import log
from pathlib import Path

import msgspec
import pytest

from edge.browser_index import schema
from edge.browser_index.form import INDEX
from edge.browser_index.report import delta_kb
from edge.database import Connection, driver
from edge.search.text_index import words
from edge.search.text_query import Frequencies, nearly_named
from sync.provider import Provider
from tests.edge.browser_index.browser import Stand, many, opened, stand
from tests.edge.search.market import PROVIDERS

TABLES = ("provider", "provider_category", "provider_language", "provider_attribute", "provider_name")
WEIGHTS = {"name": 6, "category": 4, "offers": 3, "attributes": 3, "texts": 1, "city": 0.5, "facet": 0}
SCORED = (
    "SELECT rowid, bm25(search_text, 6.0, 4.0, 3.0, 3.0, 1.0, 0.5, 0.0) FROM search_text"
    " WHERE search_text MATCH ?"
)
DELETES = pytest.mark.skipif(
    not schema.can_delete(driver().connect(":memory:")), reason="this SQLite makes the file anew every time"
)


def rows(file: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Everything a page can read, with hours by their text."""
    found = {table: file.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES[1:]}  # noqa: S608
    found["provider"] = file.execute(
        "SELECT p.rowid, p.id, name, name_latin, city_key, lat, lon, rating, price_band, price_from, text,"
        " week, days, record FROM provider p LEFT JOIN hours h ON h.id = p.hours"
    ).fetchall()
    found["words"] = file.execute("SELECT term, doc, cnt FROM search_text_word").fetchall()
    found["parts"] = file.execute("SELECT term, doc, cnt FROM search_name_part").fetchall()
    return {name: sorted(table, key=repr) for name, table in found.items()}


def sizes(blob: bytes) -> int:
    """The sum of SQLite's variable-length integers in a row of `docsize`: how many words a record has."""
    total = value = 0
    for byte in blob:
        value = value << 7 | byte & 127
        if byte < 128:
            total, value = total + value, 0
    return total


def page_scores(file: Connection, asked: list[str]) -> dict[int, float]:
    """BM25 as the README tells a page to compute it: a contentless index cannot weigh its columns itself."""
    file.execute("CREATE VIRTUAL TABLE temp.stands USING fts5vocab(main, search_text, instance)")
    lengths = {id: sizes(blob) for id, blob in file.execute("SELECT id, sz FROM search_text_docsize")}
    average, scores = sum(lengths.values()) / len(lengths), dict.fromkeys(lengths, 0.0)
    for word in asked:
        weights: dict[int, float] = {}
        for doc, column in file.execute("SELECT doc, col FROM temp.stands WHERE term=?", (word,)):
            weights[doc] = weights.get(doc, 0.0) + WEIGHTS[column]
        rarity = max(1e-6, log((len(lengths) - len(weights) + 0.5) / (len(weights) + 0.5)))
        for doc, weight in weights.items():
            scores[doc] += rarity * weight * 2.2 / (weight + 1.2 * (0.25 + 0.75 * lengths[doc] / average))
    return scores


@pytest.mark.parametrize(
    ("text", "language"),
    [("leaking tap", "en"), ("тихая труба", "ru"), ("Haar schneiden", "de"), ("boiler 7 comb", "en")],
)
def test_words_weigh_as_on_the_node(tmp_path: Path, text: str, language: str) -> None:
    made = stand(tmp_path, many(60))
    made.build()
    with made.catalog.database.reading() as node:
        asked = [word for word in dict.fromkeys(words(text, language)) if stands(node, word)]
        found = node.execute(SCORED, (" OR ".join(f'"{word}"' for word in asked),)).fetchall()
    assert len({round(score, 6) for _, score in found}) > 1
    scores = page_scores(made.file(), asked)
    assert {rowid: pytest.approx(-score) for rowid, score in found} == {
        rowid: score for rowid, score in scores.items() if score
    }


def stands(node: Connection, word: str) -> bool:
    return node.execute("SELECT 1 FROM search_text_word WHERE term=?", (word,)).fetchone() is not None


def test_no_word_stands_twice_in_a_column(tmp_path: Path) -> None:
    made = stand(tmp_path)
    with made.catalog.database.reading() as node:
        for columns in node.execute("SELECT name, category, offers, attributes, texts FROM search_text"):
            for column in columns:
                assert len(column.split()) == len(set(column.split()))


def test_names_are_found_by_their_letters(tmp_path: Path) -> None:
    made = stand(tmp_path)
    made.build()
    file = made.file()
    found = file.execute(
        "SELECT p.id FROM search_name s JOIN provider p ON p.rowid = s.rowid WHERE search_name MATCH 'dra'"
    ).fetchall()
    assert found == [("drain",)]
    with made.catalog.database.reading() as node:
        assert nearly_named(node, "drain brothers", Frequencies())


def test_records_are_carried_without_descriptions(tmp_path: Path) -> None:
    made = stand(tmp_path)
    made.build()
    record = made.file().execute("SELECT record FROM provider WHERE id='pipe'").fetchone()[0]
    pipe = msgspec.json.decode(record, type=Provider)
    assert pipe.texts["en"].title == "Quiet Pipe"
    assert pipe.texts["en"].description == ""
    assert pipe.offers == PROVIDERS[0].offers


@DELETES
def test_a_file_that_followed_is_like_one_made_anew(tmp_path: Path) -> None:
    followed = stand(tmp_path / "followed", many(40))
    before = followed.build()
    changes = [
        msgspec.structs.replace(many(1)[0], phone="+49 30 1", city="Elsewhere", languages=("fr",)),
        msgspec.structs.replace(many(3)[2], name="Quite another name", attributes={"new": "a;b;a"}),
        msgspec.structs.replace(many(1)[0], id="fresh", name="Fresh", opening_hours="Su 01:00-02:00"),
    ]
    followed.put(*changes)
    followed.delete("p7")
    assert followed.build().name != before.name
    whole = many(40)
    anew = stand(tmp_path / "anew", whole)
    anew.put(*changes)
    anew.delete("p7")
    anew.build()
    assert rows(followed.file()) == rows(anew.file())


@DELETES
def test_a_changed_phone_is_a_small_part_of_the_file(tmp_path: Path) -> None:
    made = stand(tmp_path, many(400))
    before = made.build()
    made.put(msgspec.structs.replace(many(1)[0], phone="+49 30 2"))
    after = made.build()
    part, new = (
        after.head.parts[INDEX],
        set(after.head.parts[INDEX].chunks) - set(before.head.parts[INDEX].chunks),
    )
    assert 0 < len(new) <= 4
    assert len(part.chunks) > 20
    assert 0 < delta_kb(before.head, after) < 40


def test_another_month_makes_the_hours_anew(tmp_path: Path) -> None:
    made = stand(tmp_path)
    made.build()
    made.day = made.day.replace(month=12, day=1)
    made.build()
    assert made.file().execute("SELECT value FROM meta WHERE key='hours_from'").fetchone() == ("2026-12-01",)


def test_another_market_document_makes_all_anew(tmp_path: Path) -> None:
    made = stand(tmp_path)
    before = made.build()
    made.put(market=msgspec.structs.replace(made.catalog.market(), country="FR"))
    assert made.build().head.fingerprint != before.head.fingerprint


def test_the_file_needs_no_log_beside_it(tmp_path: Path) -> None:
    made = stand(tmp_path)
    path = made.build().part(INDEX)
    header = path.read_bytes()[:100]
    assert header[18:20] == b"\x01\x01"  # SQLite file format, bytes 18 and 19: no write-ahead log
    assert int.from_bytes(header[16:18], "big") == 4096
    assert opened(path).execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_an_empty_catalogue_has_an_index_too(tmp_path: Path) -> None:
    made = stand(tmp_path, ())
    assert made.build().head.providers == 0
    assert made.file().execute("SELECT count(*) FROM provider").fetchone() == (0,)


def test_a_damaged_last_file_is_made_anew(tmp_path: Path) -> None:
    made: Stand = stand(tmp_path)
    made.build().part(INDEX).write_bytes(b"not a database" * 1000)
    made.put(msgspec.structs.replace(PROVIDERS[0], phone="+49 30 3"))
    made.build()
    assert made.file().execute("SELECT count(*) FROM provider").fetchone() == (len(PROVIDERS),)
