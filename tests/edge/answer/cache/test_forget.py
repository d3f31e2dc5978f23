"""Kept answers go when a conversation that asked for them is erased."""

from pathlib import Path

from tests.edge.answer.cache.kept import kept
from tests.edge.answer.words import draft

ASKED = "which plumber in olkhovo is open today and not too dear please"
FAR = "a tap"


async def test_an_erased_conversation_takes_the_answers_to_its_questions_along(tmp_path: Path) -> None:
    with kept(tmp_path) as one:
        await one.answer(draft(question=ASKED))
        await one.answer(draft(question=FAR))
        one.cache.forget([f"{ASKED}?"])
        one.cache.settle()
        await one.answer(draft(question=FAR))
        assert one.counts.lookups == {"miss": 2, "hit_exact": 1}
        await one.answer(draft(question=ASKED))
        assert one.counts.lookups == {"miss": 3, "hit_exact": 1}
