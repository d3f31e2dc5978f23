"""A small market to word answers about: one taxonomy, four plumbers, drafts on demand."""

from datetime import datetime
from typing import Any

from edge.answer.turn import Card, Draft, Fact, Opening, Understood
from edge.search.query import Condition, Query
from sync.provider import Market, Offer, Provider
from sync.taxonomy_form import Field

NOW = datetime(2026, 11, 23, 12, 0)
MARKET = Market(id="m", country="DE", currency="EUR", name={"en": "Olkhovo"}, emergency_number="112")
HOURS = "Mo-Fr 09:00-20:00; Sa 10:00-14:00; PH off"
NAMES = ("Rohrfrei Nord", "Kran & Co", "Aqua 24", "Bad Meister")


class Names:
    """The taxonomy's part that words need."""

    def label(self, category_id: str, language: str) -> str:
        labels = {"en": "Plumber", "ru": "Сантехник", "es": "Fontanero", "de": "Klempner"}
        return labels.get(language, "Plumber")

    def field(self, key: str, language: str) -> Field | None:
        return Field(label="Bar auf dem Dach") if (key, language) == ("rooftop_bar", "de") else None

    def field_labels(self, key: str, language: str) -> dict[str, str]:
        return {"moderate": "mittel"} if (key, language) == ("price_range", "de") else {}


def provider(number: int) -> Provider:
    return Provider(
        id=f"p{number}",
        categories=("craft/plumber",),
        name=NAMES[number - 1],
        city="Olkhovo",
        address=f"{number * 7} Lime Street",
        phone=f"555-01{number}0",
        opening_hours=HOURS,
        rating=4.0 + number / 10,
        languages=("en", "ru"),
        attributes={
            "has_wifi": True,
            "price_range": "moderate",
            "smoking_allowed": False,
            "rooftop_bar": True,
        },
        offers=(Offer(name={"en": "Pipe repair"}, price_from=30.0 + number, currency="EUR"),),
    )


def card(number: int) -> Card:
    one = provider(number)
    open_now = Opening(state="open", until=datetime(2026, 11, 23, 20, 0))
    shut = Opening(state="closed", opens=datetime(2026, 11, 24, 9, 0))
    return Card(
        id=one.id,
        number=number,
        name=one.name,
        category="Plumber",
        category_id="craft/plumber",
        city=one.city,
        address=one.address,
        phone=one.phone,
        rating=one.rating,
        price_from=30.0 + number,
        currency="EUR",
        hours=HOURS,
        distance_m=411.0 * number,
        opening=open_now if number < 3 else shut,
    )


PROVIDERS = tuple(provider(number) for number in range(1, 5))
CARDS = tuple(card(number) for number in range(1, 5))
QUERY = Query(categories=("craft/plumber",), cities=("Olkhovo",))
WIFI = Condition(key="has_wifi", any_of=(True,))


def understood(language: str = "en", intent: Any = "find", **more: Any) -> Understood:
    return Understood(language=language, intent=intent, **{"query": QUERY, **more})


def draft(
    language: str = "en", intent: Any = "find", understanding: dict[str, Any] | None = None, **more: Any
) -> Draft:
    given: dict[str, Any] = {
        "question": "plumber in olkhovo",
        "understood": understood(language, intent, **(understanding or {})),
        "cards": CARDS,
        "records": PROVIDERS,
        "facts": (),
        "found": "exact",
        "total": 12,
        "now": NOW,
    }
    return Draft(**(given | more))


def fact(field: str, value: bool | int | float | str | None, provider_id: str = "p1") -> Fact:
    return Fact(provider=provider_id, field=field, value=value)
