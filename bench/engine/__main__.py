"""`make bench-engine`: our engine and others, side by side; the last line is one JSON object.

    python -m bench.engine [--users 1 8] [--rounds 2] [--repeat 2] [--peers unified split] [--quick]
                           [--no-cold] [--only-ours] [--parts warm cold path restart] [--seed 0] [--page]

Every call is saved under .state/bench-engine/runs; `--join FILE...` reads such files as well, so that a long
measurement can be made in short ones (`--parts none` measures nothing more). `--page` writes
bench/results/engine.md and its plot from all of them.
"""

import argparse
import contextlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from bench.engine import machine, node_path, python_share, restart
from bench.engine.contestant import OURS, PEERS, USUAL, Contestant, chosen, contestants
from bench.engine.figure import Run, table
from bench.engine.page import write_page
from bench.engine.report import Measured, NotAlike, joined, line, summary, text
from bench.engine.server import NotStarted, ours, peer, pin, prepared
from bench.engine.session import Plan, cold, copied, warm, warm_up
from bench.engine.work import Shape, Work, WorkMissing, hello, read
from bench.node import ROOT, NotReadyError
from edge.model import Models
from edge.settings import Settings
from models.choice import best

LEVELS = [1, 2, 4, 8, 16]
WHOLE = {"users": LEVELS, "rounds": 2, "repeat": 2, "warm_up": 200, "questions": 40, "restarts": 5}
QUICK = {"users": [1, 8], "rounds": 1, "repeat": 1, "warm_up": 24, "questions": 10, "restarts": 2}
PARTS = ["warm", "cold", "path", "restart"]
RUNS = PEERS / "runs"


def arguments() -> argparse.ArgumentParser:
    """What ARGS may hold."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "services")
    parser.add_argument("--users", type=int, nargs="+", help="chatters at once, level by level")
    parser.add_argument("--rounds", type=int, help="conversations a chatter")
    parser.add_argument("--turns", type=int, default=2, help="questions a conversation")
    parser.add_argument("--tokens", type=int, default=48, help="tokens an answer")
    parser.add_argument("--records", type=int, default=4, help="records a prompt")
    parser.add_argument("--repeat", type=int)
    parser.add_argument("--warm-up", type=int, help="conversations of others beforehand")
    parser.add_argument("--peers", nargs="+", default=list(USUAL), choices=[*contestants(), "all", "none"])
    parser.add_argument("--parts", nargs="+", default=PARTS, choices=[*PARTS, "none"])
    parser.add_argument("--cold", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--only-ours", action="store_true", help="no peers, so no ratios to them")
    parser.add_argument("--no-ours", action="store_true", help="peers alone")
    parser.add_argument("--questions", type=int, help="phrased answers for the node's own path")
    parser.add_argument("--restarts", type=int)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="unless said otherwise: 1 and 8 chatters, one round, once, little beforehand",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--join", type=Path, nargs="+", default=[], help="saved runs to report with this one")
    parser.add_argument("--page", action="store_true", help="write bench/results/engine.md")
    return parser


def narrowed(given: argparse.Namespace) -> argparse.Namespace:
    """What was not given, and --quick, --only-ours and --no-cold spelled out."""
    usual: dict[str, Any] = QUICK if given.quick else WHOLE
    for name, value in usual.items():
        if getattr(given, name) is None:
            setattr(given, name, value)
    if given.only_ours or given.peers == ["none"]:
        given.peers = []
    if not given.cold:
        given.parts = [part for part in given.parts if part != "cold"]
    return given


def main() -> int:
    """0; 2 where the data is not there or runs cannot be joined, 1 where a server did not start."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    given = narrowed(arguments().parse_args())
    try:
        work = read(given.data.resolve(), given.seed)
        measured = measure(given, work)
    except (WorkMissing, NotAlike) as error:
        print(error, file=sys.stderr)
        return 2
    except (NotReadyError, NotStarted) as error:
        print(error, file=sys.stderr)
        return 1
    print(text("\nWarm", table(measured.warm)))
    if measured.cold:
        print(text("\nCold: fresh servers that have met nothing", table(measured.cold)))
    if given.page:
        print(f"\n{write_page(measured).relative_to(ROOT)} written")
    print(json.dumps(summary(measured)))
    return 0


