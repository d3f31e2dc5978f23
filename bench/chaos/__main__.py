"""`python -m bench.chaos [--records N] [--faults N] [--seed N]`: what was promised arrives, whatever breaks.

Two runs over real processes: one as the product is, in which nothing may be lost, doubled or reordered, and a
short one (the control) with nodes that take the broker's PUBACK for a receipt, which has to lose something.
The last line is one JSON object. Exit code 1 when a promise was broken, when the control lost nothing, or
when a named place in the code was not met in a run that is long enough.
"""

import argparse
import faulthandler
import json
import math
import signal
import sys
from collections import Counter

from bench.chaos.plan import (
    AT_JOINING,
    WEIGHTS,
    Stage,
    drawn,
    every_kind,
    is_long,
    places,
    with_restores,
)
from bench.chaos.run import Outcome, Run, folder

CONTROL_RECORDS, CONTROL_FAULTS = 1_500, 12
SHOWN = 5
PROMISED = ("lost", "duplicated", "reordered", "invented", "lost_by_restore")
"""What has to be nothing."""


def whole(given: argparse.Namespace) -> Outcome:
    """The run in which nothing may be lost."""
    stage = Stage(given.nodes, given.workers, given.whole)
    schedule = drawn(given.seed, given.records, given.faults, stage, places())
    if given.restore:
        schedule = with_restores(schedule, given.records)
    with folder(given.keep) as made:
        limit_s = given.minutes * 60 or math.inf
        return Run(made, given.records, given.seed, schedule, stage, limit_s=limit_s).outcome()


def control(given: argparse.Namespace) -> Outcome:
    """The run that has to lose: few faults, among them those that a receipt is for."""
    records = min(given.records, CONTROL_RECORDS)
    stage = Stage(nodes=1, workers=1)
    schedule = drawn(given.seed, records, min(given.faults, CONTROL_FAULTS), stage, ("ingest.received",))
    with folder(given.keep) as made:
        return Run(made, records, given.seed, schedule, stage, credulous=True).outcome()


def report(found: Outcome) -> dict[str, object]:
    """What the whole run showed."""
    verdict, tally = found.verdict, found.tally
    return {
        "records": verdict.kept,
        "faults": sum(tally.done.values()),
        "lost": len(verdict.lost),
        "duplicated": len(verdict.duplicated),
        "reordered": len(verdict.reordered),
        "lost_by_restore": len(found.lost_by_restore),
        "invented": len(verdict.invented),
        "drained": found.drained,
        "asked": found.said,
        "arrived": verdict.arrived,
        "refused": found.refused,
        "gone_by_policy": found.gone,
        "hub": found.counts,
        "kinds": dict(sorted(tally.done.items())),
        "places": dict(sorted(tally.places.items())),
        "places_not_met": sorted(set(places()) - set(tally.places)),
        "kinds_not_done": sorted(all_kinds() - set(tally.done)),
        "places_missed": dict(Counter(tally.missed)),
        "lives": found.lives,
        "fell": found.fell,
        "messages_doubled": found.doubled,
        "messages_overtaken": found.overtaken,
        "silent": found.silent,
        "full_disk": found.full_disk,
        "seconds": round(found.seconds, 1),
    }


def broken(said: dict[str, object], faults: int) -> list[str]:
    """What was promised and not kept."""
    wrong = [name for name in PROMISED if said[name]]
    if not said["drained"]:
        wrong.append("not drained")
    if is_long(faults, [name for name in places() if not name.startswith(AT_JOINING)]):
        wrong += [name for name in ("places_not_met", "kinds_not_done") if said[name]]
    return wrong


def all_kinds() -> set[str]:
    """As a tally names them; a database that is put back comes in every run."""
    drawn_kinds = {f"{kind}.{mode}" if mode else kind for kind, mode in every_kind()}
    return drawn_kinds | {kind for kind in WEIGHTS if kind.endswith(".place")} | {"postgres.restore"}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, usual in (("records", 5_000), ("faults", 40), ("seed", 1), ("nodes", 3), ("workers", 2)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument(
        "--minutes", type=float, default=0, help="break nothing more after so long; 0: no limit"
    )
    parser.add_argument("--no-control", dest="control", action="store_false")
    parser.add_argument("--no-restore", dest="restore", action="store_false")
    parser.add_argument("--no-whole", dest="whole", action="store_false", help="no node with its web server")
    parser.add_argument("--keep", action="store_true", help="leave the folders of the runs")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    faulthandler.register(signal.SIGUSR1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    found = whole(given)
    said = report(found)
    for name in ("lost", "duplicated", "reordered", "invented"):
        for id in getattr(found.verdict, name)[:SHOWN]:
            print(f"{name}: {id}")
    wrong = broken(said, given.faults)
    if given.control:
        lost = control(given)
        said["control_lost"] = len(lost.verdict.lost)
        if not lost.verdict.lost:
            wrong.append("the control lost nothing")
    print(f"broken: {', '.join(wrong)}" if wrong else "every promise was kept")
    print(json.dumps(said))
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
