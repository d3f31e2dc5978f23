"""Checks a sentence before it is said: every number, phone, price, time, address and proper name in it must
stand in a record that the draft holds, or in the question.

A sentence is cut at the names of places; what follows a name must hold for that place, so a true value of one
place said of another is refused. Proper names are told by their capitals: a script without capitals cannot
be checked, and is refused unless it is the catalogue's or the visitor's own words. Left out: what is done
with a refused sentence (phrase.py) and yes/no claims in plain words, which only grammar and template make.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from babel import Locale

from edge.answer import figure, message, notation, number_word, support
from edge.answer.support import Support
from edge.answer.turn import Draft
from edge.answer.voice import Labels
from sync.provider import Market

_CITE = re.compile(r"\[(\d{1,3})\]")
_LINK = re.compile(r"\S+@\S+|https?://\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:/\S*)?\b")
_WORD = re.compile(r"[^\W\d_](?:[\w'’\-]*\w)?")
_METRES = {"m": 1.0, "km": 1000.0, "mi": 1609.344, "ft": 0.3048}
_OUT_OF = re.compile(r"(?<=[\d·])\s*(?:out of|of|из|von|sobre|de|/)\s*5\b")


@dataclass(frozen=True)
class Verdict:
    """Whether a sentence may be said; `reason` names what has no support."""

    ok: bool
    reason: str = ""


def check(text: str, draft: Draft, market: Market | None = None, taxonomy: Labels | None = None) -> Verdict:
    """Whether every figure and proper name of a sentence is supported. Pure; takes about a millisecond."""
    bare = figure.plain(text)
    shared, known = support.shared(draft, market, taxonomy), support.places(draft, taxonomy)
    if wrong := _citations(bare, draft):
        return Verdict(False, wrong)
    for part, ids in _parts(_CITE.sub(" ", bare), known):
        allowed = shared
        for one in ids or known:
            allowed = allowed.merged(known[one][1])
        if wrong := _unsupported(part, allowed, draft):
            return Verdict(False, wrong)
    return Verdict(True)


def _citations(text: str, draft: Draft) -> str:
    """A citation that is no card's, or whose card's name is not in the sentence."""
    names = {str(card.number): figure.plain(card.name).casefold() for card in draft.cards}
    for number in _CITE.findall(text):
        if number not in names:
            return f"citation [{number}]"
        if names[number] not in text.casefold():
            return f"citation [{number}] without its name"
    for number, name in names.items():
        found = re.search(rf"(?<!\w){re.escape(name)}\s*\[(\d+)\]", text.casefold())
        if found and found[1] != number and names.get(found[1]) != name:
            return f"citation [{found[1]}] of another place"
    return ""


def _parts(text: str, places: dict[str, tuple[str, Support]]) -> Iterable[tuple[str, list[str]]]:
    """The text cut before each name of a place; the first part belongs to all."""
    names = sorted({name for name, _ in places.values() if name}, key=len, reverse=True)
    if not names:
        return [(text, [])]
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names), re.IGNORECASE)
    marks = list(pattern.finditer(text))
    parts: list[tuple[str, list[str]]] = [(text[: marks[0].start()] if marks else text, [])]
    for at, mark in enumerate(marks):
        end = marks[at + 1].start() if at + 1 < len(marks) else len(text)
        owners = [one for one, (name, _) in places.items() if name.casefold() == mark[0].casefold()]
        parts.append((text[mark.start() : end], owners))
    return parts


def _unsupported(part: str, allowed: Support, draft: Draft) -> str:
    """The first thing in a part that nothing supports; empty where all is."""
    rest = _OUT_OF.sub(" ", _without(part, allowed.strings))
    for link in _LINK.finditer(rest):
        if not any(link[0].casefold().rstrip(".") in string.casefold() for string in allowed.strings):
            return f"link {link[0]}"
    for found in figure.read(rest):
        if not _supported(found, allowed):
            return f"figure {found.text.strip()}"
    return _strange(rest, allowed, draft)


def _without(text: str, strings: set[str]) -> str:
    """The text with whole supported strings blanked, the longest first."""
    folded = text.casefold()
    here = [one for one in strings if len(one) > 2 and one.casefold() in folded]
    for string in sorted(here, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(string)}(?!\w)", " · ", text, flags=re.IGNORECASE)
    return text


def _supported(found: figure.Figure, allowed: Support) -> bool:
    """Whether any reading holds; a price also needs its currency."""
    money = [reading for reading in found.readings if reading[0] == "money"]
    if any(one not in allowed.figures and not _a_word(one[1]) for one in money):
        return False
    return any(_holds(reading, allowed) for reading in found.readings if reading[0] != "money")


def _a_word(sign: float | str) -> bool:
    """A currency's common name ("euros"): not told apart."""
    return isinstance(sign, str) and len(sign) > 1 and sign not in figure.currencies()


