"""Rows of rollouts and of the nodes that they reached."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec
from psycopg.types.json import Jsonb

from cloud.fleet.rollout.decision import Outcome, Progress
from cloud.fleet.rollout.wire import Change, NewPlan, NewRollout, RolloutLine, RolloutNode
from cloud.postgres import Connection
from sync.record import Scalar

TARGETS = (
    "FROM node n WHERE n.state = 'accepted' AND (r.market IS NULL OR n.market = r.market)"
    " AND (r.tag IS NULL OR r.tag = ANY (n.tags))"
)
LINE = (
    "SELECT r.id, r.title, r.market, r.tag, r.change, r.plan, r.state, r.stage, r.reason,"  # noqa: S608
    f" (SELECT count(*) {TARGETS}),"
    " (SELECT array[count(*) FILTER (WHERE outcome = 'waiting'), count(*) FILTER (WHERE outcome = 'good'),"
    "  count(*) FILTER (WHERE outcome = 'failed'), count(*) FILTER (WHERE outcome = 'silent')]"
    "  FROM rollout_node m WHERE m.rollout = r.id),"
    " r.revision, r.created_at, r.created_by, r.changed_at FROM rollout r"
)


@dataclass(frozen=True)
class Member:
    """A node that was sent it, and what is known of it since. Times are moments, None: never."""

    node: str
    sent_at: datetime
    outcome: Outcome
    since: datetime
    answered: Literal["done", "failed", "refused", "expired"] | None
    answered_at: datetime | None
    failing_since: datetime | None
    dark_since: datetime | None


@dataclass(frozen=True)
class Health:
    """How a node is before it is sent anything."""

    failing: bool
    online: bool


def add(connection: Connection, id: str, wanted: NewRollout, now: datetime, by: str) -> None:
    """A new one, running."""
    connection.execute(
        "INSERT INTO rollout"
        " (tenant, id, title, market, tag, change, plan, created_at, created_by, changed_at)"
        " VALUES (prilavok_tenant(), %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            id,
            wanted.title,
            wanted.market,
            wanted.tag,
            Jsonb(msgspec.to_builtins(wanted.change)),
            Jsonb(msgspec.to_builtins(wanted.plan)),
            now,
            by,
            now,
        ),
    )


def rollout(connection: Connection, id: str, *, lock: bool = False) -> RolloutLine | None:
    """One of them; `lock`: until the transaction ends."""
    query = f"{LINE} WHERE r.id = %s" + (" FOR UPDATE OF r" if lock else "")
    row = connection.execute(query.encode(), (id,)).fetchone()
    return None if row is None else _line(row)


def rollouts(connection: Connection) -> list[RolloutLine]:
    """The latest hundred."""
    return [_line(row) for row in connection.execute(f"{LINE} ORDER BY r.created_at DESC LIMIT 100".encode())]


def running(connection: Connection) -> list[str]:
    """Which of them go on."""
    found = connection.execute("SELECT id FROM rollout WHERE state = 'running' ORDER BY created_at")
    return [row[0] for row in found]


def progress(connection: Connection, id: str, how: Progress, now: datetime) -> None:
    """How far it is from now on."""
    connection.execute(
        "UPDATE rollout SET state = %s, stage = %s, reason = %s, changed_at = %s, revision = revision + 1"
        " WHERE id = %s",
        (how.state, how.stage, how.reason, now, id),
    )


def targets(connection: Connection, id: str) -> list[str]:
    """Whom it is for, now: nodes that are in."""
    query = f"SELECT n.node {TARGETS}".replace("FROM node n", "FROM rollout r, node n")
    return [row[0] for row in connection.execute(f"{query} AND r.id = %s".encode(), (id,))]


def health(connection: Connection, node: str) -> Health:
    """As its last report and its presence say."""
    row = connection.execute(
        "SELECT (SELECT state = 'failing' FROM health_report h WHERE h.node = %(node)s"
        "  ORDER BY at DESC LIMIT 1),"
        " (SELECT online FROM node_presence p WHERE p.node = %(node)s)",
        {"node": node},
    ).fetchone()
    return Health(bool(row and row[0]), bool(row and row[1]))


def reach(
    connection: Connection,
    id: str,
    node: str,
    command: str,
    before: dict[str, Scalar],
    health: Health,
    now: datetime,
) -> None:
    """A node was sent it."""
    connection.execute(
        "INSERT INTO rollout_node"
        " (tenant, rollout, node, command, sent_at, before, was_failing, was_online, since)"
        " VALUES (prilavok_tenant(), %s, %s, %s, %s, %s, %s, %s, %s)",
        (id, node, command, now, Jsonb(before), health.failing, health.online, now),
    )


def members(connection: Connection, id: str) -> list[Member]:
    """Every node that was sent it. One that failed or was away before is not blamed on it.

    Where a newer command of the kind took the place of the rollout's, that one's answer counts.
    """
    found = connection.execute(
        "SELECT m.node, m.sent_at, m.outcome, m.since,"
        " CASE WHEN c.state IN ('done', 'failed', 'refused', 'expired') THEN c.state END, c.ended_at,"
        " CASE WHEN NOT m.was_failing THEN (SELECT min(h.at) FROM health_report h"
        "  WHERE h.node = m.node AND h.state = 'failing' AND h.at > m.sent_at) END,"
        " CASE WHEN m.was_online AND NOT p.online AND p.seen_at > m.sent_at THEN p.seen_at END"
        " FROM rollout_node m CROSS JOIN LATERAL (SELECT newer.state, newer.ended_at FROM command mine"
        "  JOIN command newer USING (tenant, node, kind) WHERE mine.id = m.command AND (newer.id = mine.id"
        "   OR mine.state = 'superseded' AND newer.issued_at >= mine.issued_at"
        "    AND newer.state <> 'superseded')"
        "  ORDER BY newer.issued_at DESC LIMIT 1) c"
        " LEFT JOIN node_presence p ON p.tenant = m.tenant AND p.node = m.node WHERE m.rollout = %s",
        (id,),
    )
    return [Member(*row) for row in found]


def note(connection: Connection, id: str, node: str, outcome: Outcome, since: datetime) -> None:
    """How a node took it."""
    connection.execute(
        "UPDATE rollout_node SET outcome = %s, since = %s WHERE rollout = %s AND node = %s",
        (outcome, since, id, node),
    )


def nodes(connection: Connection, id: str, after: str, limit: int) -> list[RolloutNode]:
    """By name."""
    found = connection.execute(
        "SELECT node, command, sent_at, outcome, since FROM rollout_node"
        " WHERE rollout = %s AND node > %s ORDER BY node LIMIT %s",
        (id, after, limit),
    )
    return [RolloutNode(**dict(zip(RolloutNode.__struct_fields__, row, strict=True))) for row in found]


def befores(connection: Connection, id: str) -> list[tuple[str, dict[str, Scalar]]]:
    """Every node that was sent it, and the settings that it replaced."""
    return connection.execute(
        "SELECT node, before FROM rollout_node WHERE rollout = %s ORDER BY node", (id,)
    ).fetchall()


def _line(row: tuple[Any, ...]) -> RolloutLine:
    return RolloutLine(
        id=row[0],
        title=row[1],
        market=row[2],
        tag=row[3],
        change=msgspec.convert(row[4], Change),
        plan=msgspec.convert(row[5], NewPlan),
        state=row[6],
        stage=row[7],
        reason=row[8],
        nodes=row[9],
        waiting=row[10][0],
        good=row[10][1],
        failed=row[10][2],
        silent=row[10][3],
        revision=row[11],
        created_at=row[12],
        created_by=row[13],
        changed_at=row[14],
    )
