"""The database is made once, in order, unchanged; no role in service could look past its tenant."""

import psycopg
import pytest

from cloud import migrate
from cloud.migrate import Migration
from sync.errors import Refused
from tests.simulators.hub_database import Database


def test_second_migration_finds_nothing_to_do(database: Database) -> None:
    assert migrate.pending(database.url("owner")) == []
    assert migrate.apply(database.url("owner")) == []


def test_dry_run_applies_nothing(postgres_admin: str) -> None:
    name = "prilavok_dry"
    migrate.make(postgres_admin, name)
    owner = migrate.owner_url(postgres_admin, name)
    try:
        due = migrate.apply(owner, dry_run=True)
        assert due[0] == "0001_tenant.sql"
        with psycopg.connect(owner) as connection:
            tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            assert connection.execute(tables).fetchone() == (0,)
    finally:
        migrate.drop(postgres_admin, name)


def test_changed_migration_is_refused(database: Database) -> None:
    with psycopg.connect(database.url("owner")) as connection:
        connection.execute("UPDATE migration SET digest = 'other' WHERE number = 1")
    with pytest.raises(Refused) as refused:
        migrate.apply(database.url("owner"))
    assert refused.value.code == "migration.changed"


def test_database_of_a_newer_hub_is_refused(database: Database) -> None:
    with psycopg.connect(database.url("owner")) as connection:
        connection.execute("INSERT INTO migration (number, name, digest) VALUES (9999, 'later', '')")
    with pytest.raises(Refused) as refused:
        migrate.pending(database.url("owner"))
    assert refused.value.code == "migration.newer"


def test_numbers_are_distinct_and_in_order() -> None:
    found = migrate.known()
    assert [one.number for one in found] == sorted({one.number for one in found})
    assert Migration(1, "a", "x").digest != Migration(1, "a", "y").digest


def test_no_role_is_above_row_level_security(database: Database) -> None:
    with psycopg.connect(database.admin) as connection:
        rows = connection.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles"
            " WHERE rolname LIKE 'prilavok%'"
        ).fetchall()
    assert len(rows) == 5
    assert [row for row in rows if any(row[1:])] == []
