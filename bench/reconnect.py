"""A node comes back after a month: `python -m bench.reconnect [--days 30] [--turns 2000] [--mib 64]`.

The month of `bench/offline.py` lies in the outbox of a whole `prilavok-edge serve`, with the hub's processes
and a guarded Mosquitto on the same machine. The node answers question after question, first with no
line, then while it drains over one. Prints what arrived in the hub's rows, how long answers took and the
node's memory; the last line is one JSON object. Exit code 1 when a lead or rating is missing, or anything is
neither there nor counted.
"""

import argparse
import json
import subprocess
import tempfile
import threading
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from bench.chaos.hub import Hub
from bench.node import LOCAL, ROOT, Node, command, running
from bench.offline import Clock, offline
from bench.outbox import MIB
from bench.pause import spread
from edge.catalog.demo.write import write
from edge.hub_side import NODE_FILE, TABLES
from edge.ledger import Ledger
from edge.outbox.policy import Caps
from edge.outbox.service import Outbox
from edge.outbox.store import Usage
from edge.uplink.clock import Clocks
from edge.uplink.identity import IdentityStore
from edge.uplink.join import join
from edge.uplink.standing import Standing
from sync.clock import Now

FLAGS = ("--generator", "none", "--embedding", "none")
QUESTIONS = ("Where can I get a haircut?", "plumber open now", "Wo ist ein Restaurant?", "cheap bakery")
ROWS = {"lead": "lead", "feedback": "feedback", "chat": "chat_turn", "health": "health_report"}
TOLD = {"lead": "LeadRequest", "feedback": "Feedback", "chat": "ChatTurn", "health": "HealthReport"}
QUIET_S, PAUSE_S, LIMIT_S, LOOK_S = 20.0, 0.05, 1800.0, 0.5


@dataclass
class Visitor:
    """Asks one question after the other. `took_ms` of each answer; every one is a turn to be told."""

    node: Node
    took_ms: list[float] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Until it is ended."""
        while not self.ended.wait(PAUSE_S):
            text = QUESTIONS[len(self.took_ms) % len(QUESTIONS)]
            body = {"model": "prilavok", "messages": [{"role": "user", "content": text}]}
            begun = time.perf_counter()
            _post(f"{self.node.url}/v1/chat/completions", body)
            self.took_ms.append((time.perf_counter() - begun) * 1000)


def _post(url: str, body: object) -> None:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with LOCAL.open(request, timeout=120) as reply:
        reply.read()


def month(data: Path, days: int, turns: int, mib: int) -> tuple[dict[str, int], dict[str, Usage]]:
    """Joins with the file that lies there, and keeps a month; gives what was told and what is left of it."""
    files = IdentityStore(data)
    identity = join(data / "provisioning.json", files, Now(time.time_ns() // 1_000_000, trusted=True))
    ledger, clock = Ledger(data / NODE_FILE, TABLES), Clock()
    standing = Standing.open(files, identity, ledger, Clocks(lambda: True))
    box = Outbox(ledger, standing.who, Caps(mib * MIB), clock.stamp)
    box.open()
    told = offline(box, clock, days, turns)
    usage = dict(box.usage())
    ledger.close()
    return {cls: told.get(name, 0) for cls, name in TOLD.items()}, {str(cls): usage[cls] for cls in usage}


def rows(hub: Hub) -> dict[str, int]:
    """How many of each class the hub has as rows."""
    with psycopg.connect(hub.postgres.admin) as connection:
        found = {}
        for cls, table in ROWS.items():
            row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()  # noqa: S608
            found[cls] = int(row[0]) if row else 0
    return found


def gone(hub: Hub) -> dict[str, int]:
    """How many of each class the node told the hub that it let go by policy."""
    with psycopg.connect(hub.postgres.admin) as connection:
        found = connection.execute("SELECT dropped FROM outbox").fetchall()
    return {cls: sum(dropped.get(cls, 0) for (dropped,) in found) for cls in ROWS}


def waiting(node: Node) -> int:
    """Records in the node's outbox."""
    with LOCAL.open(f"{node.url}/metrics", timeout=30) as reply:
        lines = reply.read().decode().splitlines()
    return sum(
        int(float(line.split()[1]))
        for line in lines
        if line.startswith("prilavok_sync_outbox_") and "_records " in line
    )


