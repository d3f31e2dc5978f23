"""Sentences that explain the cards: what fits, what was let go, what compares.

Left out: facts asked for one place (statement.py) and everything that is not about places (template.py).
"""

from dataclasses import dataclass

from edge.answer import concept, notation, statement
from edge.answer.sentence import Sentence
from edge.answer.turn import Card, Fact
from edge.answer.voice import Voice
from edge.search.query import Condition, Query, Relaxation

NAMED = 3
DETAILS = 3
_STEM = 5
_SAID_ALONE = frozenset({"cuisine", "kind", "specialty"})


def exact(voice: Voice) -> list[Sentence]:
    """How many fit, and the first of them with what speaks for each."""
    draft = voice.draft
    total, shown = max(draft.total, len(draft.cards)), len(draft.cards)
    subject = subject_of(voice)
    key = ("find.first" if total > shown > 1 else "find.heading") + ("" if subject else "_bare")
    heading = voice.say(key, subject=subject, count=total, shown=shown)
    return [Sentence(text=heading), items(voice, "find.items")]


def relaxed(voice: Voice) -> list[Sentence]:
    """What was let go, then what comes close."""
    said = Sentence(text=let_go(voice))
    count = len(voice.draft.cards)
    return [said, items(voice, "relaxed.rest", count=count)] if count else [said]


def nothing(voice: Voice) -> list[Sentence]:
    """That nothing fits; the nearest where the draft has some, else what to try."""
    subject = subject_of(voice)
    first = voice.say("find.none" if subject else "find.none_bare", subject=subject)
    if voice.draft.cards:
        return [Sentence(text=first), items(voice, "find.nearest")]
    return [Sentence(text=first), Sentence(text=voice.say("find.none_hint"))]


def introduced(voice: Voice) -> list[Sentence]:
    """Places that were asked for by name alone: what each is and where, open or not, its lowest price."""
    return [_introduced(voice, card) for card in voice.draft.cards[:NAMED]]


def _introduced(voice: Voice, card: Card) -> Sentence:
    kind = voice.category(card.category_id)
    what = voice.say("subject.place", subject=kind, city=card.city) if card.city else kind
    said = [one for one in details(voice, card) if one.key != "city"][:DETAILS]
    text = voice.say("find.item", who=voice.who(card.id), details=", ".join([what, *_said(voice, said)]))
    facts = [_fact(card, "category", card.category_id), *(one.fact for one in said if one.fact)]
    return Sentence(text=f"{text}.", facts=tuple(facts), cites=(card.number,))


def _said(voice: Voice, some: "list[Detail]") -> list[str]:
    return [one.said(voice) for one in some]


def compare(voice: Voice) -> list[Sentence]:
    """Two or more places; the compared places side by side, then who is better at what."""
    cards = voice.draft.cards
    rows = items(voice, "compare.rows", named=len(cards), most=5)
    verdicts = [
        best(voice, "compare.cheaper", {card.id: card.price_from for card in cards}, lowest=True),
        best(voice, "compare.rated", {card.id: card.rating for card in cards}, lowest=False),
        best(voice, "compare.nearer", {card.id: card.distance_m for card in cards}, lowest=True),
    ]
    return [rows, *(verdict for verdict in verdicts if verdict)]


def best(voice: Voice, key: str, values: dict[str, float | None], *, lowest: bool) -> Sentence | None:
    """Who leads by a value that all compared places state; None where one lacks it or two tie."""
    known = sorted((value, name) for name, value in values.items() if value is not None)
    if len(known) < len(values):
        return None
    (first, name), (second, _) = (known[0], known[1]) if lowest else (known[-1], known[-2])
    if first == second:
        return None
    return Sentence(text=voice.say(key, who=voice.who(name)), cites=voice.cites([name]))


def items(
    voice: Voice, key: str, named: int = NAMED, most: int = DETAILS, count: int | None = None
) -> Sentence:
    """The first cards with their details, as one sentence made by the message `key`."""
    cards = voice.draft.cards[:named]
    parts: list[str] = []
    facts: list[Fact] = []
    for card in cards:
        said = details(voice, card)[:most]
        facts += [detail.fact for detail in said if detail.fact]
        parts.append(item(voice, card, said))
    sentence = voice.say(key, items="; ".join(parts), count=len(cards) if count is None else count)
    return Sentence(text=sentence, facts=tuple(facts), cites=tuple(card.number for card in cards))


