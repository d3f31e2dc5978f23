"""Ranks candidates by the words of a question, by its meaning, and by nearness, each where it can.

A damaged word index or missing vectors leave that ranking out. Who is a candidate is decided in `relax`, what
decides among equals in `fuse`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.catalog.taxonomy import Taxonomy
from edge.database import Connection, driver
from edge.search import text_query, vector_index
from edge.search.columns import Columns, Mask, Positions
from edge.search.filter import distances_m, holders
from edge.search.fuse import Ranking, Scores, fuse
from edge.search.paraphrase import Encoder
from edge.search.query import Near, Query
from edge.search.relax import Chosen
from sync.provider import Market

TEXT_WEIGHT = 1.0
NAME_WEIGHT = 1.5
NEAR_WEIGHT = 1.0
MEANING_WEIGHT = 0.8
# Below this cosine a text says nothing of a provider; where nothing else was asked for, it must say more.
LEAST_COSINE, LONE_COSINE, MEANT_LIMIT = 0.2, 0.4, 100


@dataclass(frozen=True)
class Ground:
    """What one search stands on: one snapshot, its columns, its words and its market."""

    connection: Connection
    columns: Columns
    frequencies: text_query.Frequencies
    market: Market


@dataclass(frozen=True)
class _Scope:
    """The filters on category (kinds included) and city that were not let go."""

    categories: tuple[str, ...]
    cities: tuple[str, ...]


class Ranker:
    """Scores candidates. `damage` tells what is wrong with the word index, once a search met it."""

    def __init__(self, taxonomy: Taxonomy, encoder: Encoder | None) -> None:
        self._taxonomy = taxonomy
        self._encoder = encoder
        self.damage: str | None = None

    def score(self, query: Query, ground: Ground, chosen: Chosen) -> Scores:
        """How well each position fits what was said: 0 for others than candidates, and where nothing was."""
        rankings: list[Ranking] = []
        if query.text and chosen.mask.any():
            scope = self._scope(query, ground, chosen)
            rankings += self._by_words(query, ground, chosen.mask, scope)
            rankings += self._by_meaning(query, ground, chosen.mask, scope)
        if query.near is not None:
            rankings.append(Ranking(_nearest(query.near, ground.columns, chosen.mask), NEAR_WEIGHT))
        return fuse(rankings, ground.columns.count)

    def _scope(self, query: Query, ground: Ground, chosen: Chosen) -> _Scope:
        let_go = {relaxation.what for relaxation in chosen.relaxed}
        kinds = dict.fromkeys(kind for id in query.categories for kind in self._taxonomy.within(id))
        held = [kind for kind in kinds if holders(kind, ground.columns, ground.connection).any()]
        return _Scope(
            () if "categories" in let_go else tuple(held), () if "cities" in let_go else query.cities
        )

    def _by_words(self, query: Query, ground: Ground, mask: Mask, scope: _Scope) -> list[Ranking]:
        within = text_query.Within(scope.categories, scope.cities)
        try:
            found = text_query.ranked(
                ground.connection, query.text, query.language, within, ground.frequencies
            )
            named = text_query.nearly_named(ground.connection, query.text, ground.frequencies)
        except driver().module.DatabaseError as error:
            self.damage = str(error)
            return []
        return [
            Ranking(_among(found, ground.columns, mask), TEXT_WEIGHT),
            Ranking(_among(named, ground.columns, mask), NAME_WEIGHT),
        ]

    def _by_meaning(self, query: Query, ground: Ground, mask: Mask, scope: _Scope) -> list[Ranking]:
        if self._encoder is None:
            return []
        table = vector_index.find_table(ground.connection, self._encoder.name)
        if table is None:
            return []
        rowids, cosines = vector_index.nearest(
            ground.connection,
            table,
            self._encoder.query([query.text])[0],
            candidates=None if mask.all() else ground.columns.rowid[mask],
            categories=scope.categories,
            cities=scope.cities,
        )
        least = LEAST_COSINE if filtered(query) else LONE_COSINE
        near = rowids[cosines >= least][:MEANT_LIMIT]
        return [Ranking(_among(near, ground.columns, mask), MEANING_WEIGHT)]


def filtered(query: Query) -> bool:
    """Is anything but a text asked? Of a text alone, only who fits it is an answer."""
    return not query.text.strip() or any(
        (
            query.categories,
            query.cities,
            query.conditions,
            query.providers,
            query.open_at is not None,
            query.near is not None,
            query.price_max is not None,
            query.price_bands,
            query.rating_min is not None,
            query.spoken,
        )
    )


def _among(rowids: Sequence[int] | NDArray[np.int64], columns: Columns, mask: Mask) -> Positions:
    """Positions of those row ids that are in the mask, in their order."""
    positions = columns.positions(np.array(rowids, dtype=np.int64))
    found: Positions = positions[mask[positions]]
    return found


def _nearest(near: Near, columns: Columns, mask: Mask) -> Positions:
    """Those in the mask that have a place, nearest first."""
    distances = distances_m(near, columns)
    placed = np.flatnonzero(mask & ~np.isnan(distances))
    found: Positions = placed[np.argsort(distances[placed], kind="stable")]
    return found
