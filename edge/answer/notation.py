"""How times, prices, distances, days and lists are written: the locale's habit, from CLDR.

Values come from records; nothing here rounds a price or a time. Distances are rounded as people say them.
Left out: sentences (message.py) and phone numbers, addresses and names, which stay as the catalogue has them.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_time, get_day_names, get_month_names
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal
from babel.units import format_unit

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
LARGEST = 1e15
_MILES = frozenset({"US", "GB", "LR", "MM"})
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH, _DAY = f"(?:{'|'.join(MONTHS)})", f"(?:{'|'.join(DAYS)}|PH)"
_HOURS = re.compile(
    rf"^(?P<months>(?:{_MONTH}(?:-{_MONTH})?,?)*):?\s*(?P<days>(?:{_DAY}(?:-{_DAY})?,?)*)\s*"
    r"(?P<times>off|closed|(?:\d{1,2}:\d{2}-\d{1,2}:\d{2},?)+)$"
)


@lru_cache(maxsize=64)
def locale(language: str, country: str | None = None) -> Locale:
    """The CLDR locale of a language as written in a country.

    English keeps its decimal point everywhere, and is Europe's where no country decides.
    """
    names = [f"{language}_{country}"] if country else []
    for name in [*names, "en_150" if language == "en" else language, "en_150"]:
        try:
            found = Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
        if language != "en" or found.number_symbols["latn"]["decimal"] == ".":
            return found
    raise AssertionError("babel always has en_150")


def clock(at: datetime, where: Locale) -> str:
    """ "20:00" or "8:00 PM". Narrow spaces become ordinary no-break ones: not every font has them."""
    if "a" in where.time_formats["short"].pattern:
        return _plain(format_time(at, "short", locale=where))
    return f"{at.hour}:{at.minute:02d}" if where.language in ("en", "es", "ru") else f"{at:%H:%M}"


def day(at: datetime, where: Locale) -> str:
    """The weekday's name, as it stands inside a sentence."""
    return str(get_day_names("wide", "format", where)[at.weekday()])


def price(amount: float, currency: str | None, where: Locale) -> str:
    """An amount with its currency, without decimals when it has none."""
    if not currency or not abs(amount) < LARGEST:
        return f"{number(amount, where)} {currency or ''}".strip()
    pattern = where.currency_formats["standard"].pattern
    if amount == int(amount):
        pattern = pattern.replace(".00", "")
    text = format_currency(amount, currency, pattern, locale=where, currency_digits=False)
    return _plain(re.sub(r"(?<=[^\W\d_])(?=\d)", "\u00a0", text))


def number(value: float, where: Locale) -> str:
    """A number with at most two decimals: "4.3", "1,200"; past all habit, as it is."""
    if not abs(value) < LARGEST:
        return str(value)
    return _plain(format_decimal(value, "#,##0.##", locale=where))


def distance(metres: float, where: Locale) -> str:
    """ "400 m", "1.2 km", or feet and miles where people walk in them."""
    metres = min(max(metres, 0.0), LARGEST)
    if where.territory in _MILES:
        miles = metres / 1609.344
        if miles < 0.1:
            return _unit(max(50, round(metres / 0.3048, -1)), "length-foot", where)
        return _unit(round(miles, 1), "length-mile", where)
    if metres < 995:
        return _unit(max(10, round(metres, -1)), "length-meter", where)
    return _unit(round(metres / 1000, 1 if metres < 10_000 else None), "length-kilometer", where)


def series(items: list[str], where: Locale, kind: str = "standard") -> str:
    """A list in words: "A, B and C"; `kind` "or" for alternatives."""
    return format_list(items, "or" if kind == "or" else "standard", locale=where) if items else ""


def hours(opening_hours: str, where: Locale, words: dict[str, str]) -> str:
    """OSM opening hours in the visitor's day names; as the catalogue has them where they are not plain.

    `words` gives "always" (24/7), "closed" and "holidays".
    """
    if opening_hours.strip() == "24/7":
        return words["always"]
    parts = [_rule(rule.strip(), where, words) for rule in opening_hours.split(";") if rule.strip()]
    return "; ".join(part for part in parts if part) if all(parts) else opening_hours


def calendar(where: Locale) -> set[str]:
    """Every name of a weekday or month, long and short, as it is written in and outside sentences."""
    return {
        str(name)
        for width in ("wide", "abbreviated")
        for use in ("format", "stand-alone")
        for names in (get_day_names(width, use, where), get_month_names(width, use, where))
        for name in names.values()
    }


def _rule(rule: str, where: Locale, words: dict[str, str]) -> str:
    """One rule such as "Mo-Fr 09:00-18:00", or "" where it is more than that."""
    found = _HOURS.match(rule)
    if found is None:
        return ""
    days = _named(found["days"], DAYS, get_day_names("abbreviated", "format", where))
    names = get_month_names("abbreviated", "stand-alone", where)
    months = _named(found["months"], MONTHS, {number - 1: name for number, name in names.items()})
    days = " ".join(part for part in (months, days.replace("PH", words["holidays"])) if part)
    if found["times"] in ("off", "closed"):
        return f"{days} {words['closed']}".strip()
    times = re.sub(r"(\d{1,2}):(\d{2})", lambda m: _time(int(m[1]), int(m[2]), where), found["times"])
    return f"{days} {times.replace('-', '–').replace(',', ', ')}".strip()


def _named(text: str, codes: tuple[str, ...], names: Mapping[int, str]) -> str:
    """Codes such as "Mo-Fr" in the language's abbreviations."""
    said = re.sub("|".join(codes), lambda code: str(names[codes.index(code[0])]).rstrip("."), text)
    return said.replace("-", "–").replace(",", ", ").strip()


def _time(hour: int, minute: int, where: Locale) -> str:
    return clock(datetime(2000, 1, 1, hour % 24, minute % 60), where)


def _unit(value: float, unit: str, where: Locale) -> str:
    whole = int(value) if value == int(value) else value
    return _plain(format_unit(whole, unit, "short", locale=where))


def _plain(text: str) -> str:
    return text.replace("\u202f", "\u00a0")
