"""Searches by given filters, describes the market, and makes the text of a record to take along.

Understanding a sentence is the business of `edge.answer`; here words only rank, unless they name a category.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

import msgspec

from edge.answer.message import variants
from edge.answer.turn import Card
from edge.chat.desk import Desk
from edge.search.query import Hit, Query, Relaxation, Result
from sync.errors import Refused
from sync.provider import Market, Provider

CATEGORIES = 24
EXAMPLES = 4
MOST_CARDS = 50
MOST_CHARS = 400


class Catalog(Protocol):
    """What is read of the catalogue."""

    def version(self) -> int: ...
    def changed_at(self) -> str | None: ...
    def market(self) -> Market: ...
    def count(self) -> int: ...
    def category_counts(self) -> dict[str, int]: ...
    def get(self, id: str) -> Provider: ...


class Taxonomy(Protocol):
    """What is read of the taxonomy."""

    def label(self, category_id: str, language: str) -> str: ...
    def icon(self, category_id: str) -> str | None: ...


class Search(Protocol):
    """Finds providers."""

    def find(self, query: Query, now: datetime) -> Result: ...


class Named(Protocol):
    """Category ids that words name, best first; empty when they name none."""

    def __call__(self, text: str, language: str) -> tuple[str, ...]: ...


class ToCards(Protocol):
    """Hits as cards in a language, in order."""

    def __call__(self, hits: tuple[Hit, ...], language: str, now: datetime) -> tuple[Card, ...]: ...


@dataclass(frozen=True)
class Shelf:
    """What looking needs, once it is open."""

    catalog: Catalog
    taxonomy: Taxonomy
    search: Search
    categories: Named
    cards: ToCards


class CategoryCount(msgspec.Struct, frozen=True, kw_only=True):
    """A category of the market with its number of providers."""

    id: str
    label: str
    count: int
    icon: str | None = None


class MarketView(msgspec.Struct, frozen=True, kw_only=True):
    """What a page needs before the first question. `catalog_date` is when the catalogue last changed.

    The 24 most common categories, and the first four of the market's example questions. `secure_url` is the
    same page over HTTPS, where there is one.
    """

    id: str
    name: str
    languages: tuple[str, ...]
    currency: str | None
    country: str | None
    time_zone: str
    emergency_number: str | None
    catalog_version: int
    catalog_date: str | None
    providers: int
    categories: tuple[CategoryCount, ...]
    examples: tuple[str, ...]
    secure_url: str | None = None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a search. `relaxed` names filters that were let go."""

    cards: tuple[Card, ...]
    found: Literal["exact", "relaxed", "none"]
    relaxed: tuple[Relaxation, ...]
    total: int


@dataclass(frozen=True)
class Wanted:
    """What a search is asked, as its address has it."""

    text: str = ""
    language: str = "en"
    category: str | None = None
    city: str | None = None
    open_now: bool = False
    limit: int = 5


@dataclass(frozen=True)
class Browse:
    """`shelf` raises Unavailable until the catalogue is open. All reading is done at the desk."""

    desk: Desk
    shelf: Callable[[], Shelf]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def search(self, wanted: Wanted) -> Found:
        """The best providers. Refused when the words are too many."""
        if len(wanted.text) > MOST_CHARS:
            raise Refused(
                f"At most {MOST_CHARS} characters are searched for.",
                code="query.too_long",
                hint="Use fewer words.",
            )
        return await self.desk.call(lambda: find(self.shelf(), wanted, self.now()))

    async def market(self, language: str) -> MarketView:
        """The market in a language."""
        return await self.desk.call(lambda: describe(self.shelf(), language))

    async def record(self, provider: str) -> Provider:
        """One provider. Missing when there is none."""
        return await self.desk.call(lambda: self.shelf().catalog.get(provider))


def find(shelf: Shelf, wanted: Wanted, now: datetime) -> Found:
    """Search by filters; words that name categories filter by them, others rank."""
    categories = (wanted.category,) if wanted.category else shelf.categories(wanted.text, wanted.language)
    local = now.astimezone(ZoneInfo(shelf.catalog.market().time_zone)).replace(tzinfo=None)
    query = Query(
        text=wanted.text,
        language=wanted.language,
        categories=categories,
        cities=(wanted.city,) if wanted.city else (),
        open_at=local if wanted.open_now else None,
        limit=max(1, min(wanted.limit, MOST_CARDS)),
    )
    result = shelf.search.find(query, now)
    cards = shelf.cards(result.hits, wanted.language, now)
    return Found(cards=cards, found=result.found, relaxed=result.relaxed, total=result.total)


def describe(shelf: Shelf, language: str) -> MarketView:
    """The market, with its most common categories."""
    market = shelf.catalog.market()
    counts = sorted(shelf.catalog.category_counts().items(), key=lambda pair: (-pair[1], pair[0]))
    categories = tuple(
        CategoryCount(
            id=category,
            label=shelf.taxonomy.label(category, language),
            icon=shelf.taxonomy.icon(category),
            count=count,
        )
        for category, count in counts[:CATEGORIES]
    )
    return MarketView(
        id=market.id,
        name=market.name.get(language)
        or market.name.get("en")
        or next(iter(market.name.values()), market.id),
        languages=market.languages,
        currency=market.currency,
        country=market.country,
        time_zone=market.time_zone,
        emergency_number=market.emergency_number,
        catalog_version=shelf.catalog.version(),
        catalog_date=shelf.catalog.changed_at(),
        providers=shelf.catalog.count(),
        categories=categories,
        examples=(market.examples.get(language) or variants(language, "chip.example"))[:EXAMPLES],
    )