def measure(given: argparse.Namespace, work: Work) -> Measured:
    """All the parts asked for, in order; saved, and joined with what was saved before."""
    saved = [msgspec.json.decode(path.read_bytes(), type=Measured) for path in given.join]
    if given.parts == ["none"] and saved:
        return joined(saved)
    cores = pin()
    peers, left_out = chosen(tuple(given.peers))
    for name in left_out:
        print(f"{name} is left out: {contestants()[name].needs} is not there (tools/setup.py bench-engine)")
    plan = planned(given, tuple(peers))
    measured = Measured(
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        machine=machine.describe(cores, plan.model),
        plan=said(given, plan, work),
        left_out=left_out,
    )
    print(f"load average {measured.machine['load_before']}, cores {cores}, {plan.model.name}")
    if "cold" in given.parts:
        measured.cold = [shown(run) for run in cold(plan, work)]
    if "warm" in given.parts:
        run_warm(plan, work, measured)
    if "path" in given.parts and peers and plan.with_ours:
        run_path(plan, work, given, measured)
    if "restart" in given.parts and plan.with_ours:
        measured.restart = restart.figures(restart.rounds(plan, work, given.restarts))
    keep(measured)
    return joined([*saved, measured])


def planned(given: argparse.Namespace, peers: tuple[Contestant, ...]) -> Plan:
    """The plan, with a node's folder that has the catalogue and its vectors ready."""
    models = Models.of(Settings.load())
    model = models.wanted("generator", "auto")
    assert model is not None, "auto is a model"
    return Plan(
        users=tuple(given.users),
        cold_users=tuple(level for level in given.users if level in (1, 8)) or tuple(given.users[:1]),
        repeat=given.repeat,
        warm_up=given.warm_up,
        seed=given.seed,
        shape=Shape(given.rounds, given.turns, given.tokens, given.records),
        contestants=peers,
        model=best(model, models.shelf.require(model)),
        data_dir=prepared(given.data.resolve()),
        with_ours=not given.no_ours,
    )


def said(given: argparse.Namespace, plan: Plan, work: Work) -> dict[str, Any]:
    """The arguments that decide what is measured, and what the warm-up comes to."""
    names = ("users", "rounds", "turns", "tokens", "records", "repeat", "warm_up", "seed", "parts")
    covered = work.coverage(plan.seeds(0, 0, 8), plan.warm_up_shape) if plan.warm_up else 0.0
    return {**{name: getattr(given, name) for name in names}, "warm_up_coverage": round(covered, 3)}


def shown(run: Run) -> Run:
    """Prints a run as it ends."""
    print(line(run), flush=True)
    return run


def run_warm(plan: Plan, work: Work, measured: Measured) -> None:
    """The main table, and Python's share of the engine's steps over all of it."""
    counted: list[dict[str, float]] = []
    for run, servers in warm(plan, work):
        measured.warm.append(shown(run))
        measured.servers |= {server.name: server.about for server in servers}
        counted += [python_share.read(server.url) for server in servers if server.name == OURS]
    if len(counted) > 1:
        measured.python_share = python_share.share(counted[0], counted[-1])


def run_path(plan: Plan, work: Work, given: argparse.Namespace, measured: Measured) -> None:
    """The node's own path against the peer that ends an answer soonest at one chatter."""
    against = fastest(plan.contestants, measured)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(copied(plan.data_dir))
        mine, node = stack.enter_context(ours(folder))
        log = folder.parent / "peer.log"
        other = stack.enter_context(peer(against, plan.model, log))
        for server in (mine, other):
            hello(server.url, server.model)
            warm_up(plan, work, server)
        crossed = node_path.walk(work, node, other, given.data, given.questions, given.seed)
    measured.node_path = {**node_path.figures(*crossed), "peer": against.name}


def fastest(peers: tuple[Contestant, ...], measured: Measured) -> Contestant:
    """The peer with the lowest median time to a whole answer, with as few chatters as were measured."""
    levels = table(measured.warm)
    known = levels[min(levels)] if levels else {}
    timed = [each for each in peers if each.name in known and known[each.name].total_p50_s is not None]
    return min(timed, key=lambda each: known[each.name].total_p50_s or 0.0) if timed else peers[0]


def keep(measured: Measured) -> None:
    """Saves this call."""
    RUNS.mkdir(parents=True, exist_ok=True)
    path = RUNS / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(measured)))
    print(f"saved {path.relative_to(ROOT)}")


if __name__ == "__main__":
    raise SystemExit(main())
