"""Rows of erasures, and of all that is held of a session on the hub."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from cloud.postgres import Connection
from cloud.privacy.wire import DeliveredLine, ErasureLine, NodeLine
from sync.seal import code

BY_SESSION = ("chat_turn", "feedback", "receipt", "health_report", "support_part")
BY_KEY = ("session_key", "record_waiting")
# Requests of the session, and the same requests where they came by another way, too.
LEADS = """
SELECT id FROM lead WHERE session = %(session)s UNION SELECT lead FROM lead_case WHERE session = %(session)s
"""
HOLDERS = """
SELECT node FROM session_key WHERE data_key = %(session)s
UNION SELECT node FROM raw_record WHERE data_key = %(session)s
UNION SELECT node FROM record_waiting WHERE data_key = %(session)s
"""
NODES = """
SELECT n.node, CASE WHEN n.state = 'revoked' THEN 'revoked' ELSE coalesce(c.state, 'queued') END,
    coalesce(p.online, false), p.seen_at, c.ended_at, coalesce(c.counts, '{}')
FROM node n LEFT JOIN erasure_node e ON e.tenant = n.tenant AND e.node = n.node AND e.session = %(session)s
LEFT JOIN command c ON c.tenant = e.tenant AND c.id = e.command
LEFT JOIN node_presence p ON p.tenant = n.tenant AND p.node = n.node
WHERE n.node = ANY(%(nodes)s) ORDER BY n.node
"""
LIST = """
SELECT e.session, e.asked_by, e.asked_at,
    (SELECT coalesce(sum(value::bigint), 0) FROM jsonb_each_text(e.counts)), count(n.node),
    count(n.node) FILTER (WHERE c.state IS DISTINCT FROM 'done' AND b.state <> 'revoked')
FROM erasure e LEFT JOIN erasure_node n USING (tenant, session)
LEFT JOIN command c ON c.tenant = n.tenant AND c.id = n.command
LEFT JOIN node b ON b.tenant = n.tenant AND b.node = n.node
WHERE %(below)s::bytea IS NULL OR (e.asked_at, e.session) <
    (SELECT asked_at, session FROM erasure WHERE session = %(below)s)
GROUP BY e.tenant, e.session ORDER BY e.asked_at DESC, e.session DESC LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Erasure:
    """A session that is erased."""

    session: bytes
    asked_by: str
    asked_at: datetime
    last_at: datetime
    times: int
    counts: dict[str, int]
    delivered: tuple[DeliveredLine, ...]


def begin(connection: Connection, session: bytes, by: str, now: datetime) -> None:
    """The session's row, this transaction's alone until it ends; counted when it was there."""
    connection.execute(
        "INSERT INTO erasure (tenant, session, asked_by, asked_at, last_at)"
        " VALUES (prilavok_tenant(), %(session)s, %(by)s, %(now)s, %(now)s) ON CONFLICT (tenant, session)"
        " DO UPDATE SET times = erasure.times + 1, last_at = excluded.last_at",
        {"session": session, "by": by, "now": now},
    )


def erasure(connection: Connection, session: bytes) -> Erasure | None:
    """What was done."""
    row = connection.execute(
        "SELECT session, asked_by, asked_at, last_at, times, counts, delivered FROM erasure"
        " WHERE session = %s",
        (session,),
    ).fetchone()
    if row is None:
        return None
    delivered = tuple(DeliveredLine(**each) for each in row[6])
    return Erasure(bytes(row[0]), row[1], row[2], row[3], row[4], row[5], delivered)


def note(
    connection: Connection, session: bytes, counts: dict[str, int], delivered: tuple[DeliveredLine, ...]
) -> None:
    """All that went so far."""
    taken = [{"lead": each.lead, "channel": each.channel} for each in delivered]
    connection.execute(
        "UPDATE erasure SET counts = %s, delivered = %s WHERE session = %s",
        (Jsonb(counts), Jsonb(taken), session),
    )


