"""One story over all of it: a real hub with its processes, a real broker, a real node, the tenant's server.

A catalogue reaches the node and is answered from; a visitor's request reaches the tenant; a conversation is
erased here and there; a rollback reaches the node.
"""

import base64
import json
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from standardwebhooks.webhooks import Webhook

from bench.node import Node, running
from tests.cloud.catalog.market import lines, provider
from tests.cloud.lead.office import sealed
from tests.simulators.broker import found
from tests.simulators.guarded_broker import GuardedMosquitto, plugin
from tests.simulators.hub_database import Database
from tests.simulators.hub_processes import Desk, hub
from tests.simulators.receiver import Receiver

LIMIT_S = 240.0
CANARY = "zanzibarcanary"
CONTACT = {"phone": "+371 2000 0000", "language": "en"}
BESIDE = ("fleet", "ingest", "project", "announce", "deliver")


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[Desk]:
    """Logged in at a whole hub with tenant "demo" and market "riga"."""
    if found() is None or plugin() is None:
        pytest.skip("mosquitto with its dynamic security is not installed: make setup-test says how")
    with (
        GuardedMosquitto(tmp_path / "broker") as broker,
        hub(database, broker.hub, tmp_path / "office", *BESIDE) as made,
    ):
        made.logged_in()
        made.run("tenant", "add", "demo")
        made.run("market", "add", "riga")
        yield made


def test_from_import_to_answer_and_from_visitor_to_tenant(
    desk: Desk, database: Database, tmp_path: Path
) -> None:
    data = tmp_path / "node"
    data.mkdir()
    desk.run("node", "add", "kiosk-1", "--market", "riga", "--accept", "-o", str(data / "provisioning.json"))
    publish(desk, provider("p-1", name="Aldo Pipes", city="Riga"), provider("p-2", name="Bruno Taps"))
    flags, environment = ("--generator", "none", "--embedding", "none"), {"PRILAVOK_HTTPS": "false"}
    with running(data, *flags, env=environment) as node, Receiver() as crm:
        until(lambda: finds(node, "Aldo Pipes"), "the catalogue on the node")
        request_reaches_the_tenant(desk, node, crm)
        conversation_is_erased(desk, node, database)
        publish(desk, provider("p-1", name="Carlo Drains", city="Riga"))
        until(lambda: finds(node, "Carlo Drains"), "the second version")
        desk.run("catalog", "rollback", "1", "--yes")
        until(lambda: finds(node, "Aldo Pipes"), "the first version again")
    assert [each["kind"] for each in desk.told("catalog", "history")] == ["rollback", "publish", "publish"]


def request_reaches_the_tenant(desk: Desk, node: Node, crm: Receiver) -> None:
    channel = ("lead", "channel", "add", "crm", "--url", crm.url, "--network", "127.0.0.0/8")
    made = desk.told(*channel)
    until(lambda: httpx.get(f"{node.url}/api/lead/terms").json()["taking"], "the lead key on the node")
    lead = leave_request(node)
    until(lambda: crm.got, "the request at the tenant's")
    told = Webhook(made["secret"]).verify(crm.got[0].body, crm.got[0].headers)["data"]
    assert (told["id"], told["contact"]["phone"]) == (lead, CONTACT["phone"])
    assert told["provider"]["name"] == "Aldo Pipes"
    until(lambda: desk.told("lead", "show", lead)["state"] == "delivered", "the operator's view")


def conversation_is_erased(desk: Desk, node: Node, database: Database) -> None:
    assert "Aldo Pipes" in ask(node, f"plumber in Riga {CANARY}")
    until(lambda: CANARY in questions(database), "the turn on the hub")
    code = httpx.post(f"{node.url}/api/session", json={"session": "visitor"}).json()["code"]
    assert "chat_turn" in desk.run("erase", "--session", code, "--dry-run").stdout
    assert CANARY in questions(database)
    desk.run("erase", "--session", code, "--yes", fails=1)  # the node has not said yet that it did it
    until(lambda: desk.told("erasures", code)["complete"], "the node's word")
    assert CANARY not in questions(database)


def publish(desk: Desk, *documents: dict[str, object]) -> None:
    (desk.folder / "shops.jsonl").write_bytes(lines(*documents))
    desk.run("catalog", "import", "shops.jsonl")
    desk.run("catalog", "publish", "--yes")


def until(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.3)


def ask(node: Node, text: str) -> str:
    body = {"model": "prilavok", "session": "visitor", "messages": [{"role": "user", "content": text}]}
    reply = httpx.post(f"{node.url}/v1/chat/completions", json=body, timeout=60)
    assert reply.status_code == 200, reply.text
    return str(reply.json()["choices"][0]["message"]["content"])


def finds(node: Node, name: str) -> bool:
    """Whether the node's search has it."""
    return name in httpx.get(f"{node.url}/api/search", params={"q": "plumber"}).text


def leave_request(node: Node) -> str:
    """As the page does: sealed to the key that the node tells."""
    terms = httpx.get(f"{node.url}/api/lead/terms").json()
    lead, contact = secrets.token_hex(16), json.dumps(CONTACT).encode()
    enc, box = sealed(base64.b64decode(terms["key"]), lead, "p-1", terms["version"], contact)
    envelope = {
        "key_id": terms["key_id"],
        "enc": base64.b64encode(enc).decode(),
        "sealed": base64.b64encode(box).decode(),
    }
    consent = {"version": terms["version"], "language": "en"}
    body = {"id": lead, "provider": "p-1", "consent": consent, "envelope": envelope}
    assert httpx.post(f"{node.url}/api/lead", json=body).status_code == 202
    return lead


def questions(database: Database) -> str:
    with psycopg.connect(database.admin) as connection:
        return str(connection.execute("SELECT question FROM chat_turn").fetchall())
