"""Rows of tenants and markets."""

from typing import Any

from cloud import postgres
from cloud.fleet.place.wire import MarketLine, TenantLine
from cloud.postgres import Connection, Pool

TENANT = "tenant, title, revision, created_at"
MARKET = (
    "m.market, m.title, m.revision, m.created_at,"
    " (SELECT count(*) FROM node n WHERE n.tenant = m.tenant AND n.market = m.market)"
)


def tenants(pool: Pool, after: str, limit: int) -> list[TenantLine]:
    """Every tenant, by name: for the hub's admins."""
    query = f"SELECT {TENANT} FROM tenant WHERE tenant > %s ORDER BY tenant LIMIT %s"  # noqa: S608
    with postgres.directory(pool) as connection:
        return [_tenant(row) for row in connection.execute(query, (after, limit))]


def tenant(connection: Connection, *, lock: bool = False) -> TenantLine | None:
    """The transaction's own."""
    query = f"SELECT {TENANT} FROM tenant WHERE tenant = prilavok_tenant()"  # noqa: S608
    row = connection.execute(query + (" FOR UPDATE" if lock else "")).fetchone()
    return None if row is None else _tenant(row)


def add_tenant(connection: Connection, title: str) -> bool:
    """Whether it is new."""
    done = connection.execute(
        "INSERT INTO tenant (tenant, title) VALUES (prilavok_tenant(), %s) ON CONFLICT DO NOTHING", (title,)
    )
    return done.rowcount == 1


def name_tenant(connection: Connection, title: str) -> None:
    """Another title."""
    connection.execute(
        "UPDATE tenant SET title = %s, revision = revision + 1 WHERE tenant = prilavok_tenant()", (title,)
    )


def markets(connection: Connection, after: str, limit: int) -> list[MarketLine]:
    """By name."""
    query = f"SELECT {MARKET} FROM market m WHERE m.market > %s ORDER BY m.market LIMIT %s"  # noqa: S608
    return [_market(row) for row in connection.execute(query, (after, limit))]


def market(connection: Connection, name: str) -> MarketLine | None:
    """One of them."""
    query = f"SELECT {MARKET} FROM market m WHERE m.market = %s"  # noqa: S608
    row = connection.execute(query, (name,)).fetchone()
    return None if row is None else _market(row)


def lock_market(connection: Connection, name: str) -> None:
    """Until the transaction ends."""
    connection.execute("SELECT FROM market WHERE market = %s FOR UPDATE", (name,))


def add_market(connection: Connection, name: str, title: str) -> bool:
    """Whether it is new."""
    done = connection.execute(
        "INSERT INTO market (tenant, market, title) VALUES (prilavok_tenant(), %s, %s)"
        " ON CONFLICT DO NOTHING",
        (name, title),
    )
    return done.rowcount == 1


def name_market(connection: Connection, name: str, title: str) -> None:
    """Another title."""
    connection.execute(
        "UPDATE market SET title = %s, revision = revision + 1 WHERE market = %s", (title, name)
    )


def _tenant(row: tuple[Any, ...]) -> TenantLine:
    return TenantLine(tenant=row[0], title=row[1], revision=row[2], created_at=row[3])


def _market(row: tuple[Any, ...]) -> MarketLine:
    return MarketLine(
        market=row[0],
        title=row[1],
        revision=row[2],
        created_at=row[3],
        nodes=row[4],
    )
