"""The model's pace: when it is let alone, and for how long."""

from edge.answer.writer import Pace


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
