"""A hub in memory: stores what a node sends, opens it, acknowledges it; and an outbox to go with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from edge.lead import store as lead_store
from edge.ledger import Ledger
from edge.outbox import request
from edge.outbox.policy import Caps
from edge.outbox.service import Outbox, Outgoing, Who
from edge.outbox.session import SessionKeys
from edge.outbox.store import TABLES
from sync import ack, batch
from sync.ack import Ack
from sync.record import Class, Payload
from sync.seal import DataKey, header_of, open_key, open_record
from sync.span import Span, of
from tests.sync.cast import LOG, NODE, NODE_KEYS, TENANT, stamp

PUBLIC = NODE_KEYS.signer.public
WHO = Who(TENANT, NODE, LOG.public, NODE_KEYS.signer)


@dataclass
class Clock:
    """Wall and monotonic time, set by hand."""

    wall_ms: int = stamp().wall_ms
    trusted: bool = True

    def stamp(self) -> object:
        return stamp(wall_ms=self.wall_ms, mono_ms=self.wall_ms, trusted=self.trusted)


def outbox(path: Path, caps_bytes: int = 10_000_000, clock: Clock | None = None) -> Outbox:
    """An open outbox on `path`/node.db."""
    made = Outbox(
        Ledger(path / "node.db", (*TABLES, request.TABLE, lead_store.TABLE)),
        lambda: WHO,
        Caps(caps_bytes),
        (clock or Clock()).stamp,  # type: ignore[arg-type]
        SessionKeys(),
    )
    made.open()
    return made


@dataclass
class Hub:
    """What has arrived, by epoch and number; `gone` are numbers that the node said never come."""

    frames: dict[tuple[str, int], bytes] = field(default_factory=dict)
    gone: dict[str, list[Span]] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)

    def take(self, outgoing: Outgoing) -> Ack:
        """Stores a message and says what is stored."""
        received = batch.receive(outgoing.message, TENANT, NODE, PUBLIC)
        epoch = received.batch.epoch
        for item in received.items:
            assert item.header is not None
            assert self.frames.setdefault((epoch, item.seq), item.frame) == item.frame
        self.gone.setdefault(epoch, []).extend(received.batch.gone)
        self.dropped = dict(received.batch.dropped)
        return self.ack(epoch, [item.seq for item in received.items])

    def ack(self, epoch: str, fresh: Sequence[int] = ()) -> Ack:
        stored = [seq for name, seq in self.frames if name == epoch]
        return ack.acknowledge(TENANT, NODE, epoch, (*of(stored), *self.gone.get(epoch, [])), fresh)

    def read(self) -> list[tuple[Class, Payload]]:
        """Everything that arrived, opened, in the order of its numbers."""
        headers = {place: header_of(frame) for place, frame in sorted(self.frames.items())}
        keys: dict[bytes, DataKey] = {}
        for place, header in headers.items():
            if header.kind == "key":
                keys[header.data_key] = open_key(self.frames[place], LOG, PUBLIC)
        return [
            (header.cls, open_record(self.frames[place], keys[header.data_key]).what)  # type: ignore[misc]
            for place, header in headers.items()
            if header.kind == "record"
        ]


def drained(box: Outbox, hub: Hub, most: int = 1_000) -> int:
    """Sends everything, acknowledging each message; gives how many messages it took."""
    for sent in range(most):
        outgoing = box.outgoing()
        if outgoing is None:
            return sent
        box.settle(hub.take(outgoing)).result(20)
    raise AssertionError("it never ends")


def rows(box: Outbox) -> int:
    with box.ledger.reading() as connection:
        return int(connection.execute("SELECT count(*) FROM outbox").fetchone()[0])


def totals(box: Outbox) -> list[tuple[str, int, int]]:
    """Counted anew from the rows, to hold the running counts against."""
    with box.ledger.reading() as connection:
        return connection.execute(
            "SELECT class, sum(NOT is_key), sum(bytes) FROM outbox GROUP BY class ORDER BY class"
        ).fetchall()


def counted(box: Outbox) -> list[tuple[str, int, int]]:
    return sorted(
        (cls, usage.records, usage.bytes)
        for cls, usage in box.usage().items()
        if (usage.records, usage.bytes) != (0, 0)
    )
