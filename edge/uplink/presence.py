"""What the node says of itself on its retained topic, and when it is worth saying again."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from edge.outbox.store import Usage
from edge.uplink.line import Will
from edge.uplink.standing import Standing
from sync import status
from sync.head import Have
from sync.record import Class, Versions
from sync.status import Depth, Status
from sync.topic import NodeTopic

EVERY_S = 15 * 60.0
SOONEST_S = 5.0
MOST_TROUBLES = 50


@dataclass(frozen=True)
class Facts:
    """What is read anew for each status."""

    epoch: str
    versions: Versions
    usage: Mapping[Class, Usage]
    have: Have | None = None
    settings: int = 0
    troubles: tuple[str, ...] = ()


@dataclass
class Presence:
    """`read` gathers the facts. Blocking."""

    standing: Standing
    read: Callable[[], Facts]
    clock: Callable[[], float] = time.monotonic
    _said: Facts | None = None
    _said_at: float = 0.0
    _look_at: float = 0.0

    @property
    def topic(self) -> str:
        """Where it is said."""
        document = self.standing.identity.document
        return str(NodeTopic(document.tenant, document.node, "status"))

    def will(self) -> Will:
        """What the broker is to say when the node is gone."""
        return Will(self.topic, self._written(self.read(), online=False))

    def due(self) -> bytes | None:
        """A status to publish: at first, at a change of what matters, and every quarter of an hour."""
        now = self.clock()
        if self._said is not None and now < self._look_at:
            return None
        facts, self._look_at = self.read(), now + SOONEST_S
        if self._said is not None and now < self._said_at + EVERY_S and _same(facts, self._said):
            return None
        self._said, self._said_at = facts, now
        return self._written(facts, online=True)

    def farewell(self) -> bytes:
        """Said before the node goes by itself."""
        return self._written(self.read(), online=False)

    def connected(self) -> None:
        """A new connection: it is said again."""
        self._said = None

    def _written(self, facts: Facts, *, online: bool) -> bytes:
        standing = self.standing
        document, floor = standing.identity.document, standing.trust.floor
        said = Status(
            tenant=document.tenant,
            node=document.node,
            market=document.market,
            online=online,
            at=standing.clocks.stamp(),
            epoch=facts.epoch,
            versions=facts.versions,
            settings=facts.settings,
            keys=standing.keys.version,
            serial=0 if floor is None else floor.serial,
            catalog=0 if facts.have is None else facts.have.version,
            content=None if facts.have is None else facts.have.content,
            outbox={cls: _depth(usage) for cls, usage in facts.usage.items()},
            troubles=facts.troubles[:MOST_TROUBLES],
        )
        return status.write(said, standing.identity.keys.signer)


def _depth(usage: Usage) -> Depth:
    lost = usage.dropped + usage.expired + usage.erased
    return Depth(records=usage.records, bytes=usage.bytes, dropped=lost)


def _same(one: Facts, other: Facts) -> bool:
    """Whether nothing changed that somebody waits for; depths change all the time."""
    return msgspec.msgpack.encode(_told(one)) == msgspec.msgpack.encode(_told(other))


def _told(facts: Facts) -> tuple[object, ...]:
    return (facts.epoch, facts.versions, facts.have, facts.settings, facts.troubles)
