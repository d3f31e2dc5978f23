"""A hub's office with nobody at the broker: accounts need none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.parts import Parts
from tests.simulators.hub_database import Database
from tests.simulators.hub_office import Office, client_of


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Iterator[Office]:
    """A hub over a fresh database."""
    parts = Parts.open(Office.settings(database, tmp_path, broker_url="mqtt://127.0.0.1:1"))
    with client_of(parts) as client:
        yield Office.opened(client, parts)
    parts.close()
