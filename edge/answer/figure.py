"""Reads the figures in a text: times, prices, distances, phones and plain numbers, however they are written.

One figure may have several readings ("20.30" is a time or a number); whoever checks accepts any that is
supported. Left out: what supports a figure (verify.py) and writing figures (notation.py).
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale

_UNITS = {
    **dict.fromkeys(
        ("m", "м", "metre", "metres", "meter", "meters", "metro", "metros", "метров", "метра"), "m"
    ),
    **dict.fromkeys(("km", "км", "kilometre", "kilometres", "kilometer", "kilometers", "kilómetros"), "km"),
    **dict.fromkeys(("километр", "километра", "километров"), "km"),
    **dict.fromkeys(("mi", "mile", "miles", "millas"), "mi"),
    **dict.fromkeys(("ft", "feet", "foot"), "ft"),
}
_MONEY_WORDS = "euros?|евро|rub|руб|рубл\\w+|rubel|rublos?|dollars?|доллар\\w*|dólares|pounds?|pesos?|zł|грн"
_CLOCK_BEFORE = r"(?:at|until|till|um|bis|в|до|las|from|ab|с)\s+$"
_NUMBER = r"\d{1,3}(?:[ '’.,]\d{3})+(?:[.,]\d{1,2})?(?![\d])|\d+(?:[.,]\d+)?"
_PHONE = re.compile(r"\+?\(?\d[\d ()./\-]{3,}\d")
_TIME = re.compile(r"(?<![\d:.])(\d{1,2})[:.h](\d{2})(?![\d])\s*(?:([ap])\.? ?m\b\.?)?", re.IGNORECASE)
_HOUR = re.compile(
    r"(?<![\d:.,])(\d{1,2})\s*(?:([ap])\.? ?m\b\.?|uhr\b|o['’]clock|час\w*|ч\b|horas?\b|h\b)", re.IGNORECASE
)
_ANY = re.compile(_NUMBER)
_START = re.compile(r"[+(]?\d")


@dataclass(frozen=True)
class Figure:
    """A figure found at `start` to `end`: its readings as (kind, value).

    Kinds: "time" (minutes of the day), "price" (with "money", the sign beside it), "number", "m", "km",
    "mi" and "ft" (a length), "phone" (its digits).
    """

    text: str
    start: int
    end: int
    readings: frozenset[tuple[str, float | str]]


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """The text with ordinary digits, spaces and dashes."""
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKC", text)
    spaced = "".join(" " if unicodedata.category(char) == "Zs" else char for char in folded)
    dashed = re.sub("[\u2010-\u2012\u2212]", "-", spaced)
    return "".join(
        str(unicodedata.digit(char)) if char.isdigit() and not char.isascii() else char for char in dashed
    )


@lru_cache(maxsize=8192)
def read(text: str) -> tuple[Figure, ...]:
    """All figures of a text that is already `plain`, in order; none overlap."""
    found: list[Figure] = []
    at = 0
    while match := _START.search(text, at):
        figure = _figure(text, match.start())
        found.append(figure)
        at = figure.end
    return tuple(found)


def numbers(text: str) -> frozenset[float]:
    """The values a written number can mean: "1.200" is 1200 or 1.2."""
    bare = re.sub(r"[ '’]", "", text)
    means = set()
    for point, group in ((".", ","), (",", ".")):
        whole = bare.replace(group, "")
        if whole.count(point) <= 1 and _grouped(bare, group, point):
            means.add(float(whole.replace(point, ".")))
    return frozenset(means)


def _grouped(text: str, group: str, point: str) -> bool:
    """Whether `group` separates thousands rightly."""
    parts = text.split(point, maxsplit=1)[0].split(group)
    return len(parts) == 1 or (1 <= len(parts[0]) <= 3 and all(len(part) == 3 for part in parts[1:]))


def _figure(text: str, start: int) -> Figure:
    """The figure that begins at `start`: the longest of phone, time and number."""
    readings: set[tuple[str, float | str]] = set()
    end = start + 1
    if (phone := _PHONE.match(text, start)) and len(digits(phone[0])) >= 6 and not _money(text, phone.end()):
        return Figure(
            phone[0], start, phone.end(), frozenset({("phone", digits(phone[0])), *_as_number(phone[0])})
        )
    first = start if text[start].isdigit() else start + 1
    for pattern in (_TIME, _HOUR):
        if match := pattern.match(text, first):
            minute = int(match[2]) if pattern is _TIME else 0
            half = match[3] if pattern is _TIME else match[2]
            if (minutes := _minutes(int(match[1]), minute, half)) is not None:
                readings.add(("time", minutes))
                end = max(end, match.end() - (match[0].endswith(" ")))
                if pattern is _HOUR or half:
                    return Figure(text[start:end], start, end, frozenset(readings))
                break
    number = _ANY.match(text, first)
    if number is None:
        return Figure(text[start:end], start, max(end, first), frozenset(readings))
    if not readings or number.end() >= end:
        readings |= _numeric(text, number)
    return Figure(text[start : max(end, number.end())], start, max(end, number.end()), frozenset(readings))


def _numeric(text: str, number: re.Match[str]) -> set[tuple[str, float | str]]:
    """Readings of a number by what stands beside it."""
    values = numbers(number[0])
    if money := _money(text, number.end()) or _money_before(text, number.start()):
        return {("price", value) for value in values} | {("money", money)}
    unit = re.compile(r"\s?([^\W\d_]+)\b").match(text, number.end())
    if unit and (length := _UNITS.get(unit[1].casefold())):
        return {(length, value) for value in values}
    said: set[tuple[str, float | str]] = {("number", value) for value in values}
    hour = int(number[0]) if number[0].isdigit() and len(number[0]) <= 2 else None
    if hour is not None and hour <= 24 and re.search(_CLOCK_BEFORE, text[: number.start()], re.IGNORECASE):
        said.add(("time", hour % 24 * 60.0))
    return said


def _money(text: str, end: int) -> str:
    """The currency's sign, code or name after a number; empty where there is none."""
    after = text[end:].removeprefix(" ")
    if after[:1] and _sign(after[0]):
        return after[0]
    word = re.match(r"[^\W\d_]+", after)
    if word and (word[0] in currencies() or re.fullmatch(_MONEY_WORDS, word[0], re.IGNORECASE)):
        return word[0]
    return ""


def _money_before(text: str, start: int) -> str:
    """The same before it: "EUR 45", "€45"."""
    before = text[:start].rstrip()
    if before and _sign(before[-1]):
        return before[-1]
    return before[-3:] if before[-3:] in currencies() else ""


def _sign(char: str) -> bool:
    return unicodedata.category(char) == "Sc"


@lru_cache(maxsize=1)
def currencies() -> frozenset[str]:
    """ISO 4217 codes."""
    return frozenset(Locale.parse("en").currencies)


def _as_number(text: str) -> set[tuple[str, float | str]]:
    return {("number", value) for value in numbers(text)} if re.fullmatch(_NUMBER, text) else set()


def _minutes(hour: int, minute: int, half: str | None) -> float | None:
    if hour > 24 or minute > 59 or (half and not 1 <= hour <= 12):
        return None
    if half:
        hour = hour % 12 + (12 if half.casefold() == "p" else 0)
    return float(hour % 24 * 60 + minute)


def digits(text: str) -> str:
    """Only the digits."""
    return re.sub(r"\D", "", text)
