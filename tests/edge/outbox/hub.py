"""A hub in memory: stores what a node sends, opens it, acknowledges it; and an outbox to go with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from edge.lead import store as lead_store
from edge.ledger import Ledger
from edge.outbox import request
from edge.outbox.policy import Caps
from edge.outbox.recall import Recall
from edge.outbox.service import Outbox, Outgoing, Who
from edge.outbox.session import SessionKeys
from edge.outbox.store import TABLES
from sync import ack, batch
from sync.ack import Ack
from sync.record import Class, Payload
from sync.seal import DataKey, header_of, open_key, open_record
from sync.span import Span, gaps, merged, of
from tests.sync.cast import LOG, NODE, NODE_KEYS, TENANT, stamp

PUBLIC = NODE_KEYS.signer.public
WHO = Who(TENANT, NODE, LOG.public, NODE_KEYS.signer)


TELL = 2


@dataclass
class Clock:
    """Wall and monotonic time, set by hand."""

    wall_ms: int = stamp().wall_ms
    trusted: bool = True

    def stamp(self) -> object:
        return stamp(wall_ms=self.wall_ms, mono_ms=self.wall_ms, trusted=self.trusted)


def outbox(
    path: Path, caps_bytes: int = 10_000_000, clock: Clock | None = None, settled_share: float = 0.25
) -> Outbox:
    """An open outbox on `path`/node.db."""
    made = Outbox(
        Ledger(path / "node.db", (*TABLES, request.TABLE, lead_store.TABLE)),
        lambda: WHO,
        Caps(caps_bytes, settled_share=settled_share),
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
    lost: dict[str, list[Span]] = field(default_factory=dict)

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

    def asked(self, message: bytes) -> Ack:
        """The answer to a question. What the node has forgotten is lost, and asked for no more."""
        said = batch.receive(message, TENANT, NODE, PUBLIC).batch
        assert said.probe
        below = [Span(1, said.low - 1)] if said.low > 1 else []
        known = merged((*of(self._stored(said.epoch)), *said.gone, *self.gone.get(said.epoch, [])))
        lost = [part for span in (*below, *(said.forgotten or ())) for part in gaps(known, *ends(span))]
        self.lost.setdefault(said.epoch, []).extend(lost)
        self.gone.setdefault(said.epoch, []).extend((*said.gone, *lost))
        return self.ack(said.epoch, probe=said.probe)

    def ack(self, epoch: str, fresh: Sequence[int] = (), probe: str = "") -> Ack:
        settled = (*of(self._stored(epoch)), *self.gone.get(epoch, []))
        return ack.acknowledge(TENANT, NODE, epoch, settled, fresh, probe)

    def put_back(self, copy: "Hub") -> None:
        """As it was when the copy was made."""
        self.frames = dict(copy.frames)
        self.gone = {epoch: list(spans) for epoch, spans in copy.gone.items()}
        self.lost = {epoch: list(spans) for epoch, spans in copy.lost.items()}

    def copy(self) -> "Hub":
        made = Hub()
        made.put_back(self)
        return made

    def _stored(self, epoch: str) -> list[int]:
        return [seq for name, seq in self.frames if name == epoch]

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
    """Sends everything, acknowledging each message; gives how many messages it took.

    What never comes is told twice at most, as the uplink does not tell it for ever.
    """
    told = 0
    for sent in range(most):
        outgoing = box.outgoing()
        if outgoing is None or (not outgoing.rows and told == TELL):
            return sent
        told += not outgoing.rows
        box.settle(hub.take(outgoing)).result(20)
    raise AssertionError("it never ends")


def recalled(box: Outbox, hub: Hub, most: int = 60) -> None:
    """Asks and sends until the hub has everything that it ever had and that is still here."""
    recall, lost = Recall(box), dict[str, tuple[Span, ...]]()
    for _ in range(most):
        whole = True
        for epoch in recall.epochs():
            message = recall.question(epoch, "0123456789abcdef", lost.pop(epoch, ()))
            assert message is not None
            found = recall.answered(hub.asked(message)).result(20)
            lost[epoch], whole = found.forgotten, whole and found.whole
        drained(box, hub)
        if whole:
            return
    raise AssertionError("it never ends")


def ends(span: Span) -> tuple[int, int]:
    return span.first, span.last


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


def held(box: Outbox) -> tuple[int, int]:
    """Counted anew from the rows: records and bytes of what the hub has."""
    with box.ledger.reading() as connection:
        row = connection.execute(
            "SELECT coalesce(sum(NOT is_key), 0), coalesce(sum(bytes), 0) FROM outbox_settled"
        ).fetchone()
        return row[0], row[1]
