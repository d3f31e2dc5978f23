"""Opening hours at a moment."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.answer.turn import Opening
from edge.search.hours import local, opening, state
from sync.provider import Market

MARKET = Market(id="m", country="DE", time_zone="Europe/Berlin", lat=52.5, lon=13.4)
MONDAY_NOON = datetime(2026, 11, 23, 12)


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        ("Mo-Fr 08:00-18:00", MONDAY_NOON, Opening(state="open", until=datetime(2026, 11, 23, 18))),
        ("Mo-Fr 13:00-18:00", MONDAY_NOON, Opening(state="closed", opens=datetime(2026, 11, 23, 13))),
        ("24/7", MONDAY_NOON, Opening(state="open")),
        (
            "Fr-Sa 20:00-02:00",
            datetime(2026, 11, 28, 1),
            Opening(state="open", until=datetime(2026, 11, 28, 2)),
        ),
        ("Sa 10:00-12:00", MONDAY_NOON, Opening(state="closed", opens=datetime(2026, 11, 28, 10))),
        ("Mo-Su 08:00-18:00; PH off", datetime(2026, 12, 25, 12), "closed"),
        ("off", MONDAY_NOON, Opening(state="closed")),
        ("Mo-Fr 08:00-18:00 unknown", MONDAY_NOON, Opening(state="unknown")),
        ("by appointment", MONDAY_NOON, Opening(state="unknown")),
        ("", MONDAY_NOON, Opening(state="unknown")),
        (None, MONDAY_NOON, Opening(state="unknown")),
    ],
)
def test_opening_tells_the_state_and_the_next_change(
    hours: str | None, at: datetime, expected: Opening | str
) -> None:
    found = opening(hours, at, MARKET)
    assert (found.state if isinstance(expected, str) else found) == expected


def test_sun_times_follow_the_place() -> None:
    winter = opening("sunrise-sunset", MONDAY_NOON, MARKET)
    assert winter.state == "open"
    assert winter.until is not None
    assert winter.until.hour == 16


def test_adjoining_intervals_are_one_opening() -> None:
    assert opening("Mo 08:00-12:00,12:00-18:00", MONDAY_NOON.replace(hour=9), MARKET).until == datetime(
        2026, 11, 23, 18
    )


def test_unknown_country_and_zone_do_not_lose_the_hours() -> None:
    odd = Market(id="m", country="ZZ", time_zone="Nowhere/At_All", lat=0.0, lon=0.0)
    assert opening("Mo-Fr 08:00-18:00", MONDAY_NOON, odd).state == "open"


def test_aware_times_are_turned_into_the_markets_clock() -> None:
    assert local(datetime(2026, 11, 23, 11, tzinfo=UTC), MARKET) == MONDAY_NOON
    assert opening("Mo 12:00-12:30", datetime(2026, 11, 23, 11, 10, tzinfo=UTC), MARKET).state == "open"


GRAMMAR = st.lists(
    st.sampled_from(
        [
            "Mo",
            "Fr",
            "-",
            ",",
            " ",
            ";",
            "08:00",
            "26:00",
            "24/7",
            "PH",
            "off",
            '"x',
            "Jan",
            "2026",
            "/",
            "||",
            "+",
        ]
    ),
    max_size=12,
).map("".join)


@given(st.one_of(st.text(max_size=40), GRAMMAR), st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)))
def test_any_text_at_any_time_has_a_state(hours: str, at: datetime) -> None:
    found = opening(hours, at, MARKET)
    assert found.state in ("open", "closed", "unknown")
    assert found.state == state(hours, at, MARKET)
    assert found.until is None or found.until > at
    assert found.opens is None or found.opens > at
