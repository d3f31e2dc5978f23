"""`/v1`: OpenAI's interface, and `/api/feedback`."""

import asyncio
import hmac
import ipaddress
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Annotated, Literal, TypeVar

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from edge.chat.embedding import Embeddings
from edge.chat.service import PIPELINE, Chat, new_id
from edge.chat.stream import Pen, stream_answer, stream_pieces, whole_answer, whole_pieces
from edge.chat.wire import (
    SESSION_CHARS,
    ChatRequest,
    Completion,
    EmbeddingList,
    EmbeddingRequest,
    ErrorReply,
    ModelCard,
    ModelList,
)
from edge.origin import embedding
from edge.settings import Settings
from sync.errors import Missing, Refused

T = TypeVar("T")
Asked = Request[object, object, State]
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
ERRORS = {
    status: ResponseSpec(ErrorReply, description="OpenAI's error object") for status in (400, 404, 429, 503)
}
STREAMED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class ClientGone(Exception):
    """Nobody waits for the reply any more."""


@post("/chat/completions", status_code=200, responses=ERRORS, summary="Ask the counter")
async def complete(
    data: JSONBody[ChatRequest],
    request: Asked,
    chat: NamedDependency[Chat],
    settings: NamedDependency[Settings],
) -> Response[Completion] | Stream:
    """`prilavok` answers from the catalogue; a generator's own name is the bare engine, for operators."""
    bare = chat.bare(data.model)
    if bare:
        authorise_engine(request, settings)
    conversation = chat.take(data, embedding(request))
    usage = bool(data.stream_options and data.stream_options.include_usage)
    pen = Pen(new_id(), data.model, usage)
    if bare:
        if data.stream:
            return _stream(stream_pieces(pen, await _primed(chat.generate(data))))
        return Response(await while_there(request, whole_pieces(pen, chat.generate(data))))
    events = chat.ask(data, conversation, pen.id)
    if data.stream:
        return _stream(stream_answer(pen, await _primed(events)))
    return Response(await while_there(request, whole_answer(pen, events)))


@post("/embeddings", status_code=200, responses=ERRORS, summary="Vectors of texts")
async def embed(data: JSONBody[EmbeddingRequest], embeddings: NamedDependency[Embeddings]) -> EmbeddingList:
    """By the node's embedding model, whose name is in the reply."""
    return await embeddings.embed(data)


@get("/models", summary="The models that may be named")
async def models(chat: NamedDependency[Chat], embeddings: NamedDependency[Embeddings]) -> ModelList:
    """The pipeline, the bare engine and the embedding model, as far as they are up."""
    others = (chat.generator(), embeddings.embedder())
    names = [PIPELINE, *(model.name for model in others if model is not None)]
    return ModelList(data=tuple(ModelCard(id=name) for name in names))


@get("/models/{name:str}", summary="One model", responses=ERRORS)
async def model(
    name: FromPath[str], chat: NamedDependency[Chat], embeddings: NamedDependency[Embeddings]
) -> ModelCard:
    """Whether a model of that name is up."""
    others = (chat.generator(), embeddings.embedder())
    if name == PIPELINE or any(model is not None and model.name == name for model in others):
        return ModelCard(id=name)
    raise Missing(
        f"There is no model {name!r} here.", code="model_not_found", hint="GET /v1/models lists them."
    )


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """A rating of one answer. `answer_id` is the reply's `id`."""

    answer_id: Annotated[str, msgspec.Meta(max_length=100)]
    score: Literal[1, -1]
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


@post("/api/feedback", status_code=202, summary="Rate an answer")
async def feedback(data: JSONBody[Feedback], chat: NamedDependency[Chat]) -> dict[str, bool]:
    """Counted once an answer. The reason's words are kept only sealed for the hub, personal data masked."""
    await chat.rate(data.answer_id, data.score, data.reason)
    return {"accepted": True}


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A session by the name that the page chose for it."""

    session: Annotated[str, msgspec.Meta(max_length=SESSION_CHARS)]


class Coded(msgspec.Struct, frozen=True, kw_only=True):
    """The short code that a visitor can name to have a session's records exported or erased."""

    code: str


@post("/api/session", status_code=200, summary="A session's short code", tags=["The counter"])
async def session_code(data: JSONBody[Named], chat: NamedDependency[Chat]) -> Coded:
    """The same as long as the session goes on, also at the hub. The name itself is for the page alone."""
    return Coded(code=chat.code(data.session))


@post("/api/session/forget", status_code=200, summary="End a session", tags=["The counter"])
async def forget_session(data: JSONBody[Named], chat: NamedDependency[Chat]) -> Coded:
    """The node forgets what it holds of the session; its code still names the records made before."""
    return Coded(code=chat.forget(data.session))


def authorise_engine(request: Asked, settings: Settings) -> None:
    """The bare engine says anything: only someone at the box itself, or an operator, may ask it."""
    token = settings.operator_token
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.get_secret_value().encode()):
        return
    if from_loopback(request):
        return
    raise Refused(
        "The bare engine is not open to others.",
        code="engine.forbidden",
        hint=f"Ask the model {PIPELINE!r}, or send an operator's token as a bearer token.",
    )


def from_loopback(request: Asked) -> bool:
    """Whether the caller is on this machine, and not a proxy that speaks for someone else."""
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


async def while_there(request: Asked, work: Coroutine[object, object, T]) -> T:
    """The result of `work`, which is cancelled when the client hangs up first."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientGone
        return task.result()
    finally:
        for each in (task, gone):
            each.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _gone(request: Asked) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _primed(events: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    """The same events, once the first is there: what fails before it is still an HTTP error."""
    first = await anext(events)

    async def all_of_them() -> AsyncGenerator[T, None]:
        async with aclosing(events):
            yield first
            async for event in events:
                yield event

    return all_of_them()


def _stream(chunks: AsyncGenerator[bytes, None]) -> Stream:
    return Stream(chunks, media_type="text/event-stream", headers=STREAMED)


router = Router("/v1", route_handlers=[complete, embed, models, model], tags=["OpenAI's interface"])
