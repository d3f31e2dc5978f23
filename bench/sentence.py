"""What the words are like: sentences over the demo market, the template's beside each model's, to be read.

    python -m bench.sentence [--model NAME]… [--language en]… [--count 50] [--seed 0] [--free]

For each language and model: the question, the template's answer (T), the phrased answer (P), time to the
first sentence and to the last, tokens, and lines that the template said in the model's place. `--free` also
lets the model end with a clause of its own in letters only (F): an experiment, never used by the product. The
last line is one JSON object.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import platformdirs

from edge.answer import grammar, phrase, template, verify
from edge.answer.card import Cards
from edge.answer.spoken import Spoken
from edge.answer.turn import Draft, Fact, Understood
from edge.answer.voice import Voice
from edge.catalog.demo.write import write
from edge.catalog.taxonomy import Taxonomy
from edge.search.query import Condition, Hit, Query, Relaxation
from models.registry import Registry
from models.runtime.generator import Piece
from models.runtime.llama import LlamaGenerator
from sync.provider import Market, Provider

NOW = datetime(2026, 11, 23, 11, 30)
LANGUAGES = ("en", "ru", "es", "de")
ASKED = {
    "en": {
        "find": "{what} in {city}, please", "open": "{what} that is open now", "cheap": "a cheap {what}",
        "near": "nearest {what}", "rated": "a really good {what}", "gone": "{what} in {city} open at night",
        "phone": "what is their phone number?", "address": "where are they?", "hours": "when are they open?",
        "price": "how much is it?", "rating": "are they any good?", "url": "do they have a website?",
    },
    "ru": {
        "find": "{what}, {city}", "open": "{what}, кто открыт сейчас?", "cheap": "{what} подешевле",
        "near": "{what} поближе", "rated": "{what}, самый хороший", "gone": "{what}, {city}, ночью",
        "phone": "какой у них телефон?", "address": "где они?", "hours": "когда они работают?",
        "price": "сколько это стоит?", "rating": "они хорошие?", "url": "есть сайт?",
    },
    "es": {
        "find": "{what} en {city}", "open": "{what} abierto ahora", "cheap": "{what} barato",
        "near": "{what} más cerca", "rated": "{what} muy bueno", "gone": "{what} en {city} por la noche",
        "phone": "¿qué teléfono tienen?", "address": "¿dónde están?", "hours": "¿cuándo abren?",
        "price": "¿cuánto cuesta?", "rating": "¿son buenos?", "url": "¿tienen página web?",
    },
    "de": {
        "find": "{what} in {city}", "open": "{what}, jetzt geöffnet", "cheap": "{what}, günstig",
        "near": "{what} in der Nähe", "rated": "{what}, richtig gut", "gone": "{what} in {city}, nachts",
        "phone": "Wie ist die Telefonnummer?", "address": "Wo ist das?", "hours": "Wann haben sie geöffnet?",
        "price": "Was kostet das?", "rating": "Sind die gut?", "url": "Haben sie eine Website?",
    },
}  # fmt: skip
FREE = {"en": "[a-z]", "ru": "[а-яё]", "es": "[a-záéíóúñ]", "de": "[a-zäöüß]"}
LARGE = {"en": "[A-Z]", "ru": "[А-ЯЁ]", "es": "[A-Z]", "de": "[A-ZÄÖÜ]"}


def drafts(
    market: Market, providers: list[Provider], taxonomy: Taxonomy, language: str, count: int, seed: int
) -> Iterator[Draft]:
    """Drafts as retrieval would give them, kinds in turn, categories by chance."""
    chance = random.Random(seed)
    groups: dict[str, list[Provider]] = defaultdict(list)
    for provider in providers:
        groups[provider.categories[0]].append(provider)
    kinds = list(ASKED[language])
    cards = Cards(taxonomy, market)
    for at in range(count):
        category = chance.choice(sorted(groups))
        hits = tuple(
            Hit(provider=one, score=1.0, distance_m=chance.choice([None, chance.uniform(80, 4000)]))
            for one in chance.sample(groups[category], min(4, len(groups[category])))
        )
        yield _draft(kinds[at % len(kinds)], category, hits, cards, taxonomy, language)


def _draft(
    kind: str, category: str, hits: tuple[Hit, ...], cards: Cards, taxonomy: Taxonomy, language: str
) -> Draft:
    first = hits[0].provider
    what = taxonomy.label(category, language)
    question = ASKED[language][kind].format(what=what, city=first.city)
    facts: tuple[Fact, ...] = ()
    now = NOW.replace(hour=3) if kind == "gone" else NOW
    made = cards(hits, language, now, (category,))
    query = Query(categories=(category,), cities=(first.city,) if first.city else (), language=language)
    query = msgspec.structs.replace(
        query,
        open_at=now if kind in ("open", "gone") else None,
        order={"cheap": "price", "near": "distance", "rated": "rating"}.get(kind, "fit"),
        conditions=(Condition(key="has_wifi", any_of=(True,)),) if kind == "rated" else (),
    )
    if kind in ("phone", "address", "hours", "price", "rating", "url"):
        value = {"hours": first.opening_hours, "price": made[0].price_from}.get(kind) or getattr(
            first, kind, None
        )
        facts, made, hits = (Fact(provider=first.id, field=kind, value=value),), made[:1], hits[:1]
    return Draft(
        question=question,
        understood=Understood(language=language, intent="fact" if facts else "find", query=query),
        cards=made,
        records=tuple(hit.provider for hit in hits),
        facts=facts,
        found="relaxed" if kind == "gone" else "exact",
        relaxed=(Relaxation(what="open_at", wanted="now"),) if kind == "gone" else (),
        total=len(made) + 3 if kind == "find" else len(made),
        now=now,
    )


async def phrased(
    generator: LlamaGenerator, draft: Draft, market: Market, taxonomy: Taxonomy, deadline_s: float
) -> tuple[str, Spoken, float, float]:
    """The phrased answer, how it was said, milliseconds to the first sentence and to the last."""
    begun, first, spoken = time.perf_counter(), 0.0, Spoken()
    text = ""
    async for piece in phrase.compose(draft, generator, market, taxonomy, spoken, deadline_s=deadline_s):
        first = first or (time.perf_counter() - begun) * 1000
        text += piece
    return text, spoken, first, (time.perf_counter() - begun) * 1000


async def free(generator: LlamaGenerator, draft: Draft, market: Market, taxonomy: Taxonomy) -> str:
    """What the model adds when a clause of its own, in letters only, may end the answer."""
    voice = Voice(draft, market, taxonomy)
    lines = grammar.lines(voice)
    if not lines:
        return ""
    small, large = FREE[voice.language], LARGE[voice.language]
    tail = f'free ::= {large} {small}{{1,12}} (" " {small}{{1,14}}){{3,9}} "."\n'
    rules = grammar.gbnf(lines).replace("\n", ' "\\n" free\n', 1) + tail
    request = msgspec.structs.replace(phrase.request_of(voice, lines), grammar=rules)
    text = "".join([one.text async for one in generator.generate(request) if isinstance(one, Piece)])
    clause = text.rpartition("\n")[2]
    return f"{clause}   [{'passes' if verify.check(clause, draft, market, taxonomy).ok else 'refused'}]"


async def read(options: argparse.Namespace) -> dict[str, Any]:
    """Print every sentence; return the figures."""
    folder = Path(options.market)
    summary = write(folder)
    market = msgspec.json.decode(Path(summary.market_file).read_bytes(), type=Market)
    decoder = msgspec.json.Decoder(Provider)
    providers = [decoder.decode(line) for line in Path(summary.catalog_file).read_bytes().splitlines()]
    taxonomy = Taxonomy.load().with_market(market)
    registry, figures = Registry.load(), {}
    models = Path(
        os.environ.get("PRILAVOK_MODELS_DIR") or platformdirs.user_cache_path("prilavok", False) / "models"
    )
    for name in options.model or ["smollm2-135m-instruct", "qwen2.5-coder-0.5b-instruct"]:
        generator = LlamaGenerator.load(registry.get(name), models / name)
        for language in options.language or LANGUAGES:
            some = drafts(market, providers, taxonomy, language, options.count, options.seed)
            figures[f"{name}.{language}"] = await _language(generator, name, some, market, taxonomy, options)
        await generator.close()
    return figures


async def _language(
    generator: LlamaGenerator,
    name: str,
    some: Iterator[Draft],
    market: Market,
    taxonomy: Taxonomy,
    options: argparse.Namespace,
) -> dict[str, float]:
    counts: Counter[str] = Counter()
    firsts, totals, rates = [], [], []
    for at, draft in enumerate(some, 1):
        text, spoken, first_ms, total_ms = await phrased(
            generator, draft, market, taxonomy, options.deadline_s
        )
        print(f"\n{name} {draft.understood.language} {at}  {draft.question}")
        print(f"  T {template.joined(template.compose(draft, market, taxonomy))}")
        print(f"  P {text if spoken.mode == 'phrase' else '(template)'}")
        if options.free:
            print(f"  F {await free(generator, draft, market, taxonomy)}")
        tokens = f"{spoken.prompt_tokens}+{spoken.completion_tokens} tokens"
        fates = f"{spoken.replaced} replaced, {spoken.missed} missed"
        print(f"    {first_ms:.0f} ms, {total_ms:.0f} ms, {tokens}, {fates}", flush=True)
        counts["sentences"] += 1
        counts["phrased"] += spoken.mode == "phrase"
        counts["replaced"] += spoken.replaced
        counts["missed"] += spoken.missed
        if spoken.mode == "phrase":
            firsts.append(first_ms)
            totals.append(total_ms)
            rates.append(spoken.completion_tokens)
    figures: dict[str, float] = dict(counts)
    if totals:
        figures |= {"first_ms_p50": statistics.median(firsts), "total_ms_p50": statistics.median(totals)}
        figures |= {"tokens_p50": statistics.median(rates)}
    return {key: round(value, 1) for key, value in figures.items()}


def main() -> None:
    """Parse, read, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--market", default="build/demo", help="folder the demo market is written into")
    parser.add_argument("--model", action="append", help="registry name; repeat for several")
    parser.add_argument("--language", action="append", choices=LANGUAGES)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--deadline-s", type=float, default=60.0)
    parser.add_argument("--free", action="store_true")
    print(json.dumps(asyncio.run(read(parser.parse_args())), ensure_ascii=False))


if __name__ == "__main__":
    main()
