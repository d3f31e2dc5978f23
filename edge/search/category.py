"""Which categories a text names, in any language of the taxonomy.

Exact words first, then their inflections, then Latin typing of other scripts, then slips of the pen. A longer
span beats what lies inside it. Of several meanings of one span, the category's own name beats a search term,
a term that few categories share beats a common one, and a category the catalogue has beats one it lacks. One
it lacks is still named, so that "nothing found" can be said honestly. Paraphrases are in `paraphrase`.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from edge.catalog.store import Catalog
from edge.catalog.taxonomy import Taxonomy
from edge.search import lexicon as lexicon_file
from edge.search.fold import tokens
from edge.search.lexicon import EXACT, LABEL, PART, SLIP, SOUND, STEM, TERM, Lexicon, Meaning
from edge.search.mention import Foreign, Reading, Slips, Unit, longest, units_of
from edge.search.paraphrase import Encoder, Paraphrase
from edge.search.stopword import is_stopword
from sync.provider import Market

FLOOR = 0.3
ALTERNATIVES = 6

SURE = 0.5
KIND_WEIGHT = {LABEL: 1.0, TERM: 0.85, PART: 0.55}
FORM_WEIGHT = {EXACT: 1.0, STEM: 0.97, SOUND: 0.92, SLIP: 0.85}
# What a category loses by being absent, by what named it; and one above it that stands for it.
ABSENT = {LABEL: 0.75, TERM: 0.55, PART: 0.5}
ROLLED_UP = {LABEL: 0.87, TERM: 0.78, PART: 0.6}
FOREIGN, SHARED, INCLUDES, NEARLY = 0.8, 0.3, 0.87, 0.65
LONGER_SPAN = 0.75


@dataclass(frozen=True)
class CategoryMatch:
    """A category named in a text: `start` and `end` are offsets in it, `score` is 0 to 1.

    `exact` is spelt as the taxonomy does. `present` is false for a category nobody in the catalogue has.
    `via` is the more special category that was named, where the catalogue only has the one above it ("pizza
    restaurant" in a catalogue of restaurants). `semantic` was found by meaning; its span is the whole text.
    """

    id: str
    score: float
    start: int
    end: int
    exact: bool
    present: bool = True
    via: str | None = None
    semantic: bool = False


@dataclass(frozen=True)
class Presence:
    """How many providers each category has, its descendants' included."""

    counts: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, taxonomy: Taxonomy, own_counts: dict[str, int]) -> "Presence":
        counts: dict[str, int] = {}
        for id, count in own_counts.items():
            for above in taxonomy.lineage(id):
                counts[above] = counts.get(above, 0) + count
        return cls(counts)