def without_line(data: Path, mib: int) -> tuple[dict[str, float], float, int]:
    """Answers' times, the peak of memory in MB, and how many were asked, for a while without a line."""
    with running(data, *FLAGS, env=_environment(mib, offline=True)) as node:
        visitor = Visitor(node)
        asking = threading.Thread(target=visitor.run)
        asking.start()
        time.sleep(QUIET_S)
        visitor.ended.set()
        asking.join()
        return spread(visitor.took_ms), node.peak_memory_mb(), len(visitor.took_ms)


def draining(data: Path, mib: int, hub: Hub, turns: int) -> dict[str, object]:
    """The same with one, until nothing waits and the hub has so many turns beside what is asked meanwhile."""
    with running(data, *FLAGS, env=_environment(mib, offline=False)) as node:
        visitor, begun = Visitor(node), time.monotonic()
        asking = threading.Thread(target=visitor.run)
        asking.start()
        while waiting(node) > len(visitor.took_ms) and time.monotonic() < begun + LIMIT_S:
            time.sleep(LOOK_S)
        drained_s, during = time.monotonic() - begun, list(visitor.took_ms)
        visitor.ended.set()
        asking.join()
        wanted = turns + len(visitor.took_ms)
        while rows(hub)["chat"] < wanted and time.monotonic() < begun + LIMIT_S:
            time.sleep(LOOK_S)
        return {
            "drain_s": round(drained_s, 1),
            "rows_s": round(time.monotonic() - begun, 1),
            "answers_draining": spread(during),
            "peak_mb_draining": round(node.peak_memory_mb(), 1),
            "asked": len(visitor.took_ms),
        }


def _environment(mib: int, *, offline: bool) -> dict[str, str]:
    return {
        "PRILAVOK_OUTBOX_BYTES": str(mib * MIB),
        "PRILAVOK_OFFLINE": str(offline).lower(),
        "PRILAVOK_NODE_PER_MINUTE": "1000000",
        "PRILAVOK_HTTPS": "false",
    }


def measured(folder: Path, days: int, turns: int, mib: int) -> dict[str, object]:
    """Everything, in order."""
    with ExitStack() as stack:
        hub = Hub(folder / "hub", workers=1)
        stack.callback(hub.close)
        hub.make()
        data = folder / "node"
        data.mkdir()
        (data / "provisioning.json").write_bytes(hub.provision("month", hub.broker.port))
        _import_demo(data, folder / "demo")
        told, usage = month(data, days, turns, mib)
        file_mib = round(sum(path.stat().st_size for path in data.glob("node.db*")) / MIB, 1)
        answers, peak_mb, asked = without_line(data, mib)
        kept = usage["chat"].records
        found = draining(data, mib, hub, kept + asked)
        more = asked + int(found.pop("asked"))  # type: ignore[call-overload]  # a count
        told["chat"] += more
        arrived, let_go = rows(hub), gone(hub)
        classes = {cls: {"told": told[cls], "arrived": arrived[cls], "let_go": let_go[cls]} for cls in ROWS}
    return {
        "classes": classes,
        "outbox_mib": file_mib,
        "answers_offline": answers,
        "peak_mb_offline": round(peak_mb, 1),
        **found,
    }


def _import_demo(data: Path, source: Path) -> None:
    source.mkdir()
    write(source)
    asked = ("catalog", "import", str(source / "catalog.jsonl"), "--market", str(source / "market.json"))
    subprocess.run(command("--data-dir", str(data), *asked), cwd=ROOT, check=True, capture_output=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, usual in (("days", 30), ("turns", 2_000), ("mib", 64)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="prilavok-reconnect-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as a user of its own where this is root
        found = measured(Path(folder), given.days, given.turns, given.mib)
    wrong = False
    for cls, each in found["classes"].items():  # type: ignore[attr-defined]  # the one dictionary of these
        print(f"{cls:9}", *(f"{name} {count:6}" for name, count in each.items()), sep="  ")
        left = each["told"] - each["arrived"] - each["let_go"]  # the node reports its own health, too
        wrong |= left > 0 if cls == "health" else left != 0
        wrong |= cls in ("lead", "feedback") and each["told"] != each["arrived"]
    print(json.dumps(found))
    return int(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
