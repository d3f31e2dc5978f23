"""The words of a text looked up among category names: as spelt, inflected, foreign, or slipped.

Gives every meaning a span of words may have, with how it was reached. Which meaning is meant is decided in
`category`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from edge.search.fold import sound, stems, tokens, unspaced, word_spans
from edge.search.lexicon import LABEL, PART, SLIP, SOUND_LETTERS, STEM, TERM, Lexicon, Meaning
from edge.search.stopword import is_stopword

SPAN_WORDS, SPAN_CHARS = 6, 10
TEXT_UNITS = 120
SLIP_LETTERS = 5
FOREIGN_LETTERS = 6
ENDING_LETTERS = 4


@dataclass(frozen=True)
class Unit:
    """A folded word, or one character of an unspaced script, and where it stands in the text."""

    text: str
    start: int
    end: int
    spaced: bool


def units_of(text: str) -> list[Unit]:
    units: list[Unit] = []
    for start, end in word_spans(text):
        for token in tokens(text[start:end]):
            if unspaced(token) and len(token) == end - start:
                units += [Unit(char, start + i, start + i + 1, False) for i, char in enumerate(token)]
            else:
                units.append(Unit(token, start, end, not unspaced(token)))
    return units[:TEXT_UNITS]


def longest(first: Unit) -> int:
    return SPAN_WORDS if first.spaced else SPAN_CHARS


def _phrase(span: Sequence[Unit]) -> str:
    return (" " if all(unit.spaced for unit in span) else "").join(unit.text for unit in span)


class Reading:
    """One text's words looked up in the lexicon, read as these languages."""

    def __init__(self, lexicon: Lexicon, languages: tuple[str, ...], places: frozenset[str]) -> None:
        self._lexicon = lexicon
        self._places = places
        self.languages = languages

    def meanings(self, span: Sequence[Unit]) -> list[Meaning]:
        """What a span means as spelt or inflected, else as a word of another script in Latin letters."""
        exact = _phrase(span)
        found = self._native(exact)
        if len(span) == 1 and is_stopword(exact):
            return [meaning for meaning in found if meaning.kind == LABEL]
        if span[0].spaced and not self.place(span):
            for key in self._stemmed(span) - {exact}:
                found += [replace_form(meaning, STEM) for meaning in self._native(key)]
            if exact.isascii() and not found:
                found = self._sounding(exact)
        elif self.place(span):
            return [meaning for meaning in found if meaning.kind == LABEL]
        return found + self._elsewhere(exact) if found else []

    def _elsewhere(self, exact: str) -> list[Meaning]:
        """What other languages mean by a word that is known here, too: more evidence, not more certainty."""
        return [m for m in self._lexicon.meanings(exact) if not self.native(m) and m.kind != PART]

    def _native(self, key: str) -> list[Meaning]:
        return [meaning for meaning in self._lexicon.meanings(key) if self.native(meaning)]

    def native(self, meaning: Meaning) -> bool:
        """Is it a meaning in one of the languages read?"""
        return self._lexicon.languages[meaning.language] in self.languages

    def place(self, span: Sequence[Unit]) -> bool:
        """Is it the name of a place, small words around it or not?"""
        named = [unit for unit in span if not is_stopword(unit.text)]
        return bool(named) and all(unit.text in self._places for unit in named)

    def _stemmed(self, span: Sequence[Unit]) -> set[str]:
        keys = set()
        for language in self.languages:
            each = [stems(unit.text, language) or [unit.text] for unit in span]
            keys |= {" ".join(stem[0] for stem in each), " ".join(stem[-1] for stem in each)}
        return keys

    def _sounding(self, exact: str) -> list[Meaning]:
        """Latin letters for a word of another script, whole or without its ending."""
        key = sound(exact)
        for length in range(len(key), max(SOUND_LETTERS, len(key) - ENDING_LETTERS) - 1, -1):
            if found := self._native("~" + key[:length]):
                return found
        return []


class Foreign(Reading):
    """Words of languages nobody announced: only as spelt, and short ones only as a category's own name."""

    def meanings(self, span: Sequence[Unit]) -> list[Meaning]:
        exact = _phrase(span)
        if self.place(span) or (len(span) == 1 and is_stopword(exact)):
            return []
        found = self._lexicon.meanings(exact)
        if exact.isascii() and len(exact) >= FOREIGN_LETTERS:
            found += self._lexicon.meanings("~" + sound(exact))
        telling = len(exact) >= FOREIGN_LETTERS or not exact.isascii()
        return [m for m in found if m.kind == LABEL or (m.kind == TERM and m.form != STEM and telling)]


class Slips(Reading):
    """A single word that was meant to be another: one slip away, two in a long one."""

    def meanings(self, span: Sequence[Unit]) -> list[Meaning]:
        word = span[0].text
        if len(span) > 1 or len(word) < SLIP_LETTERS or not span[0].spaced:
            return []
        if is_stopword(word) or word in self._places or word in self._lexicon:
            return []
        allowed = 1 if len(word) < SLIP_LETTERS + 3 else 2
        known = self._lexicon.words(self.languages)
        close = process.extract(word, known, scorer=OSA.distance, score_cutoff=allowed, limit=3)
        found: list[Meaning] = []
        for candidate, distance, _ in close:
            if candidate[0] == word[0] and distance == close[0][1]:
                found += [replace_form(meaning, SLIP) for meaning in self._native(candidate)]
        return found


def replace_form(meaning: Meaning, form: int) -> Meaning:
    """The meaning, reached in a less certain way."""
    return Meaning(meaning.category, meaning.language, meaning.kind, max(meaning.form, form))
