"""Gathers and erases what this node holds of a conversation. The page that had it is who may ask: it alone
knows the session's name, the ids of the requests it sent, and what was said.

What the page itself keeps it hands out and erases itself. What has gone to a hub is not here any more: the
reply says so, and by which code it is found there.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import msgspec

from edge.answer.turn import Message
from edge.chat.service import check_session
from edge.chat.session import Answered, Sessions, code
from edge.lead.store import Kept

Reached = Literal["no_hub", "nothing", "some", "unknown"]
"""What a hub has of a conversation: there is none; nothing was sent; some was; it cannot be told any more."""


class Trail(Protocol):
    """What a node that belongs to a hub keeps for it, by session."""

    def code(self, session: str) -> str:
        """By which the hub finds what it was sent."""
        ...

    def reached(self, session: str) -> Reached:
        """What the hub has."""
        ...

    async def waiting(self, session: str) -> Mapping[str, int]:
        """How many sealed records wait to be sent, by class."""
        ...

    async def erase(self, session: str) -> int:
        """Drops what waits, with its key; gives how many records went."""
        ...


class NoTrail:
    """A node that belongs to no hub keeps nothing for one."""

    def code(self, session: str) -> str:
        return code(session)

    def reached(self, session: str) -> Reached:
        return "no_hub"

    async def waiting(self, session: str) -> Mapping[str, int]:
        return {}

    async def erase(self, session: str) -> int:
        return 0


class Requests(Protocol):
    """Where sealed requests lie until they are sent on. Blocking."""

    def find(self, ids: Sequence[str]) -> list[Kept]:
        """Those of the ids that are still here."""
        ...

    def withdraw(self, ids: Sequence[str]) -> int:
        """Deletes those of the ids that are still here; gives how many."""
        ...


class Memories(Protocol):
    """What the pipeline remembers of conversations."""

    def forget(self, messages: tuple[Message, ...]) -> int:
        """Forgets one; gives how many of its answers were remembered."""
        ...


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that may still be rated: no word of it is kept."""

    id: str
    mode: str
    intent: str


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """All that this counter holds of a conversation.

    `questions_today` is null where the session is not known (any more); `requests` are sealed as they came;
    `waiting` counts sealed records on their way to the hub, by class.
    """

    code: str
    questions_today: int | None
    answers: tuple[Answer, ...]
    requests: tuple[Kept, ...]
    waiting: dict[str, int]
    hub: Reached


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What went, and what a hub still has, to be asked for there by `code`."""

    code: str
    session: bool
    answers: int
    remembered: int
    requests: int
    waiting: int
    hub: Reached


@dataclass(frozen=True)
class Privacy:
    """`memories` is asked for at each request: the pipeline comes up after the server does."""

    sessions: Sessions
    answered: Answered
    requests: Requests
    memories: Callable[[], Memories]
    trail: Trail

    async def held(self, session: str, requests: Sequence[str] = ()) -> Held:
        """What is here. Refused where that is no session's name."""
        check_session(session)
        live = self.sessions.find(session)
        answers = self.answered.of(session).items()
        return Held(
            code=self.trail.code(session),
            questions_today=None if live is None else live.day.taken,
            answers=tuple(Answer(id=id, mode=said.mode, intent=said.intent) for id, said in answers),
            requests=tuple(await asyncio.to_thread(self.requests.find, requests)),
            waiting=dict(await self.trail.waiting(session)),
            hub=self.trail.reached(session),
        )

    async def erase(self, session: str, requests: Sequence[str], said: Sequence[Message]) -> Erased:
        """Erases all of it; on the disk, too, when this returns. `said` is the conversation, as it was shown.

        Asked again, it finds nothing. Refused where that is no session's name.
        """
        check_session(session)
        code, hub = self.trail.code(session), self.trail.reached(session)
        waiting = await self.trail.erase(session)
        withdrawn = await asyncio.to_thread(self.requests.withdraw, requests)
        return Erased(
            code=code,
            session=self.sessions.forget(session),
            answers=self.answered.forget(session),
            remembered=self.memories().forget(tuple(said)),
            requests=withdrawn,
            waiting=waiting,
            hub=hub,
        )
