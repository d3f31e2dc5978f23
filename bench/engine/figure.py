"""What a run of the load gave, and the figures drawn from it: percentiles, speed, ratios. Pure.

Percentiles are those of `statistics.quantiles`, as the load script itself prints them, but never outside
what was seen: with few answers the formula would reach past the slowest.
"""

import statistics
from collections.abc import Iterable, Mapping, Sequence

import msgspec

LOWER_IS_BETTER = ("ttft_p50_s", "ttft_p95_s", "total_p50_s", "total_p95_s")
HIGHER_IS_BETTER = ("tok_per_s",)


class Answer(msgspec.Struct, frozen=True):
    """One streamed answer: seconds to its first text and to its end, and the pieces it came in."""

    ttft_s: float
    total_s: float
    pieces: int


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One server under one number of chatters, once.

    `others_cpu` is what processes outside the measurement took meanwhile, in cores; `noise` names what
    makes the run doubtful.
    """

    server: str
    users: int
    answers: tuple[Answer, ...]
    failed: int
    wall_s: float
    others_cpu: float = 0.0
    noise: tuple[str, ...] = ()


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One server under one number of chatters, over all repetitions; None where nothing was answered."""

    answers: int
    failed: int
    noisy_runs: int
    ttft_p50_s: float | None
    ttft_p95_s: float | None
    total_p50_s: float | None
    total_p95_s: float | None
    tok_per_s: float | None
    pieces_per_answer: float | None


Table = dict[int, dict[str, Figures]]


def percentile(values: Sequence[float], percent: int) -> float | None:
    """A percentile of 1 to 99, within what was seen; None of nothing."""
    if len(values) < 2:
        return values[0] if values else None
    cut = statistics.quantiles(values, n=100)[percent - 1]
    return min(max(cut, min(values)), max(values))


def summed(runs: Iterable[Run]) -> Figures:
    """Answers of all the runs together; tokens over the sum of their wall times."""
    all_runs = list(runs)
    answers = [answer for run in all_runs for answer in run.answers]
    wall_s = sum(run.wall_s for run in all_runs)
    ttft, total = [a.ttft_s for a in answers], [a.total_s for a in answers]
    pieces = sum(answer.pieces for answer in answers)
    return Figures(
        answers=len(answers),
        failed=sum(run.failed for run in all_runs),
        noisy_runs=sum(bool(run.noise) for run in all_runs),
        ttft_p50_s=percentile(ttft, 50),
        ttft_p95_s=percentile(ttft, 95),
        total_p50_s=percentile(total, 50),
        total_p95_s=percentile(total, 95),
        tok_per_s=pieces / wall_s if answers and wall_s else None,
        pieces_per_answer=pieces / len(answers) if answers else None,
    )


def table(runs: Iterable[Run]) -> Table:
    """By number of chatters, then by server, in the order they came."""
    grouped: dict[int, dict[str, list[Run]]] = {}
    for run in runs:
        grouped.setdefault(run.users, {}).setdefault(run.server, []).append(run)
    return {
        users: {server: summed(of_server) for server, of_server in by_server.items()}
        for users, by_server in sorted(grouped.items())
    }


def ratio(ours: float | None, theirs: float | None) -> float | None:
    """Ours over theirs; None where either is missing or theirs is nothing."""
    if ours is None or not theirs:
        return None
    return ours / theirs


def best(peers: Mapping[str, Figures], metric: str) -> tuple[str, float] | None:
    """The peer that is best in this metric alone, and its figure."""
    known = [(name, value) for name in peers if (value := getattr(peers[name], metric)) is not None]
    if not known:
        return None
    choose = max if metric in HIGHER_IS_BETTER else min
    return choose(known, key=lambda item: item[1])


def ratios(level: Mapping[str, Figures], ours: str) -> dict[str, float | None]:
    """For each metric, ours over the best of all the others in that metric (each may be another peer)."""
    peers = {name: figures for name, figures in level.items() if name != ours}
    found: dict[str, float | None] = {}
    for metric in (*LOWER_IS_BETTER, *HIGHER_IS_BETTER):
        leader = best(peers, metric)
        mine = getattr(level[ours], metric) if ours in level else None
        found[metric.removesuffix("_s") if metric != "tok_per_s" else metric] = ratio(
            mine, leader[1] if leader else None
        )
    return found