def item(voice: Voice, card: Card, said: "list[Detail]") -> str:
    """One place with details: "Rohrfrei Nord [1] — open until 20:00, from 45 €"."""
    text = ", ".join(detail.said(voice) for detail in said)
    return voice.say("find.item", who=voice.who(card.id), details=text) if text else voice.who(card.id)


@dataclass(frozen=True)
class Detail:
    """One thing that speaks for a place: the message that says it, its values, and the fact it states."""

    key: str
    values: dict[str, str]
    fact: Fact | None = None

    def said(self, voice: Voice) -> str:
        """The detail in the template's words."""
        return voice.say(f"detail.{self.key}", **self.values)


def details(voice: Voice, card: Card) -> list[Detail]:
    """What to say of a card, the asked-for first: opening, price, distance, rating."""
    found: dict[str, Detail | None] = {"opening": opening(voice, card)}
    if card.price_from is not None:
        price = {"price": voice.price(card.price_from, card.currency)}
        found["price"] = Detail("price_from", price, _fact(card, "price", card.price_from))
    if card.distance_m is not None:
        distance = {"distance": notation.distance(card.distance_m, voice.locale)}
        found["distance"] = Detail("distance", distance, _fact(card, "distance", card.distance_m))
    if card.rating is not None:
        rating = {"rating": notation.number(card.rating, voice.locale)}
        found["rating"] = Detail("rating", rating, _fact(card, "rating", card.rating))
    query = voice.draft.understood.query
    if card.city and card.city not in query.cities and len({other.city for other in voice.draft.cards}) > 1:
        found["city"] = Detail("city", {"city": card.city}, _fact(card, "city", card.city))
    return [detail for name in _wanted(query) if (detail := found.get(name))]


def opening(voice: Voice, card: Card) -> Detail | None:
    """One detail about opening at the asked time; None where unknown."""
    state, fact = card.opening, _fact(card, "hours", card.hours) if card.hours else None
    if state is None or state.state == "unknown":
        return None
    if state.state == "open":
        if card.hours and card.hours.strip() == "24/7":
            return Detail("always", {}, fact)
        if state.until:
            return Detail("open_until", {"time": voice.clock(state.until)}, fact)
        return Detail("open", {}, fact) if voice.asked_now else None
    if state.opens is None:
        return Detail("closed" if voice.asked_now else "closed_then", {}, fact)
    now = voice.draft.understood.query.open_at or voice.draft.now
    values = {"time": voice.clock(state.opens), "day": notation.day(state.opens, voice.locale)}
    return Detail("opens" if now and now.date() == state.opens.date() else "opens_day", values, fact)


def _fact(card: Card, field: str, value: float | str) -> Fact:
    return Fact(provider=card.id, field=field, value=value)


def subject_of(voice: Voice) -> str:
    """What was asked for, as a heading: "Plumber in Olkhovo, open now". Empty where nothing was named."""
    query = voice.draft.understood.query
    named = place_of(voice, query.categories, query.cities)
    wished = [text for text in conditions(voice, query) if not _within(text, named)]
    return statement.capital(", ".join(part for part in [named, *wished] if part))


def _within(text: str, named: str) -> bool:
    """Whether a kind says it already: "italian" of "Italian restaurant"."""
    stems = {word[:_STEM] for word in named.casefold().split()}
    return any(word[:_STEM] in stems for word in text.casefold().split() if len(word) >= _STEM)


def place_of(voice: Voice, categories: tuple[str, ...], cities: tuple[str, ...]) -> str:
    """Kind and place: "Plumber in Olkhovo"; a long list of kinds is left out."""
    names = list(dict.fromkeys(voice.category(one) for one in categories))
    named = voice.series(names, "or") if 0 < len(names) <= 2 else ""
    if not cities:
        return named
    city = voice.series(list(cities), "or")
    return voice.say("subject.place" if named else "subject.place_bare", subject=named, city=city)


def conditions(voice: Voice, query: Query) -> list[str]:
    """The wishes beside category and city, in words."""
    said = [condition(voice, one) for one in query.conditions]
    if query.open_at:
        said.append(wish(voice, query, "open_at"))
    said += [
        wish(voice, query, name) for name in ("price_max", "price_bands", "rating_min", "spoken", "near")
    ]
    return [text for text in said if text]


