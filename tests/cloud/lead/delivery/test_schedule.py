"""Pauses grow, are never shorter than asked, and end."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cloud.lead.delivery.schedule import LONGEST_S, PAUSES_S, next_try

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def test_it_is_tried_eleven_times_over_more_than_three_days() -> None:
    now, tries = NOW, 1
    while (later := next_try(tries, now, 0.0)) is not None:
        now, tries = later, tries + 1
    assert tries == len(PAUSES_S) + 1 == 11
    assert timedelta(days=3) < now - NOW < timedelta(days=5)


@given(st.integers(1, 10), st.floats(0, 1), st.none() | st.floats(0, 1e9))
def test_a_pause_is_at_least_its_own_and_what_was_asked_of_a_day(
    tries: int, chance: float, asked_s: float | None
) -> None:
    found = next_try(tries, NOW, chance, asked_s)
    assert found is not None
    pause_s = (found - NOW).total_seconds()
    assert pause_s >= PAUSES_S[tries - 1]
    assert pause_s >= min(asked_s or 0, LONGEST_S) - 1e-6
    assert pause_s <= LONGEST_S * 1.2 + 1e-6
