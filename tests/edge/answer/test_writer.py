"""When the model is let alone, and for how long."""

import pytest

from edge.answer import phrase
from edge.answer.spoken import Spoken
from edge.answer.writer import Pace, Writer
from models.runtime.generator import Queued
from tests.edge.answer.test_phrase import Scripted, written
from tests.edge.answer.words import MARKET, Names, draft


class Waiting(Scripted):
    """An engine at which others wait."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(written(draft()))
        self.wait_s = wait_s

    def vitals(self) -> dict[str, float]:
        return {"waiting_requests": 3.0, "expected_wait_seconds": self.wait_s}


@pytest.mark.parametrize(
    ("wait_s", "asks"), [(0.0, True), (phrase.DEADLINE_S - 1, True), (phrase.DEADLINE_S + 1, False)]
)
async def test_an_engine_whose_turn_comes_too_late_is_not_asked(wait_s: float, asks: bool) -> None:
    engine = Waiting(wait_s)
    writer = Writer(engine, {draft().understood.language: "phrase"})
    assert writer.may(draft()) == asks
    spoken = Spoken()
    text = "".join([piece async for piece in writer.write(draft(), MARKET, Names(), spoken)])
    assert (len(engine.requests) == 1) == asks
    assert spoken.mode == ("phrase" if asks else "template")
    assert "Aqua 24 [3]" in text


def test_the_place_in_the_line_is_told() -> None:
    assert Writer(Waiting(4.0)).wait() == Queued(3, 4.0)
    assert Writer(Waiting(0.0)).wait() is None


def test_a_model_that_keeps_up_never_rests() -> None:
    pace = Pace()
    pace.note(0, 100.0)
    assert not pace.resting(100.0)


def test_a_model_that_comes_too_late_rests_longer_each_time() -> None:
    pace, now, rests = Pace(), 0.0, []
    for _ in range(8):
        pace.note(1, now)
        assert pace.resting(now)
        rests.append(pace.resting_until - now)
        now = pace.resting_until
        assert not pace.resting(now)
    assert rests[:3] == [30.0, 60.0, 120.0]
    assert max(rests) == rests[-1] == 900.0


def test_an_answer_in_time_makes_the_next_rest_short_again() -> None:
    pace = Pace()
    pace.note(2, 0.0)
    pace.note(2, 30.0)
    pace.note(0, 90.0)
    pace.note(1, 100.0)
    assert pace.resting_until == 130.0
