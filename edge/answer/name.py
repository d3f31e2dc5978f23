"""Which provider a person names, in full or as people shorten names.

The catalogue keeps the folded name of every provider and its short forms; here runs of words are looked up
among them. Which of several providers of one name is meant is decided by the place and kind already spoken
of.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edge.answer.lexicon import Word, words

_LONGEST = 12
_MOST_WORDS = 400


@dataclass(frozen=True, slots=True)
class Named:
    """A provider as the name lookup gives it. `full` is true where the whole name was said."""

    id: str
    city: str | None
    categories: tuple[str, ...]
    full: bool = True


@dataclass(frozen=True, slots=True)
class NameMention:
    """Words `start` to `end` name one of these providers. `capital` is true where it is written as a name."""

    providers: tuple[Named, ...]
    start: int
    end: int
    full: bool
    capital: bool = True


Lookup = Callable[[Sequence[str]], dict[str, tuple[Named, ...]]]


def find_names(text: str, lookup: Lookup) -> list[NameMention]:
    """Providers named in `text`, in order; a longer name hides those inside it.

    A single word counts only where it is written with a capital (or the text has none at all), so that
    everyday words which are also names stay everyday words.
    """
    written = words(text)[:_MOST_WORDS]
    lower = text == text.lower()
    spans: dict[str, list[tuple[int, int]]] = {}
    for start in range(len(written)):
        key = ""
        for end in range(start + 1, min(start + _LONGEST, len(written)) + 1):
            key = f"{key} {written[end - 1].folded}".lstrip()
            if _may_be_name(written[start:end], lower):
                spans.setdefault(key, []).append((start, end))
    found = [
        NameMention(named, start, end, any(n.full for n in named), _capital(written[start:end], lower))
        for key, named in lookup(list(spans)).items()
        for start, end in spans[key]
    ]
    return _longest(found)


def _may_be_name(run: tuple[Word, ...], lower: bool) -> bool:
    return len(run) > 1 or (
        len(run[0].folded) >= 3 and (_capital(run, lower) or not run[0].text[0].isalpha())
    )


def _capital(run: tuple[Word, ...], lower: bool) -> bool:
    """Is it written as names are: with a capital or a figure, or long enough to be nothing else?"""
    return lower or any(w.text[0].isupper() or w.text[0].isdigit() for w in run) or len(run) > 3


def _longest(mentions: list[NameMention]) -> list[NameMention]:
    kept: list[NameMention] = []
    for mention in sorted(mentions, key=lambda m: (m.start - m.end, not m.full, m.start)):
        if all(mention.end <= k.start or mention.start >= k.end for k in kept):
            kept.append(mention)
    return sorted(kept, key=lambda m: m.start)


def settle(mention: NameMention, cities: Sequence[str], categories: Sequence[str]) -> tuple[Named, ...]:
    """Of the providers a mention may name, those that fit the place and kind spoken of, as far as any do."""
    left = mention.providers
    for fits in (
        [n for n in left if n.city in cities],
        [n for n in left if not set(n.categories).isdisjoint(categories)],
    ):
        both = tuple(n for n in left if n in fits)
        left = both or left
    full = tuple(n for n in left if n.full)
    return full or left
