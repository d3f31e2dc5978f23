"""The answer phrased by a small model under a grammar, checked, and finished by the template.

The model chooses words, and which details to mention; it can say nothing that retrieval did not give. A line
that fails the grammar or the verifier, comes too late or not at all, is said by the template. Left out: which
model may do this in which language (the registry's `modes`).
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Literal

from edge.answer import grammar, template, verify
from edge.answer.cache.service import AnswerCache
from edge.answer.grammar import Line
from edge.answer.sentence import Sentence
from edge.answer.spoken import Spoken
from edge.answer.turn import Draft, Fact
from edge.answer.voice import Labels, Voice
from models.runtime.generator import ChatMessage, Generator, Piece, Queued, Request
from sync.errors import PrilavokError
from sync.provider import Market

Fate = Literal["said", "refused", "missed"]
DEADLINE_S = 4.0
LIMIT_TOKENS = 400
QUESTION_CHARACTERS = 300


async def compose(
    draft: Draft,
    generator: Generator | None,
    market: Market,
    taxonomy: Labels,
    spoken: Spoken | None = None,
    *,
    deadline_s: float = DEADLINE_S,
    cache: AnswerCache | None = None,
) -> AsyncIterator[str]:
    """The answer in verified sentences, each but the first with a space before it.

    Never fails for the model's sake. `deadline_s` is for the whole model's part; what is not said by then the
    template says. `spoken` is filled in: who spoke, the facts said, tokens, and lines refused or missed.
    What `cache` has is verified as the model's own words are, and said in its place; without a `generator`
    the template says the rest.
    """
    report = spoken if spoken is not None else Spoken()
    voice = Voice(draft, market, taxonomy)
    facts: list[Fact] = []
    before = ""
    lines = grammar.lines(voice)
    kept = _recalled(voice, lines, cache) if cache and lines else []
    async with aclosing(_sentences(voice, lines, kept, generator, deadline_s, report)) as sentences:
        said = []
        async for sentence in sentences:
            facts += sentence.facts
            said.append(sentence.text)
            yield before + sentence.text
            before = " "
    report.facts = tuple(facts)
    if cache and report.mode == "phrase" and not kept and not report.missed and not report.replaced:
        cache.keep(voice, lines, said)


def _recalled(voice: Voice, lines: list[Line], cache: AnswerCache) -> list[Sentence]:
    """An answer said before, accepted anew; nothing where there is none or a line of it is not accepted."""
    found = cache.recall(voice, lines)
    if found is None:
        return []
    texts = found.entry.lines
    accepted = [_accepted(line, text, voice) for line, text in zip(lines, texts, strict=False)]
    sentences = [sentence for sentence in accepted if sentence]
    if not len(sentences) == len(lines) == len(texts):
        cache.refuse(found)
        return []
    cache.said(found)
    return sentences


async def _sentences(
    voice: Voice,
    lines: list[Line],
    kept: list[Sentence],
    generator: Generator | None,
    deadline_s: float,
    report: Spoken,
) -> AsyncGenerator[Sentence, None]:
    """What is kept, else the model's sentences, the template's in place of what fails; the template's alone
    for other drafts."""
    if kept or not lines or generator is None:
        report.mode = "phrase" if kept else report.mode
        for sentence in kept or template.compose(voice.draft, voice.market, voice.labels):
            yield sentence
        return
    writing = _write(generator, request_of(voice, lines), deadline_s, report)
    async with aclosing(_checked(lines, writing, voice)) as checked:
        async for sentence, fate in checked:
            report.replaced += fate == "refused"
            report.missed += fate == "missed"
            report.mode = "phrase" if fate == "said" else report.mode
            yield sentence


async def _checked(
    lines: list[Line], writing: AsyncGenerator[str, None], voice: Voice
) -> AsyncGenerator[tuple[Sentence, Fate], None]:
    """A sentence for every line, and what became of the model's own."""
    async with aclosing(writing):
        for line in lines:
            written = await anext(writing, None)
            sentence = None if written is None else _accepted(line, written, voice)
            if sentence is not None:
                yield sentence, "said"
            else:
                yield line.template, "missed" if written is None else "refused"


def _accepted(line: Line, text: str, voice: Voice) -> Sentence | None:
    """The model's line as a sentence, or None where grammar or verifier refuse it."""
    if not grammar.allows(line, text) or not verify.check(text, voice.draft, voice.market, voice.labels).ok:
        return None
    facts = tuple(dict.fromkeys(fact for value, fact in line.facts if value in text))
    return Sentence(text=text, facts=facts, cites=line.template.cites)


async def _write(
    generator: Generator, request: Request, deadline_s: float, report: Spoken
) -> AsyncGenerator[str, None]:
    """The model's lines as they end; stops without a word at the deadline or when the model fails."""
    ends, text = time.monotonic() + deadline_s, ""
    try:
        async with aclosing(generator.generate(request)) as news:
            while one := await asyncio.wait_for(anext(news, None), ends - time.monotonic()):
                if isinstance(one, Queued):
                    if one.expected_wait_s > ends - time.monotonic():
                        return  # its turn would come too late
                    continue
                if not isinstance(one, Piece):
                    report.prompt_tokens = one.prompt_tokens
                    continue
                report.completion_tokens += one.tokens
                *ended, text = (text + one.text).split("\n")
                for line in ended:
                    yield line
    except (PrilavokError, TimeoutError):
        return
    if text:
        yield text


def request_of(voice: Voice, lines: list[Line]) -> Request:
    """The question for the model, in the language of the answer; what may be said to it is in the grammar."""
    asked = voice.say("phrase.question", question=voice.draft.question[:QUESTION_CHARACTERS])
    return Request(
        messages=(ChatMessage("system", voice.say("phrase.system")), ChatMessage("user", asked)),
        grammar=grammar.gbnf(lines),
        max_tokens=LIMIT_TOKENS,
    )
