"""One spelling for comparing: case, accents, punctuation, inflection and script taken away.

`fold` is what the catalogue stores in its key columns and what every question goes through, so both sides of
a comparison agree. `stems` takes inflection away, `latin` the script, `sound` the ways people type one script
in another. Nothing here knows categories or places, and nothing here ranks.
"""

import re
import threading
import unicodedata
from functools import lru_cache

import snowballstemmer

# Marks that people leave out when they type: Latin, Greek and Cyrillic accents, Hebrew points, Arabic vowel
# signs. Marks that carry the vowel itself (Indic, Thai, Japanese voicing) stay.
_MARKS = re.compile(
    "[\u0300-\u0305\u0307-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]|(?<!и)\u0306"
)
_POSSESSIVE = re.compile(r"(?<=\w)['’ʼ`]s\b")
_PLAIN = "ø:o đ:d ł:l ı:i æ:ae œ:oe þ:th ð:d ħ:h ŋ:n ə:e ё:е ى:ي ی:ي ې:ي ک:ك ة:ه ۀ:ه ہ:ه ٱ:ا ς:σ"
_LETTERS = dict(pair.split(":") for pair in _PLAIN.split())
_ARABIC_DIGITS = {chr(base + d): str(d) for base in (0x660, 0x6F0, 0x966) for d in range(10)}
_DROPPED = {
    "\u0640",
    "\u00ad",
    "\u200b",
    "\u200d",
    "\ufeff",
}  # tatweel, soft hyphen, zero-width space and joiner


class _Letters(dict[int, str]):
    """A translation table, filled as characters are met: letters, digits and marks stay, else a space."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        kept = char if unicodedata.category(char)[0] in "LNM" else " "
        self[code] = kept
        return kept


_TABLE = _Letters(
    {ord(k): v for k, v in {**_LETTERS, **_ARABIC_DIGITS}.items()} | {ord(c): "" for c in _DROPPED}
)


def fold(text: str) -> str:
    """`text` in the one spelling used for comparing: words in lower case with single spaces between them.

    Idempotent. Compatibility forms are unified, accents dropped (but й stays itself), ё is е, punctuation
    is a space, "'s" loses its apostrophe. Scripts are kept: see `latin`.
    """
    if text.isascii():
        return " ".join(_POSSESSIVE.sub("s", text.lower()).translate(_TABLE).split())
    folded = _fold_once(text)
    while (again := _fold_once(folded)) != folded:
        folded = again
    return folded


def _fold_once(text: str) -> str:
    text = unicodedata.normalize("NFKD", text).casefold()
    text = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    text = _POSSESSIVE.sub("s", unicodedata.normalize("NFC", text))
    return " ".join(text.translate(_TABLE).split())


# Scripts written without spaces between words: Han, kana, Thai, Lao, Khmer, Burmese. Hangul has spaces.
_UNSPACED = (
    "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
_WORD = re.compile(f"[{_UNSPACED}]+|[^\\s{_UNSPACED}]+")
_UNSPACED_CHAR = re.compile(f"[{_UNSPACED}]")


def tokens(text: str) -> list[str]:
    """The folded words of `text`, in order. A run of a script without spaces is one token."""
    return _WORD.findall(fold(text))


def unspaced(token: str) -> bool:
    """Is this folded token of a script that puts no spaces between words?"""
    return bool(_UNSPACED_CHAR.match(token))


def pairs(token: str) -> list[str]:
    """Overlapping pairs of characters of an unspaced token: what stands for words in such scripts."""
    return [token[i : i + 2] for i in range(len(token) - 1)] or [token]


_STEMMERS = (
    "ar:arabic ca:catalan cs:czech da:danish de:german el:greek en:english eo:esperanto es:spanish "
    "et:estonian eu:basque fa:persian fi:finnish fr:french ga:irish hi:hindi hu:hungarian hy:armenian "
    "id:indonesian it:italian lt:lithuanian nb:norwegian ne:nepali nl:dutch nn:norwegian no:norwegian "
    "pl:polish pt:portuguese ro:romanian ru:russian sr:serbian sv:swedish ta:tamil tr:turkish yi:yiddish"
)
SNOWBALL = dict(pair.split(":") for pair in _STEMMERS.split())
_AVAILABLE = frozenset(snowballstemmer.algorithms())
_RAW_WORD = re.compile(rf"[^\W_{_UNSPACED}]+|[{_UNSPACED}]+")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_stemmers = threading.local()


def stems(text: str, language: str) -> list[str]:
    """The folded stems of `text` read as `language` (BCP 47), in order, one or two a word.

    Words are stemmed as written and, where that differs, as typed without accents, so that both meet. A
    language without a stemmer keeps its folded words; unspaced scripts give pairs of characters.
    """
    found: list[str] = []
    for word in tokens_accented(text):
        found.extend(_stems_of(word, language.split("-")[0].lower()))
    return found


def tokens_accented(text: str) -> list[str]:
    """Words in lower case with their accents, for stemmers that read them. Indic scripts come folded."""
    text = unicodedata.normalize("NFKC", text)
    if not text.isascii() and any(unicodedata.category(c)[0] == "M" for c in set(text)):
        return tokens(text)
    return _RAW_WORD.findall(_POSSESSIVE.sub("s", text).lower())


@lru_cache(maxsize=200_000)
def _stems_of(word: str, language: str) -> tuple[str, ...]:
    plain = fold(word)
    if not plain:
        return ()
    if unspaced(plain):
        return tuple(pairs(plain))
    algorithm = SNOWBALL.get(language)
    if (
        algorithm is None
        or algorithm not in _AVAILABLE
        or (algorithm == "russian" and not _CYRILLIC.search(plain))
    ):
        return (plain,)
    written, typed = fold(_stem(word, algorithm)) or plain, fold(_stem(plain, algorithm)) or plain
    return (written,) if written == typed else (written, typed)


def _stem(word: str, algorithm: str) -> str:
    """One word's stem. A stemmer keeps state while it works, so each thread has its own."""
    cached = getattr(_stemmers, algorithm, None)
    if cached is None:
        cached = snowballstemmer.stemmer(algorithm)
        setattr(_stemmers, algorithm, cached)
    try:
        return str(cached.stemWord(word))
    except UnicodeEncodeError:  # half a character, which no word holds
        return word


