"""One answer: understand, search, choose, compose, verify, in that order, as events.

The cards go out before a word is written. Whatever fails after them, the answer is finished without it: the
sentence is then the template's. Limits, sessions and HTTP are in edge/chat; recording is the outbox's.
"""

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from edge.answer import chip, emergency, guard, template
from edge.answer.cache.service import AnswerCache
from edge.answer.card import Cards
from edge.answer.choose import Chosen, choose
from edge.answer.fact import facts_of
from edge.answer.knowledge import Brain
from edge.answer.memory import Memory, Shown
from edge.answer.reading import Knowledge
from edge.answer.spoken import Speaker, Spoken
from edge.answer.turn import Begun, Done, Draft, Event, Grounding, Message, Piece, Understood
from edge.answer.understand import understand
from edge.catalog.store import Catalog
from edge.catalog.taxonomy import Taxonomy
from edge.search.hours import local
from edge.search.query import Near
from edge.search.service import Search
from sync.provider import Market


@dataclass(frozen=True)
class Answers:
    """The pipeline over one catalogue. `writer` is the model's part, where there is one, `cache` what it
    said."""

    catalog: Catalog
    search: Search
    taxonomy: Taxonomy
    brain: Brain
    writer: Speaker | None = None
    memory: Memory = field(default_factory=Memory)
    cache: AnswerCache | None = None

    async def answer(
        self,
        messages: tuple[Message, ...],
        *,
        language: str | None = None,
        near: Near | None = None,
        now: datetime,
    ) -> AsyncIterator[Event]:
        """Begun with the cards, then pieces of text, then Done. A naive `now` is market-local."""
        clock = _Clock()
        knowledge = self.brain.knowledge()
        at = local(now, knowledge.market)
        asked = tuple(msgspec.structs.replace(m, content=guard.clean(m.content)) for m in messages)
        understood = self._understand(asked, knowledge, at, language, near)
        clock.mark("understand")
        draft, chosen = self._draft(asked, understood, knowledge, at)
        clock.mark("search")
        begun = self._grounding(draft, chosen, clock)
        phrased = self.writer is not None and self.writer.may(draft)
        yield Begun(begun, self.writer.wait() if self.writer and phrased else None)
        said: list[str] = []
        spoken = Spoken()
        async for piece in self._speak(draft, knowledge.market, spoken, phrased=phrased):
            said.append(piece)
            if len(said) == 1:
                clock.mark("first_word")
            yield Piece(piece)
        clock.mark("total")
        text = "".join(said)
        self._remember(asked, guard.clean(text), draft)
        yield Done(
            msgspec.structs.replace(
                begun, facts=spoken.facts, mode=spoken.mode, timings_ms=dict(clock.marks)
            ),
            text,
            spoken.prompt_tokens,
            spoken.completion_tokens,
            spoken.replaced,
            tuple(sorted(guard.inspect(last_question(messages)).flags)),
            understood.query,
        )

    def understood(
        self, messages: tuple[Message, ...], *, language: str | None, near: Near | None, now: datetime
    ) -> Understood:
        """What the last message asks, without looking anything up."""
        knowledge = self.brain.knowledge()
        asked = tuple(msgspec.structs.replace(m, content=guard.clean(m.content)) for m in messages)
        return self._understand(asked, knowledge, local(now, knowledge.market), language, near)

    def forget(self, messages: tuple[Message, ...]) -> int:
        """Forgets what is remembered of a conversation, and kept answers to its questions; gives how many
        of its answers were remembered."""
        said = tuple(msgspec.structs.replace(m, content=guard.clean(m.content)) for m in messages)
        if self.cache is not None:
            self.cache.forget([message.content for message in said if message.role == "user"])
        return self.memory.forget(said)

    def forget_all(self) -> None:
        """Forgets what is remembered of any conversation, and every kept answer: whose is not told apart."""
        if self.cache is not None:
            self.cache.forget_all()
        self.memory.clear()

    def warm(self) -> None:
        """Reads what a first question would wait for, by asking one in each of the market's languages."""
        self.search.warm()
        knowledge = self.brain.warm()
        at = local(datetime.now(UTC), knowledge.market)
        for language in knowledge.market.languages:
            question = (Message("user", self._first_question(knowledge, language)),)
            understood = self._understand(question, knowledge, at, language, None)
            draft, _ = self._draft(question, understood, knowledge, at)
            template.compose(draft, knowledge.market, self.taxonomy)

    def _first_question(self, knowledge: Knowledge, language: str) -> str:
        """Something a visitor might ask: the market's own example, else its commonest category."""
        examples = knowledge.market.examples.get(language)
        category = next(iter(knowledge.category_counts), "amenity/restaurant")
        return examples[0] if examples else self.taxonomy.label(category, language)

    def _understand(
        self,
        messages: tuple[Message, ...],
        knowledge: Knowledge,
        at: datetime,
        hint: str | None,
        near: Near | None,
    ) -> Understood:
        question = last_question(messages)
        understood = understand(messages, knowledge, at, hint=hint, near=near, recall=self.memory.recall)
        if emergency.detect(question, understood.language) is None:
            return understood
        return msgspec.structs.replace(understood, intent="emergency", missing=())

    def _draft(
        self, messages: tuple[Message, ...], understood: Understood, knowledge: Knowledge, at: datetime
    ) -> tuple[Draft, Chosen]:
        chosen = choose(understood, self.search, self.catalog, at)
        make = Cards(self.taxonomy, knowledge.market)
        moment = understood.query.open_at or at
        cards = make(chosen.hits, understood.language, moment, understood.query.categories)
        records = tuple(hit.provider for hit in chosen.hits)
        facts = (
            facts_of(records, understood.fields, cards) if understood.intent in ("fact", "compare") else ()
        )
        understood = msgspec.structs.replace(understood, intent=chosen.intent or understood.intent)
        draft = Draft(
            question=last_question(messages),
            understood=understood,
            cards=cards,
            records=records,
            facts=facts,
            found=chosen.found,
            relaxed=chosen.relaxed,
            total=chosen.total,
            now=at,
        )
        return draft, chosen

    def _grounding(self, draft: Draft, chosen: Chosen, clock: "_Clock") -> Grounding:
        understood = draft.understood
        return Grounding(
            cards=draft.cards,
            language=understood.language,
            found=draft.found,
            intent=understood.intent,
            relaxed=draft.relaxed,
            chips=chip.suggest(understood, draft.cards, understood.language, total=draft.total),
            total=draft.total,
            timings_ms=dict(clock.marks),
        )

    async def _speak(
        self, draft: Draft, market: Market, spoken: Spoken, *, phrased: bool
    ) -> AsyncIterator[str]:
        """The sentence in pieces: the model's, where there is one that may, else the template's."""
        if self.writer is not None and phrased:
            async for piece in self.writer.write(draft, market, self.taxonomy, spoken):
                yield piece
            return
        sentences = template.compose(draft, market, self.taxonomy)
        spoken.facts = tuple(fact for sentence in sentences for fact in sentence.facts)
        for number, sentence in enumerate(sentences):
            yield sentence.text if number == 0 else f" {sentence.text}"

    def _remember(self, messages: Sequence[Message], text: str, draft: Draft) -> None:
        ids = tuple(card.id for card in draft.cards)
        focus = ids[0] if len(ids) == 1 or (draft.understood.intent in ("fact", "request") and ids) else None
        self.memory.keep(messages, text, Shown(ids, focus))


def last_question(messages: Sequence[Message]) -> str:
    """The visitor's last message, or nothing."""
    return next((m.content for m in reversed(messages) if m.role == "user"), "")


class _Clock:
    """Milliseconds since the question came, by stage."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()
        self.marks: dict[str, float] = {}

    def mark(self, stage: str) -> None:
        self.marks[stage] = round((time.perf_counter() - self._begun) * 1000, 2)
