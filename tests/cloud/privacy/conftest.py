"""A hub with ingest and projector, a tenant "north" with nodes, and its interface."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cloud.ingest.projector.service import Projector
from cloud.ingest.service import Ingest
from cloud.keyring import Keyring
from cloud.parts import Parts
from tests.simulators.hub_database import Database
from tests.simulators.hub_node import START_MS, HubNode
from tests.simulators.hub_office import Office, client_of


@dataclass
class Hub:
    """`office` calls its interface; ingest and projector work on the same database."""

    database: Database
    keyring: Keyring
    ingest: Ingest
    projector: Projector
    office: Office

    def node(self, name: str, state: str = "accepted") -> HubNode:
        """A node of the tenant's."""
        return HubNode("north", name, self.keyring.current("north").log_key).register(self.database, state)


@pytest.fixture
def hub(database: Database, tmp_path: Path) -> Iterator[Hub]:
    """Its broker is away: commands wait."""
    settings = Office.settings(database, tmp_path, broker_url="mqtt://127.0.0.1:1")
    keyring = Keyring.of(settings)
    keyring.ensure("north", START_MS)
    database.market("north", "city")
    parts = Parts.open(settings)
    with client_of(parts) as client:
        projector = Projector(database.pool("projector"), keyring)
        yield Hub(database, keyring, Ingest(database.pool("ingest")), projector, Office.opened(client, parts))
    parts.close()
