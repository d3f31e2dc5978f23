"""`/api/session/held` and `/api/session/erase`: for the page whose conversation it is."""

from typing import Annotated

import msgspec
from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from edge.answer.turn import Message
from edge.chat.wire import SESSION_CHARS, ChatMessage
from edge.privacy.service import Erased, Held, Privacy

MOST_REQUESTS = 100
MOST_MESSAGES = 200

RequestId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation: its session, and the requests that the page sent during it."""

    session: Annotated[str, msgspec.Meta(max_length=SESSION_CHARS)]
    requests: Annotated[tuple[RequestId, ...], msgspec.Meta(max_length=MOST_REQUESTS)] = ()


class OwnSaid(Own, frozen=True, kw_only=True):
    """The same with what was said, so that whatever is remembered under it can be found. It is not kept."""

    messages: Annotated[tuple[ChatMessage, ...], msgspec.Meta(max_length=MOST_MESSAGES)] = ()


@post("/api/session/held", status_code=200, summary="What is held of a session", tags=["The counter"])
async def held(data: JSONBody[Own], privacy: NamedDependency[Privacy]) -> Held:
    """All that this counter holds of it. What was said is not among it: nobody here could read it."""
    return await privacy.held(data.session, data.requests)


@post("/api/session/erase", status_code=200, summary="Erase a session", tags=["The counter"])
async def erase(data: JSONBody[OwnSaid], privacy: NamedDependency[Privacy]) -> Erased:
    """Erases all that this counter holds of it, and says what a hub still has."""
    said = tuple(Message(message.role, message.text()) for message in data.messages)
    return await privacy.erase(data.session, data.requests, said)


handlers = [held, erase]
