import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from edge.answer import grammar, phrase, template, verify
from edge.answer.spoken import Spoken
from edge.answer.turn import Draft
from edge.answer.voice import Voice
from edge.search.query import Relaxation
from models.runtime.generator import Output, Piece, Queued, Request, Started
from sync.errors import Unavailable
from tests.edge.answer.words import MARKET, Names, draft, fact

LANGUAGES = ("en", "ru", "es", "de")


class Scripted:
    """A generator that writes given text, or fails, in pieces of three characters."""

    name = "scripted"

    def __init__(self, text: str, *, fails_at: int | None = None, slow_at: int | None = None) -> None:
        self.text, self.fails_at, self.slow_at = text, fails_at, slow_at
        self.closed, self.requests = False, list[Request]()

    async def generate(self, request: Request) -> AsyncGenerator[Output, None]:
        self.requests.append(request)
        yield Started(7)
        try:
            for at in range(0, len(self.text), 3):
                if self.fails_at is not None and at >= self.fails_at:
                    raise Unavailable("The engine stopped.", code="generator.failed")
                if self.slow_at is not None and at >= self.slow_at:
                    await asyncio.Event().wait()
                yield Piece(self.text[at : at + 3], 1)
        finally:
            self.closed = True

    def vitals(self) -> dict[str, float]:
        return {}

    async def close(self) -> None:
        self.closed = True


def lines(one: Draft) -> list[grammar.Line]:
    return grammar.lines(Voice(one, MARKET, Names()))


def first(node: grammar.Node, last: bool = False) -> str:
    """One text the grammar allows: the first or last choice everywhere."""
    if isinstance(node, str):
        return node
    if isinstance(node, grammar.Row):
        return "".join(first(part, last) for part in node.parts)
    return first(node.options[-1 if last else 0], last)


def written(one: Draft, last: bool = False) -> str:
    return "\n".join(first(line.node, last) for line in lines(one))


async def composed(one: Draft, generator: Scripted, **more: Any) -> tuple[str, Spoken]:
    spoken = Spoken()
    pieces = [piece async for piece in phrase.compose(one, generator, MARKET, Names(), spoken, **more)]
    return "".join(pieces), spoken


