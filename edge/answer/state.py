"""What a conversation has settled, turn by turn: filters add up, change, and go with their topic.

Works on any history, this node's or another assistant's: what the assistant said settles who was shown and who is
spoken about, and a place only where the visitor agreed to it or said none.
"""

from dataclasses import dataclass, replace

from edge.answer.gazetteer import PlaceMention
from edge.answer.lexicon import words
from edge.answer.name import Named, settle
from edge.answer.reading import Knowledge, Reading
from edge.answer.topic import Topic, find_topic
from edge.search.query import Condition

_ASKING = (
    "is ", "are ", "do ", "does ", "can ", "could ", "has ", "have ", "will ", "would ", "what", "where", "when", "how", "which", "whether",
    "есть ли", "а ", "где", "когда", "как", "сколько", "можно", "до скольки", "qué", "cuál", "cuánto", "dónde", "hay ", "tienen", "es ", "wo ", "was ", "wie ", "wann", "gibt es", "hat ", "haben ", "ist ", "sind ",
)  # fmt: skip
_FEW_WORDS = 4
_OFFERED_AT_ONCE = 2
_PICKING_WORDS = 10
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


@dataclass(frozen=True, slots=True)
class Settled:
    """What holds after a message. `conditions` by attribute key; `shown` and `focus` are provider ids,
    `candidates` all providers of the name last said (a chain has one in every city)."""

    categories: tuple[str, ...] = ()
    known: bool = True
    cities: tuple[str, ...] = ()
    offered_cities: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    band: int | None = None
    rating_min: float | None = None
    price_max: float | None = None
    spoken: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    focus: tuple[str, ...] = ()
    candidates: tuple[Named, ...] = ()
    texts: tuple[str, ...] = ()
    changed: frozenset[str] = frozenset()


def after_visitor(settled: Settled, reading: Reading, knowledge: Knowledge) -> Settled:
    """What holds once the visitor has said `reading`. `changed` names what this message itself settled."""
    topic = find_topic(reading, settled.categories, knowledge)
    now = replace(settled, texts=(*settled.texts, reading.text)[-6:], changed=frozenset())
    named = named_in(reading, now, knowledge)
    if named:
        ids = tuple(n[0].id for n in named)
        topic_ids = (
            now.categories if set(named[-1][0].categories) & set(now.categories) else named[-1][0].categories
        )
        cities = best_cities(reading) or now.cities
        return replace(
            now,
            focus=ids,
            candidates=named[-1],
            categories=topic_ids[:1] or now.categories,
            known=True,
            cities=cities,
            changed=frozenset(("provider",)),
        )
    if asks_about_focus(settled, reading, topic) or picks(settled, reading):
        return replace(now, changed=frozenset(("asked",)))
    return _narrow(now, settled, reading, topic, knowledge)


def _narrow(
    now: Settled, settled: Settled, reading: Reading, topic: Topic | None, knowledge: Knowledge
) -> Settled:
    """A search, or more said about one: another topic, place or filter."""
    changed: set[str] = set()
    if topic and not set(topic.ids) & set(settled.categories):
        now = _new_topic(now, topic, reading)
        changed.add("topic")
    elif topic and topic.named:
        now = replace(now, categories=tuple(i for i in topic.ids if i in settled.categories))
        changed.add("named")
    now, moved = _place(now, reading, settled)
    if gone := _let_go(now, reading):
        now = replace(now, conditions=tuple(c for c in now.conditions if c.key not in gone))
        changed.add("dropped")
    now, narrowed = _conditions(now, reading, knowledge)
    changed |= narrowed | moved
    return replace(now, changed=frozenset(changed))


def asks_about_focus(settled: Settled, reading: Reading, topic: Topic | None) -> bool:
    """Is the message about the provider spoken of ("Is it free?", "Yes, book it") rather than a search?"""
    cues = reading.cues
    if (
        not settled.focus
        or wants_more(reading)
        or cues.has("drop")
        or (cues.has("cheaper", "nearer") and not cues.fields)
    ):
        return False
    if (cities := best_cities(reading)) and not set(cities) & set(settled.cities):
        return False
    asking = is_question(reading)
    searching = cues.has("search") and not cues.has("ask") and not asks_only_facts(reading, topic, settled)
    if topic and topic.named and not set(topic.ids) & set(settled.categories):
        if searching or not asking or not cues.has("this"):
            return False
    if searching and topic and topic.named:
        return False
    if searching and not (asking and cues.has("this")):
        return False
    if cues.fields:
        return True
    if reading.attributes or reading.bands:
        return asking
    if cues.has("drop"):
        return False
    return not reading.ordinals


def picks(settled: Settled, reading: Reading) -> bool:
    """Does it choose from what is shown by number ("I'd like to book the first one")?"""
    places = best_cities(reading)
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
    if topic and topic.named and not set(topic.ids) & set(settled.categories):
        return False
    written = words(reading.text)
    said = {" ".join(w.folded for w in written[m.start : m.end]) for m in reading.cues.fields}
    return bool(said - _WEAK_FIELDS)


def is_question(reading: Reading) -> bool:
    """Does it ask about something ("Is it free?") rather than wish for it ("something free")?"""
    said = reading.text.strip().lower()
    return "?" in said or said.startswith(_ASKING) or reading.cues.has("ask")


