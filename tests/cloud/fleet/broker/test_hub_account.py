"""The hub's own account at a guarded broker may do what its processes do."""

import pytest

from cloud.ingest.worker import SHARE
from cloud.mqtt import Line
from sync.topic import every
from tests.simulators.guarded_broker import GuardedMosquitto

WAIT_S = 20.0


@pytest.mark.parametrize("filters", [(every("up", group=SHARE),), (every("status"),)])
def test_hub_may_ask_for_what_nodes_send(guarded: GuardedMosquitto, filters: tuple[str, ...]) -> None:
    with Line(guarded.hub, "ingest", subscribe=filters, take=lambda delivery: delivery.done()) as line:
        line.wait(WAIT_S)
        assert line.connected
