"""A database of the hub's for one test: copied from a template, entered by role."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from cloud import postgres
from cloud.postgres import Pool
from cloud.settings import ROLES, Role


@dataclass
class Database:
    """`admin` is the address of one who may do everything, in this database."""

    admin: str
    name: str
    pools: list[tuple[tuple[Role, int], Pool]] = field(default_factory=list)

    @classmethod
    def copy(cls, server: str, template: str, name: str) -> "Database":
        """A copy of a template. Its rights for roles come with the database's owner."""
        with psycopg.connect(server, autocommit=True) as connection:
            made = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER prilavok_owner")
            connection.execute(made.format(sql.Identifier(name), sql.Identifier(template)))
            for role in ROLES:
                grant = sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}")
                connection.execute(grant.format(sql.Identifier(name), sql.Identifier(f"prilavok_{role}")))
        return cls(make_conninfo(server, dbname=name), name)

    def url(self, role: Role) -> str:
        """The address for a role."""
        return postgres.as_role(self.admin, role)

    def pool(self, role: Role, connections: int = 2) -> Pool:
        """A pool for a role, closed with the database."""
        for known, made in self.pools:
            if known == (role, connections):
                return made
        made = postgres.pool(self.url(role), connections)
        self.pools.append(((role, connections), made))
        return made

    def market(self, tenant: str, market: str, *nodes: str) -> None:
        """A tenant with a market, and nodes that are pending."""
        with postgres.tenant(self.pool("app"), tenant) as connection:
            connection.execute("INSERT INTO tenant (tenant) VALUES (%s) ON CONFLICT DO NOTHING", (tenant,))
            connection.execute("INSERT INTO market (tenant, market) VALUES (%s, %s)", (tenant, market))
            for node in nodes:
                row = (tenant, node, market)
                connection.execute("INSERT INTO node (tenant, node, market) VALUES (%s, %s, %s)", row)

    @contextmanager
    def superuser(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """One who may do everything, for what only a backup or a thief does."""
        with psycopg.connect(self.admin) as connection:
            yield connection

    def close(self) -> None:
        """Ends the pools."""
        for _, pool in self.pools:
            pool.close()
