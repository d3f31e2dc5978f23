"""Publications as a hub makes them, laid where a node's uplink would have put them, without a hub."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.catalog import lines
from edge.catalog.taxonomy import Taxonomy
from edge.uplink.blob import Blob
from sync.blob import BlobRef, cut
from sync.content import State, canonical
from sync.delta import Change, Item, between, vectors, write
from sync.head import DeltaRef, Head, SnapshotRef
from sync.snapshot import whole

TENANT, MARKET, MODEL, DIMENSION = "bench", "bench", "bench-model", 384
SEED = 20261127


@dataclass
class Publisher:
    """Makes blobs where the node's uplink would have put them."""

    folder: Path
    state: State = field(default_factory=State)
    head: Head | None = None

    def snapshot(self, state: State, embeddings: Mapping[str, bytes]) -> int:
        """Publishes a state whole; gives its bytes."""
        change, items = whole(
            state, tenant=TENANT, market=MARKET, version=1, embeddings=embeddings, model=MODEL
        )
        ref = self._blob(change, items)
        snapshot = SnapshotRef(version=1, content=change.after, blob=ref)
        self.head, self.state = self._head(1, change.after, snapshot=snapshot), state
        return ref.size

    def delta(self, state: State, embeddings: Mapping[str, bytes]) -> int:
        """Publishes what changed; gives its bytes."""
        items = [*between(self.state, state), *vectors(embeddings)]
        change = Change(
            tenant=TENANT,
            market=MARKET,
            from_version=1,
            to_version=2,
            before=self.state.digest(),
            after=state.digest(),
            items=len(items),
            model=MODEL,
        )
        ref = self._blob(change, items)
        step = DeltaRef(
            from_version=1, to_version=2, before=change.before or "", after=change.after, blob=ref
        )
        self.head = self._head(2, change.after, deltas=(step,))
        return ref.size

    def _head(self, version: int, content: str, **more: object) -> Head:
        return Head(
            tenant=TENANT,
            market=MARKET,
            serial=version,
            version=version,
            content=content,
            issued_ms=1,
            expires_ms=2,
            **more,  # type: ignore[arg-type]
        )

    def _blob(self, change: Change, items: list[Item]) -> BlobRef:
        data = b"".join(write(change, items))
        made = cut(data)
        ref = BlobRef(digest=made.digest, size=len(data), unpacked=1 << 30)
        kept = Blob(self.folder, ref)
        for number, piece in enumerate(made.pieces):
            kept.put(number, piece)
        return ref


def states(providers: int) -> tuple[State, State]:
    """A catalogue, and the same with one line in a hundred changed, gone or new."""
    taxonomy, dice = Taxonomy.load(), random.Random(SEED)
    market = canonical({"id": MARKET, "languages": ["en", "de"], "name": {"en": "Bench"}})
    made = [json.loads(line) for line in lines(providers + providers // 400, taxonomy)]
    first = {each["id"]: canonical(each) for each in made[:providers]}
    second = dict(first)
    for id in dice.sample(sorted(first), providers // 200):
        second[id] = canonical({**json.loads(first[id]), "rating": 3.3, "phone": "+1 202-555-0199"})
    for id in dice.sample(sorted(second), providers // 400):
        del second[id]
    second |= {each["id"]: canonical(each) for each in made[providers:]}
    return State(market, first), State(market, second)


def embedded(ids: list[str]) -> dict[str, bytes]:
    """A vector for each: as incompressible as real ones."""
    dice = random.Random(SEED)
    return {id: dice.randbytes(DIMENSION) for id in ids}
