"""What keeping a record costs on this disk, and how fast an outbox drains: `python -m bench.outbox`.

Prints a table and, last, one JSON object. `--folder` puts the file on the disk to be measured (a card, a
stick). A turn at a time is what an answer waits for; the bare commit beside it is the disk's own share.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.record import turn
from edge.ledger import Ledger
from edge.outbox.policy import Caps
from edge.outbox.service import Outbox, Who
from edge.outbox.store import TABLES
from sync.ack import acknowledge
from sync.clock import Stamp
from sync.identity import new_id
from sync.key import Signer, Unsealer, system_random
from sync.record import Record
from sync.seal import DataKey, Sealer
from sync.span import Span

MIB = 1024 * 1024
BOOT = new_id(system_random)
PADDING = "CREATE TABLE IF NOT EXISTS bare(x)"


def stamp() -> Stamp:
    mono_ms, wall_ms = time.monotonic_ns() // 1_000_000, time.time_ns() // 1_000_000
    return Stamp(boot=BOOT, mono_ms=mono_ms, wall_ms=wall_ms, trusted=True)


def opened(folder: Path, caps_bytes: int) -> Outbox:
    who = Who("bench", "node", Unsealer.born().public, Signer.born())
    box = Outbox(Ledger(folder / "node.db", (*TABLES, PADDING)), lambda: who, Caps(caps_bytes), stamp)
    box.open()
    return box


def timed_ms(count: int, work: Callable[[int], object]) -> list[float]:
    """Milliseconds of each call."""
    found = []
    for number in range(count):
        begun = time.perf_counter()
        work(number)
        found.append((time.perf_counter() - begun) * 1000)
    return sorted(found)


def spread(times_ms: list[float]) -> dict[str, float]:
    return {
        "p50_ms": round(statistics.median(times_ms), 3),
        "p99_ms": round(times_ms[min(len(times_ms) - 1, int(len(times_ms) * 0.99))], 3),
    }


def sealing_us(count: int) -> float:
    """Microseconds to encode and seal one record, without any disk."""
    hand = Sealer("bench", "node", "0" * 16, Unsealer.born().public, Signer.born())
    key = DataKey.born()
    times = timed_ms(
        count, lambda number: hand.record(Record(at=stamp(), what=turn(number)), key, number + 1)
    )
    return round(statistics.median(times) * 1000, 1)


def keep_singly(box: Outbox, count: int) -> list[float]:
    return timed_ms(
        count, lambda number: box.record(turn(number), box.sessions.of(f"s{number // 4}")).result()
    )


def keep_together(box: Outbox, count: int) -> tuple[float, float]:
    """Turns a second when many wait at once, and processor time of each in microseconds; none: nothing."""
    if not count:
        return 0.0, 0.0
    begun, begun_cpu = time.perf_counter(), time.process_time()
    for start in range(0, count, 500):
        waiting = [
            box.record(turn(number), box.sessions.of(f"t{number // 4}"))
            for number in range(start, min(start + 500, count))
        ]
        for future in waiting:
            future.result()
    cpu_us = (time.process_time() - begun_cpu) / count * 1e6
    return count / (time.perf_counter() - begun), cpu_us


def bare_commit(box: Outbox, count: int) -> list[float]:
    """A row of the same size with nothing sealed: what the disk alone takes."""
    data = bytes(700)
    return timed_ms(
        count,
        lambda _: box.ledger.write(
            lambda connection: connection.execute("INSERT INTO bare VALUES (?)", (data,))
        ).result(),
    )


def drain(box: Outbox) -> tuple[int, float, int]:
    """Messages, seconds and bytes to send all that waits, with an acknowledgement each."""
    begun, messages, size, upto = time.perf_counter(), 0, 0, 0
    while (outgoing := box.outgoing()) is not None:
        messages, size = messages + 1, size + len(outgoing.message)
        stored = [Span(1, outgoing.highest)] if len(outgoing.rows) == 0 else _spans(outgoing.rows)
        ack = acknowledge("bench", "node", outgoing.epoch, [*([Span(1, upto)] if upto else []), *stored])
        upto = ack.upto
        box.settle(ack).result()
    return messages, time.perf_counter() - begun, size


def _spans(rows: tuple[int, ...]) -> list[Span]:
    return [Span(row & (2**40 - 1), row & (2**40 - 1)) for row in rows]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="measure the disk that this folder is on")
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--backlog", type=int, default=60_000, help="turns kept before draining")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        print(json.dumps(measured(Path(folder), given.count, given.backlog)))
    return 0


def measured(folder: Path, count: int, backlog: int) -> dict[str, object]:
    """Everything, printed on the way."""
    box = opened(folder, 64 * MIB)
    bare, singly = spread(bare_commit(box, count)), spread(keep_singly(box, count))
    sealing = sealing_us(count)
    print(f"seal alone           {sealing:8.1f} µs")
    print(f"bare commit          {bare['p50_ms']:8.3f} ms, p99 {bare['p99_ms']:.3f}")
    print(f"keep one turn        {singly['p50_ms']:8.3f} ms, p99 {singly['p99_ms']:.3f}")
    together, cpu_us = keep_together(box, backlog)
    usage = box.usage()["chat"]
    each = usage.bytes / max(1, usage.records)
    print(f"keep when many wait  {together:8.0f} a second, {cpu_us:.0f} µs of processor each")
    print(f"waiting              {usage.records} turns, {usage.bytes / MIB:.1f} MiB, {usage.dropped} dropped")
    full = spread(keep_singly(box, count))
    print(f"keep one, nearly full{full['p50_ms']:8.3f} ms, p99 {full['p99_ms']:.3f}")
    messages, seconds, size = drain(box)
    print(f"drain                {usage.records / seconds:8.0f} a second, {messages} messages")
    file_bytes = sum(path.stat().st_size for path in folder.iterdir())
    box.ledger.close()
    return {
        "seal_us": sealing,
        "bare_commit": bare,
        "keep": singly,
        "keep_full": full,
        "together_per_s": round(together),
        "cpu_us": round(cpu_us),
        "bytes_per_turn": round(each),
        "waiting": usage.records,
        "dropped": usage.dropped,
        "drain_per_s": round(usage.records / seconds),
        "message_bytes": size,
        "file_bytes": file_bytes,
    }


if __name__ == "__main__":
    raise SystemExit(main())
