"""A hub's database is put back from a copy made before a node joined: the node says so, and loses nothing."""

import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from bench.node import ROOT, Node, command, running
from cloud import migrate
from cloud.port import free_port
from edge.catalog.demo.write import write
from tests.simulators.broker import found
from tests.simulators.guarded_broker import GuardedMosquitto, plugin
from tests.simulators.hub_database import Database
from tests.simulators.hub_processes import Desk, hub

LIMIT_S = 240.0
FLAGS = ("--generator", "none", "--embedding", "none")
BESIDE = ("fleet", "ingest", "project")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[GuardedMosquitto]:
    if found() is None or plugin() is None:
        pytest.skip("mosquitto with its dynamic security is not installed: make setup-test says how")
    broker = GuardedMosquitto(tmp_path / "broker")
    with broker:
        yield broker


@contextmanager
def copied(server: str, database: Database) -> Iterator[Callable[[], None]]:
    """A copy of the database as it is now; what is given puts it back. Nobody may be in it."""
    kept = f"{database.name}_copy"
    Database.copy(server, database.name, kept)

    def put_back() -> None:
        migrate.drop(server, database.name)
        Database.copy(server, kept, database.name)

    yield put_back
    migrate.drop(server, kept)


def until(true: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + LIMIT_S
    while not (said := true()):
        assert time.monotonic() < deadline, what
        time.sleep(0.3)
    return said


def edge(data: Path, *arguments: str) -> str:
    """What `prilavok-edge …` prints; it has to end well."""
    done = subprocess.run(
        command("--data-dir", str(data), *arguments), cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ask(node: Node, *texts: str) -> None:
    """Each is answered, and kept for the hub."""
    for text in texts:
        body = {"model": "prilavok", "session": "s", "messages": [{"role": "user", "content": text}]}
        reply = httpx.post(f"{node.url}/v1/chat/completions", json=body, timeout=60)
        assert reply.status_code == 200, reply.text


def questions(database: Database) -> Counter[str]:
    with psycopg.connect(database.admin) as connection:
        rows = connection.execute("SELECT question FROM chat_turn").fetchall()
    return Counter(row[0] for row in rows)


def line(node: Node) -> dict[str, Any]:
    """What the node's health says of the line to its hub."""
    found: dict[str, Any] = next(each for each in node.get("/health")["checks"] if each["name"] == "sync")
    return found


@dataclass
class Shop:
    """A node's folder, and the hub that it belongs to, which is started and ended as the same one."""

    database: Database
    broker: GuardedMosquitto
    folder: Path
    port: int = field(default_factory=lambda: free_port("127.0.0.1", 0))

    @property
    def data(self) -> Path:
        return self.folder / "node"

    @contextmanager
    def hub(self) -> Iterator[Desk]:
        with hub(self.database, self.broker.hub, self.folder / "office", *BESIDE, port=self.port) as desk:
            yield desk

    def stock(self) -> None:
        """Gives the node a catalogue."""
        write(self.folder / "demo")
        catalog, market = (str(self.folder / "demo" / name) for name in ("catalog.jsonl", "market.json"))
        edge(self.data, "catalog", "import", catalog, "--market", market)

    @staticmethod
    def settle(desk: Desk) -> None:
        """Makes an operator, a tenant and its market."""
        desk.logged_in()
        desk.run("tenant", "add", "demo")
        desk.run("market", "add", "riga")

    def add(self, desk: Desk, *more: str) -> None:
        """The hub makes the node, and the node takes the file."""
        file = self.folder / "k-1.json"
        desk.run("node", "add", "k-1", "--market", "riga", "--accept", "-o", str(file))
        edge(self.data, "join", str(file), *more)


@pytest.mark.parametrize("empty", [False, True], ids=["before-the-node", "before-its-tenant"])
def test_node_that_joined_after_the_copy_says_so_keeps_everything_and_joins_anew(
    postgres_admin: str, database: Database, broker: GuardedMosquitto, tmp_path: Path, empty: bool
) -> None:
    shop, asked = Shop(database, broker, tmp_path), [f"plumber, question {n}" for n in range(12)]
    shop.stock()
    with ExitStack() as stack:
        if not empty:
            with shop.hub() as desk:
                shop.settle(desk)
        put_back = stack.enter_context(copied(postgres_admin, database))
        with shop.hub() as desk:
            if empty:
                shop.settle(desk)
            shop.add(desk)
            node = stack.enter_context(running(shop.data, *FLAGS, env={"PRILAVOK_HTTPS": "false"}))
            ask(node, *asked[:4])
            until(lambda: questions(database).total() == 4, "the first turns at the hub")
        ask(node, *asked[4:8])
        put_back()
        with shop.hub() as desk:
            if empty:
                shop.settle(desk)
            assert desk.told("node", "list") == []
            it_is_said(node, shop.data)
            ask(node, *asked[8:])
            assert questions(database).total() == 0
            shop.add(desk, "--renew")
            until(lambda: questions(database).total() >= len(asked), "everything at the hub")
            until(lambda: line(node)["state"] == "ok", "a well line")
            ask(node, "the last one")
            until(lambda: "the last one" in questions(database), "the last turn")
    assert questions(database) == Counter([*asked, "the last one"])


def it_is_said(node: Node, data: Path) -> None:
    """In the health that `doctor` reads, in the status, and in the log."""
    said = until(lambda: (told := line(node))["state"] == "degraded" and told, "the node's word")
    for text in (said["hint"], edge(data, "sync", "status"), node.log.read_text()):
        assert "join FILE --renew" in " ".join(text.split())
    assert "does not know k-1 any more" in said["reason"]
    assert "records wait" in said["reason"]
    assert edge(data, "sync", "status", "--json").count('"state":"accepted"') == 1
