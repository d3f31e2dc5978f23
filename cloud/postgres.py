"""Connections to PostgreSQL: a pool for each role, and transactions that belong to one tenant.

Nobody in service is the owner or a superuser, so row-level security holds for each of them. SQL that means
something is in the `store.py` of each feature; making the database is in `migrate.py`.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

from cloud import embedded
from cloud.settings import Role, Settings
from sync.errors import Refused, Unavailable

DATABASE = "prilavok"
HEAR_S = 0.5
Connection = psycopg.Connection[tuple[Any, ...]]
Pool = ConnectionPool[Connection]
AWAY = (PoolTimeout, psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError)
"""What is raised when the database is away, full, overloaded or a mere standby: it may work later."""


def url(settings: Settings, role: Role) -> str:
    """The database's address for a role. Starts the embedded server where there is no other."""
    own = settings.role_url(role)
    if own is not None:
        return own
    if settings.database_url is not None:
        return as_role(settings.database_url.get_secret_value(), role)
    server = embedded.start(settings.data_dir / "postgres")
    return as_role(embedded.admin_url(server), role, DATABASE)


def as_role(base: str, role: Role, database: str | None = None) -> str:
    """The same server with a role's user name; another database where one is named."""
    parts = conninfo_to_dict(base) | {"user": f"prilavok_{role}"}
    return make_conninfo("", **(parts | ({"dbname": database} if database else {})))


def open_pool(settings: Settings, role: Role) -> Pool:
    """A pool of connections as a role; opens in the background. Close it, or use it as a context."""
    return pool(url(settings, role), settings.database_connections, settings.database_wait_s)


def pool(address: str, connections: int = 4, wait_s: float = 10) -> Pool:
    """A pool over an address; `wait_s` is how long one waits for a connection."""
    return ConnectionPool(
        address,
        connection_class=psycopg.Connection[tuple[Any, ...]],
        min_size=1,
        max_size=connections,
        timeout=wait_s,
        reconnect_timeout=wait_s,
        check=ConnectionPool.check_connection,
        open=True,
    )


@contextmanager
def tenant(pool: Pool, name: str) -> Iterator[Connection]:
    """One transaction that sees and writes that tenant's rows only. Unavailable when the database is."""
    with transaction(pool) as connection:
        become(connection, name)
        yield connection


@contextmanager
def directory(pool: Pool) -> Iterator[Connection]:
    """One transaction that may read the table `tenant` whole, and no other table's rows."""
    with transaction(pool) as connection:
        connection.execute("SELECT set_config('prilavok.directory', 'on', true)")
        yield connection


@contextmanager
def alone(pool: Pool, lock: int, channel: str) -> Iterator[Callable[[float], list[str]] | None]:
    """For a process of which one is to run: None while another one has the lock.

    Else a function that waits, at most so many seconds, and gives what was notified on the channel. The lock
    is given up with the connection.
    """
    try:
        with pool.connection() as connection:
            connection.autocommit = True
            row = connection.execute("SELECT pg_try_advisory_lock(%s)", (lock,)).fetchone()
            if row is None or not row[0]:
                yield None
                return
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
            try:
                yield lambda wait_s: [
                    each.payload for each in connection.notifies(timeout=wait_s, stop_after=1)
                ]
            finally:
                connection.close()
    except AWAY as error:
        raise unavailable(error) from error


def become(connection: Connection, name: str) -> None:
    """Sets the tenant for the rest of the transaction; one after another may be set."""
    connection.execute("SELECT set_config('prilavok.tenant', %s, true)", (name,))


@contextmanager
def transaction(pool: Pool) -> Iterator[Connection]:
    """One transaction of no tenant yet (`become`). Unavailable when the database is."""
    try:
        with pool.connection() as connection, connection.transaction():
            yield connection
    except AWAY as error:
        raise unavailable(error) from error
    except psycopg.DataError as error:
        raise Refused(
            f"A value cannot be kept: {str(error).splitlines()[0]}.",
            code="value.invalid",
            hint="Text has no NUL, and numbers are within bounds.",
        ) from error


class Listener:
    """A connection of its own that hears what others notify on a channel. Unavailable: begin anew."""

    def __init__(self, address: str, channel: str) -> None:
        try:
            self._connection = psycopg.connect(address, autocommit=True)
            self._connection.execute(f"LISTEN {channel}".encode())
        except AWAY as error:
            raise unavailable(error) from error

    def until(self, timeout_s: float, stop: threading.Event, heard: Callable[[str], object]) -> None:
        """Calls `heard` with what was told, each once, for so long or until told to stop."""
        end = monotonic() + timeout_s
        while not stop.is_set() and monotonic() < end:
            try:
                told = {each.payload for each in self._connection.notifies(timeout=HEAR_S, stop_after=1)}
                told |= {each.payload for each in self._connection.notifies(timeout=0)}
            except AWAY as error:
                raise unavailable(error) from error
            for each in sorted(told):
                heard(each)

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def unavailable(error: Exception) -> Unavailable:
    """The database is away."""
    return Unavailable(
        f"The database does not answer ({type(error).__name__}).",
        code="database.unavailable",
        hint="`prilavok hub doctor` says more.",
        retry_after_s=5,
    )
