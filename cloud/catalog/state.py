"""A market's catalogue as the hub has it: which version is published, under which lock it is changed.

Rows of the table `catalog`. A market has one as soon as somebody asks for it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cloud.postgres import Connection
from sync.content import canonical
from sync.errors import Missing

COLUMNS = "market, version, content, document, draft_document, draft_revision, serial"


@dataclass(frozen=True)
class Catalog:
    """`version` 0: nothing was published. Documents are canonical JSON of the market."""

    market: str
    version: int
    content: str | None
    document: bytes
    draft_document: bytes | None
    draft_revision: int
    serial: int


@dataclass(frozen=True)
class Author:
    """Who changes something, and when."""

    name: str
    now: datetime


def locked(connection: Connection, market: str) -> Catalog:
    """The catalogue, for the one who changes it, until the transaction ends. Missing without a market."""
    if connection.execute("SELECT FROM market WHERE market = %s", (market,)).fetchone() is None:
        raise unknown(market)
    bare = canonical({"id": market}).decode()
    connection.execute(
        "INSERT INTO catalog (tenant, market, document) VALUES (prilavok_tenant(), %s, %s)"
        " ON CONFLICT DO NOTHING",
        (market, bare),
    )
    row = connection.execute(
        f"SELECT {COLUMNS} FROM catalog WHERE market = %s FOR UPDATE",  # noqa: S608 (names are ours)
        (market,),
    ).fetchone()
    return _catalog(row or ())


def read(connection: Connection, market: str) -> Catalog:
    """The catalogue, for reading; a bare one where nothing was ever imported. Missing without a market."""
    row = connection.execute(
        f"SELECT {COLUMNS} FROM catalog WHERE market = %s",  # noqa: S608 (names are ours)
        (market,),
    ).fetchone()
    if row is not None:
        return _catalog(row)
    if connection.execute("SELECT FROM market WHERE market = %s", (market,)).fetchone() is None:
        raise unknown(market)
    return Catalog(market, 0, None, canonical({"id": market}), None, 0, 0)


def unknown(market: str) -> Missing:
    """There is no such market."""
    return Missing(
        f"There is no market {market}.",
        code="market.unknown",
        hint="`prilavok market list` has them; `prilavok market add` makes one.",
    )


def _catalog(row: tuple[Any, ...]) -> Catalog:
    draft = row[4].encode() if row[4] is not None else None
    return Catalog(row[0], row[1], row[2], row[3].encode(), draft, row[5], row[6])
