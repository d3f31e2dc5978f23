from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.answer.when import find_when

NOON = datetime(2026, 11, 23, 12)  # a Monday


@pytest.mark.parametrize(
    ("language", "text", "at"),
    [
        ("en", "open now", NOON),
        ("ru", "что сейчас открыто", NOON),
        ("ru", "открыто сейчас?", NOON),
        ("es", "abierto ahora", NOON),
        ("de", "jetzt geöffnet", NOON),
        ("zh", "现在", NOON),
        ("en", "at 8 pm", datetime(2026, 11, 23, 20)),
        ("en", "at 9 am", datetime(2026, 11, 24, 9)),
        ("en", "tomorrow at 9:30", datetime(2026, 11, 24, 9, 30)),
        ("ru", "завтра в 9:30", datetime(2026, 11, 24, 9, 30)),
        ("ru", "в 18:00", datetime(2026, 11, 23, 18)),
        ("es", "mañana a las 9:30", datetime(2026, 11, 24, 9, 30)),
        ("de", "morgen um 9 Uhr", datetime(2026, 11, 24, 9)),
        ("en", "on Sunday", datetime(2026, 11, 29, 12)),
        ("ru", "в воскресенье", datetime(2026, 11, 29, 12)),
        ("es", "el domingo", datetime(2026, 11, 29, 12)),
        ("de", "am Sonntag", datetime(2026, 11, 29, 12)),
        ("fr", "dimanche", datetime(2026, 11, 29, 12)),
        ("tr", "pazar günü", datetime(2026, 11, 29, 12)),
        ("en", "this evening", datetime(2026, 11, 23, 20)),
        ("ru", "сегодня вечером", datetime(2026, 11, 23, 20)),
        ("de", "heute Abend", datetime(2026, 11, 23, 20)),
        ("en", "today", NOON),
        ("en", "a table for 4", None),
        ("en", "under 20 euro", None),
        ("en", "12 Lime Street", None),
        ("en", "25:70", None),
        ("en", "Now, can you find me a good hotel with a pool?", None),
        ("en", "", None),
    ],
)
def test_the_moment_spoken_of(language: str, text: str, at: datetime | None) -> None:
    found = find_when(text, NOON, language)
    assert (found.at if found else None) == at


def test_only_a_clock_time_is_exact() -> None:
    clock, evening = find_when("at 8 pm", NOON), find_when("this evening", NOON)
    assert clock is not None
    assert clock.exact
    assert evening is not None
    assert not evening.exact


def test_noon_and_midnight_are_told_apart() -> None:
    noon, midnight = find_when("tomorrow at 12 pm", NOON), find_when("tomorrow at 12 am", NOON)
    assert noon is not None
    assert noon.at.hour == 12
    assert midnight is not None
    assert midnight.at.hour == 0


@given(st.text(max_size=40), st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)))
def test_a_moment_is_never_far_off(text: str, now: datetime) -> None:
    found = find_when(text, now)
    assert found is None or abs((found.at - now).days) <= 8


@given(st.integers(0, 23), st.integers(0, 59))
def test_every_clock_time_is_read(hour: int, minute: int) -> None:
    found = find_when(f"tomorrow at {hour}:{minute:02}", NOON)
    assert found is not None
    assert (found.at.day, found.at.hour, found.at.minute) == (24, hour, minute)
