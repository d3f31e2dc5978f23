"""What a publication costs a node that answers meanwhile: `python -m bench.apply [--providers 50000]`.

A real node answers questions, one after the other: alone, while a delta of one provider in a hundred and
then a snapshot are applied to its catalogue as the uplink does it, and beside a process that only uses as
much processor time as the snapshot did. `pause` is what an answer took over the middle time of the same
question alone; `held` is that less what the machine took of it (`pause.py`). Prints bytes, seconds, memory,
answers, the worst held up (how long after the part's beginning), and how late a watch woke inside the node
and outside it; the last line is one JSON object. `void`: something halted the machine meanwhile.
"""

import argparse
import json
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench import pause
from bench.node import LOCAL, Node, running
from bench.pause import HALTED_S, PAUSE_MS, Answer, spread
from bench.publication import DIMENSION, MODEL, Publisher, embedded, states
from edge.uplink.applier import ChildApplier
from edge.uplink.apply import Order, Outcome
from sync.head import Have

QUESTIONS = (
    "Where can I get a haircut?",
    "plumber in Northbridge open now",
    "Wo ist ein Restaurant in Westhaven?",
    "cheap bakery with wheelchair access",
    "Bench 17",
)
QUIET_S = 20.0
SETTLE_S = 8.0
AFTER_S = 15.0
ALONE = "alone"
WORST = 5


@dataclass
class Visitor:
    """Asks one question after the other until it is ended; knows what was when."""

    node: Node
    threads: list[int]
    answers: list[Answer] = field(default_factory=list)
    parts: dict[str, tuple[float, float]] = field(default_factory=dict)
    ended: bool = False

    def run(self) -> None:
        """Asks until it is ended."""
        number = 0
        while not self.ended:
            question, unserved = number % len(QUESTIONS), self._unserved_ms()
            begun = time.monotonic()
            _ask(self.node.url, QUESTIONS[question])
            now = time.monotonic()
            unserved = self._unserved_ms() - unserved
            self.answers.append(Answer(question, now, (now - begun) * 1000, unserved))
            number += 1

    def _unserved_ms(self) -> float:
        return pause.unserved_ms(self.node.process.pid, self.threads)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """What is answered while the block runs belongs to this part."""
        begun = time.monotonic()
        yield
        self.parts[name] = begun, time.monotonic()

    def of(self, name: str) -> list[Answer]:
        """The answers of a part."""
        begun, end = self.parts[name]
        return [each for each in self.answers if begun <= each.at_s <= end]


def _ask(url: str, question: str) -> None:
    body = {"model": "prilavok", "messages": [{"role": "user", "content": question}]}
    request = urllib.request.Request(
        f"{url}/v1/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with LOCAL.open(request, timeout=120) as reply:
        reply.read()


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


def measured(folder: Path, providers: int) -> dict[str, object]:
    """Everything that is printed."""
    data_dir = folder / "node"
    inside, outside = folder / "inside.txt", folder / "outside.txt"
    publisher = Publisher(folder / "blob")
    first, second = states(providers)
    changed = [id for id, line in second.lines.items() if first.lines.get(id) != line]
    found: dict[str, object] = {"providers": providers, "changed": len(changed)}
    found["snapshot_bytes"] = publisher.snapshot(first, embedded(list(first.lines)))
    flags = ("--generator", "none", "--embedding", "none")
    with running(data_dir, *flags, program=("bench.pause", "watch", str(inside))) as node:
        outcome = applied(data_dir, publisher, None)  # what the node answers from before it is measured
        time.sleep(SETTLE_S)
        visitor = Visitor(node, [int(id) for id in inside.with_suffix(pause.THREADS).read_text().split()])
        asking = threading.Thread(target=visitor.run)
        asking.start()
        with pause.beside("watch", str(outside)):
            time.sleep(SETTLE_S)
            with visitor.part(ALONE):
                time.sleep(QUIET_S)
            found["delta_bytes"] = publisher.delta(second, embedded(changed))
            with visitor.part("delta"):
                delta = applied(data_dir, publisher, outcome.have)
                time.sleep(AFTER_S)
            publisher.snapshot(first, embedded(list(first.lines)))
            with visitor.part("snapshot"):
                again = applied(data_dir, publisher, delta.have)
                time.sleep(AFTER_S)
            with visitor.part("compete"), pause.beside("compete"):
                time.sleep(max(QUIET_S, again.seconds))
        visitor.ended = True
        asking.join()
        found["node_peak_mb"] = round(node.peak_memory_mb(), 1)
    found["delta"], found["snapshot"] = _cost(delta), _cost(again)
    found |= told(visitor, pause.read(inside), pause.read(outside))
    return found


def _cost(outcome: Outcome) -> dict[str, float]:
    return {"seconds": outcome.seconds, "peak_mib": outcome.peak_kib // 1024}


def told(visitor: Visitor, inside: list[pause.Late], outside: list[pause.Late]) -> dict[str, object]:
    """Answers, pauses and late watches of each part."""
    usual_ms = pause.usual(visitor.of(ALONE))
    found: dict[str, object] = {"void": any(late.ms > HALTED_S * 1000 for late in outside)}
    for name, (begun, end) in visitor.parts.items():
        answers = visitor.of(name)
        longer, held = pause.pauses(answers, usual_ms), pause.held(answers, usual_ms, outside)
        worst = sorted(zip(held, answers, strict=True), key=lambda pair: -pair[0])[:WORST]
        found[f"answers_{name}"] = {
            "count": len(answers),
            "answer": spread([each.ms for each in answers]),
            "pause": spread(longer),
            "held": spread(held),
            "paused": sum(each > PAUSE_MS for each in longer),
            "held_up": sum(each > PAUSE_MS for each in held),
            "worst": [f"{each.at_s - begun:.1f} s: {ms:.0f} of {each.ms:.0f} ms" for ms, each in worst],
            "watch_inside_ms": pause.longest(inside, begun, end),
            "watch_outside_ms": pause.longest(outside, begun, end),
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--providers", type=int, default=50_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder), given.providers)
    for name, value in found.items():
        print(f"{name:18} {value}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
