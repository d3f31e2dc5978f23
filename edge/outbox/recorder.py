"""Makes records of turns and ratings, with what analytics need and nothing that names a person.

Stands behind the port of `edge/chat/record.py`; requests are `request.py`. Questions are masked here, before
anything is kept of them; a conversation's place is a yes or no.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from edge.answer.guard import mask
from edge.chat.record import Rated, Turn
from edge.outbox.service import Outbox
from edge.search.query import Condition, Query
from sync.record import ChatTurn, Feedback, Scalar, Versions

QUESTION_CHARS = 2_000
VALUE_CHARS = 200
MOST_CARDS = 20


@dataclass(frozen=True)
class Recorder:
    """`versions` tells what answers now."""

    outbox: Outbox
    versions: Callable[[], Versions]

    async def turn(self, turn: Turn) -> None:
        """Keeps a turn under its session's key; on the disk when it returns."""
        session = self.outbox.sessions.of(turn.session)
        payload = turn_record(turn, session.turn(), self.versions())
        await asyncio.wrap_future(self.outbox.record(payload, session))

    async def rated(self, rated: Rated) -> None:
        """Keeps a rating under the key of the session that it is about."""
        payload = Feedback(
            answer=rated.answer_id,
            score=rated.score,
            reason=mask(rated.reason)[:QUESTION_CHARS],
            mode=rated.mode,
            intent=rated.intent,
        )
        await asyncio.wrap_future(self.outbox.record(payload, self.outbox.sessions.of(rated.session)))

    def code(self, session: str) -> str:
        """The code of the key that the session's records are sealed under."""
        return self.outbox.sessions.of(session).key.code

    def forget(self, session: str) -> None:
        """What comes later under that name is sealed under another key."""
        self.outbox.sessions.end(session)


def turn_record(turn: Turn, number: int, versions: Versions) -> ChatTurn:
    """The record of a turn."""
    said, query = turn.done.grounding, turn.done.query
    return ChatTurn(
        answer=turn.answer_id,
        turn=number,
        question=mask(turn.question)[:QUESTION_CHARS],
        language=said.language,
        intent=said.intent,
        categories=query.categories[:MOST_CARDS],
        filters=filters(query),
        near=query.near is not None,
        found=said.found,
        relaxed=tuple(each.what for each in said.relaxed[:MOST_CARDS]),
        cards=tuple(card.id for card in said.cards[:MOST_CARDS]),
        total=said.total,
        mode=said.mode,
        replaced=turn.done.replaced,
        flags=turn.done.flags,
        prompt_tokens=turn.done.prompt_tokens,
        completion_tokens=turn.done.completion_tokens,
        timings_ms=said.timings_ms,
        versions=versions,
    )


def filters(query: Query) -> dict[str, Scalar]:
    """What was wished for, flat: by the query's field, of conditions by "attributes.<key>"."""
    found: dict[str, Scalar] = {
        "cities": ";".join(query.cities)[:VALUE_CHARS] or None,
        "open_at": query.open_at.isoformat() if query.open_at else None,
        "price_max": query.price_max,
        "price_bands": ";".join(map(str, query.price_bands)) or None,
        "rating_min": query.rating_min,
        "order": None if query.order == "fit" else query.order,
    }
    kept = {name: value for name, value in found.items() if value is not None}
    return {
        **kept,
        **{f"attributes.{each.key}"[: VALUE_CHARS // 2]: _wanted(each) for each in query.conditions},
    }


def _wanted(condition: Condition) -> Scalar:
    if condition.any_of == (True,) or condition.any_of == (False,):
        return bool(condition.any_of[0])
    bounds = (condition.at_least, condition.at_most)
    if bounds != (None, None):
        return "..".join("" if bound is None else f"{bound:g}" for bound in bounds)
    return ";".join(map(str, condition.any_of))[:VALUE_CHARS]
