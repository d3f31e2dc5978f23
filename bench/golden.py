"""What the node says to questions that the page must read alike: `python -m bench.golden`.

The demo market answers, without a generator and without an embedding model, since a page has neither; the
clock stands still. One line of JSON a question, in `tests/golden/demo.jsonl`: the conversation, the page's
language and place, and what the node understood and showed. --check says what has changed instead of writing.
--meaning counts how many answers the default embedding model changes: what a page alone goes without.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from edge.answer.knowledge import Brain
from edge.answer.service import Answers
from edge.answer.turn import Done, Message, Understood
from edge.catalog.demo.write import write
from edge.catalog.service import Origin, import_from
from edge.catalog.store import open_catalog
from edge.catalog.taxonomy import Taxonomy
from edge.search.query import Near, Query
from edge.search.service import Search
from edge.search.text_index import TextIndex
from sync.provider import Provider

SHAPES = Path(__file__).with_name("golden.toml")
FILE = Path(__file__).parent.parent / "tests" / "golden" / "demo.jsonl"
SEED = 20261127
NOW = datetime.fromisoformat("2026-11-25T14:30")
CARDS = 3


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One conversation as it is asked; the answer is to its last turn. `page` is the page's language."""

    id: int
    language: str
    turns: tuple[str, ...]
    page: str | None = None
    near: Near | None = None


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What the node made of it; `cards` are at most three ids. `filters` are the set fields of the query."""

    language: str
    intent: str
    found: str
    filters: dict[str, Any]
    relaxed: tuple[str, ...]
    providers: tuple[str, ...]
    fields: tuple[str, ...]
    cards: tuple[str, ...]
    total: int
    text: str


class Golden(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the file."""

    now: datetime
    case: Case
    said: Said


@dataclass(frozen=True)
class Stand:
    """The demo market with everything that answers from it."""

    answers: Answers
    taxonomy: Taxonomy
    providers: tuple[Provider, ...]


def stand(folder: Path, encoder: Any = None) -> Stand:
    """The demo market in a folder; words alone where there is no encoder."""
    write(folder)
    taxonomy = Taxonomy.load()
    catalog = open_catalog(folder / "data", (TextIndex(taxonomy),))
    import_from(catalog, taxonomy, Origin(folder / "catalog.jsonl"), market_file=folder / "market.json")
    taxonomy = taxonomy.with_market(catalog.market())
    search = Search(catalog.database, catalog, taxonomy, encoder)
    answers = Answers(catalog, search, taxonomy, Brain(catalog, taxonomy, encoder))
    providers = sorted((provider for _, provider in catalog.providers()), key=lambda one: one.id)
    return Stand(answers, taxonomy, tuple(providers))


def cases(market: Stand) -> Iterator[Case]:
    """Every wording of every language, `draws` times with other values; always the same."""
    shapes = tomllib.loads(SHAPES.read_text("utf-8"))
    chance, draws, number = random.Random(SEED), int(shapes.pop("draws")), 0
    for language, wordings in shapes.items():
        asked: list[list[str]] = [*([text] for text in wordings["ask"]), *wordings["talk"]]
        for turns in asked:
            for _ in range(draws if "{" in turns[0] else 1):
                number += 1
                values = _values(market, language, chance)
                yield Case(
                    id=number,
                    language=language,
                    turns=tuple(turn.format(**values) for turn in turns),
                    page=language if number % 2 else None,
                    near=_near(chance) if number % 4 == 0 else None,
                )


def _values(market: Stand, language: str, chance: random.Random) -> dict[str, str]:
    one = chance.choice(market.providers)
    label = market.taxonomy.label(one.categories[0], language)
    return {
        "what": label if language == "de" else label.lower(),
        "city": chance.choice(market.providers).city or "Lipki",
        "name": chance.choice(market.providers).name,
        "money": str(chance.choice((20, 40, 75, 150))),
    }


