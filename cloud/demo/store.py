"""What the demonstration shows of a tenant: one query each, as the role `prilavok_app`."""

from dataclasses import dataclass
from datetime import datetime

from cloud import postgres
from cloud.postgres import Connection, Pool

COUNTS = """
SELECT (SELECT coalesce(sum(upper(r) - lower(r)), 0) FROM outbox, unnest(settled) r),
    (SELECT count(*) FROM chat_turn), (SELECT count(*) FROM feedback), (SELECT count(*) FROM lead),
    (SELECT count(*) FROM health_report), (SELECT count(*) FROM quarantine)
"""
NODES = """
SELECT n.node, n.state, p.online, p.status FROM node n LEFT JOIN node_presence p USING (tenant, node)
ORDER BY 1
"""
NAMES = ("settled", "turns", "feedback", "leads", "health", "quarantine")
TURNS = "SELECT at, node, language, question, found, mode FROM chat_turn ORDER BY at DESC, seq DESC LIMIT %s"


@dataclass(frozen=True)
class NodeSeen:
    """A node, and what it last said of itself."""

    node: str
    state: str
    online: bool
    catalog: int
    waiting: int


@dataclass(frozen=True)
class TurnSeen:
    """A question as it arrived: masked on the node, sealed on its way."""

    at: datetime
    node: str
    language: str
    question: str
    found: str
    mode: str


@dataclass(frozen=True)
class Seen:
    """`settled` numbers of all outboxes; rows by type."""

    settled: int = 0
    turns: int = 0
    feedback: int = 0
    leads: int = 0
    health: int = 0
    quarantine: int = 0
    nodes: tuple[NodeSeen, ...] = ()
    latest: tuple[TurnSeen, ...] = ()


def look(pool: Pool, tenant: str, latest: int = 6) -> Seen:
    """Everything that is shown, as of one moment."""
    with postgres.tenant(pool, tenant) as connection:
        counts = connection.execute(COUNTS).fetchone() or (0,) * 6
        rows = connection.execute(TURNS, (latest,)).fetchall()
        turns = tuple(TurnSeen(*row) for row in reversed(rows))
        numbers = dict(zip(NAMES, map(int, counts), strict=True))
        return Seen(**numbers, nodes=_nodes(connection), latest=turns)


def _nodes(connection: Connection) -> tuple[NodeSeen, ...]:
    found = []
    for node, state, online, status in connection.execute(NODES).fetchall():
        said = status or {}
        waiting = sum(depth.get("records", 0) for depth in (said.get("outbox") or {}).values())
        found.append(NodeSeen(node, state, bool(online), said.get("catalog", 0), waiting))
    return tuple(found)
