"""The figures as a table for people and one JSON object for programs."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from bench.engine.contestant import OURS
from bench.engine.figure import Figures, Run, Table, ratios, table

MAIN_LEVEL = 8
SAME_PLAN = ("rounds", "turns", "tokens", "records", "warm_up")
SAME_MACHINE = ("cpu", "cores", "llama_cpp_python", "model_sha256")
COLUMNS = (
    ("ttft_p50_s", "TTFT p50 s", 2),
    ("ttft_p95_s", "TTFT p95 s", 2),
    ("total_p50_s", "total p50 s", 2),
    ("total_p95_s", "total p95 s", 2),
    ("tok_per_s", "tok/s", 1),
    ("failed", "failed", 0),
    ("noisy_runs", "noisy", 0),
)


class Measured(msgspec.Struct, kw_only=True):
    """All that one call measured; what it left out is empty. Saved as JSON, and joined from several calls."""

    date: str
    machine: dict[str, Any]
    plan: dict[str, Any]
    servers: dict[str, dict[str, Any]] = {}
    left_out: list[str] = []
    warm: list[Run] = []
    cold: list[Run] = []
    python_share: float | None = None
    node_path: dict[str, Any] = {}
    restart: dict[str, Any] = {}


class NotAlike(ValueError):
    """Calls that measured different things; together they would say something false."""


def alike(parts: list[Measured]) -> None:
    """Raises NotAlike unless work, machine, model and line-up are the same, so that every ratio compares
    what was measured side by side."""
    for name in SAME_PLAN:
        _one(name, [part.plan.get(name) for part in parts])
    for name in SAME_MACHINE:
        _one(name, [part.machine.get(name) for part in parts])
    for name in ("warm", "cold"):
        _one(
            f"servers, {name}",
            [sorted({run.server for run in runs}) for p in parts if (runs := getattr(p, name))],
        )


def _one(name: str, values: list[Any]) -> None:
    if any(value != values[0] for value in values):
        raise NotAlike(f"These runs cannot be joined: they differ in {name} ({values}).")


def joined(parts: list[Measured]) -> Measured:
    """Several calls as one: runs together, single figures from the latest call that has them.

    Raises NotAlike.
    """
    alike(parts)
    last = parts[-1]
    return Measured(
        date=last.date,
        machine=last.machine,
        plan=last.plan,
        servers={name: about for part in parts for name, about in part.servers.items()},
        left_out=sorted({name for part in parts for name in part.left_out}),
        warm=[run for part in parts for run in part.warm],
        cold=[run for part in parts for run in part.cold],
        python_share=_latest(part.python_share for part in parts),
        node_path=_latest(part.node_path for part in parts) or {},
        restart=_latest(part.restart for part in parts) or {},
    )


def _latest(values: Iterable[Any]) -> Any:
    return next((value for value in reversed(list(values)) if value), None)


def line(run: Run) -> str:
    """One run, as it is printed when it ends."""
    ttft = sorted(answer.ttft_s for answer in run.answers)
    middle = f"{ttft[len(ttft) // 2]:.2f}" if ttft else "none"
    speed = sum(answer.pieces for answer in run.answers) / run.wall_s
    noise = f"  NOISY: {'; '.join(run.noise)}" if run.noise else ""
    failed = f"  {run.failed} failed" if run.failed else ""
    return (
        f"  {run.users:>2} chatters  {run.server:<20} TTFT {middle:>6} s  {speed:6.1f} tok/s{failed}{noise}"
    )


def text(title: str, figures: Table) -> str:
    """A table for a terminal, level by level."""
    head = "".join(f"{label:>13}" for _, label, _ in COLUMNS)
    lines = [title, f"{'chatters':<9}{'server':<21}{head}"]
    for users, by_server in figures.items():
        lines += [f"{users:<9}{name:<21}{_cells(row)}" for name, row in by_server.items()]
    return "\n".join(lines)


def _cells(row: Figures) -> str:
    values = (getattr(row, key) for key, _, _ in COLUMNS)
    return "".join(
        f"{'none' if value is None else f'{value:.{digits}f}':>13}"
        for value, (_, _, digits) in zip(values, COLUMNS, strict=True)
    )


def summary(measured: Measured) -> dict[str, Any]:
    """The last line: ratios by name, then all the figures."""
    warm, cold = table(measured.warm), table(measured.cold)
    return {
        **_ratios(warm, MAIN_LEVEL, "ratio", ""),
        **_ratios(warm, 1, "ratio", "_1"),
        **_ratios(cold, MAIN_LEVEL, "ratio_cold", ""),
        **_ratios(cold, 1, "ratio_cold", "_1"),
        "python_share": rounded(measured.python_share),
        "ratio_node_path": rounded(measured.node_path.get("ratio")),
        "ratio_restart": rounded(measured.restart.get("ratio")),
        "noisy_runs": sum(bool(run.noise) for run in (*measured.warm, *measured.cold)),
        "warm": figures(warm),
        "cold": figures(cold),
        "node_path": rounded(measured.node_path),
        "restart": rounded(measured.restart),
        "left_out": measured.left_out,
        "servers": measured.servers,
        "date": measured.date,
        "machine": measured.machine,
        "plan": measured.plan,
    }


def _ratios(levels: Table, level: int, before: str, after: str) -> dict[str, Any]:
    found = ratios(levels.get(level, {}), OURS)
    return {f"{before}_{metric}{after}": rounded(value) for metric, value in found.items()}


def figures(levels: Table) -> dict[str, Any]:
    """A table as plain JSON; levels become strings."""
    return {
        str(users): {name: rounded(msgspec.to_builtins(row)) for name, row in by_server.items()}
        for users, by_server in levels.items()
    }


def rounded(value: Any) -> Any:
    """Floats to four places, however deep; everything else as it is."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return {key: rounded(inner) for key, inner in value.items()}
    return value
