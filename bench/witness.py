"""Does what a sentence says stand in a document? A second opinion that shares no code with the verifier.

A sentence is cut at its citations. What follows "Name [n]" must stand in the n-th record alone; what precedes
every citation may also stand in the question, the market and the counts of the search. Distances are measured
anew from the positions. Left out: whether a true sentence answers the question.
"""

import json
import math
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from babel import Locale

from edge.catalog.taxonomy import Taxonomy
from sync.provider import Market, Provider

LOCALES = Path(__file__).parent.parent / "edge" / "answer" / "locale"
SPOKEN = ("en", "ru", "es", "de")
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
CITATION = re.compile(r"\s*\[(\d{1,3})\]")
WORD = re.compile(r"[^\W\d_](?:[\w'’\-]*\w)?")
CLOCK = re.compile(r"(?<![\d:])(\d{1,2}):(\d{2})(?!\d)")
MONEY = r"(?:€|EUR|euros?\b|евро|Euro\b)"
NUMBER = r"\d{1,3}(?:[., \u00a0]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)?"
PRICE = re.compile(rf"({NUMBER})\s?{MONEY}|{MONEY}\s?({NUMBER})", re.IGNORECASE)
LENGTH = re.compile(rf"({NUMBER})\s?(km|км|m|м)\b")
PHONE = re.compile(r"\+?\(?\d[\d ()/\u00a0-]{4,}\d")


