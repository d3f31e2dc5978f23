"""A turn is recorded before its answer ends, and an answer never fails for it."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from litestar.testing import AsyncTestClient

from edge.chat.record import Rated, Turn
from sync.errors import Unavailable
from tests.simulators.pipeline import Counter, counter


@dataclass
class Book:
    """Keeps what it is told in memory, or fails as a full disk does, or never comes back."""

    turns: list[Turn] = field(default_factory=list)
    ratings: list[Rated] = field(default_factory=list)
    trouble: str = ""

    async def turn(self, turn: Turn) -> None:
        if self.trouble == "full":
            raise Unavailable("full", code="disk.full")
        if self.trouble == "stuck":
            await asyncio.Event().wait()
        self.turns.append(turn)

    async def rated(self, rated: Rated) -> None:
        self.ratings.append(rated)


def _with(folder: Path, book: Book) -> Counter:
    return counter(folder, records=book)


async def _ask(made: Counter, question: str, **more: object) -> dict[str, object]:
    body = {"model": "prilavok", "messages": [{"role": "user", "content": question}], **more}
    async with AsyncTestClient(made.app, base_url="http://127.0.0.1") as http:
        reply = await http.post("/v1/chat/completions", json=body)
        assert reply.status_code == 200
        return cast(dict[str, object], reply.json() if not more.get("stream") else {"text": reply.text})


async def test_turn_is_recorded_with_its_session_and_its_grounding(tmp_path: Path) -> None:
    book = Book()
    made = _with(tmp_path, book)
    await made.parts.open()
    reply = await _ask(made, "a plumber please", session="kiosk-1")
    await made.parts.close()
    (turn,) = book.turns
    assert (turn.answer_id, turn.session, turn.question) == (reply["id"], "kiosk-1", "a plumber please")
    assert turn.done.grounding.found == "exact"


async def test_rating_is_recorded_under_the_session_that_was_answered(tmp_path: Path) -> None:
    book = Book()
    made = _with(tmp_path, book)
    await made.parts.open()
    reply = await _ask(made, "a plumber please", session="kiosk-1")
    async with AsyncTestClient(made.app, base_url="http://127.0.0.1") as http:
        rating = {"answer_id": reply["id"], "score": -1, "reason": "closed"}
        assert (await http.post("/api/feedback", json=rating)).status_code == 202
        assert (await http.post("/api/feedback", json=rating)).status_code == 404
    await made.parts.close()
    (rated,) = book.ratings
    assert (rated.session, rated.score, rated.reason, rated.intent) == ("kiosk-1", -1, "closed", "find")


async def test_answer_goes_out_though_it_cannot_be_recorded(tmp_path: Path) -> None:
    made = _with(tmp_path, Book(trouble="full"))
    await made.parts.open()
    reply = await _ask(made, "a plumber please")
    await made.parts.close()
    assert reply["choices"][0]["message"]["content"] == "a plumber please"  # type: ignore[index]
    assert b'prilavok_failures_total{code="disk.full"} 1.0' in made.metrics.text()


async def test_answer_waits_for_a_stuck_disk_only_so_long(tmp_path: Path) -> None:
    made = _with(tmp_path, Book(trouble="stuck"))
    await made.parts.open()
    reply = await _ask(made, "a plumber please", stream=True)
    await made.parts.close()
    assert str(reply["text"]).rstrip().endswith("data: [DONE]")
    assert b'prilavok_failures_total{code="record.slow"} 1.0' in made.metrics.text()
