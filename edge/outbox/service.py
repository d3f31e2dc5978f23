"""Takes what the node has to tell, seals it and keeps it until the hub has it. Nothing here dials.

`append` works in the transaction of what it records: both are on the disk, or neither. The uplink takes
`outgoing` messages, and gives `settle` the hub's acknowledgements. What they settle is kept a while, and sent
again where the hub is found to have lost it (`recall.py`).
"""

from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeVar

from edge.database import Connection
from edge.ledger import Ledger
from edge.outbox import parting, settled, store
from edge.outbox.policy import Caps, make_room, too_old
from edge.outbox.session import Session, SessionKeys
from edge.outbox.settled import Held
from edge.outbox.store import LEAST, ROW_BYTES, Epoch, Usage, Wanted
from sync.ack import Ack
from sync.batch import MOST_GONE, Sender, Sent
from sync.clock import Now, Stamp
from sync.document import MESSAGE_LIMIT_BYTES
from sync.errors import Unavailable
from sync.failpoint import reach
from sync.identity import Random, new_id
from sync.key import Signer, system_random
from sync.record import CLASSES, RULES, Class, Payload, Record, class_of, write
from sync.seal import Sealer
from sync.span import Span

T = TypeVar("T")
FRAME_EXTRA_BYTES = 384
"""More than sealing adds to a record: header, nonce, tag and lengths."""
KEY_FRAME_BYTES = 512
"""More than a key frame has."""
URGENT = RULES["lead"].priority
ROWS_AT_ONCE = 400
EXPIRE_AT_ONCE = 1_000


@dataclass(frozen=True)
class Who:
    """Under which name, with which keys. `log_key` is the tenant's, public; the node cannot open."""

    tenant: str
    node: str
    log_key: bytes = field(repr=False)
    signer: Signer


@dataclass(frozen=True)
class Outgoing:
    """A message to publish, the rows in it, and the epoch that its acknowledgement will be for."""

    message: bytes
    rows: tuple[int, ...]
    epoch: str
    highest: int


