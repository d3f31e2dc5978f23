"""The answer in sentences without a model: one function from a draft to text, for every intent.

Every value comes from the draft; nothing is looked up or guessed. Left out: the words (locale/*.toml), and
phrasing by a model (phrase.py), which falls back to these sentences.
"""

from edge.answer import emergency, listing, statement
from edge.answer.sentence import Sentence
from edge.answer.turn import Draft, Fact
from edge.answer.voice import Labels, Voice
from sync.provider import Market, Provider


def compose(draft: Draft, market: Market, taxonomy: Labels) -> list[Sentence]:
    """The sentences of an answer, in order; joined by spaces they are the whole text. Never empty."""
    voice = Voice(draft, market, taxonomy)
    intent = draft.understood.intent
    if intent == "emergency":
        return urgent(voice)
    if intent == "smalltalk":
        return [Sentence(text=small(voice))]
    if intent == "out_of_scope":
        return [Sentence(text=voice.say("smalltalk.out_of_scope"))]
    if draft.understood.missing and not draft.facts:
        return [*(_found(voice) if draft.cards else []), Sentence(text=asked_back(voice))]
    if intent == "fact":
        return statement.compose(voice) if draft.facts or not draft.cards else listing.introduced(voice)
    if intent == "compare":
        rows = listing.compare(voice) if len(draft.cards) > 1 else []
        return [*rows, *(statement.compose(voice) if draft.facts else [])] or _found(voice)
    if intent == "request":
        return requested(voice)
    return _found(voice)


def joined(sentences: list[Sentence]) -> str:
    """The whole text."""
    return " ".join(sentence.text for sentence in sentences)


def _found(voice: Voice) -> list[Sentence]:
    draft = voice.draft
    if draft.found == "none" or not draft.cards:
        return listing.nothing(voice)
    if voice.named_alone:
        return listing.introduced(voice)
    return listing.relaxed(voice) if draft.found == "relaxed" else listing.exact(voice)


def urgent(voice: Voice) -> list[Sentence]:
    """The emergency number first, and nothing that would lead away from it."""
    question = voice.draft.question
    kind = emergency.detect(question, voice.draft.understood.language) or "general"
    return [Sentence(text=voice.say(f"emergency.{kind}", number=emergency.number(voice.market)))]


def small(voice: Voice) -> str:
    """The reply to a greeting, thanks and the like."""
    names = voice.market.name
    name = (
        names.get(voice.draft.understood.language)
        or names.get(voice.language)
        or next(iter(names.values()), "")
    )
    market = voice.say("smalltalk.market", market=name) if name else ""
    return voice.say(f"smalltalk.{voice.draft.understood.smalltalk or 'help'}", market=market)


def asked_back(voice: Voice) -> str:
    """The question that the visitor left open."""
    missing = set(voice.draft.understood.missing)
    if {"place", "category"} <= missing:
        return voice.say("ask.place_category")
    return voice.say("ask.place" if "place" in missing else "ask.category")


def requested(voice: Voice) -> list[Sentence]:
    """How to book or leave a request: the phone, else what else the record has."""
    draft = voice.draft
    wanted = draft.understood.providers or tuple(card.id for card in draft.cards)
    known = [voice.records[one] for one in wanted if one in voice.records]
    if not known:
        return [Sentence(text=voice.say("request.nothing"))]
    if len(known) > 1 and not draft.understood.providers:
        names = voice.series([voice.who(record.id) for record in known], "or")
        return [
            Sentence(
                text=voice.say("request.which", names=names), cites=voice.cites([one.id for one in known])
            )
        ]
    return [_contact(voice, record) for record in known]


def _contact(voice: Voice, record: Provider) -> Sentence:
    cites = voice.cites([record.id])
    contacts = (
        ("phone", record.phone),
        ("url", record.url),
        ("email", record.email),
        ("address", record.address),
    )
    for field, value in contacts:
        if value:
            text = voice.say(f"request.{field}", who=voice.who(record.id), **{field: value})
            return Sentence(
                text=text, facts=(Fact(provider=record.id, field=field, value=value),), cites=cites
            )
    return Sentence(text=voice.say("request.none", who=voice.who(record.id)), cites=cites)
