"""Questions over a market, the same for the same seed: many shapes, four languages, some of them hostile.

Shapes are written out in `question.toml`; a shape is one to three turns. What it asks about (places, kinds,
numbers) is drawn from the catalogue, and for some from outside it. Left out: what a right answer is.
"""

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.catalog.taxonomy import Taxonomy
from sync.provider import Market, Provider

SHAPES = Path(__file__).with_name("question.toml")
WEIGHTS = {"en": 55, "ru": 15, "es": 15, "de": 15}
TYPO_EVERY = 9


@dataclass(frozen=True)
class Conversation:
    """What one visitor says, turn by turn. `near` is set where the visitor's position is known."""

    language: str
    kind: str
    turns: tuple[str, ...]
    near: tuple[float, float] | None = None


@dataclass(frozen=True)
class Source:
    """Where questions are drawn from."""

    market: Market
    providers: list[Provider]
    taxonomy: Taxonomy


def conversations(
    source: Source, count: int, seed: int, languages: tuple[str, ...]
) -> Iterator[Conversation]:
    """Conversations with `count` questions together, the shapes of a language in turn."""
    chance = random.Random(seed)
    shapes = {language: _shapes(language) for language in languages}
    taken = dict.fromkeys(languages, 0)
    weights = [WEIGHTS[language] for language in languages]
    number = 0
    while count > 0:
        language = chance.choices(languages, weights)[0]
        kind, patterns = shapes[language][taken[language] % len(shapes[language])]
        taken[language] += 1
        number += 1
        values = _values(source, language, chance)
        turns = [_filled(chance.choice(options), values) for options in patterns][:count]
        if number % TYPO_EVERY == 0:
            turns[0] = mistyped(turns[0], chance)
        count -= len(turns)
        yield Conversation(language, kind, tuple(turns), _near(source.market, chance))


def _shapes(language: str) -> list[tuple[str, list[list[str]]]]:
    """Every shape of a language: its kind, and for each turn the wordings to choose from."""
    table: dict[str, Any] = tomllib.loads(SHAPES.read_text("utf-8"))[language]
    follow = table.pop("follow")
    single = [(kind, [[text]]) for kind, texts in table["single"].items() for text in texts]
    first = table["single"]["find"] + table["single"]["city"]
    return single + [("follow", [first, *([text] for text in texts)]) for texts in follow]


def _values(source: Source, language: str, chance: random.Random) -> dict[str, str]:
    """What may stand in the slots of a shape."""
    one, two = chance.sample(source.providers, 2)
    same = [p for p in source.providers if p.categories[0] == one.categories[0] and p.id != one.id]
    some = chance.choice(source.providers)
    table = tomllib.loads(SHAPES.read_text("utf-8"))
    other = chance.choice(source.providers).categories[0]
    return {
        "what": source.taxonomy.label(some.categories[0], language).lower(),
        "other": source.taxonomy.label(other, language).lower(),
        "city": chance.choice([p.city for p in source.providers if p.city]),
        "name": one.name,
        "second": (chance.choice(same) if same else two).name,
        "has": chance.choice(table["attribute"][language]),
        "tongue": chance.choice(table["tongue"][language]),
        "stranger": chance.choice(table["stranger"]["names"]),
        "money": str(chance.choice((3, 17, 29, 40, 75, 120, 333, 1500))),
        "hour": str(chance.randint(6, 23)),
        "digits": f"{chance.randint(100, 999)} {chance.randint(1000000, 9999999)}",
        "odd": f"{chance.randint(1000, 99999)}",
        "example": chance.choice(source.market.examples.get(language, ("?",))),
    }


def _filled(pattern: str, values: dict[str, str]) -> str:
    return pattern.format(**values)


def mistyped(text: str, chance: random.Random) -> str:
    """The text with one letter left out, doubled, or changed with its neighbour."""
    at = chance.randrange(1, max(2, len(text) - 1))
    way = chance.choice(("drop", "double", "swap"))
    if way == "drop":
        return text[:at] + text[at + 1 :]
    if way == "double":
        return text[:at] + text[at] + text[at:]
    return text[: at - 1] + text[at : at + 1] + text[at - 1 : at] + text[at + 1 :]


def _near(market: Market, chance: random.Random) -> tuple[float, float] | None:
    """A point in the market for two visitors in three, as on a kiosk."""
    if market.lat is None or market.lon is None or chance.random() < 1 / 3:
        return None
    return market.lat + chance.uniform(-0.02, 0.02), market.lon + chance.uniform(-0.03, 0.03)
