"""Takes batches of nodes: verifies, stores, and says what is to be acknowledged once it is on the disk.

A group of batches is one transaction, so a busy hub commits less often than it receives. A batch is taken
whole or refused whole; one that the database itself refuses is found by taking each of its group alone. What
a frame holds is not looked at: ingest has no key to open one.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cloud import postgres
from cloud.ingest import store
from cloud.ingest.answer import Stored
from cloud.ingest.message import Came
from cloud.ingest.node import boot
from cloud.ingest.node import store as node_store
from cloud.ingest.node.store import Event, Node
from cloud.ingest.number import Numbers, check
from cloud.ingest.store import Beside, Outbox, Row
from cloud.postgres import Connection, Pool
from sync import batch, clock
from sync.batch import Item, Received
from sync.capability import PROTOCOL, Protocol, common
from sync.errors import Corrupt, PrilavokError
from sync.failpoint import reach


@dataclass(frozen=True)
class Outcome:
    """What became of a group. `refused` counts by tenant, node and code."""

    stored: tuple[Stored, ...]
    refused: Counter[tuple[str, str, str]]


@dataclass(frozen=True)
class Ingest:
    """Over a pool of the role `prilavok_ingest`."""

    pool: Pool

    def take(self, came: Sequence[Came]) -> Outcome:
        """Takes a group. When it returns, what it says is stored is on the disk.

        Unavailable when the database is: nothing was taken, try the same group again.
        """
        try:
            return self._take(came)
        except Corrupt as error:
            if len(came) > 1:
                return _joined([self.take([each]) for each in came])
            return self._refuse(came[0], error)

    def _take(self, came: Sequence[Came]) -> Outcome:
        reach("ingest.received")
        stored: list[Stored] = []
        refused: Counter[tuple[str, str, str]] = Counter()
        with store.transaction(self.pool) as connection:
            for tenant in sorted({each.topic.tenant for each in came}):
                postgres.become(connection, tenant)
                group = Group(connection, tenant, [each for each in came if each.topic.tenant == tenant])
                stored += group.store()
                refused.update({(tenant, node, code): n for (node, code), n in group.refused.items()})
            reach("ingest.before_commit")
        reach("ingest.committed")
        return Outcome(tuple(stored), refused)

    def _refuse(self, came: Came, error: PrilavokError) -> Outcome:
        where = came.topic
        with store.transaction(self.pool) as connection:
            postgres.become(connection, where.tenant)
            counted = {(where.node, error.code): 1}
            node_store.refuse(connection, where.tenant, counted, node_store.moment(came.at_ms))
        return Outcome((), Counter({(where.tenant, where.node, error.code): 1}))


def _joined(outcomes: Sequence[Outcome]) -> Outcome:
    refused: Counter[tuple[str, str, str]] = Counter()
    for each in outcomes:
        refused.update(each.refused)
    return Outcome(tuple(stored for each in outcomes for stored in each.stored), refused)


@dataclass
class Group:
    """The batches of one tenant in one transaction."""

    connection: Connection
    tenant: str
    came: Sequence[Came]
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    rows: list[Row] = field(default_factory=list)
    damaged: list[Beside] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def store(self) -> list[Stored]:
        """Stores what can be taken and counts what cannot."""
        at = node_store.moment(max(each.at_ms for each in self.came))
        verified = self._verified()
        before = store.lock(self.connection, self.tenant, {outbox for _, outbox, _ in verified})
        after, stored = self._sort_out(verified, before, at)
        store.put(self.connection, self.tenant, self.rows, at)
        store.quarantine(self.connection, self.tenant, self.damaged, at)
        store.save(self.connection, after, at)
        self._hear([(came, received) for came, _, received in verified], at)
        node_store.refuse(self.connection, self.tenant, self.refused, at)
        node_store.tell(self.connection, self.tenant, self.events, at)
        return stored

    def _verified(self) -> list[tuple[Came, Outbox, Received]]:
        """The batches that their nodes signed and may send, with their outboxes; the rest is counted."""
        known = node_store.nodes(self.connection, {each.topic.node for each in self.came})
        found = []
        for each in self.came:
            name = each.topic.node
            try:
                received = _receive(each, known.get(name))
            except PrilavokError as error:
                self.refused[name, error.code] += 1
                continue
            found.append((each, (name, received.batch.epoch), received))
        return found

    def _sort_out(
        self,
        verified: Sequence[tuple[Came, Outbox, Received]],
        numbers: dict[Outbox, Numbers],
        at: datetime,
    ) -> tuple[dict[Outbox, tuple[Numbers, dict[str, int]]], list[Stored]]:
        """Which frames are new, which came before, and where each outbox stands after it."""
        dropped: dict[Outbox, dict[str, int]] = {}
        answered: dict[Outbox, set[int]] = {}
        probes: dict[Outbox, str] = {}
        again: dict[Outbox, list[Item]] = {}
        for _, outbox, received in verified:
            taken = numbers[outbox].take(received)
            numbers[outbox] = taken.numbers
            dropped[outbox] = dict(received.batch.dropped)
            answered.setdefault(outbox, set()).update(item.seq for item in received.items)
            probes[outbox] = received.batch.probe or probes.get(outbox, "")
            again.setdefault(outbox, []).extend(taken.again)
            self._keep(outbox, taken.fresh)
            if taken.lost:
                missing = [[span.first, span.last] for span in taken.lost]
                self.events.append(Event(outbox[0], "restored", {"epoch": outbox[1], "missing": missing}))
        self._compare(again, at)
        stored = [
            Stored(self.tenant, *outbox, numbers[outbox].answered, frozenset(came), probes[outbox])
            for outbox, came in answered.items()
        ]
        return {outbox: (numbers[outbox], dropped[outbox]) for outbox in answered}, stored

    def _keep(self, outbox: Outbox, items: Sequence[Item]) -> None:
        for item in items:
            header = item.header
            if header is None:
                self.damaged.append(Beside(*outbox, item.seq, item.frame))
                continue
            is_key = header.kind == "key"
            self.rows.append(
                Row(*outbox, item.seq, header.cls, header.data_key, header.log_key, item.frame, is_key)
            )

    def _compare(self, again: dict[Outbox, list[Item]], at: datetime) -> None:
        """Second contents of a number are kept beside the first, and mean a copied card."""
        for outbox, items in again.items():
            if not items:
                continue
            asked = {item.seq for item in items}
            there = store.digests(self.connection, outbox, asked)
            new = (row for row in self.rows if (row.node, row.epoch) == outbox and row.seq in asked)
            there |= {row.seq: _digest(row.frame) for row in new}
            twins = [
                (Beside(*outbox, item.seq, item.frame), _digest(item.frame))
                for item in items
                if item.header is not None and there.get(item.seq, _digest(item.frame)) != _digest(item.frame)
            ]
            if twins and store.keep_twins(self.connection, self.tenant, twins, at):
                numbers = sorted({each.seq for each, _ in twins})[:100]
                self.events.append(Event(outbox[0], "twin", {"epoch": outbox[1], "numbers": numbers}))
                node_store.suspend(self.connection, outbox[0], boot.REASON, at)

    def _hear(self, verified: Sequence[tuple[Came, Received]], at: datetime) -> None:
        """Which boots speak, and what their stamps tell of the time."""
        anchors: dict[tuple[str, str], clock.Anchor] = {}
        for came, received in verified:
            sent = received.batch.sent
            name = (came.topic.node, sent.boot)
            anchors[name] = clock.better(anchors.get(name), clock.anchor(sent, came.at_ms))
        node_store.anchor(self.connection, self.tenant, anchors)
        heard = [(came.topic.node, received.batch.sent.boot, came.at_ms) for came, received in verified]
        boot.hear(self.connection, self.tenant, heard, at)


def _receive(came: Came, node: Node | None) -> Received:
    if node is None or node.sign_key is None or node.state != "accepted":
        raise node_store.unusable(came.topic.node, "unknown" if node is None else node.state)
    received = batch.receive(came.payload, came.topic.tenant, came.topic.node, node.sign_key)
    spoken = received.batch.protocol
    common(PROTOCOL, Protocol(lowest=spoken, highest=spoken))
    check(received)
    return received


def _digest(frame: bytes) -> bytes:
    return hashlib.sha256(frame).digest()
