"""What the stages of an answer pass to each other. Types only."""

from datetime import datetime
from typing import Literal

import msgspec

from edge.search.query import Query, Relaxation
from models.runtime.generator import Queued
from sync.provider import Provider

Intent = Literal["find", "fact", "compare", "request", "smalltalk", "out_of_scope", "emergency"]
Smalltalk = Literal["greeting", "thanks", "goodbye", "help", "who", "how_are_you", "sorry", "yes", "no"]


class Message(msgspec.Struct, frozen=True):
    """One message of the conversation; `role` is "user", "assistant" or "system"."""

    role: str
    content: str


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What a conversation has settled so far. Rebuilt from the messages, or kept between turns.

    `query` holds the filters that accumulated; `shown` the provider ids of the last cards, in order;
    `focus` the provider spoken about.
    """

    query: Query = Query()
    shown: tuple[str, ...] = ()
    focus: str | None = None
    topic_turn: int = 0


class Understood(msgspec.Struct, frozen=True, kw_only=True):
    """One question, understood.

    `fields` are what a `fact` asks for: "phone", "address", "price", "hours", "rating", "url", "email",
    "languages", "distance", "category", "offers", or "attributes.<key>". `providers` are those it is about,
    in order. `missing` names what should be asked back ("place", "category"); `unknown_place` is one that the
    catalogue lacks.
    """

    language: str
    intent: Intent
    query: Query = Query()
    providers: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    smalltalk: Smalltalk | None = None
    more: bool = False
    missing: tuple[str, ...] = ()
    unknown_place: str | None = None
    state: State = State()


class Opening(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Open or not at a moment, and the next change (market-local wall time), where known."""

    state: Literal["open", "closed", "unknown"]
    until: datetime | None = None
    opens: datetime | None = None


class Card(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A ticket on the counter: one record, with what a visitor needs to choose and go. Distances in metres.

    `category` is the localised name, `icon` the taxonomy's icon name, `opening` about now (or the asked
    time), `why` one short line from the record's own data, `provider` the whole record.
    """

    id: str
    number: int
    name: str
    category: str
    category_id: str
    icon: str | None = None
    city: str | None = None
    address: str | None = None
    phone: str | None = None
    url: str | None = None
    lat: float | None = None
    lon: float | None = None
    distance_m: float | None = None
    rating: float | None = None
    price_from: float | None = None
    currency: str | None = None
    price_band: int | None = None
    opening: Opening | None = None
    hours: str | None = None
    why: str = ""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """A value stated in the answer, as the record has it."""

    provider: str
    field: str
    value: bool | int | float | str | None


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What compose is given: everything an answer may say. `records` are the cited ones, in card order.

    `now` is market-local wall time, so that "opens at 9:00" names the day when it is not today.
    """

    question: str
    understood: Understood
    cards: tuple[Card, ...]
    records: tuple[Provider, ...]
    facts: tuple[Fact, ...]
    found: Literal["exact", "relaxed", "none"]
    relaxed: tuple[Relaxation, ...] = ()
    total: int = 0
    now: datetime | None = None


class Chip(msgspec.Struct, frozen=True, kw_only=True):
    """A follow-up to tap: the label shown is the message sent."""

    text: str


class Grounding(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer stands on; the extra top-level field `grounding` of a reply."""

    cards: tuple[Card, ...] = ()
    facts: tuple[Fact, ...] = ()
    language: str = "en"
    mode: Literal["template", "phrase", "prose"] = "template"
    found: Literal["exact", "relaxed", "none"] = "none"
    intent: Intent = "find"
    relaxed: tuple[Relaxation, ...] = ()
    chips: tuple[Chip, ...] = ()
    total: int = 0
    timings_ms: dict[str, float] = {}


class Begun(msgspec.Struct, frozen=True):
    """First event of an answer: the cards, before a word is written; and where the sentence waits for the
    model, if it does."""

    grounding: Grounding
    queue: Queued | None = None


class Piece(msgspec.Struct, frozen=True):
    """Some text of the answer, verified; pieces join to the whole."""

    text: str


class Done(msgspec.Struct, frozen=True):
    """Last event: the whole grounding, with facts and timings. Token counts are 0 in template mode.

    `replaced` counts sentences of the model that the verifier gave back to the template; `flags` are what the
    guard saw in the question ("injection", "abuse", "broken", "too_long"): counted, no reason not to answer.
    `query` is what was searched for, for the record.
    """

    grounding: Grounding
    text: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    replaced: int = 0
    flags: tuple[str, ...] = ()
    query: Query = Query()


Event = Begun | Piece | Done
