"""Sentences that state facts: a phone, an address, hours, prices, yes/no and other attributes.

Phones, addresses and enum values are said exactly as the catalogue has them; a value of None is said to be
missing. Left out: which facts are asked for (the draft has them) and lists of places (listing.py).
"""

from edge.answer import concept, notation
from edge.answer.sentence import Sentence
from edge.answer.turn import Fact, Opening
from edge.answer.voice import Voice
from sync.provider import Offer

MOST_OFFERS = 4


def compose(voice: Voice) -> list[Sentence]:
    """The asked facts, grouped by provider in the order they come."""
    groups: dict[str, list[Fact]] = {}
    for fact in voice.draft.facts:
        groups.setdefault(fact.provider, []).append(fact)
    if not groups:
        return [Sentence(text=voice.say("fact.unknown_bare"))]
    sentences: list[Sentence] = []
    for provider, facts in groups.items():
        sentences += _alone(voice, facts[0]) if len(facts) == 1 else [_together(voice, provider, facts)]
    return sentences


def _alone(voice: Voice, fact: Fact) -> list[Sentence]:
    """One fact as a full sentence, with what the hours mean at this moment."""
    stated = () if fact.value is None else (fact,)
    said = [Sentence(text=full(voice, fact), facts=stated, cites=voice.cites([fact.provider]))]
    card = voice.cards.get(fact.provider)
    if (
        fact.field == "hours"
        and fact.value is not None
        and card
        and card.opening
        and (now := moment(voice, card.opening))
    ):
        said.append(Sentence(text=now, cites=(card.number,)))
    return said


def _together(voice: Voice, provider: str, facts: list[Fact]) -> Sentence:
    items = "; ".join(short(voice, fact) for fact in facts)
    return Sentence(
        text=voice.say("fact.several", who=voice.who(provider), items=items),
        facts=tuple(fact for fact in facts if fact.value is not None),
        cites=voice.cites([provider]),
    )


def full(voice: Voice, fact: Fact) -> str:
    """A whole sentence about one fact."""
    who = voice.who(fact.provider)
    if fact.value is None and fact.field == "distance" and voice.draft.understood.query.near is None:
        return voice.say("fact.unknown_distance", who=who)
    if fact.value is None:
        return capital(voice.say("fact.unknown", who=who, label=label(voice, fact.field)))
    key = _attribute_key(fact.field)
    if key is None:
        return voice.say(f"fact.{_plain(fact.field)}", who=who, value=value(voice, fact))
    idea = concept.of(key)
    flag = truth(fact.value)
    form = "value" if flag is None else "yes" if flag else "no"
    sentence = f"concept.{idea}.{form}"
    if idea is None or not voice.has(sentence):
        return capital(
            voice.say(f"fact.{form}", who=who, label=label(voice, fact.field), value=value(voice, fact))
        )
    return voice.say(sentence, who=who, value=value(voice, fact))


def short(voice: Voice, fact: Fact) -> str:
    """One fact as a part of a sentence: "phone: 555 01 23"."""
    named = label(voice, fact.field)
    if fact.value is None:
        return voice.say("fact.unknown_short", label=named)
    return voice.say("fact.short", label=named, value=value(voice, fact))


def label(voice: Voice, field: str) -> str:
    """What a field is called."""
    key = _attribute_key(field)
    return voice.say(f"label.{_plain(field)}") if key is None else voice.attribute(key)


def value(voice: Voice, fact: Fact) -> str:
    """The value in words and figures; text stays as the catalogue has it."""
    given, card = fact.value, voice.cards.get(fact.provider)
    flag = truth(given)
    if flag is not None:
        return voice.say("word.yes" if flag else "word.no")
    if fact.field == "address" and card and card.city and card.city.casefold() not in str(given).casefold():
        return f"{given}, {card.city}"
    if fact.field == "hours":
        words = {name: voice.say(f"hours.{name}") for name in ("always", "closed", "holidays")}
        return notation.hours(str(given), voice.locale, words)
    if fact.field == "offers":
        return offers(voice, fact)
    if fact.field == "languages":
        return voice.tongues(
            tuple(part for part in str(given).replace(";", ",").replace(" ", "").split(",") if part)
        )
    if fact.field == "category":
        return voice.category(str(given)) if "/" in str(given) else str(given)
    return _figure(voice, fact)


def _figure(voice: Voice, fact: Fact) -> str:
    given = fact.value
    if isinstance(given, str):
        key = _attribute_key(fact.field)
        return given if key is None else voice.choice(key, given)
    if not isinstance(given, int | float):
        return ""
    if fact.field == "price":
        card = voice.cards.get(fact.provider)
        return voice.price(given, card.currency if card else None)
    if fact.field == "distance":
        return notation.distance(given, voice.locale)
    return notation.number(given, voice.locale)


def offers(voice: Voice, fact: Fact) -> str:
    """The first offers with their prices; the fact's own text where the record lists none."""
    record = voice.records.get(fact.provider)
    if record is None or not record.offers:
        return str(fact.value)
    return "; ".join(_offer(voice, offer) for offer in record.offers[:MOST_OFFERS])


def _offer(voice: Voice, offer: Offer) -> str:
    spoken = voice.draft.understood.language
    name = offer.name.get(spoken) or offer.name.get(voice.language) or next(iter(offer.name.values()), "")
    if offer.price_from is None:
        return name
    price = voice.price(offer.price_from, offer.currency)
    fixed = offer.price_to == offer.price_from
    return voice.say("word.offer" if fixed else "word.offer_from", name=name, price=price)


def moment(voice: Voice, opening: Opening) -> str:
    """What the hours mean now: "It is open now, until 20:00." Empty where unknown or not about now."""
    if not voice.asked_now or opening.state == "unknown":
        return ""
    if opening.state == "open":
        return voice.say("fact.open_until", time=voice.clock(opening.until)) if opening.until else ""
    if opening.opens is None:
        return voice.say("fact.closed")
    now = voice.draft.now
    key = "fact.opens" if now and now.date() == opening.opens.date() else "fact.opens_day"
    return voice.say(key, time=voice.clock(opening.opens), day=notation.day(opening.opens, voice.locale))


def truth(given: object) -> bool | None:
    """A yes/no value, also where the catalogue has it as text; None for anything else."""
    if isinstance(given, bool):
        return given
    words = {"true": True, "yes": True, "false": False, "no": False}
    return words.get(given.casefold().strip()) if isinstance(given, str) else None


def capital(text: str) -> str:
    """The text with its first letter large."""
    return text[:1].upper() + text[1:]


def _attribute_key(field: str) -> str | None:
    """The attribute's key, or None for a field every record has."""
    key = _plain(field)
    return None if key in _PLAIN else key


def _plain(field: str) -> str:
    """A field without its path: some catalogues keep a rating or a url among the attributes."""
    return field.removeprefix("attributes.")


_PLAIN = frozenset(
    {
        "phone",
        "address",
        "hours",
        "price",
        "rating",
        "url",
        "email",
        "languages",
        "distance",
        "category",
        "offers",
    }
    | {"city", "name"}
)
