"""A tenant with its keys, one accepted node, and the hub's ingest and projector over a real database."""

from pathlib import Path

import pytest

from cloud.ingest.projector.service import Projector
from cloud.ingest.service import Ingest
from cloud.keyring import Keyring
from tests.simulators.hub_database import Database
from tests.simulators.hub_node import START_MS, HubNode


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    made = Keyring(tmp_path / "keys", tmp_path / "keys" / "log", tmp_path / "keys" / "lead")
    made.ensure("north", START_MS)
    return made


@pytest.fixture
def node(database: Database, ring: Keyring) -> HubNode:
    database.market("north", "city")
    return HubNode("north", "kiosk-1", ring.current("north").log_key).register(database)


@pytest.fixture
def ingest(database: Database) -> Ingest:
    return Ingest(database.pool("ingest"))


@pytest.fixture
def projector(database: Database, ring: Keyring) -> Projector:
    return Projector(database.pool("projector"), ring)
