"""Is this a provider? Every fault of a document, field by field, in words a person can act on.

Looks at form only: whether a category is in the taxonomy, or a line says the truth, is not decided here.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, get_type_hints

import msgspec

from sync.provider import Offer, Provider, Text

TYPES = get_type_hints(Provider)
REQUIRED = ("id", "categories", "name")
LIMITS = {
    "id": 200,
    "name": 300,
    "city": 200,
    "address": 500,
    "phone": 100,
    "email": 254,
    "url": 2_000,
    "opening_hours": 1_000,
    "updated_at": 40,
}
TEXT_LIMIT = 20_000
NAME_LIMIT = 300
QUOTED_CHARS = 80
PRICE_LIMIT = 1e12  # any price of any currency, and no more digits than a ticket has room for
ITEMS_LIMIT = 500
RANGES = {"lat": (-90.0, 90.0), "lon": (-180.0, 180.0), "rating": (0.0, 5.0), "price_band": (1.0, 4.0)}

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CATEGORY = re.compile(r"[\w.:-]+(/[\w.:-]+)*", re.ASCII)
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")
_CURRENCY = re.compile(r"[A-Z]{3}")
_EXPECTED = re.compile(r"Expected `([^`]+)`, got `([^`]+)`(?: - at `\$?([^`]*)`)?")
_WORDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "null",
}
_WORDS |= {"array": "a list", "object": "an object"}


def faults(raw: dict[str, Any]) -> list[str]:
    """Why this document cannot be read as a provider; empty when it can."""
    missing = [f"{name}: is required" for name in REQUIRED if name not in raw]
    found = []
    for name, value in raw.items():
        if name in TYPES:
            try:
                msgspec.convert(value, TYPES[name])
            except msgspec.ValidationError as error:
                found.append(f"{name}: {_spoken(str(error))}")
    return missing + found


def breaches(provider: Provider) -> list[str]:
    """Which rules a well-typed provider breaks; empty when none."""
    return [
        *_lengths(provider),
        *_ranges(provider),
        *_lists(provider),
        *_forms(provider),
        *_contents(provider),
    ]


def control(text: str) -> str | None:
    """Names the first control character that text must not have, or None."""
    found = _CONTROL.search(text)
    return None if found is None else f"U+{ord(found[0]):04X}"


def _spoken(message: str) -> str:
    match = _EXPECTED.match(message)
    if match is None:
        return message
    expected = " or ".join(_WORDS.get(part.strip(), part.strip()) for part in match[1].split("|"))
    where = f" at {match[3]}" if match[3] else ""
    return f"must be {expected}, is {_WORDS.get(match[2], match[2])}{where}"


def _lengths(provider: Provider) -> Iterator[str]:
    for field, limit in LIMITS.items():
        value: str | None = getattr(provider, field)
        if value is None:
            continue
        if len(value) > limit:
            yield f"{field}: has {len(value)} characters, at most {limit} are allowed"
        if (bad := control(value)) is not None:
            yield f"{field}: contains the control character {bad}"
    for field in ("id", "name"):
        if not getattr(provider, field).strip():
            yield f"{field}: is empty"


def _ranges(provider: Provider) -> Iterator[str]:
    for field, (low, high) in RANGES.items():
        value: float | None = getattr(provider, field)
        if value is not None and not low <= value <= high:
            yield f"{field}: {value:g} is not from {low:g} to {high:g}"
    if (provider.lat is None) != (provider.lon is None):
        yield "lat: and lon must be given together"


def _lists(provider: Provider) -> Iterator[str]:
    if not provider.categories:
        yield "categories: needs at least one"
    for field in ("categories", "languages", "offers", "texts", "attributes"):
        count = len(getattr(provider, field))
        if count > ITEMS_LIMIT:
            yield f"{field}: has {count} items, at most {ITEMS_LIMIT} are allowed"


def _forms(provider: Provider) -> Iterator[str]:
    for id in provider.categories:
        if len(id) > LIMITS["id"] or not _CATEGORY.fullmatch(id):
            yield f"categories: {_quoted(id)} does not look like craft/plumber"
    tags = [*provider.languages, *provider.texts, *(tag for offer in provider.offers for tag in offer.name)]
    for tag in dict.fromkeys(tags):
        if not _LANGUAGE.fullmatch(tag):
            yield f"languages: {_quoted(tag)} is no BCP 47 tag such as en or zh-TW"
    if provider.url and not provider.url.lower().startswith(("https://", "http://")):
        yield "url: must begin with https:// or http://"
    if provider.email and not re.fullmatch(r"[^@\s]+@[^@\s]+", provider.email):
        yield f"email: {_quoted(provider.email)} is no e-mail address"
    if provider.updated_at and not _dated(provider.updated_at):
        yield f"updated_at: {_quoted(provider.updated_at)} is no ISO 8601 date or time"


def _contents(provider: Provider) -> Iterator[str]:
    for tag, text in provider.texts.items():
        yield from _text(f"texts.{tag}", text)
    for key, value in provider.attributes.items():
        if not key.strip() or control(key) is not None or len(key) > NAME_LIMIT:
            yield f"attributes: {_quoted(key)} is no name"
        if isinstance(value, str) and (bad := control(value)) is not None:
            yield f"attributes.{key}: contains the control character {bad}"
        if isinstance(value, str) and len(value) > TEXT_LIMIT:
            yield f"attributes.{key}: has {len(value)} characters, at most {TEXT_LIMIT} are allowed"
    for place, offer in enumerate(provider.offers, 1):
        yield from _offer(f"offers[{place}]", offer)


def _text(where: str, text: Text) -> Iterator[str]:
    for value in (text.title, text.description):
        if len(value) > TEXT_LIMIT:
            yield f"{where}: has {len(value)} characters, at most {TEXT_LIMIT} are allowed"
        if (bad := control(value)) is not None:
            yield f"{where}: contains the control character {bad}"


def _offer(where: str, offer: Offer) -> Iterator[str]:
    if not any(name.strip() for name in offer.name.values()):
        yield f"{where}: has no name"
    for name in offer.name.values():
        if len(name) > NAME_LIMIT:
            yield f"{where}: has a name of {len(name)} characters, at most {NAME_LIMIT} are allowed"
        if (bad := control(name)) is not None:
            yield f"{where}: contains the control character {bad}"
    if offer.currency is not None and not _CURRENCY.fullmatch(offer.currency):
        yield f"{where}.currency: {_quoted(offer.currency)} is no ISO 4217 code such as EUR"
    if any(price is not None and price < 0 for price in (offer.price_from, offer.price_to)):
        yield f"{where}: a price is below 0"
    if any(price is not None and price > PRICE_LIMIT for price in (offer.price_from, offer.price_to)):
        yield f"{where}: a price is above {PRICE_LIMIT:.0f}"
    if None not in (offer.price_from, offer.price_to) and (offer.price_from or 0) > (offer.price_to or 0):
        yield f"{where}: price_from is above price_to"
    if offer.duration_min is not None and offer.duration_min < 0:
        yield f"{where}: duration_min is below 0"


def _quoted(text: str) -> str:
    """What was given, in a report that stays readable."""
    return repr(text) if len(text) <= QUOTED_CHARS else f"{text[:QUOTED_CHARS]!r}…"


def _dated(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
