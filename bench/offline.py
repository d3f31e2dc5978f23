"""A node offline for a month: `python -m bench.offline [--days 30] [--turns 2000] [--mib 64]`.

Keeps what a busy counter would, by a clock that jumps from record to record, then drains it to a hub in
memory that opens every record. Prints what arrived and what went by policy, and one JSON object last. Exit
code 1 when a lead or rating is missing, or anything is neither there nor counted.
"""

import argparse
import json
import resource
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from bench.outbox import MIB
from bench.record import turn
from edge.ledger import Ledger
from edge.outbox.policy import Caps
from edge.outbox.service import Outbox, Who
from edge.outbox.store import TABLES
from sync import batch
from sync.ack import Ack, acknowledge
from sync.clock import Now, Stamp
from sync.key import Signer, Unsealer
from sync.record import Feedback, HealthReport, LeadRequest, Payload
from sync.seal import DataKey, open_key, open_record
from sync.span import Span, merged

START_MS = 1_790_000_000_000
DAY_MS = 24 * 60 * 60 * 1000
BOOT = "0" * 16
TURNS_A_SESSION = 3
TOGETHER = 200
LEAD = LeadRequest(id="", provider="node/1", key="0" * 16, enc=bytes(32), sealed=bytes(240))
HEALTH = HealthReport(state="ok", counters={f"counter_{number}": 1.0 for number in range(20)})


@dataclass
class Clock:
    """The month's time."""

    now_ms: int = START_MS

    def stamp(self) -> Stamp:
        return Stamp(boot=BOOT, mono_ms=self.now_ms - START_MS, wall_ms=self.now_ms, trusted=True)


@dataclass
class Hub:
    """Counts what it can open, by class; remembers numbers as spans only."""

    log: Unsealer
    node: bytes
    keys: dict[bytes, DataKey] = field(default_factory=dict)
    settled: tuple[Span, ...] = ()
    arrived: dict[str, int] = field(default_factory=dict)

    def take(self, message: bytes) -> Ack:
        received = batch.receive(message, "bench", "node", self.node)
        for item in received.items:
            assert item.header is not None
            if item.header.kind == "key":
                self.keys[item.header.data_key] = open_key(item.frame, self.log, self.node)
            else:
                open_record(item.frame, self.keys[item.header.data_key])
                self.arrived[item.header.cls] = self.arrived.get(item.header.cls, 0) + 1
        numbers = [Span(item.seq, item.seq) for item in received.items]
        self.settled = merged((*self.settled, *received.batch.gone, *numbers))
        return acknowledge(
            "bench", "node", received.batch.epoch, self.settled, [item.seq for item in received.items]
        )


def moments(days: int, turns: int) -> list[tuple[int, str | None, Payload]]:
    """Each record of the month: when, in which session, what."""
    found: list[tuple[int, str | None, Payload]] = []
    for number in range(days * turns):
        at_ms, session = number * DAY_MS // turns, f"s{number // TURNS_A_SESSION}"
        found.append((at_ms, session, turn(number)))
        if number % 50 == 0:
            found.append((at_ms, session, Feedback(answer=f"chatcmpl-{number}", score=1)))
        if number % 100 == 0:
            found.append((at_ms, None, msgspec.structs.replace(LEAD, id=f"{number:032x}")))
        if number % max(1, turns // 96) == 0:
            found.append((at_ms, "", HEALTH))
    return found


def offline(box: Outbox, clock: Clock, days: int, turns: int) -> dict[str, int]:
    """Keeps the whole month; gives how many of each class were told."""
    told: dict[str, int] = {}
    waiting = []
    for number, (at_ms, session, payload) in enumerate(moments(days, turns)):
        clock.now_ms = START_MS + at_ms
        waiting.append(box.record(payload, box.sessions.of(session)))
        name = type(payload).__name__
        told[name] = told.get(name, 0) + 1
        if len(waiting) == TOGETHER:
            for future in waiting:
                future.result()
            waiting.clear()
        if number % 10_000 == 0:
            box.expire(Now(clock.now_ms, True)).result()
    for future in waiting:
        future.result()
    box.expire(Now(clock.now_ms, True)).result()
    return told


def drained(box: Outbox, hub: Hub) -> tuple[int, float]:
    """Messages and seconds until nothing waits."""
    messages, begun = 0, time.perf_counter()
    while (outgoing := box.outgoing()) is not None:
        messages += 1
        box.settle(hub.take(outgoing.message)).result()
    return messages, time.perf_counter() - begun


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(folder: Path, days: int, turns: int, mib: int) -> dict[str, object]:
    log, signer, clock = Unsealer.born(), Signer.born(), Clock()
    who = Who("bench", "node", log.public, signer)
    box = Outbox(Ledger(folder / "node.db", TABLES), lambda: who, Caps(mib * MIB), clock.stamp)
    box.open()
    told = offline(box, clock, days, turns)
    usage = box.usage()
    file_mib = sum(path.stat().st_size for path in folder.iterdir()) / MIB
    hub, before = Hub(log, signer.public), peak_mib()
    messages, seconds = drained(box, hub)
    box.ledger.close()
    names = {"lead": "LeadRequest", "feedback": "Feedback", "chat": "ChatTurn", "health": "HealthReport"}
    classes = {
        cls: {
            "told": told.get(names[cls], 0),
            "arrived": hub.arrived.get(cls, 0),
            "dropped": each.dropped,
            "expired": each.expired,
        }
        for cls, each in usage.items()
    }
    return {
        "classes": classes,
        "file_mib": round(file_mib, 1),
        "messages": messages,
        "drain_s": round(seconds, 1),
        "drain_added_mib": round(peak_mib() - before, 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, usual in (("days", 30), ("turns", 2_000), ("mib", 64)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder), given.days, given.turns, given.mib)
    wrong = False
    for cls, each in found["classes"].items():  # type: ignore[attr-defined]  # the one dictionary in it
        print(f"{cls:9}", *(f"{name} {count:6}" for name, count in each.items()), sep="  ")
        wrong |= each["told"] != each["arrived"] + each["dropped"] + each["expired"]
        wrong |= cls in ("lead", "feedback") and each["told"] != each["arrived"]
    print(json.dumps(found))
    return int(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
