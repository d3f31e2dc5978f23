"""Joins rankings into one order: reciprocal rank fusion, then what the visitor asked to be decided by.

Reciprocal rank fusion after Cormack, Clarke and Büttcher (2009): the sum of 1 / (60 + rank) over the lists.
Works on positions of `Columns`; knows no SQL and no text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.search.columns import Columns, Mask, Positions
from edge.search.query import Query

RRF = 60.0
POOL = 50
RATING_PRIOR = 3.5

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Ranking:
    """Positions, best first, and how much this ranking counts."""

    positions: Positions
    weight: float


@dataclass(frozen=True)
class Evidence:
    """What is known of every position: fit with the words, metres away (if asked), 0 open to 2 closed."""

    scores: Scores
    distances: Scores | None
    closed: Scores


def fuse(rankings: Sequence[Ranking], count: int) -> Scores:
    """One score a position; 0 for who is in no ranking."""
    scores = np.zeros(count, dtype=np.float64)
    for ranking in rankings:
        scores[ranking.positions] += ranking.weight / (RRF + 1.0 + np.arange(len(ranking.positions)))
    return scores


def order(query: Query, columns: Columns, mask: Mask, evidence: Evidence) -> Positions:
    """Positions of those in the mask, best first, by `query.order`; the same order every time.

    Asked for the cheapest, best rated or nearest, the POOL that fits the words best comes first.
    """
    positions = np.flatnonzero(mask)
    fit = -evidence.scores[positions]
    rating = -np.nan_to_num(columns.rating[positions], nan=RATING_PRIOR)
    far = _far(evidence.distances, positions)
    equals = (positions, rating, evidence.closed[positions], far)
    if query.order == "fit":
        return positions[np.lexsort((*equals, fit))]
    asked = {"rating": rating, "price": price(columns)[positions], "distance": far}[query.order]
    return positions[np.lexsort((*equals, fit, asked, _outside_pool(fit)))]


def price(columns: Columns) -> Scores:
    """What sorts by price: the lowest offer, else the band; unstated last. Money and bands do not mix."""
    band = np.where(columns.price_band >= 0, columns.price_band, np.inf)
    return band if np.isnan(columns.price_from).all() else _last(columns.price_from)


def _far(distances: Scores | None, positions: Positions) -> Scores:
    return np.zeros(len(positions)) if distances is None else _last(distances[positions])


def _last(values: Scores) -> Scores:
    return np.where(np.isnan(values), np.inf, values)


def _outside_pool(fit: Scores) -> Mask:
    """Who is not among the POOL best fitting, where some fit at all."""
    if not len(fit) or not fit.any():
        return np.zeros(len(fit), dtype=np.bool_)
    worst = np.partition(fit, min(POOL, len(fit)) - 1)[min(POOL, len(fit)) - 1]
    outside: Mask = (fit > worst) | (fit == 0)
    return outside
