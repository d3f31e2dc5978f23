"""Small catalogues for the tests of the search: made in a folder, with the real taxonomy and word index."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.catalog.store import Catalog, open_catalog
from edge.catalog.taxonomy import Taxonomy
from edge.search.fold import tokens
from edge.search.service import Search
from edge.search.text_index import TextIndex
from sync.interchange.entry import Upsert
from sync.provider import Market, Offer, Provider, Text

TAXONOMY = Taxonomy.load()
MARKET = Market(id="test", languages=("en", "ru"), country="DE", time_zone="Europe/Berlin")

PROVIDERS = (
    Provider(
        id="pipe",
        categories=("craft/plumber",),
        name="Тихая Труба",
        city="Lipki",
        lat=54.0,
        lon=13.0,
        phone="+49 30 23125 001",
        opening_hours="Mo-Fr 08:00-18:00",
        languages=("ru", "de"),
        attributes={"warranty": True},
        rating=4.6,
        price_band=2,
        texts={"en": Text(title="Quiet Pipe", description="Leaks, taps and boilers, day and night.")},
        offers=(Offer(name={"en": "Leak repair"}, price_from=60.0, currency="EUR"),),
    ),
    Provider(
        id="drain",
        categories=("craft/plumber",),
        name="Drain Brothers",
        city="Sosnovka",
        lat=54.1,
        lon=13.0,
        opening_hours="24/7",
        languages=("en",),
        rating=3.9,
        price_band=1,
    ),
    Provider(
        id="curl",
        categories=("shop/hairdresser",),
        name="Curl & Comb",
        city="Lipki",
        lat=54.01,
        lon=13.01,
        opening_hours="Tu-Sa 10:00-19:00",
        languages=("en", "pt-BR"),
        attributes={"walk_in": False, "kind": "unisex"},
        rating=4.8,
    ),
    Provider(
        id="pizza",
        categories=("amenity/restaurant/pizza", "amenity/restaurant"),
        name="Forno Bianco",
        city="Lipki",
        attributes={"cuisine": "pizza;italian", "outdoor_seating": True},
        opening_hours="no idea",
        price_band=2,
    ),
)


class WordEncoder:
    """An encoder whose vectors are hashed words: texts that share words are near."""

    name = "words"
    dimension = 64

    def query(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([self._one(text) for text in texts], dtype=np.float32)

    passage = query

    def _one(self, text: str) -> NDArray[np.float32]:
        vector = np.full(self.dimension, 1e-6, dtype=np.float32)
        for token in tokens(text):
            vector[sum(map(ord, token)) % self.dimension] += 1.0
        unit: NDArray[np.float32] = vector / np.linalg.norm(vector)
        return unit


def make(folder: Path, providers: Iterable[Provider] = PROVIDERS, market: Market = MARKET) -> Catalog:
    """A catalogue of these providers with its word index."""
    catalog = open_catalog(folder, (TextIndex(TAXONOMY),))
    catalog.put_market(market)
    entries = [Upsert(n, provider, msgspec.json.encode(provider)) for n, provider in enumerate(providers, 1)]
    catalog.apply(entries)
    return catalog


def searching(catalog: Catalog, encoder: WordEncoder | None = None) -> Search:
    return Search(catalog.database, catalog, TAXONOMY.with_market(catalog.market()), encoder)