@dataclass(frozen=True)
class Heard:
    """An answer to be checked: its cards' records by citation number and metres to each, and what was asked.

    `counts` are how many were found and shown. `wishes` is what the question was understood to wish for, and
    `kinds` category and attribute names that were understood; both hold only where no record is cited.
    """

    language: str
    records: dict[int, Provider]
    metres: dict[int, float]
    days: dict[int, int]
    asked: str
    counts: tuple[int, ...]
    wishes: tuple[Any, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass
class Ground:
    """What may be said in one part of a sentence."""

    strings: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    numbers: set[float] = field(default_factory=set)
    prices: set[float] = field(default_factory=set)
    times: set[int] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    metres: set[float] = field(default_factory=set)

    def text(self, text: str, *, asked: bool = False) -> None:
        """A text as it stands: whole, by its numbers and times; prices and phones only where `asked`."""
        flat = plain(text)
        self.strings.add(flat)
        self.words |= {word.casefold() for word in WORD.findall(flat)}
        self.times |= {clock % 1440 for clock in clocks(flat)}
        found = {value for number in re.findall(NUMBER, flat) for value in values(number)}
        self.numbers |= found
        if asked:
            self.prices |= found
            self.phones |= {digits(phone) for phone in PHONE.findall(flat)}
            self.times |= {int(value) * 60 for value in found if value < 25 and value == int(value)}


@dataclass(frozen=True)
class Witness:
    """Checks the sentences of answers over one market."""

    market: Market
    taxonomy: Taxonomy

    def faults(self, sentence: str, heard: Heard) -> list[str]:
        """What in a sentence has no document; empty where all has."""
        parts, wrong = cut(plain(sentence), heard)
        for number, text in parts:
            ground = Ground(numbers=set(template_numbers(heard.language)))
            for one in [number] if number is not None else heard.records:
                self._stand(ground, heard, one)
            if number is None:
                self._share(ground, heard)
            wrong += list(unsupported(text, ground, heard.language))
        return wrong

    def _share(self, ground: Ground, heard: Heard) -> None:
        """The question, what it wishes, the market and the counts; the records' bare numbers hold no more."""
        ground.numbers, ground.prices = {float(count) for count in heard.counts}, set()
        ground.text(heard.asked, asked=True)
        for text in (*leaves(msgspec.to_builtins(self.market)), *heard.kinds):
            ground.text(text)
        for wish in leaves(heard.wishes):
            ground.text(wish, asked=True)

    def _stand(self, ground: Ground, heard: Heard, number: int) -> None:
        """One record's document, and what its card computes from it: the distance, the day it opens."""
        record = heard.records[number]
        document = json.loads(msgspec.json.encode(record))
        document.pop("phone", None)
        for text in leaves(document):
            ground.text(text)
        for offer in record.offers:
            ground.prices |= {price for price in (offer.price_from, offer.price_to) if price is not None}
        ground.phones |= {digits(record.phone or "")} - {""}
        ground.strings.add(plain(record.phone or ""))
        ground.codes |= self._names(record, heard, number)
        ground.metres |= {heard.metres[number]} if number in heard.metres else set()
        if "24/7" in (record.opening_hours or ""):
            ground.times |= {0}
            ground.numbers |= {24.0}

    def _names(self, record: Provider, heard: Heard, number: int) -> set[str]:
        """What the record's codes are called in the language: kinds, attributes, tongues, days."""
        language = heard.language if heard.language in SPOKEN else "en"
        said = [self.taxonomy.label(one, heard.language) for one in record.categories]
        for key, value in record.attributes.items():
            known = self.taxonomy.field(key, language)
            said += [known.label if known else "", key.replace("_", " ")]
            if isinstance(value, str):
                said.append(self.taxonomy.field_labels(key, language).get(value.casefold(), ""))
        locale = Locale.parse(language)
        said += [str(locale.languages.get(code, "")) for code in record.languages]
        hours = record.opening_hours or ""
        here = {DAYS.index(code) for code in re.findall("|".join(DAYS), hours)}
        here |= {heard.days[number]} if number in heard.days else set()
        said += [locale.days[use][width][day] for use, width in _WIDTHS for day in here]
        for names in (locale, Locale.parse("en_150") if language == "en" else locale):
            said += [names.months["format"]["abbreviated"][at] for at, code in _MONTHS if code in hours]
        return {word.casefold() for text in said for word in WORD.findall(text)}


_MONTHS = [(at, name[:3]) for at, name in Locale.parse("en").months["format"]["wide"].items()]
_WIDTHS = [(use, width) for use in ("format", "stand-alone") for width in ("wide", "abbreviated")]


def cut(text: str, heard: Heard) -> tuple[list[tuple[int | None, str]], list[str]]:
    """The parts of a sentence with the citation each belongs to, and citations that are wrong."""
    parts: list[tuple[int | None, str]] = []
    wrong: list[str] = []
    owner, at = None, 0
    for mark in CITATION.finditer(text):
        number = int(mark[1])
        name = plain(heard.records[number].name) if number in heard.records else None
        before = text[at : mark.start()]
        if name is None or not before.casefold().endswith(name.casefold()):
            wrong.append(f"citation [{number}] does not follow its name")
            name = ""
        parts.append((owner, before[: len(before) - len(name)]))
        owner, at = (number if number in heard.records else None), mark.end()
    return [*parts, (owner, text[at:])], wrong


def unsupported(text: str, ground: Ground, language: str) -> Iterator[str]:
    """Whatever in a part of a sentence does not stand in its ground."""
    for string in sorted(ground.strings, key=len, reverse=True):
        if len(string) > 3 and string.casefold() in text.casefold():
            text = re.sub(rf"(?<!\w){re.escape(string)}(?!\w)", " ¦ ", text, flags=re.IGNORECASE)
    for phone in PHONE.findall(text):
        if len(digits(phone)) >= 6 and not re.fullmatch(NUMBER, phone.strip()):
            text = text.replace(phone, " ¦ ")
            if digits(phone) not in ground.phones:
                yield f"phone {phone}"
    for minutes in clocks(text):
        if minutes % 1440 not in ground.times:
            yield f"time {minutes // 60}:{minutes % 60:02d}"
    text = CLOCK.sub(" ¦ ", text)
    for pattern, known, kind in ((PRICE, ground.prices, "price"), (LENGTH, None, "distance")):
        for found in pattern.finditer(text):
            said = values(found[1] or found[2])
            right = said & known if known is not None else _measured(said, found[2], ground.metres)
            if not right and not (kind == "distance" and said & ground.numbers):
                yield f"{kind} {found[0]}"
        text = pattern.sub(" ¦ ", text)
    for number in re.findall(NUMBER, text):
        if not values(number) & ground.numbers:
            yield f"number {number}"
    yield from _names(text, ground, language)


def _measured(said: set[float], unit: str, metres: Iterable[float]) -> bool:
    """Whether a length is one of the distances, to the step people round to."""
    scale = 1000.0 if unit in ("km", "км") else 1.0
    return any(
        abs(value * scale - exact) <= (max(8.0, exact * 0.06) if scale > 1 else 10.0)
        for value in said
        for exact in metres
    )


def _names(text: str, ground: Ground, language: str) -> Iterator[str]:
    """Capitalised words that are neither the product's own nor, run by run, in one string of the ground."""
    common = template_words(language) | ground.codes
    joined = [f" {' '.join(WORD.findall(string)).casefold()} " for string in ground.strings]
    for run in re.findall(rf"{WORD.pattern}(?:[ \u00a0]{WORD.pattern})*", text):
        names: list[str] = []
        for word in [*WORD.findall(run), ""]:
            if word and word[0].isupper() and word.casefold() not in common:
                names.append(word.casefold())
                continue
            if names and not _known(names, joined, ground.words):
                yield f"name {' '.join(names)}"
            names = []


def _known(names: list[str], joined: list[str], words: set[str]) -> bool:
    return any(f" {' '.join(names)} " in string for string in joined) or (
        len(names) == 1 and names[0] in words
    )


@cache
def template_words(language: str) -> frozenset[str]:
    """Words that the product's own sentences are made of."""
    return frozenset(word.casefold() for text in _messages(language) for word in WORD.findall(text))


@cache
def template_numbers(language: str) -> frozenset[float]:
    """Numbers that the product's own sentences hold, such as the 5 of a rating."""
    return frozenset(v for text in _messages(language) for n in re.findall(NUMBER, text) for v in values(n))


def _messages(language: str) -> list[str]:
    spoken = language if language in SPOKEN else "en"
    table = tomllib.loads((LOCALES / f"{spoken}.toml").read_text("utf-8"))
    return [re.sub(r"\{\w+\}", " ", text) for text in leaves(table)]


def leaves(value: Any) -> Iterator[str]:
    """Every text and number of a document, and its keys in words."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key).replace("_", " ")
            yield from leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(inner)
    elif value is not None and not isinstance(value, bool):
        yield f"{value:g}" if isinstance(value, float) else str(value)


def plain(text: str) -> str:
    """The text with ordinary spaces."""
    return re.sub(r"[\u00a0\u202f\u2009]", " ", text)


def digits(text: str) -> str:
    """Only the digits."""
    return re.sub(r"\D", "", text)


def clocks(text: str) -> list[int]:
    """Times in minutes of the day."""
    return [int(found[1]) * 60 + int(found[2]) for found in CLOCK.finditer(text)]


def values(number: str) -> set[float]:
    """What a written number can mean: "1.200" is 1200 or 1.2."""
    bare = re.sub(r"[ \u00a0]", "", number)
    read = set()
    for point, group in ((".", ","), (",", ".")):
        whole = bare.replace(group, "").replace(point, ".")
        if whole.count(".") <= 1:
            read.add(float(whole))
    return read


def metres_between(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle metres between two points in degrees."""
    lat_a, lon_a, lat_b, lon_b = map(math.radians, (*a, *b))
    half = math.sin((lat_b - lat_a) / 2) ** 2
    half += math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * 6_371_000.0 * math.asin(math.sqrt(half))
