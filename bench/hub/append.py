"""What keeping a turn costs the answer that it is of: sealed, in its transaction, on the disk.

Measured twice: in memory, where a sync is free, which is what our own work costs; and on this machine's disk,
beside a bare commit of a row of that size there, which is what the disk costs everybody. Processor time, of
all threads, is the part that other work on the machine does not change.
"""

import tempfile
import time
from pathlib import Path

from bench.outbox import MIB, bare_commit, keep_singly, opened, spread
from bench.record import turn
from edge.outbox.service import Outbox

MEMORY = Path("/dev/shm")
CAP_BYTES = 64 * MIB


def append(count: int) -> dict[str, float]:
    """99th hundredths in milliseconds; where there is no file system in memory, the disk's alone."""
    with tempfile.TemporaryDirectory() as folder:
        box = _warm(Path(folder), count)
        found = {
            "append_disk_p99_ms": spread(keep_singly(box, count))["p99_ms"],
            "bare_commit_disk_p99_ms": spread(bare_commit(box, count))["p99_ms"],
        }
        box.ledger.close()
    if not MEMORY.is_dir():
        return found
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        box = _warm(Path(folder), count)
        found["append_p99_ms"] = spread(keep_singly(box, count))["p99_ms"]
        found["append_cpu_p99_ms"] = spread(_processor_ms(box, count))["p99_ms"]
        box.ledger.close()
    return found


def _warm(folder: Path, count: int) -> Outbox:
    """An outbox with some turns in it: the first ones make pages."""
    box = opened(folder, CAP_BYTES)
    keep_singly(box, count // 10)
    return box


def _processor_ms(box: Outbox, count: int) -> list[float]:
    found = []
    for number in range(count):
        begun = time.process_time()
        box.record(turn(number), box.sessions.of(f"p{number // 4}")).result()
        found.append((time.process_time() - begun) * 1000)
    return sorted(found)
