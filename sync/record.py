"""What a node tells the hub: four classes of records, and what a record of each kind holds.

Nothing here names a person. A turn has the question as masked by the node and no answer text; what a visitor
leaves for a provider is sealed in the browser and passes through as it came. Sealing is in `seal.py`.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from sync.clock import Stamp
from sync.document import decode, encode
from sync.identity import Count, Id, Key

Class = Literal["lead", "feedback", "chat", "health"]
DAY_S = 24 * 60 * 60
RECORD_LIMIT_BYTES = 48 * 1024
PART_BYTES = 40 * 1024
MOST_PARTS = 400

Code = Annotated[str, msgspec.Meta(max_length=120)]
Words = Annotated[str, msgspec.Meta(max_length=4_000)]
Codes = Annotated[tuple[Code, ...], msgspec.Meta(max_length=100)]
Scalar = bool | int | float | Annotated[str, msgspec.Meta(max_length=500)] | None


@dataclass(frozen=True)
class Rule:
    """Priority 1 is sent first and dropped last. Without a time to live: kept until received."""

    priority: int
    ttl_s: int | None
    droppable: bool


RULES: dict[Class, Rule] = {
    "lead": Rule(priority=1, ttl_s=None, droppable=False),
    "feedback": Rule(priority=2, ttl_s=365 * DAY_S, droppable=True),
    "chat": Rule(priority=3, ttl_s=180 * DAY_S, droppable=True),
    "health": Rule(priority=4, ttl_s=14 * DAY_S, droppable=True),
}
CLASSES: tuple[Class, ...] = tuple(sorted(RULES, key=lambda name: RULES[name].priority))


class Versions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What answered: the program, the catalogue's version, the models by registry name."""

    node: Code = ""
    catalog: Count = 0
    generator: Code | None = None
    embedding: Code | None = None


class ChatTurn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="chat_turn"):
    """One question and what became of it. Class chat.

    `answer` is the reply's id, which feedback names. `question` is masked. `filters` are what was understood
    as wishes ("city", "open_at", an attribute's key), `cards` the provider ids shown, `found` "exact",
    "relaxed" or "none", `relaxed` what was let go. `near` says that the visitor's place was used, not where
    it is. `flags` are what the guard saw.
    """

    answer: Code
    turn: Count
    question: Words
    language: Code
    intent: Code
    categories: Codes = ()
    filters: Annotated[dict[Code, Scalar], msgspec.Meta(max_length=100)] = {}
    near: bool = False
    found: Code
    relaxed: Codes = ()
    cards: Codes = ()
    total: Count = 0
    mode: Code
    replaced: Count = 0
    flags: Codes = ()
    prompt_tokens: Count = 0
    completion_tokens: Count = 0
    timings_ms: Annotated[dict[Code, float], msgspec.Meta(max_length=50)] = {}
    versions: Versions = Versions()


class Feedback(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="feedback"):
    """A visitor's word on one answer. Class feedback. `reason` is masked."""

    answer: Code
    score: Literal[1, -1]
    reason: Words = ""
    mode: Code = ""
    intent: Code = ""


class LeadRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="lead"):
    """A request to be called back. Class lead.

    `provider` is empty for a person at the counter. The contact is sealed in the browser to the tenant's lead
    key (HPKE base mode, RFC 9180): `enc` is the encapsulated key, `sealed` the ciphertext, `key` the key's
    name; `id`, `provider` and `consent`, joined by line feeds, are bound to it. `consent` is the version of
    the text that the visitor agreed to, `language` the language it was read in.
    """

    id: Code
    provider: Annotated[str, msgspec.Meta(max_length=200)]
    key: Id
    enc: Key
    sealed: Annotated[bytes, msgspec.Meta(min_length=17, max_length=16 * 1024)]
    language: Code = ""
    consent: Code = ""


class Receipt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="receipt"):
    """What became of a command. Class feedback, so that it outlives questions and reports."""

    command: Id
    outcome: Literal["done", "failed", "refused"]
    code: Code = ""
    counts: Annotated[dict[Code, Count], msgspec.Meta(max_length=50)] = {}


class HealthReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="health"):
    """How the node is. Class health. `findings` are checks that are not well; `counters` only grow."""

    state: Literal["ok", "degraded", "failing"]
    findings: Annotated[dict[Code, Code], msgspec.Meta(max_length=50)] = {}
    counters: Annotated[dict[Code, float], msgspec.Meta(max_length=500)] = {}
    gauges: Annotated[dict[Code, float], msgspec.Meta(max_length=100)] = {}
    versions: Versions = Versions()


class SupportPart(msgspec.Struct, frozen=True, kw_only=True, tag="support_part"):
    """One part of a support bundle, asked for by `command`. Class health: it gives way to everything else.

    The bundle is the parts' bytes, from 1 to `parts`: a gzipped tar of files that were redacted before.
    """

    command: Id
    part: Annotated[int, msgspec.Meta(ge=1, le=MOST_PARTS)]
    parts: Annotated[int, msgspec.Meta(ge=1, le=MOST_PARTS)]
    data: Annotated[bytes, msgspec.Meta(min_length=1, max_length=PART_BYTES)]


Payload = ChatTurn | Feedback | LeadRequest | Receipt | HealthReport | SupportPart


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A payload and when it was."""

    at: Stamp
    what: Payload


def class_of(payload: Payload) -> Class:
    """The class that a payload travels in."""
    match payload:
        case LeadRequest():
            return "lead"
        case Feedback() | Receipt():
            return "feedback"
        case ChatTurn():
            return "chat"
        case HealthReport() | SupportPart():
            return "health"


def write(record: Record) -> bytes:
    """The record's plain bytes, which are sealed at once. Refused when a field or the whole is too big."""
    return encode(record, RECORD_LIMIT_BYTES)


def read(data: bytes) -> Record:
    """The record in plain bytes. Corrupt when they are none."""
    return decode(data, Record, RECORD_LIMIT_BYTES)
