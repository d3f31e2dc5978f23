"""Real questions of the real directory, as streams and as pairs: who asks the same, and who nearly the same.

Two questions are paraphrases when people marked them with the same kind and wishes, near but different when
exactly one wish has another value. Left out: asking them.
"""

import itertools
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.answer.turn import Message

Wishes = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Question:
    """A conversation up to its last question, and what people say it asks for (none for a fact)."""

    id: str
    messages: tuple[Message, ...]
    kind: str
    wishes: Wishes

    @property
    def text(self) -> str:
        """The last thing said."""
        return self.messages[-1].content


def read(path: Path) -> list[Question]:
    """Every question of the file."""
    with path.open(encoding="utf-8") as lines:
        return [_question(json.loads(line)) for line in lines]


def zipf(questions: list[Question], count: int, chance: random.Random, exponent: float) -> list[Question]:
    """`count` draws, the n-th question of a shuffled row as often as 1 / n^exponent."""
    row = chance.sample(questions, len(questions))
    return chance.choices(row, [1 / n**exponent for n in range(1, len(row) + 1)], k=count)


def paraphrases(
    questions: list[Question], count: int, chance: random.Random
) -> list[tuple[Question, Question]]:
    """Pairs that ask for the same in other words."""
    groups = [group for group in _groups(questions).values() if len(group) > 1]
    return _differing(((chance.sample(chance.choice(groups), 2)) for _ in itertools.count()), count)


def near_misses(
    questions: list[Question], count: int, chance: random.Random
) -> list[tuple[Question, Question]]:
    """Pairs of one kind that differ in the value of one wish."""
    groups = _groups(questions)
    beside: dict[tuple[str, Wishes, str], list[tuple[str, Wishes]]] = defaultdict(list)
    for kind, wishes in groups:
        for at, (name, _) in enumerate(wishes):
            beside[kind, wishes[:at] + wishes[at + 1 :], name].append((kind, wishes))
    rows = [row for row in beside.values() if len(row) > 1]
    drawn = (chance.sample(chance.choice(rows), 2) for _ in itertools.count())
    return _differing(([chance.choice(groups[one]) for one in pair] for pair in drawn), count)


def _groups(questions: list[Question]) -> dict[tuple[str, Wishes], list[Question]]:
    groups: dict[tuple[str, Wishes], list[Question]] = defaultdict(list)
    for question in questions:
        if question.wishes:
            groups[question.kind, question.wishes].append(question)
    return groups


def _differing(pairs: Iterator[list[Question]], count: int) -> list[tuple[Question, Question]]:
    """The first `count` pairs whose last words are not the same."""
    return list(itertools.islice(((a, b) for a, b in pairs if a.text.casefold() != b.text.casefold()), count))


def _question(line: dict[str, object]) -> Question:
    turns, filters = line["turns"], line.get("filters") or {}
    assert isinstance(turns, list)
    assert isinstance(filters, dict)
    roles = itertools.cycle(("user", "assistant"))
    return Question(
        id=str(line["id"]),
        messages=tuple(Message(role, str(text)) for role, text in zip(roles, turns, strict=False)),
        kind=str(line["category"]),
        wishes=tuple(sorted((str(name), str(value)) for name, value in filters.items())),
    )