def _near(chance: random.Random) -> Near:
    lat, lon = 54.862 + chance.uniform(-0.02, 0.02), 13.745 + chance.uniform(-0.03, 0.03)
    return Near(lat=round(lat, 5), lon=round(lon, 5))


def said(market: Stand, case: Case) -> Said:
    """The node's answer to the last turn, having answered those before it."""
    conversation: tuple[Message, ...] = ()
    for turn in case.turns:
        conversation = (*conversation, Message("user", turn))
        answer = asyncio.run(_answer(market.answers, conversation, case))
        conversation = (*conversation, Message("assistant", answer.text))
    asked = conversation[:-1]
    understood = market.answers.understood(asked, language=case.page, near=case.near, now=NOW)
    grounding = answer.grounding
    return Said(
        language=grounding.language,
        intent=grounding.intent,
        found=grounding.found,
        filters=_filters(understood),
        relaxed=tuple(one.what for one in grounding.relaxed),
        providers=understood.providers,
        fields=understood.fields,
        cards=tuple(card.id for card in grounding.cards[:CARDS]),
        total=grounding.total,
        text=answer.text,
    )


async def _answer(answers: Answers, conversation: tuple[Message, ...], case: Case) -> Done:
    async for event in answers.answer(conversation, language=case.page, near=case.near, now=NOW):
        if isinstance(event, Done):
            return event
    raise AssertionError("an answer ends with Done")


def _filters(understood: Understood) -> dict[str, Any]:
    """The fields of the query that ask for something."""
    empty, asked = (msgspec.json.decode(msgspec.json.encode(q)) for q in (Query(), understood.query))
    left_out = ("language", "limit", "near")
    return {name: value for name, value in asked.items() if name not in left_out and value != empty[name]}


def lines(market: Stand) -> list[Golden]:
    """All questions with what the node says."""
    return [Golden(now=NOW, case=case, said=said(market, case)) for case in cases(market)]


def encoded(golden: list[Golden]) -> bytes:
    """The file."""
    return b"".join(msgspec.json.encode(line) + b"\n" for line in golden)


def read(path: Path = FILE) -> list[Golden]:
    """The file's lines."""
    return [msgspec.json.decode(line, type=Golden) for line in path.read_bytes().splitlines()]


def changes(before: list[Golden], after: list[Golden]) -> list[str]:
    """What differs, in words."""
    known = {line.case: line.said for line in before}
    fresh = {line.case: line.said for line in after}
    gone = [f"{case.id}: no longer asked" for case in known if case not in fresh]
    differ = [
        f"{case.id} {case.language} {case.turns}: {name} was {getattr(known[case], name)!r}, is {value!r}"
        for case, answer in fresh.items()
        if case in known
        for name, value in msgspec.structs.asdict(answer).items()
        if getattr(known[case], name) != value
    ]
    return [*gone, *(f"{case.id}: not in the file" for case in fresh if case not in known), *differ]


def meaning(folder: Path, words: list[Golden]) -> str:
    """How many answers the default embedding model changes."""
    from edge.model import Models
    from edge.search import vector_fill
    from edge.settings import Settings

    embedder = Models.of(Settings.load(data_dir=folder)).embedder()
    if embedder is None:
        return "no embedding model is here"
    market = stand(folder, embedder)
    vector_fill.fill(market.answers.catalog.database, embedder, market.taxonomy, lambda made, wanted: None)
    other = [line.said.cards != said(market, line.case).cards for line in words]
    return f"with meaning, {sum(other)} of {len(other)} answers show other cards"


def main() -> int:
    """Writes the file, or says what has changed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--meaning", action="store_true")
    flags = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fresh = lines(stand(Path(folder)))
    if flags.meaning:
        with tempfile.TemporaryDirectory() as folder:
            print(meaning(Path(folder), fresh))
        return 0
    if flags.check:
        differ = changes(read(), fresh)
        print("\n".join(differ) or f"{len(fresh)} questions: as they were")
        return 1 if differ else 0
    FILE.write_bytes(encoded(fresh))
    print(f"{len(fresh)} questions in {FILE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
