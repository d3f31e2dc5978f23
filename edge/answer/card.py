"""Tickets: the records found, with what a visitor needs to choose and go.

Everything on a card is the record's own data or computed from it and the clock. Words for states are the
page's.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from edge.answer import vocabulary
from edge.answer.turn import Card
from edge.search.hours import opening
from edge.search.query import Hit
from sync.provider import Market, Offer, Provider

_WHY_PARTS = 2
_WHY_CHARS = 90
_BEST_RATING = 5.0


class Taxonomy(Protocol):
    """What is read of the taxonomy."""

    def label(self, category_id: str, language: str) -> str: ...
    def icon(self, category_id: str) -> str | None: ...


class Cards:
    """Makes cards for one market."""

    def __init__(self, taxonomy: Taxonomy, market: Market) -> None:
        self._taxonomy = taxonomy
        self._market = market

    def __call__(
        self, hits: Sequence[Hit], language: str, now: datetime, wanted: Sequence[str] = ()
    ) -> tuple[Card, ...]:
        """Cards in the order of `hits`, numbered from 1.

        `now` is the moment asked about. A record of several kinds is shown as one of `wanted`, if it is any.
        """
        return tuple(self._card(n, hit, language, now, wanted) for n, hit in enumerate(hits, 1))

    def _card(self, number: int, hit: Hit, language: str, now: datetime, wanted: Sequence[str]) -> Card:
        record = hit.provider
        category = next((c for c in record.categories if c in wanted), record.categories[0])
        price = lowest_price(record.offers)
        return Card(
            id=record.id,
            number=number,
            name=record.name,
            category=self._taxonomy.label(category, language),
            category_id=category,
            icon=self._taxonomy.icon(category),
            city=record.city,
            address=record.address,
            phone=record.phone,
            url=record.url,
            lat=record.lat,
            lon=record.lon,
            distance_m=hit.distance_m,
            rating=rating_of(record),
            price_from=price.price_from if price else None,
            currency=(price.currency or self._market.currency) if price else None,
            price_band=record.price_band,
            opening=opening(record.opening_hours, now, self._market),
            hours=record.opening_hours,
            why=why(record, language),
        )


def lowest_price(offers: Sequence[Offer]) -> Offer | None:
    """The offer with the lowest stated price."""
    priced = [o for o in offers if o.price_from is not None]
    return min(priced, key=lambda o: o.price_from or 0.0, default=None)


def rating_of(record: Provider) -> float | None:
    """The rating on 0 to 5, from the record or from its attribute of that name."""
    if record.rating is not None:
        return record.rating
    try:
        stated = float(record.attributes.get("rating") or "")
    except ValueError:
        return None
    return stated if 0.0 <= stated <= _BEST_RATING else None


def why(record: Provider, language: str) -> str:
    """One short line from the record itself: its title in the language, else what kind it is."""
    text = record.texts.get(language) or record.texts.get("en")
    if text is not None and text.title and text.title != record.name:
        return _cut(text.title)
    kinds = [v for k, v in record.attributes.items() if isinstance(v, str) and not _is_figure(k, v)]
    return _cut(" · ".join(kinds[:_WHY_PARTS]))


def _is_figure(key: str, value: str) -> bool:
    return value.replace(".", "").isdigit() or key in vocabulary.load("field")


def _cut(text: str) -> str:
    return text if len(text) <= _WHY_CHARS else text[: _WHY_CHARS - 1].rstrip() + "…"