_LATIN = (
    # Cyrillic after BGN/PCGN, with the letters of Ukrainian, Belarusian, Serbian, Macedonian and Kazakh
    ("абвгдежзийклмнопрст", "a b v g d e zh z i y k l m n o p r s t"),
    ("уфхцчшщъыьэюя", "u f kh ts ch sh shch - y - e yu ya"),
    ("ієґђјљњћџѕўәғқңөұүһ", "i ye g dj j lj nj c dz dz w a g k n o u u h"),
    # Greek
    ("αβγδεζηθικλμνξοπρστυφχψω", "a v g d e z i th i k l m n x o p r s t y f ch ps o"),
    # Georgian, the national system without apostrophes
    ("აბგდევზთიკლმნოპჟრსტუფქ", "a b g d e v z t i k l m n o p zh r s t u p k"),
    ("ღყშჩცძწჭხჯჰ", "gh q sh ch ts dz ts ch kh j h"),
    # Armenian
    ("աբգդեզէըթժիլխծկհձղճմ", "a b g d e z e e t zh i l kh ts k h dz gh ch m"),
    ("յնշոչպջռսվտրցւփքօֆ", "y n sh o ch p j r s v t r ts v p k o f"),
    # Hebrew and Arabic: consonants and long vowels, which is what is written
    ("אבגדהוזחטיכךלמםנןסעפףצץקרשת", "a b g d h v z kh t i k k l m m n n s a p p ts ts k r sh t"),
    ("ابتثجحخدذرزسشصضطظعغفق", "a b t th j h kh d dh r z s sh s d t z a gh f q"),
    ("كلمنهويءپچژگ", "k l m n h w y - p ch zh g"),
)
_LATIN_TABLE = {
    ord(letter): "" if spelt == "-" else spelt
    for letters, spellings in _LATIN
    for letter, spelt in zip(letters, spellings.split(), strict=True)
}


def latin(text: str) -> str:
    """Folded `text` with Cyrillic, Greek, Georgian, Armenian, Hebrew and Arabic letters in Latin ones.

    Other scripts stay as they are.
    """
    folded = fold(text)
    return folded if folded.isascii() else " ".join(folded.translate(_LATIN_TABLE).split())


_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("shch|sch|sh|sz", "S"),
        ("tch|ch|cz", "C"),
        ("zh", "Z"),
        ("kh", "h"),
        ("ph", "f"),
        ("x", "ks"),
        ("ts|tz|c(?=[eiy])", "T"),
        ("ck|q|c", "k"),
        ("w", "v"),
        ("[jy]", "i"),
        ("i+e", "e"),
        (r"(\w)\1+", r"\1"),
    )
]


@lru_cache(maxsize=100_000)
def sound(text: str) -> str:
    """A key that is equal for the usual ways of typing one word in Latin letters or in its own script.

    "santehnik", "santekhnik" and "сантехник" share one. Not for showing.
    """
    key = latin(text)
    for pattern, replacement in _SOUNDS:
        key = pattern.sub(replacement, key)
    return key


def word_spans(text: str) -> list[tuple[int, int]]:
    """Where the words of `text` stand, as (start, end) offsets in it; unspaced runs are cut from others."""
    shape = "".join(" " if _TABLE[ord(char)] == " " else char for char in text)
    return [found.span() for found in _WORD.finditer(shape)]
