"""Which place a person means: the catalogue's own places, and the short and foreign names people use for them.

The catalogue's places are the only ones known. Their other names come from rules (initials, parts, endings cut
or added), from the market document, and from CLDR's names of the world's large cities. No place is named here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from babel import Locale
from rapidfuzz.distance import OSA

from edge.answer.airport import airports, phrases
from edge.answer.lexicon import Lexicon, Mention, Word, words
from edge.search.fold import fold, latin, sound

Role = Literal["at", "to", "from", "none"]

_EXONYM_LANGUAGES = ("ru", "es", "de", "fr", "it", "pt", "tr", "pl", "uk", "ar", "zh", "ja", "en")
_FROM = frozenset(["from", "leaving", "departing", "depart", "von", "aus", "ab", "desde", "из", "от", "с"])
# "the station in X that I'm leaving from", said after the name.
_LEFT_BEHIND = frozenset(("leaving", "departing"))
_TO = frozenset(
    ["to", "for", "towards", "toward", "into", "going", "arriving", "nach", "zu", "hacia", "para", "до"]
)
_AT = frozenset(
    [
        "in",
        "at",
        "around",
        "near",
        "within",
        "inside",
        "visiting",
        "visit",
        "im",
        "bei",
        "um",
        "en",
        "cerca",
        "в",
        "во",
        "на",
        "около",
        "рядом",
        "возле",
        "dans",
        "à",
        "a",
    ]
)
# Words that are parts of many places' names or common in speech: alone they name no place.
_GENERIC = frozenset(
    [
        "city",
        "town",
        "village",
        "beach",
        "bay",
        "hill",
        "hills",
        "valley",
        "park",
        "view",
        "creek",
        "mountain",
        "island",
        "lake",
        "river",
        "port",
        "north",
        "south",
        "east",
        "west",
        "new",
        "old",
        "saint",
        "san",
        "santa",
        "los",
        "las",
        "el",
        "la",
        "the",
        "great",
        "grand",
        "upper",
        "lower",
        "union",
        "center",
        "centre",
        "station",
        "square",
        "road",
        "street",
        "point",
        "half",
        "mill",
        "long",
        "pleasant",
        "foster",
        "walnut",
        "castle",
        "king",
        "queen",
        "high",
        "spring",
        "springs",
        "fort",
        "mount",
        "falls",
        "glen",
    ]
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the catalogue, as it spells it, and how a name for it is matched."""

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
    """Finds the catalogue's places in text. Build once per catalogue version."""

    def __init__(
        self, cities: Iterable[tuple[str, int]], other_names: dict[str, tuple[str, ...]] | None = None
    ) -> None:
        ranked = sorted(cities, key=lambda c: (-c[1], c[0]))
        self.cities = tuple(city for city, _ in ranked)
        self._count = dict(ranked)
        self._lexicon: Lexicon[Place] = Lexicon()
        self._codes: dict[str, str] = {}
        self._single: dict[str, str] = {}
        self._sounds: dict[str, str] = {}
        for city in self.cities:
            self._add(city, (other_names or {}).get(city, ()))
        self._add_parts()
        for city, code, core in airports(self.cities):
            for phrase in phrases(code, core):
                self._lexicon.add(phrase, Place(city))

    def _add(self, city: str, others: tuple[str, ...]) -> None:
        plain = city.split(",")[0].strip()
        for name in dict.fromkeys((city, plain, *others, *_exonyms(plain))):
            self._lexicon.add(name, Place(city))
            self._sounds.setdefault(sound(name), city)
        folded = fold(plain).split()
        joined = _join_initials(folded)
        if joined != folded:
            self._lexicon.add(" ".join(joined), Place(city))
            self._codes.setdefault(joined[-1], city)
            if len(joined) > 1:
                self._lexicon.add(" ".join(joined[:-1]), Place(city))
        if len(joined) == 1:
            self._single.setdefault(joined[0], city)

    def _add_parts(self) -> None:
        """The last word of a name stands for the place where no other place has that word."""
        owners: dict[str, set[str]] = {}
        for city in self.cities:
            for part in set(fold(city.split(",")[0]).split()):
                owners.setdefault(part, set()).add(city)
        for part, cities in owners.items():
            city = next(iter(cities))
            name = fold(city.split(",")[0]).split()
            if len(cities) == 1 and len(name) > 1 and len(part) >= 5 and part == name[-1]:
                if part not in _GENERIC:
                    self._lexicon.add(part, Place(city, short=True))

    @lru_cache(maxsize=2_048)  # noqa: B019 - one gazetteer lives as long as its catalogue version
    def find(self, text: str) -> tuple[PlaceMention, ...]:
        """Places named in `text`, in order, each with the role its preposition gives it."""
        written = words(text)
        found = self._full_names(text, written)
        taken = {i for m in found for i in range(m.start, m.end)}
        for at, word in enumerate(written):
            if at not in taken and (mention := self._short_name(written, at, word)):
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
            found.append(PlaceMention(cities, start, end, _role(written, start), short))
        return found

    def _short_name(self, written: tuple[Word, ...], at: int, word: Word) -> PlaceMention | None:
        for city, length in (
            (self._code(word.text, alone=len(written) <= 2), 1),
            (self._spelt_out(written, at), 3),
            (self._cut(written, at), 2),
            (self._nickname(word), 1),
            (self._joined(written, at), 2),
            (self._misspelt(written, at), 1),
        ):
            if city:
                if length == 1 and at + 1 < len(written) and written[at + 1].folded == "town":
                    length = 2
                return PlaceMention((city,), at, at + length, _role(written, at), True)
        return None

    def _code(self, written: str, *, alone: bool) -> str | None:
        """Capital letters: initials ("SF"), with a C for city ("NYC"), or an airport's code ("SFO", "LAX")."""
        code = written.casefold()
        if (
            not (written.isupper() or (alone and len(code) <= 3))
            or not 2 <= len(code) <= 3
            or not code.isalpha()
        ):
            return None
        if code in self._codes:
            return self._codes[code]
        return next((city for city in self.cities if _is_code(code, fold(city.split(",")[0]).split())), None)

    def _spelt_out(self, written: tuple[Word, ...], at: int) -> str | None:
        """A name's initials written as words: "District of Columbia" for a place called "… D.C."."""
        run = [w.folded for w in written[at : at + 3]]
        capital = len(run) == 3 and written[at].text[0].isupper() and written[at + 2].text[0].isupper()
        if len(run) < 3 or run[1] != "of" or not (capital or _role(written, at, 1) in ("at", "to")):
            return None
        return self._codes.get(run[0][0] + run[2][0]) if len(run[0]) > 3 and len(run[2]) > 3 else None

    def _cut(self, written: tuple[Word, ...], at: int) -> str | None:
        """A name of two words with the second cut short: "San Fran"."""
        if at + 1 >= len(written) or len(written[at + 1].folded) < 3:
            return None
        first, second = written[at].folded, written[at + 1].folded
        for city in self.cities:
            parts = fold(city.split(",")[0]).split()
            if len(parts) == 2 and parts[0] == first and parts[1].startswith(second):
                return city
        return None

    def _nickname(self, word: Word) -> str | None:
        """The beginning of a one-word name with a familiar ending: "Philly", "Chi-town"."""
        if not word.text[0].isupper():
            return None
        stem = re.sub(r"(?:ly|y|ie|s|town)$", "", word.folded)
        for city in self._single:
            if len(stem) >= 4 and stem != word.folded and city.startswith(stem) and len(city) > len(stem) + 2:
                return self._single[city]
        return None

    def _joined(self, written: tuple[Word, ...], at: int) -> str | None:
        """ "Chi-town": three letters or more of a one-word name, then "town"."""
        if at + 1 >= len(written) or written[at + 1].folded != "town" or len(written[at].folded) < 3:
            return None
        return next((c for name, c in self._single.items() if name.startswith(written[at].folded)), None)

    def _misspelt(self, written: tuple[Word, ...], at: int) -> str | None:
        """A one-word name with a slip or in another script, where it can only be a place."""
        word = written[at]
        if len(word.folded) < 5:
            return None
        if (city := self._sounds.get(sound(word.folded))) and (
            word.text[0].isupper() or not word.text.isascii()
        ):
            return city
        stem = latin(word.folded)
        if not word.text.isascii():
            return next((c for n, c in self._single.items() if _inflected(stem, latin(n))), None)
        if _role(written, at) not in ("at", "to") and not word.text[0].isupper():
            return None
        return next(
            (
                c
                for n, c in self._single.items()
                if len(n) > 5 and n[0] == stem[0] and OSA.distance(n, stem, score_cutoff=1) <= 1
            ),
            None,
        )


