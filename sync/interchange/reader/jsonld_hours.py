"""schema.org opening hours to the OSM opening_hours grammar."""

import re

from sync.interchange.reader.jsonld_value import Node, many, text

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
CLOSED = "off"

_TIME = re.compile(r"(\d{1,2}):(\d{2})")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def opening_hours(node: Node) -> str | None:
    """The hours of a node: openingHoursSpecification, else openingHours, which is almost OSM's form."""
    specified = [item for item in many(node.get("openingHoursSpecification")) if isinstance(item, dict)]
    if specified:
        return _specified(specified)
    rules = [rule for item in many(node.get("openingHours")) if (rule := text(item))]
    return "; ".join(re.sub(r"\s*([–—-])\s*", "-", rule) for rule in rules) or None


def _specified(items: list[Node]) -> str | None:
    """One rule for each season and set of times, days with the same times together."""
    seasons: dict[str, dict[str, list[str]]] = {}
    for item in items:
        week = seasons.setdefault(_season(item), {})
        span = _span(item)
        for day in _days(item.get("dayOfWeek")):
            if span is not None and span not in week.setdefault(day, []):
                week[day].append(span)
    rules = [rule for season, week in sorted(seasons.items()) for rule in _rules(season, week)]
    return "; ".join(rules) or None


def _rules(season: str, week: dict[str, list[str]]) -> list[str]:
    by_times: dict[str, list[str]] = {}
    for day in (*DAYS, "PH"):
        if week.get(day):
            spans = sorted(set(week[day]) - {CLOSED}) or [CLOSED]
            by_times.setdefault(",".join(spans), []).append(day)
    return [" ".join(filter(None, (season, _run(days), times))) for times, days in by_times.items()]


def _run(days: list[str]) -> str:
    """A list of days in order, as in "Mo-Fr,Su"."""
    places = [DAYS.index(day) for day in days if day in DAYS]
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][-1] == place - 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    parts = [_named(run) for run in runs]
    return ",".join([*parts, *(["PH"] if "PH" in days else [])])


def _named(run: list[int]) -> str:
    if len(run) <= 2:
        return ",".join(DAYS[place] for place in run)
    return f"{DAYS[run[0]]}-{DAYS[run[-1]]}"


def _days(value: object) -> list[str]:
    """Days of the week by their schema.org names; every day where none is said."""
    found = []
    for item in many(value):
        name = (text(item) or "").rsplit("/", 1)[-1].removeprefix("schema:").casefold()
        if name in NAMES:
            found.append(DAYS[NAMES.index(name)])
        elif name == "publicholidays":
            found.append("PH")
        elif name[:2].capitalize() in DAYS:
            found.append(name[:2].capitalize())
    return found or ([] if value else list(DAYS))


def _span(item: Node) -> str | None:
    opens, closes = _clock(item.get("opens")), _clock(item.get("closes"))
    if opens is None or closes is None:
        return CLOSED if opens is None and closes is None else None
    if opens == closes == "00:00":
        return CLOSED  # the published way to say closed all day
    return f"{opens}-{'24:00' if closes in ('23:59', '00:00') else closes}"


def _clock(value: object) -> str | None:
    found = _TIME.match(text(value) or "")
    return f"{int(found[1]):02d}:{found[2]}" if found else None


def _season(item: Node) -> str:
    first, last = (
        _DATE.match(text(item.get("validFrom")) or ""),
        _DATE.match(text(item.get("validThrough")) or ""),
    )
    if first is None or last is None:
        return ""
    start, end = (f"{m[1]} {MONTHS[int(m[2]) - 1]} {m[3]}" for m in (first, last))
    return start if start == end else f"{start}-{end}"