def _holds(reading: tuple[str, float | str], allowed: Support) -> bool:
    kind, value = reading
    if kind in _METRES and isinstance(value, float):
        return reading in allowed.figures or any(_same_way(kind, value, one) for one in allowed.distances)
    if kind == "phone" and isinstance(value, str):
        known = [one for sort, one in allowed.figures if sort == "phone" and isinstance(one, str)]
        return any(value == one or (len(one) >= 7 and value.endswith(one.lstrip("0"))) for one in known)
    return reading in allowed.figures


def _same_way(unit: str, said: float, metres: float) -> bool:
    """Whether a length is said of `metres`, rounded as people round in that unit."""
    exact = metres / _METRES[unit]
    if unit in ("m", "ft"):
        ways = {exact, round(exact), max(10.0, round(exact, -1)), max(50.0, round(exact, -1))}
    else:
        ways = {exact, round(exact, 2), round(exact, 1)} | ({round(exact)} if exact >= 9.95 else set())
    return any(abs(said - way) < 0.001 for way in ways)


def _strange(text: str, allowed: Support, draft: Draft) -> str:
    """The first proper name, caseless word or number word without support."""
    language = message.speech(draft.understood.language)
    heard = f" {' '.join(sorted(_words(string) for string in allowed.strings))} "
    run: list[str] = []
    last = 0
    for word in _WORD.finditer(text):
        said, gap, last = word[0], text[last : word.start()], word.end()
        if _caseless(said) and f" {said.casefold()} " not in heard:
            return f"word {said}"
        count = number_word.value(language, said)
        if count is not None and not _counts(count, said, allowed, heard):
            return f"number {said}"
        if count is not None or not said[0].isupper() or said.casefold() in lexicon(language):
            run = []
            continue
        run = [*run, said.casefold()] if run and not gap.strip() else [said.casefold()]
        if not _joined(run, allowed):
            return f"name {' '.join(run)}"
    return ""


def _joined(run: list[str], allowed: Support) -> bool:
    wanted = f" {' '.join(run)} "
    return any(wanted in f" {_words(string)} " for string in allowed.strings)


def _counts(value: int, said: str, allowed: Support, heard: str) -> bool:
    return ("number", float(value)) in allowed.figures or f" {said.casefold()} " in heard


@lru_cache(maxsize=8192)
def _words(string: str) -> str:
    return " ".join(word.casefold() for word in _WORD.findall(string))


def _caseless(word: str) -> bool:
    return any(unicodedata.category(char) == "Lo" for char in word)


@lru_cache(maxsize=8)
def lexicon(language: str) -> frozenset[str]:
    """Words that may begin large without being a name: our messages', days, months and a plain list."""
    data = tomllib.loads(files(__package__).joinpath("locale", "lexicon.toml").read_text("utf-8"))
    said: set[str] = set(data[language]["words"].split())
    for text in message.catalog(language).values():
        for wording in [text] if isinstance(text, str) else text.values():
            said |= {word.casefold() for word in _WORD.findall(re.sub(r"\{\w+\}", " ", wording))}
    for where in (Locale.parse(language), notation.locale(language)):
        said |= {word.casefold() for name in notation.calendar(where) for word in _WORD.findall(name)}
    return frozenset(said | {"am", "pm"} | {code.casefold() for code in figure.currencies()})
