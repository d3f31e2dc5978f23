"""Nights past midnight keep their end; hours that mean something else stay as they are."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.search import hours
from sync.interchange import night
from sync.provider import Market

MARKET = Market(id="m", country="DE")
SUNDAY_ONE = datetime(2026, 11, 29, 1, 0)


def test_saturdays_night_does_not_end_where_sundays_rule_begins() -> None:
    written = "Mo-Th 11:00-22:00; Fr,Sa 11:00-03:00; Su 12:00-22:00"
    opening = hours.opening(written, datetime(2026, 11, 28, 19, 40), MARKET)
    assert opening.until == datetime(2026, 11, 29, 3, 0)
    assert hours.state(written, SUNDAY_ONE, MARKET) == "open"


@pytest.mark.parametrize("written", ["Fr,Sa 11:00-03:00; Su off", "We-Sa 19:00-03:00; Su 17:00-23:00"])
def test_a_night_outlives_any_rule_for_the_next_day(written: str) -> None:
    assert hours.state(written, SUNDAY_ONE, MARKET) == "open"
    assert hours.state(written, datetime(2026, 11, 29, 4, 0), MARKET) == "closed"


@pytest.mark.parametrize(
    "written",
    [
        "Mo-Fr 09:00-18:00; Sa 10:00-14:00",
        "Mo-Su 18:00-02:00; Su 12:00-16:00",
        "May-Sep 18:00-02:00; Su off",
        "24/7",
        "",
    ],
)
def test_hours_without_a_night_to_keep_stay_as_they_are(written: str) -> None:
    assert night.kept(written) == written


def test_holidays_still_close_a_night_bar() -> None:
    kept = night.kept("Fr 20:00-04:00; Sa 20:00-04:00; PH off")
    assert kept == "Fr 20:00-04:00, Sa 20:00-04:00; PH off"


@given(st.text(alphabet="MoTuFrSaPH 0123456789:-,;offclosed", max_size=60))
def test_any_text_is_kept_without_an_error(text: str) -> None:
    assert isinstance(night.kept(text), str)
