"""Puts blobs and heads on the broker, retained, in an order that nodes can use, and clears old ones away.

A head is stored before it is sent, so one serial never stands for two heads; it is sent after the broker has
confirmed every piece that it names. What was sent twice does no harm. Whether the broker still has it is
looked after in `check`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from cloud import postgres
from cloud.catalog.announce import store
from cloud.catalog.announce.store import Shelved, Standing
from cloud.catalog.build.store import steps
from cloud.keyring import Keyring
from cloud.postgres import Connection, Pool
from sync import failpoint, head
from sync.head import MOST_DELTAS, DeltaRef, Head, SnapshotRef
from sync.topic import HeadTopic, PieceTopic

LIFE = timedelta(days=30)
"""How long a head holds; it is signed anew when half of that is over."""
KEEP = timedelta(days=2)
"""How long blobs that no head names stay, for nodes that are fetching them."""


class Line(Protocol):
    """The line to the broker (cloud/mqtt.py has one)."""

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Returns when the broker confirmed; Unavailable else."""


@dataclass(frozen=True)
class Announcer:
    """Of all tenants at one broker."""

    pool: Pool
    keyring: Keyring
    line: Line
    keep: timedelta = KEEP

    def turn(self, tenant: str) -> None:
        """Signs, sends and clears what is due in a tenant. Unavailable without a broker: the next goes on."""
        with postgres.tenant(self.pool, tenant) as connection:
            found = store.markets(connection)
        for market in found:
            self._sign(tenant, market, datetime.now(UTC))
            self._send(tenant, market)
            self._clear(tenant, market, datetime.now(UTC) - self.keep)

    def _sign(self, tenant: str, market: str, now: datetime) -> None:
        now_ms = int(now.timestamp() * 1000)
        keys = self.keyring.renew(tenant, now_ms)
        with postgres.tenant(self.pool, tenant) as connection:
            standing = store.standing(connection, market, lock=True)
            if standing is None or not _due(standing, keys.version, now):
                return
            said = _head(connection, tenant, standing, now)
            message = head.write(said, self.keyring.sets(tenant), self.keyring.signer(tenant, "catalog"))
            store.set_head(connection, market, said, keys.version, message)
            store.retire(connection, market, [step.blob.digest for step in named(said)], now)
        failpoint.reach("catalog.head_signed")

    def _send(self, tenant: str, market: str) -> None:
        with postgres.tenant(self.pool, tenant) as connection:
            blobs = store.unsent(connection, market)
        for blob in blobs:
            for number in range(blob.pieces, -1, -1):
                self.send_piece(tenant, blob, number)
            with postgres.tenant(self.pool, tenant) as connection:
                store.blob_sent(connection, blob.blob, datetime.now(UTC))
            failpoint.reach("catalog.blob_sent")
        with postgres.tenant(self.pool, tenant) as connection:
            standing = store.standing(connection, market)
        if standing is None or standing.head is None or standing.sent:
            return
        self.line.publish(str(HeadTopic(tenant, market)), standing.head, retain=True)
        failpoint.reach("catalog.head_sent")
        with postgres.tenant(self.pool, tenant) as connection:
            store.head_sent(connection, market, standing.serial, datetime.now(UTC))

    def send_piece(self, tenant: str, blob: Shelved, number: int) -> None:
        """One piece of a blob; nothing where the blob has gone meanwhile."""
        with postgres.tenant(self.pool, tenant) as connection:
            data = store.piece(connection, blob.blob, number)
        if data is not None:
            self.line.publish(str(PieceTopic(tenant, blob.digest, number)), data, retain=True)
            failpoint.reach("catalog.piece_sent")

    def _clear(self, tenant: str, market: str, before: datetime) -> None:
        with postgres.tenant(self.pool, tenant) as connection:
            overdue = store.overdue(connection, market, before)
        for blob in overdue:
            self.clear(tenant, blob.digest, blob.pieces)
            with postgres.tenant(self.pool, tenant) as connection:
                store.forget(connection, blob.blob)

    def clear(self, tenant: str, digest: str, pieces: int) -> None:
        """Takes a blob off the broker, index first, so that nobody begins with it."""
        for number in range(pieces + 1):
            self.line.publish(str(PieceTopic(tenant, digest, number)), b"", retain=True)


def _due(standing: Standing, keys: int, now: datetime) -> bool:
    """Whether a head is to be signed: for a new version, for new keys, or before the last one expires."""
    if standing.built is None:
        return False
    if standing.head is None or standing.head_version != standing.built or standing.head_keys != keys:
        return True
    issued, expires = standing.head_issued, standing.head_expires
    return issued is None or expires is None or now > issued + (expires - issued) / 2


def _head(connection: Connection, tenant: str, standing: Standing, now: datetime) -> Head:
    version = standing.built or 0
    snapshot, deltas = chosen(steps(connection, standing.market), version)
    return Head(
        tenant=tenant,
        market=standing.market,
        serial=standing.serial + 1,
        version=version,
        content=standing.built_content or "",
        issued_ms=int(now.timestamp() * 1000),
        expires_ms=int((now + LIFE).timestamp() * 1000),
        snapshot=snapshot,
        deltas=deltas,
    )


def chosen(
    found: Iterable[SnapshotRef | DeltaRef], version: int
) -> tuple[SnapshotRef | None, tuple[DeltaRef, ...]]:
    """The steps that a head of that version names: the newest snapshot, and deltas, oldest first.

    All deltas since the snapshot, and older ones as long as they are together cheaper than the snapshot.
    """
    known = list(found)
    snapshots = [step for step in known if isinstance(step, SnapshotRef) and step.version <= version]
    snapshot = max(snapshots, key=lambda step: step.version, default=None)
    deltas = [step for step in known if isinstance(step, DeltaRef) and step.to_version <= version]
    taken: list[DeltaRef] = []
    size = 0
    for delta in sorted(deltas, key=lambda step: step.to_version, reverse=True)[:MOST_DELTAS]:
        size += delta.blob.size
        if snapshot is not None and delta.to_version <= snapshot.version and size > snapshot.blob.size:
            break
        taken.append(delta)
    return snapshot, tuple(reversed(taken))


def named(said: Head) -> list[SnapshotRef | DeltaRef]:
    """Every step that a head names."""
    return [*said.deltas, *([said.snapshot] if said.snapshot is not None else [])]