def after_assistant(settled: Settled, reading: Reading, knowledge: Knowledge) -> Settled:
    """What holds once the assistant has said `reading`: who is shown and spoken about, which place it offered."""
    named = named_in(reading, settled, knowledge, trusted=True)
    ids = tuple(n[0].id for n in named)
    places = [p for p in reading.places if p.role != "from"]
    offered = places[-1].cities if places and len({p.cities for p in places}) <= _OFFERED_AT_ONCE else ()
    now = replace(settled, offered_cities=offered, changed=frozenset())
    if ids:
        now = replace(now, shown=tuple(dict.fromkeys(ids)), focus=ids[-1:], candidates=named[-1])
        if set(named[-1][0].categories).isdisjoint(now.categories):
            now = replace(now, categories=named[-1][0].categories[:1], known=True, conditions=())
    if offered and not settled.cities:
        now = replace(now, cities=offered)
    return now


def _new_topic(settled: Settled, topic: Topic, reading: Reading) -> Settled:
    """Another topic: the place and the languages spoken stay, the other filters go."""
    return Settled(
        categories=topic.ids,
        known=topic.known,
        cities=settled.cities,
        offered_cities=settled.offered_cities,
        spoken=settled.spoken,
        texts=(reading.text,),
    )


def _place(now: Settled, reading: Reading, before: Settled) -> tuple[Settled, set[str]]:
    """The place said, or agreed to. Who is spoken of changes to the one of that name there, or to nobody."""
    said = best_cities(reading)
    if said:
        there = tuple(n.id for n in now.candidates if n.city in said)
        moved = {"place", "provider"} if there and said != before.cities and before.focus else {"place"}
        focus = now.focus if said == before.cities else there[:1]
        return replace(now, cities=said, focus=focus), moved
    if before.offered_cities and reading.cues.has("yes") and before.offered_cities != now.cities:
        return replace(now, cities=before.offered_cities), set()
    if reading.cues.has("drop") and "anywhere" in reading.text.lower():
        return replace(now, cities=()), {"place"}
    return now, set()


def _let_go(now: Settled, reading: Reading) -> set[str]:
    """Keys of the filters let go: the one named ("any cuisine"), else, where nothing matters, the last one."""
    if not reading.cues.has("drop", "any"):
        return set()
    said = {word.folded for word in words(reading.text)}
    named = {c.key for c in now.conditions if said & set(c.key.split("_"))}
    return named or ({c.key for c in now.conditions[-1:]} if reading.cues.has("drop") else set())


def best_cities(reading: Reading) -> tuple[str, ...]:
    """The cities of the place a message means, or none."""
    said = best_place(reading.places)
    return said.cities if said else ()


def best_place(places: tuple[PlaceMention, ...]) -> PlaceMention | None:
    """Of several places said at once the goal, not the start; of equals the last, a full name before a short one."""
    goals = [p for p in places if p.role in ("at", "to")]
    others = [p for p in places if p.role == "none"]
    for group in (goals, others):
        if group:
            return max(enumerate(group), key=lambda pair: (not pair[1].short, pair[0]))[1]
    return None


def _conditions(now: Settled, reading: Reading, knowledge: Knowledge) -> tuple[Settled, set[str]]:
    """Attribute values, price, rating and languages that this message adds or changes."""
    changed: set[str] = set()
    conditions = {c.key: c for c in now.conditions}
    for mention in reading.attributes:
        stated = knowledge.attributes.attributes[mention.meaning.key].categories
        if now.categories and not any(c in stated for c in now.categories):
            continue
        condition = Condition(
            key=mention.meaning.key, any_of=mention.meaning.any_of, or_else=mention.meaning.broader
        )
        if _refused(reading, mention.start):
            if mention.meaning.any_of != (True,):
                conditions.pop(condition.key, None)
                continue
            condition = Condition(key=mention.meaning.key, any_of=(False,))
        before = conditions.get(condition.key)
        if before is not None and condition.key in changed:
            condition = _either(before, condition)
        conditions[condition.key] = condition
        changed.add(condition.key)
    if reading.bands:
        now = replace(now, band=reading.bands[-1][0])
        changed.add("band")
    for name in ("rating_min", "price_max"):
        if (value := getattr(reading, name)) is not None:
            now = replace(now, **{name: value})
            changed.add(name)
    if reading.spoken:
        now = replace(now, spoken=reading.spoken)
        changed.add("spoken")
    return replace(now, conditions=tuple(conditions.values())), changed


def _either(first: Condition, second: Condition) -> Condition:
    """Two values of one attribute said at once: either will do."""
    any_of = tuple(dict.fromkeys((*first.any_of, *second.any_of)))
    or_else = dict.fromkeys((*first.or_else, *second.or_else))
    return Condition(key=first.key, any_of=any_of, or_else=tuple(v for v in or_else if v not in any_of))


def _refused(reading: Reading, start: int) -> bool:
    """Does a "no" or "without" stand right before the word?"""
    return any(start - 2 <= end - 1 < start for _, end in reading.cues.spans("not"))


def named_in(
    reading: Reading, settled: Settled, knowledge: Knowledge, *, trusted: bool = False
) -> list[tuple[Named, ...]]:
    """Providers named, settled by place and kind: for each name the meant one first, then others of that name.

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
