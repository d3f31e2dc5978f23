"""Who is spoken of: the providers a message names, and whether it is about one named or shown before."""

from dataclasses import replace

from edge.answer.lexicon import words
from edge.answer.name import Named, settle
from edge.answer.place import best_cities
from edge.answer.reading import Knowledge, Reading
from edge.answer.settled import Settled
from edge.answer.topic import Topic

# How questions begin, beside the mark at their end.
_ASKING = tuple(
    f"{word} "
    for word in (
        *"is are do does can could has have will would what where when how which whether".split(),  # noqa: SIM905
        *"а где когда как сколько можно что до есть".split(),  # noqa: SIM905
        *"qué cuál cuánto dónde hay tienen es está wo was wie wann gibt hat haben ist sind".split(),  # noqa: SIM905
    )
)
# Words that ask for a field only where nothing is searched for: "where can I find a hotel".
_WEAK_FIELDS = frozenset(
    (
        "where",
        "number",
        "call",
        "open",
        "expensive",
        "cheap",
        "costly",
        "pricey",
        "contact",
        "где",
        "wo",
        "dónde",
    )
)
_FEW_WORDS = 4
_PICKING_WORDS = 10


def asks_about_focus(settled: Settled, reading: Reading, topic: Topic | None) -> bool:
    """Is the message about the provider spoken of ("Is it free?", "Yes, book it") rather than a search?"""
    cues = reading.cues
    if not settled.focus or _looks_further(reading):
        return False
    if (cities := best_cities(reading.places)) and not set(cities) & set(settled.cities):
        return False
    asking = is_question(reading)
    searching = cues.has("search") and not cues.has("ask") and not asks_only_facts(reading, topic, settled)
    named = topic is not None and topic.named
    if searching and (named or not (asking and cues.has("this"))):
        return False
    if named and _leaves(topic, settled) and not (asking and cues.has("this") and _asks_fact(reading)):
        return False
    if cues.fields:
        return True
    return asking if reading.attributes or reading.bands else not reading.ordinals


def _looks_further(reading: Reading) -> bool:
    """Does it ask for others, or let a filter go?"""
    cues = reading.cues
    return wants_more(reading) or cues.has("drop") or (cues.has("cheaper", "nearer") and not cues.fields)


def _asks_fact(reading: Reading) -> bool:
    return bool(reading.cues.fields) or any(a.meaning.flag for a in reading.attributes)


def _leaves(topic: Topic | None, settled: Settled) -> bool:
    return topic is not None and not set(topic.ids) & set(settled.categories)


def picks(settled: Settled, reading: Reading) -> bool:
    """Does it choose from what is shown by number ("I'd like to book the first one")?"""
    places = best_cities(reading.places)
    return (
        bool(reading.ordinals and settled.shown) and not places and len(words(reading.text)) <= _PICKING_WORDS
    )


def wants_more(reading: Reading) -> bool:
    """Does it ask for others than those shown?"""
    return reading.cues.has("more") or (
        reading.cues.has("more_short") and len(words(reading.text)) <= _FEW_WORDS
    )


def asks_only_facts(reading: Reading, topic: Topic | None, settled: Settled) -> bool:
    """ "I need their phone number": a search word, but what is wanted is a fact."""
    if topic is not None and topic.named and _leaves(topic, settled):
        return False
    written = words(reading.text)
    said = {" ".join(w.folded for w in written[m.start : m.end]) for m in reading.cues.fields}
    return bool(said - _WEAK_FIELDS)


def is_question(reading: Reading) -> bool:
    """Does it ask about something ("Is it free?") rather than wish for it ("something free")?"""
    said = reading.text.strip().lower()
    return "?" in said or said.startswith(_ASKING) or reading.cues.has("ask")


def first_shown(settled: Settled, reading: Reading) -> Settled:
    """ "What is their phone?", "how much is it?" after a list are about its first."""
    if settled.focus or not settled.shown or not reading.cues.fields or reading.when is not None:
        return settled
    bare = (
        not reading.categories
        and not reading.attributes
        and not reading.cues.has("search", "more", "cheaper")
    )
    if not reading.cues.has("this") and not (bare and len(words(reading.text)) <= _PICKING_WORDS):
        return settled
    return replace(settled, focus=settled.shown[:1])


def named_in(
    reading: Reading, settled: Settled, knowledge: Knowledge, *, trusted: bool = False
) -> list[tuple[Named, ...]]:
    """Providers named, settled by place and kind: for each name the meant one first, then its namesakes.

    A short form counts only where it fits both. `trusted` is text of an assistant, which names what it means.
    """
    cities = [c for p in reading.places for c in p.cities] or list(settled.cities)
    found: dict[str, tuple[Named, ...]] = {}
    for mention in reading.names:
        fitting = settle(mention, cities, settled.categories)
        if trusted and settled.focus and not mention.full:
            continue  # part of an address or of another name, once somebody is spoken of
        sure = mention.full and mention.capital and mention.end - mention.start > 1
        certain = [n for n in fitting if (sure and trusted) or _fits(n, sure, cities, settled)]
        if certain and len(certain) <= (3 if mention.full else 1):
            found[certain[0].id] = (certain[0], *(n for n in mention.providers if n != certain[0]))
    return list(found.values())


def _fits(named: Named, sure: bool, cities: list[str], settled: Settled) -> bool:
    """A whole name written as one has to fit the kind or the place, any other both."""
    kind = not settled.categories or not set(named.categories).isdisjoint(settled.categories)
    place = not cities or named.city in cities
    return kind or place if sure else kind and place
