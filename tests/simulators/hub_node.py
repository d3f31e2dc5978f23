"""A node as the hub's ingest sees it: it signs batches of sealed records and reads what it is told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import cast

import psycopg

from cloud import postgres
from cloud.ingest.message import Came
from cloud.settings import Role
from sync import ack as acks
from sync.ack import Ack
from sync.batch import Sender, Sent
from sync.clock import Stamp
from sync.key import NodeKeys, new_secret
from sync.record import ChatTurn, Feedback, LeadRequest, Payload, Record
from sync.seal import DataKey, Sealer
from sync.signed import Signatories
from sync.span import Span
from sync.topic import NodeTopic
from tests.simulators.hub_database import Database

START_MS = 1_790_000_000_000
EPOCH, BOOT = "00000000000000e1", "00000000000000b1"


def turn(number: int, question: str = "who fixes taps", **change: object) -> ChatTurn:
    said = {"answer": f"a{number}", "turn": number, "question": question, "language": "en", "intent": "find"}
    return ChatTurn(**{**said, "found": "exact", "mode": "template", **change})  # type: ignore[arg-type]


def feedback(answer: str = "a1") -> Feedback:
    return Feedback(answer=answer, score=1)


def lead(id: str = "l1") -> LeadRequest:
    return LeadRequest(id=id, provider="p1", key="0" * 16, enc=b"e" * 32, sealed=b"s" * 40)


@dataclass
class HubNode:
    """One node with one outbox epoch. `log_key` is the tenant's."""

    tenant: str
    node: str
    log_key: bytes
    epoch: str = EPOCH
    boot: str = BOOT
    keys: NodeKeys = field(default_factory=lambda: NodeKeys.of(new_secret()))
    next: int = 1
    low: int = 1

    @property
    def sealer(self) -> Sealer:
        return Sealer(self.tenant, self.node, self.epoch, self.log_key, self.keys.signer)

    def register(self, database: Database, state: str = "accepted") -> "HubNode":
        """Into the hub's table, with its key; its market has to be there."""
        with psycopg.connect(database.admin) as connection:
            connection.execute(
                "INSERT INTO node (tenant, node, market, state, sign_key) VALUES (%s, %s, 'city', %s, %s)"
                " ON CONFLICT (tenant, node)"
                " DO UPDATE SET state = excluded.state, sign_key = excluded.sign_key",
                (self.tenant, self.node, state, self.keys.signer.public),
            )
        return self

    def stamp(self, at_ms: int = START_MS, *, trusted: bool = True, **change: object) -> Stamp:
        said = {"boot": self.boot, "mono_ms": max(0, at_ms - START_MS + 5_000), "wall_ms": at_ms}
        return Stamp(**{**said, "trusted": trusted, **change})  # type: ignore[arg-type]

    def key(self, session: DataKey, cls: str = "chat") -> Sent:
        """The next frame, which brings a session's key."""
        return self._sent(self.sealer.key(session, self.next, cls))

    def record(self, what: Payload, session: DataKey, at: Stamp | None = None) -> Sent:
        """The next frame, which holds a record."""
        return self._sent(self.sealer.record(Record(at=at or self.stamp(), what=what), session, self.next))

    def talk(self, *what: Payload) -> list[Sent]:
        """A session's key and its records."""
        session = DataKey.born()
        return [self.key(session), *(self.record(each, session) for each in what)]

    def _sent(self, frame: bytes) -> Sent:
        self.next += 1
        return Sent(self.next - 1, frame)

    def came(
        self,
        records: Iterable[Sent],
        at_ms: int = START_MS,
        *,
        gone: Sequence[Span] = (),
        low: int | None = None,
        sent: Stamp | None = None,
        **change: object,
    ) -> Came:
        """A batch as it comes to the hub."""
        sender = Sender(self.tenant, self.node, self.epoch, self.keys.signer)
        offered = list(records)
        stamp = sent or self.stamp(at_ms)
        packed = sender.pack(offered, stamp, low=low or self.low, gone=gone, **change)  # type: ignore[arg-type]
        assert packed.taken == len(offered)
        return Came(NodeTopic(self.tenant, self.node, "up"), packed.message, at_ms)

    def told(self, message: bytes, hub: bytes) -> Ack:
        """An acknowledgement of the hub's, checked as a node does."""
        found = acks.receive(message, self.tenant, self.node, self.epoch, self.next - 1, Signatories((hub,)))
        assert found is not None
        return found


def rows(database: Database, tenant: str, query: str, role: str = "projector") -> list[tuple[object, ...]]:
    """What a query finds for a tenant, seen as a role; "admin" sees all."""
    if role == "admin":
        with psycopg.connect(database.admin) as connection:
            return connection.execute(query.encode()).fetchall()
    with postgres.tenant(database.pool(cast(Role, role)), tenant) as connection:
        return connection.execute(query.encode()).fetchall()
