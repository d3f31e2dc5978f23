"""How often the right category comes first, by language: asked by category name and by search term.

    python -m bench.language [--market FOLDER] [--categories 40] [--seed 0] [--hint] [--matcher] [--show]

FOLDER holds catalog.jsonl and market.json (default: the demo market, made on the spot). Each category is
asked twice in each language, in a sentence with a city of the market: by its taxonomy name, and by one of its
search terms drawn by chance. The whole pipeline answers, without a generator, and finds out the language
by itself (--hint tells it); an answer is right whose first record is of that category or of one below it.
"fair" also counts a first record of another category that carries the very words asked (some terms belong to
several); "tongue" is how often the answer is in the question's language or, for those that have no sentences
of their own, in English. With --matcher only the category matcher is asked. The last line is one JSON object.
"""

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from bench.evaluate import imported
from edge.answer.turn import Done, Message
from edge.catalog.demo.write import write
from edge.catalog.taxonomy import Taxonomy
from edge.log import configure
from edge.metrics import Metrics
from edge.opening import open_all
from edge.parts import Opened
from edge.search import lexicon
from edge.search.category import CategoryMatcher, Presence, place_names
from edge.search.fold import fold
from edge.settings import Settings
from sync.provider import Market, Provider

SENTENCES = {
    "en": "I am looking for {what} in {city}",
    "ru": "Ищу {what} в городе {city}",
    "es": "Busco {what} en {city}",
    "de": "Ich suche {what} in {city}",
    "fr": "Je cherche {what} à {city}",
    "tr": "{city} içinde {what} arıyorum",
    "ar": "أبحث عن {what} في {city}",
    "zh": "我想在{city}找{what}",
}
SPOKEN = {"en", "ru", "es", "de"}
NOW = datetime.fromisoformat("2026-11-25T11:00")
VECTORS_LIMIT_S = 600.0


@dataclass(frozen=True)
class Question:
    """`way` is "name" or "term"; `fair` are the categories of the market that carry the words."""

    language: str
    way: str
    text: str
    category: str
    fair: frozenset[str]


@dataclass(frozen=True)
class Reply:
    """The categories of what came first, with all above them, and the language of the answer."""

    categories: frozenset[str]
    language: str


@dataclass(frozen=True)
class Ground:
    """A market to ask about."""

    folder: Path
    market: Market
    providers: tuple[Provider, ...]
    taxonomy: Taxonomy

    @classmethod
    def read(cls, folder: Path) -> "Ground":
        """From the files of the interchange form."""
        market = msgspec.json.decode((folder / "market.json").read_bytes(), type=Market)
        lines = (folder / "catalog.jsonl").read_bytes().splitlines()
        providers = tuple(msgspec.json.decode(line, type=Provider) for line in lines)
        return cls(folder, market, providers, Taxonomy.load(market=market))

    def in_use(self) -> Counter[str]:
        """Categories with their number of providers."""
        return Counter(id for provider in self.providers for id in provider.categories)


Ask = Callable[[Question], Reply]


def questions(ground: Ground, count: int, seed: int) -> Iterator[Question]:
    """Two questions a category and language, the same for the same seed."""
    draw = random.Random(seed)
    in_use = ground.in_use()
    cities = sorted({provider.city for provider in ground.providers if provider.city})
    for language, sentence in SENTENCES.items():
        carried = {id: frozenset(map(fold, terms(ground.taxonomy, id, language))) for id in in_use}
        for category, _ in in_use.most_common(count):
            said = terms(ground.taxonomy, category, language)
            for way, choice in (("name", said[:1]), ("term", said[1:])):
                if not choice:
                    continue
                words = draw.choice(choice)
                fair = frozenset(id for id in in_use if fold(words) in carried[id])
                text = sentence.format(what=words, city=draw.choice(cities))
                yield Question(language, way, text, category, fair)


def terms(taxonomy: Taxonomy, category: str, language: str) -> tuple[str, ...]:
    """The name and search terms of a category in the words a reader of the language gets."""
    return taxonomy.terms(category, taxonomy.language(language))


def above(taxonomy: Taxonomy, ids: Iterable[str]) -> frozenset[str]:
    """Categories with all that they are kinds of."""
    return frozenset(one for id in ids for one in (id, *taxonomy.lineage(id)))


