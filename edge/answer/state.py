"""What holds after each turn: filters add up, change, and go with their topic.

Works on any history, this node's or another assistant's: what the assistant said settles who was shown and
who is spoken about, and a place only where the visitor agreed to it or said none.
"""

from dataclasses import replace

from edge.answer.focus import asks_about_focus, first_shown, named_in, picks
from edge.answer.name import Named
from edge.answer.place import best_cities
from edge.answer.reading import Knowledge, Reading
from edge.answer.settled import Settled
from edge.answer.topic import Topic, find_topic
from edge.answer.wish import let_go, narrow

_OFFERED_AT_ONCE = 2
_TEXTS = 6


def after_visitor(settled: Settled, reading: Reading, knowledge: Knowledge) -> Settled:
    """What holds once the visitor has said `reading`."""
    topic = find_topic(reading, settled.categories, knowledge)
    settled = first_shown(settled, reading)
    now = replace(settled, texts=(*settled.texts, reading.text)[-_TEXTS:], changed=frozenset())
    if named := named_in(reading, now, knowledge):
        return _about(now, named, reading)
    if asks_about_focus(settled, reading, topic) or picks(settled, reading):
        return replace(now, changed=frozenset(("asked",)))
    return _searched(now, settled, reading, topic, knowledge)


def _about(now: Settled, named: list[tuple[Named, ...]], reading: Reading) -> Settled:
    """Providers were named: they are spoken of, and their kind is the topic."""
    kinds = named[-1][0].categories
    return replace(
        now,
        focus=tuple(n[0].id for n in named),
        candidates=named[-1],
        categories=now.categories if set(kinds) & set(now.categories) else kinds[:1],
        known=True,
        cities=best_cities(reading.places) or now.cities,
        changed=frozenset(("provider",)),
    )


def _searched(
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
    if gone := let_go(now, reading):
        now = replace(now, conditions=tuple(c for c in now.conditions if c.key not in gone))
        changed.add("dropped")
    now, narrowed = narrow(now, reading, knowledge)
    changed |= narrowed | moved
    return replace(now, changed=frozenset(changed))


def after_assistant(settled: Settled, reading: Reading, knowledge: Knowledge) -> Settled:
    """What holds once the assistant has said `reading`: who is shown and spoken of, and the place offered."""
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
    said = best_cities(reading.places)
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
