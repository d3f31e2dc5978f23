"""A node's interface takes whatever its OpenAPI document allows, and what it does not, without failing."""

from pathlib import Path

import pytest

from bench.node import running
from tests.e2e.conftest import import_demo
from tests.e2e.counter import joined
from tests.simulators.careless_caller import fails, operations
from tests.simulators.hub import HubSimulator
from tests.simulators.hub_key import HubKey

EXAMPLES = 20
NOWHERE = "mqtt://127.0.0.1:9"
ENDLESS = {
    "PRILAVOK_NODE_PER_MINUTE": "1000000",
    "PRILAVOK_SESSION_PER_MINUTE": "10000",
}


@pytest.mark.parametrize("belongs", [False, True])
def test_no_call_makes_a_node_fail(
    belongs: bool, tmp_path: Path, demo_files: Path, hub: HubSimulator, key: HubKey
) -> None:
    data = joined(tmp_path / "node", hub, NOWHERE) if belongs else tmp_path / "node"
    import_demo(data, demo_files)
    flags = ("--generator", "none", "--embedding", "none")
    without = {"model.missing", "lead.not_configured"}
    seen = 0
    with running(data, *flags, env=ENDLESS) as node:
        for operation in operations(f"{node.url}/schema/openapi.json"):
            found = fails(operation, {}, {}, EXAMPLES, without)
            assert found == [], operation.label
            seen += 1
        assert node.get("/health")["ready"]
    assert seen > 15
