"""`python -m bench.hub`: records a second through broker, ingest and commit, and through the projector.

Everything is real and on this machine: PostgreSQL with its usual durability, Mosquitto, ingest workers and
the nodes' side as processes. Beside it, in the same run and turn by turn, the ceiling (bare COPY and merge of
the same rows), a transaction a record as the hub's role (naive), and a bare INSERT each. After it, what
keeping a turn costs a node. Prints a line a round and, last, one JSON object.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psycopg

from bench.hub import append, bare, load
from bench.hub.load import MARKET, TENANT, Message, Node
from cloud import embedded, migrate, postgres
from cloud.ingest.projector.service import Projector
from cloud.keyring import Keyring
from sync.batch import Sent
from sync.seal import header_of
from tests.simulators.broker import Mosquitto

CHUNK = 10_000
READY_S = 30.0


@dataclass(frozen=True)
class Bench:
    """Where things are."""

    folder: Path
    admin: str
    broker: str
    workers: int
    open: int


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--records", type=int, default=60_000, help="in each round")
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--workers", type=int, default=2, help="ingest processes")
    asked.add_argument("--nodes", type=int, default=16)
    asked.add_argument("--open", type=int, default=64, help="batches on their way")
    asked.add_argument("--naive", type=int, default=1_500, help="rows of one INSERT each")
    asked.add_argument("--appends", type=int, default=2_000, help="turns kept on a node, one at a time")
    given = asked.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="prilavok-bench-")))
        server = embedded.start(folder / "data")
        stack.callback(embedded.stop, server)
        broker = stack.enter_context(Mosquitto(folder / "broker"))
        admin = embedded.admin_url(server)
        bench = Bench(folder, admin, broker.url, given.workers, given.open)
        rounds = [measured(bench, given, number) for number in range(given.rounds)]
    kept = append.append(given.appends)
    print("a turn kept: " + "  ".join(f"{name} {took}" for name, took in kept.items()))
    print(json.dumps({**told(given, rounds), **kept}))
    return 0


def measured(bench: Bench, given: argparse.Namespace, number: int) -> dict[str, float]:
    """One round, in a database of its own: each way after the other."""
    with database(bench, f"prilavok_bench_{number}") as address:
        ring = Keyring(bench.folder / "keys", bench.folder / "keys" / "log", bench.folder / "keys" / "lead")
        log_key = ring.ensure(TENANT, time.time_ns() // 1_000_000).log_key
        share = given.records // given.nodes
        sent = {node: list(load.frames(node, log_key, share)) for node in registered(address, given.nodes)}
        rows = bare_rows(sent)
        found = {
            "record_bytes": statistics.mean(len(each.frame) for all in sent.values() for each in all),
            "bare_insert": bare.insert_only(address, rows[: given.naive]),
            "naive": naive(address, rows[: given.naive]),
            "ceiling": bare.copy_merge(address, rows, CHUNK),
            "hub": through_hub(bench, address, sent),
            "projector": projected(address, ring),
        }
        found["ceiling"] = statistics.mean([found["ceiling"], bare.copy_merge(address, rows, CHUNK)])
    shown = "  ".join(f"{name} {rate:,.0f}" for name, rate in found.items())
    print(f"round {number + 1}: {shown}", flush=True)
    return found


@contextmanager
def database(bench: Bench, name: str) -> Iterator[str]:
    """A fresh one with every migration; the owner's-owner address."""
    migrate.make(bench.admin, name)
    migrate.apply(migrate.owner_url(bench.admin, name))
    yield psycopg.conninfo.make_conninfo(bench.admin, dbname=name)
    migrate.drop(bench.admin, name)


def registered(address: str, count: int) -> list[Node]:
    """Accepted nodes of the tenant's market."""
    made = load.nodes(count)
    with psycopg.connect(address) as connection:
        connection.execute("INSERT INTO tenant (tenant) VALUES (%s)", (TENANT,))
        connection.execute("INSERT INTO market (tenant, market) VALUES (%s, %s)", (TENANT, MARKET))
        for node in made:
            connection.execute(
                "INSERT INTO node (tenant, node, market, state, sign_key)"
                " VALUES (%s, %s, %s, 'accepted', %s)",
                (TENANT, node.name, MARKET, node.keys.signer.public),
            )
    return made