@dataclass(frozen=True)
class Outbox:
    """`who` is asked each time, for keys are replaced; `stamp` reads the clocks.

    Thread-safe: what is written goes through the ledger's thread.
    """

    ledger: Ledger
    who: Callable[[], Who]
    caps: Caps
    stamp: Callable[[], Stamp]
    sessions: SessionKeys = field(default_factory=SessionKeys)
    random: Random = system_random

    def open(self) -> None:
        """Begins an epoch where there is none. Blocking."""

        def begin(connection: Connection) -> None:
            if not store.epochs(connection):
                store.begin_epoch(connection, new_id(self.random))

        self.ledger.write(begin).result()

    def record(self, payload: Payload, session: Session) -> "Future[bool]":
        """Appends in a transaction of its own; see `append`. On the disk when the future is done."""
        return self.commit(lambda connection: self.append(connection, payload, session))

    def commit(self, work: Callable[[Connection], T]) -> "Future[T]":
        """Work that appends, in a transaction of its own. On the disk when the future is done."""
        done = self.ledger.write(work)
        done.add_done_callback(lambda _: reach("outbox.committed"))
        return done

    def append(self, connection: Connection, payload: Payload, session: Session) -> bool:
        """Seals and keeps a record in the caller's write transaction on the ledger's file.

        False: the policy dropped it and counted it, or its session has just been erased. A lead is kept, or
        Unavailable `outbox.leads_full`; it is never dropped. Refused when a field of it is too big.
        """
        if session.erased:
            return False
        record, cls = Record(at=self.stamp(), what=payload), class_of(payload)
        size = len(write(record)) + FRAME_EXTRA_BYTES + ROW_BYTES
        size += 0 if session.known else KEY_FRAME_BYTES
        if not self._make_room(connection, cls, size):
            return False
        epoch = store.epochs(connection)[-1]
        sealer, frames, seq = self._sealer(epoch), [], epoch.next
        if not session.known and not store.has_key(connection, epoch, session.key.id):
            frames.append((True, sealer.key(session.key, seq, cls)))
            seq += 1
        frames.append((False, sealer.record(record, session.key, seq)))
        written_ms = record.at.wall_ms if record.at.trusted else None
        store.insert(connection, epoch, cls, session.key.id, frames, written_ms)
        reach("outbox.before_commit")
        return True

    def outgoing(
        self,
        on_their_way: Collection[int] = (),
        limit_bytes: int = MESSAGE_LIMIT_BYTES,
        *,
        urgent: bool = False,
        without: Collection[str] = (),
    ) -> Outgoing | None:
        """The next message, most urgent records first, or None when nothing waits. Blocking; reads only.

        A message without records tells of numbers that never come. `urgent`: leads only; `without`: nothing
        of these epochs.
        """
        with self.ledger.reading() as connection:
            epochs = {each.number: each for each in store.epochs(connection) if each.id not in without}
            wanted = Wanted(on_their_way, URGENT if urgent else LEAST, epochs if without else None)
            rows = store.waiting(connection, ROWS_AT_ONCE, wanted)
            epoch = epochs[rows[0].epoch] if rows else self._untold(connection, epochs.values())
            if epoch is None or (not rows and (on_their_way or urgent)):
                return None
            gone = parting.gone(connection, epoch, MOST_GONE)
            low, usage = store.lowest(connection, epoch), store.usage(connection)
        who = self.who()
        packed = Sender(who.tenant, who.node, epoch.id, who.signer).pack(
            (Sent(row.seq, row.frame) for row in rows),
            self.stamp(),
            low=low,
            gone=gone,
            dropped={cls: lost for cls in CLASSES if (lost := _lost(usage[cls]))},
            limit_bytes=limit_bytes,
        )
        taken = tuple(row.id for row in rows[: packed.taken])
        return Outgoing(packed.message, taken, epoch.id, epoch.next - 1)

    def settle(self, ack: Ack) -> "Future[None]":
        """Forgets what the hub has acknowledged, verified by `sync.ack.receive`; on the disk when done."""

        def forget(connection: Connection) -> None:
            for epoch in store.epochs(connection):
                if epoch.id == ack.epoch:
                    known = parting.settle(connection, epoch, ack.settled(), self._keep)
                    self.sessions.mark_known(known)
                    parting.forget_gone(connection, epoch, ack.upto)
            parting.end_epochs(connection)
            self._let_go(connection, sum(each.bytes for each in store.usage(connection).values()))

        return self.ledger.write(forget)

    def expire(self, now: Now) -> "Future[int]":
        """Drops what has outlived its use, at most 1,000 records a class at once; gives how many went.

        What the hub has had for long enough goes as well, and is not counted.
        """

        def drop(connection: Connection) -> int:
            went = 0
            for cls in CLASSES:
                limit_ms = too_old(cls, now)
                if limit_ms is not None:
                    ids = store.written_before(connection, cls, limit_ms, EXPIRE_AT_ONCE)
                    went += parting.drop(connection, ids, "expired")
            if now.trusted:
                limit_ms = now.wall_ms - self.caps.settled_s * 1000
                self.sessions.mark_unknown(settled.age(connection, limit_ms))
                parting.end_epochs(connection)
            return went

        return self.ledger.write(drop)

    def erase(self, data_keys: Iterable[bytes]) -> "Future[int]":
        """Drops every record of these sessions, waiting or settled, and their keys; how many had waited."""
        keys = tuple(data_keys)
        self.sessions.forget(keys)

        def drop(connection: Connection) -> int:
            settled.erase(connection, keys)
            return parting.drop(connection, store.of_sessions(connection, keys), "erased")

        return self.ledger.write(drop)

    def begin_epoch(self) -> "Future[Epoch]":
        """A new epoch, when the hub has more than was ever sent (`ack.ahead`): this file is an old copy."""
        return self.ledger.write(lambda connection: store.begin_epoch(connection, new_id(self.random)))

    def epochs(self) -> dict[str, int]:
        """The last number given in each epoch, to hold acknowledgements against; the present one last."""
        with self.ledger.reading() as connection:
            return {epoch.id: epoch.next - 1 for epoch in store.epochs(connection)}

    def usage(self) -> dict[Class, Usage]:
        """What waits and what went otherwise than to the hub, by class. Blocking."""
        with self.ledger.reading() as connection:
            return store.usage(connection)

    def held(self) -> Held:
        """How much is kept of what the hub has acknowledged. Blocking."""
        with self.ledger.reading() as connection:
            return settled.held(connection)

    def _make_room(self, connection: Connection, cls: Class, size: int) -> bool:
        used = {name: usage.bytes for name, usage in store.usage(connection).items()}
        room = make_room(self.caps, used, cls, size, lambda victim: store.oldest(connection, victim))
        if room.accepted:
            parting.drop(connection, [waiting.id for waiting in room.drops], "dropped")
            self._let_go(connection, sum(used.values()) + size - sum(each.bytes for each in room.drops))
        elif cls == "lead":
            self.ledger.write(lambda later: store.count(later, cls, refused=1))
            raise Unavailable(
                "This counter can take no more requests until it has been online.",
                code="outbox.leads_full",
                hint="Call the provider, or come back when the counter has a connection.",
                retry_after_s=600.0,
            )
        else:
            store.count(connection, cls, dropped=1)
        return room.accepted

    def _keep(self, connection: Connection, epoch: Epoch, span: Span) -> None:
        if self.caps.settled_share > 0:
            at = self.stamp()
            settled.keep(connection, epoch, span, at.wall_ms if at.trusted else None)

    def _let_go(self, connection: Connection, used_bytes: int) -> None:
        """What the hub has gives way to what waits, which is so many bytes."""
        self.sessions.mark_unknown(settled.shrink(connection, self.caps.settled(used_bytes)))

    def _sealer(self, epoch: Epoch) -> Sealer:
        who = self.who()
        return Sealer(who.tenant, who.node, epoch.id, who.log_key, who.signer, self.random)

    def _untold(self, connection: Connection, epochs: Iterable[Epoch]) -> Epoch | None:
        return next((epoch for epoch in epochs if parting.gone(connection, epoch, 1)), None)


def _lost(usage: Usage) -> int:
    return usage.dropped + usage.expired + usage.erased
