"""How dear something should be: the words for four bands, and a catalogue's own words for them.

The bands are 1 (cheap) to 4 (luxurious). Left out: sums of money, which `number` reads.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeVar

from edge.answer import vocabulary
from edge.answer.lexicon import Lexicon
from edge.search.fold import fold

Value = TypeVar("Value", bound=bool | float | str)


def find_bands(text: str, language: str = "en") -> list[tuple[int, int, int]]:
    """How dear it should be: (band, first word, end) for each mention."""
    return [(m.meaning, m.start, m.end) for m in phrases().find(text, language, slips=True)]


def speak_of_price(values: Iterable[bool | float | str]) -> bool:
    """Are most of an attribute's values words for how dear something is?"""
    spelt = {fold(str(value)) for value in values}
    return sum(value in bands() for value in spelt) * 2 > len(spelt)


def spellings(values: Mapping[Value, int], band: int) -> tuple[Value, ...]:
    """Those of `values` (with counts) that say `band`, or the nearest band said at all; commonest first."""
    told = bands()
    known = {value: told[fold(str(value))] for value in values if fold(str(value)) in told}
    nearest = min((abs(said - band) for said in known.values()), default=0)
    fitting = (value for value, said in known.items() if abs(said - band) == nearest)
    return tuple(sorted(fitting, key=lambda value: -values[value]))


@lru_cache(maxsize=1)
def bands() -> dict[str, int]:
    """Folded words of every language, with their band."""
    return {
        fold(phrase): int(band)
        for band, languages in vocabulary.load("price").items()
        for spelt in languages.values()
        for phrase in spelt
    }


@lru_cache(maxsize=1)
def phrases() -> Lexicon[int]:
    """Phrases for the four bands."""
    lexicon: Lexicon[int] = Lexicon()
    for band, languages in vocabulary.load("price").items():
        for language, spelt in languages.items():
            lexicon.add_all(spelt, int(band), language)
    return lexicon
