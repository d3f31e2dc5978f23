"""The golden questions say what the node says now; a page is held to the same file."""

from collections import Counter
from pathlib import Path

import pytest

from bench.golden import Golden, changes, lines, read, stand
from edge.browser_index.form import LANGUAGES


@pytest.fixture(scope="module")
def golden() -> list[Golden]:
    return read()


def test_golden_answers_are_fresh(golden: list[Golden], tmp_path: Path) -> None:
    assert changes(golden, lines(stand(tmp_path))) == []


def test_golden_questions_are_many_in_every_language(golden: list[Golden]) -> None:
    asked = Counter(line.case.language for line in golden)
    assert len(golden) >= 300
    assert set(asked) == set(LANGUAGES)
    assert min(asked.values()) >= 35


def test_golden_answers_are_of_many_kinds(golden: list[Golden]) -> None:
    intents = Counter(line.said.intent for line in golden)
    assert {"find", "fact", "smalltalk", "out_of_scope"} <= set(intents)
    assert sum(bool(line.said.cards) for line in golden) > 0.7 * len(golden)
    asked = Counter(name for line in golden for name in line.said.filters)
    assert {"categories", "cities", "open_at", "price_max", "spoken", "conditions"} <= set(asked)


def test_every_golden_question_is_asked_once(golden: list[Golden]) -> None:
    assert len({line.case.id for line in golden}) == len(golden)
