"""Keeps the browser index in step with the catalogue: a chore that makes the next generation when it must.

Called in rounds by the node's upkeep. A change of the catalogue is taken over by changing the last file;
another month, market document or release makes a new one. Serving it is in `shelf` and `routes`.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import msgspec

from edge.answer.reading import Knowledge
from edge.browser_index import knowledge as knowledge_document
from edge.browser_index import rules
from edge.browser_index.chunk import cut
from edge.browser_index.form import (
    CHUNK_BYTES,
    FORM,
    INDEX,
    LANGUAGE,
    MARKET,
    MEDIA_TYPES,
    PLAIN_CHUNK_BYTES,
    RULES,
    Head,
    languages_of,
)
from edge.browser_index.shelf import Generation, Shelf
from edge.browser_index.week import Calendar
from edge.browser_index.write import Source, write
from edge.catalog.store import Catalog
from edge.catalog.taxonomy import Taxonomy
from edge.version import VERSION
from sync.provider import Market

# A catalogue over this is no load for a page: 5 MB of file a thousand providers.
MOST_PROVIDERS = 20_000


@dataclass
class Builder:
    """`knowledge` gives what is recognised now; `identifier` is the file that tells languages apart."""

    catalog: Catalog
    taxonomy: Taxonomy
    shelf: Shelf
    knowledge: Callable[[], Knowledge]
    identifier: Callable[[], bytes]
    rules: Callable[[Taxonomy, Market], bytes] = rules.bundle
    today: Callable[[], date] = lambda: datetime.now(UTC).date()
    _seen: tuple[int, str] | None = field(default=None, init=False)

    def follow(self) -> str | None:
        """One round: says in a word what was made, or None where nothing had to be."""
        source = self._source()
        state = (self.catalog.version(), source.fingerprint)
        if state == self._seen and not self.shelf.damaged:
            return None
        if self._published(source) or self.catalog.count() > MOST_PROVIDERS:
            self._seen = state
            return None
        made = self.build(source)
        if made is not None:
            self._seen = (made.catalog_version, source.fingerprint)
        return None if made is None else f"browser index of version {made.catalog_version}"

    def build(self, source: Source | None = None) -> Head | None:
        """Makes and publishes a generation; None when the catalogue changed meanwhile, to be tried again."""
        source = source or self._source()
        draft = self.shelf.draft()
        current = None if self.shelf.damaged else self.shelf.current
        written = write(source, draft / INDEX, current.part(INDEX) if current else None)
        known = self.knowledge()
        (draft / MARKET).write_bytes(knowledge_document.document(self.catalog, known))
        (draft / RULES).write_bytes(self._rules(current, source, known.market))
        (draft / LANGUAGE).write_bytes(self.identifier())
        if self.catalog.version() != written.version:
            return None
        head = Head(
            form=FORM,
            market=known.market.id,
            catalog_version=written.version,
            fingerprint=source.fingerprint,
            made_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            providers=written.providers,
            languages=languages_of(known.market.languages),
            parts={
                name: cut(draft / name, media, CHUNK_BYTES if name == INDEX else PLAIN_CHUNK_BYTES)
                for name, media in MEDIA_TYPES.items()
            },
        )
        return self.shelf.publish(draft, head).head

    def _rules(self, current: Generation | None, source: Source, market: Market) -> bytes:
        """The rules, taken over while what they stand on is the same."""
        if current is not None and current.head.fingerprint == source.fingerprint:
            return current.part(RULES).read_bytes()
        return self.rules(self.taxonomy.with_market(market), market)

    def _source(self) -> Source:
        calendar = Calendar.around(self.today())
        market = self.catalog.market()
        stands_on = (
            FORM,
            VERSION,
            self.taxonomy.digest,
            msgspec.json.encode(market),
            calendar.first.isoformat(),
        )
        fingerprint = hashlib.sha256(repr(stands_on).encode()).hexdigest()[:16]
        return Source(self.catalog, calendar, fingerprint)

    def _published(self, source: Source) -> bool:
        """Whether what is offered is of this version, month, market and release already."""
        current = self.shelf.current
        return (
            current is not None
            and not self.shelf.damaged
            and current.head.catalog_version == self.catalog.version()
            and current.head.fingerprint == source.fingerprint
        )
