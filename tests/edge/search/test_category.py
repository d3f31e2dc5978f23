"""Which categories a text names."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from edge.catalog.taxonomy import Taxonomy
from edge.search import lexicon
from edge.search.category import SURE, CategoryMatcher, Presence
from edge.search.paraphrase import Paraphrase
from sync.provider import Market, OwnCategory
from tests.edge.search.market import MARKET, PROVIDERS, TAXONOMY, WordEncoder, make

COUNTS = {
    "craft/plumber": 4,
    "shop/hairdresser": 9,
    "amenity/restaurant": 30,
    "amenity/cafe": 5,
    "amenity/doctors": 8,
    "amenity/dentist": 3,
    "tourism/hotel": 6,
}
TAXONOMY_HERE = TAXONOMY.with_market(MARKET)
LEXICON = lexicon.load(TAXONOMY_HERE)
MATCHER = CategoryMatcher(
    TAXONOMY_HERE, LEXICON, Presence.of(TAXONOMY_HERE, COUNTS), ("Rybachye", "Mountain View")
)


@pytest.mark.parametrize(
    ("text", "language", "category"),
    [
        ("I need a plumber", "en", "craft/plumber"),
        ("any good plumbers?", "en", "craft/plumber"),
        ("a plummer please", "en", "craft/plumber"),
        ("нужен сантехник", "ru", "craft/plumber"),
        ("ищу сантехника срочно", "ru", "craft/plumber"),
        ("santehnik nuzhen", "en", "craft/plumber"),
        ("parikmaherskaya ryadom", "ru", "shop/hairdresser"),
        ("Ich brauche einen Friseur", "de", "shop/hairdresser"),
        ("un plombier à Lyon", "fr", "craft/plumber"),
        ("tesisatçıya ihtiyacım var", "tr", "craft/plumber"),
        ("أين أجد سباك", "ar", "craft/plumber"),
        ("我想找一个理发店", "zh", "shop/hairdresser"),
        ("find me a hair salon", "en", "shop/hairdresser"),
        ("coffee", "en", "amenity/cafe"),
        ("зубной врач", "ru", "amenity/dentist"),
        ("plombier", "en", "craft/plumber"),
    ],
)
def test_a_category_is_found_as_people_write_it(text: str, language: str, category: str) -> None:
    found = MATCHER.match(text, language)
    assert found[0].id == category
    assert found[0].present
    assert found[0].score >= SURE


def test_the_span_is_where_the_words_stand() -> None:
    text = "Где тут хорошая ПАРИКМАХЕРСКАЯ?"
    best = MATCHER.match(text, "ru")[0]
    assert text[best.start : best.end] == "ПАРИКМАХЕРСКАЯ"
    assert best.exact
    chinese = MATCHER.match("请问哪里有理发店吗", "zh")[0]
    assert "请问哪里有理发店吗"[chinese.start : chinese.end] == "理发店"


def test_a_longer_name_beats_the_shorter_one_in_it() -> None:
    spans = {match.id for match in MATCHER.match("a dental clinic", "en") if match.score >= SURE}
    assert spans == {"amenity/dentist"}


def test_a_special_kind_stands_for_the_one_above_that_the_catalogue_has() -> None:
    best = MATCHER.match("a pizza restaurant", "en")[0]
    assert (best.id, best.via) == ("amenity/restaurant", "amenity/restaurant/pizza")


def test_a_category_nobody_has_is_still_named() -> None:
    best = MATCHER.match("a car wash", "en")[0]
    assert (best.id, best.present, best.exact) == ("amenity/car_wash", False, True)


def test_its_own_name_beats_anothers_search_term() -> None:
    counts = {"amenity/restaurant": 500, "amenity/bar": 1}
    matcher = CategoryMatcher(TAXONOMY_HERE, LEXICON, Presence.of(TAXONOMY_HERE, counts))
    assert matcher.match("a bar", "en")[0].id == "amenity/bar"


def test_asking_in_general_includes_the_kinds() -> None:
    counts = {"shop/hairdresser": 3, "shop/hairdresser/barber": 3}
    matcher = CategoryMatcher(TAXONOMY_HERE, LEXICON, Presence.of(TAXONOMY_HERE, counts))
    assert matcher.match("hairdresser", "en")[0].id == "shop/hairdresser"
    assert matcher.match("barber shop", "en")[0].id == "shop/hairdresser/barber"


@pytest.mark.parametrize(
    "text", ["in Rybachye", "near Mountain View", "would you mind", "yes that suits me", ""]
)
def test_places_and_small_words_name_nothing(text: str) -> None:
    assert not [match for match in MATCHER.match(text, "en") if match.score >= SURE]


@given(st.text(max_size=60), st.sampled_from(["en", "ru", "zh", "ar", "xx", ""]))
def test_any_text_gives_matches_within_it_surest_first(text: str, language: str) -> None:
    found = MATCHER.match(text, language)
    assert [match.score for match in found] == sorted((match.score for match in found), reverse=True)
    assert all(0 <= match.start < match.end <= len(text) for match in found)


def test_the_markets_own_categories_and_synonyms_are_known(tmp_path: Path) -> None:
    market = Market(
        id="m",
        languages=("en", "ru"),
        categories=(OwnCategory(id="m/smokehouse", names={"en": "Fish smokehouse", "ru": "Коптильня"}),),
        synonyms={"craft/plumber": {"en": ("pipe wizard",)}},
    )
    catalog = make(tmp_path, PROVIDERS, market)
    index = structs.replace(TAXONOMY.index, languages=("en", "ru"), digest="two")
    matcher = CategoryMatcher.of(catalog, Taxonomy(index, TAXONOMY.vocabulary))
    assert matcher.match("koptilnya", "ru")[0].id == "m/smokehouse"
    assert matcher.match("I want a pipe wizard", "en")[0].id == "craft/plumber"


def test_a_kept_lexicon_is_the_same_and_a_cut_off_one_is_made_again(tmp_path: Path) -> None:
    few = TAXONOMY.index.categories["craft/plumber"]
    index = structs.replace(TAXONOMY.index, categories={"craft/plumber": few}, digest="few")
    small = Taxonomy(index, TAXONOMY.vocabulary)
    made = lexicon.load(small, tmp_path).meanings("plumber")
    kept = next(tmp_path.glob("lexicon-*"))
    assert lexicon.load(small, tmp_path).meanings("plumber") == made != []
    kept.write_bytes(kept.read_bytes()[:100])
    assert lexicon.load(small, tmp_path).meanings("plumber") == made
    assert len(kept.read_bytes()) > 100


def test_paraphrases_are_guessed_from_the_nearest_terms(tmp_path: Path) -> None:
    guesser = Paraphrase.of(TAXONOMY_HERE, COUNTS, WordEncoder(), tmp_path)
    assert guesser.guess("dental emergency")[0].id == "amenity/dentist"
    assert guesser.guess("") == []
    kept = next(tmp_path.glob("paraphrase-*"))
    kept.write_bytes(b"cut off")
    assert Paraphrase.of(TAXONOMY_HERE, COUNTS, WordEncoder(), tmp_path).guess("dental emergency")


def test_without_a_model_nothing_is_guessed() -> None:
    assert MATCHER.guess("my hair done") == []
