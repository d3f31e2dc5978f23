"""One message, read: its places, categories, attributes, prices, times, names and cues, and their words.

Reading knows no conversation: what a mention means for the search is decided in `state`. A name hides what is
inside it ("Park" in a hotel's name), a place hides shorter readings of its words.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from babel import Locale

from edge.answer.attribute import AttributeMention, AttributeVocabulary
from edge.answer.cue import Cues, read
from edge.answer.gazetteer import Gazetteer, PlaceMention
from edge.answer.lexicon import words
from edge.answer.name import Lookup, NameMention, find_names
from edge.answer.need import find_needs
from edge.answer.number import find_limits, find_ordinal, find_spoken
from edge.answer.when import When, find_when
from edge.search.category import CategoryMatch
from edge.search.fold import fold
from sync.provider import Market

_NEED_SCORE = 0.9
_CERTAIN = 0.5
_MONEY = frozenset(
    ("euro", "euros", "eur", "евро", "dollar", "dollars", "usd", "bucks", "pounds", "рублеи", "рубли")
)
_PLACE_WORDS = frozenset(("in", "near", "around", "в", "во", "около", "en", "cerca", "bei", "nahe", "à"))


@dataclass(frozen=True, slots=True)
class CategoryMention:
    """A category asked for, how sure (0 to 1), its words, and whether it is spelt as the taxonomy does."""

    id: str
    score: float
    start: int
    end: int
    exact: bool = False


MatchCategories = Callable[[str, str], Iterable[CategoryMention]]
GuessCategory = Callable[[str], tuple[CategoryMatch, ...]]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the loaded catalogue lets a reader recognise. One per catalogue version."""

    gazetteer: Gazetteer
    attributes: AttributeVocabulary
    lookup: Lookup
    match_categories: MatchCategories
    guess_category: GuessCategory
    category_counts: dict[str, int] = field(hash=False)
    market: Market


@dataclass(frozen=True, slots=True)
class Reading:
    """What one text says. Spans are word numbers as of `lexicon.words`."""

    text: str
    language: str
    places: tuple[PlaceMention, ...]
    categories: tuple[CategoryMention, ...]
    attributes: tuple[AttributeMention, ...]
    bands: tuple[tuple[int, int, int], ...]
    names: tuple[NameMention, ...]
    cues: Cues
    when: When | None
    ordinals: tuple[int, ...]
    rating_min: float | None
    price_max: float | None
    spoken: tuple[str, ...]
    unknown_place: str | None = None


def read_message(text: str, language: str, knowledge: Knowledge, now: datetime) -> Reading:
    """Everything that `knowledge` recognises in `text`."""
    places = knowledge.gazetteer.find(text)
    located = _covered((p.start, p.end) for p in places if not p.short)
    names = [n for n in find_names(text, knowledge.lookup) if not _inside(n.start, n.end, located)]
    named = _covered((n.start, n.end) for n in names if n.capital and (n.full or n.end - n.start > 1))
    places = tuple(p for p in places if not _inside(p.start, p.end, named))
    located = named | _covered((p.start, p.end) for p in places if not p.short)
    cues = read(text, language)
    hidden = located | _covered(cues.spans("search"))
    attributes = tuple(
        a for a in knowledge.attributes.find(text, language) if not _inside(a.start, a.end, hidden)
    )
    rating_min, price_max = find_limits(text, language)
    written = words(text)
    categories = tuple(_categories(text, language, knowledge, located))
    names = [n for n in names if n.full or n.end - n.start > 1 or not _spoken_of(n, attributes, categories)]
    if price_max is not None:
        categories = tuple(c for c in categories if written[c.start].folded not in _MONEY)
    certain = _covered((c.start, c.end) for c in categories if c.score >= _CERTAIN)
    attributes = tuple(a for a in attributes if not (a.slip and _inside(a.start, a.end, certain)))
    spans = {(c.start, c.end) for c in categories} | {(a.start, a.end) for a in attributes}
    spans |= {(n.start, n.end) for n in names} | {(m.start, m.end) for m in (*cues.fields, *cues.cues)}
    return Reading(
        text=text,
        language=language,
        places=places,
        categories=categories,
        attributes=attributes,
        bands=tuple(
            b
            for b in knowledge.attributes.prices(text, language)
            if not _inside(b[1], b[2], named | _covered(cues.spans("cheaper")))
        ),
        names=tuple(names),
        cues=cues,
        when=find_when(text, now, language),
        ordinals=find_ordinal(text, language),
        rating_min=rating_min,
        price_max=price_max,
        spoken=find_spoken(text, language),
        unknown_place=None if places or language == "de" else _unknown_place(text, _covered(spans)),
    )


def _categories(
    text: str, language: str, knowledge: Knowledge, hidden: frozenset[int]
) -> Iterable[CategoryMention]:
    """Categories by name or term, and by what people need where the catalogue has such a category."""
    for mention in knowledge.match_categories(text, language):
        if not _inside(mention.start, mention.end, hidden):
            yield mention
    for need in find_needs(text, language):
        if need.meaning in knowledge.category_counts and not _inside(need.start, need.end, hidden):
            yield CategoryMention(need.meaning, _NEED_SCORE, need.start, need.end, True)


def _spoken_of(
    name: NameMention, attributes: Sequence[AttributeMention], categories: Sequence[CategoryMention]
) -> bool:
    """Is a one-word short name also a kind of thing ("Burmese" of "Burmese Kitchen")? Then it is that."""
    kinds = [(a.start, a.end) for a in attributes if not a.slip]
    kinds += [(c.start, c.end) for c in categories if c.score >= _CERTAIN]
    return any(start <= name.start < end for start, end in kinds)


def _covered(spans: Iterable[tuple[int, int]]) -> frozenset[int]:
    return frozenset(i for start, end in spans for i in range(start, end))


def _inside(start: int, end: int, covered: frozenset[int]) -> bool:
    return end > start and all(i in covered for i in range(start, end))


def _unknown_place(text: str, known: frozenset[int]) -> str | None:
    """A name after "in" or "near" that nothing here knows: a place the catalogue lacks.

    Not for German, which writes every noun with a capital.
    """
    written = words(text)
    for at in range(1, len(written)):
        word = written[at]
        if written[at - 1].folded in _PLACE_WORDS and at not in known and len(word.text) > 3:
            name = word.text[0].isupper() and word.text[1:].islower()
            if name and fold(word.text) not in _dates():
                return word.text
    return None


@lru_cache(maxsize=1)
def _dates() -> frozenset[str]:
    """Names of days and months, which stand after "in" and "on" too."""
    found: set[str] = set()
    for language in ("en", "ru", "es", "de", "fr"):
        locale = Locale.parse(language)
        for names in (locale.days, locale.months):
            found |= {fold(name) for form in names.values() for name in form["wide"].values()}
    return frozenset(found)
