"""What the loaded catalogue lets the node recognise, made anew when the catalogue changes."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from edge.answer import store
from edge.answer.attribute import Attribute, AttributeVocabulary, Labels
from edge.answer.gazetteer import Gazetteer
from edge.answer.lexicon import words
from edge.answer.reading import CategoryMention, Knowledge
from edge.catalog.store import Catalog
from edge.catalog.taxonomy import Taxonomy
from edge.renewed import Renewed
from edge.search.category import CategoryMatcher
from edge.search.fold import fold
from edge.search.paraphrase import Encoder

_LABEL_LANGUAGES = ("en", "ru", "es", "de", "fr", "tr", "ar", "zh-CN", "it", "pt", "uk", "pl")


class Brain:
    """The knowledge of the current catalogue version. Thread-safe."""

    def __init__(self, catalog: Catalog, taxonomy: Taxonomy, encoder: Encoder | None = None) -> None:
        self._catalog = catalog
        self._taxonomy = taxonomy
        self._encoder = encoder
        self._known = Renewed(lambda: (self._catalog.version(), self._learn()))

    def knowledge(self) -> Knowledge:
        """What is recognised now; made on first use, and anew, while the old serves on, after a change."""
        return self._known.at(self._catalog.version())

    def warm(self) -> Knowledge:
        """What is recognised in the catalogue as it is now, however long that takes to learn."""
        return self._known.fresh(self._catalog.version())

    def _learn(self) -> Knowledge:
        database, market = self._catalog.database, self._catalog.market()
        matcher = CategoryMatcher.of(self._catalog, self._taxonomy, database.path.parent, self._encoder)
        attributes = store.attributes(database)
        return Knowledge(
            gazetteer=Gazetteer(self._catalog.cities(), market.places),
            attributes=AttributeVocabulary(attributes, self._labels(attributes)),
            lookup=lambda keys: store.named(database, keys),
            match_categories=lambda text, language: _mentions(matcher, text, language),
            guess_category=lru_cache(maxsize=2_048)(lambda text: tuple(matcher.guess(text))),
            category_counts=self._catalog.category_counts(),
            market=market,
        )

    def _labels(self, attributes: Sequence[Attribute]) -> Labels:
        """The taxonomy's names of option values in other languages, read language by language."""
        found: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for language in _LABEL_LANGUAGES:
            for attribute in attributes:
                labels = self._taxonomy.field_labels(attribute.key, language)
                for value in map(fold, map(str, attribute.values)) if labels else ():
                    if label := labels.get(value.replace(" ", "_")) or labels.get(value):
                        found.setdefault((attribute.key, value), []).append((language.split("-")[0], label))
        return lambda key, value: found.get((key, value), ())


def _mentions(matcher: CategoryMatcher, text: str, language: str) -> Iterable[CategoryMention]:
    """The matcher's findings with their place in words instead of characters."""
    written = words(text)
    for match in matcher.match(text, language):
        inside = [n for n, word in enumerate(written) if word.start < match.end and match.start < word.end]
        if inside:
            yield CategoryMention(match.id, match.score, inside[0], inside[-1] + 1, match.exact)
