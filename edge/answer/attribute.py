"""Which attribute values a person means, in the words of whatever catalogue is loaded.

The catalogue's own keys and values are the vocabulary. General knowledge widens it: what yes/no attributes
are about (`concept`), what kinds are called (`vocabulary/kind.toml`), how dear things are (`price`), and the
taxonomy's labels of option values. Nothing here names a catalogue's values.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from edge.answer import concept, price, vocabulary
from edge.answer.lexicon import Lexicon, words
from edge.answer.star import find_stars
from edge.search.fold import fold

Value = bool | float | str
Labels = Callable[[str, str], Iterable[tuple[str, str]]]
_ENUM_MAX_VALUES = 500
# Words of attribute keys that say nothing of what the attribute is about.
_KEY_VERBS = frozenset(("offers", "accepts", "serves", "allowed", "available", "with", "provides"))
_RARE_COUNT, _RARE_SHARE = 3, 0.05


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute in use: its values as spelt with their counts, and the categories that state it.

    `homes` says for each value which categories state it and how often.
    """

    key: str
    values: dict[Value, int] = field(hash=False)
    categories: dict[str, int] = field(hash=False)
    homes: dict[Value, dict[str, int]] = field(default_factory=dict, hash=False)

    def stated_by(self, values: Iterable[Value]) -> dict[str, int]:
        """The categories that state one of `values`, with counts; of a yes/no one, all that state it."""
        if self.kind == "flag" or not self.homes:
            return self.categories
        found: dict[str, int] = {}
        for value in values:
            for category, count in self.homes.get(value, {}).items():
                found[category] = found.get(category, 0) + count
        return found

    @property
    def kind(self) -> Literal["flag", "number", "choice"]:
        if all(isinstance(v, bool) for v in self.values):
            return "flag"
        return "number" if all(_is_number(v) for v in self.values) else "choice"


@dataclass(frozen=True, slots=True)
class Meant:
    """What a phrase stands for: values of an attribute, exact ones first, then broader ones.

    `own_words` where the phrase is the catalogue's own spelling.
    """

    key: str
    any_of: tuple[Value, ...]
    broader: tuple[Value, ...] = ()
    own_words: bool = False

    @property
    def flag(self) -> bool:
        return isinstance(self.any_of[0], bool)


@dataclass(frozen=True, slots=True)
class AttributeMention:
    """An attribute spoken of in a text, words `start` to `end`; `slip` where a word is one edit away."""

    meaning: Meant
    start: int
    end: int
    slip: bool = False


