"""What ingest knows of nodes, in SQL: states and keys, boots, clocks, presence; what it tells operators.

Every function works in the caller's transaction, whose tenant is set.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cloud.postgres import Connection
from sync.clock import Anchor
from sync.document import decode, encode
from sync.errors import Refused
from sync.twin import Boots


@dataclass(frozen=True)
class Node:
    """What ingest needs of a node."""

    state: str
    sign_key: bytes | None


def unusable(name: str, state: str) -> Refused:
    """A node that nothing is taken from."""
    return Refused(
        f"Node {name} is {state}.",
        code=f"node.{state}",
        hint="Its records wait on the node until it is accepted.",
    )


@dataclass(frozen=True)
class Event:
    """What an operator should know."""

    node: str
    kind: str
    detail: Mapping[str, object]


def nodes(connection: Connection, names: Collection[str]) -> dict[str, Node]:
    """The tenant's nodes of these names."""
    rows = connection.execute(
        "SELECT node, state, sign_key FROM node WHERE node = ANY(%s)", (sorted(names),)
    ).fetchall()
    return {name: Node(state, key) for name, state, key in rows}


def boots(connection: Connection, names: Collection[str]) -> dict[str, Boots]:
    """What is known of nodes' boots, held until the transaction ends."""
    rows = connection.execute(
        "SELECT node, boots FROM node_boots WHERE node = ANY(%s) ORDER BY node FOR UPDATE", (sorted(names),)
    ).fetchall()
    return {node: decode(data, Boots) for node, data in rows}


def save_boots(connection: Connection, tenant: str, known: Mapping[str, Boots]) -> None:
    """Writes boots down."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO node_boots (tenant, node, boots) VALUES (%s, %s, %s)"
            " ON CONFLICT (tenant, node) DO UPDATE SET boots = excluded.boots",
            [(tenant, node, encode(each)) for node, each in sorted(known.items())],
        )


def anchor(connection: Connection, tenant: str, found: Mapping[tuple[str, str], Anchor]) -> None:
    """Keeps the better of what is known and what is found, by node and boot (sync.clock.better)."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO boot_anchor AS old (tenant, node, boot, mono_ms, at_ms) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (tenant, node, boot) DO UPDATE SET mono_ms = excluded.mono_ms,"
            " at_ms = excluded.at_ms WHERE excluded.at_ms - excluded.mono_ms < old.at_ms - old.mono_ms",
            [(tenant, node, boot, each.mono_ms, each.at_ms) for (node, boot), each in sorted(found.items())],
        )


def suspend(connection: Connection, node: str, reason: str, at: datetime) -> None:
    """Puts an accepted node into quarantine, until an operator decides."""
    connection.execute(
        "UPDATE node SET state = 'quarantined', state_reason = %s, state_at = %s"
        " WHERE node = %s AND state = 'accepted'",
        (reason, at, node),
    )


def refuse(connection: Connection, tenant: str, counted: Mapping[tuple[str, str], int], at: datetime) -> None:
    """Counts messages that were not taken, by node and code; nothing of a tenant that is not known."""
    known = nodes(connection, {node for node, _ in counted})
    rows: dict[tuple[str, str], int] = {}
    for (node, code), count in counted.items():
        row = (node if node in known else "", code)
        rows[row] = rows.get(row, 0) + count
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO ingest_refusal AS old (tenant, node, code, count, first_at, last_at)"
            " SELECT tenant, %s, %s, %s, %s, %s FROM tenant WHERE tenant = prilavok_tenant()"
            " ON CONFLICT (tenant, node, code) DO UPDATE SET count = old.count + excluded.count,"
            " last_at = excluded.last_at",
            [(node, code, count, at, at) for (node, code), count in sorted(rows.items())],
        )


def tell(connection: Connection, tenant: str, events: Iterable[Event], at: datetime) -> None:
    """Notes events for the operator."""
    rows = [(tenant, at, each.node, each.kind, json.dumps(dict(each.detail))) for each in events]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO ingest_event (tenant, at, node, kind, detail) VALUES (%s, %s, %s, %s, %s)", rows
        )


def present(
    connection: Connection,
    tenant: str,
    node: str,
    said: Mapping[str, object],
    at: datetime,
    *,
    retained: bool,
) -> None:
    """Keeps a node's status. One that the broker had kept says nothing of when the node was last heard."""
    connection.execute(
        "INSERT INTO node_presence AS old (tenant, node, online, seen_at, status) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (tenant, node) DO UPDATE SET online = excluded.online, seen_at = excluded.seen_at,"
        " status = excluded.status WHERE NOT %s OR old.status <> excluded.status",
        (tenant, node, bool(said["online"]), at, json.dumps(dict(said)), retained),
    )


def moment(ms: int) -> datetime:
    """A time in milliseconds as the database has it."""
    return datetime.fromtimestamp(ms / 1000, UTC)
