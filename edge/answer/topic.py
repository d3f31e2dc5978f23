"""Which category a message is about, given what the conversation was about before.

Categories the catalogue has come before those it has not; a name before a search term; an attribute value
that only one category states names that category too ("museum" where museums are a kind of attraction). What
it should be near or have ("a cafe near the bank") is not asked for, and words in two places that mean one
category ("who repairs my shoe") are more than each alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import prod

from edge.answer import vocabulary
from edge.answer.attribute import AttributeMention
from edge.answer.lexicon import words
from edge.answer.reading import CategoryMention, Knowledge, Reading
from edge.search.fold import fold

_SURE, _SURE_INFLECTED = 0.5, 0.6
_LEAVING, _LEAVING_INFLECTED = 0.7, 0.88
_WITH = frozenset(("with", "has", "having", "с", "со", "con", "mit", "avec"))
# One yes/no attribute is said of many things ("a music festival"); two together tell what is meant.
_TELLING_FLAGS = 2
_GUESS_SURE, _GUESS_MIN_WORDS = 0.65, 2
_ABSENT_SURE = 0.65
_BESIDE = frozenset(map(fold, vocabulary.load("place")["beside"]))
_BESIDE_REACH = 3
_NAMED = 0.8  # from here on a mention needs no second one


@dataclass(frozen=True, slots=True)
class Topic:
    """The category a message asks for; `known` where the catalogue has it, `named` when not implied."""

    ids: tuple[str, ...]
    known: bool
    named: bool


def find_topic(reading: Reading, current: tuple[str, ...], knowledge: Knowledge) -> Topic | None:
    """The topic that `reading` sets, or None where it says nothing of one."""
    said = [m for m in _joined(reading.categories) if _counts(m, reading, current)]
    present = _sought([m for m in said if _present(m.id, knowledge)], reading)
    implied = implied_categories(reading, current, knowledge)
    if implied:
        present = [m for m in present if m.score >= _LEAVING and not _explained(m, reading)]
    if present:
        return _of_present(present, implied, current, knowledge)
    if implied:
        return Topic(implied, True, False)
    absent = [
        m for m in reading.categories if m.exact and m.score >= _ABSENT_SURE and not _explained(m, reading)
    ]
    if absent and (not current or reading.cues.has("search")):
        best = max(absent, key=lambda m: (m.end - m.start, m.score))
        return Topic((best.id,), False, True)
    return None if current else _guessed(reading, knowledge)


def _guessed(reading: Reading, knowledge: Knowledge) -> Topic | None:
    """What a message means that names nothing: only where no conversation says more, not for a mere word."""
    if len(words(reading.text)) < _GUESS_MIN_WORDS:
        return None
    guesses = [g for g in knowledge.guess_category(reading.text) if g.score >= _GUESS_SURE]
    return Topic(tuple(g.id for g in guesses), True, True) if guesses else None


def _counts(mention: CategoryMention, reading: Reading, current: tuple[str, ...]) -> bool:
    """Is a mention sure enough? To leave a topic takes more than to begin one or to stay with it."""
    if mention.id in current:
        return mention.score >= _SURE
    if current and _beside(mention, reading):
        return False
    if not current or reading.cues.has("search"):
        return mention.score >= (_SURE if mention.exact else _SURE_INFLECTED)
    return mention.score >= (_LEAVING if mention.exact else _LEAVING_INFLECTED)


def _beside(mention: CategoryMention, reading: Reading) -> bool:
    """Is it only something the place should have ("with a pool")?"""
    before = words(reading.text)[max(0, mention.start - 2) : mention.start]
    return any(word.folded in _WITH for word in before)


def _sought(mentions: list[CategoryMention], reading: Reading) -> list[CategoryMention]:
    """Without what only says where the rest, named before it, should be, or what it should have."""
    written = words(reading.text)

    def beside(mention: CategoryMention) -> bool:
        reach = range(max(0, mention.start - _BESIDE_REACH), mention.start)
        after = [at for at in reach if written[at].folded in _BESIDE | _WITH]
        return any(other.end <= at for at in after for other in mentions)

    return [mention for mention in mentions if not beside(mention)]


def _joined(mentions: Sequence[CategoryMention]) -> list[CategoryMention]:
    """With one more for each category that faint words in several places mean: as sure as all of them,
    independent of each other."""
    joined = list(mentions)
    for id in dict.fromkeys(mention.id for mention in mentions):
        said = [mention for mention in mentions if mention.id == id and mention.score >= _SURE]
        apart = {mention.start: mention.score for mention in sorted(said, key=lambda one: one.score)}
        if len(apart) > 1 and max(apart.values()) < _NAMED:
            sure = 1 - prod(1 - score for score in apart.values())
            joined.append(replace(said[0], score=sure, end=max(mention.end for mention in said)))
    return joined


def _of_present(
    present: list[CategoryMention],
    implied: tuple[str, ...],
    current: tuple[str, ...],
    knowledge: Knowledge,
) -> Topic:
    """The best of the categories the catalogue has: the surest, then the longer said, then the commoner."""
    top = max(m.score for m in present)
    best = [m for m in present if m.score >= top - 0.1]
    longest = max(m.end - m.start for m in best)
    chosen = [m for m in best if m.end - m.start == longest] if top > 0.8 else best
    ids = dict.fromkeys(known_id(m.id, knowledge) for m in chosen)
    if staying := tuple(i for i in ids if i in current):
        return Topic(staying, True, True)
    if agreed := tuple(i for i in ids if i in implied):
        return Topic(agreed, True, True)
    first = max(chosen, key=lambda m: (m.score, knowledge.category_counts.get(known_id(m.id, knowledge), 0)))
    same = [
        m for m in chosen if (m.start, m.end) == (first.start, first.end) and m.score >= first.score - 0.02
    ]
    return Topic(tuple(dict.fromkeys(known_id(m.id, knowledge) for m in same)), True, True)


def implied_categories(reading: Reading, current: tuple[str, ...], knowledge: Knowledge) -> tuple[str, ...]:
    """Categories that state what is spoken of, where the current ones do not; of several the commonest."""
    attributes = knowledge.attributes.attributes
    flags = [m for m in reading.attributes if m.meaning.flag]
    told = len({m.start for m in flags})
    for mention in _telling_first(reading.attributes):
        if mention.meaning.flag and told < _TELLING_FLAGS:
            continue
        categories = attributes[mention.meaning.key].stated_by(mention.meaning.any_of)
        if not categories or any(c in categories for c in current):
            return ()
        best = max(categories, key=lambda c: categories[c])
        if categories[best] * 2 > sum(categories.values()):
            return (best,)
    return ()


def _telling_first(mentions: Iterable[AttributeMention]) -> list[AttributeMention]:
    """Kinds tell what is meant better than yes/no attributes, which many categories share."""
    return sorted(mentions, key=lambda m: isinstance(m.meaning.any_of[0], bool))


def _present(id: str, knowledge: Knowledge) -> bool:
    return known_id(id, knowledge) in knowledge.category_counts or any(
        c.startswith(id + "/") for c in knowledge.category_counts
    )


def known_id(id: str, knowledge: Knowledge) -> str:
    """The category itself, or the nearest above it that the catalogue has ("amenity/restaurant/pizza")."""
    above = id
    while above not in knowledge.category_counts and above.count("/") > 1:
        above = above.rpartition("/")[0]
    return above if above in knowledge.category_counts else id


def _explained(mention: CategoryMention, reading: Reading) -> bool:
    """Do a category's words mean a value that others state ("psychiatrist", a kind of therapist here)?"""
    return any(
        a.start < mention.end and mention.start < a.end for a in reading.attributes if not a.meaning.flag
    )
