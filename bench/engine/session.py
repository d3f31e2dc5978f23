"""The order of the measurement: who runs when, warm and cold. Prints a line a run; computes nothing.

Warm: all servers stand loaded and idle, each has answered the same conversations of other chatters over the
same catalogue, and then they take turns, level by level: A B C, then B C A … Every repetition has chatters
that no server has met. Cold: each server is started for it alone, says hello, and is measured at once.
"""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.engine import noise
from bench.engine.contestant import Contestant
from bench.engine.figure import Run
from bench.engine.server import Server, ours, peer
from bench.engine.work import Shape, Work, drive, hello

SEEDS_A_PLAN = 1_000_000
WARM_UP_CHATTERS = 8
WARM_UP_TOKENS = 8


@dataclass(frozen=True)
class Plan:
    """What is measured. `data_dir` is a node's folder with the catalogue in it, copied for every node."""

    users: tuple[int, ...]
    cold_users: tuple[int, ...]
    repeat: int
    warm_up: int
    seed: int
    shape: Shape
    contestants: tuple[Contestant, ...]
    model: Path
    data_dir: Path
    with_ours: bool

    @property
    def warm_up_shape(self) -> Shape:
        """One question a conversation, a few tokens an answer: it is the records that must be met."""
        rounds = max(1, round(self.warm_up / WARM_UP_CHATTERS))
        return Shape(rounds, 1, WARM_UP_TOKENS, self.shape.records)

    def seeds(self, purpose: int, repetition: int, level: int) -> range:
        """Chatters of one run. `purpose` 0 is the warm-up, 1 warm, 2 cold; no two runs share a chatter."""
        first = self.seed * SEEDS_A_PLAN + purpose * 100_000 + repetition * 10_000 + level * 100
        return range(first, first + level)


def warm(plan: Plan, work: Work) -> Iterator[tuple[Run, list[Server]]]:
    """Every level for every server, `repeat` times; with each run the servers that stand."""
    with contextlib.ExitStack() as stack:
        servers = [_started(plan, contestant, stack) for contestant in line_up(plan)]
        for server in servers:
            hello(server.url, server.model)
            warm_up(plan, work, server)
        for level in plan.users:
            for repetition in range(plan.repeat):
                turn = repetition % len(servers)
                for server in (*servers[turn:], *servers[:turn]):
                    seeds = plan.seeds(1, repetition, level)
                    yield measured(work, server, plan.shape, seeds, servers), servers


def cold(plan: Plan, work: Work) -> Iterator[Run]:
    """Every server on its own, fresh for each run."""
    for level in plan.cold_users:
        for repetition in range(plan.repeat):
            for contestant in line_up(plan):
                with contextlib.ExitStack() as stack:
                    server = _started(plan, contestant, stack)
                    hello(server.url, server.model)
                    yield measured(work, server, plan.shape, plan.seeds(2, repetition, level), [server])


def line_up(plan: Plan) -> tuple[Contestant | None, ...]:
    """Ours (None) first, then the peers."""
    return (None, *plan.contestants) if plan.with_ours else plan.contestants


def measured(work: Work, server: Server, shape: Shape, seeds: range, servers: list[Server]) -> Run:
    """One run of the load, with who else was at work meanwhile."""
    roots = {os.getpid(): "client", **{each.pid: each.name for each in servers}}
    before = noise.read(roots)
    with contextlib.redirect_stdout(sys.stderr):  # the script says there what failed
        answers, failed, wall_s = drive(work, server.url, server.model, shape, seeds)
    heard = noise.between(before, noise.read(roots), roots, server.name)
    return Run(
        server=server.name,
        users=len(seeds),
        answers=tuple(answers),
        failed=failed,
        wall_s=wall_s,
        others_cpu=heard.others,
        noise=heard.marks,
    )


@contextlib.contextmanager
def copied(data_dir: Path) -> Iterator[Path]:
    """A node's folder of its own, that nothing was kept in yet."""
    with tempfile.TemporaryDirectory(prefix="prilavok-bench-") as folder:
        fresh = Path(folder) / "node"
        shutil.copytree(data_dir, fresh, ignore=shutil.ignore_patterns("node.json", "*.lock"))
        yield fresh


def _started(plan: Plan, contestant: Contestant | None, stack: contextlib.ExitStack) -> Server:
    if contestant is None:
        return stack.enter_context(ours(stack.enter_context(copied(plan.data_dir))))[0]
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="prilavok-peer-")))
    return stack.enter_context(peer(contestant, plan.model, folder / "log"))


def warm_up(plan: Plan, work: Work, server: Server) -> None:
    """The conversations of others, the same for every server."""
    if plan.warm_up:
        seeds = plan.seeds(0, 0, WARM_UP_CHATTERS)
        with contextlib.redirect_stdout(sys.stderr):
            drive(work, server.url, server.model, plan.warm_up_shape, seeds)
