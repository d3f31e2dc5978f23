"""Takes a question in, within its limits, and gives the events of its answer, counted on the way.

What is said is decided by `edge.answer`; this decides whether the question is taken and who answers.
"""

import re
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, Protocol

from edge.answer.turn import Begun, Done, Event, Message, Piece
from edge.chat.desk import Desk
from edge.chat.limit import Bucket, Day, admit
from edge.chat.record import NoRecords, Rated, Records, Turn, kept
from edge.chat.session import Answered, Said, Sessions
from edge.chat.wire import SESSION_CHARS, ChatRequest
from edge.metrics import Metrics, Stopwatch
from edge.search.query import Near
from models.runtime import generator as engine
from sync.errors import Missing, Refused, Unavailable

PIPELINE = "prilavok"
SESSION_NAME = re.compile(rf"[\w.:-]{{1,{SESSION_CHARS}}}\Z", re.ASCII)
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}\Z")
DEFAULT_TOKENS = 256
MOST_TOKENS = 2048


class Answers(Protocol):
    """The pipeline from a conversation to an answer."""

    def answer(
        self, messages: tuple[Message, ...], *, language: str | None, near: Near | None, now: datetime
    ) -> AsyncIterator[Event]:
        """Begun, then pieces, then Done."""
        ...

    def forget(self, messages: tuple[Message, ...]) -> int:
        """Forgets what is remembered of a conversation; gives how many of its answers were remembered."""
        ...

    def forget_all(self) -> None:
        """Forgets what is remembered of any."""
        ...


@dataclass(frozen=True)
class Bounds:
    """How much one request may hold."""

    message_chars: int
    messages: int


