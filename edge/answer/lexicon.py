"""Finding known phrases in what people type, whatever the inflection, case or small slip.

A lexicon holds phrases of many languages, each with what it stands for. It knows nothing of meaning: places,
attributes, prices and times each bring their own phrases. Ranking and choosing between mentions is the
caller's.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, TypeVar

from rapidfuzz.distance import OSA

from edge.search.fold import fold, stems, unspaced

T = TypeVar("T")

# A word, with a possessive ending if it has one; an unspaced script gives one word a character.
_WORD = re.compile(r"[^\W_]+(?:['’ʼ`]s\b)?", re.IGNORECASE)
_CYRILLIC = re.compile("[\u0400-\u052f]")
_SLIP_MIN_LETTERS = 6


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: as written, folded, and where it stands (character offsets)."""

    text: str
    folded: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mention(Generic[T]):
    """A phrase found: words `start` to `end` (exclusive) of the text stand for `meaning`."""

    meaning: T
    start: int
    end: int
    slip: bool = False

    @property
    def length(self) -> int:
        return self.end - self.start


@lru_cache(maxsize=4_096)
def words(text: str) -> tuple[Word, ...]:
    """The words of `text` in order. Characters of a script without spaces are words of their own."""
    found = []
    for match in _WORD.finditer(text):
        folded = fold(match.group())
        if unspaced(folded):
            for offset, char in enumerate(match.group()):
                at = match.start() + offset
                found.append(Word(char, fold(char).replace(" ", "") or char, at, at + 1))
        elif folded:
            found.append(Word(match.group(), folded.replace(" ", ""), match.start(), match.end()))
    return tuple(found)


def forms(word: str, language: str) -> tuple[str, ...]:
    """Every key a written word may be stored under: itself and its stem in the language of the text.

    A word in Cyrillic is read as Russian whatever the text is; stems of a language the text is not in are
    left alone, since they are other words too often ("burger" and German "Burg").
    """
    return _word_keys(word, "ru" if _CYRILLIC.search(word) else language)


def keys(phrase: str, language: str) -> tuple[tuple[str, ...], ...]:
    """The keys a phrase of `language` is stored under, word by word."""
    return tuple(_word_keys(w.text, language) for w in words(phrase))


def _stems(word: str, language: str) -> list[str]:
    """Stems for matching phrases. English loses its plural only: "performing" is not "performance"."""
    if language != "en":
        return stems(word, language)
    plain = fold(word).replace(" ", "")
    if plain.endswith("ies") and len(plain) > 4:
        return [plain[:-3] + "y"]
    if plain.endswith(("ches", "shes", "sses", "xes")):
        return [plain[:-2]]
    return [plain[:-1] if plain.endswith("s") and not plain.endswith(("ss", "us", "is")) else plain]


@lru_cache(maxsize=50_000)
def _word_keys(word: str, language: str) -> tuple[str, ...]:
    """The folded word, and its stems marked with their language: a stem is no word of another language."""
    return tuple(
        dict.fromkeys((fold(word).replace(" ", ""), *(f"{s}~{language}" for s in _stems(word, language))))
    )


@dataclass(slots=True)
class _Entry(Generic[T]):
    keys: tuple[tuple[str, ...], ...]
    meaning: T
    language: str


def _alone(entry: "_Entry[T]", language: str) -> bool:
    """Is it one word, and of this language or of none?"""
    return len(entry.keys) == 1 and entry.language in (language, "en", "und")


@dataclass(slots=True)
class Lexicon(Generic[T]):
    """Phrases with what they stand for, anything hashable. Finding is thread-safe, adding is not."""

    _by_first: dict[str, list[_Entry[T]]] = field(default_factory=dict)
    _words: set[str] = field(default_factory=set)
    _slips: dict[tuple[str, str], str | None] = field(default_factory=dict)
    _entries: list[_Entry[T]] = field(default_factory=list)

    def add(self, phrase: str, meaning: T, language: str = "en") -> None:
        """Make `phrase`, in `language`, stand for `meaning`. A phrase may stand for several."""
        entry = _Entry(keys(phrase, language), meaning, language)
        self._entries.append(entry)
        self._words.update(key for word in entry.keys for key in word)
        for first in entry.keys[0] if entry.keys else ():
            self._by_first.setdefault(first, []).append(entry)

    def add_all(self, phrases: Iterable[str], meaning: T, language: str = "en") -> None:
        for phrase in phrases:
            self.add(phrase, meaning, language)

    def entries(self) -> Iterator[tuple[str, tuple[tuple[str, ...], ...], T]]:
        """(language, keys word by word, meaning) of every phrase, in the order they were added."""
        for entry in self._entries:
            yield entry.language, entry.keys, entry.meaning

    def find(self, text: str, language: str = "en", *, slips: bool = False) -> list[Mention[T]]:
        """Mentions in order of place, the longest at each place; overlapping shorter ones are left out.

        `text` is read as `language`; phrases of other languages match as they are written.
        With `slips`, a word of six letters or more may differ from a single-word phrase by one edit.
        """
        written = words(text)
        every = [
            m for at in range(len(written)) for m in dict.fromkeys(self._at(written, at, language, slips))
        ]
        every.sort(key=lambda m: (-m.length, m.slip, m.start))
        taken: dict[int, tuple[int, int]] = {}
        kept = []
        for mention in every:
            span = (mention.start, mention.end)
            if {taken.get(at, span) for at in range(*span)} == {span}:
                kept.append(mention)
                taken |= dict.fromkeys(range(*span), span)
        return sorted(kept, key=lambda m: m.start)

    def _at(self, written: tuple[Word, ...], at: int, language: str, slips: bool) -> list[Mention[T]]:
        found: list[Mention[T]] = []
        for form in forms(written[at].text, language):
            for entry in self._by_first.get(form, ()):
                end = at + len(entry.keys)
                if end <= len(written) and all(
                    any(form in k for form in forms(w.text, language))
                    for w, k in zip(written[at + 1 : end], entry.keys[1:], strict=True)
                ):
                    found.append(Mention(entry.meaning, at, end))
        if not found and slips and (meant := self._meant(written[at].folded, language)):
            found = [
                Mention(e.meaning, at, at + 1, True) for e in self._by_first[meant] if _alone(e, language)
            ]
        return found

    def _meant(self, word: str, language: str) -> str | None:
        """The stored single word of the language that `word` is one edit away from, if any."""
        if len(word) < _SLIP_MIN_LETTERS or not word.isalpha() or word in self._words:
            return None
        if (word, language) not in self._slips:
            close = (
                key
                for key, entries in self._by_first.items()
                if "~" not in key
                and abs(len(key) - len(word)) <= 1
                and len(key) >= _SLIP_MIN_LETTERS
                and key[0] == word[0]
                and OSA.distance(key, word, score_cutoff=1) <= 1
                and any(_alone(e, language) for e in entries)
            )
            if len(self._slips) > 20_000:
                self._slips.clear()
            self._slips[word, language] = next(close, None)
        return self._slips[word, language]
