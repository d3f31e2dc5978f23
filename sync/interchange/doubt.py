"""Doubts about a well-formed provider: what can be kept but will not work as its author hoped."""

from collections.abc import Iterator

from sync.interchange.entry import Entries, Entry, Upsert
from sync.interchange.hours import readable
from sync.provider import Provider
from sync.taxonomy import Taxonomy


def doubted(entries: Entries, taxonomy: Taxonomy) -> Iterator[Entry]:
    """The same entries, each provider with its doubts noted."""
    for entry in entries:
        if isinstance(entry, Upsert):
            found = tuple(doubts(entry.provider, taxonomy))
            yield Upsert(entry.number, entry.provider, entry.document, (*entry.notes, *found))
        else:
            yield entry


def doubts(provider: Provider, taxonomy: Taxonomy) -> Iterator[str]:
    for id in provider.categories:
        if id not in taxonomy:
            yield f"categories: {id!r} is in neither the taxonomy nor the market's own; it has no words"
    if provider.opening_hours and not readable(provider.opening_hours):
        yield f"opening_hours: {provider.opening_hours!r} does not follow the OSM grammar; read as unknown"
