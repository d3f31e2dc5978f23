"""When two answers are the same answer: digests of all that a phrased answer depends on. Pure.

A model is given the question, the template's lines and a grammar made of them, and nothing else: no earlier
turn, no session. What a conversation has settled is in the understood query, the lines and the records. So an
answer may be said again where language, wishes, market, lines and records are the same and the question is
the same or near. The clock counts by what it changes in the lines ("open until 20:00"), and the visitor's
position by its distances.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from edge.answer import grammar, guard
from edge.answer.cache.entry import Cited
from edge.answer.grammar import Line
from edge.answer.voice import Voice
from edge.search.query import Query
from sync.provider import Provider

FORMAT = 1  # raise it when what a key means changes: older entries are then never found
_DIGEST_BYTES = 16
_MARKS = " .,;:!?¿¡…\"'«»()"
_encode = msgspec.msgpack.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True)
class Asked:
    """One lookup. `words` are the masked question, for its vector: held in memory, never stored."""

    ground: bytes
    question: bytes
    words: str
    cited: tuple[Cited, ...]


class _Ground(msgspec.Struct, frozen=True, array_like=True):
    """What the ground's digest is of."""

    format: int
    speaker: str
    language: str
    intent: str
    fields: tuple[str, ...]
    providers: tuple[str, ...]
    query: Query
    radius_m: float | None
    now: bool
    found: str
    relaxed: tuple[str, ...]
    market: bytes
    grammar: str
    templates: tuple[str, ...]


def asked(voice: Voice, lines: Sequence[Line], speaker: str) -> Asked:
    """The key of an answer that `speaker` (a model and how it may speak) would phrase from these lines."""
    return Asked(
        ground=_digest(_encode(_ground(voice, lines, speaker))),
        question=question(voice.draft.question),
        words=plain(voice.draft.question),
        cited=tuple(cited(record) for record in voice.draft.records),
    )


def question(text: str) -> bytes:
    """A question as an entry names it."""
    return _digest(plain(text).encode("utf-8", "replace"))


def cited(record: Provider) -> Cited:
    """A record as an entry names it. Any change of the record gives another digest."""
    return Cited(record.id, _digest(_encode(record)))


def plain(question: str) -> str:
    """The question without personal data, case, spacing and the marks at its ends."""
    return " ".join(guard.mask(question).casefold().split()).strip(_MARKS)


def _ground(voice: Voice, lines: Sequence[Line], speaker: str) -> _Ground:
    draft = voice.draft
    understood, query = draft.understood, draft.understood.query
    now = query.open_at is not None and voice.asked_now
    return _Ground(
        format=FORMAT,
        speaker=speaker,
        language=understood.language,
        intent=understood.intent,
        fields=understood.fields,
        providers=understood.providers,
        query=msgspec.structs.replace(query, text="", near=None, open_at=None if now else query.open_at),
        radius_m=query.near.radius_m if query.near else None,
        now=now,
        found=draft.found,
        relaxed=tuple(
            one.what if one.what == "open_at" else f"{one.what}={one.wanted}" for one in draft.relaxed
        ),
        market=_digest(_encode(voice.market)),
        grammar=grammar.gbnf(list(lines)),
        templates=tuple(line.template.text for line in lines),
    )


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_DIGEST_BYTES).digest()
