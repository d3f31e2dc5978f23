"""The facts a question asks for, as the records have them. A value of None is said to be missing."""

from collections.abc import Sequence

from edge.answer import concept
from edge.answer.card import rating_of
from edge.answer.turn import Card, Fact
from sync.provider import Offer, Provider

_PLAIN = {"phone": "phone", "address": "address", "url": "url", "email": "email", "hours": "opening_hours"}


def facts_of(records: Sequence[Provider], fields: Sequence[str], cards: Sequence[Card]) -> tuple[Fact, ...]:
    """One fact for each record and field asked for, in that order."""
    by_id = {card.id: card for card in cards}
    return tuple(
        Fact(provider=record.id, field=shown, value=value)
        for record in records
        for field in fields
        for shown, value in [_fact(record, field, by_id.get(record.id))]
    )


def _fact(record: Provider, field: str, card: Card | None) -> tuple[str, bool | int | float | str | None]:
    if field.startswith("attributes."):
        return field, record.attributes.get(field.removeprefix("attributes."))
    if field in _PLAIN:
        return field, getattr(record, _PLAIN[field])
    if field == "rating":
        return field, rating_of(record)
    if field in ("price", "offers", "price_range"):
        return _price(record)
    if field == "languages":
        return field, ", ".join(record.languages) or None
    if field == "distance":
        return field, card.distance_m if card else None
    if field == "category":
        return field, record.categories[0]
    return field, None


def _price(record: Provider) -> tuple[str, bool | int | float | str | None]:
    """Offers where there are some, else what the record says of its price range, or of whether it is free."""
    if record.offers:
        return "offers", "; ".join(map(_spelt, record.offers))
    stated = {k: v for k, v in record.attributes.items() if v is not None}
    for key, value in stated.items():
        if "price" in key:
            return f"attributes.{key}", value
    for key, value in stated.items():
        if concept.about(key) in ("free_entry", "entry_fee"):
            return f"attributes.{key}", value
    return "price", None


def _spelt(offer: Offer) -> str:
    name = offer.name.get("en") or next(iter(offer.name.values()), "")
    price = "" if offer.price_from is None else f" {offer.price_from:g} {offer.currency or ''}"
    return f"{name}{price}".strip()
