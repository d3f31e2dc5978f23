import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from edge.answer.card import Cards, lowest_price, rating_of, why
from edge.search.query import Hit
from sync.provider import Offer, Provider, Text
from tests.edge.answer.words import MARKET, NOW, PROVIDERS

ONE = PROVIDERS[0]


class Shelf:
    """The taxonomy's part that cards need."""

    def label(self, category_id: str, language: str) -> str:
        return f"{category_id}/{language}"

    def icon(self, category_id: str) -> str | None:
        return "wrench" if category_id == "craft/plumber" else None


MAKE = Cards(Shelf(), MARKET)


def test_cards_keep_the_order_and_are_numbered_from_one() -> None:
    cards = MAKE([Hit(provider=p, score=1.0) for p in reversed(PROVIDERS)], "de", NOW)
    assert [(c.number, c.id) for c in cards] == [(1, "p4"), (2, "p3"), (3, "p2"), (4, "p1")]
    assert {c.category for c in cards} == {"craft/plumber/de"}


def test_a_card_shows_the_record_and_nothing_else() -> None:
    card = MAKE([Hit(provider=ONE, score=1.0, distance_m=12.5)], "en", NOW)[0]
    assert (card.name, card.city, card.address, card.phone) == (ONE.name, ONE.city, ONE.address, ONE.phone)
    assert (card.price_from, card.currency, card.distance_m, card.icon) == (31.0, "EUR", 12.5, "wrench")
    assert card.opening is not None
    assert card.opening.state == "open"


def test_a_record_of_several_kinds_is_shown_as_the_one_wanted() -> None:
    both = structs.replace(ONE, categories=("craft/plumber", "shop/tiles"))
    card = MAKE([Hit(provider=both, score=1.0)], "en", NOW, ("shop/tiles",))[0]
    assert (card.category_id, card.icon) == ("shop/tiles", None)


def test_a_bare_record_makes_a_card_too() -> None:
    card = MAKE([Hit(provider=Provider(id="x", categories=("a/b",), name="X"), score=0.0)], "en", NOW)[0]
    assert (card.phone, card.rating, card.price_from, card.currency, card.why) == (None, None, None, None, "")
    assert card.opening is not None
    assert card.opening.state == "unknown"


def test_the_lowest_stated_price_is_taken_free_ones_too() -> None:
    offers = (Offer(name={}), Offer(name={}, price_from=9.0), Offer(name={}, price_from=0.0))
    assert lowest_price(offers) is offers[2]
    assert lowest_price(offers[:1]) is None


@pytest.mark.parametrize(
    ("stated", "rating"),
    [
        ("4.30", 4.3),
        (3, 3.0),
        ("", None),
        (None, None),
        ("good", None),
        ("9.1", None),
        ("-1", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_a_rating_may_be_an_attribute_if_it_is_one(stated: str | int | None, rating: float | None) -> None:
    record = Provider(id="x", categories=("a/b",), name="X", attributes={"rating": stated})
    assert rating_of(record) == rating
    assert rating_of(structs.replace(record, rating=2.0)) == 2.0


def test_the_line_is_the_title_in_the_language_else_the_kind() -> None:
    record = structs.replace(
        ONE,
        texts={"ru": Text(title="Трубы"), "en": Text(title="Pipes")},
        attributes={"kind": "drains", "rating": "4.1"},
    )
    assert [why(record, language) for language in ("ru", "en", "de")] == ["Трубы", "Pipes", "Pipes"]
    assert why(structs.replace(record, texts={}), "en") == "drains"
    assert why(structs.replace(record, texts={"en": Text(title=record.name)}), "en") == "drains"


@given(st.text(max_size=300))
def test_the_line_is_short(title: str) -> None:
    record = structs.replace(ONE, texts={"en": Text(title=title)}, attributes={})
    assert len(why(record, "en")) <= 90
