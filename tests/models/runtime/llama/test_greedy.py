"""Greedy text in company is the text alone, token for token, but for what llama.cpp's batching rounds.

Its kernels sum batches of other shapes in another order, on activations it rounds to 8 bits, so logits of one
token differ a little from batch to batch. Two texts may part where the two likeliest tokens are closer
together than that, and nowhere else.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.registry import Model
from models.runtime.generator import ChatMessage, Request
from models.runtime.llama import wire
from models.runtime.llama.plan import Batch
from models.runtime.llama.sequence import Sequence
from models.runtime.llama.worker import Engine

pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed; `make setup` builds it")
pytestmark = [
    pytest.mark.model,
    pytest.mark.parametrize("real", ["smollm2-135m-instruct"], indirect=True),
]
ROUNDING = 0.5  # logits; several times what shapes of batches were seen to change
TOKENS = 32
QUESTIONS = [
    f"Name {number} {thing}." for number in ("two", "three") for thing in ("fruits", "tools", "towns", "jobs")
]


@pytest.fixture
def engine(real: tuple[Model, Path]) -> Iterator[Engine]:
    model, folder = real
    setup = wire.Setup(
        path=str(folder / model.files[0].path),
        sequences=len(QUESTIONS) + 1,
        context=384,
        threads=2,
        batch=256,
        queue_limit=64,
        running_limit=len(QUESTIONS),
        cache_bytes=0,
        memory_bytes=0,
        record_kv=False,
        drafts=True,
        state="",
        state_bytes=0,
    )
    made = Engine(setup)
    yield made
    made.context.close()


def answered(engine: Engine, questions: list[str]) -> list[Sequence]:
    """All at once."""
    for id, question in enumerate(questions):
        messages = (ChatMessage("user", question),)
        engine.submit(id, Request(messages=messages, max_tokens=TOKENS, temperature=0.0))
    found = [engine.scheduler.jobs[id].sequence for id in range(len(questions))]
    while engine.scheduler.busy:
        engine.step()
    assert all(sequence.finished for sequence in found)
    return found


def margin(engine: Engine, tokens: list[int], one: list[int], two: list[int]) -> float:
    """How far apart the likeliest of two choices of next tokens are, in logits; in an empty place."""
    place = engine.context.sequences - 1
    engine.context.truncate(place, 0)
    batch = Batch()
    batch.add(place, 0, tokens, 1)
    row = np.array(engine.context.decode(batch)[0])
    engine.context.truncate(place, 0)
    return abs(float(row[one].max()) - float(row[two].max()))


def test_greedy_tokens_in_a_busy_batch_are_the_tokens_alone_but_where_two_are_nearly_equal(
    engine: Engine,
) -> None:
    ends = sorted(engine.context.vocabulary.ends)
    alone = [answered(engine, [question])[0] for question in QUESTIONS]
    together = answered(engine, QUESTIONS)
    same = 0
    for one, two in zip(alone, together, strict=True):
        if one.chosen == two.chosen:
            same += 1
            continue
        mine, other = ([*([token] for token in each.chosen), ends] for each in (one, two))
        parted = next(at for at, (a, b) in enumerate(zip(mine, other, strict=False)) if a != b)
        said = [*one.prepared.prompt.tolist(), *one.chosen[:parted]]
        assert margin(engine, said, mine[parted], other[parted]) < ROUNDING
    assert same >= len(QUESTIONS) // 2
