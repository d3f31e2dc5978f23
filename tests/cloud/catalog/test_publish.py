"""From a published version to a node that has it: blobs, heads, and a broker that forgets."""

import dataclasses
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from cloud import postgres
from cloud.catalog import worker
from cloud.catalog.announce import store as shelf
from cloud.catalog.worker import Publisher
from cloud.keyring import Keyring
from cloud.mqtt import Broker
from cloud.postgres import Pool
from sync.interchange.passage import SCALE
from tests.cloud.catalog.market import MARKET, TENANT, lines, provider, publish, roll_back, take
from tests.simulators.broker import Mosquitto
from tests.simulators.hub_database import Database
from tests.simulators.light_node import LightNode


class WordModel:
    """An embedding model that counts how often it is asked; equal texts have equal vectors."""

    name = "words-1"

    def __init__(self) -> None:
        self.texts: list[str] = []

    def passage(self, texts: list[str]) -> NDArray[np.float32]:
        self.texts += texts
        made = [np.random.default_rng(list(text.encode())).normal(size=8) for text in texts]
        found: NDArray[np.float32] = np.array([v / np.linalg.norm(v) for v in made], dtype=np.float32)
        return found


def noise(seed: int, length: int) -> str:
    """Text that does not pack well."""
    return "".join(random.Random(seed).choices("abcdefghijklmnopqrstuvwxyz ", k=length))


@dataclasses.dataclass
class Hub:
    """A hub's catalogue, its publisher, and the broker."""

    pool: Pool
    keyring: Keyring
    publisher: Publisher
    broker: Mosquitto
    model: WordModel

    def publish(self, *documents: dict[str, object]) -> int:
        """Imports, publishes, and lets the publisher have its turn."""
        assert take(self.pool, lines(*documents)).refused == 0
        made = publish(self.pool, confirmed=True)
        self.publisher.turn(TENANT)
        return made.version

    def node(self) -> LightNode:
        """A node that was provisioned with the first key set."""
        return LightNode(TENANT, MARKET, self.keyring.sets(TENANT)[0])

    def content(self) -> str:
        with postgres.tenant(self.pool, TENANT) as connection:
            row = connection.execute("SELECT content FROM catalog").fetchone()
        assert row is not None
        return str(row[0])

    def retained(self) -> dict[str, bytes]:
        return self.publisher.inspector.retained((f"p/1/{TENANT}/#",))


@pytest.fixture
def hub(database: Database, mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Hub]:
    database.market(TENANT, MARKET)
    keyring = Keyring(tmp_path / "keys", tmp_path / "keys" / "log", tmp_path / "keys" / "lead")
    keyring.ensure(TENANT, int(time.time() * 1000))
    pool, model = database.pool("app", connections=4), WordModel()
    publisher = worker.assembled(pool, keyring, Broker(mosquitto.url), model)
    mailbox = dataclasses.replace(publisher.inspector.retained, wait_s=0.5)  # type: ignore[type-var]
    publisher.inspector = dataclasses.replace(publisher.inspector, retained=mailbox)
    yield Hub(pool, keyring, publisher, mosquitto, model)
    publisher.close()


def test_a_node_gets_what_was_published_with_vectors(hub: Hub) -> None:
    hub.publish(provider("a"), provider("b", city="Riga"))
    node = hub.node()
    assert node.wake(hub.broker.url)
    assert node.disk.have is not None
    assert node.disk.have.version == 1
    assert node.disk.state.digest() == hub.content()
    vector = np.frombuffer(node.disk.vectors["a"], dtype=np.int8) / SCALE
    assert np.allclose(vector, hub.model.passage([hub.model.texts[0]])[0], atol=1 / SCALE)


def test_a_node_follows_by_deltas_and_fetches_little(hub: Hub) -> None:
    hub.publish(*(provider(f"p{n:03}", address=noise(n, 300)) for n in range(300)))
    node = hub.node()
    node.wake(hub.broker.url)
    first = node.fetched
    hub.publish(provider("p000", city="Riga"), {"id": "p001", "deleted": True}, provider("new"))
    assert node.wake(hub.broker.url)
    assert node.disk.state.digest() == hub.content()
    assert node.fetched - first < first / 3
    assert set(node.disk.vectors) == set(node.disk.state.lines)


