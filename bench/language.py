"""How often the right category comes first, by language: asked by category name and by search term.

    python -m bench.language [--market FOLDER] [--categories 40] [--seed 0] [--show]

FOLDER holds catalog.jsonl and market.json (default: the demo market, made on the spot). Each category is
asked twice in each language, in a sentence with a city of the market: by its taxonomy name, and by one of its
search terms drawn by chance. The shares are of questions where that category comes first; "fair" also counts
a first category of the market that carries the very words asked (some terms belong to several categories).
The last line is one JSON object.
"""

import argparse
import json
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge.catalog.demo.write import write
from edge.catalog.taxonomy import Taxonomy
from edge.search import lexicon
from edge.search.category import CategoryMatcher, Presence, place_names
from edge.search.fold import fold
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


@dataclass(frozen=True)
class Question:
    """`way` is "name" or "term"; `fair` are the categories of the market that carry the words."""

    language: str
    way: str
    text: str
    category: str
    fair: frozenset[str]


def read_market(folder: Path) -> tuple[Market, list[Provider]]:
    """The market and its providers from the files of the interchange form."""
    market = msgspec.json.decode((folder / "market.json").read_bytes(), type=Market)
    lines = (folder / "catalog.jsonl").read_bytes().splitlines()
    return market, [msgspec.json.decode(line, type=Provider) for line in lines]


def questions(taxonomy: Taxonomy, providers: list[Provider], count: int, seed: int) -> Iterator[Question]:
    """Two questions a category and language, the same for the same seed."""
    draw = random.Random(seed)
    in_use = Counter(id for provider in providers for id in provider.categories)
    cities = sorted({provider.city for provider in providers if provider.city})
    asked = [id for id, _ in in_use.most_common(count)]
    for language, sentence in SENTENCES.items():
        carried = {id: frozenset(map(fold, terms(taxonomy, id, language))) for id in in_use}
        for category in asked:
            said = terms(taxonomy, category, language)
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


def ask(matcher: CategoryMatcher, asked: list[Question], show: bool) -> dict[str, dict[str, float]]:
    """Shares right by language."""
    right: Counter[tuple[str, str]] = Counter()
    total: Counter[tuple[str, str]] = Counter()
    for question in asked:
        found = matcher.match(question.text, question.language)
        first = found[0].id if found else None
        total[question.language, question.way] += 1
        right[question.language, question.way] += first == question.category
        right[question.language, "fair"] += first in question.fair
        if show and first != question.category:
            mark = "shared" if first in question.fair else "WRONG"
            print(f"{mark:7}{question.text!r}: {question.category} expected, {first} first")
    return {language: _shares(language, right, total) for language in SENTENCES}


def _shares(
    language: str, right: Counter[tuple[str, str]], total: Counter[tuple[str, str]]
) -> dict[str, float]:
    names, words = total[language, "name"], total[language, "term"]
    by_name, by_term = right[language, "name"], right[language, "term"]
    return {
        "name": round(by_name / max(names, 1), 3),
        "term": round(by_term / max(words, 1), 3),
        "both": round((by_name + by_term) / max(names + words, 1), 3),
        "fair": round(right[language, "fair"] / max(names + words, 1), 3),
        "questions": names + words,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--market", type=Path)
    parser.add_argument("--categories", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", action="store_true", help="print every question that went wrong")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.market is None:
            write(Path(folder))
        market, providers = read_market(options.market or Path(folder))
    taxonomy = Taxonomy.load(market=market)
    presence = Presence.of(taxonomy, Counter(id for provider in providers for id in provider.categories))
    places = [*place_names(market), *(provider.city or "" for provider in providers)]
    matcher = CategoryMatcher(taxonomy, lexicon.load(taxonomy), presence, places)
    asked = list(questions(taxonomy, providers, options.categories, options.seed))
    shares = ask(matcher, asked, options.show)
    print(f"{'':4}{'name':>7}{'term':>7}{'both':>7}{'fair':>7}{'questions':>11}")
    for language, share in shares.items():
        print(
            f"{language:4}" + "".join(f"{share[key]:7.3f}" for key in ("name", "term", "both", "fair")),
            end="",
        )
        print(f"{share['questions']:11.0f}")
    print(json.dumps(shares))


if __name__ == "__main__":
    main()
