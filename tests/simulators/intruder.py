"""A tenant that tries every table of another's, as every role of the hub, by every means SQL has.

Works in a copy of the database whose other constraints are gone, so that a row can be put into any table
without knowing what it is for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg
from psycopg import sql
from psycopg.errors import FeatureNotSupported, InsufficientPrivilege, UniqueViolation, WrongObjectType

from cloud.postgres import Connection, Pool, become, transaction
from cloud.settings import ROLES
from sync.errors import PrilavokError
from tests.simulators.hub_database import Database

VICTIM, INTRUDER = "north", "south"
TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant'
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped ORDER BY 1
"""
COLUMNS = """
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = '' AND attgenerated = ''
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname FROM pg_constraint
WHERE contype IN ('f', 'c') AND connamespace = 'public'::regnamespace AND conislocal
ORDER BY contype DESC
"""
VALUES = {"boolean": "true", "jsonb": "{}", "bytea": "\\x00", "text": "x", "double precision": "1"}


@dataclass
class Intruder:
    """`verdict` lists what an intruder could do to a table; empty is as it should be."""

    database: Database
    columns: dict[str, dict[str, str]] = field(default_factory=dict)

    def prepare(self) -> None:
        """Takes checks and references away, and puts a row of the victim's into every table."""
        with psycopg.connect(self.database.admin, autocommit=True) as admin:
            admin.execute("SELECT prilavok_raw_month(now())")
            for table, name in admin.execute(CONSTRAINTS).fetchall():
                gone = sql.SQL("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {} CASCADE")
                admin.execute(gone.format(sql.SQL(table), sql.Identifier(name)))
            admin.execute("SET session_replication_role = replica")
            for (table,) in admin.execute(TABLES).fetchall():
                self.columns[table] = dict(admin.execute(COLUMNS, (table,)).fetchall())
                if not admin.execute(_count(table)).fetchone()[0]:  # type: ignore[index]
                    admin.execute(self._insert(table, VICTIM))

    def _insert(self, table: str, tenant: str) -> sql.Composed:
        values = {name: sql.Literal(_value(kind)) for name, kind in self.columns[table].items()}
        values["tenant"] = sql.Literal(tenant)
        return sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(values.values()),
        )

    def verdict(self, table: str) -> list[str]:
        """What is wrong with a table's rows being closed to others and open to their own tenant."""
        return [*self._locked_out(table), *self._broken_into(table)]

    def wrong(self, table: str) -> bool:
        """Whether anything is; looks no further than the first thing."""
        return any(self._locked_out(table)) or any(self._broken_into(table))

    def _broken_into(self, table: str) -> Iterator[str]:
        for role in ROLES:
            pool = self.database.pool(role, 1)
            with transaction(pool) as connection:
                become(connection, VICTIM)  # the connection served the victim before
            for tenant in (INTRUDER, ""):
                for what, statement in self._attacks(table):
                    if self._succeeds(pool, tenant, statement):
                        yield f"{role} as {tenant or 'nobody'} can {what} {table}"

    def _attacks(self, table: str) -> Iterator[tuple[str, sql.Composed]]:
        name = sql.Identifier(table)
        yield (
            "count",
            sql.SQL("SELECT 1 FROM {} WHERE (SELECT count(*) FROM {}) > 0 LIMIT 1").format(name, name),
        )
        for column in self.columns[table]:
            yield f"read {column} of", sql.SQL("SELECT {} FROM {}").format(sql.Identifier(column), name)
        for column in self.columns[table]:
            change = sql.SQL("UPDATE {} SET {} = {}")
            yield f"change {column} of", change.format(name, sql.Identifier(column), sql.Identifier(column))
        yield "delete from", sql.SQL("DELETE FROM {}").format(name)
        yield "insert into", self._insert(table, VICTIM)
        yield "copy", sql.SQL("COPY {} TO STDOUT").format(name)
        yield "copy a query of", sql.SQL("COPY (SELECT * FROM {}) TO STDOUT").format(name)
        yield (
            "copy into",
            sql.SQL("COPY {} ({}) FROM STDIN").format(
                name, sql.SQL(", ").join(map(sql.Identifier, self.columns[table]))
            ),
        )

    def _succeeds(self, pool: Pool, tenant: str, statement: sql.Composed) -> bool:
        """Whether it touched or showed a row, whatever became of it: it is rolled back."""
        try:
            with transaction(pool) as connection:
                become(connection, tenant)
                touched = _run(connection, statement)
                raise _RolledBack(touched)
        except _RolledBack as end:
            return end.touched
        except (InsufficientPrivilege, FeatureNotSupported, WrongObjectType):
            return False
        except (UniqueViolation, PrilavokError):
            return True  # it got past the policy

    def _locked_out(self, table: str) -> Iterator[str]:
        with transaction(self.database.pool("owner", 1)) as connection:
            become(connection, VICTIM)
            if not connection.execute(_count(table)).fetchone()[0]:  # type: ignore[index]
                yield f"{VICTIM} does not see its own rows of {table}"
        if table == "tenant":
            with transaction(self.database.pool("app", 1)) as connection:
                connection.execute("SELECT set_config('prilavok.directory', 'on', true)")
                if not connection.execute("SELECT tenant FROM tenant").fetchall():
                    yield "the directory does not list tenants"


class _RolledBack(Exception):
    def __init__(self, touched: bool) -> None:
        super().__init__()
        self.touched = touched


def _run(connection: Connection, statement: sql.Composed) -> bool:
    text = statement.as_string(connection)
    if not text.startswith("COPY"):
        return connection.execute(statement).rowcount > 0
    with connection.cursor().copy(statement) as copy:
        if " TO STDOUT" in text:
            return any(bytes(part) for part in copy)
    return True


def _count(table: str) -> sql.Composed:
    return sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))


def _value(kind: str) -> str:
    if kind.endswith(("[]", "multirange")):
        return "{}"
    if kind.startswith(("timestamp", "date")):
        return "2026-11-27T00:00:00Z"
    return VALUES.get(kind, "1")
