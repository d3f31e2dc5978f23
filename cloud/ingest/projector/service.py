"""Projects an outbox: opens its next records and adds their rows, in one transaction with how far it got.

Idempotent: a row has its record's number, and a number is looked at once. A record whose key has not come
waits for it; one that does not open, or that nobody expected, goes to quarantine and holds nothing up.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from cloud import postgres
from cloud.ingest.projector import store
from cloud.ingest.projector.opening import Opener, Sealed
from cloud.ingest.projector.row import Row, row
from cloud.ingest.projector.store import Outbox
from cloud.keyring import Keyring
from cloud.postgres import Connection, Pool
from sync import clock
from sync.clock import Anchor
from sync.errors import PrilavokError
from sync.failpoint import reach
from sync.record import Record
from sync.span import Span, merged

log = structlog.get_logger()
CHUNK = 2_000
MOST_SPANS = 200
LEADS = "prilavok_lead"
"""Told with the tenant's name when requests were added."""


@dataclass
class Projector:
    """Over a pool of the role `prilavok_projector`, with the keys that open records."""

    pool: Pool
    ring: Keyring
    openers: dict[str, Opener] = field(default_factory=dict)

    def project(self, tenant: str) -> int:
        """Looks at all that is due of a tenant; how many records that was. Unavailable: try again."""
        count = 0
        for outbox in self._due(tenant):
            while True:
                step = self.step(tenant, outbox)
                count += step or 0
                if not step:
                    break
        return count

    def _due(self, tenant: str) -> list[Outbox]:
        with postgres.tenant(self.pool, tenant) as connection:
            return store.due(connection)

    def step(self, tenant: str, outbox: Outbox) -> int | None:
        """One chunk of an outbox: how much it was; 0 when all is done, None when another has it."""
        opener = self.openers.setdefault(tenant, Opener(tenant, lambda: self.ring.log_keys(tenant)))
        with postgres.tenant(self.pool, tenant) as connection:
            if not store.lock(connection, tenant, outbox[0]):
                return None
            count = Chunk(connection, tenant, outbox, opener).project()
            reach("projector.before_commit")
        reach("projector.committed")
        return count

    def requeue(self, tenant: str) -> int:
        """Lets a tenant's quarantined records be tried again; how many."""
        with postgres.tenant(self.pool, tenant) as connection:
            return store.requeue(connection)


@dataclass
class Chunk:
    """The next records of an outbox, and of those that waited for keys among them."""

    connection: Connection
    tenant: str
    outbox: Outbox
    opener: Opener
    poison: list[tuple[Sealed, str, str]] = field(default_factory=list)
    waiting: list[Sealed] = field(default_factory=list)

    def project(self) -> int:
        """How much was looked at; 0 when nothing is left."""
        sealed, spans = self._next()
        if not spans:
            return 0
        self._project(sealed)
        arrived = store.arrived(self.connection, self.outbox, spans)
        while arrived:
            late = store.waiting(self.connection, self.outbox[0], arrived, CHUNK)
            self._project(late)
            if len(late) < CHUNK:
                break
        store.wait(self.connection, self.tenant, self.waiting)
        store.quarantine(self.connection, self.tenant, self.poison)
        for each, code, _ in self.poison:
            log.warning("quarantined", tenant=self.tenant, node=each.node, seq=each.seq, code=code)
        store.advance(self.connection, self.tenant, self.outbox, spans)
        return len(sealed) + len(spans)

    def _next(self) -> tuple[list[Sealed], tuple[Span, ...]]:
        """Records of the next numbers, and those numbers, whether anything is stored under them or not."""
        found: list[Sealed] = []
        spans: list[Span] = []
        for span in store.left(self.connection, self.outbox)[:MOST_SPANS]:
            room = CHUNK - len(found)
            rows = store.records(self.connection, self.outbox, span, room)
            found += rows
            if len(rows) == room:
                spans.append(Span(span.first, rows[-1].seq))
                break
            spans.append(span)
        return found, merged(spans)

    def _project(self, sealed: Sequence[Sealed]) -> None:
        """Adds the rows of records of this node."""
        if not sealed:
            return
        market, signers = store.node(self.connection, self.outbox[0])
        opened = list(self._opened(sealed, signers))
        known = self._anchors([record for _, record in opened])
        rows: list[Row] = []
        for each, record in opened:
            try:
                corrected = clock.corrected(record.at, known, each.received_ms)
                rows.append(row(self.tenant, market, each, record, corrected))
            except (ValueError, TypeError, OverflowError, OSError) as error:
                self.poison.append((each, "row.unfit", type(error).__name__))
        unstorable = {refused.place for refused in store.insert(self.connection, rows)}
        for each in (each for each in sealed if (each.node, each.epoch, each.seq) in unstorable):
            self.poison.append((each, "row.unstorable", "The database does not take its row."))
        if any(each.table == "lead" for each in rows):
            store.told(self.connection, LEADS, self.tenant)

    def _opened(self, sealed: Sequence[Sealed], signers: list[bytes]) -> Iterator[tuple[Sealed, Record]]:
        wanted = {each.data_key for each in sealed}
        frames = store.keys(self.connection, self.outbox[0], wanted)
        gone = store.erased(self.connection, wanted)
        if gone:
            self.opener.forget()
        for each in sealed:
            if each.data_key in gone:
                continue
            if each.data_key not in frames:
                self.waiting.append(each)
                continue
            try:
                yield each, self.opener.record(each, self.opener.key(frames[each.data_key], signers))
            except PrilavokError as error:
                self.poison.append((each, error.code, error.message))

    def _anchors(self, records: Sequence[Record]) -> Mapping[str, Anchor]:
        """Known moments of the records' boots; a record with a trusted clock dates a boot that has none."""
        boots = {record.at.boot for record in records}
        known = store.anchors(self.connection, self.outbox[0], boots)
        found: dict[str, Anchor] = {}
        for record in records:
            at = record.at
            if at.trusted and at.boot not in known:
                fixed = Anchor(mono_ms=at.mono_ms, at_ms=at.wall_ms)
                found[at.boot] = clock.better(found.get(at.boot), fixed)
        store.date(self.connection, self.tenant, self.outbox[0], found)
        return {**known, **found}
