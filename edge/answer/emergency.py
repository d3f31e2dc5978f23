"""Is somebody in danger? If so, the answer begins with the number to call.

Words only, in twelve languages (`locale/emergency.toml`), so that it works on the smallest box. Made to be
wrong on the safe side for people ("my husband collapsed") and quiet for services ("emergency plumber",
"police station opening hours"). Left out: what is said then (template.py).
"""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from sync.provider import Market

Kind = Literal["suicide", "poison", "gas", "fire", "medical", "police", "general"]
KINDS: tuple[Kind, ...] = ("suicide", "poison", "gas", "fire", "medical", "police", "general")
SHORT_WORDS = 5
LONGEST = 600
NUMBERS = frozenset({"112", "911", "999", "110", "119", "000", "101", "102", "103", "115", "118", "113"})
# The number that reaches help for anything, by country; 112 elsewhere: mobile networks route it.
_OWN = {
    "AU": "000",
    "NZ": "111",
    "BR": "190",
    "CN": "110",
    "JP": "119",
    "CL": "131",
    "TH": "191",
    "ZA": "10111",
}
_BY_COUNTRY = {
    **dict.fromkeys(("US", "CA", "MX", "AR", "UY", "PY", "CR", "PA", "EC", "PE", "SA", "PH"), "911"),
    **dict.fromkeys(("GB", "HK", "SG", "MY", "KE", "BH", "QA"), "999"),
    **_OWN,
}


@dataclass(frozen=True)
class _Words:
    """The compiled patterns of one language."""

    always: dict[Kind, re.Pattern[str]]
    strong: dict[Kind, re.Pattern[str]]
    weak: dict[Kind, re.Pattern[str]]
    calm: re.Pattern[str]
    press: re.Pattern[str]


def detect(text: str, language: str) -> Kind | None:
    """The kind of emergency a message speaks of, or None. Only the first 600 characters are read."""
    plain = fold(text[:LONGEST])
    if not plain.strip():
        return None
    if plain.strip() in NUMBERS:
        return "general"
    spoken = words()
    own = spoken.get(language[:2].lower())
    calm = any(one.calm.search(plain) for one in ([own, spoken["en"]] if own else spoken.values()))
    for kind in KINDS:
        for one in spoken.values():
            if _found(one.always, kind, plain) or (not calm and _found(one.strong, kind, plain)):
                return kind
    return None if calm else _weak(plain, [own] if own else list(spoken.values()))


def number(market: Market) -> str:
    """The number to call in this market."""
    return market.emergency_number or _BY_COUNTRY.get(market.country or "", "112")


def _weak(plain: str, spoken: list[_Words]) -> Kind | None:
    """A bare word is a cry only when the message is little more than that word, or presses."""
    few = len(plain.split()) <= SHORT_WORDS
    for kind in KINDS:
        for one in spoken:
            found = one.weak[kind].search(plain) if kind in one.weak else None
            if found and (
                _alone(plain, found[0]) or (few and one.press.search(plain.replace(found[0], " ")))
            ):
                return kind
    return None


def _alone(plain: str, word: str) -> bool:
    return plain.strip() == word.strip()


def _found(patterns: dict[Kind, re.Pattern[str]], kind: Kind, plain: str) -> bool:
    return kind in patterns and patterns[kind].search(plain) is not None


def fold(text: str) -> str:
    """Lower case, no accents or punctuation, one space around every word."""
    parts = unicodedata.normalize(
        "NFKD", text.replace("ı", "i").casefold().replace("ё", "е").replace("й", "и\u0306")
    )
    kept = "".join(
        char if char.isalnum() else "" if unicodedata.category(char) in ("Mn", "Cf") else " "
        for char in parts
    )
    return f" {' '.join(kept.split())} "


@lru_cache(maxsize=1)
def words() -> dict[str, _Words]:
    """All languages' patterns."""
    data = tomllib.loads(files(__package__).joinpath("locale", "emergency.toml").read_text("utf-8"))
    return {language: _compile(language, tables) for language, tables in data.items()}


def _compile(language: str, tables: dict[str, dict[str, list[str]]]) -> _Words:
    anywhere = language in ("zh", "ar")

    def strength(name: str) -> dict[Kind, re.Pattern[str]]:
        return {
            kind: _pattern(tables[kind][name], anywhere) for kind in KINDS if name in tables.get(kind, {})
        }

    return _Words(
        always=strength("always"),
        strong=strength("strong"),
        weak=strength("weak"),
        calm=_pattern(tables["calm"]["words"], anywhere),
        press=_pattern(tables["press"]["words"], anywhere),
    )


def _pattern(phrases: list[str], anywhere: bool) -> re.Pattern[str]:
    """One pattern for many phrases; see the head of the word file for their notation."""
    return re.compile(
        "|".join(_phrase(phrase, anywhere) for phrase in sorted(phrases, key=len, reverse=True))
    )


def _phrase(phrase: str, anywhere: bool) -> str:
    if anywhere:
        return re.escape(fold(phrase).strip())
    parts = []
    for word in phrase.split():
        if word == "…":
            parts.append(r"(?:\w+ ){0,4}")
        else:
            stem = re.escape(fold(word).strip())
            parts.append(stem + (r"\w* " if word.endswith("*") else " "))
    return "(?<= )" + "".join(parts)
