"""A market on the hub, as these tests need it: lines to import, and what became of them."""

import io
import json
from datetime import UTC, datetime

from cloud import postgres
from cloud.catalog import state, taxonomy
from cloud.catalog.draft import service as draft
from cloud.catalog.draft.service import Rules, Source, UndoneError
from cloud.catalog.state import Author
from cloud.catalog.version import service as version
from cloud.catalog.version.service import Wish
from cloud.catalog.version.store import Version
from cloud.postgres import Pool
from sync.interchange.entry import Report

TENANT, MARKET = "north", "city"


def author(name: str = "ann") -> Author:
    return Author(name, datetime.now(UTC))


def provider(id: str, **change: object) -> dict[str, object]:
    """A document of one."""
    return {"id": id, "categories": ["craft/plumber"], "name": f"Name of {id}", **change}


def lines(*documents: dict[str, object]) -> bytes:
    """JSON Lines."""
    return b"".join(json.dumps(document, ensure_ascii=False).encode() + b"\n" for document in documents)


def take(pool: Pool, data: bytes, rules: Rules = Rules(), market: str = MARKET, **source: object) -> Report:
    """Imports bytes into the draft, in a transaction of its own."""
    given = Source(io.BytesIO(data), **{"form": "jsonl", **source})  # type: ignore[arg-type]
    try:
        with postgres.tenant(pool, TENANT) as connection:
            catalog = state.locked(connection, market)
            return draft.take(connection, catalog, taxonomy.load(), given, rules, author())
    except UndoneError as undone:
        return undone.report


def publish(pool: Pool, market: str = MARKET, *, confirmed: bool = False) -> Version:
    """Publishes the draft."""
    with postgres.tenant(pool, TENANT) as connection:
        wish = Wish(author(), confirmed=confirmed)
        return version.publish(connection, state.locked(connection, market), wish)


def roll_back(pool: Pool, source: int, *, confirmed: bool = False) -> Version:
    """Goes back to a version."""
    with postgres.tenant(pool, TENANT) as connection:
        wish = Wish(author(), confirmed=confirmed)
        return version.roll_back(connection, state.locked(connection, MARKET), source, wish)


def drafted(pool: Pool) -> dict[str, bytes]:
    """The draft's lines by id."""
    with postgres.tenant(pool, TENANT) as connection:
        found = draft.store.page(connection, MARKET, "", 1_000)
    return {json.loads(line)["id"]: line for line in found}


def published(pool: Pool, number: int) -> list[bytes]:
    """A version's lines."""
    with postgres.tenant(pool, TENANT) as connection:
        return version.store.page(connection, MARKET, number, "", 1_000)
