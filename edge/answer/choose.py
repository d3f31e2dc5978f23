"""Which records an answer shows: those spoken of, or found, a kind widened before a filter is let go."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from edge.answer.card import lowest_price
from edge.answer.turn import Intent, Understood
from edge.catalog.store import Catalog
from edge.search.query import Hit, Query, Relaxation, Result
from edge.search.service import Search

_SILENT = frozenset(("smalltalk", "out_of_scope", "emergency"))
_MOST_WIDENINGS = 6


@dataclass(frozen=True, slots=True)
class Chosen:
    """The hits of an answer. `query` is the search as it was made; `intent` where choosing changed it."""

    hits: tuple[Hit, ...]
    found: Literal["exact", "relaxed", "none"]
    query: Query
    relaxed: tuple[Relaxation, ...] = ()
    total: int = 0
    intent: Intent | None = None


def choose(understood: Understood, search: Search, catalog: Catalog, now: datetime) -> Chosen:
    """What to show for a question. Smalltalk, an emergency and what is out of scope show nothing."""
    query = understood.query
    if understood.intent in _SILENT:
        return Chosen((), "none", query)
    if understood.providers:
        records = catalog.many(understood.providers)
        hits = tuple(Hit(provider=record, score=1.0) for record in records)
        return Chosen(hits, "exact" if hits else "none", query, total=len(hits))
    query = _bounded(query, understood, catalog)
    result, asked = _find(query, search, now)
    if understood.unknown_place and not query.cities and result.hits:
        elsewhere = Relaxation(what="cities", wanted=understood.unknown_place)
        return Chosen(result.hits, "relaxed", asked, (elsewhere, *result.relaxed), result.total)
    return Chosen(result.hits, result.found, asked, result.relaxed, result.total)


def _find(query: Query, search: Search, now: datetime) -> tuple[Result, Query]:
    """The search as asked; where nothing fits exactly, with one kind widened at a time."""
    first = search.find(query, now)
    if first.found == "exact":
        return first, query
    for wider, let_go in _widened(query):
        result = search.find(wider, now)
        if result.found == "exact":
            return msgspec.structs.replace(result, found="relaxed", relaxed=(let_go,)), wider
    return first, query


def _widened(query: Query) -> Iterator[tuple[Query, Relaxation]]:
    """The query with a condition's broader values, nearest first, and what is let go by that."""
    tried = 0
    for place, condition in enumerate(query.conditions):
        for value in condition.or_else:
            tried += 1
            if tried > _MOST_WIDENINGS:
                return
            wider = msgspec.structs.replace(condition, any_of=(value,), or_else=())
            conditions = (*query.conditions[:place], wider, *query.conditions[place + 1 :])
            let_go = Relaxation(what=condition.key, wanted=", ".join(map(str, condition.any_of)))
            yield msgspec.structs.replace(query, conditions=conditions), let_go


def _bounded(query: Query, understood: Understood, catalog: Catalog) -> Query:
    """ "Something cheaper": below the lowest price of what was shown, where prices are known."""
    shown = understood.state.shown
    if query.order != "price" or not shown or query.price_max is not None:
        return query
    prices = [o.price_from for r in catalog.many(shown[:1]) if (o := lowest_price(r.offers)) and o.price_from]
    return msgspec.structs.replace(query, price_max=min(prices) - 0.01) if prices else query