def bare_rows(sent: dict[Node, list[Sent]]) -> list[bare.Row]:
    """The same frames as rows."""
    at, rows = bare.now(), []
    for node, all in sent.items():
        for each in all:
            header = header_of(each.frame)
            rows.append(
                (
                    TENANT,
                    node.name,
                    node.epoch,
                    each.seq,
                    at,
                    header.cls,
                    header.data_key,
                    header.log_key,
                    each.frame,
                )
            )
    return rows


def naive(address: str, rows: list[bare.Row]) -> float:
    """Rows a second, a transaction each, as the hub's role."""
    with postgres.pool(postgres.as_role(address, "ingest"), 1) as pool:
        return bare.one_by_one(pool, rows)


def through_hub(bench: Bench, address: str, sent: dict[Node, list[Sent]]) -> float:
    """Records a second, from the first batch published to the last acknowledged."""
    by_node = [list(load.messages(node, all)) for node, all in sent.items()]
    mixed: list[Message] = [message for turn in zip(*by_node, strict=False) for message in turn]
    mixed += [message for each in by_node for message in each[min(map(len, by_node)) :]]
    path = bench.folder / "messages"
    path.write_bytes(msgspec.msgpack.encode(mixed))
    environment = {
        **os.environ,
        "PRILAVOK_HUB_DATABASE_INGEST_URL": postgres.as_role(address, "ingest"),
        "PRILAVOK_HUB_BROKER_URL": bench.broker,
        "PRILAVOK_HUB_DATA_DIR": str(bench.folder),
    }
    command = [sys.executable, "-m", "cloud.cli", "hub", "ingest"]
    workers = [
        subprocess.Popen([*command, *(["--no-presence"] if number else [])], env=environment)
        for number in range(bench.workers)
    ]
    try:
        wait_for(lambda: connected(address) >= bench.workers)
        publisher = [sys.executable, "-m", "bench.hub.publisher", bench.broker, str(path), str(bench.open)]
        done = subprocess.run(publisher, env=environment, capture_output=True, text=True, check=True)
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
        for worker in workers:
            worker.wait()
    return sum(len(all) for all in sent.values()) / float(done.stdout)


def connected(address: str) -> int:
    """How many ingest workers are at the database."""
    with psycopg.connect(address) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = 'prilavok_ingest'"
        ).fetchone()
    return int(row[0]) if row else 0


def wait_for(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + READY_S
    while not holds():
        if time.monotonic() > end:
            raise SystemExit("The ingest workers do not start.")
        time.sleep(0.1)
    time.sleep(1.0)  # and for their subscriptions


def projected(address: str, ring: Keyring) -> float:
    """Records a second to rows, by one projector; a record that is missing ends the run."""
    with postgres.pool(postgres.as_role(address, "projector"), 2) as pool, psycopg.connect(address) as check:
        begun = time.perf_counter()
        Projector(pool, ring).project(TENANT)
        took_s = time.perf_counter() - begun
        stored = check.execute("SELECT count(*) FROM raw_record WHERE tenant = %s", (TENANT,)).fetchone()
        made = check.execute("SELECT count(*) FROM chat_turn").fetchone()
    if stored is None or stored != made:
        raise SystemExit(f"{stored} records were stored, {made} projected.")
    return float(stored[0]) / took_s


def told(given: argparse.Namespace, rounds: list[dict[str, float]]) -> dict[str, object]:
    """Medians, and the ratios of each round's own."""

    def middle(values: list[float]) -> float:
        return statistics.median(values)

    return {
        "records": given.records,
        "rounds": given.rounds,
        "workers": given.workers,
        "cpus": os.cpu_count(),
        "record_bytes": round(middle([each["record_bytes"] for each in rounds])),
        "hub_per_s": round(middle([each["hub"] for each in rounds])),
        "ceiling_per_s": round(middle([each["ceiling"] for each in rounds])),
        "bare_insert_per_s": round(middle([each["bare_insert"] for each in rounds])),
        "naive_per_s": round(middle([each["naive"] for each in rounds])),
        "projector_per_s": round(middle([each["projector"] for each in rounds])),
        "ratio_to_ceiling": round(middle([each["hub"] / each["ceiling"] for each in rounds]), 3),
        "ratio_to_naive": round(middle([each["hub"] / each["naive"] for each in rounds]), 2),
    }


if __name__ == "__main__":
    raise SystemExit(main())
