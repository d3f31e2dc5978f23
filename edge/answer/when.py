"""When somebody wants it: "now", "on Sunday", "at 8 pm", "завтра в 9". Market-local wall time.

Only what decides whether a provider is open. A bare number is no time: it needs a clock's form or a word
beside it.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from babel import Locale

from edge.answer.lexicon import Lexicon, words

_NOW = {
    "en": ("now", "open now", "right now", "currently", "at the moment", "still open", "at this hour"),
    "ru": ("сейчас", "открыто сейчас", "прямо сейчас", "еще открыто", "в данный момент"),
    "es": ("ahora", "abierto ahora", "ahora mismo", "en este momento"),
    "de": ("jetzt", "gerade", "jetzt offen", "jetzt geöffnet", "noch offen", "momentan"),
    "fr": ("maintenant", "ouvert maintenant"),
    "tr": ("şimdi", "şu an"),
    "ar": ("الآن",),
    "zh": ("现在", "目前"),
}
_DAYS_AHEAD = {
    0: "today heute hoy сегодня aujourd'hui bugün tonight",
    1: "tomorrow morgen mañana завтра demain yarın",
    2: "übermorgen послезавтра",
}
_TIMES_OF_DAY = {
    9: ("in the morning", "this morning", "утром", "por la mañana", "am morgen", "vormittags"),
    15: ("in the afternoon", "this afternoon", "днем", "por la tarde", "am nachmittag", "nachmittags"),
    20: (
        "tonight",
        "this evening",
        "in the evening",
        "at night",
        "вечером",
        "por la noche",
        "esta noche",
        "abends",
        "heute abend",
        "am abend",
    ),
    23: ("late at night", "ночью", "de madrugada", "nachts", "late night"),
}
_FEW_WORDS = 4
_WEEKDAY_LANGUAGES = ("en", "ru", "es", "de", "fr", "tr")
_CLOCK = re.compile(
    r"(?:(?P<word>\b(?:at|by|after|until|till|before|в|до|после|к|a las|a la|um|bis|nach|gegen|ab|à)\s+))?"
    r"\b(?P<hour>\d{1,2})(?:(?::|\.|h)(?P<minute>\d{2}))?\s*(?P<half>[ap]\.?m\b\.?|o'?clock|uhr\b|час\w*|h\b)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class When:
    """The moment meant, and whether a clock time was said (else a usual hour of the day was taken)."""

    at: datetime
    exact: bool


def find_when(text: str, now: datetime, language: str = "en") -> When | None:
    """The moment that `text` speaks of, given the market's wall clock `now`; None where it speaks of none."""
    day, said = _day(text, now, language)
    clock = _clock(text)
    if clock is not None:
        moment = datetime.combine(day.date(), clock)
        if not said and moment < now:
            moment += timedelta(days=1)
        return When(moment, True)
    hour = next((m.meaning for m in _TIMES.find(text, language)), None)
    if hour is not None:
        return When(datetime.combine(day.date(), time(hour)), False)
    if said:
        return When(now if day.date() == now.date() else datetime.combine(day.date(), time(12)), False)
    return When(now, False) if _means_now(text, language) else None


def _means_now(text: str, language: str) -> bool:
    """Is "now" about the clock? Alone in a longer sentence it may only go on ("Now, can you find…")."""
    mentions = _NOWS.find(text, language)
    count = len(words(text))
    return any(m.length > 1 or m.end == count or count <= _FEW_WORDS for m in mentions)


def _day(text: str, now: datetime, language: str) -> tuple[datetime, bool]:
    for mention in _DAYS.find(text, language):
        return now + timedelta(days=mention.meaning), True
    for mention in _WEEKDAYS.find(text, language):
        written = words(text)[mention.start].text
        if len(written) > 3 or written[0].isupper():
            return now + timedelta(days=(mention.meaning - now.weekday()) % 7), True
    return now, False


def _clock(text: str) -> time | None:
    """The last clock time in `text`: with minutes, a half of the day, or a word for the hour beside it."""
    found = None
    for match in _CLOCK.finditer(text):
        hour, minute = int(match["hour"]), int(match["minute"] or 0)
        if match["minute"] is None and match["half"] is None:
            continue
        if match["minute"] and not match["word"] and not match["half"] and ":" not in match.group():
            continue
        half = (match["half"] or "").lower()
        if half.startswith("p") and hour < 12:
            hour += 12
        if half.startswith("a") and hour == 12:
            hour = 0
        if hour < 24 and minute < 60:
            found = time(hour, minute)
    return found


def _lexicon_of_times() -> Lexicon[int]:
    lexicon: Lexicon[int] = Lexicon()
    for hour, phrases in _TIMES_OF_DAY.items():
        for language in ("en", "ru", "es", "de"):
            lexicon.add_all(phrases, hour, language)
    return lexicon


def _lexicon_of_days() -> Lexicon[int]:
    lexicon: Lexicon[int] = Lexicon()
    for ahead, spelt in _DAYS_AHEAD.items():
        for word in spelt.split():
            lexicon.add(word, ahead, "und")
    return lexicon


def _lexicon_of_weekdays() -> Lexicon[int]:
    lexicon: Lexicon[int] = Lexicon()
    for language in _WEEKDAY_LANGUAGES:
        names = Locale.parse(language).days["format"]["wide"]
        for day, name in names.items():
            lexicon.add(name, day, language)
    return lexicon


def _lexicon_of_now() -> Lexicon[bool]:
    lexicon: Lexicon[bool] = Lexicon()
    for language, phrases in _NOW.items():
        lexicon.add_all(phrases, True, language)
    return lexicon


def lexicons() -> dict[str, Lexicon[Any]]:
    """The phrases read here, by what they tell."""
    return {"time_of_day": _TIMES, "day_ahead": _DAYS, "weekday": _WEEKDAYS, "now": _NOWS}


_TIMES = _lexicon_of_times()
_DAYS = _lexicon_of_days()
_WEEKDAYS = _lexicon_of_weekdays()
_NOWS = _lexicon_of_now()
