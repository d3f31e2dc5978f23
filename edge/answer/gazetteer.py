"""Which place a person means: the catalogue's own places, and the short and foreign names people use for
them.

The catalogue's places are the only ones known. Their other names come from rules and from CLDR (`toponym`),
from the market document, and from the airports that serve them (`airport`). No place is named here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rapidfuzz.distance import OSA

from edge.answer import toponym, vocabulary
from edge.answer.airport import airports, phrases
from edge.answer.lexicon import Lexicon, Mention, Word, words
from edge.answer.place_role import Role, role_of
from edge.search.fold import fold, latin, sound

_GENERIC = frozenset(vocabulary.load("place")["generic"])
_PART_LETTERS = 5
_SLIP_LETTERS = 5


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the catalogue, as it spells it, and whether a part of its name stands for it."""

    city: str
    short: bool = False


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """A place named in a text: which (several where the name fits several), where, and in what role."""

    cities: tuple[str, ...]
    start: int
    end: int
    role: Role
    short: bool = False


class Gazetteer:
    """Finds the catalogue's places in text. Build once per catalogue version.

    `cities` are places with their numbers of providers; where a short name fits several, the larger is meant.
    `other_names` are the market's own names for them.
    """

    def __init__(
        self, cities: Iterable[tuple[str, int]], other_names: dict[str, tuple[str, ...]] | None = None
    ) -> None:
        self.cities = tuple(city for city, _ in sorted(cities, key=lambda c: (-c[1], c[0])))
        self._parts = {city: fold(toponym.plain(city)).split() for city in self.cities}
        self._lexicon: Lexicon[Place] = Lexicon()
        self._codes: dict[str, str] = {}
        self._single: dict[str, str] = {}
        self._sounds: dict[str, str] = {}
        for city in self.cities:
            self._add_names(city, (other_names or {}).get(city, ()))
            self._add_initials(city)
        self._add_last_words()
        for city, code, core in airports(self.cities):
            for phrase in phrases(code, core):
                self._lexicon.add(phrase, Place(city))

    @property
    def phrases(self) -> Lexicon[Place]:
        """Every phrase that stands for a place."""
        return self._lexicon

    def tables(self) -> dict[str, dict[str, Any]]:
        """What is looked up beside the phrases: parts of names, codes, one-word names and sounds."""
        return {
            "parts": self._parts,
            "codes": self._codes,
            "single": self._single,
            "sounds": self._sounds,
        }

    def _add_names(self, city: str, others: tuple[str, ...]) -> None:
        plain = toponym.plain(city)
        for name in dict.fromkeys((city, plain, *others, *toponym.exonyms(plain))):
            self._lexicon.add(name, Place(city), "und" if name.isascii() else "ru")
            self._sounds.setdefault(sound(name), city)

    def _add_initials(self, city: str) -> None:
        """Initials that end a name are joined to it, left away, or stand alone."""
        joined = toponym.join_initials(self._parts[city])
        if joined != self._parts[city]:
            self._lexicon.add(" ".join(joined), Place(city))
            self._codes.setdefault(joined[-1], city)
            if len(joined) > 1:
                self._lexicon.add(" ".join(joined[:-1]), Place(city))
        if len(joined) == 1:
            self._single.setdefault(joined[0], city)

    def _add_last_words(self) -> None:
        """The last word of a name stands for the place where no other place has that word."""
        owners: dict[str, set[str]] = {}
        for city, parts in self._parts.items():
            for part in parts:
                owners.setdefault(part, set()).add(city)
        for city, parts in self._parts.items():
            last = parts[-1] if len(parts) > 1 else ""
            if len(last) >= _PART_LETTERS and last not in _GENERIC and len(owners[last]) == 1:
                self._lexicon.add(last, Place(city, short=True))

    @lru_cache(maxsize=2_048)  # noqa: B019 - one gazetteer lives as long as its catalogue version
    def find(self, text: str) -> tuple[PlaceMention, ...]:
        """Places named in `text`, in order, each with the role its preposition gives it."""
        written = words(text)
        found = self._full_names(text, written)
        taken = {i for m in found for i in range(m.start, m.end)}
        for at in range(len(written)):
            if at not in taken and (mention := self._short_name(written, at)):
                found.append(mention)
                taken |= set(range(mention.start, mention.end))
        return tuple(sorted(found, key=lambda m: m.start))

    def _full_names(self, text: str, written: tuple[Word, ...]) -> list[PlaceMention]:
        by_span: dict[tuple[int, int], list[Mention[Place]]] = {}
        for mention in self._lexicon.find(text):
            by_span.setdefault((mention.start, mention.end), []).append(mention)
        found = []
        for (start, end), mentions in by_span.items():
            short = all(m.meaning.short for m in mentions)
            if short and not written[start].text[0].isupper():
                continue
            cities = tuple(dict.fromkeys(m.meaning.city for m in mentions))
            found.append(PlaceMention(cities, start, end, role_of(written, start), short))
        return found

    def _short_name(self, written: tuple[Word, ...], at: int) -> PlaceMention | None:
        """The place that word `at`, perhaps with the next ones, is a short, familiar or misspelt name of."""
        word, after = written[at], written[at + 1].folded if at + 1 < len(written) else ""
        for city, length in (
            (self._code(word.text, alone=len(written) <= 2), 1),
            (self._spelt_out(written, at), 3),
            (self._cut(word.folded, after), 2),
            (self._nickname(word), 1),
            (self._joined(word.folded, after), 2),
            (self._misspelt(written, at), 1),
        ):
            if city:
                length = 2 if length == 1 and after == "town" else length
                return PlaceMention((city,), at, at + length, role_of(written, at), True)
        return None

    def _code(self, written: str, *, alone: bool) -> str | None:
        """Letters that stand for a name: its initials ("SF"), with a C for city ("NYC"), or some of it."""
        code = written.casefold()
        if not (written.isupper() or alone) or not toponym.may_be_code(code):
            return None
        if code in self._codes:
            return self._codes[code]
        return next((city for city in self.cities if toponym.is_code(code, self._parts[city])), None)

    def _spelt_out(self, written: tuple[Word, ...], at: int) -> str | None:
        """A name's initials written as words: "District of Columbia" for a place called "… D.C."."""
        run = [w.folded for w in written[at : at + 3]]
        capital = len(run) == 3 and written[at].text[0].isupper() and written[at + 2].text[0].isupper()
        if len(run) < 3 or run[1] != "of" or not (capital or role_of(written, at, 1) in ("at", "to")):
            return None
        return self._codes.get(run[0][0] + run[2][0]) if len(run[0]) > 3 and len(run[2]) > 3 else None

    def _cut(self, first: str, second: str) -> str | None:
        """A name of two words with the second cut short: "San Fran"."""
        if len(second) < 3:
            return None
        for city, parts in self._parts.items():
            if len(parts) == 2 and parts[0] == first and parts[1].startswith(second):
                return city
        return None

    def _nickname(self, word: Word) -> str | None:
        """The beginning of a one-word name with a familiar ending, written with a capital: "Philly"."""
        if not word.text[0].isupper():
            return None
        return next((c for name, c in self._single.items() if toponym.is_nickname(word.folded, name)), None)

    def _joined(self, first: str, second: str) -> str | None:
        """ "Chi-town": three letters or more of a one-word name, then "town"."""
        if second != "town" or len(first) < 3:
            return None
        return next((city for name, city in self._single.items() if name.startswith(first)), None)

    def _misspelt(self, written: tuple[Word, ...], at: int) -> str | None:
        """A one-word name with a slip or in another script, where it can only be a place."""
        word = written[at]
        capital = word.text[0].isupper()
        if len(word.folded) < _SLIP_LETTERS:
            return None
        if (city := self._sounds.get(sound(word.folded))) and (capital or not word.text.isascii()):
            return city
        stem = latin(word.folded)
        if not word.text.isascii():
            return next((c for n, c in self._single.items() if toponym.is_inflected(stem, latin(n))), None)
        if role_of(written, at) not in ("at", "to") and not capital:
            return None
        return next((c for n, c in self._single.items() if _one_slip(n, stem)), None)


def _one_slip(name: str, word: str) -> bool:
    return len(name) > _SLIP_LETTERS and name[0] == word[0] and OSA.distance(name, word, score_cutoff=1) <= 1
