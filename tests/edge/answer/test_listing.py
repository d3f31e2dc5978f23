"""What is said of places: introduced, compared, let go, and no wish or figure twice or out of nowhere."""

import msgspec
import pytest

from edge.answer import template
from edge.answer.turn import Draft
from edge.search.query import Condition, Near, Relaxation
from tests.edge.answer.words import CARDS, MARKET, PROVIDERS, QUERY, Names, draft, fact

LANGUAGES = ("en", "ru", "es", "de")


def said(one: Draft) -> str:
    return template.joined(template.compose(one, MARKET, Names()))


def test_a_place_asked_for_by_name_alone_is_introduced() -> None:
    for intent in ("fact", "find"):
        one = draft("en", intent, {"providers": ("p1",)}, cards=CARDS[:1], records=PROVIDERS[:1], total=1)
        assert said(one) == (
            "Rohrfrei Nord [1] — Plumber in Olkhovo, open until 20:00, from 31\u00a0€, 410 m away."
        )


def test_comparing_one_place_lists_it() -> None:
    text = said(draft("en", "compare", cards=CARDS[:1], total=1))
    assert text.startswith("Plumber in Olkhovo: one place fits. Rohrfrei Nord [1]")
    asked = draft("en", "compare", cards=CARDS[:1], facts=(fact("phone", "555-0110"),))
    assert said(asked) == "The phone number of Rohrfrei Nord [1] is 555-0110."


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_the_city_has_none_the_cities_that_have_some_are_named(language: str) -> None:
    cards = tuple(msgspec.structs.replace(card, city="Lipki") for card in CARDS)
    gone = (Relaxation(what="cities", wanted="Olkhovo"),)
    first = template.compose(draft(language, found="relaxed", relaxed=gone, cards=cards), MARKET, Names())[0]
    assert "Olkhovo" in first.text
    assert "Lipki" in first.text


def test_nothing_cheaper_is_said_without_a_figure_nobody_named() -> None:
    gone = (Relaxation(what="price_max", wanted="39.99"),)
    assert "Plumber in Olkhovo: nothing cheaper." in said(draft(found="relaxed", relaxed=gone))
    both = (*gone, Relaxation(what="rating_min", wanted="4"))
    assert "39.99" not in said(draft(found="relaxed", relaxed=both))


def test_a_wish_that_the_kind_says_already_is_not_said_twice() -> None:
    query = msgspec.structs.replace(QUERY, conditions=(Condition(key="cuisine", any_of=("plumbing",)),))
    assert said(draft(understanding={"query": query})).startswith("Plumber in Olkhovo: 12")


def test_an_unknown_distance_is_no_fault_of_the_catalogue() -> None:
    asked = (fact("distance", None),)
    assert "position" in said(draft("en", "fact", facts=asked))
    query = msgspec.structs.replace(QUERY, near=Near(lat=54.8, lon=13.7))
    assert "position" not in said(draft("en", "fact", {"query": query}, facts=asked))
