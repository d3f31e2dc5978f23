"""Rows of desired settings."""

from datetime import datetime

from psycopg.types.json import Jsonb

from cloud.fleet.desired.wire import SettingsLine, Standing
from cloud.postgres import Connection
from sync.record import Scalar

STANDING: dict[str | None, Standing] = {"done": "kept", "failed": "failed", "refused": "refused"}


def settings(connection: Connection, node: str) -> SettingsLine:
    """A node's; version 0 where none were set."""
    row = connection.execute(
        "SELECT s.version, s.settings, s.set_at, s.set_by, (p.status ->> 'settings')::bigint,"
        " (SELECT c.state FROM command c WHERE c.node = n.node AND c.kind = 'settings'"
        "  AND (c.action ->> 'version')::bigint = s.version ORDER BY c.issued_at DESC LIMIT 1)"
        " FROM node n LEFT JOIN node_settings s USING (tenant, node)"
        " LEFT JOIN node_presence p USING (tenant, node) WHERE n.node = %s",
        (node,),
    ).fetchone()
    if row is None or row[0] is None:
        reported = row[4] if row else None
        return SettingsLine(
            node=node, version=0, values={}, reported=reported, standing="unset", set_at=None, set_by=""
        )
    return SettingsLine(
        node=node,
        version=row[0],
        values=row[1],
        reported=row[4],
        standing="in force" if (row[4] or 0) >= row[0] else STANDING.get(row[5], "under way"),
        set_at=row[2],
        set_by=row[3],
    )


def put(
    connection: Connection, node: str, version: int, values: dict[str, Scalar], now: datetime, by: str
) -> None:
    """The node's from now on."""
    connection.execute(
        "INSERT INTO node_settings (tenant, node, version, settings, set_at, set_by)"
        " VALUES (prilavok_tenant(), %(node)s, %(version)s, %(values)s, %(now)s, %(by)s)"
        " ON CONFLICT (tenant, node) DO UPDATE SET version = excluded.version,"
        " settings = excluded.settings, set_at = excluded.set_at, set_by = excluded.set_by",
        {"node": node, "version": version, "values": Jsonb(values), "now": now, "by": by},
    )


def behind(connection: Connection, limit: int) -> list[str]:
    """Nodes that are in, say they run older settings than they are to, and have no command under way.

    One that took them since it started is not behind: some wait for its next start. One that refused them is
    not asked again.
    """
    found = connection.execute(
        "SELECT s.node FROM node_settings s JOIN node n USING (tenant, node)"
        " JOIN node_presence p USING (tenant, node)"
        " WHERE n.state = 'accepted' AND p.online"
        " AND coalesce((p.status ->> 'settings')::bigint, 0) < s.version"
        " AND NOT EXISTS (SELECT FROM command c WHERE c.tenant = s.tenant AND c.node = s.node"
        "  AND c.kind = 'settings' AND (c.ended_at IS NULL OR c.issued_at > p.seen_at"
        "   OR (c.action ->> 'version')::bigint = s.version AND (c.state IN ('failed', 'refused')"
        "    OR EXISTS (SELECT FROM receipt r WHERE r.command = c.id AND r.node = c.node"
        "     AND r.outcome = 'done' AND r.boot = p.status -> 'at' ->> 'boot'))))"
        " ORDER BY s.node LIMIT %s",
        (limit,),
    )
    return [row[0] for row in found]
