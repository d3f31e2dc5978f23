"""The demo market: invented, whole in four languages, and the same bytes every time."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opening_hours import OpeningHours

from edge.catalog.demo import Summary, examples, market, providers, write
from edge.catalog.demo.compose import price
from edge.catalog.demo.content import FOLDER, LANGUAGES, details, hours, kinds, places, rules, speaks
from edge.catalog.demo.dice import Dice
from edge.catalog.demo.slug import slug
from sync.provider import Market, Provider

MADE = providers()
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
LATIN_WORD = re.compile(r"[A-Za-z]{2,}")


def test_there_are_enough_providers_and_categories() -> None:
    assert len(MADE) >= 400
    assert len({provider.categories[0] for provider in MADE}) >= 60
    assert len({provider.city for provider in MADE}) == len(places())


def test_ids_names_and_telephone_numbers_are_unique() -> None:
    for field in ("id", "name", "phone"):
        repeated = [each for each, count in Counter(getattr(one, field) for one in MADE).items() if count > 1]
        assert repeated == [], field


def test_every_text_is_there_in_every_language() -> None:
    for provider in MADE:
        assert set(provider.texts) == set(LANGUAGES)
        for text in provider.texts.values():
            assert 3 <= len(text.title) <= 70
            assert 40 <= len(text.description) <= 420
            assert text.description.endswith((".", "!", "?"))
        assert len({text.title for text in provider.texts.values()}) >= 3
        assert len({text.description for text in provider.texts.values()}) == 4
        for offer in provider.offers:
            assert set(offer.name) == set(LANGUAGES)


def test_each_language_is_written_in_its_own_script() -> None:
    for provider in MADE:
        assert CYRILLIC.search(provider.texts["ru"].description)
        for language in ("en", "es", "de"):
            words = provider.texts[language].title + provider.texts[language].description
            assert not CYRILLIC.search(words), (provider.id, language)


def test_russian_sentences_hold_no_stray_latin_words() -> None:
    quoted = re.compile("«[^»]*»")
    for provider in MADE:
        for words in (provider.texts["ru"].title, provider.texts["ru"].description):
            assert not LATIN_WORD.search(quoted.sub("", words)), (provider.id, words)


def test_sentences_have_clean_spacing() -> None:
    for provider in MADE:
        for text in provider.texts.values():
            for words in (text.title, text.description):
                assert words == words.strip()
                assert not re.search(r"\s{2}|\s[,.;:!?]|\.\.", words), (provider.id, words)


def test_no_two_providers_of_a_category_say_the_same() -> None:
    for language in LANGUAGES:
        seen = Counter((one.categories[0], one.texts[language].description) for one in MADE)
        assert [each for each, count in seen.items() if count > 1] == []


def test_every_opening_hours_parses() -> None:
    zone = ZoneInfo(market().time_zone)
    stated = [provider.opening_hours for provider in MADE if provider.opening_hours]
    assert len(set(stated)) >= 60
    for pool in (*hours().values(), stated):
        for rule in pool:
            assert rule == "" or OpeningHours(rule, timezone=zone, country=market().country)


def test_telephone_numbers_are_reserved_for_fiction_and_look_valid() -> None:
    for provider in MADE:
        assert provider.phone is not None
        assert re.fullmatch(r"\+49 30 23125\d{3}", provider.phone)
        assert phonenumbers.is_valid_number(phonenumbers.parse(provider.phone))


def test_addresses_on_the_web_lead_nowhere() -> None:
    for provider in MADE:
        assert provider.email is None or re.fullmatch(r"[a-z]+@[a-z0-9-]+\.example", provider.email)
        assert provider.url is None or re.fullmatch(r"https://[a-z0-9-]+\.example/", provider.url)


def test_texts_leak_no_contact() -> None:
    contact = re.compile(r"@|https?:|www\.|\+\d|\d{5,}|\.(com|org|net|de|ru|es)\b")
    for provider in MADE:
        for text in provider.texts.values():
            assert not contact.search(text.title + text.description), provider.id


def test_positions_are_at_sea_and_close_to_their_place() -> None:
    known = {place.name: place for place in places()}
    for provider in MADE:
        assert provider.city is not None
        assert provider.lat is not None
        assert provider.lon is not None
        place = known[provider.city]
        assert abs(provider.lat - place.lat) < 0.013
        assert abs(provider.lon - place.lon) < 0.022
        assert 54.80 < provider.lat < 54.95
        assert 13.65 < provider.lon < 13.85
    assert len({(provider.lat, provider.lon) for provider in MADE}) == len(MADE)
    assert len({(provider.city, provider.address) for provider in MADE}) == len(MADE)


def test_prices_rise_and_are_in_the_money_of_the_market() -> None:
    for provider in MADE:
        assert (provider.price_band is None) == (not provider.offers)
        for offer in provider.offers:
            assert offer.currency == market().currency
            assert offer.price_from is not None
            assert offer.price_from > 0
            assert offer.price_to is None or offer.price_to >= offer.price_from


@given(st.floats(min_value=0.1, max_value=5000), st.integers(min_value=1, max_value=3))
def test_a_dearer_house_is_never_cheaper(euros: float, band: int) -> None:
    assert price(euros, band) <= price(euros, band + 1) * 1.05
    assert price(euros, band) >= 0


def test_ratings_bands_and_languages_are_in_range() -> None:
    for provider in MADE:
        assert provider.rating is None or 3.5 <= provider.rating <= 5
        assert provider.price_band in (None, 1, 2, 3, 4)
        assert provider.languages
        assert all(re.fullmatch("[a-z]{2}", language) for language in provider.languages)
        assert all(re.fullmatch("[a-z][a-z0-9_]*", key) for key in provider.attributes)


def test_what_visitors_filter_by_is_stated_often_and_both_ways() -> None:
    asked = ("has_wifi", "cards_accepted", "pets_welcome", "good_for_kids", "outdoor_seating", "home_visits")
    for key in asked:
        values = Counter(provider.attributes.get(key) for provider in MADE)
        assert values[True] > 20, key
        assert values[False] > 5, key
    assert {provider.attributes.get("wheelchair") for provider in MADE} >= {"yes", "no", "limited"}


def test_no_one_offers_what_their_attributes_deny() -> None:
    listed = [(kind.id, service) for kind in kinds() for service in kind.offer]
    conditions = {(kind, each.en): each for kind, each in listed if each.when}
    met = 0
    for provider in MADE:
        for offer in provider.offers:
            service = conditions.get((provider.categories[0], offer.name["en"]))
            if service is not None:
                met += 1
                assert provider.attributes.get(service.when) is not False, (provider.id, service.when)
    assert met > 20


def test_attributes_agree_with_the_words_and_the_clock() -> None:
    for kind in kinds():
        for turn, name in enumerate(kind.names):
            [provider] = [one for one in MADE if one.name == name]
            for key, value in kind.lead[turn % len(kind.lead)].states.items():
                assert provider.attributes.get(key) == value, (name, key)
    for provider in MADE:
        if provider.opening_hours == "24/7":
            assert provider.attributes.get("emergency_service") is not False, provider.id
        if provider.city in {"Lipki", "Kamenka", "Sosnovka", "Medovka"}:
            assert provider.attributes.get("sea_view") is not True, provider.id


def test_categories_are_in_the_taxonomy_or_the_markets_own() -> None:
    taxonomy = pytest.importorskip("edge.catalog.taxonomy", reason="the taxonomy is not built here")
    known = set(taxonomy.Taxonomy.load().ids) | {own.id for own in market().categories}
    used = {category for provider in MADE for category in provider.categories}
    assert used - known == set()
    assert set(market().synonyms) - known == set()


def test_a_house_speaks_the_language_of_its_name() -> None:
    spoken = {provider.name: provider.languages for provider in MADE}
    for language, names in speaks().items():
        for name in names:
            assert language in spoken[name], name
    for name, languages in spoken.items():
        assert "ru" in languages or not CYRILLIC.search(name), name
    for language in LANGUAGES:
        assert sum(language in languages for languages in spoken.values()) > 100


def test_the_content_refers_only_to_what_is_there() -> None:
    names = {place.name for place in places()}
    for kind in kinds():
        assert kind.hours in hours(), kind.id
        assert kind.like in rules(), kind.id
        assert {*kind.places, *kind.at.values()} <= names, kind.id
        assert {*kind.at, *kind.house} <= set(kind.names), kind.id
        assert len(kind.lead) * max(1, len(kind.more)) >= len(kind.names), kind.id
    assert set(market().places) == names
    stated = {
        (key, value) for one in MADE for key, value in one.attributes.items() if isinstance(value, bool | str)
    }
    assert {(detail.key, detail.value) for detail in details()} <= stated


def test_a_rebuilt_market_has_the_same_bytes(tmp_path: Path) -> None:
    first = write(tmp_path / "a")
    assert isinstance(first, Summary)
    command = [sys.executable, "-m", "edge.catalog.demo", str(tmp_path / "b"), "--json"]
    root = FOLDER.parents[3]
    done = subprocess.run(command, capture_output=True, check=True, cwd=root, env={"PYTHONHASHSEED": "77"})
    assert json.loads(done.stdout)["providers"] == first.providers == len(MADE)
    for name in ("catalog.jsonl", "market.json", "questions.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == sorted(
        ["catalog.jsonl", "market.json", "questions.json"]
    )


def test_what_is_written_reads_back_as_the_interchange_form(tmp_path: Path) -> None:
    write(tmp_path)
    lines = (tmp_path / "catalog.jsonl").read_bytes().splitlines()
    assert tuple(msgspec.json.decode(line, type=Provider) for line in lines) == MADE
    assert msgspec.json.decode((tmp_path / "market.json").read_bytes(), type=Market) == market()


def test_the_market_speaks_four_languages() -> None:
    assert market().languages == LANGUAGES
    assert ZoneInfo(market().time_zone)
    assert market().emergency_number == "112"
    for own in market().categories:
        assert set(own.names) == set(own.terms) == set(LANGUAGES)
    for words in market().synonyms.values():
        assert set(words) == set(LANGUAGES)


def test_questions_are_short_many_and_can_be_answered() -> None:
    served = {category for provider in MADE for category in provider.categories}
    for language, asked in examples().items():
        assert len(asked) >= 60
        assert len({each["text"] for each in asked}) == len(asked)
        assert {each["category"] for each in asked} <= served, language
        assert all(len(each["text"]) <= 75 for each in asked)


def test_the_market_suggests_some_of_the_questions() -> None:
    for language, asked in examples().items():
        suggested = market().examples[language]
        assert 4 <= len(suggested) <= 8
        assert set(suggested) <= {each["text"] for each in asked}


def test_slugs_are_plain_latin() -> None:
    assert slug("Сантехник Лисов") == "santekhnik-lisov"
    assert slug("Rohr & Ruhe") == "rohr-ruhe"
    assert slug("Bäckerei Inselkörn ß") == "baeckerei-inselkoern-ss"
    assert all(re.fullmatch("olk-[a-z0-9]+(-[a-z0-9]+)*", provider.id) for provider in MADE)


def test_dice_fall_the_same_way_for_the_same_seed() -> None:
    one, other = Dice("x"), Dice("x")
    assert [one.between(1, 6) for _ in range(20)] == [other.between(1, 6) for _ in range(20)]
    rolls = {one.between(1, 6) for _ in range(200)}
    assert rolls == {1, 2, 3, 4, 5, 6}
    assert {one.weighed({"a": 1, "b": 0, "c": 1}) for _ in range(100)} == {"a", "c"}
