"""Every server gets the same prompts, and no two runs share a chatter."""

from pathlib import Path

import pytest

from bench.engine.session import Plan
from bench.engine.work import Shape, Work, WorkMissing, read, streamed_text
from bench.node import ROOT

DATA = ROOT.parent / "shared" / "data" / "services"
SHAPE = Shape(rounds=2, turns=2, tokens=48, records=4)


@pytest.fixture(scope="module")
def work() -> Work:
    if not (DATA.parent.parent / "bench" / "load.py").is_file():
        pytest.skip("../shared has no data and load script here")
    return read(DATA, 0)


def plan(seed: int = 0) -> Plan:
    return Plan((1, 2, 4, 8, 16), (8,), 2, 24, seed, SHAPE, (), Path("model"), Path("node"), True)


def test_the_same_chatter_asks_the_same_again(work: Work) -> None:
    system, questions = work.conversation(7, SHAPE)
    assert (system, questions) == work.conversation(7, SHAPE)
    assert system.count("\n[") == 4
    assert len(questions) == 2


def test_more_conversations_show_more_of_what_is_drawn(work: Work) -> None:
    few, many = work.coverage(range(2), SHAPE), work.coverage(range(40), SHAPE)
    assert 0 < few < many <= 1


def test_no_two_runs_share_a_chatter() -> None:
    runs = [
        plan(seed).seeds(purpose, repetition, level)
        for seed in (0, 1)
        for purpose in (1, 2, 3)
        for repetition in range(3)
        for level in (1, 2, 4, 8, 16)
    ]
    runs += [plan(seed).seeds(0, 0, 8) for seed in (0, 1)]
    drawn = [seed for run in runs for seed in run]
    assert len(drawn) == len(set(drawn))


def test_data_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkMissing, match=r"catalog\.jsonl is not there"):
        read(tmp_path / "data" / "services", 0)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('data: {"choices":[{"delta":{"content":"a"}}]}', "a"),
        ('data: {"choices":[{"delta":{}}]}', ""),
        ('data: {"choices":[],"usage":{}}', ""),
        ('data: {"choices":[{"delta":{"content":null}}]}', ""),
        ("data: [DONE]", ""),
        ("", ""),
    ],
)
def test_a_line_of_a_stream_gives_its_text(line: str, text: str) -> None:
    assert streamed_text(line) == text