def _inflected(word: str, name: str) -> bool:
    """Is `word` the name in another case: the same but for an ending of up to three letters?"""
    shared = 0
    while shared < min(len(word), len(name)) and word[shared] == name[shared]:
        shared += 1
    return shared >= 4 and len(name) - shared <= 1 and len(word) - shared <= 3


def _join_initials(parts: list[str]) -> list[str]:
    """["washington", "d", "c"] → ["washington", "dc"]."""
    joined: list[str] = []
    letters = ""
    for part in [*parts, ""]:
        if len(part) == 1 and part.isalpha():
            letters += part
            continue
        if letters:
            joined.append(letters)
            letters = ""
        if part:
            joined.append(part)
    return joined


def _is_code(code: str, name: list[str]) -> bool:
    initials = "".join(part[0] for part in name)
    if len(name) > 1:
        if code == initials or code == initials + "c":
            return True
        return (
            len(code) == 3
            and len(initials) == 2
            and code[:2] == initials
            and (code[2] in name[-1] or code[2] == "x")
        )
    return len(code) == 3 and len(name[0]) >= 4 and code[0] == name[0][0] and _subsequence(code, name[0])


def _subsequence(code: str, name: str) -> bool:
    letters = iter(name)
    return all(letter in letters for letter in code)


def _role(written: tuple[Word, ...], start: int, reach: int = 3) -> Role:
    after = [w.folded for w in written[start + 1 : start + 7]]
    if any(a in _LEFT_BEHIND and b == "from" for a, b in pairwise(after)):
        return "from"
    for back in range(1, reach + 1):
        if start - back < 0:
            break
        word = written[start - back].folded
        if word in _FROM:
            before = {w.folded[:4] for w in written[max(0, start - back - 4) : start - back]}
            return "at" if "pick" in before else "from"
        if word in _TO:
            return "to"
        if word in _AT:
            return "at"
    return "none"


@lru_cache(maxsize=1)
def _world_cities() -> dict[str, tuple[str, ...]]:
    """CLDR's names of the cities that time zones are called after: folded English name → names elsewhere."""
    names: dict[str, dict[str, str]] = {}
    for language in _EXONYM_LANGUAGES:
        for zone, data in Locale.parse(language).time_zones.items():
            if city := data.get("city"):
                names.setdefault(zone, {})[language] = city
    table = {}
    for zone, by_language in names.items():
        english = by_language.get("en") or zone.rsplit("/", 1)[-1].replace("_", " ")
        table[fold(english)] = tuple(dict.fromkeys(by_language.values()))
    return table


def _exonyms(city: str) -> tuple[str, ...]:
    return _world_cities().get(fold(city), ())
