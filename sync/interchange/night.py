"""Hours that run past midnight, so written that the next day's rule does not cut them off.

In "Fr,Sa 11:00-03:00; Su 12:00-22:00" the grammar lets Sunday's rule replace the whole Sunday, the night
from Saturday included; whoever writes it means the bar to be open until three. Where rules name different
weekdays, each is made an addition to those before it. Everything else is left as it is.
"""

import re

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_DAY = f"(?:{'|'.join(_DAYS)})"
_TIMES = r"\d{1,2}:\d{2}-\d{1,2}:\d{2}(?:,\s*\d{1,2}:\d{2}-\d{1,2}:\d{2})*"
_RULE = re.compile(
    rf"(?P<days>{_DAY}(?:-{_DAY})?(?:,\s*{_DAY}(?:-{_DAY})?)*)\s+(?P<times>{_TIMES}|off|closed)"
)
_RANGE = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")


def kept(hours: str) -> str:
    """The expression with nights kept; itself where no rule runs past midnight or rules overlap."""
    if ";" not in hours or not any(_past_midnight(*found) for found in _RANGE.findall(hours)):
        return hours
    written, taken, plain = "", set[int](), True
    for rule in (part.strip() for part in hours.split(";")):
        if not rule:
            continue
        found = _RULE.fullmatch(rule)
        days = _days(found["days"]) if found else set[int]()
        plain = plain and found is not None and not days & taken
        taken |= days
        if plain and found and found["times"] in ("off", "closed"):
            continue
        written += rule if not written else f", {rule}" if plain else f"; {rule}"
    return written or hours


def _past_midnight(hour: str, minute: str, until_hour: str, until_minute: str) -> bool:
    until = int(until_hour) * 60 + int(until_minute)
    return until <= int(hour) * 60 + int(minute) or until > 24 * 60


def _days(text: str) -> set[int]:
    """The numbers of weekdays such as "Mo-Th,Su"."""
    days: set[int] = set()
    for part in re.split(r",\s*", text):
        first, _, last = part.partition("-")
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        days |= {day % 7 for day in range(start, (end if end >= start else end + 7) + 1)}
    return days
