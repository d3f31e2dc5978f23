"""Invented places for the counter's simulator, in four languages, with long and hostile ones among them.

They are in counter.json beside this file; here their opening hours are set about the present moment.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypedDict

Card = dict[str, object]


class Sentence(TypedDict):
    """What is said, and the chips after it."""

    text: str
    chips: list[str]


class Hostile(Sentence):
    """A record, a sentence and chips that would all like to be markup."""

    cards: list[Card]


class Data(TypedDict):
    """The file, whole."""

    market: dict[str, dict[str, object]]
    cards: dict[str, list[Card]]
    sentences: dict[str, Sentence]
    long: list[Card]
    hostile: Hostile


def load() -> Data:
    """Reads the file; "SOON" becomes two hours from now, "TOMORROW" tomorrow at nine (UTC, without zone)."""
    now = datetime.now(UTC).replace(tzinfo=None, minute=0, second=0, microsecond=0)
    text = Path(__file__).with_name("counter.json").read_text("utf-8")
    text = text.replace('"SOON"', f'"{(now + timedelta(hours=2)).isoformat()}"')
    text = text.replace('"TOMORROW"', f'"{(now + timedelta(days=1)).replace(hour=9).isoformat()}"')
    data: Data = json.loads(text)
    return data


DATA = load()


def fuzzed(card: Card, texts: list[str]) -> list[Card]:
    """Copies of a card with a text in every field that is one."""
    fields = ("name", "category", "city", "address", "phone", "url", "hours", "why", "currency")
    return [
        {**card, "id": f"f{at}", "number": at + 1, **dict.fromkeys(fields, text)}  # type: ignore[typeddict-item]
        for at, text in enumerate(texts)
    ]
