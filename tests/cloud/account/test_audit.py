"""The audit log: every change leaves a line, nobody in service can change one, and no secret is in any."""

import psycopg
import pytest
from psycopg import sql

from cloud import postgres
from tests.simulators.hub_database import Database
from tests.simulators.hub_office import PASSWORD, Office


def test_changes_say_who_what_and_how_it_was(office: Office) -> None:
    office.hire("demo", "ada", "admin")
    read = office.get("/tenants/demo", "ada")
    office.patch("/tenants/demo", {"title": "New"}, "ada", If_Match=read.headers["etag"])
    [line, *_] = office.get("/tenants/demo/audit", "ada", subject="tenant/demo").json()["items"]
    assert (line["actor"], line["action"]) == ("ada", "tenant.edit")
    assert (line["before"]["title"], line["after"]["title"]) == ("", "New")


def test_hubs_admin_is_named_as_such(office: Office) -> None:
    items = office.get("/tenants/demo/audit", subject="tenant/demo").json()["items"]
    assert [each["actor"] for each in items] == ["root@hub"]


def test_what_fails_leaves_no_line(office: Office) -> None:
    before = office.get("/tenants/demo/audit").json()["items"]
    office.post("/tenants/demo/markets", {"market": "riga"})
    assert office.get("/tenants/demo/audit").json()["items"] == before


@pytest.mark.parametrize("role", ["app", "ingest", "projector", "delivery"])
@pytest.mark.parametrize("attack", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit"])
def test_no_service_can_change_or_delete_a_line(
    office: Office, database: Database, role: str, attack: str
) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        postgres.tenant(database.pool(role), "demo") as connection,  # type: ignore[arg-type]
    ):
        connection.execute(attack.encode())


def test_no_secret_is_kept_anywhere(office: Office, database: Database) -> None:
    office.hire("demo", "ada", "admin")
    wanted = {"node": "n1", "market": "riga"}
    made = office.post("/tenants/demo/nodes", wanted, Idempotency_Key="repeat-me").json()
    token = made["file"].split('"token": "')[1][:43]
    secrets = [PASSWORD, office.tokens["ada"].rpartition("_")[2], token, "repeat-me"]
    kept = everything(database)
    assert "ada" in kept
    assert [secret for secret in secrets if secret in kept] == []


def everything(database: Database) -> str:
    """Every row of every table as text; bytes as they are, where they are text."""
    tables = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname <> 'information_schema'"
    with psycopg.connect(database.admin) as connection:
        names = connection.execute(f"{tables} AND schemaname NOT LIKE 'pg_%'").fetchall()
        assert names
        found = []
        for name in names:
            command = sql.SQL("COPY (TABLE {}) TO STDOUT WITH (FORMAT binary)").format(sql.Identifier(*name))
            with connection.cursor().copy(command) as rows:
                found += [bytes(block) for block in rows]
    return b"".join(found).decode("utf-8", "replace")
