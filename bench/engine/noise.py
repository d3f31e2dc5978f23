"""Who else used the processors while something was measured. Linux; elsewhere nothing is said.

Refuses nothing: a doubtful run is marked, and the reader judges.
"""

import os
import time
from dataclasses import dataclass

import psutil

LIMIT = 0.10  # of one core, by everything outside the measurement together
IDLE_LIMIT = 0.02  # of one core, by a server that should be waiting


@dataclass(frozen=True)
class Reading:
    """Seconds of processor time so far: of all cores measured on, and of the processes that are ours."""

    at_s: float
    busy_s: float
    stolen_s: float
    ours: dict[int, float]
    each: dict[int, tuple[str, float]]


@dataclass(frozen=True)
class Noise:
    """Between two readings, in cores: what others took together, and what makes the run doubtful."""

    others: float
    marks: tuple[str, ...]


def read(roots: dict[int, str]) -> Reading:
    """Now. `roots` are the processes of the measurement, by id; their children count with them."""
    cores = psutil.cpu_times(percpu=True)
    chosen = [cores[core] for core in sorted(os.sched_getaffinity(0)) if core < len(cores)]
    busy = sum(c.user + c.nice + c.system + c.irq + c.softirq for c in chosen)
    each = {}
    for process in psutil.process_iter(["pid", "name", "cpu_times"]):
        times = process.info["cpu_times"]
        if times is not None:
            each[process.info["pid"]] = (process.info["name"] or "?", times.user + times.system)
    ours = {root: sum(each[pid][1] for pid in family(root) if pid in each) for root in roots}
    return Reading(time.monotonic(), busy, sum(getattr(c, "steal", 0.0) for c in chosen), ours, each)


def family(root: int) -> set[int]:
    """A process and all below it; without other servers, which are children of the measurement as well."""
    try:
        process = psutil.Process(root)
        if root == os.getpid():
            return {root}
        return {root, *(child.pid for child in process.children(recursive=True))}
    except psutil.Error:
        return {root}


def between(before: Reading, after: Reading, roots: dict[int, str], active: str) -> Noise:
    """`active` is the server that was measured; the other roots should have waited."""
    wall = max(after.at_s - before.at_s, 1e-6)
    used = {root: (after.ours.get(root, 0) - before.ours.get(root, 0)) / wall for root in roots}
    others = max(0.0, (after.busy_s - before.busy_s) / wall - sum(used.values()))
    marks = [
        f"{name} should wait and used {used[root]:.0%}"
        for root, name in roots.items()
        if name not in (active, "client") and used[root] > IDLE_LIMIT
    ]
    if others > LIMIT:
        marks.append(f"others used {others:.0%} of a core{_loudest(before, after, roots, wall)}")
    stolen = (after.stolen_s - before.stolen_s) / wall
    if stolen > LIMIT:
        marks.append(f"the host took {stolen:.0%}")
    return Noise(round(others, 3), tuple(marks))


def _loudest(before: Reading, after: Reading, roots: dict[int, str], wall: float) -> str:
    known = {pid for root in roots for pid in family(root)}
    grown = [
        (seconds - before.each.get(pid, (name, 0.0))[1], name)
        for pid, (name, seconds) in after.each.items()
        if pid not in known
    ]
    most = max(grown, default=(0.0, ""))
    return f" ({most[1]} {most[0] / wall:.0%})" if most[0] / wall > LIMIT else ""
