"""A pipeline, an engine and an embedding model that do what their input says, to test what is around them.

The question is the script: "slow" waits until released, "fail" breaks before the cards, "break" after them;
anything else is said back word by word.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
from litestar import Litestar
from numpy.typing import NDArray

from edge.answer.turn import Begun, Card, Done, Event, Fact, Grounding, Message, Piece
from edge.app import create
from edge.browse.service import Shelf
from edge.chat.desk import Desk
from edge.chat.record import Records
from edge.metrics import Metrics
from edge.parts import Opened, Parts, Stage
from edge.privacy.service import Trail
from edge.search.query import Hit, Near, Query, Result
from edge.settings import Settings
from models.runtime import generator as engine
from sync.errors import Missing, Refused, Unavailable
from sync.provider import Market, Provider

PLUMBER = Provider(
    id="node/1",
    categories=("craft/plumber",),
    name="Tap & Sons; Ltd",
    city="Saltmere",
    address="1 Quay, East",
    phone="+44 1632 960001",
    lat=1.0,
    lon=2.0,
)
CARD = Card(id="node/1", number=1, name=PLUMBER.name, category="Plumber", category_id="craft/plumber")


@dataclass
class EchoAnswers:
    """Says the question back. `cancelled` is set when an answer was cut short."""

    release: threading.Event = field(default_factory=threading.Event)
    cancelled: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[Message, ...]] = field(default_factory=list)
    forgotten: list[tuple[Message, ...]] = field(default_factory=list)

    async def answer(
        self, messages: tuple[Message, ...], *, language: str | None, near: Near | None, now: datetime
    ) -> AsyncIterator[Event]:
        self.asked.append(messages)
        question = messages[-1].content
        if question == "fail":
            raise Unavailable("The catalogue is away.", code="catalog.away", hint="Wait.")
        grounding = Grounding(cards=(CARD,), language=language or "en", found="exact")
        yield Begun(grounding)
        try:
            if question == "break":
                raise Unavailable("It broke.", code="broken", hint="Ask again.")
            while question == "slow" and not self.release.is_set():
                await asyncio.sleep(0.005)
            for number, word in enumerate(question.split()):
                yield Piece(word if number == 0 else f" {word}")
        except (asyncio.CancelledError, GeneratorExit):
            self.cancelled.set()
            raise
        fact = Fact(provider="node/1", field="phone", value=PLUMBER.phone)
        done = Grounding(cards=(CARD,), facts=(fact,), language=language or "en", found="exact")
        yield Done(done, " ".join(question.split()), 3, 2)

    def forget(self, messages: tuple[Message, ...]) -> int:
        self.forgotten.append(messages)
        return sum(message.role == "assistant" for message in messages)


class EchoEngine:
    """Says the last message back, a word a piece."""

    name = "echo-1m"

    def vitals(self) -> dict[str, float]:
        return {"waiting_requests": 0.0, "steps_total": 7.0}

    async def generate(self, request: engine.Request) -> AsyncGenerator[engine.Output, None]:
        prompt = sum(len(message.content.split()) for message in request.messages)
        if prompt > 1000:
            raise Refused("The prompt is too long.", code="prompt.too_long", hint="Send less.")
        if request.session == "waits":
            yield engine.Queued(2, 1.5)
        yield engine.Started(prompt)
        words = request.messages[-1].content.split()[: request.max_tokens]
        for number, word in enumerate(words):
            yield engine.Piece(word if number == 0 else f" {word}", 1)
        yield engine.Piece("", 0, "stop" if len(words) < request.max_tokens else "length")

    async def close(self) -> None:
        return


class LetterEmbedder:
    """A vector of how long a text is and how many spaces it has."""

    name = "letters-2d"
    dimension = 2

    def query(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([[len(text), text.count(" ")] for text in texts], dtype=np.float32)

    passage = query


class OneProvider:
    """A catalogue, a taxonomy and a search of one provider."""

    def version(self) -> int:
        return 7

    def changed_at(self) -> str | None:
        return "2026-05-12T08:00:00Z"

    def market(self) -> Market:
        return Market(id="saltmere", name={"en": "Saltmere", "ru": "Солтмир"}, time_zone="Europe/London")

    def count(self) -> int:
        return 1

    def category_counts(self) -> dict[str, int]:
        return {"craft/plumber": 1}

    def get(self, id: str) -> Provider:
        if id != PLUMBER.id:
            raise Missing("no such provider.", code="provider.missing", hint="Search again.")
        return PLUMBER

    def label(self, category_id: str, language: str) -> str:
        return {"ru": "Сантехник"}.get(language, "Plumber")

    def icon(self, category_id: str) -> str | None:
        return "temaki-plumber"

    def find(self, query: Query, now: datetime) -> Result:
        wanted = not query.categories or "craft/plumber" in query.categories
        hits = (Hit(provider=PLUMBER, score=1.0),) if wanted and "nothing" not in query.text else ()
        return Result(hits=hits, found="exact" if hits else "none", total=len(hits))


def shelf() -> Shelf:
    """One provider to look at."""
    one = OneProvider()
    return Shelf(
        catalog=one,
        taxonomy=one,
        search=one,
        categories=lambda text, language: ("craft/plumber",) if "plumber" in text else (),
        cards=lambda hits, language, now: tuple(CARD for _ in hits),
    )


@dataclass
class Counter:
    """An application over the simulators, and what is behind it."""

    app: Litestar
    parts: Parts
    answers: EchoAnswers
    metrics: Metrics


def counter(
    folder: Path,
    *,
    bare: bool = True,
    opener: object = None,
    records: Records | None = None,
    trail: Trail | None = None,
    **settings: object,
) -> Counter:
    """A counter whose parts are not open yet: `await counter.parts.open()`."""
    answers, metrics = EchoAnswers(), Metrics()
    chosen = Settings.load(data_dir=folder, **settings)

    def open_all(stage: Stage) -> Opened:
        stage("catalogue")
        return Opened(
            answers=answers,
            shelf=shelf(),
            generator=EchoEngine() if bare else None,
            embedder=LetterEmbedder() if bare else None,
        )

    parts = Parts(Desk(chosen.queue_limit), opener or open_all, folder, 0)  # type: ignore[arg-type]
    return Counter(create(chosen, parts, metrics, records=records, trail=trail), parts, answers, metrics)
