"""`make ground`: does any answer say what no document says? The last line is one JSON object.

    python -m bench.grounding [--sample 1000] [--generator auto|none|NAME] [--language en]… [--show 5]

Questions are generated over the demo market and answered by the whole pipeline in this process, the small
model on; every sentence is then held against the cited records by a checker of its own (witness.py). Printed:
each violation with its sentence; by language how many sentences the model said, the template said, the
verifier gave back to the template (replaced), and came too late (missed). Exit code 1 on any violation.
"""

import argparse
import asyncio
import dataclasses
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import Progress

from bench.evaluate import IMPORTS, KEPT
from bench.node import ROOT, command
from bench.question import WEIGHTS, Conversation, Source, conversations
from bench.witness import Heard, Witness, leaves, metres_between
from edge.answer.service import Answers
from edge.answer.spoken import Speaker, Spoken
from edge.answer.turn import Begun, Done, Draft, Grounding, Message, Piece
from edge.answer.voice import Labels, Voice
from edge.catalog.demo.write import write
from edge.catalog.taxonomy import Taxonomy
from edge.metrics import Metrics
from edge.opening import open_all
from edge.parts import Opened
from edge.search.query import Near
from edge.settings import Settings
from sync.provider import Market, Provider

MOMENTS = tuple(map(datetime.fromisoformat, ("2026-11-23T11:30", "2026-11-24T03:10", "2026-11-28T19:40")))
VECTORS_LIMIT_S = 600.0
FATES = ("questions", "sentences", "phrased", "templated", "replaced", "missed", "violations")


@dataclass
class Ear:
    """Stands where the model does and hears what passes: the draft, and how each answer was said."""

    inner: Speaker | None
    draft: Draft | None = None
    spoken: Spoken = field(default_factory=Spoken)

    def may(self, draft: Draft) -> bool:
        """As the model's own."""
        self.draft, self.spoken = draft, Spoken()
        return self.inner is not None and self.inner.may(draft)

    async def write(
        self, draft: Draft, market: Market, taxonomy: Labels, spoken: Spoken
    ) -> AsyncIterator[str]:
        """As the model's own."""
        assert self.inner is not None
        self.spoken = spoken
        async for piece in self.inner.write(draft, market, taxonomy, spoken):
            yield piece


@dataclass
class Hearing:
    """The pipeline under question, and what was found."""

    answers: Answers
    ear: Ear
    witness: Witness
    show: int
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    examples: list[tuple[str, str]] = field(default_factory=list)

    async def converse(self, one: Conversation, now: datetime) -> None:
        """Every turn of a conversation, each answer in the history of the next."""
        messages: tuple[Message, ...] = ()
        for turn in one.turns:
            messages = (*messages, Message("user", turn))
            near = Near(lat=one.near[0], lon=one.near[1]) if one.near else None
            said: list[str] = []
            grounding = Grounding()
            async for event in self.answers.answer(messages, language=one.language, near=near, now=now):
                if isinstance(event, Begun):
                    grounding = event.grounding
                elif isinstance(event, Piece):
                    said.append(event.text.strip())
                elif isinstance(event, Done):
                    messages = (*messages, Message("assistant", event.text))
            self._judge(one, messages, said, grounding)

    def _judge(
        self, one: Conversation, messages: tuple[Message, ...], said: list[str], grounding: Grounding
    ) -> None:
        heard = self._heard(messages, grounding)
        count = self.counts.setdefault(one.language, Counter())
        spoken, asked = self.ear.spoken, messages[-2].content
        phrased = len(said) - spoken.replaced - spoken.missed if spoken.prompt_tokens else 0
        count.update(questions=1, sentences=len(said), replaced=spoken.replaced, missed=spoken.missed)
        count.update(phrased=phrased, templated=len(said) - phrased)
        self.examples.append((asked, " | ".join(said)))
        for sentence in said:
            for fault in self.witness.faults(sentence, heard):
                count["violations"] += 1
                print(
                    f"VIOLATION {one.language} {one.kind}: {fault}\n  Q {asked}\n  A {sentence}", flush=True
                )

    def _heard(self, messages: tuple[Message, ...], grounding: Grounding) -> Heard:
        """The answer with the catalogue's own documents of its cards."""
        draft = self.ear.draft
        assert draft is not None
        records = {card.number: self.answers.catalog.get(card.id) for card in grounding.cards}
        point = draft.understood.query.near
        metres = {
            number: metres_between((point.lat, point.lon), (record.lat, record.lon))
            for number, record in records.items()
            if point and record.lat is not None and record.lon is not None
        }
        opens = {card.number: card.opening.opens for card in grounding.cards if card.opening}
        return Heard(
            language=grounding.language,
            records=records,
            metres=metres,
            days={number: at.weekday() for number, at in opens.items() if at},
            asked=" ".join(message.content for message in messages if message.role == "user"),
            counts=(grounding.total, len(grounding.cards), len(grounding.cards[:3])),
            wishes=wishes(draft),
            kinds=kinds(Voice(draft, self.witness.market, self.witness.taxonomy)),
        )


