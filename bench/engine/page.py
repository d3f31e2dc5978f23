"""The page of results: what was measured, where, and what it does and does not show."""

from pathlib import Path
from typing import Any

from bench.engine.contestant import OURS, contestants
from bench.engine.figure import Figures, Table, best, ratios, table
from bench.engine.plot import svg
from bench.engine.report import COLUMNS, MAIN_LEVEL, Measured
from bench.node import ROOT

RESULTS = ROOT / "bench" / "results"
AIMS = (
    ("ttft_p50", MAIN_LEVEL, 0.5, "first text, median"),
    ("ttft_p95", MAIN_LEVEL, 0.25, "first text, 95th percentile"),
    ("tok_per_s", MAIN_LEVEL, 1.3, "tokens a second"),
    ("ttft_p50", 1, 1.0, "first text, median"),
    ("tok_per_s", 1, 1.0, "tokens a second"),
)


def write_page(measured: Measured, folder: Path = RESULTS) -> Path:
    """Writes engine.md and its plots; gives the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, levels in (("engine", table(measured.warm)), ("engine-cold", table(measured.cold))):
        if len(levels) > 1:
            drawn = svg(levels, OURS, *_titles(measured, cold=name.endswith("cold")))
            (folder / f"{name}.svg").write_text(drawn, encoding="utf-8")
    path = folder / "engine.md"
    path.write_text(page(measured, folder), encoding="utf-8")
    return path


def _titles(measured: Measured, *, cold: bool) -> tuple[str, str]:
    state = "fresh servers" if cold else "warm servers"
    title = f"One node and other servers, {state}: {measured.machine['model_file']}"
    cores = len(measured.machine["cores"])
    return title, f"{measured.date}, {measured.machine['cpu']}, {cores} cores, retrieval prompts"


def page(measured: Measured, folder: Path = RESULTS) -> str:
    """The page as Markdown. The plot is shown where it was drawn."""
    warm, cold = table(measured.warm), table(measured.cold)
    shown = "![First text and tokens a second by chatters](engine.svg)\n" if len(warm) > 1 else ""
    parts = [
        "# The engine and other servers, side by side\n",
        "Written by `make bench-engine ARGS=--page`; its figures are of this run alone.\n",
        _machine(measured),
        "## Ratios to the best of the others\n",
        _aims(warm, cold, measured),
        "## Warm\n",
        shown,
        _table(warm),
        *(("## Cold\n", "Each server started for the run alone.\n", _table(cold)) if cold else ()),
        "## How to read it\n",
        _reading(measured, warm),
    ]
    return "\n".join(part for part in parts if part)


def _machine(measured: Measured) -> str:
    m, p = measured.machine, measured.plan
    servers = [f"  - `{name}`: {contestants()[name].says}" for name in measured.servers if name != OURS]
    about = [
        f"  - {name} says of itself: {about['version']}; {about.get('system', '')}".rstrip("; ")
        for name, about in measured.servers.items()
        if about.get("version")
    ]
    lines = [
        f"- {measured.date}; {m['cpu']}, cores {', '.join(map(str, m['cores']))} of {m['cores_of_machine']}"
        f" ({', '.join(m['flags']) or 'no wide instructions'}); load average before: {m['load_before']}",
        f"- {m['system']}, Python {m['python']}, llama-cpp-python {m['llama_cpp_python']}",
        f"- {m['model_file']}, SHA-256 {m['model_sha256'][:16]}…, the same file for all",
        f"- {p['rounds']} conversations × {p['turns']} questions a chatter, {p['tokens']} tokens an answer,"
        f" {p['records']} records a prompt, {p['repeat']} repetitions, seed {p['seed']}",
        "- Servers:",
        *servers,
        *about,
    ]
    left_out = f"\n- Left out, since not here: {', '.join(measured.left_out)}" if measured.left_out else ""
    return "\n".join(lines) + left_out + "\n"


def _aims(warm: Table, cold: Table, measured: Measured) -> str:
    rows = ["| chatters | | ours / best other | aim | best other |", "|---|---|---|---|---|"]
    for metric, users, aim, says in AIMS:
        level = warm.get(users, {})
        value = ratios(level, OURS)[metric]
        leader = best(_others(level), metric if metric == "tok_per_s" else f"{metric}_s")
        sign = "≥" if metric == "tok_per_s" else "≤"
        rows.append(f"| {users} | {says} | {number(value)} | {sign} {aim} | {leader[0] if leader else ''} |")
    for users in (1, MAIN_LEVEL):
        if users in cold:
            value = ratios(cold[users], OURS)["ttft_p50"]
            rows.append(f"| {users} | first text, median, cold | {number(value)} | | |")
    single: tuple[tuple[str, Any, str], ...] = (
        ("Python's share of decode steps", measured.python_share, "≤ 0.03"),
        ("the node's own path, whole answer", measured.node_path.get("ratio"), "≤ 0.3"),
        ("known prompt after a restart / cold", measured.restart.get("ratio"), "≤ 0.2"),
    )
    rows += [f"| | {says} | {number(value)} | {aim} | |" for says, value, aim in single]
    return "\n".join(rows) + "\n"


def _others(level: dict[str, Figures]) -> dict[str, Figures]:
    return {name: figures for name, figures in level.items() if name != OURS}


def _table(levels: Table) -> str:
    head = " | ".join(label for _, label, _ in COLUMNS)
    rows = [f"| chatters | server | {head} |", "|---" * (len(COLUMNS) + 2) + "|"]
    for users, by_server in levels.items():
        for name, row in by_server.items():
            cells = [number(getattr(row, key), digits) for key, _, digits in COLUMNS]
            rows.append(f"| {users} | {name} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def number(value: float | None, digits: int = 2) -> str:
    """A figure for a table; a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def _reading(measured: Measured, warm: Table) -> str:
    runs = (*measured.warm, *measured.cold)
    noisy = sum(bool(run.noise) for run in runs)
    most = max((run.others_cpu for run in runs), default=0.0)
    answers = [row.answers for by_server in warm.values() for row in by_server.values()]
    uneven, covered = _uneven(warm), measured.plan["warm_up_coverage"]
    said = [
        '- "Best other" is chosen for each metric alone, so no single server need be as good as all of them.',
        f"- Others used up to {most:.0%} of a core; {noisy} of {len(runs)} runs are marked noisy.",
        f"- {min(answers, default=0)} to {max(answers, default=0)} answers stand behind a row: of few answers"
        " the 95th percentile is close to the slowest one.",
        "- Warm: conversations of others have shown each server the records that make"
        f" {covered:.0%} of all draws; none has seen the conversations that are measured.",
        "- Tokens a second counts streamed pieces, as the load script does."
        + (
            f" Pieces an answer differ: {uneven}."
            if uneven
            else " All servers stream the same number an answer."
        ),
        "- The package xllamacpp is compiled for any x86-64 with AVX2; the `native-` servers are llama.cpp's"
        " own, compiled here as ours is. A ratio to the first alone would be partly the compiler's.",
    ]
    if path := measured.node_path:
        said.append(
            f"- The node's own path: {path['questions']} phrased answers, compared with"
            f" `{path.get('peer', '')}`;"
            f" all questions by mode: {path['by_mode']}."
        )
    return "\n".join(said) + "\n"


def _uneven(warm: Table) -> str:
    each: dict[str, list[float]] = {}
    for by_server in warm.values():
        for name, row in by_server.items():
            if row.pieces_per_answer is not None:
                each.setdefault(name, []).append(row.pieces_per_answer)
    means = {name: sum(values) / len(values) for name, values in each.items()}
    if not means or max(means.values()) - min(means.values()) < 0.5:
        return ""
    return ", ".join(f"{name} {mean:.1f}" for name, mean in means.items())
