"""Which filters are let go when nothing meets them all, and what that is called.

A provider that does not state an attribute fails only where some provider states it and fits. So the first
try is everyone known to meet every filter; the next lets the silent ones in; only then is a filter let go. As
few filters as can be are touched; among equally many, those earlier in ORDER (conditions: the last named
first). Firm filters (category, named provider, excluded) are never let go here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from edge.search.columns import Mask
from edge.search.filter import Filter
from edge.search.query import Relaxation

# From what a visitor misses least to what makes the answer useless. CONDITIONS stands for the attributes.
CONDITIONS = "conditions"
ORDER = ("rating_min", "price_bands", "price_max", "spoken", CONDITIONS, "open_at", "near", "cities")
TRIED_TOGETHER = 3


@dataclass(frozen=True)
class Chosen:
    """Who remains, and what was let go for it. Nobody remains where the firm filters leave nobody."""

    mask: Mask
    relaxed: tuple[Relaxation, ...] = ()


def choose(filters: Sequence[Filter], everyone: Mask) -> Chosen:
    """Who meets the filters, letting go of as few as it takes to have anybody."""
    base = everyone.copy()
    for demand in filters:
        if demand.firm:
            base &= demand.meets
    soft = _ordered([demand for demand in filters if not demand.firm])
    if not base.any():
        return Chosen(base)
    for lenient, dropped in _attempts(len(soft)):
        mask = _remaining(base, soft, lenient, dropped)
        if mask.any():
            return Chosen(mask, _named(soft, lenient | dropped))
    return Chosen(base, _named(soft, frozenset(range(len(soft)))))


def _ordered(soft: list[Filter]) -> list[Filter]:
    """In the order in which they are let go."""
    rank = {what: place for place, what in enumerate(ORDER)}
    named_last_first = list(reversed(soft))
    return sorted(named_last_first, key=lambda demand: rank.get(demand.what, rank[CONDITIONS]))


def _attempts(count: int) -> Iterator[tuple[frozenset[int], frozenset[int]]]:
    """(filters that let the silent in, filters dropped): none, one, two, three; then one more each time."""
    nothing: frozenset[int] = frozenset()
    for size in range(min(count, TRIED_TOGETHER) + 1):
        chosen = [frozenset(places) for places in combinations(range(count), size)]
        yield from ((places, nothing) for places in chosen)
        if size:
            yield from ((nothing, places) for places in chosen)
    for size in range(TRIED_TOGETHER + 1, count):
        yield nothing, frozenset(range(size))


def _remaining(base: Mask, soft: list[Filter], lenient: frozenset[int], dropped: frozenset[int]) -> Mask:
    mask = base.copy()
    for place, demand in enumerate(soft):
        if place not in dropped:
            np.logical_and(mask, demand.allows if place in lenient else demand.meets, out=mask)
    return mask


def _named(soft: list[Filter], touched: frozenset[int]) -> tuple[Relaxation, ...]:
    return tuple(Relaxation(what=soft[place].what, wanted=soft[place].wanted) for place in sorted(touched))