def matcher(ground: Ground) -> Ask:
    """The category matcher alone."""
    presence = Presence.of(ground.taxonomy, ground.in_use())
    places = [*place_names(ground.market), *(provider.city or "" for provider in ground.providers)]
    made = CategoryMatcher(ground.taxonomy, lexicon.load(ground.taxonomy), presence, places)

    def ask(question: Question) -> Reply:
        found = made.match(question.text, question.language)
        return Reply(frozenset(one.id for one in found[:1]), question.language)

    return ask


def pipeline(ground: Ground, opened: Opened, hint: bool) -> Ask:
    """The whole way from a question to cards."""
    categories = {provider.id: provider.categories for provider in ground.providers}

    async def answer(question: Question) -> Reply:
        language = question.language if hint else None
        asked = (Message("user", question.text),)
        async for event in opened.answers.answer(asked, language=language, near=None, now=NOW):
            if isinstance(event, Done):
                first = [id for card in event.grounding.cards[:1] for id in categories[card.id]]
                return Reply(above(ground.taxonomy, first), event.grounding.language)
        raise RuntimeError(f"no answer to {question.text!r}")

    return lambda question: asyncio.run(answer(question))


def opened(ground: Ground) -> Opened:
    """What a node without a generator opens over the market, its vectors made."""
    data_dir = imported(ground.folder / "catalog.jsonl", ground.folder / "market.json")
    parts = open_all(Settings.load(data_dir=data_dir, generator="none"), Metrics(), lambda stage: None)
    until = time.monotonic() + VECTORS_LIMIT_S
    while parts.vectors and parts.vectors()[0] < parts.vectors()[1] and time.monotonic() < until:
        time.sleep(0.2)
    return parts


def shares(asked: Iterable[Question], ask: Ask, show: bool) -> dict[str, dict[str, float]]:
    """Shares right by language."""
    right: Counter[tuple[str, str]] = Counter()
    total: Counter[tuple[str, str]] = Counter()
    for question in asked:
        reply = ask(question)
        hit = question.category in reply.categories
        fair = hit or bool(reply.categories & question.fair)
        tongue = question.language if question.language in SPOKEN else "en"
        total[question.language, question.way] += 1
        right[question.language, question.way] += hit
        right[question.language, "fair"] += fair
        right[question.language, "tongue"] += reply.language in (question.language, tongue)
        if show and not hit:
            first = ", ".join(sorted(reply.categories)) or "nothing"
            mark = "shared" if fair else "WRONG"
            print(f"{mark:7}{question.text!r} ({question.language}): {question.category}; first {first}")
    return {language: _shares(language, right, total) for language in SENTENCES}


def _shares(
    language: str, right: Counter[tuple[str, str]], total: Counter[tuple[str, str]]
) -> dict[str, float]:
    count = {way: total[language, way] for way in ("name", "term")}
    every = max(sum(count.values()), 1)
    by = {way: right[language, way] / max(count[way], 1) for way in count}
    both = sum(right[language, way] for way in count) / every
    more = {name: right[language, name] / every for name in ("fair", "tongue")}
    figures = {name: round(share, 3) for name, share in {**by, "both": both, **more}.items()}
    return {**figures, "questions": sum(count.values())}


def report(found: dict[str, dict[str, float]]) -> None:
    """The table, then the line of JSON."""
    names = ("name", "term", "both", "fair", "tongue")
    print(f"{'':4}" + "".join(f"{name:>8}" for name in (*names, "asked")))
    for language, share in found.items():
        row = "".join(f"{share[name]:8.3f}" for name in names)
        print(f"{language:4}{row}{share['questions']:8.0f}")
    print(json.dumps(found))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--market", type=Path)
    parser.add_argument("--categories", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--hint", action="store_true", help="tell the language, as the page does")
    parser.add_argument("--matcher", action="store_true", help="ask the category matcher alone")
    parser.add_argument("--show", action="store_true", help="print every question that went wrong")
    options = parser.parse_args()
    configure("error")
    with tempfile.TemporaryDirectory() as folder:
        if options.market is None:
            write(Path(folder))
        ground = Ground.read(options.market or Path(folder))
        asked = list(questions(ground, options.categories, options.seed))
        if options.matcher:
            report(shares(asked, matcher(ground), options.show))
            return
        parts = opened(ground)
        try:
            report(shares(asked, pipeline(ground, parts, options.hint), options.show))
        finally:
            parts.close()


if __name__ == "__main__":
    main()