class CategoryMatcher:
    """Finds category names in texts. Immutable: made anew when the catalogue or the market changes."""

    def __init__(
        self,
        taxonomy: Taxonomy,
        lexicon: Lexicon,
        presence: Presence,
        places: Iterable[str] = (),
        paraphrase: Paraphrase | None = None,
    ) -> None:
        """`places` are names that must not be taken for a misspelt or Latin-typed category."""
        self._paraphrase = paraphrase
        self._taxonomy = taxonomy
        self._places = frozenset(token for place in places for token in tokens(place))
        self._lexicon = lexicon
        self._presence = presence
        self._market = tuple(taxonomy.market.languages)

    @classmethod
    def of(
        cls, catalog: Catalog, taxonomy: Taxonomy, folder: Path | None = None, embedder: Encoder | None = None
    ) -> "CategoryMatcher":
        """The matcher for a catalogue and its market as they are now; `folder` keeps what is slow to make."""
        taxonomy = taxonomy.with_market(catalog.market())
        counts = catalog.category_counts()
        places = [*(city for city, _ in catalog.cities()), *place_names(taxonomy.market)]
        paraphrase = Paraphrase.of(taxonomy, counts, embedder, folder) if embedder else None
        return cls(
            taxonomy, lexicon_file.load(taxonomy, folder), Presence.of(taxonomy, counts), places, paraphrase
        )

    def guess(self, text: str) -> list[CategoryMatch]:
        """Categories the catalogue has that `text` means without naming them, surest first.

        About a millisecond; empty without an embedding model. For texts in which `match` finds nothing.
        """
        guesses = self._paraphrase.guess(text) if self._paraphrase else []
        return [
            CategoryMatch(id=guess.id, score=guess.score, start=0, end=len(text), exact=False, semantic=True)
            for guess in guesses
        ]

    def match(self, text: str, language: str) -> list[CategoryMatch]:
        """Categories named in `text`, surest first; those of one span are its alternative meanings."""
        units = units_of(text)
        languages = self._languages(language)
        found = self._spans(units, Reading(self._lexicon, languages, self._places))
        if not any(span[0].score >= SURE for span in found):
            found += self._spans(units, Foreign(self._lexicon, languages, self._places))
        if not any(span[0].score >= SURE for span in found):
            found += self._spans(units, Slips(self._lexicon, languages, self._places))
        chosen: list[CategoryMatch] = []
        for alternatives in sorted(found, key=lambda span: -_weight(span, units)):
            if not any(
                match.start < alternatives[0].end and alternatives[0].start < match.end for match in chosen
            ):
                chosen.extend(alternatives)
        return sorted(chosen, key=lambda match: (-match.score, match.start, match.id))

    def _languages(self, language: str) -> tuple[str, ...]:
        """Tags whose words count in full: the asker's, the market's, English."""
        wanted = {tag.split("-")[0] for tag in (language, *self._market, "en")}
        first = self._taxonomy.language(language)
        near = [tag for tag in self._lexicon.languages if tag.split("-")[0] in wanted and tag != first]
        return (first, *near)

    def _spans(self, units: Sequence[Unit], reading: Reading) -> list[list[CategoryMatch]]:
        """For each span that names something, its meanings, surest first."""
        found = []
        for start in range(len(units)):
            for end in range(start + 1, min(len(units), start + longest(units[start])) + 1):
                if alternatives := self._alternatives(units[start:end], reading):
                    found.append(alternatives)
        return found

    def _alternatives(self, span: Sequence[Unit], reading: Reading) -> list[CategoryMatch]:
        meanings = reading.meanings(span)
        if not meanings:
            return []
        best: dict[str, CategoryMatch] = {}
        for meaning in meanings:
            match = self._match(meaning, span, reading)
            if not match.present and reading.place(span):
                continue
            if match.id not in best or best[match.id].score < match.score:
                best[match.id] = match
        if not best:
            return []
        found = _present_first(self._without_kinds(best))
        ranked = sorted(found, key=lambda match: (-match.score, match.id))
        shared = self._sharing(ranked)
        ranked = [replace(match, score=round(match.score * shared, 4)) for match in ranked]
        return [match for match in ranked if match.score >= FLOOR][:ALTERNATIVES]

    def _without_kinds(self, best: dict[str, CategoryMatch]) -> list[CategoryMatch]:
        """The meanings without kinds of another one that is named about as well: that one includes them."""
        kept = dict(best)
        for id, match in best.items():
            for above in self._taxonomy.lineage(id)[1:]:
                wider = kept.get(above)
                if wider is not None and wider.via is None and wider.score >= INCLUDES * match.score:
                    kept[above] = replace(wider, score=max(match.score, wider.score))
                    kept.pop(id, None)
        return list(kept.values())

    def _match(self, meaning: Meaning, span: Sequence[Unit], reading: Reading) -> CategoryMatch:
        named = self._lexicon.categories[meaning.category]
        here = next((id for id in self._taxonomy.lineage(named) if id in self._presence.counts), None)
        id = here or named
        score = KIND_WEIGHT[meaning.kind] * FORM_WEIGHT[meaning.form]
        score *= 1.0 if reading.native(meaning) else FOREIGN
        score *= self._lexicon.breadth(meaning.category) if meaning.kind == TERM else 1.0
        if here != named:
            score *= (ABSENT if here is None else ROLLED_UP)[meaning.kind]
        score += 0.01 * math.log10(1 + self._presence.counts.get(id, 0)) / 6
        return CategoryMatch(
            id=id,
            score=score,
            start=span[0].start,
            end=span[-1].end,
            exact=meaning.form == EXACT,
            present=here is not None,
            via=None if id == named else named,
        )

    def _sharing(self, ranked: Sequence[CategoryMatch]) -> float:
        """Less than 1 where many categories share the span about equally."""
        rivals = sum(match.score > 0.9 * ranked[0].score for match in ranked)
        return float(rivals**-SHARED)


def _present_first(found: list[CategoryMatch]) -> list[CategoryMatch]:
    """Absent meanings step back where the span means a category the catalogue has nearly as well."""
    best = max(match.score for match in found)
    if not any(match.present and match.score >= NEARLY * best for match in found):
        return found
    return [match if match.present else replace(match, score=NEARLY * match.score) for match in found]


def place_names(market: Market) -> list[str]:
    """The market's own name and its places, with every other name they go by."""
    other = [name for names in market.places.values() for name in names]
    return [*market.name.values(), *market.places, *other]


def _weight(alternatives: Sequence[CategoryMatch], units: Sequence[Unit]) -> float:
    best = alternatives[0]
    within = [unit for unit in units if best.start <= unit.start and unit.end <= best.end]
    telling = sum(not is_stopword(unit.text) for unit in within)
    return best.score * (1 + LONGER_SPAN * (max(telling, 1) - 1))
