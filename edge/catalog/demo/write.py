"""Writes the demo market: providers as JSON Lines, the market and the example questions as JSON."""

import os
from pathlib import Path

import msgspec

from edge.catalog.demo.compose import providers
from edge.catalog.demo.content import LANGUAGES, market, questions


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What was written, and where."""

    providers: int
    categories: int
    places: int
    questions: int
    catalog_file: str
    market_file: str
    questions_file: str


def write(folder: Path) -> Summary:
    """Write `catalog.jsonl`, `market.json` and `questions.json` into `folder`, made if need be.

    Each file is put in place whole. `questions.json` is {language: [{category, text}]}.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = providers()
    encoder = msgspec.json.Encoder()
    lines = b"".join(encoder.encode(provider) + b"\n" for provider in made)
    return Summary(
        providers=len(made),
        categories=len({category for provider in made for category in provider.categories}),
        places=len({provider.city for provider in made}),
        questions=len(questions()),
        catalog_file=_put(folder / "catalog.jsonl", lines),
        market_file=_put(folder / "market.json", msgspec.json.format(encoder.encode(market())) + b"\n"),
        questions_file=_put(
            folder / "questions.json", msgspec.json.format(encoder.encode(examples())) + b"\n"
        ),
    )


def examples() -> dict[str, list[dict[str, str]]]:
    """Example questions by language, each with the category its answer comes from."""
    return {
        language: [{"category": each.category, "text": each.by_language()[language]} for each in questions()]
        for language in LANGUAGES
    }


def _put(path: Path, data: bytes) -> str:
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return str(path)
