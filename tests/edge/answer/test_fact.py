import pytest
from msgspec import structs

from edge.answer.fact import facts_of
from edge.answer.turn import Fact
from sync.provider import Offer, Provider
from tests.edge.answer.words import CARDS, PROVIDERS

ONE = PROVIDERS[0]
BARE = Provider(id="bare", categories=("amenity/museum",), name="Bare Walls")


def one(record: Provider, field: str) -> tuple[str, object]:
    found = facts_of((record,), (field,), CARDS)[0]
    return found.field, found.value


@pytest.mark.parametrize(
    ("field", "shown", "value"),
    [
        ("phone", "phone", ONE.phone),
        ("address", "address", ONE.address),
        ("hours", "hours", ONE.opening_hours),
        ("rating", "rating", 4.1),
        ("languages", "languages", "en, ru"),
        ("distance", "distance", 411.0),
        ("category", "category", "craft/plumber"),
        ("attributes.has_wifi", "attributes.has_wifi", True),
        ("attributes.smoking_allowed", "attributes.smoking_allowed", False),
        ("price", "offers", "Pipe repair 31 EUR"),
        ("offers", "offers", "Pipe repair 31 EUR"),
    ],
)
def test_a_fact_is_what_the_record_says(field: str, shown: str, value: object) -> None:
    assert one(ONE, field) == (shown, value)


@pytest.mark.parametrize(
    "field",
    [
        "phone",
        "address",
        "url",
        "email",
        "hours",
        "rating",
        "languages",
        "distance",
        "price",
        "attributes.x",
        "?",
    ],
)
def test_what_the_record_does_not_say_is_said_to_be_missing(field: str) -> None:
    assert one(BARE, field) == (field, None)


def test_without_offers_a_stated_price_range_answers_for_the_price() -> None:
    record = structs.replace(ONE, offers=())
    assert one(record, "price") == ("attributes.price_range", "moderate")


def test_without_any_price_free_entry_answers_for_it() -> None:
    record = structs.replace(BARE, attributes={"pool": True, "free_entry": True})
    assert one(record, "price") == ("attributes.free_entry", True)


def test_offers_without_a_price_or_an_english_name_are_still_named() -> None:
    record = structs.replace(
        BARE, offers=(Offer(name={"ru": "Экскурсия"}), Offer(name={"en": "Tour"}, price_from=5.5))
    )
    assert one(record, "price") == ("offers", "Экскурсия; Tour 5.5")


def test_facts_come_by_record_and_then_by_field() -> None:
    found = facts_of(PROVIDERS[:2], ("phone", "address"), CARDS)
    assert [(f.provider, f.field) for f in found] == [
        ("p1", "phone"),
        ("p1", "address"),
        ("p2", "phone"),
        ("p2", "address"),
    ]
    assert found[0] == Fact(provider="p1", field="phone", value=ONE.phone)
