"""No tenant reaches another's rows, in any table, as any role; a policy that is missing is seen."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from cloud import migrate
from cloud.settings import ROLES
from tests.simulators.hub_database import Database
from tests.simulators.intruder import Intruder

# Functions that run with their owner's rights, each looked at by a person: they touch no rows of a tenant but
# the transaction's own, which forced security holds the owner to.
DEFINERS = {"prilavok_raw_month", "prilavok_forget_frames"}
# Tables that no role in service has any right on.
CLOSED = {"migration"}
POLICIES = """
SELECT tablename, policyname, cmd, coalesce(qual, 'true'), with_check FROM pg_policies ORDER BY 1, 2
"""


@pytest.fixture(scope="module")
def intruder(postgres_admin: str, migrated: str) -> Iterator[Intruder]:
    """A copy with a row in every table, for all tests of this file: each puts back what it takes away."""
    name = f"{migrated}_attacked"
    made = Intruder(Database.copy(postgres_admin, migrated, name))
    made.prepare()
    yield made
    made.database.close()
    migrate.drop(postgres_admin, name)


def test_no_table_is_open_to_another_tenant(intruder: Intruder) -> None:
    assert len(intruder.columns) > 20
    assert {table: found for table in intruder.columns if (found := intruder.verdict(table))} == {}


def test_every_table_in_service_belongs_to_tenants_and_is_closed(intruder: Intruder) -> None:
    with psycopg.connect(intruder.database.admin) as admin:
        found = admin.execute(
            "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class"
            " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        shown = admin.execute(
            "SELECT relname FROM pg_class"
            " WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        granted = admin.execute(
            "SELECT DISTINCT table_name FROM information_schema.role_table_grants WHERE grantee = ANY(%s)",
            ([f"prilavok_{role}" for role in ROLES if role != "owner"],),
        ).fetchall()
    assert {name for name, closed in found if not closed} == CLOSED
    assert not CLOSED & {name for (name,) in granted}
    assert shown == []


def test_functions_with_their_owners_rights_are_known(intruder: Intruder) -> None:
    with psycopg.connect(intruder.database.admin) as admin:
        found = admin.execute(
            "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
        ).fetchall()
    assert {name for (name,) in found} == DEFINERS


def test_taking_any_policy_away_is_seen(intruder: Intruder) -> None:
    with psycopg.connect(intruder.database.admin, autocommit=True) as admin:
        policies = admin.execute(POLICIES).fetchall()
        assert len(policies) > len(intruder.columns)
        for table, policy, command, qual, check in policies:
            named = {"policy": sql.Identifier(policy), "table": sql.Identifier(table)}
            admin.execute(sql.SQL("DROP POLICY {policy} ON {table}").format(**named))
            missed = intruder.wrong(table)
            text = f"CREATE POLICY {{policy}} ON {{table}} FOR {command} USING ({qual})"
            text += f" WITH CHECK ({check})" if check else ""
            admin.execute(sql.SQL(text).format(**named))  # type: ignore[arg-type]
            assert missed, f"{policy} of {table}"


@pytest.mark.parametrize(
    ("weaken", "mend"),
    [
        ("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY", "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
        ("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY", "ALTER TABLE {table} FORCE ROW LEVEL SECURITY"),
        ("CREATE POLICY open ON {table} USING (true)", "DROP POLICY open ON {table}"),
        ("CREATE POLICY open ON {table} FOR INSERT WITH CHECK (true)", "DROP POLICY open ON {table}"),
    ],
)
def test_a_table_that_is_opened_is_seen(intruder: Intruder, weaken: str, mend: str) -> None:
    with psycopg.connect(intruder.database.admin, autocommit=True) as admin:
        for table in intruder.columns:
            admin.execute(sql.SQL(weaken).format(table=sql.Identifier(table)))  # type: ignore[arg-type]
            found = intruder.wrong(table)
            admin.execute(sql.SQL(mend).format(table=sql.Identifier(table)))  # type: ignore[arg-type]
            assert found, f"{table}: {weaken}"
