"""A hub's office, and a broker that guards its topics."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.parts import Parts
from tests.simulators.broker import found
from tests.simulators.guarded_broker import PASSWORD, USERNAME, GuardedMosquitto, plugin
from tests.simulators.hub_database import Database
from tests.simulators.hub_office import Office, client_of


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[GuardedMosquitto]:
    """A broker with dynamic security on a free port."""
    if found() is None or plugin() is None:
        pytest.skip("mosquitto with its dynamic security is not installed: make setup-test says how")
    with GuardedMosquitto(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def office(database: Database, guarded: GuardedMosquitto, tmp_path: Path) -> Iterator[Office]:
    """A hub over a fresh database and a guarded broker."""
    settings = Office.settings(
        database,
        tmp_path,
        broker_url=guarded.url,
        broker_username=USERNAME,
        broker_password=PASSWORD,
        public_url="http://hub.example",
    )
    parts = Parts.open(settings)
    with client_of(parts) as client:
        yield Office.opened(client, parts)
    parts.close()
