"""Opening hours as spans of minutes, so that a page needs no grammar to say whether a place is open.

A plain week, and the dates on which it is otherwise: holidays, seasons, sun times. Reading the grammar is in
`edge/search/hours`.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from edge.search import hours
from sync.provider import Market

DAY_MIN = 1440
SPAN_DAYS = 400

# (from, until) in minutes of the day, or (from, until, 1) where it is not known.
Span = tuple[int, int] | tuple[int, int, int]
Day = tuple[Span, ...]


@dataclass(frozen=True)
class Calendar:
    """The dates for which exceptions are told: `first` to without `end`."""

    first: date
    end: date

    @classmethod
    def around(cls, today: date) -> "Calendar":
        """From the first of the month on, so that it stays the same for a month."""
        first = today.replace(day=1)
        return cls(first, first + timedelta(days=SPAN_DAYS))


@dataclass(frozen=True)
class Week:
    """Seven days, Monday first, and the dates that differ from their weekday."""

    days: tuple[Day, ...]
    otherwise: dict[str, Day]


def week(text: str, market: Market, calendar: Calendar) -> Week | None:
    """The hours as a plain week and its exceptions; None where the text cannot be read."""
    begin = datetime.combine(calendar.first, time())
    end = datetime.combine(calendar.end, time())
    spans = hours.spans(text, begin, end, market)
    if spans is None:
        return None
    days: dict[date, list[Span]] = {}
    for start, until, known in spans:
        for day, span in _by_day(start, until, known):
            days.setdefault(day, []).append(span)
    each = [calendar.first + timedelta(days=n) for n in range((calendar.end - calendar.first).days)]
    return _folded({day: tuple(days.get(day, ())) for day in each})


def _folded(days: dict[date, Day]) -> Week:
    """The commonest form of each weekday, and the dates that have another."""
    forms: list[Counter[Day]] = [Counter() for _ in range(7)]
    for day, spans in days.items():
        forms[day.weekday()][spans] += 1
    usual = tuple(form.most_common(1)[0][0] for form in forms)
    otherwise = {day.isoformat(): spans for day, spans in days.items() if spans != usual[day.weekday()]}
    return Week(usual, otherwise)


def _by_day(start: datetime, until: datetime, known: bool) -> list[tuple[date, Span]]:
    """A stretch of time cut at midnight."""
    found: list[tuple[date, Span]] = []
    while start < until:
        midnight = datetime.combine(start.date() + timedelta(days=1), time())
        end = min(until, midnight)
        first = start.hour * 60 + start.minute
        last = DAY_MIN if end == midnight else end.hour * 60 + end.minute
        if first < last:
            found.append((start.date(), (first, last) if known else (first, last, 1)))
        start = end
    return found
