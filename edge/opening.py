"""Opens what a node answers with, in order: catalogue, taxonomy, search, models, pipeline. Wiring, for `cli`.

The catalogue must open. A damaged index is made again; a model that is missing or broken is noted and done
without.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog

from edge.answer import language
from edge.answer.cache import choice
from edge.answer.cache.entry import Limits
from edge.answer.cache.service import AnswerCache
from edge.answer.card import Cards
from edge.answer.knowledge import Brain
from edge.answer.service import Answers
from edge.answer.spoken import Speaker
from edge.answer.turn import Card
from edge.answer.writer import Writer
from edge.browse.service import Named, Shelf, ToCards
from edge.browser_index.service import Builder
from edge.browser_index.shelf import Shelf as BrowserShelf
from edge.browser_model.service import offered
from edge.catalog.repair import mended
from edge.catalog.store import Catalog
from edge.catalog.taxonomy import Taxonomy
from edge.metrics import Metrics
from edge.model import Models, Speaking
from edge.parts import Opened, Stage
from edge.search import vector_fill
from edge.search.hours import local
from edge.search.query import Hit
from edge.search.service import Search
from edge.search.text_index import TextIndex
from edge.settings import Settings
from edge.upkeep import Upkeep
from models.runtime.embed import Embedder
from models.runtime.generator import Generator
from sync.errors import PrilavokError

T = TypeVar("T")
SURE = 0.8
BROWSER = "browser"
log = structlog.get_logger()


def open_all(settings: Settings, metrics: Metrics, stage: Stage, *, upkeep: bool = True) -> Opened:
    """Opens everything, telling `stage` what comes next. `upkeep` keeps the indexes up in the background."""
    stage("catalogue")
    taxonomy = Taxonomy.load()
    words = TextIndex(taxonomy)
    catalog = _catalog(settings, words)
    taxonomy = taxonomy.with_market(catalog.market())
    models = Models.of(settings)
    troubles: dict[str, PrilavokError] = {}
    stage("embedding model")
    embedder = _try("embedding", models.embedder, troubles)
    stage("generator")
    speaking = models.speaking(_try("generator", models.generator, troubles))
    stage("search")
    search = Search(catalog.database, catalog, taxonomy, embedder)
    brain = Brain(catalog, taxonomy, embedder)
    speaker = speaking.generator
    cache = _try("answer cache", lambda: _cache(settings, metrics, catalog, speaker, embedder), troubles)
    answers = Answers(catalog, search, taxonomy, brain, writer=_writer(speaking, cache), cache=cache)
    answers.warm()
    vectors = Vectors(catalog, embedder, taxonomy) if embedder else None
    browser = BrowserShelf(settings.data_dir / BROWSER)
    builder = Builder(catalog, taxonomy, browser, brain.knowledge, language.identifier)
    chores = {"words": lambda: _mend(catalog, search, words), "catalogue": _follow(catalog, answers)}
    chores |= {"answer cache": cache.follow} if cache else {}
    chores["browser index"] = builder.follow
    kept = Upkeep({**chores, **({"vectors": vectors.fill} if vectors else {})})
    if upkeep:
        kept.start()

    def close() -> None:
        if vectors:
            vectors.stopping = True
        kept.close()
        if cache:
            cache.close()
        catalog.database.close()

    return Opened(
        answers=answers,
        shelf=Shelf(catalog, taxonomy, search, _named(brain), _cards(catalog, taxonomy)),
        generator=speaking.generator,
        embedder=embedder,
        troubles=troubles,
        vectors=vectors.count if vectors else None,
        browser=browser,
        browser_model=offered(models.for_pages(), models.shelf),
        published=catalog.published,
        close=close,
    )


def _catalog(settings: Settings, words: TextIndex) -> Catalog:
    catalog, repair = mended(settings.data_dir, (words,))
    if repair:
        moved = str(repair.moved_to) if repair.moved_to else None
        log.warning("catalogue mended", providers=repair.providers, lost=repair.lost, moved_to=moved)
    return catalog


def _mend(catalog: Catalog, search: Search, words: TextIndex) -> str | None:
    """Makes the word index anew where a search found it damaged."""
    if search.damage is None:
        return None
    with catalog.database.writing() as connection:
        words.remake(connection)
    search.damage = None
    return "made the word index anew"


class StoppedError(Exception):
    """The node is told to stop in the middle of a long chore."""


class Vectors:
    """Makes the vectors that are missing; knows how far it is."""

    def __init__(self, catalog: Catalog, embedder: Embedder, taxonomy: Taxonomy) -> None:
        self._catalog = catalog
        self._embedder = embedder
        self._taxonomy = taxonomy
        self._missing = self._count_missing()
        self._seen = -1
        self.stopping = False

    def count(self) -> tuple[int, int]:
        """Providers with a vector, and all of them."""
        total = self._catalog.count()
        return max(0, total - self._missing), total

    def fill(self) -> str | None:
        """What is missing for this version of the catalogue; stops between batches."""
        version = self._catalog.version()
        if version == self._seen:
            return None
        made = 0
        if missing := self._count_missing():
            self._missing = missing
            try:
                made = vector_fill.fill(
                    self._catalog.database, self._embedder, self._taxonomy, self._progress
                )
            except StoppedError:
                return None
        self._missing, self._seen = self._count_missing(), version
        return f"made {made} vectors" if made else None

    def _progress(self, made: int, wanted: int) -> None:
        self._missing = wanted - made
        if self.stopping:
            raise StoppedError

    def _count_missing(self) -> int:
        with self._catalog.database.reading() as connection:
            return vector_fill.missing(connection, self._embedder.name)


def _follow(catalog: Catalog, answers: Answers) -> Callable[[], str | None]:
    """Reads a new version before the first question does."""
    seen = catalog.version()

    def follow() -> str | None:
        nonlocal seen
        version = catalog.version()
        if version == seen:
            return None
        answers.warm()
        seen = version
        return f"read version {version}"

    return follow


def _try(part: str, load: Callable[[], T | None], troubles: dict[str, PrilavokError]) -> T | None:
    try:
        return load()
    except PrilavokError as error:
        log.warning("without", part=part, code=error.code, reason=error.message, hint=error.hint)
        troubles[part] = error
        return None


def _named(brain: Brain) -> Named:
    def named(text: str, language: str) -> tuple[str, ...]:
        found = brain.knowledge().match_categories(text, language)
        return tuple(dict.fromkeys(mention.id for mention in found if mention.score >= SURE))

    return named


def _writer(speaking: Speaking, cache: AnswerCache | None) -> Speaker | None:
    if speaking.generator is None or not speaking.modes:
        return None
    return Writer(speaking.generator, speaking.modes, speaking.others, cache=cache)


def _cache(
    settings: Settings,
    metrics: Metrics,
    catalog: Catalog,
    generator: Generator | None,
    embedder: Embedder | None,
) -> AnswerCache | None:
    """Where a model's answers are kept, if there is a model and they are to be."""
    if generator is None or not settings.answer_cache:
        return None
    limits = Limits(settings.answer_cache_bytes, settings.answer_cache_ttl_s)
    url = settings.answer_cache_redis_url
    return AnswerCache(
        choice.opener(settings.data_dir, limits, url.get_secret_value() if url else None),
        catalog,
        CacheTally(metrics),
        speaker=f"{generator.name}/phrase",
        encoder=embedder,
        similarity=settings.answer_cache_similarity,
    )


@dataclass(frozen=True)
class CacheTally:
    """Counts what the answer cache does."""

    metrics: Metrics

    def looked(self, result: str) -> None:
        """One lookup."""
        self.metrics.cache.labels(result).inc()

    def dropped(self, reason: str, entries: int) -> None:
        """Entries let go."""
        self.metrics.cache_dropped.labels(reason).inc(entries)

    def remade(self) -> None:
        """The store was damaged."""
        self.metrics.cache_remade.inc()


def _cards(catalog: Catalog, taxonomy: Taxonomy) -> ToCards:
    def cards(hits: tuple[Hit, ...], language: str, now: datetime) -> tuple[Card, ...]:
        market = catalog.market()
        return Cards(taxonomy, market)(hits, language, local(now, market))

    return cards
