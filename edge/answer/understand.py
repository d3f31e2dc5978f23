"""From a conversation to a question for the catalogue: intent, filters, who is spoken about, what is asked.

Deterministic: the same messages and catalogue give the same result, with or without a model.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from edge.answer.focus import wants_more
from edge.answer.language import detect
from edge.answer.memory import Shown
from edge.answer.reading import Knowledge, Reading, read_message
from edge.answer.settled import Settled
from edge.answer.state import after_assistant, after_visitor
from edge.answer.turn import Intent, Message, Smalltalk, State, Understood
from edge.search.query import Condition, Near, Query

_SMALLTALK: tuple[Smalltalk, ...] = ("who", "how_are_you", "help", "greeting", "goodbye", "thanks", "sorry")
_SHORT_WORDS, _FEW_WORDS = 12, 4
_FEW_PLACES = 3
_TEXT_CHARS = 400
_SURE_CATEGORY = 0.6
Recall = Callable[[Sequence[Message]], Shown | None]


def understand(
    messages: Sequence[Message],
    knowledge: Knowledge,
    now: datetime,
    *,
    hint: str | None = None,
    near: Near | None = None,
    recall: Recall = lambda conversation: None,
) -> Understood:
    """What the last visitor's message asks, in the light of those before it.

    `now` is the market's wall clock, `hint` the language of the page, `near` where the visitor stands;
    `recall` gives the cards shown at the end of a conversation that this node answered.
    """
    settled = Settled()
    before, last = settled, None
    language = hint
    for number, message in enumerate(messages, 1):
        if message.role == "user":
            language = detect(message.content, knowledge.market.languages, language)[0]
            last = read_message(message.content, language, knowledge, now)
            before, settled = settled, after_visitor(settled, last, knowledge)
        elif message.role == "assistant":
            settled = _said(settled, message, recall(messages[:number]), language or "en", knowledge, now)
    if last is None:
        return Understood(language=language or "en", intent="smalltalk", smalltalk="greeting")
    return _decide(before, settled, last, knowledge, near)


def _said(
    settled: Settled,
    message: Message,
    shown: Shown | None,
    language: str,
    knowledge: Knowledge,
    now: datetime,
) -> Settled:
    """What holds after an answer: its cards where this node gave it, else what its text names."""
    if shown is None:
        return after_assistant(settled, read_message(message.content, language, knowledge, now), knowledge)
    focus = (shown.focus,) if shown.focus else ()
    return replace(settled, shown=shown.cards, focus=focus, candidates=(), changed=frozenset())


def _decide(
    before: Settled, settled: Settled, last: Reading, knowledge: Knowledge, near: Near | None
) -> Understood:
    """The intent of the last message, and the search or the providers it is about."""
    settled, picked = _picked(settled, before, last)
    comparing = last.cues.has("compare") and "topic" not in settled.changed
    about = settled.focus if not comparing and (picked or settled.changed & {"asked", "provider"}) else ()
    if _smalltalk(last, settled) and not last.cues.has("yes"):
        about = ()
    fields = asked_fields(last, knowledge, about, settled.categories)
    more = wants_more(last) and not about and bool(before.shown)
    query = _query(settled, last, knowledge, near, more)
    intent: Intent = "find"
    smalltalk = None
    if comparing and len(before.shown) > 1:
        intent, about = "compare", tuple(before.shown[:2]) if len(picked) < 2 else picked
    elif about:
        intent = "fact" if fields else "request" if last.cues.has("request", "yes") else "find"
    elif (smalltalk := _smalltalk(last, settled)) is not None:
        intent = "smalltalk"
    elif not _searches(settled, last):
        intent = "out_of_scope"
    return Understood(
        language=last.language,
        intent=intent,
        query=query,
        providers=about,
        fields=fields,
        smalltalk=smalltalk,
        more=more,
        missing=_missing(settled, knowledge),
        unknown_place=last.unknown_place,
        state=State(query=query, shown=before.shown, focus=settled.focus[0] if settled.focus else None),
    )


def _picked(settled: Settled, before: Settled, last: Reading) -> tuple[Settled, tuple[str, ...]]:
    """The providers picked from the list by number: "the second one"."""
    if "topic" in settled.changed or not before.shown or not last.ordinals:
        return settled, ()
    picked = tuple(before.shown[n - 1 if n > 0 else n] for n in last.ordinals if n <= len(before.shown))
    return (replace(settled, focus=picked[-1:]) if picked else settled), picked


def asked_fields(
    last: Reading, knowledge: Knowledge, about: Sequence[str], categories: Sequence[str]
) -> tuple[str, ...]:
    """The fields asked for, in order, each once; yes/no attributes as "attributes.<key>"."""
    if not about:
        return ()
    found = [(m.start, m.meaning) for m in last.cues.fields]
    known = knowledge.attributes.attributes
    for mention in last.attributes:
        key = mention.meaning.key
        if not categories or not known[key].categories.keys().isdisjoint(categories):
            found.append((mention.start, f"attributes.{key}"))
    found += [(start, "price") for _, start, _ in last.bands]
    if last.when is not None and not found:
        found.append((0, "hours"))
    asked = ["price" if field == "price_range" else field for _, field in sorted(found)]
    return tuple(dict.fromkeys(asked))


def _query(settled: Settled, last: Reading, knowledge: Knowledge, near: Near | None, more: bool) -> Query:
    conditions = list(settled.conditions)
    bands: tuple[int, ...] = ()
    if settled.band is not None:
        values = knowledge.attributes.price_values(settled.band)
        if values and knowledge.attributes.price_key:
            conditions.append(Condition(key=knowledge.attributes.price_key, any_of=values))
        else:
            bands = (settled.band,)
    cues = last.cues
    return Query(
        text=_ranking_text(settled),
        language=last.language,
        categories=settled.categories,
        cities=settled.cities,
        conditions=tuple(conditions),
        excluded=settled.shown if more else (),
        open_at=last.when.at if last.when else None,
        price_max=settled.price_max,
        price_bands=bands,
        rating_min=settled.rating_min,
        spoken=settled.spoken,
        near=near,
        order="price"
        if cues.has("cheaper")
        else "distance"
        if cues.has("nearer") and near
        else "rating"
        if cues.has("better")
        else "fit",
    )


def _ranking_text(settled: Settled) -> str:
    """The words that rank. Where kind and place are settled they are said already: ratings tell more."""
    return "" if settled.categories and settled.cities else " ".join(settled.texts)[-_TEXT_CHARS:]


def _smalltalk(last: Reading, settled: Settled) -> Smalltalk | None:
    """Talk that asks for nothing: short, with a word for it and without anything to search by."""
    if (
        settled.changed - {"asked"}
        or last.cues.fields
        or any(mention.score >= _SURE_CATEGORY for mention in last.categories)
        or wants_more(last)
        or last.cues.has("search", "cheaper", "nearer", "better")
    ):
        return None
    if len(last.text.split()) > (_FEW_WORDS if settled.categories else _SHORT_WORDS):
        return None
    for kind in _SMALLTALK:
        if last.cues.has(kind):
            return kind
    if last.cues.has("yes", "no") and not settled.categories:
        return "yes" if last.cues.has("yes") else "no"
    return None


def _searches(settled: Settled, last: Reading) -> bool:
    """Is there anything to search by in what was settled?"""
    return bool(settled.categories or settled.changed or settled.conditions)


def _missing(settled: Settled, knowledge: Knowledge) -> tuple[str, ...]:
    """What to ask back: the category, or the place where a catalogue covers many and has no centre."""
    missing = () if settled.categories else ("category",)
    if not settled.cities and knowledge.market.lat is None and len(knowledge.gazetteer.cities) > _FEW_PLACES:
        missing = (*missing, "place")
    return missing
