from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.answer.attribute import Attribute, AttributeVocabulary, Value

EAT, SLEEP = {"amenity/restaurant": 12}, {"tourism/hotel": 9}
ATTRIBUTES = (
    Attribute("has_wifi", {True: 3, False: 4}, SLEEP),
    Attribute("smoking_allowed", {True: 3, False: 4}, SLEEP),
    Attribute("accepts_dragons", {True: 3, False: 4}, SLEEP),
    Attribute("star_rating", {"3": 4, "4": 5}, SLEEP),
    Attribute("price_range", {"cheap": 6, "moderate": 5, "luxurious": 1}, EAT),
    Attribute("cuisine", {"Italian": 9, "Sushi": 1, "Japanese": 5, "Zorbian": 2, "Pizza": 6}, EAT),
)


def labels(key: str, value: str) -> Iterable[tuple[str, str]]:
    return [("de", "zorbisch"), ("ru", "зорбийский")] if (key, value) == ("cuisine", "zorbian") else []


TOWN = AttributeVocabulary(ATTRIBUTES, labels)
VALUES: dict[str, set[Value]] = {a.key: set(a.values) for a in ATTRIBUTES}


def meant(text: str, language: str = "en") -> list[tuple[str, tuple[Value, ...]]]:
    return [(m.meaning.key, m.meaning.any_of) for m in TOWN.find(text, language)]


@pytest.mark.parametrize(
    ("language", "text", "key", "value"),
    [
        ("en", "a place with wi-fi", "has_wifi", True),
        ("en", "has wifi", "has_wifi", True),
        ("ru", "нужен вайфай", "has_wifi", True),
        ("es", "con internet", "has_wifi", True),
        ("de", "mit WLAN", "has_wifi", True),
        ("zh", "有无线网络吗", "has_wifi", True),
        ("en", "non smoking please", "smoking_allowed", False),
        ("en", "where dragons are fine", "accepts_dragons", True),
        ("en", "some Zorbian food", "cuisine", "Zorbian"),
        ("de", "etwas Zorbisches", "cuisine", "Zorbian"),
        ("ru", "зорбийская кухня", "cuisine", "Zorbian"),
        ("ru", "пиццу бы", "cuisine", "Pizza"),
        ("en", "a 4 star place", "star_rating", "4"),
        ("es", "tres estrellas", "star_rating", "3"),
        ("de", "vier Sterne", "star_rating", "4"),
        ("ru", "три звезды", "star_rating", "3"),
    ],
)
def test_attributes_are_known_as_people_say_them(language: str, text: str, key: str, value: Value) -> None:
    found = dict(meant(text, language))
    assert found[key][0] == value


@pytest.mark.parametrize("text", ["", "a 5 star place", "hello there", "the starlings", "ok"])
def test_what_no_provider_states_is_not_meant(text: str) -> None:
    assert meant(text) == []


def test_a_slip_of_the_finger_is_told() -> None:
    assert [(m.meaning.any_of, m.slip) for m in TOWN.find("zorbien food", "en")] == [(("Zorbian",), True)]


def test_a_kind_hardly_used_is_looked_for_under_the_broader_one_too() -> None:
    assert meant("sushi") == [("cuisine", ("Sushi", "Japanese"))]


def test_only_attributes_that_the_category_states_are_found() -> None:
    both = "wifi and zorbian"
    assert [m.meaning.key for m in TOWN.find(both, "en", frozenset(SLEEP))] == ["has_wifi"]
    assert [m.meaning.key for m in TOWN.find(both, "en", frozenset(EAT))] == ["cuisine"]


def test_the_attribute_of_prices_is_known_by_its_values() -> None:
    assert TOWN.price_key == "price_range"
    assert TOWN.price_values(1) == ("cheap",)
    assert TOWN.price_values(3) == ("moderate", "luxurious")
    assert AttributeVocabulary(()).price_values(1) == ()


@pytest.mark.parametrize(
    ("language", "text", "band"),
    [
        ("en", "somewhere cheap", 1),
        ("ru", "недорого", 1),
        ("es", "barato", 1),
        ("de", "günstig", 1),
        ("zh", "便宜", 1),
    ],
)
def test_how_dear_it_should_be(language: str, text: str, band: int) -> None:
    assert [found for found, *_ in TOWN.prices(text, language)] == [band]


def test_kinds_of_attributes_are_told_by_their_values() -> None:
    assert [a.kind for a in ATTRIBUTES] == ["flag", "flag", "flag", "number", "choice", "choice"]


@given(st.text(max_size=60), st.sampled_from(["en", "ru", "es", "de", "fr", "zh"]))
def test_only_the_catalogue_s_own_values_are_ever_meant(text: str, language: str) -> None:
    for mention in TOWN.find(text, language):
        said = {*mention.meaning.any_of, *mention.meaning.broader}
        flags = {True, False} if TOWN.attributes[mention.meaning.key].kind == "flag" else set()
        assert said <= VALUES[mention.meaning.key] | flags
        assert mention.meaning.any_of
