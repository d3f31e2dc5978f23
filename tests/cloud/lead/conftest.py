"""A tenant whose requests are to be delivered."""

from pathlib import Path

import pytest

from tests.cloud.lead.office import Office
from tests.simulators.hub_database import Database


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    """Its keys are in a folder of the test's; pools close with the database."""
    return Office.opened(database, tmp_path / "keys")
