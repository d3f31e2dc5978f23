"""Who takes part in the tests of the protocol: a hub with its keys, a node, and dice that fall alike."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sync import head, keyset
from sync.blob import Blob, BlobRef, cut
from sync.clock import Now, Stamp
from sync.content import State, canonical
from sync.delta import Change, Item, between, write
from sync.head import DeltaRef, Head, SnapshotRef
from sync.identity import Random
from sync.key import NodeKeys, Signer, Unsealer
from sync.keyset import KeySet, Role
from sync.seal import Sealer
from sync.snapshot import whole

TENANT, MARKET, NODE = "acme", "riga", "shop-17"
EPOCH, BOOT = "00000000000000e1", "00000000000000b1"
DAY_MS = 24 * 60 * 60 * 1000
START_MS = 1_790_000_000_000


def dice(name: str) -> Random:
    """Bytes that look random and are the same every time."""

    def stream() -> Iterator[int]:
        number = 0
        while True:
            yield from hashlib.sha256(f"{name}/{number}".encode()).digest()
            number += 1

    bytes_of = stream()
    return lambda size: bytes(next(bytes_of) for _ in range(size))


def signer(name: str) -> Signer:
    return Signer.born(dice(name))


def stamp(**change: object) -> Stamp:
    said: dict[str, object] = {"boot": BOOT, "mono_ms": 5_000, "wall_ms": START_MS, "trusted": True, **change}
    return Stamp(**said)  # type: ignore[arg-type]


def at(ms: int = START_MS, *, trusted: bool = True, floor_ms: int = 0) -> Now:
    return Now(ms, trusted, floor_ms)


NODE_KEYS = NodeKeys.of(dice("node")(32))
LOG = Unsealer.born(dice("log"))
ROOT, CATALOG, HUB = signer("root"), signer("catalog"), signer("hub")


def sealer(random: Random | None = None, **change: object) -> Sealer:
    said: dict[str, object] = {
        "tenant": TENANT,
        "node": NODE,
        "epoch": EPOCH,
        "log_key": LOG.public,
        "signer": NODE_KEYS.signer,
        "random": random or dice("seal"),
        **change,
    }
    return Sealer(**said)  # type: ignore[arg-type]


def role(*signers: Signer, threshold: int = 1) -> Role:
    return Role(keys=tuple(each.public for each in signers), threshold=threshold)


def key_set(version: int = 1, **change: object) -> KeySet:
    said: dict[str, object] = {
        "tenant": TENANT,
        "version": version,
        "issued_ms": START_MS,
        "expires_ms": START_MS + 1000 * DAY_MS,
        "root": role(ROOT),
        "catalog": role(CATALOG),
        "hub": role(HUB),
        "log_key": LOG.public,
        **change,
    }
    return KeySet(**said)  # type: ignore[arg-type]


def state(**names: str) -> State:
    """A catalogue of providers with these names by id."""
    lines = {
        id: canonical({"id": id, "categories": ["craft/plumber"], "name": name}) for id, name in names.items()
    }
    return State(canonical({"id": MARKET}), lines)


@dataclass
class Publisher:
    """A hub that publishes a market, with every blob it ever made."""

    market: str = MARKET
    tenant: str = TENANT
    signers: tuple[Signer, ...] = (CATALOG,)
    keys: tuple[bytes, ...] = (keyset.write(key_set(), ROOT),)
    serial: int = 0
    version: int = 0
    state: State = field(default_factory=State)
    deltas: tuple[DeltaRef, ...] = ()
    snapshot: SnapshotRef | None = None
    blobs: dict[str, Blob] = field(default_factory=dict)

    def publish(self, state: State, *, snapshot: bool = True, clock_ms: int = START_MS) -> bytes:
        """The head's message for a new state of the catalogue."""
        before, self.state = self.state, state
        self.version += 1
        if self.version > 1:
            items = between(before, state)
            change = Change(
                tenant=self.tenant,
                market=self.market,
                from_version=self.version - 1,
                to_version=self.version,
                before=before.digest(),
                after=state.digest(),
                items=len(items),
            )
            self.deltas = (*self.deltas, self._delta(change, items))
        if snapshot:
            change, items = whole(
                state,
                tenant=self.tenant,
                market=self.market,
                version=self.version,
                embeddings={},
                model=None,
            )
            self.snapshot = SnapshotRef(
                version=self.version, content=state.digest(), blob=self._blob(change, items)
            )
        return self.message(clock_ms)

    def message(self, clock_ms: int = START_MS, change: Callable[[Head], Head] = lambda head: head) -> bytes:
        """A head signed now, of what was published last."""
        self.serial += 1
        said = Head(
            tenant=self.tenant,
            market=self.market,
            serial=self.serial,
            version=self.version,
            content=self.state.digest(),
            issued_ms=clock_ms,
            expires_ms=clock_ms + 30 * DAY_MS,
            snapshot=self.snapshot,
            deltas=self.deltas,
        )
        return head.write(change(said), self.keys, *self.signers)

    def _delta(self, change: Change, items: list[Item]) -> DeltaRef:
        return DeltaRef(
            from_version=change.from_version,
            to_version=change.to_version,
            before=change.before or "",
            after=change.after,
            blob=self._blob(change, items),
        )

    def _blob(self, change: Change, items: list[Item]) -> BlobRef:
        data = b"".join(write(change, items))
        blob = cut(data)
        self.blobs[blob.digest] = blob
        return BlobRef(digest=blob.digest, size=len(data), unpacked=1_000_000)


def flips(data: bytes) -> Iterator[bytes]:
    """The bytes with each single bit of them turned, one at a time."""
    for at_byte in range(len(data)):
        for bit in range(8):
            turned = bytearray(data)
            turned[at_byte] ^= 1 << bit
            yield bytes(turned)
