"""Kinds of places: labels, search terms and attributes in many languages."""

import zipfile
from pathlib import Path

import pytest

from edge.catalog.taxonomy import Taxonomy
from sync.errors import Corrupt, Missing
from sync.provider import Market, OwnCategory
from sync.taxonomy import FILE

TAXONOMY = Taxonomy.load()


@pytest.mark.parametrize(
    ("language", "label"),
    [("en", "Plumber"), ("de", "Klempner"), ("es", "Fontanero"), ("de-CH", "Klempner"), ("tlh", "Plumber")],
)
def test_label_in_the_language_or_the_nearest(language: str, label: str) -> None:
    assert TAXONOMY.label("craft/plumber", language) == label


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("zh", "zh-CN"),
        ("zh-Hant-HK", "zh-TW"),
        ("zh_TW", "zh-TW"),
        ("no", "nb"),
        ("pt-BR", "pt-BR"),
        ("pt-AO", "pt"),
        ("en-GB", "en"),
        ("", "en"),
        ("xx", "en"),
    ],
)
def test_language_tag_finds_its_words(asked: str, given: str) -> None:
    assert TAXONOMY.language(asked) == given


def test_terms_are_of_exactly_the_language_asked() -> None:
    assert "водопроводчик" in TAXONOMY.terms("craft/plumber", "ru")
    assert TAXONOMY.terms("craft/plumber", "xx") == ()


def test_label_is_the_first_term_and_no_term_comes_twice() -> None:
    for language in ("en", "ru", "ar", "zh-CN"):
        for id in TAXONOMY.ids:
            terms = TAXONOMY.terms(id, language)
            assert len(set(terms)) == len(terms)
            assert all(term.strip() == term != "" for term in terms)
            if id in TAXONOMY.words(language).labels:
                assert terms[0] == TAXONOMY.label(id, language)


def test_every_category_has_an_english_label_an_icon_and_a_sound_parent() -> None:
    english = TAXONOMY.words("en").labels
    for id in TAXONOMY.ids:
        assert english[id]
        parent = TAXONOMY.parent(id)
        assert parent is None or parent in TAXONOMY
        assert TAXONOMY.lineage(id)[0] == id
    assert sum(TAXONOMY.icon(id) is None for id in TAXONOMY.ids) < 10


def test_kinds_of_a_category() -> None:
    assert TAXONOMY.parent("amenity/restaurant/italian") == "amenity/restaurant"
    within = TAXONOMY.within("amenity/restaurant")
    assert within[0] == "amenity/restaurant"
    assert "amenity/restaurant/italian" in within


def test_schema_types_go_both_ways() -> None:
    assert TAXONOMY.schema_type("amenity/restaurant/italian") == "Restaurant"
    assert TAXONOMY.for_schema_type("Plumber") == "craft/plumber"
    assert TAXONOMY.for_schema_type("LocalBusiness") is None
    for type, id in TAXONOMY.index.imports.items():
        assert id in TAXONOMY, type


def test_attribute_values_are_translated_and_english_fills_the_gaps() -> None:
    assert TAXONOMY.field_labels("cuisine", "de")["italian"] == "Italienisch"
    assert set(TAXONOMY.field_labels("cuisine", "ro")) == set(TAXONOMY.field_labels("cuisine", "en"))
    field = TAXONOMY.field("internet_access", "de")
    assert field is not None
    assert field.label
    assert TAXONOMY.field("no_such_key", "de") is None


def test_older_and_newer_ids_share_their_words() -> None:
    assert TAXONOMY.label("craft/locksmith", "de") == TAXONOMY.label("shop/locksmith", "de")


def test_unknown_category_gets_a_readable_label() -> None:
    assert TAXONOMY.label("own/tea_ceremony", "de") == "Tea ceremony"
    assert TAXONOMY.icon("own/tea_ceremony") is None
    assert "own/tea_ceremony" not in TAXONOMY


def test_market_lays_its_own_words_over() -> None:
    own = OwnCategory(
        id="own/banya", names={"ru": "Баня", "en": "Banya"}, terms={"ru": ("парная",)}, parent="leisure/sauna"
    )
    synonyms = {"craft/plumber": {"en": ("pipe doctor",), "xx": ("plumba",)}}
    laid = TAXONOMY.with_market(Market(id="m", categories=(own,), synonyms=synonyms))
    assert laid.label("own/banya", "ru") == "Баня"
    assert laid.label("own/banya", "de") == "Banya"
    assert laid.terms("own/banya", "ru") == ("Баня", "парная")
    assert laid.icon("own/banya") == TAXONOMY.icon("leisure/sauna")
    assert "own/banya" in laid.within("leisure/sauna")
    assert "pipe doctor" in laid.terms("craft/plumber", "en")
    assert laid.terms("craft/plumber", "xx") == ("plumba",)
    assert "own/banya" not in TAXONOMY


def test_loop_in_a_markets_categories_ends() -> None:
    loop = tuple(
        OwnCategory(id=id, names={"en": id}, parent=parent) for id, parent in (("a", "b"), ("b", "a"))
    )
    laid = TAXONOMY.with_market(Market(id="m", categories=loop))
    assert set(laid.lineage("a")) == {"a", "b"}
    assert set(laid.within("a")) == {"a", "b"}


def test_missing_file_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(Missing) as raised:
        Taxonomy.load(tmp_path / "none.zip")
    assert "taxonomy_build" in raised.value.hint


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 and no more", FILE.read_bytes()[:5000]])
def test_damaged_file_is_corrupt(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "taxonomy.zip"
    path.write_bytes(damage)
    with pytest.raises(Corrupt):
        Taxonomy.load(path)


def test_file_of_another_form_is_corrupt(tmp_path: Path) -> None:
    path = tmp_path / "taxonomy.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("index.msgpack", b"\x80")
    with pytest.raises(Corrupt):
        Taxonomy.load(path)
