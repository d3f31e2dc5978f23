"""The audit log's rows. The role that writes them can neither change nor delete any."""

from collections.abc import Mapping
from datetime import datetime

from psycopg.types.json import Jsonb

from cloud.account.wire import AuditLine
from cloud.postgres import Connection


def append(
    connection: Connection,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
) -> None:
    """Adds a line."""
    connection.execute(
        "INSERT INTO audit (tenant, at, actor, action, subject, before, after)"
        " VALUES (prilavok_tenant(), %s, %s, %s, %s, %s, %s)",
        (at, actor, action, subject, before and Jsonb(before), after and Jsonb(after)),
    )


def lines(connection: Connection, subject: str | None, below: int | None, limit: int) -> list[AuditLine]:
    """The newest lines first; of one subject where one is named; below an id to go on."""
    found = connection.execute(
        "SELECT id, at, actor, action, subject, before, after FROM audit"
        " WHERE (%(subject)s::text IS NULL OR subject = %(subject)s)"
        " AND (%(below)s::bigint IS NULL OR id < %(below)s) ORDER BY id DESC LIMIT %(limit)s",
        {"subject": subject, "below": below, "limit": limit},
    )
    return [
        AuditLine(
            id=row[0], at=row[1], actor=row[2], action=row[3], subject=row[4], before=row[5], after=row[6]
        )
        for row in found
    ]
