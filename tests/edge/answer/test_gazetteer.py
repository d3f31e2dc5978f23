import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.answer.gazetteer import Gazetteer

CITIES = (("Olkhovo", 40), ("Santa Brisa", 30), ("Port Meridian", 20), ("New Kvarn", 9), ("Lipki", 5))
OTHER = {"Olkhovo": ("Ольхово", "Alderton")}
TOWN = Gazetteer(CITIES, OTHER)
PARTS = ("in", "from", "to", "SB", "PM", "Olk", "Santa", "New", "town", "of", "Meridian", "в", "Липки")
NAMES = frozenset(city for city, _ in CITIES)


def named(text: str, gazetteer: Gazetteer = TOWN) -> list[tuple[str, ...]]:
    return [mention.cities for mention in gazetteer.find(text)]


@pytest.mark.parametrize(
    ("text", "city"),
    [
        ("a hotel in Olkhovo", "Olkhovo"),
        ("hotel in OLKHOVO please", "Olkhovo"),
        ("гостиница в Ольхово", "Olkhovo"),
        ("ein Hotel in Alderton", "Olkhovo"),
        ("hoteles en Santa Brisa", "Santa Brisa"),
        ("the best bars of port meridian", "Port Meridian"),
        ("somewhere in Meridian", "Port Meridian"),
        ("a bar in Olkhvo", "Olkhovo"),
        ("кафе в Липках", "Lipki"),
        ("a bar in Santa Bri", "Santa Brisa"),
        ("bars in SB", "Santa Brisa"),
        ("bars in PM", "Port Meridian"),
    ],
)
def test_a_place_is_known_by_the_names_people_use(text: str, city: str) -> None:
    assert named(text) == [(city,)]


@pytest.mark.parametrize(
    "text",
    ["", "a new bar", "the port", "santa claus", "breeze", "in Berlin", "в Москве", "在北京", "at 9 pm"],
)
def test_other_words_and_places_are_none(text: str) -> None:
    assert named(text) == []


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("a hotel in Lipki", ["at"]),
        ("from Lipki to Olkhovo", ["from", "to"]),
        ("из Липки в Ольхово", ["from", "at"]),
        ("de Lipki, hacia Olkhovo", ["none", "to"]),
        ("von Lipki nach Olkhovo", ["from", "to"]),
        ("Lipki", ["none"]),
        ("the station in Lipki that I am leaving from", ["from"]),
        ("pick up a car from Lipki", ["at"]),
    ],
)
def test_the_role_of_a_place_is_told_by_the_words_beside_it(text: str, roles: list[str]) -> None:
    assert [mention.role for mention in TOWN.find(text)] == roles


def test_initials_at_the_end_of_a_name_are_one_word_or_left_away() -> None:
    town = Gazetteer([("Kvarnby D.C.", 3)])
    for text in ("in Kvarnby DC", "in Kvarnby", "bars in DC", "in the District of Cranes", "in Kvarnby D.C."):
        assert named(text, town) == [("Kvarnby D.C.",)], text


def test_a_place_is_known_without_the_region_after_its_comma() -> None:
    assert named("bars in Elmdale", Gazetteer([("Elmdale, NX", 2)])) == [("Elmdale, NX",)]


def test_one_name_of_two_places_means_both() -> None:
    town = Gazetteer([("Elmdale, NX", 2), ("Elmdale, QY", 8)])
    assert named("bars in Elmdale", town) == [("Elmdale, QY", "Elmdale, NX")]


def test_a_last_word_shared_by_two_places_names_neither() -> None:
    town = Gazetteer([("Port Meridian", 2), ("Old Meridian", 8)])
    assert named("somewhere in Meridian", town) == []


def test_a_short_code_means_the_larger_place() -> None:
    assert named("bars in SB", Gazetteer([("Santa Brisa", 2), ("Silver Bend", 9)])) == [("Silver Bend",)]


@pytest.mark.parametrize(
    ("text", "city"),
    [("hotel en Nueva York", "New York"), ("отель в Лондоне", "London"), ("Hotel in Rom", "Rome")],
)
def test_large_cities_are_known_by_their_names_in_other_languages(text: str, city: str) -> None:
    town = Gazetteer([(name, 1) for name in ("New York", "London", "Rome")])
    assert (city,) in named(text, town)


def test_an_airport_stands_for_its_city() -> None:
    town = Gazetteer([("Zurich", 3)])
    assert named("a taxi at ZRH airport", town) == [("Zurich",)]


def test_an_empty_catalogue_knows_no_place() -> None:
    assert named("a hotel in Paris", Gazetteer([])) == []


@given(st.text(max_size=60) | st.lists(st.sampled_from(PARTS)).map(" ".join))
def test_no_place_is_named_that_the_catalogue_lacks(text: str) -> None:
    mentions = TOWN.find(text)
    assert all(mention.cities and NAMES.issuperset(mention.cities) for mention in mentions)
    spans = [(mention.start, mention.end) for mention in mentions]
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))
