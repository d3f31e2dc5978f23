"""What an answer may say: the strings and figures of its records, its wishes and its question.

Left out: comparing a sentence with it (verify.py).
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from babel import Locale
from babel.numbers import get_currency_symbol

from edge.answer import concept, emergency, figure, message
from edge.answer.turn import Card, Draft, Fact
from edge.answer.voice import Labels
from sync.provider import Market, Provider


@dataclass
class Support:
    """What may be said: whole strings, and figures by kind."""

    strings: set[str] = field(default_factory=set)
    figures: set[tuple[str, float | str]] = field(default_factory=set)
    distances: set[float] = field(default_factory=set)

    def add(self, text: str | None) -> None:
        """Allow a string and every figure in it."""
        if text:
            bare = figure.plain(text)
            self.strings.add(bare)
            self.figures |= {reading for found in figure.read(bare) for reading in found.readings}
            if "24/7" in bare:
                self.figures |= {("time", 0.0), ("number", 24.0)}

    def whole(self, *texts: str | None) -> None:
        """Allow strings as they are; the numbers in them mean nothing by themselves."""
        self.strings |= {figure.plain(text) for text in texts if text}

    def phone(self, text: str | None) -> None:
        """Allow a phone number, however it is spaced."""
        if text:
            self.strings.add(figure.plain(text))
            self.figures.add(("phone", figure.digits(figure.plain(text))))

    def number(self, value: float | None, kind: str = "number") -> None:
        """Allow a number."""
        if value is not None:
            self.figures |= {(kind, float(value)), ("number", float(value))}

    def money(self, currency: str | None) -> None:
        """Allow a currency, by its code and its signs."""
        if currency:
            self.figures |= {("money", currency), *(("money", sign) for sign in _signs(currency))}

    def merged(self, other: "Support") -> "Support":
        """Both together."""
        return Support(
            self.strings | other.strings, self.figures | other.figures, self.distances | other.distances
        )


def places(draft: Draft, taxonomy: Labels | None = None) -> dict[str, tuple[str, Support]]:
    """Each place's name and what it supports."""
    cards = {card.id: card for card in draft.cards}
    records = {record.id: record for record in draft.records}
    found = {}
    for one in dict.fromkeys([*cards, *records]):
        support = Support()
        _add_record(support, records.get(one))
        _add_card(support, cards.get(one))
        for fact in draft.facts:
            if fact.provider == one:
                _add_fact(support, fact)
                _add_names(support, fact, taxonomy, draft.understood.language)
        name = cards[one].name if one in cards else records[one].name
        found[one] = (figure.plain(name), support)
    return found


def _add_fact(support: Support, fact: Fact) -> None:
    support.add(concept.spoken(fact.field.removeprefix("attributes.")))
    if fact.field == "phone" and isinstance(fact.value, str):
        support.phone(fact.value)
    elif isinstance(fact.value, str):
        support.whole(fact.value) if fact.field in ("name", "address", "city") else support.add(fact.value)
        if fact.field == "languages":
            _add_tongues(support, tuple(re.findall(r"\w+", fact.value)))
    elif isinstance(fact.value, int | float) and not isinstance(fact.value, bool):
        support.number(fact.value, "price" if fact.field == "price" else "number")
        if fact.field == "distance":
            support.distances.add(float(fact.value))


def _add_names(support: Support, fact: Fact, taxonomy: Labels | None, language: str) -> None:
    """What the taxonomy calls an attribute and its value."""
    key = fact.field.removeprefix("attributes.")
    if taxonomy is not None:
        named = taxonomy.field(key, message.speech(language))
        support.add(named.label if named else None)
        if isinstance(fact.value, str):
            labels = taxonomy.field_labels(key, message.speech(language))
            support.add(labels.get(fact.value.casefold()))


def _add_record(support: Support, record: Provider | None) -> None:
    if record is None:
        return
    support.whole(record.name, record.city, record.address, record.email, record.url)
    support.phone(record.phone)
    support.add(record.opening_hours)
    for title in record.texts.values():
        support.add(title.title)
        support.add(title.description)
    for key, value in record.attributes.items():
        support.add(concept.spoken(key))
        if isinstance(value, str):
            support.add(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            support.number(value)
    for offer in record.offers:
        for name in offer.name.values():
            support.add(name)
        for price in (offer.price_from, offer.price_to):
            support.number(price, "price")
        support.number(offer.duration_min)
        support.money(offer.currency)
    support.number(record.rating)
    _add_tongues(support, record.languages)


def _add_card(support: Support, card: Card | None) -> None:
    if card is None:
        return
    support.whole(card.name, card.category, card.city, card.address, card.url)
    support.phone(card.phone)
    support.add(card.hours)
    support.add(card.why)
    support.number(card.price_from, "price")
    support.money(card.currency)
    support.number(card.rating)
    if card.distance_m is not None:
        support.distances.add(card.distance_m)
    for at in (card.opening.until, card.opening.opens) if card.opening else ():
        if at is not None:
            support.figures.add(("time", float(at.hour * 60 + at.minute)))


def _add_tongues(support: Support, codes: tuple[str, ...]) -> None:
    for code in codes:
        support.whole(*_tongue(code))


@lru_cache(maxsize=256)
def _tongue(code: str) -> tuple[str, ...]:
    """What a language is called in the languages we speak."""
    names = (Locale.parse(language).languages.get(code) for language in message.COMPLETE)
    return tuple(str(name) for name in names if name)


def shared(draft: Draft, market: Market | None, taxonomy: Labels | None) -> Support:
    """What is supported anywhere in the answer: the question, the counts, the wishes, the market."""
    support, query = Support(), draft.understood.query
    support.add(draft.question)
    for count in (draft.total, len(draft.cards), *range(1, len(draft.cards) + 1)):
        support.number(count)
    for city in query.cities:
        support.add(city)
    for condition in query.conditions:
        for value in condition.any_of:
            support.add(value if isinstance(value, str) else None)
        support.number(condition.at_least)
        support.number(condition.at_most)
    support.number(query.price_max, "price")
    support.number(query.rating_min)
    _add_tongues(support, query.spoken)
    if query.open_at:
        support.figures.add(("time", float(query.open_at.hour * 60 + query.open_at.minute)))
    for relaxed in draft.relaxed:
        support.add(relaxed.wanted)
    if market:
        support.figures.add(("number", float(emergency.number(market))))
        support.money(market.currency)
        for name in market.name.values():
            support.add(name)
    for category in query.categories if taxonomy else ():
        support.add(taxonomy.label(category, draft.understood.language) if taxonomy else None)
    return support


@lru_cache(maxsize=64)
def _signs(currency: str) -> frozenset[str]:
    """How a currency is signed in the languages we speak."""
    signs = set()
    for language in message.COMPLETE:
        where = Locale.parse(language)
        signs |= {get_currency_symbol(currency, where), where.currency_symbols.get(currency, currency)}
    narrow = {"RUB": "₽", "UAH": "₴", "GEL": "₾", "KZT": "₸", "TRY": "₺", "CZK": "Kč", "PLN": "zł"}
    dollar = {"$"} if currency in ("USD", "CAD", "AUD", "NZD", "MXN", "ARS", "CLP", "COP") else set()
    return frozenset(signs | {narrow.get(currency, currency)} | dollar)