class AttributeVocabulary:
    """Finds the catalogue's attributes in text. Build once per catalogue version.

    `labels(key, value)` gives the words of other languages for an option value, as (language, label).
    """

    def __init__(self, attributes: Iterable[Attribute], labels: Labels = lambda key, value: ()) -> None:
        self.attributes = {a.key: a for a in attributes}
        self.price_key: str | None = None
        self._lexicon: Lexicon[Meant] = Lexicon()
        for attribute in self.attributes.values():
            if attribute.kind == "flag":
                self._add_flag(attribute.key)
            elif attribute.kind == "choice" and len(attribute.values) <= _ENUM_MAX_VALUES:
                if price.speak_of_price(attribute.values):
                    self.price_key = attribute.key
                else:
                    self._add_choice(attribute, labels)

    @property
    def phrases(self) -> Lexicon[Meant]:
        """Every phrase that stands for values."""
        return self._lexicon

    def _add_flag(self, key: str) -> None:
        """A yes/no attribute: its key's words, and how people say what it is about, or do not want it."""
        spoken = key.replace("_", " ")
        yes, no = Meant(key, (True,)), Meant(key, (False,))
        self._lexicon.add(spoken, Meant(key, (True,), own_words=True))
        idea = concept.about(key)
        if idea is None:
            telling = [w.text for w in words(spoken) if len(w.folded) > 3 and w.folded not in _KEY_VERBS]
            self._lexicon.add_all(telling if len(telling) == 1 else (), yes)
            return
        for language, phrases in concept.phrases(idea).items():
            if language == "no":
                for negative, refused in phrases.items():
                    self._lexicon.add_all(refused, no, negative)
            elif language != "keys":
                self._lexicon.add_all(phrases, yes, language)

    def _add_choice(self, attribute: Attribute, labels: Labels) -> None:
        """An attribute with kinds for values: as spelt, as the taxonomy labels them, as people call them."""
        spelt = {fold(str(v)): v for v in attribute.values}
        for folded, value in spelt.items():
            meant = Meant(attribute.key, (value,), own_words=True)
            self._lexicon.add(folded, meant)
            self._lexicon.add(str(value), meant)
            for language, label in labels(attribute.key, folded):
                self._lexicon.add(label, meant, language)
        for kind in vocabulary.load("kind")["kind"]:
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

        Where a phrase stands for several values of one attribute they are one mention, its own spelling
        first; where it stands for a kind and for a yes/no attribute, the kind is meant.
        """
        found: dict[tuple[str, int, int], Meant] = {}
        slips: set[int] = set()
        for mention in self._lexicon.find(text, language, slips=True):
            meant = mention.meaning
            if self._stated(self.attributes[meant.key], categories):
                span = (meant.key, mention.start, mention.end)
                found[span] = _joined(found[span], meant) if span in found else meant
                slips |= {mention.start} if mention.slip else set()
        mentions = [
            AttributeMention(self._usual(meant), start, end, start in slips)
            for (_, start, end), meant in found.items()
        ]
        kinds = {(m.start, m.end) for m in mentions if not m.meaning.flag}
        told = (m for m in mentions if not m.meaning.flag or (m.start, m.end) not in kinds)
        return sorted((*told, *self._stars(text, categories)), key=lambda m: m.start)

    def prices(self, text: str, language: str = "en") -> list[tuple[int, int, int]]:
        """How dear it should be: (band 1 to 4, first word, end) for each mention."""
        return price.find_bands(text, language)

    def price_values(self, band: int) -> tuple[Value, ...]:
        """The catalogue's spellings of a price band, or of the nearest band that it has; commonest first."""
        return price.spellings(self.attributes[self.price_key].values, band) if self.price_key else ()

    def _usual(self, meant: Meant) -> Meant:
        """A kind that the catalogue hardly uses is mostly filed under the broader one: either will do."""
        if not meant.broader or meant.flag:
            return meant
        values, broader = self.attributes[meant.key].values, meant.broader[0]
        used = sum(values[v] for v in meant.any_of)
        if used > max(_RARE_COUNT, values[broader] * _RARE_SHARE):
            return meant
        return replace(meant, any_of=(*meant.any_of, broader), broader=meant.broader[1:])

    def _stars(self, text: str, categories: frozenset[str]) -> list[AttributeMention]:
        """Numbers of stars that an attribute about stars has."""
        about = [a for a in self.attributes.values() if "star" in a.key and a.kind == "number"]
        return [
            AttributeMention(Meant(attribute.key, values), start, end)
            for number, start, end in find_stars(text)
            for attribute in about
            if self._stated(attribute, categories)
            and (values := tuple(v for v in attribute.values if str(v) == number))
        ]

    @staticmethod
    def _stated(attribute: Attribute, categories: frozenset[str]) -> bool:
        return not categories or not categories.isdisjoint(attribute.categories)


def _is_number(value: Value) -> bool:
    if isinstance(value, bool):
        return False
    try:
        float(value)
    except ValueError:
        return False
    return True


def _joined(first: Meant, second: Meant) -> Meant:
    """Two readings of one phrase: the catalogue's own spelling leads, then the narrower; the rest widens."""
    if first.any_of in ((True,), (False,)):
        return first
    lead, rest = (first, second) if first.own_words or not second.own_words else (second, first)
    if lead.own_words:
        broader = dict.fromkeys((*lead.broader, *rest.any_of, *rest.broader))
        return Meant(lead.key, lead.any_of, tuple(v for v in broader if v not in lead.any_of), own_words=True)
    if set(second.broader).issuperset(first.any_of):
        return second
    if set(first.broader).issuperset(second.any_of):
        return first
    any_of = tuple(dict.fromkeys((*lead.any_of, *rest.any_of)))
    broader = dict.fromkeys((*lead.broader, *rest.broader))
    return Meant(lead.key, any_of, tuple(v for v in broader if v not in any_of))
