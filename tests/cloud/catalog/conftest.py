"""A hub's office for catalogues: its interface, over a real database, without a broker."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.parts import Parts
from tests.simulators.hub_database import Database
from tests.simulators.hub_office import Office, client_of


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Iterator[Office]:
    """With the tenant "demo" and its market "riga"; the broker is away."""
    settings = Office.settings(database, tmp_path, broker_url="mqtt://127.0.0.1:1")
    parts = Parts.open(settings)
    with client_of(parts) as client:
        yield Office.opened(client, parts)
    parts.close()
