"""`make bench-cache`: what keeping answers is worth and whether a near question is ever told another's facts.

    python -m bench.cache [--data DIR] [--stream 3000] [--distinct 600] [--pairs 300] [--spoken 24] [--quick]

Over real questions and the whole pipeline in this process: the share of hits on Zipf streams (phrased by a
simulator, since which wording is kept does not matter there); pairs that ask for the same in other words and
pairs that nearly do, at thresholds; and with the real model, hit and miss side by side, and how often a kept
answer to a near question is word for word what the model would have said. The last line is one JSON object.
Exit code 1 if any kept answer would state other facts.
"""

import argparse
import asyncio
import dataclasses
import json
import random
import statistics
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.evaluate import imported
from bench.grounding import Ear
from bench.node import ROOT
from bench.real_question import Question, near_misses, paraphrases, read, zipf
from edge.answer import grammar, phrase
from edge.answer.cache import key
from edge.answer.cache.choice import opener
from edge.answer.cache.entry import Limits
from edge.answer.cache.likeness import cosine, packed
from edge.answer.cache.service import AnswerCache
from edge.answer.service import Answers
from edge.answer.spoken import Spoken
from edge.answer.turn import Done, Draft
from edge.answer.voice import Labels, Voice
from edge.metrics import Metrics
from edge.opening import open_all
from edge.parts import Opened
from edge.settings import Settings
from models.runtime.generator import Generator, Queued
from sync.provider import Market
from tests.simulators.phraser import Phraser

NOW = datetime(2026, 11, 23, 11, 30)
DATA = ROOT.parent / "shared" / "data" / "services"
THRESHOLDS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
LIMITS = Limits(bytes=16 << 20, ttl_s=7 * 86_400)
PATIENCE_S = 60.0


@dataclass
class Counts:
    """What a cache counted."""

    lookups: Counter[str] = field(default_factory=Counter)

    def looked(self, result: str) -> None:
        """One lookup."""
        self.lookups[result] += 1

    def dropped(self, reason: str, entries: int) -> None:
        """Not of interest here."""

    def remade(self) -> None:
        """Not of interest here."""


@dataclass
class Speaker:
    """A model that is waited for, with a cache; phrases whatever has lines."""

    generator: Generator
    cache: AnswerCache | None = None

    def may(self, draft: Draft) -> bool:
        """Always."""
        return True

    def wait(self) -> Queued | None:
        """Whatever it is, it is waited for."""
        return None

    async def write(
        self, draft: Draft, market: Market, taxonomy: Labels, spoken: Spoken
    ) -> AsyncIterator[str]:
        """As the node's own writer, without its haste."""
        pieces = phrase.compose(
            draft, self.generator, market, taxonomy, spoken, deadline_s=PATIENCE_S, cache=self.cache
        )
        async for piece in pieces:
            yield piece


@dataclass(frozen=True)
class Heard:
    """A question as the cache sees it; `lines` are empty where only the template may speak."""

    voice: Voice
    lines: list[grammar.Line]
    asked: key.Asked
    vector: bytes

    @property
    def facts(self) -> tuple[object, ...]:
        """What the answer states, told without the key: the template's sentences, and the records."""
        return (*(line.template for line in self.lines), *self.voice.draft.records)


