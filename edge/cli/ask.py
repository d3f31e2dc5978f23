"""`prilavok-edge ask` and `search`: by the running node, or else by opening the catalogue here."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from edge.answer.turn import Done, Message
from edge.browse.service import Browse, Wanted
from edge.chat.desk import Desk
from edge.cli import client
from edge.metrics import Metrics
from edge.parts import Parts
from edge.settings import Settings

T = TypeVar("T")
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Language = Annotated[
    str | None, typer.Option("--lang", help="Language, such as ru; else the question's own.")
]


def ask(
    question: Annotated[str, typer.Argument(help="What to ask, in any language.")],
    language: Language = None,
    json: Json = False,
) -> None:
    """Ask the counter a question."""
    settings = Settings.load()
    url = client.address(settings)
    if url:
        body: dict[str, Any] = {"model": "prilavok", "messages": [{"role": "user", "content": question}]}
        if language:
            body["language"] = language
        reply = client.call(url, "/v1/chat/completions", body)
        text, grounding = reply["choices"][0]["message"]["content"], reply["grounding"]
    else:
        done = _with_parts(settings, lambda parts: _answer(parts, question, language))
        text, grounding = done.text, msgspec.to_builtins(done.grounding)
    if json:
        typer.echo(msgspec.json.encode({"text": text, "grounding": grounding}).decode())
        return
    console = Console()
    console.print(escape(text))
    _print_cards(console, grounding["cards"])


def search(
    words: Annotated[str, typer.Argument(help="What to look for.")] = "",
    category: Annotated[str | None, typer.Option(help="Taxonomy id, such as craft/plumber.")] = None,
    city: Annotated[str | None, typer.Option(help="Only there.")] = None,
    open_now: Annotated[bool, typer.Option("--open", help="Only what is open now.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=50, help="At most so many.")] = 5,
    language: Language = None,
    json: Json = False,
) -> None:
    """Find providers by words and filters."""
    settings = Settings.load()
    wanted = Wanted(
        text=words, language=language or "en", category=category, city=city, open_now=open_now, limit=limit
    )
    url = client.address(settings)
    if url:
        given: dict[str, str | int | None] = {
            "q": words,
            "lang": wanted.language,
            "limit": limit,
            "category": category,
            "city": city,
        }
        given["open"] = "now" if open_now else None
        found = client.call(
            url, "/api/search", query={key: value for key, value in given.items() if value is not None}
        )
    else:
        found = msgspec.to_builtins(
            _with_parts(
                settings.model_copy(update={"generator": "none", "generator_url": None}),
                lambda parts: Browse(parts.desk, parts.shelf).search(wanted),
            )
        )
    if json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    console = Console()
    _print_cards(console, found["cards"])
    relaxed = ", ".join(item["what"] for item in found["relaxed"])
    console.print(f"{found['total']} found ({found['found']}{': let go ' + relaxed if relaxed else ''}).")


async def _answer(parts: Parts, question: str, language: str | None) -> Done:
    answers = parts.answers()
    said = (Message("user", question),)
    events = parts.desk.stream(
        lambda: answers.answer(said, language=language, near=None, now=datetime.now(UTC))
    )
    async for event in events:
        if isinstance(event, Done):
            return event
    raise AssertionError("an answer ends with Done")


def _with_parts(settings: Settings, use: Callable[[Parts], Coroutine[object, object, T]]) -> T:
    """The result of `use` over parts that are open while it runs. Raises what kept them from opening."""

    from edge import opening

    async def run() -> T:
        parts = Parts(
            desk=Desk(4),
            opener=lambda stage: opening.open_all(settings, Metrics(), stage, upkeep=False),
            data_dir=settings.data_dir,
            disk_free_bytes=0,
        )
        try:
            await parts.open()
            if parts.failure:
                raise parts.failure
            return await use(parts)
        finally:
            await parts.close()

    return asyncio.run(run())


def _print_cards(console: Console, cards: list[dict[str, Any]]) -> None:
    if not cards:
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("#", "name", "category", "city", "phone"):
        table.add_column(heading)
    for card in cards:
        shown = [card.get(key) or "" for key in ("name", "category", "city", "phone")]
        table.add_row(str(card["number"]), *(escape(str(value)) for value in shown))
    console.print(table)
