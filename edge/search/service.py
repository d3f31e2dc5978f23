"""Finds providers: filters, then words and meaning fused, then what was asked for decides.

One `find` reads one snapshot of the catalogue; for a moment after a change, columns of the one before. Text
search answers alone where vectors are missing; where an index is damaged the filters still answer, and
`damage` says so. Understanding a question is in edge/answer.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import numpy as np

from edge.catalog.store import Catalog, decode
from edge.catalog.taxonomy import Taxonomy
from edge.database import Connection, Database, driver
from edge.renewed import Renewed
from edge.search import columns as column_store
from edge.search import hours
from edge.search.columns import Columns, Mask, Positions
from edge.search.filter import Filter, category_filter, distances_m, filters
from edge.search.fold import fold
from edge.search.fuse import Evidence, Scores, order
from edge.search.paraphrase import Encoder
from edge.search.query import Hit, Near, Query, Relaxation, Result
from edge.search.rank import Ground, Ranker, filtered
from edge.search.relax import Chosen, choose
from edge.search.text_query import Frequencies
from sync.provider import Market

Loaded = tuple[Columns, Frequencies, Market]
CLOSED_RANK: dict[hours.OpenState, float] = {"open": 0.0, "unknown": 1.0, "closed": 2.0}


class Search:
    """The search over one catalogue. Thread-safe."""

    def __init__(
        self, database: Database, catalog: Catalog, taxonomy: Taxonomy, embedder: Encoder | None = None
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._taxonomy = taxonomy
        self._ranker = Ranker(taxonomy, embedder)
        self._loaded = Renewed(self._load)
        self._latest: Loaded | None = None

    @property
    def damage(self) -> str | None:
        """What a search found wrong with the word index; None again once it is mended and this is set so."""
        return self._ranker.damage

    @damage.setter
    def damage(self, damage: str | None) -> None:
        self._ranker.damage = damage

    def find(self, query: Query, now: datetime) -> Result:
        """The best `query.limit` providers. `now` is market-local; it only decides among equals."""
        with self._database.reading() as connection:
            ground = Ground(connection, *self._loaded.at(_version(connection)))
            chosen = self._choose(query, ground)
            scores = self._ranker.score(query, ground, chosen)
            mask = chosen.mask if filtered(query) else chosen.mask & (scores > 0)
            near = query.near or _middle(query, chosen, ground.columns)
            best = _ordered(query, ground, mask, scores, near, now)
            hits = _hits(query, ground, best[: max(query.limit, 0)], scores)
        return Result(
            hits=hits,
            found="none" if not hits else "relaxed" if chosen.relaxed else "exact",
            relaxed=chosen.relaxed if hits else (),
            total=int(mask.sum()),
            catalog_version=ground.columns.version,
        )

    def warm(self) -> None:
        """Reads what a first question would wait for; call it after start and after an import."""
        with self._database.reading() as connection:
            version = _version(connection)
        self._loaded.fresh(version)

    def _load(self) -> tuple[int, Loaded]:
        with self._database.reading() as connection:
            version = _version(connection)
            columns, frequencies = column_store.load(connection, version), Frequencies()
            if self._latest is not None:
                columns.renew(connection, self._latest[0])
                with suppress(driver().module.DatabaseError):  # a damaged word index: the ranker says so
                    frequencies.renew(connection, self._latest[1])
            self._latest = columns, frequencies, self._catalog.market()
            return version, self._latest

    def _choose(self, query: Query, ground: Ground) -> Chosen:
        columns, connection = ground.columns, ground.connection
        demands = filters(query, columns, connection, ground.market, self._taxonomy.children)
        chosen = choose(demands, columns.everyone())
        if chosen.mask.any() or not query.categories or query.providers:
            return chosen
        return self._wider(query, demands, ground) or chosen

    def _wider(self, query: Query, demands: Sequence[Filter], ground: Ground) -> Chosen | None:
        """Nobody has the category: those of the kind it belongs to, said as a relaxation."""
        for above in zip(*(self._taxonomy.lineage(id)[1:] for id in query.categories), strict=False):
            wider = category_filter(above, ground.columns, ground.connection, self._taxonomy.children)
            rest = [wider, *(demand for demand in demands if demand.what != "categories")]
            chosen = choose(rest, ground.columns.everyone())
            if chosen.mask.any():
                let_go = Relaxation(what="categories", wanted=", ".join(query.categories))
                return Chosen(chosen.mask, (let_go, *chosen.relaxed))
        return None


def _ordered(
    query: Query, ground: Ground, mask: Mask, scores: Scores, near: Near | None, now: datetime
) -> Positions:
    distances = None if near is None else distances_m(near, ground.columns)
    at = query.open_at or now
    states = [hours.state(text, at, ground.market) for text in ground.columns.hours_texts]
    closed = np.array([*(CLOSED_RANK[state] for state in states), CLOSED_RANK["unknown"]])
    return order(query, ground.columns, mask, Evidence(scores, distances, closed[ground.columns.hours]))


def _version(connection: Connection) -> int:
    row = connection.execute("SELECT value FROM meta WHERE key='version'").fetchone()
    return int(row[0]) if row else 0


def _hits(query: Query, ground: Ground, best: Positions, scores: Scores) -> tuple[Hit, ...]:
    distances = None if query.near is None else distances_m(query.near, ground.columns)
    hits = []
    for position in best:
        row = ground.connection.execute(
            "SELECT id, document FROM provider WHERE rowid=?", (int(ground.columns.rowid[position]),)
        ).fetchone()
        if row is None:  # gone since the columns were read; they are being read anew
            continue
        id, document = row
        away = None if distances is None or np.isnan(distances[position]) else float(distances[position])
        hits.append(Hit(provider=decode(id, document), score=float(scores[position]), distance_m=away))
    return tuple(hits)


def _middle(query: Query, chosen: Chosen, columns: Columns) -> Near | None:
    """The middle of the asked city, when the city was let go: from there, the nearest is offered."""
    if not any(relaxation.what == "cities" for relaxation in chosen.relaxed):
        return None
    codes = [columns.city_codes[key] for key in map(fold, query.cities) if key in columns.city_codes]
    there = np.isin(columns.city, codes) & ~np.isnan(columns.lat) & ~np.isnan(columns.lon)
    if not there.any():
        return None
    return Near(lat=float(np.median(columns.lat[there])), lon=float(np.median(columns.lon[there])))
