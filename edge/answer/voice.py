"""How one answer speaks: its language, the market's habits, and the names of what it cites.

Shared by everything that words an answer. Left out: what to say (template.py, listing.py, statement.py).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Protocol

from babel import Locale

from edge.answer import concept, message, notation
from edge.answer.turn import Card, Draft
from sync.provider import Market, Provider

# English names of peoples and regions, which keep their capital: "Georgian", "Vietnamese", "Middle Eastern".
_ADJECTIVE = re.compile(
    r"((?<!tar)ian|[^e]ese|\w{2}ish|can|ean|ban|eastern|ani|arab|thai|greek|french|korean)$", re.I
)


class Labels(Protocol):
    """What the words need of the taxonomy."""

    def label(self, category_id: str, language: str) -> str:
        """The category's name in a language."""
        ...

    def field(self, key: str, language: str) -> "Named | None":
        """An attribute by its OSM key."""
        ...

    def field_labels(self, key: str, language: str) -> dict[str, str]:
        """What an attribute's values are called."""
        ...


class Named(Protocol):
    """What is read of an attribute."""

    @property
    def label(self) -> str:
        """Its name; may be empty."""
        ...


@dataclass(frozen=True)
class Voice:
    """The draft being worded, and how its market and language write things."""

    draft: Draft
    market: Market
    labels: Labels

    @cached_property
    def language(self) -> str:
        """The language of the sentences."""
        return message.speech(self.draft.understood.language)

    @cached_property
    def locale(self) -> Locale:
        """How figures are written."""
        return notation.locale(self.language, self.market.country)

    @cached_property
    def records(self) -> dict[str, Provider]:
        """The draft's records by id."""
        return {record.id: record for record in self.draft.records}

    @cached_property
    def cards(self) -> dict[str, Card]:
        """The draft's cards by provider id."""
        return {card.id: card for card in self.draft.cards}

    def say(self, key: str, **values: object) -> str:
        """A message in the answer's language."""
        return message.text(self.language, key, **values)

    def variants(self, key: str) -> tuple[str, ...]:
        """A message that is a list of wordings."""
        return message.variants(self.language, key)

    def has(self, key: str) -> bool:
        """Whether there is such a message."""
        return message.has(self.language, key)

    def who(self, provider: str) -> str:
        """A provider's name with its citation: "Rohrfrei Nord [1]"."""
        card = self.cards.get(provider)
        if card is not None:
            return f"{card.name} [{card.number}]"
        record = self.records.get(provider)
        return record.name if record else provider

    def cites(self, providers: list[str]) -> tuple[int, ...]:
        """The card numbers of providers, in order, once each."""
        return tuple(dict.fromkeys(self.cards[one].number for one in providers if one in self.cards))

    def series(self, items: list[str], kind: str = "standard") -> str:
        """A list in words."""
        return notation.series(items, self.locale, kind)

    def price(self, amount: float, currency: str | None) -> str:
        """An amount of money, in the market's currency where none is given."""
        return notation.price(amount, currency or self.market.currency, self.locale)

    def clock(self, at: datetime) -> str:
        """A time of day."""
        return notation.clock(at, self.locale)

    def when(self, at: datetime) -> str:
        """A weekday and a time: "on Sunday at 20:00"."""
        return self.say("word.when", day=notation.day(at, self.locale), time=self.clock(at))

    def tongues(self, codes: tuple[str, ...]) -> str:
        """Names of languages."""
        names = self.locale.languages
        return self.series([str(names.get(code, code)) for code in codes])

    def category(self, category_id: str) -> str:
        """A category's name in the visitor's language; the id's last part where it has none."""
        return (
            self.labels.label(category_id, self.draft.understood.language) or category_id.rpartition("/")[2]
        )

    def attribute(self, key: str) -> str:
        """An attribute's name inside a sentence: ours, the taxonomy's, else the key's own words."""
        idea = concept.of(key)
        if idea and self.has(f"concept.{idea}.label"):
            return self.say(f"concept.{idea}.label")
        plain = f"attribute.{'_'.join(concept.split(key))}"
        if self.has(plain):
            return self.say(plain)
        known = self.labels.field(key, self.language)
        return self._inside(known.label) if known is not None and known.label else concept.spoken(key)

    def choice(self, key: str, value: str) -> str:
        """A text value as the catalogue has it, after its name in the language where there is another."""
        name = self.named(key, value)
        return value if name.casefold() == value.casefold() else f"{name} ({value})"

    def named(self, key: str, value: str) -> str:
        """What the taxonomy calls a text value in the language; the value itself where it has no name."""
        name = self.labels.field_labels(key, self.language).get(value.casefold())
        return self._inside(name) if name else value

    def _inside(self, name: str) -> str:
        """A taxonomy name as it stands inside a sentence."""
        proper = self.language == "en" and _ADJECTIVE.search(name) is not None
        small = self.language != "de" and name[1:2].islower() and not proper
        return name[:1].lower() + name[1:] if small else name

    @property
    def named_alone(self) -> bool:
        """Whether the visitor named these very places and asked nothing of them."""
        named = self.draft.understood.providers
        return bool(named) and all(card.id in named for card in self.draft.cards)

    @property
    def asked_now(self) -> bool:
        """Whether a wished time is the present one (or no time is wished)."""
        wished, now = self.draft.understood.query.open_at, self.draft.now
        return wished is None or now is None or abs((wished - now.replace(tzinfo=None)).total_seconds()) < 900
