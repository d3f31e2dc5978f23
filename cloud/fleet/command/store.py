"""Rows of commands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from cloud.fleet.command.wire import CommandLine
from cloud.postgres import Connection

LINE = (
    "SELECT id, node, kind, action, cause, state, issued_at, expires_at, tries, sent_at, ended_at, code,"
    " counts FROM command"
)


@dataclass(frozen=True)
class Due:
    """A command to be published now."""

    id: str
    node: str
    message: bytes
    expires_at: datetime


def add(connection: Connection, line: CommandLine, message: bytes) -> None:
    """A new one, due at once."""
    connection.execute(
        "INSERT INTO command (tenant, id, node, kind, action, message, cause, issued_at, expires_at, next_at)"
        " VALUES (prilavok_tenant(), %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            line.id,
            line.node,
            line.kind,
            Jsonb(line.action),
            message,
            line.cause,
            line.issued_at,
            line.expires_at,
            line.issued_at,
        ),
    )


def command(connection: Connection, id: str) -> CommandLine | None:
    """One of them."""
    row = connection.execute(f"{LINE} WHERE id = %s".encode(), (id,)).fetchone()
    return None if row is None else _line(row)


def commands(connection: Connection, node: str, below: str | None, limit: int) -> list[CommandLine]:
    """A node's, newest first; those issued before the one with that id."""
    query = (
        f"{LINE} WHERE node = %(node)s AND (%(below)s::text IS NULL OR (issued_at, id) <"  # noqa: S608
        " (SELECT issued_at, id FROM command WHERE id = %(below)s))"
        " ORDER BY issued_at DESC, id DESC LIMIT %(limit)s"
    )
    asked = {"node": node, "below": below, "limit": limit}
    return [_line(row) for row in connection.execute(query.encode(), asked)]


def supersede(connection: Connection, node: str, kind: str | None, now: datetime) -> None:
    """Those that are still open are not sent again; of one kind, where a newer one takes their place."""
    query = (
        "UPDATE command SET state = 'superseded', next_at = NULL, ended_at = %(now)s"
        " WHERE node = %(node)s AND (%(kind)s::text IS NULL OR kind = %(kind)s) AND ended_at IS NULL"
    )
    connection.execute(query.encode(), {"now": now, "node": node, "kind": kind})


def count_open(connection: Connection, node: str) -> int:
    """How many a node has still to carry out, as far as is known."""
    query = "SELECT count(*) FROM command WHERE node = %s AND ended_at IS NULL"
    row = connection.execute(query, (node,)).fetchone()
    return int(row[0]) if row else 0


def due(connection: Connection, now: datetime, limit: int) -> list[Due]:
    """Those to be published now: to nodes that are in and were not told yet, or are there and silent.

    A revocation goes to a node that still has an account.
    """
    found = connection.execute(
        "SELECT c.id, c.node, c.message, c.expires_at FROM command c JOIN node n USING (tenant, node)"
        " LEFT JOIN node_presence p USING (tenant, node)"
        " WHERE c.ended_at IS NULL AND c.next_at <= %(now)s AND c.expires_at > %(now)s"
        " AND n.broker_account IS NOT NULL AND (n.state = 'accepted' OR c.kind = 'revoke')"
        " AND (c.tries = 0 OR p.online IS TRUE) ORDER BY c.next_at LIMIT %(limit)s",
        {"now": now, "limit": limit},
    )
    return [Due(*row) for row in found]


def published(connection: Connection, id: str, now: datetime, first_s: int, most_s: int) -> None:
    """It went out; it is due again after a pause that doubles. A revocation is sent once."""
    connection.execute(
        "UPDATE command SET state = 'sent', sent_at = %(now)s, tries = tries + 1, next_at ="
        " CASE WHEN kind <> 'revoke' THEN %(now)s::timestamptz"
        " + least(%(first)s * 2 ^ least(tries, 20), %(most)s) * interval '1 second' END"
        " WHERE id = %(id)s AND ended_at IS NULL",
        {"id": id, "now": now, "first": first_s, "most": most_s},
    )


def receive(connection: Connection, now: datetime) -> list[CommandLine]:
    """Ends the commands whose receipts have come; a receipt of another node's command ends nothing."""
    found = connection.execute(
        "WITH ended AS (UPDATE command c SET state = r.outcome, code = r.code, counts = r.counts,"  # noqa: S608
        " next_at = NULL, ended_at = %s FROM receipt r"
        " WHERE c.ended_at IS NULL AND r.tenant = c.tenant AND r.command = c.id AND r.node = c.node"
        " RETURNING c.*)"
        f" {LINE.replace('FROM command', 'FROM ended')}",
        (now,),
    )
    return [_line(row) for row in found]


def expire(connection: Connection, now: datetime) -> int:
    """Ends those that nobody answered in time; how many."""
    done = connection.execute(
        "UPDATE command SET state = 'expired', next_at = NULL, ended_at = %s WHERE ended_at IS NULL"
        " AND expires_at <= %s",
        (now, now),
    )
    return done.rowcount


def _line(row: tuple[Any, ...]) -> CommandLine:
    names = CommandLine.__struct_fields__
    return CommandLine(**dict(zip(names, row, strict=True)))