def wish(voice: Voice, query: Query, name: str) -> str:
    """One of the query's own filters in words; empty where it is not set."""
    if name == "open_at" and query.open_at:
        when = "" if voice.asked_now else voice.when(query.open_at)
        return voice.say("subject.open_at", when=when) if when else voice.say("subject.open_now")
    if name == "price_max" and query.price_max is not None:
        return voice.say("subject.price_max", price=voice.price(query.price_max, None))
    if name == "price_bands" and query.price_bands:
        words = voice.variants("subject.price_band")
        return voice.series([words[band - 1] for band in query.price_bands if 0 < band <= len(words)], "or")
    if name == "rating_min" and query.rating_min is not None:
        return voice.say("subject.rating_min", rating=notation.number(query.rating_min, voice.locale))
    if name == "spoken" and query.spoken:
        return voice.say("subject.spoken", languages=voice.tongues(query.spoken))
    if name == "near" and query.near and query.near.radius_m:
        return voice.say("subject.near")
    return ""


def condition(voice: Voice, one: Condition) -> str:
    """A typed attribute in words: "Wi-Fi", "smoking allowed: no", "American"."""
    named = voice.attribute(one.key)
    if one.at_least is not None or one.at_most is not None:
        bound = one.at_least if one.at_least is not None else one.at_most
        key = "subject.at_least" if one.at_least is not None else "subject.at_most"
        return voice.say(key, label=named, value=notation.number(bound or 0, voice.locale))
    flags = [statement.truth(value) for value in one.any_of]
    if flags and all(flag is True for flag in flags):
        return named
    if flags and all(flag is False for flag in flags):
        return voice.say("subject.without", label=named)
    values = [
        voice.named(one.key, value) if isinstance(value, str) else notation.number(value, voice.locale)
        for value in one.any_of
    ]
    said = voice.series(values, "or")
    plain = concept.of(one.key) in _SAID_ALONE
    return said if plain else voice.say("subject.named", label=named, value=said)


def let_go(voice: Voice) -> str:
    """What the search let go, plainly: "Plumber in Olkhovo: nothing is open now."."""
    query, gone = voice.draft.understood.query, {one.what for one in voice.draft.relaxed}
    said = _regret(voice, query)
    subject = place_of(
        voice, () if "categories" in gone else query.categories, () if "cities" in gone else query.cities
    )
    return statement.capital(voice.say("relaxed.about", subject=subject, said=said) if subject else said)


def _regret(voice: Voice, query: Query) -> str:
    gone = voice.draft.relaxed
    said = [_gone(voice, query, one) for one in gone]
    if len(gone) > 1:
        return voice.say("relaxed.many", conditions=voice.series(said))
    what, label = (gone[0].what, said[0]) if gone else ("other", "")
    places = list(dict.fromkeys(card.city for card in voice.draft.cards if card.city))
    key = ("open_now" if voice.asked_now else "open_at") if what == "open_at" else what
    key = "cheaper" if what == "price_max" and query.price_max is None else key
    key = "elsewhere" if what == "cities" and places and not set(places) & set(query.cities) else key
    if not voice.has(f"relaxed.{key}"):
        key = "condition" if label else "other"
    return voice.say(
        f"relaxed.{key}",
        label=label,
        city=label,
        places=voice.series(places),
        count=len(voice.draft.cards),
        when=voice.when(query.open_at) if query.open_at else label,
        price=voice.price(query.price_max, None) if query.price_max is not None else label,
        rating=notation.number(query.rating_min, voice.locale) if query.rating_min is not None else label,
        languages=voice.tongues(query.spoken) or label,
    )


def _gone(voice: Voice, query: Query, one: Relaxation) -> str:
    """One dropped filter in words."""
    if one.what == "cities":
        return voice.series(list(query.cities), "or") or one.wanted
    if one.what == "categories":
        return (
            voice.series(list(dict.fromkeys(voice.category(name) for name in query.categories)), "or")
            or one.wanted
        )
    if one.what == "price_max" and query.price_max is None:
        return voice.say("subject.cheaper")
    for asked in query.conditions:
        if asked.key == one.what.removeprefix("attributes."):
            return condition(voice, asked)
    return wish(voice, query, one.what) or one.wanted


def _wanted(query: Query) -> list[str]:
    """Kinds of detail, the asked-for first."""
    order = ["opening", "price", "distance", "rating"]
    first = {"price": "price", "rating": "rating", "distance": "distance"}.get(query.order)
    if query.rating_min is not None:
        first = first or "rating"
    if query.price_max is not None or query.price_bands:
        first = first or "price"
    return ["city", *sorted(order, key=lambda name: name != first)]
