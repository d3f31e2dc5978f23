"""What a model may write for the golden questions, and which changes of it may be said, as the node has it.

One line of JSON a question in English that a model may phrase: the conversation, the grammar, and sentences
with the verifier's verdict: the template's own, and each with a figure, a name, a sign or a citation changed.
For holding the page's grammar and verifier against (edge/widget/test/phrasing.ts).
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from bench import golden
from edge.answer import grammar, verify
from edge.answer.grammar import Line
from edge.answer.spoken import Spoken
from edge.answer.turn import Draft, Message
from edge.answer.voice import Labels, Voice
from edge.catalog.taxonomy import Taxonomy
from models.runtime.generator import Queued
from sync.provider import Market

LANGUAGE = "en"
STRANGERS = ("Dr Watson", "Plumber Pro")


class Verdict(msgspec.Struct, frozen=True, array_like=True):
    """A sentence, and whether it may be said."""

    text: str
    ok: bool


class Phrased(msgspec.Struct, frozen=True, kw_only=True):
    """One question; `grammar` is empty where only the template may speak."""

    now: str
    case: golden.Case
    grammar: str
    verdicts: tuple[Verdict, ...] = ()


@dataclass
class Ear:
    """Stands where the model does, hears the draft, and says nothing."""

    draft: Draft | None = None

    def may(self, draft: Draft) -> bool:
        """Never."""
        self.draft = draft
        return False

    def wait(self) -> Queued | None:
        """Nobody waits."""
        return None

    async def write(
        self, draft: Draft, market: Market, taxonomy: Labels, spoken: Spoken
    ) -> AsyncIterator[str]:
        """Never asked."""
        for text in ():
            yield text


async def phrased(market: golden.Stand) -> list[Phrased]:
    """All golden questions in English of one turn."""
    ear = Ear()
    answers = replace(market.answers, writer=ear)
    found = []
    for case in golden.cases(market):
        if case.language != LANGUAGE or len(case.turns) > 1:
            continue
        events = answers.answer(
            (Message("user", case.turns[0]),), language=case.page, near=case.near, now=golden.NOW
        )
        async for _ in events:
            pass
        found.append(_of(case, ear.draft, answers.catalog.market(), market.taxonomy))
    return found


def _of(case: golden.Case, draft: Draft | None, market: Market, taxonomy: Taxonomy) -> Phrased:
    lines = grammar.lines(Voice(draft, market, taxonomy)) if draft else []
    named = [card.name for card in draft.cards] if draft else []
    texts = dict.fromkeys(text for line in lines for text in _changed(line, named))
    verdicts = tuple(Verdict(text, verify.check(text, draft, market, taxonomy).ok) for text in texts if draft)
    return Phrased(
        now=golden.NOW.isoformat(), case=case, grammar=grammar.gbnf(lines) if lines else "", verdicts=verdicts
    )


def _changed(line: Line, names: list[str]) -> Iterator[str]:
    """The template's sentence, and what a careless model might make of it."""
    text = line.template.text
    yield text
    for figure in re.finditer(r"\d", text):
        yield f"{text[: figure.start()]}{(int(figure[0]) + 3) % 10}{text[figure.end() :]}"
    for one in names:
        for other in (*names, *STRANGERS):
            if one in text and other != one:
                yield text.replace(one, other)
    yield text.replace("€", "$")
    yield f"{text} It is run by {STRANGERS[0]}."
    yield f"{text} Call 030 5550199 or see www.example.org."
    yield f"{text} Twelve people work there."


def lines(market: golden.Stand) -> bytes:
    """All questions, one a line."""
    found: list[Any] = asyncio.run(phrased(market))
    return b"\n".join(msgspec.json.encode(one) for one in found) + b"\n"
