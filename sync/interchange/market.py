"""What is wrong with a market document, field by field, before a node or a hub takes it from a person.

What was published or stored is read by `document.market_from`: what is there already must stay readable.
"""

from collections.abc import Iterator

from sync.errors import Refused
from sync.interchange.document import market_from
from sync.interchange.validation import control
from sync.provider import Market

# As long as a provider's name: labels, examples and the market's name stand on buttons and in headings.
TEXT_LIMIT = 300
SHOWN = 5


def market_given(document: bytes) -> Market:
    """The market that a person gives; Refused names each field that cannot be shown."""
    market = market_from(document)
    broken = list(breaches(market))
    if broken:
        more = f"; and {len(broken) - SHOWN} more" if len(broken) > SHOWN else ""
        raise Refused(
            f"the market document cannot be used: {'; '.join(broken[:SHOWN])}{more}.",
            code="market.form",
            hint="Correct these fields and give it again.",
        )
    return market


def breaches(market: Market) -> Iterator[str]:
    """Which texts of a market are too long, empty, or hold control characters."""
    for field, text in _texts(market):
        if len(text) > TEXT_LIMIT:
            yield f"{field}: has {len(text)} characters, at most {TEXT_LIMIT} are allowed"
        if (bad := control(text)) is not None:
            yield f"{field}: contains the control character {bad}"
        if not text.strip():
            yield f"{field}: is empty"


def _texts(market: Market) -> Iterator[tuple[str, str]]:
    """Every text that reaches a page or a reader of questions, with its place in the document."""
    yield "id", market.id
    if market.emergency_number is not None:
        yield "emergency_number", market.emergency_number
    yield from ((f"name.{language}", text) for language, text in market.name.items())
    for category in market.categories:
        place = f"categories.{category.id[:TEXT_LIMIT]}"
        yield "categories", category.id
        yield from ((f"{place}.{language}", text) for language, text in category.names.items())
        yield from _lists(f"{place}.terms", category.terms)
    for id, words in market.synonyms.items():
        yield from _lists(f"synonyms.{id[:TEXT_LIMIT]}", words)
    yield from _lists("places", market.places)
    yield from _lists("examples", market.examples)


def _lists(field: str, texts: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    for key, values in texts.items():
        yield field, key
        yield from ((f"{field}.{key[:TEXT_LIMIT]}", value) for value in values)
