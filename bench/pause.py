"""How long what answers was held up, and by what: a watch on an interpreter, a competitor, and figures.

    python -m bench.pause watch FILE [serve …]   wakes every few milliseconds, writes down when that was late;
                                                 with more, runs `prilavok-edge` so in the same process
    python -m bench.pause compete                uses a processor at the priority of an apply

The watch inside a node is late when the interpreter is held or the machine is busy; one in a process of its
own when the machine is busy or stands still. How long threads stood ready without a processor is the
system's own account (`/proc/…/schedstat`). What an answer took more than usual, less the greater of these
two, is the node's: locks, the interpreter, the disk.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.node import ROOT
from edge.uplink.apply import step_back

TICK_S = 0.002
LATE_S = 0.005
HALTED_S = 1.0
"""Nothing but a halt of every process keeps a bare watch for so long."""
PAUSE_MS = 50.0
ANSWERING = ("MainThread", "desk")
THREADS = ".threads"
STOP_S = 5.0


@dataclass(frozen=True)
class Late:
    """The watch woke at `at_s` of the system's monotonic clock, so much later than it meant to."""

    at_s: float
    ms: float


@dataclass(frozen=True)
class Answer:
    """One question of a round of questions: which, when it was answered, how long that took.

    `unserved_ms`: how long the threads that answer stood ready without a processor meanwhile.
    """

    question: int
    at_s: float
    ms: float
    unserved_ms: float = 0.0


def watch(file: Path, threads: Path | None = None) -> None:
    """Writes down every late waking until the process ends; once, which threads of this process answer."""
    with file.open("w", encoding="ascii", buffering=1) as out:
        while True:
            if threads is not None and (found := answering()):
                threads.write_text(" ".join(map(str, found)), "ascii")
                threads = None
            meant = time.monotonic() + TICK_S
            time.sleep(TICK_S)
            late_s = time.monotonic() - meant
            if late_s > LATE_S:
                out.write(f"{meant + late_s:.4f} {late_s * 1000:.1f}\n")


def answering() -> list[int]:
    """The system's ids of this process's threads that answer, once there are all of them."""
    known = {thread.name: thread.native_id for thread in threading.enumerate()}
    found = [id for name in ANSWERING if (id := known.get(name)) is not None]
    return found if len(found) == len(ANSWERING) else []


def unserved_ms(process: int, threads: Sequence[int]) -> float:
    """How long these threads of a process have stood ready without a processor; 0 where nothing tells."""
    waited_ns = 0
    for thread in threads:
        with suppress(OSError, ValueError, IndexError):
            waited_ns += int(Path(f"/proc/{process}/task/{thread}/schedstat").read_text().split()[1])
    return waited_ns / 1e6


def read(file: Path) -> list[Late]:
    """What a watch wrote so far."""
    rows = (line.split() for line in file.read_text("ascii").splitlines())
    return [Late(float(row[0]), float(row[1])) for row in rows if len(row) == 2]


@contextmanager
def beside(*arguments: str) -> Iterator[None]:
    """A process of this module while the block runs."""
    child = subprocess.Popen([sys.executable, "-m", "bench.pause", *arguments], cwd=ROOT)
    try:
        yield
    finally:
        child.kill()
        child.wait(STOP_S)


def spread(values_ms: Sequence[float]) -> dict[str, float]:
    """The middle, the last hundredth and the longest, in milliseconds."""
    ordered = sorted(values_ms) or [0.0]
    return {
        "p50_ms": round(ordered[len(ordered) // 2], 1),
        "p99_ms": round(ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)], 1),
        "longest_ms": round(ordered[-1], 1),
    }


def pauses(answers: Sequence[Answer], usual_ms: dict[int, float]) -> list[float]:
    """How much longer each answer took than the same question usually does; never less than nothing."""
    return [max(0.0, each.ms - usual_ms.get(each.question, 0.0)) for each in answers]


def held(answers: Sequence[Answer], usual_ms: dict[int, float], outside: Sequence[Late]) -> list[float]:
    """The pauses less what the machine took: no processor for what answers, or none for a bare watch."""
    return [
        max(0.0, pause - max(each.unserved_ms, stood_ms(each, outside)))
        for pause, each in zip(pauses(answers, usual_ms), answers, strict=True)
    ]


def stood_ms(answer: Answer, outside: Sequence[Late]) -> float:
    """For how much of an answer's time a bare watch did not run."""
    begun = answer.at_s - answer.ms / 1000
    stood_s = (min(late.at_s, answer.at_s) - max(late.at_s - late.ms / 1000, begun) for late in outside)
    return sum(max(0.0, each) for each in stood_s) * 1000


def usual(answers: Sequence[Answer]) -> dict[int, float]:
    """The middle time of each question."""
    by_question: dict[int, list[float]] = {}
    for each in answers:
        by_question.setdefault(each.question, []).append(each.ms)
    return {question: sorted(took)[len(took) // 2] for question, took in by_question.items()}


def longest(lates: Sequence[Late], since_s: float, until_s: float) -> float:
    """The latest waking of a span, in milliseconds."""
    return max((late.ms for late in lates if since_s <= late.at_s <= until_s), default=0.0)


def compete() -> None:
    """Uses a processor until it is ended."""
    step_back()
    while True:
        sum(range(10_000))


def main() -> None:
    match sys.argv[1:]:
        case ["compete"]:
            compete()
        case ["watch", file]:
            watch(Path(file))
        case ["watch", file, *arguments]:
            watched = Path(file), Path(file).with_suffix(THREADS)
            threading.Thread(target=watch, args=watched, name="watch", daemon=True).start()
            from edge.cli import main as serve

            sys.argv = ["prilavok-edge", *arguments]
            serve()


if __name__ == "__main__":
    main()