def wishes(draft: Draft) -> tuple[str, ...]:
    """What the question was understood to wish: numbers, values, the time with its day."""
    query = draft.understood.query
    asked = msgspec.structs.replace(query, near=None, categories=(), providers=(), excluded=(), open_at=None)
    at = query.open_at
    said = [f"{at:%H:%M}", *(str(at.hour - 12) for _ in range(at.hour > 12))] if at else []
    return (*leaves(msgspec.to_builtins(asked)), *said)


def kinds(voice: Voice) -> tuple[str, ...]:
    """What the understood categories, attributes, tongues and day are called."""
    draft, query = voice.draft, voice.draft.understood.query
    said = [voice.category(one) for one in query.categories]
    said += [voice.attribute(one.key) for one in query.conditions]
    said += [voice.named(one.key, v) for one in query.conditions for v in one.any_of if isinstance(v, str)]
    said += [str(voice.locale.languages.get(code, code)) for code in query.spoken]
    said += [voice.attribute(fact.field.removeprefix("attributes.")) for fact in draft.facts]
    said += [voice.when(query.open_at)] if query.open_at else []
    return tuple(said)


def demo(data_dir: Path) -> Path:
    """A data folder with the demo market in it; made once for this code."""
    if not (data_dir / "imported").is_file():
        summary = write(data_dir / "demo")
        arguments = ["--data-dir", str(data_dir), "catalog", "import", summary.catalog_file]
        arguments += ["--market", summary.market_file, "--json"]
        subprocess.run(command(*arguments), cwd=ROOT, check=True, stdout=sys.stderr)
        (data_dir / "imported").touch()
    return data_dir


def opened(options: argparse.Namespace) -> Opened:
    """Everything a node opens, its vectors made. Ends the program where the wanted model does not load."""
    data_dir = demo(options.data_dir or KEPT.parent / "grounding" / _digest())
    settings = Settings.load(data_dir=data_dir, generator=options.generator, answer_cache=False)
    parts = open_all(settings, Metrics(), lambda stage: None)
    if parts.troubles:
        raise SystemExit("\n".join(f"{part}: {trouble.message}" for part, trouble in parts.troubles.items()))
    until = time.monotonic() + VECTORS_LIMIT_S
    while parts.vectors and parts.vectors()[0] < parts.vectors()[1] and time.monotonic() < until:
        time.sleep(0.5)
    return parts


def _digest() -> str:
    from hashlib import sha256

    content = (*IMPORTS, "edge/catalog/demo/content/**/*.toml")
    paths = sorted({path for pattern in content for path in ROOT.glob(pattern)})
    return sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:16]


async def ask(options: argparse.Namespace) -> Hearing:
    """All questions, one after another."""
    parts = opened(options)
    answers = parts.answers
    assert isinstance(answers, Answers)
    ear = Ear(answers.writer)
    market = answers.catalog.market()
    hearing = Hearing(
        dataclasses.replace(answers, writer=ear), ear, Witness(market, answers.taxonomy), options.show
    )
    lines = (answers.catalog.database.path.parent / "demo" / "catalog.jsonl").read_bytes().splitlines()
    source = Source(
        market, [msgspec.json.decode(line, type=Provider) for line in lines], Taxonomy.load(market=market)
    )
    languages = tuple(options.language or WEIGHTS)
    asked = list(conversations(source, options.sample, options.seed, languages))
    chance = random.Random(options.seed)
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("Asking", total=options.sample)
        for one in asked:
            await hearing.converse(one, chance.choice(MOMENTS))
            progress.advance(bar, len(one.turns))
    if parts.generator:
        await parts.generator.close()
    parts.close()
    return hearing


def report(hearing: Hearing) -> int:
    """The table, some answers, the line of JSON; the violations."""
    chance = random.Random(1)
    for asked, said in chance.sample(hearing.examples, min(hearing.show, len(hearing.examples))):
        print(f"\nQ {asked}\nA {said}")
    print("".join(f"{name:>12}" for name in ("language", *FATES)))
    for language, count in hearing.counts.items():
        print(f"{language:>12}" + "".join(f"{count[name]:>12}" for name in FATES))
    total = sum(hearing.counts.values(), Counter())
    print(json.dumps({name: total[name] for name in FATES}))
    return total["violations"]


def main() -> int:
    """Parse, ask, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sample", type=int, default=1000, help="how many questions")
    parser.add_argument("--generator", default="auto", help="auto, none or a registry name")
    parser.add_argument("--language", action="append", choices=list(WEIGHTS))
    parser.add_argument("--show", type=int, default=0, help="print that many answers to read")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data-dir", type=Path, help="a folder to keep the imported market in")
    return 1 if report(asyncio.run(ask(parser.parse_args()))) else 0


if __name__ == "__main__":
    raise SystemExit(main())
