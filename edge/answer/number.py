"""Figures people name for what they look for: "the second one", "rated over 4", "under 20 euro".

Languages that should be spoken, which are counted off in the same way, are read here too.
"""

import re
from functools import lru_cache

from babel import Locale

from edge.answer import vocabulary
from edge.answer.lexicon import Lexicon, words

_RESULT_WORDS = frozenset(vocabulary.load("ordinal")["results"])
_STARS = r"(?:stars?|звезд\w*|sterne|estrellas)"
_OR_MORE = r"(?:\+|or (?:more|above|higher|better)|и выше|o más|oder (?:mehr|besser))"
_RATING = re.compile(
    r"\b(?:rat(?:e|ed|ing)s?|stars?|рейтинг\w*|оценк\w*|valora\w*|puntua\w*|bewert\w*|sterne)\b\D{0,25}?(\d(?:[.,]\d)?)"
    rf"|(\d(?:[.,]\d)?)\s*{_STARS}?\s*{_OR_MORE}\s*(?:{_STARS}|rat\w*)?",
    re.IGNORECASE,
)
_PRICE = re.compile(
    r"(?:under|below|less than|up to|at most|no more than|max(?:imum)?|cheaper than"
    r"|до|не дороже|дешевле|максимум|menos de|hasta|máximo|por debajo de"
    r"|unter|bis|höchstens|maximal|weniger als)"
    r"\s*(?:[$€£₽]\s*)?(\d{1,6}(?:[.,]\d{1,2})?)\s*"
    r"(?P<money>[$€£₽]|eur\w*|usd|dollars?|bucks|руб\w*|евро|euros?|pounds?)?",
    re.IGNORECASE,
)
_SPOKEN_WORDS = re.compile(
    r"speak|spoken|говор|по-|понима|habl|idioma|sprech|sprach|sprich|parle|konuş|language|язык", re.IGNORECASE
)
_LANGUAGES = (
    *("en", "ru", "es", "de", "fr", "it", "pt", "tr", "pl", "uk", "ar"),
    *("zh", "ja", "ko", "nl", "sv", "fi", "el", "he", "hi", "ka", "hy"),
)


def find_ordinal(text: str, language: str = "en") -> tuple[int, ...]:
    """Places in the list spoken of, counted from 1 (-1 is the last): "the second one", "2", "первый".

    In a long sentence an ordinal counts only beside a word for what was shown.
    """
    written = words(text)
    if len(written) == 1 and written[0].folded.isdigit() and 1 <= int(written[0].folded) <= 9:
        return (int(written[0].folded),)
    found = []
    for mention in ordinals().find(text, language):
        after = {w.folded for w in written[mention.end : mention.end + 2]}
        if after & _RESULT_WORDS or len(written) <= 6:
            found.append(mention.meaning)
    numbered = re.findall(r"(?:number|no\.?|номер|número|nummer|#)\s*(\d)\b", text, re.IGNORECASE)
    return tuple(dict.fromkeys((*found, *(int(n) for n in numbered))))


def find_limits(text: str, language: str = "en") -> tuple[float | None, float | None]:
    """(least rating on 0 to 5, highest price in the market's currency), each None where not said."""
    rating = None
    for match in _RATING.finditer(text):
        if not re.search(r"[^\W\d_]", match.group()):
            continue  # "1 + 1" is no wish
        value = float((match[1] or match[2]).replace(",", "."))
        rating = value if value <= 5 else rating
    price = None
    for match in _PRICE.finditer(text):
        if match["money"] or "$" in match.group() or "€" in match.group():
            price = float(match[1].replace(",", "."))
    return rating, price


def find_spoken(text: str, language: str = "en") -> tuple[str, ...]:
    """Languages that should be spoken there (ISO 639-1): "who speaks German", "говорят по-английски"."""
    if not _SPOKEN_WORDS.search(text):
        return ()
    return tuple(dict.fromkeys(m.meaning for m in language_names().find(text, language)))


@lru_cache(maxsize=1)
def ordinals() -> Lexicon[int]:
    """Words for places in a list."""
    lexicon: Lexicon[int] = Lexicon()
    for number, spelt in vocabulary.load("ordinal")["places"].items():
        lexicon.add_all(spelt, int(number), "und")
    return lexicon


@lru_cache(maxsize=1)
def language_names() -> Lexicon[str]:
    """Names of languages, in six languages."""
    lexicon: Lexicon[str] = Lexicon()
    for code in _LANGUAGES:
        for language in ("en", "ru", "es", "de", "fr", "tr"):
            if name := Locale.parse(language).languages.get(code):
                lexicon.add(name, code, language)
                if language == "ru" and name.endswith("ский"):
                    lexicon.add("по-" + name[:-1], code, "ru")
    return lexicon
