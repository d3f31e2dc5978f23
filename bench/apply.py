"""What a publication costs a node that answers meanwhile: `python -m bench.apply [--providers 50000]`.

A real node answers questions, one after the other, while a snapshot and then a delta of one provider in a
hundred are applied to its catalogue as the uplink does it. Prints bytes, seconds, memory, and how long the
longest answer took before, while and after; the last line is one JSON object.
"""

import argparse
import json
import random
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.catalog import lines
from bench.node import LOCAL, Node, running
from edge.catalog.taxonomy import Taxonomy
from edge.uplink.applier import ChildApplier
from edge.uplink.apply import Order, Outcome
from edge.uplink.blob import Blob
from sync.blob import BlobRef, cut
from sync.content import State, canonical
from sync.delta import Change, Item, between, vectors, write
from sync.head import DeltaRef, Have, Head, SnapshotRef
from sync.snapshot import whole

TENANT, MARKET, MODEL, DIMENSION = "bench", "bench", "bench-model", 384
QUESTIONS = (
    "Where can I get a haircut?",
    "plumber in Northbridge open now",
    "Wo ist ein Restaurant in Westhaven?",
    "cheap bakery with wheelchair access",
    "Bench 17",
)
QUIET_S = 8.0
AFTER_S = 12.0
SEED = 20261127


@dataclass
class Answers:
    """Milliseconds of each answer, by phase."""

    node: Node
    phase: str = "before"
    took_ms: dict[str, list[float]] = field(default_factory=dict)
    ended: bool = False

    def run(self) -> None:
        """Asks until it is ended."""
        number = 0
        while not self.ended:
            phase, begun = self.phase, time.perf_counter()
            _ask(self.node.url, QUESTIONS[number % len(QUESTIONS)])
            self.took_ms.setdefault(phase, []).append((time.perf_counter() - begun) * 1000)
            number += 1

    @contextmanager
    def during(self, phase: str) -> Iterator[None]:
        """Counts answers under this phase while the block runs."""
        before, self.phase = self.phase, phase
        yield
        self.phase = before


def _ask(url: str, question: str) -> None:
    body = {"model": "prilavok", "messages": [{"role": "user", "content": question}]}
    request = urllib.request.Request(
        f"{url}/v1/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with LOCAL.open(request, timeout=120) as reply:
        reply.read()


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


def applied(data_dir: Path, publisher: Publisher, have: Have | None) -> Outcome:
    """Applies the publisher's head as the uplink does."""
    applier = ChildApplier()
    assert publisher.head is not None
    applier.start(
        Order(
            data_dir=str(data_dir),
            blobs=str(publisher.folder),
            head=publisher.head,
            have=have,
            model=MODEL,
            dimension=DIMENSION,
        )
    )
    while (outcome := applier.outcome()) is None:
        time.sleep(0.05)
    return outcome


def figures(took_ms: list[float]) -> dict[str, float]:
    """The middle, the last hundredth and the longest, in milliseconds."""
    ordered = sorted(took_ms) or [0.0]
    return {
        "answers": len(took_ms),
        "p50_ms": round(ordered[len(ordered) // 2], 1),
        "p99_ms": round(ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)], 1),
        "longest_ms": round(ordered[-1], 1),
    }


def measured(folder: Path, providers: int, flags: list[str]) -> dict[str, object]:
    data_dir = folder / "node"
    publisher = Publisher(folder / "blob")
    first, second = states(providers)
    changed = [id for id, line in second.lines.items() if first.lines.get(id) != line]
    found: dict[str, object] = {"providers": providers, "changed": len(changed)}
    found["snapshot_bytes"] = publisher.snapshot(first, embedded(list(first.lines)))
    with running(data_dir, "--generator", "none", "--embedding", "none", *flags) as node:
        outcome = applied(data_dir, publisher, None)  # what the node answers from before it is measured
        found["snapshot"] = {"seconds": outcome.seconds, "peak_mib": outcome.peak_kib // 1024}
        time.sleep(QUIET_S)
        answers = Answers(node)
        asking = threading.Thread(target=answers.run)
        asking.start()
        time.sleep(QUIET_S)
        found["delta_bytes"] = publisher.delta(second, embedded(changed))
        with answers.during("delta"):
            delta = applied(data_dir, publisher, outcome.have)
            time.sleep(AFTER_S)
        found["delta"] = {"seconds": delta.seconds, "peak_mib": delta.peak_kib // 1024}
        publisher.snapshot(first, embedded(list(first.lines)))
        with answers.during("snapshot"):
            again = applied(data_dir, publisher, delta.have)
            time.sleep(AFTER_S)
        found["snapshot_again"] = {"seconds": again.seconds, "peak_mib": again.peak_kib // 1024}
        answers.ended = True
        asking.join()
        found["node_peak_mb"] = round(node.peak_memory_mb(), 1)
    found["answers"] = {phase: figures(took) for phase, took in answers.took_ms.items()}
    before = max(answers.took_ms["before"])
    found["longest_pause_ms"] = round(
        max(max(took) for phase, took in answers.took_ms.items() if phase != "before") - before, 1
    )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--providers", type=int, default=50_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder), given.providers, [])
    for name, value in found.items():
        print(f"{name:18} {value}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
