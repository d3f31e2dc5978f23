"""The hub's interface takes whatever its OpenAPI document allows, and what it does not, without failing."""

from pathlib import Path

import httpx

from cloud.mqtt import Broker
from tests.simulators.broker import Mosquitto
from tests.simulators.careless_caller import fails, operations
from tests.simulators.hub_database import Database
from tests.simulators.hub_processes import hub

EXAMPLES = 12
NOBODY = Broker("mqtt://127.0.0.1:1")


def test_no_call_makes_the_hub_fail(database: Database, mosquitto: Mosquitto, tmp_path: Path) -> None:
    with hub(database, Broker(mosquitto.url), tmp_path / "office") as desk:
        desk.logged_in()
        desk.run("tenant", "add", "demo")
        desk.run("market", "add", "riga")
        desk.run("node", "add", "n1", "--market", "riga")
        desk.run(
            "operator", "add", "ada", "--role", "admin", "--password-stdin", said="correct horse battery"
        )
        rollout = desk.told("rollout", "begin", "queue_limit=9", "--yes")["id"]
        known = {"tenant": "demo", "market": "riga", "node": "n1", "name": "ada", "id": rollout}
        token = desk.told("token", "make", "test", "--role", "admin")["token"]
        headers = {"Authorization": f"Bearer {token}", "If-Match": "*"}
        seen = 0
        for operation in operations(f"{desk.url}/schema/openapi.json"):
            if operation.path == "/api/logout":
                continue  # the others need the token
            found = fails(operation, headers, known, EXAMPLES)
            assert found == [], operation.label
            seen += 1
    assert seen > 30


def test_every_operation_below_api_but_the_login_wants_a_token(database: Database, tmp_path: Path) -> None:
    with hub(database, NOBODY, tmp_path / "office") as desk:
        document = httpx.get(f"{desk.url}/schema/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    open_doors = {
        (path, method)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/api/") and operation.get("security") != [{"bearer": []}]
    }
    assert open_doors == {("/api/login", "post")}
