"""The audit log: every change leaves a line, nobody in service can change one, and no secret is in any."""

import psycopg
import pytest

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
    with psycopg.connect(database.admin) as connection:
        kept = connection.execute("SELECT database_to_xml(true, false, '')::text").fetchone()
    assert kept is not None
    assert "ada" in kept[0]
    assert [secret for secret in secrets if secret in kept[0]] == []
