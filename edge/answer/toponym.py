"""The other names a place goes by: initials, short forms, and CLDR's names of large cities in other
languages.

Rules only; no place is named here. Names are given and taken as folded words.
"""

import re
from functools import lru_cache

from babel import Locale

from edge.search.fold import fold

_EXONYM_LANGUAGES = ("ru", "es", "de", "fr", "it", "pt", "tr", "pl", "uk", "ar", "zh", "ja", "en")
_FAMILIAR = re.compile(r"(?:ly|y|ie|s|town)$")
_CODE_LETTERS = range(2, 4)
_STEM_LETTERS = 4


def plain(city: str) -> str:
    """A place's name without the region that a catalogue may put after a comma."""
    return city.split(",")[0].strip()


def join_initials(parts: list[str]) -> list[str]:
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


def may_be_code(code: str) -> bool:
    """Two or three letters."""
    return len(code) in _CODE_LETTERS and code.isalpha()


def is_code(code: str, name: list[str]) -> bool:
    """Do these letters stand for the name: its initials, perhaps with a letter more, or some of one word?"""
    initials = "".join(part[0] for part in name)
    if len(name) > 1:
        longer = len(code) == 3 and len(initials) == 2 and code[:2] == initials
        return code in (initials, initials + "c") or (longer and (code[2] in name[-1] or code[2] == "x"))
    return len(code) == 3 and len(name[0]) >= 4 and code[0] == name[0][0] and _subsequence(code, name[0])


def is_nickname(word: str, name: str) -> bool:
    """Is `word` the beginning of a one-word name with a familiar ending: "Philly", "Chicagotown"?"""
    stem = _FAMILIAR.sub("", word)
    return len(stem) >= _STEM_LETTERS and stem != word and name.startswith(stem) and len(name) > len(stem) + 2


def is_inflected(word: str, name: str) -> bool:
    """Is `word` the name in another case: the same but for an ending of up to three letters?"""
    shared = 0
    while shared < min(len(word), len(name)) and word[shared] == name[shared]:
        shared += 1
    return shared >= _STEM_LETTERS and len(name) - shared <= 1 and len(word) - shared <= 3


def exonyms(city: str) -> tuple[str, ...]:
    """A large city's names in other languages; none for a place that CLDR does not name."""
    return _world_cities().get(fold(city), ())


def _subsequence(code: str, name: str) -> bool:
    letters = iter(name)
    return all(letter in letters for letter in code)


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
