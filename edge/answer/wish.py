"""Which filters a message adds, changes or lets go."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from edge.answer.attribute import AttributeMention
from edge.answer.lexicon import words
from edge.answer.reading import Knowledge, Reading
from edge.answer.settled import Settled
from edge.search.query import Condition


def narrow(now: Settled, reading: Reading, knowledge: Knowledge) -> tuple[Settled, set[str]]:
    """With the attribute values, price, rating and languages that the message adds, and what it changed."""
    conditions = {c.key: c for c in now.conditions}
    changed: set[str] = set()
    fitting = [m for m in reading.attributes if _fits_topic(m, now, knowledge)]
    spoken = {m.start for m in fitting}
    # What nobody of the kind states is asked all the same, so that the answer can say that it is not known.
    unstated = [m for m in reading.attributes if m.meaning.flag and m.start not in spoken]
    for mention in _one_a_word((*fitting, *unstated), knowledge):
        _wish(mention, reading, conditions, changed)
    now = replace(now, conditions=tuple(conditions.values()))
    if reading.bands:
        now = replace(now, band=reading.bands[-1][0])
        changed.add("band")
    if reading.rating_min is not None:
        now = replace(now, rating_min=reading.rating_min)
        changed.add("rating_min")
    if reading.price_max is not None:
        now = replace(now, price_max=reading.price_max)
        changed.add("price_max")
    if reading.spoken:
        now = replace(now, spoken=reading.spoken)
        changed.add("spoken")
    return now, changed


def _one_a_word(mentions: Sequence[AttributeMention], knowledge: Knowledge) -> Iterator[AttributeMention]:
    """Of several yes/no attributes that one word stands for ("kids"), the one that most state."""
    stated = {key: sum(a.categories.values()) for key, a in knowledge.attributes.attributes.items()}
    best: dict[int, AttributeMention] = {}
    for mention in mentions:
        if not mention.meaning.flag:
            yield mention
            continue
        other = best.get(mention.start)
        if other is None or stated[other.meaning.key] < stated[mention.meaning.key]:
            best[mention.start] = mention
    yield from best.values()


def _fits_topic(mention: AttributeMention, now: Settled, knowledge: Knowledge) -> bool:
    """Does a category spoken of state such a value?"""
    meant = mention.meaning
    stated = knowledge.attributes.attributes[meant.key].stated_by((*meant.any_of, *meant.broader))
    return not now.categories or any(c in stated for c in now.categories)


def _wish(
    mention: AttributeMention, reading: Reading, conditions: dict[str, Condition], changed: set[str]
) -> None:
    """Adds one wish to `conditions`; refused, a yes/no attribute turns round and a value is forgotten."""
    meant = mention.meaning
    condition = Condition(key=meant.key, any_of=meant.any_of, or_else=meant.broader)
    if _refused(reading, mention.start):
        if not meant.flag:
            conditions.pop(meant.key, None)
            return
        condition = Condition(key=meant.key, any_of=(not meant.any_of[0],))
    elif meant.key in changed:
        condition = _either(conditions[meant.key], condition)
    conditions[meant.key] = condition
    changed.add(meant.key)


def _either(first: Condition, second: Condition) -> Condition:
    """Two values of one attribute said at once: either will do."""
    any_of = tuple(dict.fromkeys((*first.any_of, *second.any_of)))
    or_else = dict.fromkeys((*first.or_else, *second.or_else))
    return Condition(key=first.key, any_of=any_of, or_else=tuple(v for v in or_else if v not in any_of))


def _refused(reading: Reading, start: int) -> bool:
    """Does a "no" or "without" stand right before the word?"""
    return any(start - 2 <= end - 1 < start for _, end in reading.cues.spans("not"))


def let_go(now: Settled, reading: Reading) -> set[str]:
    """Keys of the filters let go: the one named ("any cuisine"), or else, where nothing matters, the last."""
    if not reading.cues.has("drop", "any"):
        return set()
    said = {word.folded for word in words(reading.text)}
    named = {c.key for c in now.conditions if said & set(c.key.split("_"))}
    return named or ({c.key for c in now.conditions[-1:]} if reading.cues.has("drop") else set())
