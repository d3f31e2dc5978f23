"""Asks what the hub still has of what it acknowledged, and puts back into the outbox what it has lost.

A hub whose database was put back from an older copy lacks records that were settled since. An answer counts
only where it repeats the probe of the question: older acknowledgements, late or repeated, say nothing here.
"""

from concurrent.futures import Future
from dataclasses import dataclass

from edge.database import Connection
from edge.outbox import parting, settled, store
from edge.outbox.service import Outbox
from edge.outbox.store import Epoch
from sync.ack import Ack
from sync.batch import MOST_GONE, Question, Sender
from sync.record import CLASSES, Class
from sync.span import Span

SLICE_BYTES = 1024 * 1024
"""So much goes back at once: appending goes on meanwhile."""
LEAST_ROOM_BYTES = 64 * 1024
"""Enough for one record of any size."""


@dataclass(frozen=True)
class Recalled:
    """`records` went back, `more` have to; `forgotten` numbers are nowhere here any more."""

    records: int = 0
    more: bool = False
    forgotten: tuple[Span, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether the hub has all that it ever had."""
        return not (self.records or self.more or self.forgotten)


@dataclass(frozen=True)
class Recall:
    """Over an outbox. Blocking."""

    outbox: Outbox

    def epochs(self) -> list[str]:
        """Of which something is here, the present one last."""
        return list(self.outbox.epochs())

    def question(self, epoch_id: str, probe: str, forgotten: tuple[Span, ...] = ()) -> bytes | None:
        """The signed batch that asks, without records; None where the epoch is over."""
        with self.outbox.ledger.reading() as connection:
            epoch = _epoch(connection, epoch_id)
            if epoch is None:
                return None
            low, gone = store.lowest(connection, epoch), parting.gone(connection, epoch, MOST_GONE)
        who = self.outbox.who()
        sender = Sender(who.tenant, who.node, epoch.id, who.signer)
        asked = Question(probe, forgotten)
        return sender.pack((), self.outbox.stamp(), low=low, gone=gone, question=asked).message

    def answered(self, ack: Ack) -> "Future[Recalled]":
        """Takes back what a fresh acknowledgement says is missing; on the disk when done."""

        def take_back(connection: Connection) -> Recalled:
            epoch = _epoch(connection, ack.epoch)
            if epoch is None:
                return Recalled()
            missing = ack.missing(epoch.next - 1)
            lost = settled.forgotten(connection, epoch, missing)
            size = min(SLICE_BYTES, self.outbox.caps.total_bytes // 16)
            records, more = settled.refill(connection, epoch, missing, self._room(connection), size)
            return Recalled(records, more, lost)

        return self.outbox.ledger.write(take_back)

    def _room(self, connection: Connection) -> dict[Class, int]:
        """Half of a class's cap is for what comes back: new records are not to be refused for it."""
        used, caps = store.usage(connection), self.outbox.caps
        return {cls: max(caps.of(cls) // 2, LEAST_ROOM_BYTES) - used[cls].bytes for cls in CLASSES}


def _epoch(connection: Connection, id: str) -> Epoch | None:
    return next((epoch for epoch in store.epochs(connection) if epoch.id == id), None)