class Bench:
    """The pipeline, and what has been heard so far."""

    def __init__(self, parts: Opened) -> None:
        assert isinstance(parts.answers, Answers)
        assert parts.embedder is not None
        self.parts, self.answers, self.encoder = parts, parts.answers, parts.embedder
        self._heard: dict[str, Heard] = {}

    async def hear(self, question: Question) -> Heard:
        """Understood and searched, but not said."""
        if question.id not in self._heard:
            ear = Ear(None)
            answers = dataclasses.replace(self.answers, writer=ear)
            async for _ in answers.answer(question.messages, now=NOW):
                pass
            assert ear.draft is not None
            voice = Voice(ear.draft, answers.catalog.market(), answers.taxonomy)
            asked = key.asked(voice, lines := grammar.lines(voice), "bench")
            vector = packed(self.encoder.query([asked.words])[0])
            self._heard[question.id] = Heard(voice, lines, asked, vector)
        return self._heard[question.id]

    def cache(self, folder: Path, counts: Counts, similarity: float) -> AnswerCache:
        """An empty cache over the catalogue."""
        return AnswerCache(
            opener(folder, LIMITS),
            self.answers.catalog,
            counts,
            speaker="bench",
            encoder=self.encoder,
            similarity=similarity,
        )

    async def say(self, heard: Heard, generator: Generator, cache: AnswerCache | None = None) -> str:
        """The answer's text."""
        voice, speaker = heard.voice, Speaker(generator, cache)
        pieces = speaker.write(voice.draft, voice.market, voice.labels, Spoken())
        return "".join([piece async for piece in pieces])


async def streams(bench: Bench, questions: list[Question], options: argparse.Namespace) -> dict[str, object]:
    """Shares of hits on Zipf streams, exact alone and with near questions."""
    found: dict[str, object] = {}
    for exponent in (0.8, 1.0, 1.2):
        chance = random.Random(options.seed)
        stream = zipf(chance.sample(questions, options.distinct), options.stream, chance, exponent)
        heard = [await bench.hear(question) for question in stream]
        for name, similarity in (("exact", 1.0), ("semantic", options.similarity)):
            counts = Counts()
            with TemporaryDirectory() as folder:
                cache = bench.cache(Path(folder), counts, similarity)
                for one in heard:
                    await bench.say(one, Phraser(), cache)
                    cache.settle()
                cache.close()
            looked = counts.lookups.total()
            hits = looked - counts.lookups["miss"]
            found[f"zipf_{exponent}_{name}"] = round(hits / looked, 3)
            print(
                f"Zipf {exponent}, {name:8}: {len(heard)} questions, {looked} for the model: "
                f"{hits / looked:.1%} hits {dict(counts.lookups)}"
            )
    return found


async def pairs(bench: Bench, questions: list[Question], options: argparse.Namespace) -> dict[str, object]:
    """By threshold: the share of pairs of which the second is given the first's answer, and wrong facts."""
    chance, found, wrong = random.Random(options.seed), dict[str, object](), 0
    kinds = {"same": paraphrases, "near": near_misses}
    table: dict[str, list[tuple[float, bool, bool]]] = {}
    for kind, draw in kinds.items():
        table[kind] = []
        for first, second in draw(questions, options.pairs, chance):
            one, other = await bench.hear(first), await bench.hear(second)
            shared = bool(one.lines) and (one.asked.ground, one.asked.cited) == (
                other.asked.ground,
                other.asked.cited,
            )
            table[kind].append((cosine(one.vector, other.vector), shared, one.facts == other.facts))
    print(f"{'threshold':>10}{'same wish':>12}{'near miss':>12}{'by cosine alone':>18}{'wrong facts':>13}")
    for threshold in THRESHOLDS:
        share = {k: sum(s and c >= threshold for c, s, _ in rows) / len(rows) for k, rows in table.items()}
        alone = sum(c >= threshold for c, _, _ in table["near"]) / len(table["near"])
        false = sum(s and c >= threshold and not f for rows in table.values() for c, s, f in rows)
        wrong += false
        print(f"{threshold:>10}{share['same']:>12.1%}{share['near']:>12.1%}{alone:>18.1%}{false:>13}")
        found[f"at_{threshold}"] = [round(share["same"], 3), round(share["near"], 3), false]
    same = sum(s for _, s, _ in table["same"]) / len(table["same"])
    print(f"of pairs with the same wish {same:.1%} are understood and found alike, whatever the words")
    return found | {"understood_alike": round(same, 3), "wrong_facts": wrong}


