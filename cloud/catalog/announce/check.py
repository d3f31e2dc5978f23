"""Whether the broker still has what was put there: it may have lost some of it, or never written it down.

    head missing or old        it is sent again
    head newer than ours       this database is an older copy: the catalogue is published above what nodes saw
    piece missing or false     it is sent again
    blob that nobody knows     cleared away: it was left by such a database

A broker's retained messages are asked for in small lots, for it may queue few messages for one client. What
does not come within a while counts as missing; sending it in vain does no harm.
"""

import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from cloud import postgres
from cloud.catalog import state
from cloud.catalog.announce import store
from cloud.catalog.announce.service import Announcer
from cloud.catalog.announce.store import Shelved
from cloud.catalog.state import Author, Catalog
from cloud.catalog.version import service as version
from cloud.mqtt import Broker, Delivery, Line
from cloud.postgres import Connection
from sync import signed
from sync.blob import INDEX_LIMIT_BYTES, Index, piece_digest
from sync.document import decode, decode_exact
from sync.errors import PrilavokError
from sync.head import HEAD_LIMIT_BYTES, Head, unpack
from sync.identity import digest
from sync.keyset import KeySet
from sync.topic import HeadTopic, PieceTopic, parse

log = structlog.get_logger()
LOT = 100
WAIT_S = 2.0

Retained = Callable[[tuple[str, ...]], dict[str, bytes]]
"""What is retained under some filters, by topic."""


@dataclass(frozen=True)
class Mailbox:
    """Asks a broker what it retains."""

    broker: Broker
    wait_s: float = WAIT_S

    def __call__(self, filters: tuple[str, ...]) -> dict[str, bytes]:
        """Ends when every topic came, or when nothing more came for a while. Unavailable without a broker."""
        found = _Found(filters)
        client = f"prilavok-check-{secrets.token_hex(4)}"
        with Line(self.broker, client, subscribe=filters, take=found.take) as line:
            line.wait()
            while found.arrived.wait(self.wait_s) and not found.complete:
                found.arrived.clear()
        return found.by_topic


@dataclass
class _Found:
    filters: tuple[str, ...]
    by_topic: dict[str, bytes] = field(default_factory=dict)
    arrived: threading.Event = field(default_factory=threading.Event)

    @property
    def complete(self) -> bool:
        return all(each in self.by_topic for each in self.filters)

    def take(self, delivery: Delivery) -> None:
        if delivery.retained:
            self.by_topic[delivery.topic] = delivery.payload
            self.arrived.set()
        delivery.done()


@dataclass(frozen=True)
class Inspector:
    """Looks after what an announcer has sent."""

    announcer: Announcer
    retained: Retained

    def turn(self, tenant: str) -> int:
        """Looks through all of a tenant's; gives how many pieces and heads were wrong. Unavailable: again."""
        with postgres.tenant(self.announcer.pool, tenant) as connection:
            markets = store.markets(connection)
        wrong = sum(self._head(tenant, market) for market in markets)
        for market in markets:
            with postgres.tenant(self.announcer.pool, tenant) as connection:
                blobs = store.shelved(connection, market)
            wrong += sum(self._blob(tenant, blob) for blob in blobs)
        wrong += self._unknown(tenant)
        if wrong:
            log.warning("broker mended", tenant=tenant, count=wrong)
        return wrong

    def _head(self, tenant: str, market: str) -> int:
        topic = str(HeadTopic(tenant, market))
        there = self.retained((topic,)).get(topic)
        keys = self.announcer.keyring.current(tenant)
        seen = None if there is None else read(there, keys, market)
        with postgres.tenant(self.announcer.pool, tenant) as connection:
            catalog = state.locked(connection, market)
            standing = store.standing(connection, market)
            if standing is None:
                return 0
            own = None if standing.head is None else read(standing.head, keys, market)
            if seen is not None and ahead(seen, standing.serial, own):
                _catch_up(connection, catalog, seen)
            elif standing.sent and standing.head != there:
                store.head_lost(connection, market)
            else:
                return 0
        return 1

    def _blob(self, tenant: str, blob: Shelved) -> int:
        with postgres.tenant(self.announcer.pool, tenant) as connection:
            data = store.piece(connection, blob.blob, 0)
        if data is None:
            return 0
        index = decode_exact(data, Index, INDEX_LIMIT_BYTES)
        wanted = [bytes.fromhex(blob.digest), *index.pieces]
        wrong = 0
        for lot in _lots(len(wanted)):
            topics = {number: str(PieceTopic(tenant, blob.digest, number)) for number in lot}
            there = self.retained(tuple(topics.values()))
            for number, topic in topics.items():
                if topic not in there or piece_digest(there[topic]) != wanted[number]:
                    self.announcer.send_piece(tenant, blob, number)
                    wrong += 1
        return wrong

    def _unknown(self, tenant: str) -> int:
        there = self.retained((f"p/1/{tenant}/b/+/0",))
        with postgres.tenant(self.announcer.pool, tenant) as connection:
            known = store.digests(connection)
        cleared = 0
        for topic, data in there.items():
            place = parse(topic)
            if isinstance(place, PieceTopic) and place.digest not in known and digest(data) == place.digest:
                index = decode(data, Index, INDEX_LIMIT_BYTES)
                self.announcer.clear(tenant, place.digest, len(index.pieces))
                cleared += 1
        return cleared


def read(message: bytes, keys: KeySet, market: str) -> Head | None:
    """The head in a retained message, if the catalogue's keys signed it for this market; else None."""
    try:
        body = signed.verify(unpack(message).head, "head", keys.catalog.signatories)
        found = decode(body, Head, HEAD_LIMIT_BYTES)
    except PrilavokError:
        return None
    return found if (found.tenant, found.market) == (keys.tenant, market) else None


def ahead(seen: Head, serial: int, own: Head | None) -> bool:
    """Whether a head was signed after all that this database knows of."""
    return seen.serial > serial or (seen.serial == serial and own is not None and seen != own)


def _catch_up(connection: Connection, catalog: Catalog, seen: Head) -> None:
    """What this database has becomes newer than what nodes have seen."""
    here = catalog.version
    log.error("database older than its catalogue", market=catalog.market, here=here, seen=seen.version)
    store.raise_serial(connection, catalog.market, seen.serial)
    lost = seen.version == catalog.version and seen.content != catalog.content
    if lost or seen.version > catalog.version:
        version.restore(connection, catalog, seen.version, Author("hub", datetime.now(UTC)))


def _lots(count: int) -> Iterator[range]:
    for start in range(0, count, LOT):
        yield range(start, min(start + LOT, count))
