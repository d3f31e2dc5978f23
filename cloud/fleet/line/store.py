"""Reads how nodes stand: presence, outboxes, refusals, quarantine, commands."""

from typing import Any

from cloud.fleet.line.wire import Event, LineStatus
from cloud.postgres import Connection

COUNT = "(SELECT coalesce(sum(upper(r) - lower(r)), 0) FROM outbox o, unnest(o.{0}) r WHERE o.node = n.node)"
STATUS = (
    "SELECT n.node, n.market, n.state, p.online AND n.broker_account IS NOT NULL,"  # noqa: S608
    " p.seen_at, p.status, s.version,"
    f" {COUNT.format('settled')}, {COUNT.format('lost')},"
    " (SELECT jsonb_object_agg(f.code, f.count) FROM ingest_refusal f WHERE f.node = n.node),"
    " (SELECT count(*) FROM quarantine q WHERE q.node = n.node),"
    " (SELECT count(*) FROM command c WHERE c.node = n.node AND c.ended_at IS NULL)"
    " FROM node n LEFT JOIN node_presence p USING (tenant, node)"
    " LEFT JOIN node_settings s USING (tenant, node)"
    " WHERE n.node > %s ORDER BY n.node LIMIT %s"
)


def statuses(connection: Connection, after: str, limit: int) -> list[LineStatus]:
    """By name, from after a name."""
    return [_status(row) for row in connection.execute(STATUS.encode(), (after, limit))]


def events(connection: Connection, limit: int = 20) -> list[Event]:
    """The latest."""
    found = connection.execute(
        "SELECT at, node, kind, detail FROM ingest_event ORDER BY id DESC LIMIT %s", (limit,)
    )
    return [Event(at=row[0], node=row[1], kind=row[2], detail=row[3]) for row in found]


def _status(row: tuple[Any, ...]) -> LineStatus:
    said: dict[str, Any] = row[5] or {}
    outbox: dict[str, dict[str, int]] = said.get("outbox") or {}
    return LineStatus(
        node=row[0],
        market=row[1],
        state=row[2],
        online=row[3],
        seen_at=row[4],
        catalog=said.get("catalog", 0) if said else None,
        settings=(said.get("settings", 0) if said else None, row[6] or 0),
        waiting={name: depth.get("records", 0) for name, depth in outbox.items()},
        dropped={name: depth.get("dropped", 0) for name, depth in outbox.items()},
        troubles=tuple(said.get("troubles") or ()),
        stored=int(row[7]),
        lost=int(row[8]),
        refused=row[9] or {},
        unread=row[10],
        open_commands=row[11],
    )