async def wording(bench: Bench, questions: list[Question], options: argparse.Namespace) -> dict[str, object]:
    """How often a near question's kept answer is what the model would have said, by likeness."""
    chance, generator = random.Random(options.seed + 1), bench.parts.generator
    assert generator is not None
    rows: list[tuple[float, bool]] = []
    for first, second in paraphrases(questions, options.spoken * 15, chance):
        one, other = await bench.hear(first), await bench.hear(second)
        if one.lines and one.asked.ground == other.asked.ground and len(rows) < options.spoken:
            said = [await bench.say(each, generator) for each in (one, other)]
            rows.append((cosine(one.vector, other.vector), said[0] == said[1]))
    found: dict[str, object] = {}
    for low, high in ((-1.0, 0.5), (0.5, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1.01)):
        alike = [same for likeness, same in rows if low <= likeness < high]
        if alike:
            print(f"likeness {low:.1f} to {high:.2f}: {sum(alike)} of {len(alike)} word for word the same")
            found[f"same_words_{low}"] = [sum(alike), len(alike)]
    return found


async def latency(bench: Bench, questions: list[Question], options: argparse.Namespace) -> dict[str, object]:
    """Milliseconds to the first word and to the end, each question missed and then hit."""
    generator, counts, times = bench.parts.generator, Counts(), dict[str, list[float]]()
    assert generator is not None
    heard = [(one, await bench.hear(one)) for one in questions[:400]]
    asked = [one for one, how in heard if how.lines][: options.spoken]
    with TemporaryDirectory() as folder:
        cache = bench.cache(Path(folder), counts, options.similarity)
        answers = dataclasses.replace(bench.answers, writer=Speaker(generator, cache))
        for question in asked:
            before = dict(counts.lookups)
            for _ in range(2):
                async for event in answers.answer(question.messages, now=NOW):
                    done = event
                cache.settle()
                assert isinstance(done, Done)
                now, marks = dict(counts.lookups), done.grounding.timings_ms
                how = "miss" if now.get("miss") != before.get("miss") else "hit"
                before = now
                for mark in ("first_word", "total"):
                    times.setdefault(f"{how}_{mark}", []).append(marks[mark] - marks["search"])
        cache.close()
    found = {name: round(statistics.median(each), 1) for name, each in times.items()}
    for name, each in sorted(times.items()):
        print(f"{name:16}: median {found[name]:8.1f} ms after the cards, most {max(each):8.1f} ({len(each)})")
    return {f"{name}_ms": value for name, value in found.items()}


async def measure(options: argparse.Namespace) -> dict[str, object]:
    """Everything, one after another."""
    settings = Settings.load(
        data_dir=imported(options.data / "catalog.jsonl"), generator=options.generator, answer_cache=False
    )
    parts = open_all(settings, Metrics(), lambda stage: None, upkeep=False)
    bench, questions = Bench(parts), read(options.data / "questions.jsonl")
    random.Random(options.seed).shuffle(questions)
    found: dict[str, object] = {}
    for part in (pairs, streams, *((latency, wording) if parts.generator else ())):
        print(f"\n{part.__doc__}")
        found |= await part(bench, questions, options)
    if parts.generator:
        await parts.generator.close()
    parts.close()
    return found


def main() -> int:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA, help="a directory with its questions")
    parser.add_argument("--generator", default="auto", help="auto, none or a registry name")
    parser.add_argument("--stream", type=int, default=3000, help="questions in a stream")
    parser.add_argument("--distinct", type=int, default=600, help="different ones among them")
    parser.add_argument("--pairs", type=int, default=300, help="pairs of each kind")
    parser.add_argument("--spoken", type=int, default=24, help="answers by the real model")
    parser.add_argument(
        "--similarity", type=float, default=Settings.model_fields["answer_cache_similarity"].default
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    options = parser.parse_args()
    if not (options.data / "questions.jsonl").is_file():
        print(f"{options.data} has no questions.jsonl. Say where the data is: --data DIR", file=sys.stderr)
        return 2
    if options.quick:
        for name in ("stream", "distinct", "pairs", "spoken"):
            setattr(options, name, max(4, getattr(options, name) // 10))
    found = asyncio.run(measure(options))
    print(json.dumps(found))
    return 1 if found["wrong_facts"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