def test_a_text_is_embedded_once_however_often_it_is_published(hub: Hub) -> None:
    hub.publish(provider("a"), provider("b"))
    assert len(hub.model.texts) == 2
    hub.publish(provider("a", phone="+371 2000 0000"))
    assert len(hub.model.texts) == 2
    hub.publish(provider("b", name="Another name"))
    assert len(hub.model.texts) == 3


def test_another_model_sends_every_vector_once(hub: Hub) -> None:
    hub.publish(provider("a"), provider("b"))
    node = hub.node()
    node.wake(hub.broker.url)
    before = dict(node.disk.vectors)
    hub.model.name = "words-2"
    hub.publish(provider("a", name="Other"))
    node.wake(hub.broker.url)
    assert set(node.disk.vectors) == {"a", "b"}
    assert node.disk.vectors["a"] != before["a"]
    assert len(hub.model.texts) == 4


def test_going_back_reaches_nodes_as_a_higher_version(hub: Hub) -> None:
    hub.publish(provider("a"))
    node = hub.node()
    node.wake(hub.broker.url)
    first = node.disk.state.digest()
    hub.publish(provider("a", city="Riga"), provider("b"))
    node.wake(hub.broker.url)
    roll_back(hub.pool, 1, confirmed=True)
    hub.publisher.turn(TENANT)
    assert node.wake(hub.broker.url)
    assert (node.versions, node.disk.state.digest()) == ([1, 2, 3], first)


def test_a_head_is_signed_anew_before_it_expires_and_nodes_take_it(hub: Hub) -> None:
    hub.publish(provider("a"))
    node = hub.node()
    node.wake(hub.broker.url)
    with postgres.tenant(hub.pool, TENANT) as connection:
        connection.execute(
            "UPDATE catalog SET head_issued_at = head_issued_at - interval '16 days',"
            " head_expires_at = head_expires_at - interval '16 days'"
        )
    hub.publisher.turn(TENANT)
    with postgres.tenant(hub.pool, TENANT) as connection:
        assert connection.execute("SELECT serial, head_version FROM catalog").fetchone() == (2, 1)
    assert node.wake(hub.broker.url)
    assert node.refusals == []
    hub.publisher.turn(TENANT)
    with postgres.tenant(hub.pool, TENANT) as connection:
        assert connection.execute("SELECT serial FROM catalog").fetchone() == (2,)


def test_new_keys_travel_with_a_head_signed_anew(hub: Hub) -> None:
    hub.publish(provider("a"))
    node = hub.node()
    later = hub.keyring.current(TENANT).expires_ms - 1
    hub.keyring.renew(TENANT, later)
    hub.publisher.turn(TENANT)
    assert node.wake(hub.broker.url)
    assert node._trust().keys.version == 2


def test_a_broker_that_lost_everything_is_filled_again(hub: Hub) -> None:
    hub.publish(provider("a"), provider("b"))
    before = hub.retained()
    hub.broker.kill()
    hub.broker.start()
    assert hub.retained() == {}
    hub.publisher.line.wait()
    hub.publisher.turn(TENANT)
    assert hub.retained() == before
    assert hub.node().wake(hub.broker.url)


def test_a_piece_that_is_lost_or_false_on_the_broker_is_put_back(hub: Hub) -> None:
    hub.publish(provider("a"), provider("b"))
    before = hub.retained()
    pieces = sorted(topic for topic in before if "/b/" in topic)
    hub.publisher.line.publish(pieces[0], b"", retain=True)
    hub.publisher.line.publish(pieces[1], b"not it", retain=True)
    assert hub.publisher.inspector.turn(TENANT) == 2
    assert hub.retained() == before
    assert hub.publisher.inspector.turn(TENANT) == 0