@dataclass(frozen=True)
class Chat:
    """`answers` and `generator` are asked for at each request: they come up after the server does."""

    desk: Desk
    answers: Callable[[], Answers]
    generator: Callable[[], engine.Generator | None]
    sessions: Sessions
    node: Bucket
    answered: Answered
    metrics: Metrics
    bounds: Bounds
    embedded: Mapping[str, Day] = field(default_factory=dict)
    records: Records = field(default_factory=NoRecords)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def bare(self, model: str) -> bool:
        """Whether the model named is the bare engine. Missing when it is no model of this node."""
        if model == PIPELINE:
            return False
        generator = self.generator()
        if generator is not None and model == generator.name:
            return True
        raise Missing(
            f"There is no model {model!r} here.", code="model_not_found", hint="GET /v1/models lists them."
        )

    def take(self, request: ChatRequest, origin: str | None = None) -> tuple[Message, ...]:
        """The conversation, if the request is within bounds and all allowances hold.

        `origin` is that of a page which is not the node's own.
        """
        self._check(request)
        conversation = request.conversation()
        if not any(message.role == "user" and message.content.strip() for message in conversation):
            raise Refused("There is no question in it.", code="messages.empty", hint="Send a user's message.")
        session = self.sessions.get(request.session) if request.session else None
        admit(
            (session.bucket if session else None, "session"),
            (session.day if session else None, "session_day"),
            (self.embedded.get(origin) if origin else None, "origin_day"),
            (self.node, "node"),
        )
        return conversation

    async def ask(
        self, request: ChatRequest, conversation: tuple[Message, ...], answer_id: str
    ) -> AsyncGenerator[Event, None]:
        """The pipeline's events, the last once the turn is recorded. Closing this cancels the answer."""
        answers, watch = self.answers(), Stopwatch(self.metrics)

        def make() -> AsyncIterator[Event]:
            return answers.answer(conversation, language=request.language, near=request.near, now=self.now())

        async with aclosing(self.desk.stream(make)) as events:
            async for event in events:
                self._count(event, watch, answer_id, request.session)
                if isinstance(event, Done):
                    asked = next(said.content for said in reversed(conversation) if said.role == "user")
                    turn = Turn(answer_id, request.session, asked, event)
                    await kept(self.records.turn(turn), self.metrics)
                yield event

    async def rate(self, answer_id: str, score: Literal[1, -1], reason: str) -> None:
        """Takes a rating of an answer given lately, once. Missing when there is none such."""
        said = self.answered.take(answer_id)
        if said is None:
            raise Missing(
                "No such answer was given lately, or it has been rated.",
                code="answer.unknown",
                hint="Send the `id` of a reply of this node.",
            )
        self.metrics.feedback.labels("up" if score > 0 else "down", said.mode, said.intent).inc()
        rated = Rated(answer_id, said.session, score, reason, said.mode, said.intent)
        await kept(self.records.rated(rated), self.metrics)

    async def generate(self, request: ChatRequest) -> AsyncGenerator[engine.Output, None]:
        """What the bare engine tells; not through the desk, it has a queue of its own. Closing cancels it."""
        prompt, completion = (self.metrics.tokens.labels(kind) for kind in ("prompt", "completion"))
        with self.desk.guest():
            async with aclosing(self._engine().generate(_engine_request(request))) as news:
                async for one in news:
                    if isinstance(one, engine.Started):
                        prompt.inc(one.prompt_tokens)
                    elif isinstance(one, engine.Piece):
                        completion.inc(one.tokens)
                    yield one

    def _engine(self) -> engine.Generator:
        generator = self.generator()
        if generator is None:
            raise Unavailable("The model is not there.", code="model.missing", hint="GET /health says why.")
        return generator

    def code(self, session: str) -> str:
        """By which a visitor can name the session. Refused when that is no session's name."""
        check_session(session)
        return self.records.code(session)

    def forget(self, session: str) -> str:
        """Lets go of what is held of a session; gives the code of what was recorded of it."""
        code = self.code(session)
        self.sessions.forget(session)
        self.records.forget(session)
        return code

    def erase(self, sessions: Sequence[str]) -> None:
        """Lets go of all that is held of these sessions, and of what is held of nobody in particular."""
        for session in sessions:
            self.sessions.forget(session)
            self.answered.forget(session)
        with suppress(Unavailable):  # the pipeline is not open: it remembers nothing
            self.answers().forget_all()

    def _check(self, request: ChatRequest) -> None:
        if len(request.messages) > self.bounds.messages:
            raise Refused(
                f"{len(request.messages)} messages are too many: at most {self.bounds.messages}.",
                code="messages.too_many",
                hint="Send only the last of the conversation.",
            )
        if request.n not in (None, 1):
            raise Refused("Only one choice is given.", code="n.unsupported", hint="Leave n out.")
        if request.session is not None:
            check_session(request.session)
        if request.language is not None and not LANGUAGE.match(request.language):
            raise Refused(
                "The language is not one.", code="language.invalid", hint="Send a BCP 47 tag: en, pt-BR."
            )
        for message in request.messages:
            if (
                request.model == PIPELINE
                and message.role == "user"
                and len(message.text()) > self.bounds.message_chars
            ):
                raise Refused(
                    f"A message is too long: at most {self.bounds.message_chars} characters.",
                    code="message.too_long",
                    hint="Ask in fewer words.",
                )

    def _count(self, event: Event, watch: Stopwatch, answer_id: str, session: str | None) -> None:
        if isinstance(event, Begun):
            watch.mark("cards")
        elif isinstance(event, Piece):
            watch.mark("first_word")
        elif isinstance(event, Done):
            watch.mark("end")
            said = event.grounding
            self.metrics.answers.labels(said.mode, said.intent, said.found, said.language).inc()
            self.metrics.replaced.inc(event.replaced)
            for flag in event.flags:
                self.metrics.flags.labels(flag).inc()
            self.metrics.tokens.labels("prompt").inc(event.prompt_tokens)
            self.metrics.tokens.labels("completion").inc(event.completion_tokens)
            self.answered.add(answer_id, Said(said.mode, said.intent, session))


def check_session(name: str) -> None:
    """Refused where that is no name of a session."""
    if not SESSION_NAME.match(name):
        raise Refused(
            "The session's name is not one.",
            code="session.invalid",
            hint=f"Use 1 to {SESSION_CHARS} letters, digits, dots, dashes and underscores.",
        )


def new_id() -> str:
    """An answer's id; feedback names it."""
    return f"chatcmpl-{secrets.token_urlsafe(16)}"


def _bias(given: dict[str, float]) -> dict[int, float]:
    """Token ids are strings in JSON."""
    try:
        return {int(token): float(bias) for token, bias in given.items()}
    except ValueError:
        raise Refused(
            "logit_bias names something that is no token.",
            code="logit_bias.invalid",
            hint='Send token ids and numbers: {"42": -100}.',
        ) from None


def _engine_request(request: ChatRequest) -> engine.Request:
    most = request.max_completion_tokens or request.max_tokens or DEFAULT_TOKENS
    roles = {"developer": "system", "tool": "user", "function": "user"}
    return engine.Request(
        messages=tuple(
            engine.ChatMessage(roles.get(message.role, message.role), message.content)
            for message in request.conversation()
        ),
        max_tokens=max(1, min(most, MOST_TOKENS)),
        temperature=min(max(request.temperature or 0.0, 0.0), 2.0),
        seed=(request.seed or 0) & 0x7FFFFFFF,
        stop=request.stops()[:4],
        grammar=request.grammar,
        logit_bias=_bias(request.logit_bias or {}),
        ignore_eos=request.ignore_eos,
        session=request.session or "",
    )
