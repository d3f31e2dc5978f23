"""Which attribute values a person means, in the words of whatever catalogue is loaded.

The catalogue's own keys and values are the vocabulary. General knowledge widens it: what yes/no attributes are
about (`vocabulary/concept.toml`), what kinds are called (`vocabulary/kind.toml`), how dear things are
(`vocabulary/price.toml`), and the taxonomy's labels of option values. Nothing here names a catalogue's values.
"""

import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

from edge.answer.lexicon import Lexicon, words
from edge.search.fold import fold

Value = bool | float | str
_NUMBER_WORDS = {
    word: str(number)
    for number, spelt in enumerate(
        (
            "one un uno una ein eine einem einen один одна одно",
            "two dos zwei два две",
            "three tres drei три",
            "four cuatro vier четыре",
            "five cinco fünf funf пять",
        ),
        start=1,
    )
    for word in spelt.split()
}
_STAR = ("star", "звезд", "estrella", "stern", "etoile", "yıldız")
_ENUM_MAX_VALUES = 500
_RARE_COUNT, _RARE_SHARE = 3, 0.05


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of the catalogue: its values as spelt with their counts, and the categories that state it."""

    key: str
    values: dict[Value, int] = field(hash=False)
    categories: dict[str, int] = field(hash=False)

    @property
    def kind(self) -> Literal["flag", "number", "choice"]:
        if all(isinstance(v, bool) for v in self.values):
            return "flag"
        return "number" if all(_is_number(v) for v in self.values) else "choice"


@dataclass(frozen=True, slots=True)
class Meant:
    """What a phrase stands for: values of an attribute, exact ones first, then broader ones."""

    key: str
    any_of: tuple[Value, ...]
    broader: tuple[Value, ...] = ()
    band: int | None = None
    own_words: bool = False


@dataclass(frozen=True, slots=True)
class AttributeMention:
    """An attribute spoken of in a text, words `start` to `end`."""

    meaning: Meant
    start: int
    end: int


@lru_cache(maxsize=8)
def vocabulary(name: str) -> dict[str, Any]:
    """A file of general knowledge, parsed: "concept", "kind", "price" or "field"."""
    path = resources.files("edge.answer") / "vocabulary" / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def price_bands() -> dict[str, int]:
    """Folded words of every language for how dear something is, with their band 1 to 4."""
    return {
        fold(phrase): int(band)
        for band, languages in vocabulary("price").items()
        for phrases in languages.values()
        for phrase in phrases
    }


def _is_number(value: Value) -> bool:
    if isinstance(value, bool):
        return False
    try:
        float(value)
    except ValueError:
        return False
    return True


class AttributeVocabulary:
    """Finds the catalogue's attributes in text. Build once per catalogue version.

    `labels(key, value)` gives the words of other languages for an option value, as (language, label).
    """

    def __init__(
        self,
        attributes: Iterable[Attribute],
        labels: Callable[[str, str], Iterable[tuple[str, str]]] = lambda key, value: (),
    ) -> None:
        self.attributes = {a.key: a for a in attributes}
        self._lexicon: Lexicon[Meant] = Lexicon()
        self._prices: Lexicon[int] = Lexicon()
        for band, languages in vocabulary("price").items():
            for language, phrases in languages.items():
                self._prices.add_all(phrases, int(band), language)
        self.price_key: str | None = None
        for attribute in self.attributes.values():
            if attribute.kind == "flag":
                self._add_flag(attribute)
            elif attribute.kind == "choice" and len(attribute.values) <= _ENUM_MAX_VALUES:
                self._add_choice(attribute, labels)

    def _add_flag(self, attribute: Attribute) -> None:
        spoken = attribute.key.replace("_", " ")
        yes, no = Meant(attribute.key, (True,)), Meant(attribute.key, (False,))
        self._lexicon.add(spoken, Meant(attribute.key, (True,), own_words=True))
        if concept := concept_of(attribute.key):
            for language, phrases in vocabulary("concept")[concept].items():
                if language == "no":
                    for negative, refused in phrases.items():
                        self._lexicon.add_all(refused, no, negative)
                elif language != "keys":
                    self._lexicon.add_all(phrases, yes, language)
        else:
            for word in words(spoken):
                if len(word.folded) > 3 and word.folded not in (
                    "offers",
                    "accepts",
                    "serves",
                    "allowed",
                    "available",
                ):
                    self._lexicon.add(word.text, yes)

    def _add_choice(
        self, attribute: Attribute, labels: Callable[[str, str], Iterable[tuple[str, str]]]
    ) -> None:
        bands = price_bands()
        spelt = {fold(str(v)): v for v in attribute.values}
        if sum(v in bands for v in spelt) * 2 > len(spelt):
            self.price_key = attribute.key
            return
        for folded, value in spelt.items():
            meant = Meant(attribute.key, (value,), own_words=True)
            self._lexicon.add(folded, meant)
            self._lexicon.add(str(value), meant)
            for language, label in labels(attribute.key, folded):
                self._lexicon.add(label, meant, language)
        for kind in vocabulary("kind")["kind"]:
            self._add_kind(attribute.key, kind, spelt)

    def _add_kind(self, key: str, kind: dict[str, Any], spelt: dict[str, Value]) -> None:
        """A kind's names and words, as far as the catalogue has the kind or one it falls back to."""
        exact = tuple(spelt[name] for name in kind["names"] if name in spelt)
        broader = tuple(spelt[name] for name in kind.get("broader", ()) if name in spelt)
        if not exact and not broader:
            return
        for name in kind["names"]:
            own = (spelt[name],) if name in spelt else ()
            self._lexicon.add(name, Meant(key, own or broader or exact, broader if own else ()))
        meant = Meant(key, exact or broader, broader if exact else ())
        for language, phrases in kind.items():
            if language not in ("names", "broader"):
                self._lexicon.add_all(phrases, meant, language)

    def find(
        self, text: str, language: str = "en", categories: frozenset[str] = frozenset()
    ) -> list[AttributeMention]:
        """Attributes spoken of, in order; only those that one of `categories` states, if any are given.

        Where a phrase stands for several values of one attribute they are one mention, its own spelling first.
        """
        found: dict[tuple[str, int, int], AttributeMention] = {}
        for mention in self._lexicon.find(text, language, slips=True):
            meant = mention.meaning
            if categories and categories.isdisjoint(self.attributes[meant.key].categories):
                continue
            span = (meant.key, mention.start, mention.end)
            before = found.get(span)
            joined = _joined(before.meaning, meant) if before else meant
            found[span] = AttributeMention(joined, mention.start, mention.end)
        mentions = [replace(m, meaning=self._usual(m.meaning)) for m in found.values()]
        kinds = {(m.start, m.end) for m in mentions if not isinstance(m.meaning.any_of[0], bool)}
        told = [
            m for m in mentions if not isinstance(m.meaning.any_of[0], bool) or (m.start, m.end) not in kinds
        ]
        return sorted([*told, *self._stars(text, categories)], key=lambda m: m.start)

    def _usual(self, meant: Meant) -> Meant:
        """A kind that the catalogue hardly uses is mostly filed under the broader one: either will do."""
        values = self.attributes[meant.key].values
        if not meant.broader or isinstance(meant.any_of[0], bool):
            return meant
        broader = meant.broader[0]
        used = sum(values[v] for v in meant.any_of)
        if used > max(_RARE_COUNT, values[broader] * _RARE_SHARE):
            return meant
        return replace(meant, any_of=(*meant.any_of, broader), broader=meant.broader[1:])

    def prices(self, text: str, language: str = "en") -> list[tuple[int, int, int]]:
        """How dear it should be: (band 1 to 4, first word, end) for each mention."""
        return [(m.meaning, m.start, m.end) for m in self._prices.find(text, language, slips=True)]

    def price_values(self, band: int) -> tuple[Value, ...]:
        """The catalogue's spellings of a price band, or of the nearest band that it has; commonest first."""
        if self.price_key is None:
            return ()
        bands = price_bands()
        values = self.attributes[self.price_key].values
        known = {v: bands[fold(str(v))] for v in values if fold(str(v)) in bands}
        if not known:
            return ()
        nearest = min(abs(b - band) for b in known.values())
        return tuple(
            sorted((v for v, b in known.items() if abs(b - band) == nearest), key=lambda v: -values[v])
        )

    def _stars(self, text: str, categories: frozenset[str]) -> list[AttributeMention]:
        """ "3 star", "four-star": a number beside a word for stars."""
        keys = [
            a
            for a in self.attributes.values()
            if "star" in a.key and a.kind == "number" and (not categories or categories & a.categories.keys())
        ]
        written = words(text)
        found = []
        for at, word in enumerate(written):
            if at and word.folded.startswith(_STAR):
                number = _NUMBER_WORDS.get(written[at - 1].folded, written[at - 1].folded)
                for attribute in keys:
                    values = tuple(v for v in attribute.values if str(v) == number)
                    if values:
                        found.append(AttributeMention(Meant(attribute.key, values), at - 1, at + 1))
        return found


def _joined(first: Meant, second: Meant) -> Meant:
    """Two readings of one phrase: the catalogue's own spelling leads, the rest widens."""
    if first.any_of in ((True,), (False,)):
        return first
    lead, rest = (first, second) if first.own_words or not second.own_words else (second, first)
    if lead.own_words:
        broader = dict.fromkeys((*lead.broader, *rest.any_of, *rest.broader))
        return Meant(lead.key, lead.any_of, tuple(v for v in broader if v not in lead.any_of), None, True)
    any_of = tuple(dict.fromkeys((*lead.any_of, *rest.any_of)))
    broader = dict.fromkeys((*lead.broader, *rest.broader))
    return Meant(lead.key, any_of, tuple(v for v in broader if v not in any_of))


def concept_of(key: str) -> str | None:
    """The concept that an attribute key is about, by the longest of its words that matches."""
    spoken = f" {fold(key.replace('_', ' '))} "
    best: tuple[int, str] | None = None
    for name, concept in vocabulary("concept").items():
        for word in concept["keys"]:
            if f" {word} " in spoken and (best is None or len(word) > best[0]):
                best = (len(word), name)
    return best[1] if best else None
