"""A catalogue with its browser index, for the tests of it."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec

from edge.answer import language
from edge.answer.knowledge import Brain
from edge.browser_index.form import INDEX
from edge.browser_index.rules import bundle
from edge.browser_index.service import Builder
from edge.browser_index.shelf import Generation, Shelf
from edge.catalog.store import Catalog, open_catalog
from edge.catalog.taxonomy import Taxonomy
from edge.database import Connection, driver
from edge.search.text_index import TextIndex
from sync.interchange.entry import Deletion, Upsert
from sync.provider import Market, Provider, Text
from tests.edge.search.market import MARKET, PROVIDERS, TAXONOMY

TODAY = date(2026, 11, 27)


_made: dict[tuple[str, bytes], bytes] = {}


def rules_once(taxonomy: Taxonomy, market: Market) -> bytes:
    """The rules of a market, made once: they are slow to make and always the same."""
    key = (taxonomy.digest, msgspec.json.encode(market))
    if key not in _made:
        _made[key] = bundle(taxonomy, market)
    return _made[key]


@dataclass
class Stand:
    """A catalogue, its shelf, and what keeps the one after the other."""

    catalog: Catalog
    shelf: Shelf
    builder: Builder
    day: date = TODAY

    def put(self, *providers: Provider, market: Market | None = None) -> None:
        """Imports providers as the node would."""
        entries = [Upsert(n, one, msgspec.json.encode(one)) for n, one in enumerate(providers, 1)]
        self.catalog.apply(entries, market=market)

    def delete(self, id: str) -> None:
        self.catalog.apply([Deletion(1, id)])

    def build(self) -> Generation:
        """One round of upkeep."""
        self.builder.follow()
        return self.shelf.head()

    def file(self) -> Connection:
        """The published SQLite file, opened on its own."""
        return opened(self.shelf.head().part(INDEX))


def opened(path: Path) -> Connection:
    return driver().connect(str(path))


def stand(folder: Path, providers: tuple[Provider, ...] = PROVIDERS, market: Market = MARKET) -> Stand:
    """A stand over a catalogue of these providers; nothing is built yet."""
    catalog = open_catalog(folder, (TextIndex(TAXONOMY),))
    taxonomy = TAXONOMY.with_market(market)
    shelf = Shelf(folder / "browser")
    brain = Brain(catalog, taxonomy)
    builder = Builder(catalog, taxonomy, shelf, brain.knowledge, language.identifier, rules_once)
    made = Stand(catalog, shelf, builder)
    builder.today = lambda: made.day
    made.put(*providers, market=market)
    return made


SAID = (
    "Leaking taps and boilers mended.",
    "Haare schneiden ohne Termin.",
    "Тихая труба, быстрый ремонт.",
    "",
)


def many(count: int) -> tuple[Provider, ...]:
    """So many different providers, with texts of different lengths."""
    made = []
    for n in range(count):
        kind = PROVIDERS[n % len(PROVIDERS)]
        texts = {
            "en": Text(title=f"Number {n}", description=" ".join(SAID[: n % 5])),
            "de": Text(title=SAID[n % 4]),
        }
        made.append(msgspec.structs.replace(kind, id=f"p{n}", name=f"{kind.name} {n}", texts=texts))
    return tuple(made)
