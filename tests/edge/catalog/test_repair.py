"""A damaged catalogue is mended: indexes anew, or every provider that can still be read."""

import os
from pathlib import Path

import pytest

from edge.catalog.repair import mended, repair
from edge.catalog.store import FILE_NAME, Catalog, open_catalog
from edge.catalog.taxonomy import Taxonomy
from edge.search.text_index import TextIndex
from sync.errors import Corrupt, Missing
from sync.interchange.document import parse
from sync.provider import Market

INDEXES = (TextIndex(Taxonomy.load()),)
PAGE_BYTES = 4096


def _filled(folder: Path, count: int) -> None:
    catalog = open_catalog(folder, INDEXES)
    line = (
        b'{"id":"p%04d","categories":["craft/plumber"],"name":"Pipes %d","texts":{"en":{"description":"%s"}}}'
    )
    entries = [parse(n, line % (n, n, b"word " * 300)) for n in range(1, count + 1)]
    assert catalog.apply(entries, market=Market(id="testville")).added == count
    catalog.database.close()


def _indexed(catalog: Catalog) -> int:
    with catalog.database.reading() as connection:
        return int(
            connection.execute("SELECT count(*) FROM search_text WHERE search_text MATCH 'pipes'").fetchone()[
                0
            ]
        )


def test_sound_catalogue_gets_its_indexes_anew(tmp_path: Path) -> None:
    _filled(tmp_path, 5)
    catalog = open_catalog(tmp_path, INDEXES)
    with catalog.database.writing() as connection:
        connection.execute("DELETE FROM search_text_data")
    catalog.database.close()
    done = repair(tmp_path, INDEXES)
    assert (done.moved_to, done.providers, done.lost) == (None, 5, 0)
    catalog = open_catalog(tmp_path, INDEXES)
    assert _indexed(catalog) == 5
    catalog.database.close()


def test_damaged_pages_cost_only_what_is_on_them(tmp_path: Path) -> None:
    _filled(tmp_path, 200)
    path = tmp_path / FILE_NAME
    data = bytearray(path.read_bytes())
    hurt = data.index(b"Pipes 100", PAGE_BYTES) // PAGE_BYTES * PAGE_BYTES
    data[hurt : hurt + PAGE_BYTES] = os.urandom(PAGE_BYTES)
    path.write_bytes(data)
    done = repair(tmp_path, INDEXES)
    assert done.moved_to is not None
    assert done.moved_to.read_bytes() == bytes(data)
    assert 150 <= done.providers < 200
    assert done.providers + done.lost <= 200
    catalog = open_catalog(tmp_path, INDEXES)
    assert catalog.database.damage() is None
    assert catalog.market().id == "testville"
    assert catalog.version() == 2
    assert _indexed(catalog) == done.providers
    catalog.database.close()


def test_file_that_is_no_database_gives_an_empty_catalogue_and_is_kept(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"a letter, not a database. " * 400)
    with pytest.raises(Corrupt):
        open_catalog(tmp_path, INDEXES)
    catalog, done = mended(tmp_path, INDEXES)
    assert done is not None
    assert done.moved_to is not None
    assert done.moved_to.read_bytes().startswith(b"a letter")
    assert catalog.count() == 0
    catalog.database.close()


def test_sound_catalogue_needs_no_mending(tmp_path: Path) -> None:
    _filled(tmp_path, 1)
    catalog, done = mended(tmp_path, INDEXES)
    assert done is None
    assert catalog.count() == 1
    catalog.database.close()


def test_nothing_to_repair_is_told(tmp_path: Path) -> None:
    with pytest.raises(Missing):
        repair(tmp_path, INDEXES)
