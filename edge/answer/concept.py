"""Which everyday idea an attribute key speaks of, from the words in the key.

"has_wifi", "internet_access" and "wlan" are one idea, with a natural sentence in each language (`concept.*`
messages) and ways in which people say it (`vocabulary/concept.toml`); a key that is none of them is spoken of
by its own words. Left out: values, which are said as the catalogue has them.
"""

import re
from functools import lru_cache
from typing import Any

from edge.answer import vocabulary

_OPENING_WORDS = frozenset(
    {"has", "is", "offers", "serves", "allows", "with", "good", "for", "takes", "accepts"}
)
# Words that add nothing to an idea: "wifi_available", "payment:cards", "pets_welcome".
_EMPTY = _OPENING_WORDS | frozenset(
    {"allowed", "accepted", "welcome", "available", "availability", "possible", "friendly", "included"}
    | {"option", "options", "access", "service", "services", "payment", "payments", "method", "methods"}
    | {"in", "on", "the", "of", "and", "to", "room", "rooms", "dish", "dishes", "menu", "food", "diet"}
)


@lru_cache(maxsize=4096)
def of(key: str) -> str | None:
    """The idea's name, or None. The key has the idea's words, and beside them only words that say nothing.

    What may be claimed of a provider in words: "kids_cut" is not "good for children".
    """
    words = [_singular(word) for word in split(key)]
    for idea, known in vocabulary.load("idea").items():
        for alternative in known.get("keys", ()):
            wanted = [_singular(word) for word in alternative.split()]
            rest = [word for word in words if word not in wanted and word not in _EMPTY_SINGULAR]
            if not rest and all(word in words for word in wanted):
                return str(idea)
    return None


@lru_cache(maxsize=4096)
def about(key: str) -> str | None:
    """The idea that people may mean when they mean this key, by the longest run of words found in it, or
    None.

    Looser than `of`, and only of ideas with phrases to say them: good enough to recognise, not to claim.
    """
    spoken = _run(" ".join(split(key)))
    best: tuple[int, str] | None = None
    for idea, known in vocabulary.load("idea").items():
        for run in (*known.get("keys", ()), *known.get("hints", ())) if phrases(idea) else ():
            if _run(run) in spoken and (best is None or len(run) > best[0]):
                best = (len(run), idea)
    return best[1] if best else None


def phrases(idea: str) -> dict[str, Any]:
    """How people say an idea: language → phrases; under "no", language → ways to say that it must not be."""
    known = vocabulary.load("idea").get(idea, {})
    found: dict[str, Any] = vocabulary.load("concept").get(known.get("phrases", idea), {})
    return found


def ideas() -> tuple[str, ...]:
    """All ideas that `of` may give."""
    return tuple(idea for idea, known in vocabulary.load("idea").items() if known.get("keys"))


def split(key: str) -> list[str]:
    """The words of a key: snake, kebab, camel case and OSM's colons."""
    return (
        re.sub(r"(?<=[a-z])(?=[A-Z])", " ", key)
        .replace("_", " ")
        .replace(":", " ")
        .replace("-", " ")
        .lower()
        .split()
    )


def spoken(key: str) -> str:
    """An unknown key as words: "has_rooftop_bar" → "rooftop bar"."""
    words = split(key)
    while len(words) > 1 and words[0] in _OPENING_WORDS:
        words = words[1:]
    return " ".join(words)


def _run(text: str) -> str:
    """Words in the singular between spaces, so that a run of whole words is a part of the string."""
    return f" {' '.join(map(_singular, text.split()))} "


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


_EMPTY_SINGULAR = frozenset(_singular(word) for word in _EMPTY)