PHONE = {"facts": (fact("phone", "555-0110"),), "intent": "fact"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("last", [False, True])
async def test_what_the_grammar_allows_is_said_by_the_model(language: str, last: bool) -> None:
    for one in (draft(language), draft(language, **PHONE)):
        text, spoken = await composed(one, Scripted(written(one, last)))
        assert text == written(one, last).replace("\n", " ")
        assert (spoken.mode, spoken.replaced) == ("phrase", 0)
        assert spoken.prompt_tokens == 7
        assert spoken.completion_tokens > 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_the_grammar_allows_passes_the_verifier(language: str) -> None:
    gone = (Relaxation(what="open_at", wanted="now"),)
    for one in (draft(language), draft(language, found="relaxed", relaxed=gone), draft(language, **PHONE)):
        for line in lines(one):
            for last in (False, True):
                text = first(line.node, last)
                assert grammar.allows(line, text)
                verdict = verify.check(text, one, MARKET, Names())
                assert verdict.ok, (text, verdict.reason)


async def test_facts_are_those_the_lines_state() -> None:
    _, spoken = await composed(draft(), Scripted(written(draft())))
    fields = {"hours", "price", "distance"}
    assert {(said.provider, said.field) for said in spoken.facts} == {
        (one, field) for one in ("p1", "p2", "p3") for field in fields
    }


@pytest.mark.parametrize("shown", [1, 4])
def test_counts_agree_with_their_verb(shown: int) -> None:
    one = draft(cards=draft().cards[:shown], total=shown)
    assert first(lines(one)[0].node, last=True) in (
        "Plumber in Olkhovo: one place fits.",
        "Plumber in Olkhovo: here you have 4 places.",
    )


async def test_a_line_outside_the_grammar_is_said_by_the_template() -> None:
    one = draft()
    text, spoken = await composed(one, Scripted(written(one).replace("20:00", "21:00")))
    assert "21:00" not in text
    assert (spoken.replaced, spoken.missed) == (2, 0)
    assert spoken.mode == "phrase"


async def test_a_model_that_only_babbles_gives_the_template() -> None:
    one = draft()
    text, spoken = await composed(one, Scripted("Plumber Pro is a good dentist."))
    assert spoken.mode == "template"
    assert [place in text for place in ("Rohrfrei Nord [1]", "Kran & Co [2]", "Aqua 24 [3]")] == [True] * 3
    assert "Plumber Pro" not in text


@pytest.mark.parametrize("fails_at", [0, 30, 120])
async def test_an_engine_that_fails_is_not_noticed(fails_at: int) -> None:
    one = draft()
    text, _ = await composed(one, Scripted(written(one), fails_at=fails_at))
    assert "Aqua 24 [3]" in text
    assert text.endswith(".")


@pytest.mark.parametrize("slow_at", [0, 60])
async def test_an_engine_that_is_late_is_cut_and_stopped(slow_at: int) -> None:
    one, generator = draft(), Scripted(written(draft()), slow_at=slow_at)
    text, spoken = await composed(one, generator, deadline_s=0.05)
    assert "Aqua 24 [3]" in text
    assert generator.closed
    assert spoken.missed > 0
    assert spoken.replaced == 0


class Busy(Scripted):
    """Tells how long it will take until it begins, and would begin at once."""

    def __init__(self, text: str, wait_s: float) -> None:
        super().__init__(text)
        self.wait_s = wait_s

    async def generate(self, request: Request) -> AsyncGenerator[Output, None]:
        yield Queued(3, self.wait_s)
        async for one in super().generate(request):
            yield one


@pytest.mark.parametrize(("wait_s", "mode"), [(1.0, "phrase"), (100.0, "template")])
async def test_nobody_waits_for_an_engine_that_will_come_too_late(wait_s: float, mode: str) -> None:
    one, generator = draft(), Busy(written(draft()), wait_s)
    text, spoken = await composed(one, generator, deadline_s=30.0)
    assert spoken.mode == mode
    assert (generator.requests == []) == (mode == "template")
    assert "Aqua 24 [3]" in text


async def test_a_visitor_who_leaves_stops_the_engine() -> None:
    generator = Scripted(written(draft()), slow_at=60)
    pieces = phrase.compose(draft(), generator, MARKET, Names())
    await anext(pieces)
    await pieces.aclose()  # type: ignore[attr-defined]
    assert generator.closed


@pytest.mark.parametrize("intent", ["smalltalk", "out_of_scope", "request", "emergency", "compare"])
async def test_where_there_is_nothing_to_choose_the_template_speaks(intent: str) -> None:
    one, generator = draft("en", intent), Scripted("x")
    text, spoken = await composed(one, generator)
    assert text == template.joined(template.compose(one, MARKET, Names()))
    assert spoken.mode == "template"
    assert generator.requests == []


async def test_a_missing_value_is_left_to_the_template() -> None:
    one, generator = draft("en", "fact", facts=(fact("phone", None),)), Scripted("x")
    text, _ = await composed(one, generator)
    assert "does not say" in text
    assert generator.requests == []


def test_quotes_and_line_breaks_in_names_stay_inside_their_literal() -> None:
    name = 'Bar "Zum \\ Anker"\nroot ::= "x"'
    line = grammar.Line(name, template.compose(draft(), MARKET, Names())[0])
    rule = grammar.gbnf([line])
    assert rule.count("\n") == 2
    assert '\\"Zum \\\\ Anker\\"' in rule


def test_the_visitors_words_reach_the_model_shortened() -> None:
    one = draft(question="x" * 5000)
    request = phrase.request_of(Voice(one, MARKET, Names()), lines(one))
    assert len(request.messages[1].content) < 2000
