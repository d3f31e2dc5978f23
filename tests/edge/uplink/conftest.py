"""A simulated hub, and a real broker where one is installed."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulators.broker import Mosquitto, found
from tests.simulators.hub import HubSimulator, door


@pytest.fixture
def hub() -> Iterator[HubSimulator]:
    """Its HTTP answers; it is at no broker yet."""
    simulator = HubSimulator(lambda: int(time.time() * 1000))
    with door(simulator):
        yield simulator


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A real Mosquitto."""
    if found() is None:
        pytest.skip("mosquitto is not installed (Debian: apt install mosquitto)")
    with Mosquitto(tmp_path / "broker") as running:
        yield running
