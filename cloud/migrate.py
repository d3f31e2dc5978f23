"""Makes and changes the database: roles, and the numbered SQL files of `migrations/`.

Each file is applied once, in a transaction of its own with the row that records it, under a lock, in the
order of numbers. A file that was applied must not change: its checksum is kept. There is no way back; a
mistake is mended by a further file.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files

import psycopg
from psycopg import sql

from cloud import embedded
from cloud.postgres import DATABASE, Connection, as_role, url
from cloud.settings import ROLES, Settings
from sync.errors import Corrupt, Refused

FILE = re.compile(r"(\d{4})_[a-z0-9_]+\.sql\Z")
LOCK = 0x5052494C
# Texts compare byte by byte: fast, and the same after an upgrade of the operating system.
DATABASE_OF_OURS = (
    "CREATE DATABASE {} OWNER prilavok_owner TEMPLATE template0 ENCODING 'UTF8'"
    " LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
)
LEDGER = """
CREATE TABLE IF NOT EXISTS migration (
    number int PRIMARY KEY,
    name text NOT NULL,
    digest text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


@dataclass(frozen=True)
class Migration:
    """A numbered file."""

    number: int
    name: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of its text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def known() -> list[Migration]:
    """The files, in order. Corrupt when two have one number."""
    found = []
    for item in files("cloud.migrations").iterdir():
        match = FILE.match(item.name)
        if match:
            found.append(Migration(int(match[1]), item.name, item.read_text(encoding="utf-8")))
    found.sort(key=lambda one: one.name)
    numbers = [one.number for one in found]
    if len(set(numbers)) != len(numbers):
        raise Corrupt("Two migrations have one number.", code="migration.double", hint="Renumber one.")
    return found


def prepare(settings: Settings) -> None:
    """Roles and the database itself, where an administrator's address is known; twice does nothing."""
    if settings.database_admin_url is not None:
        make(settings.database_admin_url.get_secret_value(), DATABASE)
    elif settings.database_url is None and settings.database_owner_url is None:
        make(embedded.admin_url(embedded.start(settings.data_dir / "postgres")), DATABASE)


def make(admin: str, database: str) -> None:
    """The roles of the hub, none with more than rights granted to it, and a database of the owner's."""
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        for role in ROLES:
            _make_role(connection, f"prilavok_{role}")
        name = sql.Identifier(database)
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone():
            connection.execute(sql.SQL(DATABASE_OF_OURS).format(name))
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
            for role in ROLES:
                user = sql.Identifier(f"prilavok_{role}")
                connection.execute(
                    sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(name, user)
                )


def _make_role(connection: Connection, name: str) -> None:
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone():
        rights = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")
        connection.execute(rights.format(sql.Identifier(name)))


def migrate(settings: Settings, *, dry_run: bool = False) -> list[str]:
    """Brings the database up to date; the names of files applied, or with `dry_run` of those that would."""
    if not dry_run:
        prepare(settings)
    return apply(url(settings, "owner"), dry_run=dry_run)


def apply(owner: str, *, dry_run: bool = False) -> list[str]:
    """Applies what is missing as the owner. Refused when an applied file was changed or is not known here."""
    with _locked(owner) as connection:
        due = _due(_applied(connection))
        if dry_run:
            return [one.name for one in due]
        connection.execute(LEDGER)
        for one in due:
            with connection.transaction():
                connection.execute(one.text.encode())
                connection.execute(
                    "INSERT INTO migration (number, name, digest) VALUES (%s, %s, %s)",
                    (one.number, one.name, one.digest),
                )
    return [one.name for one in due]


def pending(owner: str) -> list[str]:
    """What is missing."""
    return apply(owner, dry_run=True)


@contextmanager
def _locked(owner: str) -> Iterator[Connection]:
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        yield connection


def _applied(connection: Connection) -> dict[int, str]:
    there = connection.execute("SELECT to_regclass('public.migration')").fetchone()
    if there is None or there[0] is None:
        return {}
    return dict(connection.execute("SELECT number, digest FROM migration").fetchall())


def _due(applied: dict[int, str]) -> list[Migration]:
    files_here = {one.number: one for one in known()}
    for number, digest in applied.items():
        if number not in files_here:
            raise Refused(
                f"The database has migration {number}, which this program does not know.",
                code="migration.newer",
                hint="A newer hub made it: run that version.",
            )
        if files_here[number].digest != digest:
            raise Refused(
                f"Migration {files_here[number].name} was changed after it was applied.",
                code="migration.changed",
                hint="Put the file back and write a further one instead.",
            )
    return [one for number, one in sorted(files_here.items()) if number not in applied]


def drop(admin: str, database: str) -> None:
    """Drops a database of the hub's, and whoever is in it."""
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
        )


def owner_url(admin: str, database: str) -> str:
    """The owner's address for a database of a server."""
    return as_role(admin, "owner", database)