def erasures(connection: Connection, below: bytes | None, limit: int) -> list[ErasureLine]:
    """The newest first."""
    rows = connection.execute(LIST, {"below": below, "limit": limit})
    names = ("asked_by", "asked_at", "rows", "nodes", "open_nodes")
    return [
        ErasureLine(session=code(bytes(row[0])), **dict(zip(names, row[1:], strict=True))) for row in rows
    ]


def held(connection: Connection, session: bytes) -> dict[str, int]:
    """How many rows there are of it, by table."""
    found = {}
    for table in BY_KEY:
        found[table] = _count(connection, f"{table} WHERE data_key = %(session)s", session)
    for table in BY_SESSION:
        found[table] = _count(connection, f"{table} WHERE session = %(session)s", session)
    found["lead"] = _count(connection, f"lead WHERE id IN ({LEADS})", session)
    return {name: count for name, count in found.items() if count}


def forget(connection: Connection, session: bytes) -> dict[str, int]:
    """Destroys the session's key, every row that was made of it, and every request that it made.

    The key goes first; from then on nothing that is stored can be opened, and a key that comes again is not
    stored.
    """
    given = {"session": session}
    ids = [row[0] for row in connection.execute(LEADS, given)]
    rows = connection.execute("SELECT what, rows FROM prilavok_forget_session(%(session)s)", given)
    found = {str(what): int(count) for what, count in rows}
    frames = connection.execute("SELECT prilavok_forget_frames(%(session)s)", given).fetchone()
    found["frame"] = int(frames[0]) if frames else 0
    found["lead"] += connection.execute("DELETE FROM lead WHERE id = ANY(%s)", (ids,)).rowcount
    found["lead_case"] = connection.execute("DELETE FROM lead_case WHERE lead = ANY(%s)", (ids,)).rowcount
    return {name: count for name, count in found.items() if count}


def delivered(connection: Connection, session: bytes) -> tuple[DeliveredLine, ...]:
    """Requests of it that a channel has taken."""
    rows = connection.execute(
        f"SELECT lead, channel FROM lead_delivery WHERE state = 'delivered' AND lead IN ({LEADS})"  # noqa: S608
        " ORDER BY lead, channel",
        {"session": session},
    )
    return tuple(DeliveredLine(lead=row[0], channel=row[1]) for row in rows)


def holders(connection: Connection, session: bytes) -> set[str]:
    """Nodes from which something of it came."""
    return {row[0] for row in connection.execute(HOLDERS, {"session": session})}


def everybody(connection: Connection) -> set[str]:
    """Nodes that have been in service."""
    rows = connection.execute("SELECT node FROM node WHERE state IN ('accepted', 'quarantined', 'revoked')")
    return {row[0] for row in rows}


def told(connection: Connection, session: bytes) -> set[str]:
    """Nodes that the erasure knows of."""
    rows = connection.execute("SELECT node FROM erasure_node WHERE session = %s", (session,))
    return {row[0] for row in rows}


def add_nodes(connection: Connection, session: bytes, nodes: set[str]) -> None:
    """Nodes that are to be told."""
    connection.execute(
        "INSERT INTO erasure_node (tenant, session, node) SELECT prilavok_tenant(), %s, unnest(%s::text[])"
        " ON CONFLICT DO NOTHING",
        (session, sorted(nodes)),
    )


def set_command(connection: Connection, session: bytes, node: str, command: str) -> None:
    """By what a node is told."""
    connection.execute(
        "UPDATE erasure_node SET command = %s WHERE session = %s AND node = %s", (command, session, node)
    )


def nodes(connection: Connection, session: bytes, named: set[str]) -> tuple[NodeLine, ...]:
    """How far those nodes are with it."""
    rows = connection.execute(NODES, {"session": session, "nodes": sorted(named)})
    return tuple(_node(row) for row in rows)


def _node(row: tuple[Any, ...]) -> NodeLine:
    return NodeLine(node=row[0], state=row[1], online=row[2], seen_at=row[3], ended_at=row[4], counts=row[5])


def _count(connection: Connection, what: str, session: bytes) -> int:
    query = f"SELECT count(*) FROM {what}"  # noqa: S608 (names are ours)
    row = connection.execute(query.encode(), {"session": session}).fetchone()
    return int(row[0]) if row else 0