def test_blobs_that_no_head_names_are_cleared_after_a_while(hub: Hub) -> None:
    for n in range(4):
        hub.publish(*(provider(f"p{i}", city=f"{n} {i}") for i in range(20)))
    there = blobs(hub)
    assert len(there) > 1
    hub.publisher.announcer = dataclasses.replace(hub.publisher.announcer, keep=timedelta(0))
    hub.publisher.turn(TENANT)
    assert len(blobs(hub)) == 1
    assert blobs(hub) < there
    with postgres.tenant(hub.pool, TENANT) as connection:
        assert shelf.digests(connection) == blobs(hub)
    assert hub.node().wake(hub.broker.url)


def blobs(hub: Hub) -> set[str]:
    """Names of the blobs on the broker."""
    return {topic.split("/")[4] for topic in hub.retained() if "/b/" in topic}


def test_a_hub_put_back_from_a_backup_publishes_above_what_nodes_have_seen(
    hub: Hub, database: Database, postgres_admin: str
) -> None:
    hub.publish(provider("a"), provider("b"))
    older = backup(hub.pool)
    hub.publish(provider("a", city="Riga"))
    hub.publish(provider("c"))
    node = hub.node()
    node.wake(hub.broker.url)
    restore(database, older)
    hub.publisher._checked.clear()
    hub.publisher.turn(TENANT)
    assert node.wake(hub.broker.url)
    assert node.refusals == []
    assert node.versions == [3, 4]
    assert node.disk.state.digest() == hub.content()
    assert set(node.disk.state.lines) == {"a", "b"}
    with postgres.tenant(hub.pool, TENANT) as connection:
        assert blobs(hub) <= shelf.digests(connection)


TABLES = (
    *("catalog", "catalog_version", "catalog_line", "catalog_draft", "catalog_blob"),
    *("catalog_piece", "catalog_step"),
)


def backup(pool: Pool) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the catalogue."""
    with postgres.tenant(pool, TENANT) as connection:
        return {
            table: connection.execute(f"SELECT * FROM {table}".encode()).fetchall()  # noqa: S608
            for table in TABLES
        }


def restore(database: Database, rows: dict[str, list[tuple[object, ...]]]) -> None:
    """The catalogue as it was then, and nothing newer."""
    with database.superuser() as connection:
        connection.execute("SET session_replication_role = replica")
        for table in reversed(TABLES):
            connection.execute(f"DELETE FROM {table}".encode())  # noqa: S608
        for table, kept in rows.items():
            for row in kept:
                marks = ",".join(["%s"] * len(row))
                query = f"INSERT INTO {table} OVERRIDING SYSTEM VALUE VALUES ({marks})"  # noqa: S608
                connection.execute(query.encode(), row)


def test_a_hundred_nodes_end_where_the_head_is_whatever_happens_on_the_way(hub: Hub) -> None:
    dice = random.Random(7)
    nodes = [hub.node() for _ in range(100)]
    documents = {f"p{n:03}": provider(f"p{n:03}", address=noise(n, 300)) for n in range(200)}
    hub.publish(*documents.values())

    def woken(node: LightNode) -> None:
        node.wake(hub.broker.url, cut_after=dice.choice([1, 2, 3, 4, 6]), timeout_s=3)

    with ThreadPoolExecutor(16) as threads:
        for turn in range(8):
            waking = [threads.submit(woken, node) for node in dice.sample(nodes, 30)]
            changed = dice.sample(sorted(documents), 5)
            hub.publish(*(provider(id, city=f"{turn} {id}") for id in changed))
            if turn == 4:
                hub.broker.kill()
                hub.broker.start()
                hub.publisher.line.wait()
                hub.publisher.turn(TENANT)
            if turn == 6:
                roll_back(hub.pool, 3, confirmed=True)
                hub.publisher.turn(TENANT)
            for each in waking:
                each.result()
        assert all(threads.map(lambda node: node.wake(hub.broker.url, timeout_s=60), nodes))
    assert {node.disk.state.digest() for node in nodes} == {hub.content()}
    assert {node.disk.have.version for node in nodes if node.disk.have} == {10}
    assert all(node.versions == sorted(set(node.versions)) for node in nodes)
    assert all(node.refusals == [] for node in nodes)
