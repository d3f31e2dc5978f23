"""What comes in, made safe to handle: length, broken characters, signs of injection and abuse, personal data.

Flags are for counting and for records; they never stop a genuine question from being answered, because no
text can change what an answer may say: facts come from the catalogue. Left out: rate limits (chat) and
emergencies (emergency.py).
"""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from edge.answer import emergency

LIMIT_CHARACTERS = 2000
_INVISIBLE = {"\u200b", "\u2060", "\ufeff", "\u00ad", "\u200e", "\u200f"}
_TURNING = {*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}
_ODD = _INVISIBLE | _TURNING | {"\ufffd"}
_JOINER = re.compile(
    r"(?<![\u0600-\u08ff\u0900-\u0dff\U0001f000-\U0001faff\u2600-\u27bf\ufe0f])[\u200c\u200d]"
)
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_DIGITS = re.compile(r"(?<![\w])\+?\(?\d(?:[\d\s().\-/\u00a0]{4,28})\d(?!\w)")
_DATE = re.compile(r"^(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{2}-\d{2})$")
_SAID = re.compile(
    r"(?P<lead>\b(?:I am|I'm|I’m|[Яя]|[Ss]oy|[Ii]ch bin|[Jj]e suis)\s+)"
    r"(?P<name>[^\W\d_][\w'’\-]+(?:\s+[^\W\d_][\w'’\-]+){1,2})\b"
)


@dataclass(frozen=True)
class Guarded:
    """A message made safe, and what was seen in it: "too_long", "broken", "injection", "abuse"."""

    text: str
    flags: frozenset[str]


@dataclass(frozen=True)
class Signs:
    """The compiled word lists of `locale/guard.toml`."""

    injection: re.Pattern[str]
    abuse: re.Pattern[str]
    name: re.Pattern[str]


@lru_cache(maxsize=1)
def signs() -> Signs:
    """The word lists of all languages together: an attack need not be in the visitor's language."""
    data = tomllib.loads(files(__package__).joinpath("locale", "guard.toml").read_text("utf-8"))

    def every(table: str) -> str:
        return "|".join(pattern for patterns in data[table].values() for pattern in patterns)

    more = r"(?:\s+(?=[^\W\d_])(?-i:[^\Wa-zа-яёß-öø-ÿіїєґ])[\w'’\-]*){0,3}"
    return Signs(
        injection=re.compile(every("injection"), re.IGNORECASE),
        abuse=re.compile(rf"\b(?:{every('abuse')})(?!\w)", re.IGNORECASE),
        name=re.compile(rf"(?P<lead>\b(?:{every('name')})\s+)[^\W\d_][\w'’\-]*{more}", re.I),
    )


def inspect(text: str) -> Guarded:
    """Clean and flag a message. Cut at 2,000 characters; nothing else of a real question is lost."""
    flags = set()
    if len(text) > LIMIT_CHARACTERS:
        text = text[:LIMIT_CHARACTERS]
        flags.add("too_long")
    cleaned = clean(text)
    if any(char == "\x00" or "\ud800" <= char <= "\udfff" or char == "\ufffd" for char in text):
        flags.add("broken")
    plain = unicodedata.normalize("NFKC", cleaned)
    if signs().injection.search(plain):
        flags.add("injection")
    if signs().abuse.search(plain):
        flags.add("abuse")
    return Guarded(cleaned, frozenset(flags))


def clean(text: str) -> str:
    """The text without control, broken, invisible and direction-changing characters.

    Joiners stay in the scripts that need them.
    """
    kept = []
    for char in text:
        kind = unicodedata.category(char)
        if char in "\n\t\r" or kind in ("Zl", "Zp"):
            kept.append(" ")
        elif kind not in ("Cc", "Cs", "Cn", "Co") and char not in _ODD:
            kept.append(char)
    joined = _JOINER.sub("", unicodedata.normalize("NFC", "".join(kept)))
    return re.sub(r"[ \u00a0]+", " ", re.sub(r"(\w)\1{20,}", r"\1\1\1", joined)).strip()


def mask(text: str) -> str:
    """The text for records: e-mails, card and phone numbers, and names said about oneself, taken out."""
    masked = _MAIL.sub("[email]", text)
    masked = _DIGITS.sub(_number, masked)
    masked = signs().name.sub(lambda said: f"{said['lead']}[name]", masked)
    return _SAID.sub(_named, masked)


def luhn(digits: str) -> bool:
    """Whether digits end in a right check digit (ISO/IEC 7812)."""
    total = 0
    for at, char in enumerate(reversed(digits)):
        number = int(char) * (2 if at % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def _named(said: re.Match[str]) -> str:
    """A name after "I am": two or more words in a row that begin large."""
    words = said["name"].split()
    large = next((at for at, word in enumerate(words) if not word[0].isupper()), len(words))
    return " ".join([f"{said['lead']}[name]", *words[large:]]) if large > 1 else said[0]


def _number(found: re.Match[str]) -> str:
    """A run of digits as a mark, unless it is too short, a date, or a public emergency number."""
    digits = "".join(str(unicodedata.digit(char)) for char in found[0] if char.isdigit())
    if 13 <= len(digits) <= 19 and luhn(digits):
        return "[card]"
    if len(digits) < 7 or digits in emergency.NUMBERS or _DATE.match(found[0].strip()):
        return found[0]
    return "[phone]"
