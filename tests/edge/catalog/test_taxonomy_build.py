"""The build step: the same package gives the same bytes, and only what people ask for goes in."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from edge.catalog import taxonomy_build
from edge.catalog.taxonomy import Taxonomy
from edge.catalog.taxonomy_build import Source
from sync.errors import Missing

PRESETS: dict[str, Any] = {
    "amenity": {"tags": {"amenity": "*"}},
    "amenity/cafe": {"tags": {"amenity": "cafe"}, "icon": "maki-cafe"},
    "amenity/cafe/teahouse": {"tags": {"amenity": "cafe", "cuisine": "tea"}},
    "amenity/bench": {"tags": {"amenity": "bench"}},
    "barrier/wall": {"tags": {"barrier": "wall"}},
    "craft/locksmith": {"tags": {"craft": "locksmith"}, "searchable": False},
    "shop/locksmith": {"tags": {"shop": "locksmith"}, "addTags": {"shop": "locksmith", "craft": "locksmith"}},
}
FIELDS = {"cuisine": {"key": "cuisine", "type": "semiCombo"}, "gender": {"keys": ["male", "female"]}}
ENGLISH: dict[str, Any] = {
    "presets": {
        "amenity/cafe": {"name": "Cafe", "terms": ["Coffee", "cafe", " tea "]},
        "amenity/cafe/teahouse": {"name": "Teahouse"},
        "amenity/bench": {"name": "Bench"},
        "shop/locksmith": {"name": "Locksmith", "terms": ["key"]},
    },
    "fields": {
        "cuisine": {
            "label": "Cuisines",
            "options": {"tea": {"title": "Tea", "description": "x"}, "thai": "Thai"},
        },
        "gender": {"label": "Gender", "options": {"male": "Men", "female": "Women"}},
    },
}
BRITISH = {"presets": {"amenity/cafe": {"name": "Caff", "terms": ["cuppa"]}}}


@pytest.fixture
def source(tmp_path: Path) -> Source:
    folder = tmp_path / "package"
    translations = folder / "dist" / "translations"
    translations.mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"version": "9.9.9"}))
    (folder / "dist" / "presets.json").write_text(json.dumps(PRESETS))
    (folder / "dist" / "fields.json").write_text(json.dumps(FIELDS))
    for tag, words in (("en", ENGLISH), ("en-GB", BRITISH)):
        (translations / f"{tag}.json").write_text(json.dumps({tag: {"presets": words}}))
    return Source(folder)


def _taxonomy(source: Source, tmp_path: Path) -> Taxonomy:
    out = tmp_path / "taxonomy.zip"
    taxonomy_build.write(taxonomy_build.build(source), out)
    return Taxonomy.load(out)


def test_only_kinds_of_places_go_in(source: Source, tmp_path: Path) -> None:
    built = _taxonomy(source, tmp_path)
    assert built.ids == ("amenity/cafe", "amenity/cafe/teahouse", "craft/locksmith", "shop/locksmith")
    assert built.parent("amenity/cafe/teahouse") == "amenity/cafe"
    assert built.schema_type("amenity/cafe/teahouse") == "CafeOrCoffeeShop"


def test_regional_words_are_laid_under(source: Source, tmp_path: Path) -> None:
    built = _taxonomy(source, tmp_path)
    assert built.label("amenity/cafe/teahouse", "en") == "Teahouse"
    assert {"Cafe", "Caff", "tea", "cuppa"} <= set(built.terms("amenity/cafe", "en"))


def test_twins_share_words(source: Source, tmp_path: Path) -> None:
    built = _taxonomy(source, tmp_path)
    assert built.label("craft/locksmith", "en") == "Locksmith"
    assert "key" in built.terms("craft/locksmith", "en")


def test_values_of_attributes_are_read_whatever_their_form(source: Source, tmp_path: Path) -> None:
    built = _taxonomy(source, tmp_path)
    assert built.field_labels("cuisine", "en") == {"tea": "Tea", "thai": "Thai"}
    female = built.field("female", "en")
    assert female is not None
    assert female.label == "Women"


def test_same_input_gives_the_same_bytes(source: Source, tmp_path: Path) -> None:
    for name in ("one.zip", "other.zip"):
        taxonomy_build.write(taxonomy_build.build(source), tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "other.zip").read_bytes()


def test_folder_without_the_package_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Missing) as raised:
        Source(tmp_path)
    assert "make setup" in raised.value.hint


def test_tables_name_only_what_is_there() -> None:
    built = Taxonomy.load()
    scope = taxonomy_build._toml("scope.toml")
    assert [id for pair in scope["twins"].items() for id in pair if id not in built] == []
    assert [id for id in scope["also"] if id not in built] == []
    types = taxonomy_build._toml("schema_type.toml")["types"]
    assert [id for id in types if "/" in id and id not in built] == []
    for file in sorted((taxonomy_build.TOML / "words").glob("*.toml")):
        assert file.stem in built.languages
        assert [id for id in taxonomy_build._own(file.stem) if id not in built] == []


def test_a_word_that_names_one_kind_is_no_search_term_of_another(source: Source, tmp_path: Path) -> None:
    words = copy.deepcopy(ENGLISH)
    words["presets"]["shop/locksmith"]["terms"] = ["key", "Teahouse"]
    words["presets"]["amenity/cafe/teahouse"]["terms"] = ["tea", "matcha"]
    path = source.folder / "dist" / "translations" / "en.json"
    path.write_text(json.dumps({"en": {"presets": words}}))
    built = _taxonomy(source, tmp_path)
    assert "Teahouse" not in built.terms("shop/locksmith", "en")
    assert built.terms("amenity/cafe/teahouse", "en") == ("Teahouse", "matcha")
