"""Which faults happen, in what order, after how many records: drawn from a seed. Pure, save `places`.

A fault is for one lane, and a lane suffers one at a time; lanes suffer beside each other. The schedule is the
same for a seed and arguments; what the processes do at that moment is not.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.chaos.proxy import MODES

ROOT = Path(__file__).resolve().parents[2]
REACH = re.compile(r'\breach\(\s*"([a-z_.]+)"')
ON_THE_WAY = ("edge/ledger.py", "edge/outbox", "edge/uplink", "cloud/ingest")
"""Where records pass. Places of the catalogue and of commands are their own tests' business."""
ELSEWHERE = ("catalog.", "order.")
AT_JOINING = ("identity.",)
WEIGHTS = {
    "node.kill": 20,
    "node.place": 14,
    "node.full": 5,
    "node.clock": 6,
    "hub.clock": 4,
    "link": 24,
    "line": 5,
    "ingest.kill": 7,
    "ingest.place": 7,
    "projector.kill": 4,
    "projector.place": 4,
    "broker.kill": 4,
    "broker.wipe": 2,
    "postgres.kill": 3,
    "postgres.full": 1,
    "web.kill": 1,
    "fleet.kill": 1,
}
LINES = ("link", "line")
TEN_YEARS_S = 10 * 365 * 24 * 3600
RESTORE_EVERY = 300


@dataclass(frozen=True)
class Fault:
    """After `at` records, `kind` happens to `lane`. `detail` is a place, a line's mode or seconds."""

    at: int
    lane: str
    kind: str
    detail: str = ""
    lasts_s: float = 0.0
    counted: bool = True

    @property
    def name(self) -> str:
        """Its kind; of a line, with what it is made to do."""
        return f"{self.kind}.{self.detail}" if self.kind in LINES else self.kind


def places() -> list[str]:
    """Every named place that a record passes, read from the code."""
    found: set[str] = set()
    for name in ON_THE_WAY:
        path = ROOT / name
        for file in [path] if path.is_file() else path.rglob("*.py"):
            found.update(REACH.findall(file.read_text(encoding="utf-8")))
    return sorted(name for name in found if not name.startswith(ELSEWHERE))


def every_kind() -> list[tuple[str, str]]:
    """Each kind of fault, of lines in each mode; places apart."""
    kinds = [(kind, "") for kind in WEIGHTS if kind not in LINES and not kind.endswith(".place")]
    return [*kinds, *((line, mode) for line in LINES for mode in MODES)]


@dataclass(frozen=True)
class Stage:
    """How many of each there are to break. The node after the last of `nodes` is the whole one, if any."""

    nodes: int
    workers: int
    whole: bool = False

    def node(self, dice: random.Random) -> int:
        """Which one; the whole one less often, for it takes its time to start."""
        return dice.choices(range(self.nodes + self.whole), [6] * self.nodes + [1] * self.whole)[0]


def drawn(seed: int, records: int, faults: int, stage: Stage, named: Sequence[str]) -> list[Fault]:
    """The schedule, in order. Each named place, and each kind, comes at least once in a long one."""
    dice = random.Random(seed)
    met = [name for name in named if not name.startswith(AT_JOINING)]
    long = is_long(faults, met)
    kinds = [(_kind_of(name), name) for name in (met * 2 if long else met)][:faults]
    kinds += every_kind() if long else []
    while len(kinds) < faults:
        kind = dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        if not kind.endswith(".place"):
            kinds.append((kind, ""))
        elif own := [name for name in met if _kind_of(name) == kind]:
            kinds.append((kind, dice.choice(own)))
    dice.shuffle(kinds)
    return [
        _fault(dice, (number + 1) * records // (faults + 1), kind, name, stage)
        for number, (kind, name) in enumerate(kinds)
    ]


def is_long(faults: int, named: Sequence[str]) -> bool:
    """Whether there is room for everything: then it has to be met."""
    return faults > 6 * len(named)


def with_restores(schedule: list[Fault], records: int) -> list[Fault]:
    """The same, in which the database is copied and, a good while later, put back from that copy."""
    rounds = max(1, len(schedule) // RESTORE_EVERY)
    span = records // rounds
    extra = []
    for number in range(rounds):
        first = number * span
        extra.append(Fault(first + span * 3 // 10, "postgres", "postgres.copy", counted=False))
        extra.append(Fault(first + span * 6 // 10, "postgres", "postgres.restore"))
    return sorted([*schedule, *extra], key=lambda fault: fault.at)


def again(place: str, at: int) -> Fault:
    """Lies in wait at a place once more, at the first that comes by."""
    kind = _kind_of(place)
    lane = {"node.place": "node-0", "ingest.place": "ingest-0", "projector.place": "projector"}[kind]
    return Fault(at, lane, kind, f"{place}:1")


def _kind_of(place: str) -> str:
    part = place.split(".")[0]
    return f"{part}.place" if part in ("ingest", "projector") else "node.place"


def _fault(dice: random.Random, at: int, kind: str, name: str, stage: Stage) -> Fault:
    node, worker = stage.node(dice), dice.randrange(stage.workers)
    lasts_s = round(dice.uniform(0.2, 2.0), 2)
    match kind:
        case "link":
            return Fault(at, f"link-{node}", kind, name or dice.choice(MODES), lasts_s)
        case "line":
            return Fault(at, "line", kind, name or dice.choice(MODES), lasts_s)
        case "node.clock" | "hub.clock":
            ahead_s = dice.choice((-1, 0, 1)) * TEN_YEARS_S + dice.randint(-1_000_000, 1_000_000)
            lane = "hub" if kind == "hub.clock" else f"node-{node}"
            return Fault(at, lane, kind, str(ahead_s), lasts_s / 4)
        case "node.place" | "ingest.place" | "projector.place":
            part = kind.split(".")[0]
            lane = {"node": f"node-{node}", "ingest": f"ingest-{worker}", "projector": "projector"}[part]
            return Fault(at, lane, kind, f"{name}:{dice.randint(1, 4)}", lasts_s / 4)
        case "node.kill" | "node.full":
            return Fault(at, f"node-{node}", kind, lasts_s=lasts_s / 2)
        case "ingest.kill":
            return Fault(at, f"ingest-{worker}", kind, lasts_s=lasts_s / 2)
        case _:
            return Fault(at, kind.split(".")[0], kind, lasts_s=lasts_s / 2)
