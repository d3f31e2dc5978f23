"""Hours as spans of minutes say what the grammar says."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.browser_index.week import Calendar, Week, week
from edge.search import hours
from sync.provider import Market

MARKET = Market(id="m", country="DE", time_zone="Europe/Berlin", lat=52.5, lon=13.4)
CALENDAR = Calendar.around(date(2026, 11, 27))
TEXTS = (
    "Mo-Fr 08:00-18:00",
    "24/7",
    "Fr,Sa 11:00-03:00; Su 12:00-22:00",
    "Mo-Sa 10:00-20:00; PH off",
    "Mo-Su sunrise-sunset",
    "Apr-Sep Mo-Su 09:00-21:00; Oct-Mar Sa,Su 10:00-16:00",
    "Mo-Fr 09:00-12:00,13:00-17:30; We off",
    'Mo-Fr 08:00-12:00; Sa 10:00-12:00 unknown "ask"',
    "2026 Dec 24-26 off; Mo-Su 10:00-22:00",
    "off",
)


def state_by_spans(read: Week, at: datetime) -> str:
    """What a page would say, by the README."""
    spans = read.otherwise.get(at.date().isoformat(), read.days[at.weekday()])
    minute = at.hour * 60 + at.minute
    here = [span for span in spans if span[0] <= minute < span[1]]
    return "closed" if not here else "unknown" if len(here[0]) > 2 else "open"


@given(
    st.sampled_from(TEXTS),
    st.datetimes(
        datetime.combine(CALENDAR.first, time()),
        datetime.combine(CALENDAR.end - timedelta(days=1), time(23, 59)),
    ),
)
def test_spans_say_what_the_grammar_says_at_every_minute(text: str, at: datetime) -> None:
    read = week(text, MARKET, CALENDAR)
    assert read is not None
    at = at.replace(second=0, microsecond=0)
    assert state_by_spans(read, at) == hours.state(text, at, MARKET)


def test_a_night_is_two_spans_and_a_holiday_an_exception() -> None:
    read = week("Fr 20:00-02:00; PH off", MARKET, CALENDAR)
    assert read is not None
    assert read.days[4] == ((1200, 1440),)
    assert read.days[5] == ((0, 120),)
    assert read.otherwise["2026-12-25"] == ()


def test_plain_hours_have_no_exceptions() -> None:
    read = week("Mo-Fr 08:00-18:00", MARKET, CALENDAR)
    assert read is not None
    assert read.otherwise == {}


@pytest.mark.parametrize("text", ["whenever", "Mo-Fr 99:00", "x" * 2000])
def test_hours_that_cannot_be_read_are_none(text: str) -> None:
    assert week(text, MARKET, CALENDAR) is None


def test_calendar_stays_the_same_for_a_month() -> None:
    assert Calendar.around(date(2026, 11, 1)) == Calendar.around(date(2026, 11, 30))
