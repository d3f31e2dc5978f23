"""Which categories a text names, in any language of the taxonomy.

Exact words first, then their inflections, then Latin typing of other scripts, then slips of the pen. A longer
span beats what lies inside it. Of several meanings of one span, the category's own name beats a search term,
a term that few categories share beats a common one, and a category the catalogue has beats one it lacks. One
it lacks is still named, so that "nothing found" can be said honestly. Paraphrases are in `paraphrase`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from edge.catalog.store import Catalog
from edge.catalog.taxonomy import Taxonomy
from edge.search import lexicon as lexicon_file
from edge.search.fold import sound, stems, tokens, unspaced, word_spans
from edge.search.lexicon import EXACT, LABEL, PART, SLIP, SOUND, SOUND_LETTERS, STEM, TERM, Lexicon, Meaning
from edge.search.stopword import is_stopword

SPAN_WORDS, SPAN_CHARS = 6, 10
TEXT_UNITS = 120
FLOOR = 0.3
SLIP_LETTERS = 5
ENDING_LETTERS = 4
ALTERNATIVES = 6

KIND_WEIGHT = {LABEL: 1.0, TERM: 0.85, PART: 0.55}
FORM_WEIGHT = {EXACT: 1.0, STEM: 0.97, SOUND: 0.92, SLIP: 0.85}
ABSENT, ROLLED_UP, FOREIGN, SHARED = 0.75, 0.97, 0.8, 0.3
LONGER_SPAN = 0.35


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
class _Unit:
    """A folded word, or one character of an unspaced script, and where it stands in the text."""

    text: str
    start: int
    end: int
    spaced: bool


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

    def __init__(self, taxonomy: Taxonomy, lexicon: Lexicon, presence: Presence) -> None:
        self._taxonomy = taxonomy
        self._lexicon = lexicon
        self._presence = presence
        self._market = tuple(taxonomy.market.languages)

    @classmethod
    def of(cls, catalog: Catalog, taxonomy: Taxonomy, folder: Path | None = None) -> "CategoryMatcher":
        """The matcher for a catalogue and its market as they are now; `folder` keeps what is slow to make."""
        taxonomy = taxonomy.with_market(catalog.market())
        presence = Presence.of(taxonomy, catalog.category_counts())
        return cls(taxonomy, lexicon_file.load(taxonomy, folder), presence)

    def match(self, text: str, language: str) -> list[CategoryMatch]:
        """Categories named in `text`, surest first; those of one span are its alternative meanings."""
        units = _units(text)
        reading = _Reading(self._lexicon, self._languages(language))
        found = self._spans(units, reading, slips=False) or self._spans(units, reading, slips=True)
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

    def _spans(
        self, units: Sequence[_Unit], reading: "_Reading", *, slips: bool
    ) -> list[list[CategoryMatch]]:
        """For each span that names something, its meanings, surest first."""
        found = []
        for start in range(len(units)):
            for end in range(start + 1, min(len(units), start + _longest(units[start])) + 1):
                if alternatives := self._alternatives(units[start:end], reading, slips):
                    found.append(alternatives)
        return found

    def _alternatives(self, span: Sequence[_Unit], reading: "_Reading", slips: bool) -> list[CategoryMatch]:
        meanings = reading.slipped(span) if slips else reading.meanings(span)
        if not meanings:
            return []
        best: dict[str, CategoryMatch] = {}
        for meaning in meanings:
            match = self._match(meaning, span, reading)
            if match.id not in best or best[match.id].score < match.score:
                best[match.id] = match
        ranked = sorted(best.values(), key=lambda match: (-match.score, match.id))
        shared = self._sharing(ranked)
        ranked = [replace(match, score=round(match.score * shared, 4)) for match in ranked]
        return [match for match in ranked if match.score >= FLOOR][:ALTERNATIVES]

    def _match(self, meaning: Meaning, span: Sequence[_Unit], reading: "_Reading") -> CategoryMatch:
        named = self._lexicon.categories[meaning.category]
        here = next((id for id in self._taxonomy.lineage(named) if id in self._presence.counts), None)
        id = here or named
        native = self._lexicon.languages[meaning.language] in reading.languages
        score = KIND_WEIGHT[meaning.kind] * FORM_WEIGHT[meaning.form] * (1.0 if native else FOREIGN)
        score *= self._lexicon.breadth(meaning.category) if meaning.kind == TERM else 1.0
        score *= ABSENT if here is None else 1.0 if here == named else ROLLED_UP
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


class _Reading:
    """One text's words looked up in the lexicon, read as these languages."""

    def __init__(self, lexicon: Lexicon, languages: tuple[str, ...]) -> None:
        self._lexicon = lexicon
        self.languages = languages

    def meanings(self, span: Sequence[_Unit]) -> list[Meaning]:
        """What a span means as spelt or inflected, else as a word of another script in Latin letters."""
        exact = _phrase(span)
        if len(span) == 1 and is_stopword(exact):
            return []
        found = self._lexicon.meanings(exact)
        if span[0].spaced:
            for key in self._stemmed(span) - {exact}:
                found += self._inflected(key)
            if exact.isascii() and not found:
                found = self._sounding(exact)
        return found

    def _stemmed(self, span: Sequence[_Unit]) -> set[str]:
        keys = set()
        for language in self.languages:
            each = [stems(unit.text, language) or [unit.text] for unit in span]
            keys |= {" ".join(stem[0] for stem in each), " ".join(stem[-1] for stem in each)}
        return keys

    def _inflected(self, key: str) -> list[Meaning]:
        return [
            Meaning(m.category, m.language, m.kind, max(m.form, STEM))
            for m in self._lexicon.meanings(key)
            if self._lexicon.languages[m.language] in self.languages
        ]

    def _sounding(self, exact: str) -> list[Meaning]:
        """Latin letters for a word of another script, whole or without its ending."""
        key = sound(exact)
        shortest = max(SOUND_LETTERS, len(key) - ENDING_LETTERS)
        for length in range(len(key), shortest - 1, -1):
            if found := self._lexicon.meanings("~" + key[:length]):
                return found
        return []

    def slipped(self, span: Sequence[_Unit]) -> list[Meaning]:
        """What a single word may have been meant to be: one slip from a known word, two in a long one."""
        word = span[0].text
        if len(span) > 1 or len(word) < SLIP_LETTERS or not span[0].spaced or is_stopword(word):
            return []
        allowed = 1 if len(word) < SLIP_LETTERS + 3 else 2
        close = process.extract(
            word, self._lexicon.words(self.languages), scorer=OSA.distance, score_cutoff=allowed, limit=3
        )
        found = []
        for candidate, distance, _ in close:
            if candidate[0] == word[0] and distance == close[0][1]:
                found += [
                    Meaning(m.category, m.language, m.kind, SLIP) for m in self._lexicon.meanings(candidate)
                ]
        return found


def _units(text: str) -> list[_Unit]:
    units: list[_Unit] = []
    for start, end in word_spans(text):
        for token in tokens(text[start:end]):
            if unspaced(token) and len(token) == end - start:
                units += [_Unit(char, start + i, start + i + 1, False) for i, char in enumerate(token)]
            else:
                units.append(_Unit(token, start, end, not unspaced(token)))
    return units[:TEXT_UNITS]


def _longest(first: _Unit) -> int:
    return SPAN_WORDS if first.spaced else SPAN_CHARS


def _phrase(span: Sequence[_Unit]) -> str:
    return (" " if all(unit.spaced for unit in span) else "").join(unit.text for unit in span)


def _weight(alternatives: Sequence[CategoryMatch], units: Sequence[_Unit]) -> float:
    best = alternatives[0]
    inside = sum(best.start <= unit.start and unit.end <= best.end for unit in units)
    return best.score * (1 + LONGER_SPAN * (inside - 1))
