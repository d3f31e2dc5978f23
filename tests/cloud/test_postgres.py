"""A transaction sees its tenant's rows; a connection that goes back forgets whose it was."""

import psycopg
import pytest

from cloud import postgres
from sync.errors import Unavailable
from tests.simulators.hub_database import Database


def names(database: Database, tenant: str) -> list[str]:
    with postgres.tenant(database.pool("app"), tenant) as connection:
        return [row[0] for row in connection.execute("SELECT node FROM node ORDER BY 1")]


def test_a_tenant_sees_its_own_nodes_only(database: Database) -> None:
    database.market("north", "city", "kiosk-1")
    database.market("south", "city", "kiosk-2")
    assert names(database, "north") == ["kiosk-1"]
    assert names(database, "south") == ["kiosk-2"]
    assert names(database, "") == []


def test_a_pooled_connection_forgets_its_tenant(database: Database) -> None:
    database.market("north", "city", "kiosk-1")
    pool = database.pool("app", connections=1)
    with postgres.tenant(pool, "north") as connection:
        assert connection.execute("SELECT count(*) FROM node").fetchone() == (1,)
    with pool.connection() as connection:
        assert connection.execute("SELECT count(*) FROM node").fetchone() == (0,)


def test_writing_anothers_row_is_refused(database: Database) -> None:
    database.market("north", "city")
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        postgres.tenant(database.pool("app"), "south") as connection,
    ):
        connection.execute("INSERT INTO market (tenant, market) VALUES ('north', 'other')")


def test_the_directory_lists_tenants_and_nothing_else(database: Database) -> None:
    database.market("north", "city", "kiosk-1")
    database.market("south", "city")
    with postgres.directory(database.pool("app")) as connection:
        found = connection.execute("SELECT tenant FROM tenant ORDER BY 1").fetchall()
        assert found == [("north",), ("south",)]
        assert connection.execute("SELECT count(*) FROM node").fetchone() == (0,)


def test_a_database_that_is_away_is_unavailable() -> None:
    away = postgres.pool("postgresql://prilavok_app@127.0.0.1:1/prilavok", wait_s=0.2)
    try:
        with pytest.raises(Unavailable) as raised, postgres.tenant(away, "north"):
            pass
        assert raised.value.code == "database.unavailable"
    finally:
        away.close()
