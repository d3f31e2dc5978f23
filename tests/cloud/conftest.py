"""A real PostgreSQL for the whole run; a fresh database and a real broker for each test that wants one."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cloud import embedded, migrate
from cloud.postgres import Pool
from tests.simulators.broker import Mosquitto, found
from tests.simulators.hub_database import Database

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_admin() -> Iterator[str]:
    """The address of a server of this run's own, for whoever may do everything there.

    Not in pytest's folder: as root the server runs as a user of its own, and another run of pytest, when it
    starts, closes that folder to it.
    """
    folder = Path(tempfile.mkdtemp(prefix="prilavok-postgres-"))
    server = embedded.start(folder / "data")
    address = embedded.admin_url(server)
    with psycopg.connect(address, autocommit=True) as connection:
        for setting in ("fsync = off", "full_page_writes = off", "max_connections = 200"):
            connection.execute(f"ALTER SYSTEM SET {setting}".encode())
        connection.execute("SELECT pg_reload_conf()")
    yield address
    embedded.stop(server)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def migrated(postgres_admin: str) -> str:
    """The name of a database with every migration, to copy."""
    name = f"prilavok_template_{os.getpid()}"
    migrate.make(postgres_admin, name)
    migrate.apply(migrate.owner_url(postgres_admin, name))
    return name


@pytest.fixture
def database(postgres_admin: str, migrated: str) -> Iterator[Database]:
    """A fresh database with every migration."""
    name = f"prilavok_test_{os.getpid()}_{next(_numbers)}"
    copied = Database.copy(postgres_admin, migrated, name)
    yield copied
    copied.close()
    migrate.drop(postgres_admin, name)


@pytest.fixture
def app_pool(database: Database) -> Pool:
    """Connections as the web process has them; closed with the database."""
    return database.pool("app")


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker on a free port that lets anyone in."""
    if found() is None:
        pytest.skip("mosquitto is not installed: make setup-test says how")
    with Mosquitto(tmp_path / "broker") as broker:
        yield broker
