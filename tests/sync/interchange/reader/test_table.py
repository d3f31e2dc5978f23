"""CSV: rows by a mapping; a bad row spoils no other."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.catalog.taxonomy import Taxonomy
from sync.errors import Refused
from sync.interchange.document import LINE_LIMIT_BYTES
from sync.interchange.entry import Entry, Rejected, Upsert
from sync.interchange.reader import table
from sync.interchange.reader.context import Context
from sync.interchange.reader.mapping import Mapping, load

CONTEXT = Context(Taxonomy.load())
MAPPING = """
delimiter = ";"
decimal = ","
true = ["ja"]
false = ["nein"]

[columns]
id = "Nr"
name = "Firma"
categories = { column = "Branche", split = "/", values = { Klempner = "craft/plumber" } }
lat = "Breite"
lon = "Laenge"
"texts.de.description" = "Text"
"attributes.wheelchair" = { column = "Stufenlos", type = "bool" }
"attributes.cuisine" = { column = "Kueche", split = "," }
"offer.name.de" = "Leistung"
"offer.price_from" = "Preis ab"

[constants]
city = "Testhausen"
"offer.currency" = "EUR"
"""
HEADER = "Nr;Firma;Branche;Breite;Laenge;Text;Stufenlos;Kueche;Leistung;Preis ab\n"


def _read(text: str | bytes, mapping: Mapping | None = None) -> list[Entry]:
    data = text.encode() if isinstance(text, str) else text
    return list(table.read(io.BytesIO(data), CONTEXT, mapping))


def test_mapped_row() -> None:
    row = '7;"Rohr; & Co";Klempner/craft/roofer;52,5;13,4;"Zwei\nZeilen";ja;thai, sushi;Notdienst;1.250,50\n'
    mapping = load(MAPPING.replace('split = "/"', 'split = "|"').encode())
    (entry,) = _read(HEADER + row.replace("Klempner/craft/roofer", "Klempner|craft/roofer"), mapping)
    assert isinstance(entry, Upsert), entry
    found = entry.provider
    assert (found.id, found.name, found.city) == ("7", "Rohr; & Co", "Testhausen")
    assert found.categories == ("craft/plumber", "craft/roofer")
    assert (found.lat, found.lon) == (52.5, 13.4)
    assert found.texts["de"].description == "Zwei\nZeilen"
    assert found.attributes == {"wheelchair": True, "cuisine": "thai;sushi"}
    assert (found.offers[0].name, found.offers[0].price_from, found.offers[0].currency) == (
        {"de": "Notdienst"},
        1250.5,
        "EUR",
    )


def test_header_names_are_fields_without_a_mapping() -> None:
    (entry,) = _read("id,name,categories,texts.en.title,wifi\n1,A,craft/plumber;shop/tea,Hi,fast\n")
    assert isinstance(entry, Upsert)
    assert entry.provider.categories == ("craft/plumber", "shop/tea")
    assert entry.provider.texts["en"].title == "Hi"
    assert entry.provider.attributes == {"wifi": "fast"}


def test_bad_rows_are_numbered_by_line_and_spoil_no_other() -> None:
    rows = [
        b"id,name,categories,rating",
        b"1,A,craft/plumber,",
        b"2,\xff\xfe,craft/plumber,",
        b"3,C,craft/plumber,good",
        b"4,D,craft/plumber,,,,",
        b"5,E\x00,craft/plumber,",
        b"",
        b"7,F,craft/plumber,4.5",
        b'8,"never closed,craft/plumber,',
    ]
    entries = _read(b"\n".join(rows))
    assert [entry.number for entry in entries if isinstance(entry, Upsert)] == [2, 8]
    reasons = {entry.number: "; ".join(entry.reasons) for entry in entries if isinstance(entry, Rejected)}
    assert "not utf-8" in reasons[3]
    assert "rating: 'good' is no number" in reasons[4]
    assert "7 cells, the header has 4" in reasons[5]
    assert "U+0000" in reasons[6]
    assert 9 in reasons


def test_huge_cell_is_refused_and_the_next_row_read() -> None:
    rows = "id,name,categories\n1," + "x" * (LINE_LIMIT_BYTES * 3) + ",craft/plumber\n2,B,craft/plumber\n"
    entries = _read(rows)
    assert [type(entry) for entry in entries] == [Rejected, Upsert]


def test_missing_column_is_refused_by_name() -> None:
    with pytest.raises(Refused, match="'Firma'"):
        _read("Nr\n1\n", load(b'[columns]\nname = "Firma"\n'))


def test_empty_table_has_no_rows() -> None:
    assert _read("") == []
    assert _read("id,name,categories\n") == []


@pytest.mark.parametrize(
    "mapping",
    [
        b"\xff",
        b"columns = 5",
        b"[columns]\nfirm = 'Firma'",
        b"[columns]\n'texts.de' = 'Text'",
        b"delimiter = ';;'",
        b"encoding = 'klingon'",
        b"[columns]\nid = { column = 'Nr', typ = 'text' }",
        b"[constants]\nnonsense = 1",
    ],
)
def test_bad_mapping_is_refused(mapping: bytes) -> None:
    with pytest.raises(Refused) as raised:
        load(mapping)
    assert raised.value.code == "mapping.form"


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    assert all(entry.number >= 2 for entry in _read(b"id,name,categories\n" + data))
