"""The rules a page gets are all of the node's, as plain data."""

import json
from pathlib import Path

import msgspec
import pytest

from edge.answer import cue, message, number
from edge.answer.lexicon import forms, words
from edge.browser_index import knowledge, rules
from edge.browser_index.form import LANGUAGES
from sync.provider import Market
from tests.edge.browser_index.browser import stand
from tests.edge.search.market import TAXONOMY

MARKET = Market(id="m", languages=("en", "it"))
MADE = rules.bundle(TAXONOMY, MARKET)
BUNDLE = json.loads(MADE)


def test_same_inputs_give_the_same_bytes() -> None:
    assert rules.bundle(TAXONOMY, MARKET) == MADE


def test_bundle_speaks_the_pages_languages_and_the_markets() -> None:
    assert BUNDLE["languages"] == [*LANGUAGES, "it"]
    plumber = BUNDLE["categories"]["craft/plumber"]
    assert plumber["labels"]["ru"] == TAXONOMY.label("craft/plumber", "ru")
    assert all(plumber["labels"][language] for language in BUNDLE["languages"])


def found_by_entries(entries: list[list[object]], text: str, language: str) -> set[object]:
    """The meanings whose phrase stands in the text, by the README's rule."""
    written = [forms(word.text, language) for word in words(text)]
    return {
        meaning
        for _, keys, meaning in entries  # type: ignore[misc]
        for at in range(len(written) - len(keys) + 1)  # type: ignore[arg-type]
        if all(set(form) & set(key) for form, key in zip(written[at:], keys, strict=False))  # type: ignore[call-overload]
    }


@pytest.mark.parametrize(
    ("text", "language", "field"),
    [("what is the phone number", "en", "phone"), ("какой у них адрес", "ru", "address")],
)
def test_phrases_are_found_by_their_keys(text: str, language: str, field: str) -> None:
    assert field in found_by_entries(BUNDLE["lexicons"]["field"], text, language)
    assert field in {mention.meaning for mention in cue.read(text, language).fields}


def test_every_cue_is_there() -> None:
    assert {name for name in BUNDLE["lexicons"] if name.startswith("cue.")} == {
        f"cue.{name}" for name in cue.cues()
    }


def test_constants_are_plain_data_with_patterns() -> None:
    price = BUNDLE["constants"]["answer.number"]["PRICE"]
    assert price["ignore_case"]
    assert price["pattern"] == number._PRICE.pattern
    assert BUNDLE["constants"]["search.fuse"]["RRF"] == 60.0
    assert BUNDLE["constants"]["search.fold"]["LETTERS"]["ł"] == "l"
    assert "the" in BUNDLE["constants"]["search.stopword"]["STOPWORDS"]


def test_sentences_are_there_in_every_complete_language() -> None:
    for language in message.COMPLETE:
        assert BUNDLE["templates"][language].keys() == message.catalog(language).keys()


def test_category_words_of_other_languages_are_left_out() -> None:
    kept = {
        language for language in BUNDLE["words"]["languages"] if language.split("-")[0] in BUNDLE["languages"]
    }
    used = {
        BUNDLE["words"]["languages"][meaning >> 4 & 0xFF]
        for meanings in BUNDLE["words"]["keys"].values()
        for meaning in meanings
    }
    assert used <= kept


def test_market_document_tells_places_and_attributes(tmp_path: Path) -> None:
    made = stand(tmp_path)
    known = made.builder.knowledge()
    told = msgspec.json.decode(knowledge.document(made.catalog, known))
    assert ["Lipki", 3] in told["cities"]
    assert told["category_counts"]["craft/plumber"] == 2
    assert told["attributes"]["warranty"]["values"] == [[True, 1]]
    places = {meaning["city"] for _, _, meaning in told["lexicons"]["place"]}
    assert {"Lipki", "Sosnovka"} <= places
    assert {meaning["key"] for _, _, meaning in told["lexicons"]["attribute"]} >= {"warranty", "walk_in"}
