"""Rows of requests and channels as the interface sees them: all but contacts and secrets."""

from dataclasses import dataclass
from typing import Any

from cloud.lead.wire import ChannelLine, DeliveryLine, LeadLine, State
from cloud.postgres import Connection

CASE = "lead, market, provider, language, node, at, received_at, state, copies"
CHANNEL = "channel, kind, market, url, enabled, networks, trouble, revision, created_at"
DELIVERIES = (
    "SELECT lead, channel, state, tries, next_at, last_at, status, code, detail FROM lead_delivery"
    " WHERE lead = ANY(%s) ORDER BY lead, channel"
)
AGAIN = """
UPDATE lead_delivery SET state = 'due', tries = 0, next_at = now()
WHERE state = ANY(%(states)s) AND (%(lead)s::text IS NULL OR lead = %(lead)s)
RETURNING lead
"""


@dataclass(frozen=True)
class Wanted:
    """Which requests are listed."""

    state: State | None = None
    market: str | None = None
    below: str | None = None
    limit: int = 50


def leads(connection: Connection, wanted: Wanted) -> list[LeadLine]:
    """The newest first; those that came before the one named by `below`."""
    rows = connection.execute(
        f"SELECT {CASE} FROM lead_case WHERE (%(state)s::text IS NULL OR state = %(state)s)"  # noqa: S608
        " AND (%(market)s::text IS NULL OR market = %(market)s)"
        " AND (%(below)s::text IS NULL OR (received_at, lead) <"
        " (SELECT received_at, lead FROM lead_case WHERE lead = %(below)s))"
        " ORDER BY received_at DESC, lead DESC LIMIT %(limit)s",
        {"state": wanted.state, "market": wanted.market, "below": wanted.below, "limit": wanted.limit},
    ).fetchall()
    found = _deliveries(connection, [row[0] for row in rows])
    return [_lead(row, found.get(row[0], ())) for row in rows]


def lead(connection: Connection, id: str) -> LeadLine | None:
    """One of them."""
    row = connection.execute(
        f"SELECT {CASE} FROM lead_case WHERE lead = %s",  # noqa: S608 (names are ours)
        (id,),
    ).fetchone()
    return None if row is None else _lead(row, _deliveries(connection, [id]).get(id, ()))


def retry(connection: Connection, id: str | None, states: tuple[str, ...]) -> int:
    """Deliveries of one request, or of all, that are tried again from the start; how many."""
    rows = connection.execute(AGAIN, {"lead": id, "states": list(states)}).fetchall()
    connection.execute("UPDATE lead_case SET state = 'due' WHERE lead = ANY(%s)", ([row[0] for row in rows],))
    connection.execute("SELECT pg_notify('prilavok_lead', prilavok_tenant())")
    return len(rows)


def channels(connection: Connection, after: str, limit: int) -> list[ChannelLine]:
    """By name."""
    rows = connection.execute(
        f"SELECT {CHANNEL} FROM lead_channel WHERE channel > %s ORDER BY channel LIMIT %s",  # noqa: S608
        (after, limit),
    )
    return [_channel(row) for row in rows]


def channel(connection: Connection, name: str, *, lock: bool = False) -> ChannelLine | None:
    """One of them."""
    query = f"SELECT {CHANNEL} FROM lead_channel WHERE channel = %s"  # noqa: S608 (names are ours)
    row = connection.execute((query + (" FOR UPDATE" if lock else "")).encode(), (name,)).fetchone()
    return None if row is None else _channel(row)


def add_channel(connection: Connection, line: ChannelLine, secret: str) -> bool:
    """Whether it is new."""
    done = connection.execute(
        "INSERT INTO lead_channel (tenant, channel, kind, market, url, secret, networks, created_at)"
        " VALUES (prilavok_tenant(), %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (line.channel, line.kind, line.market, line.url, secret, list(line.networks), line.created_at),
    )
    connection.execute("SELECT pg_notify('prilavok_lead', prilavok_tenant())")
    return done.rowcount == 1


def edit_channel(connection: Connection, line: ChannelLine, secret: str | None) -> None:
    """As the line says; another secret where one is given."""
    connection.execute(
        "UPDATE lead_channel SET url = %s, enabled = %s, networks = %s, trouble = %s, revision = revision + 1"
        " WHERE channel = %s",
        (line.url, line.enabled, list(line.networks), line.trouble, line.channel),
    )
    if secret is not None:
        connection.execute("UPDATE lead_channel SET secret = %s WHERE channel = %s", (secret, line.channel))
    connection.execute("SELECT pg_notify('prilavok_lead', prilavok_tenant())")


def delete_channel(connection: Connection, name: str) -> bool:
    """Whether it was there. Requests that were on their way to it alone wait for another."""
    done = connection.execute("DELETE FROM lead_channel WHERE channel = %s", (name,))
    connection.execute(
        "UPDATE lead_case c SET state = 'waiting' WHERE c.state IN ('due', 'dead') AND NOT EXISTS"
        " (SELECT FROM lead_delivery d WHERE d.tenant = c.tenant AND d.lead = c.lead)"
    )
    return done.rowcount == 1


def _deliveries(connection: Connection, ids: list[str]) -> dict[str, tuple[DeliveryLine, ...]]:
    found: dict[str, tuple[DeliveryLine, ...]] = {}
    for row in connection.execute(DELIVERIES, (ids,)):
        line = DeliveryLine(
            channel=row[1],
            state=row[2],
            tries=row[3],
            next_at=row[4] if row[2] == "due" else None,
            last_at=row[5],
            status=row[6],
            code=row[7],
            detail=row[8],
        )
        found[row[0]] = (*found.get(row[0], ()), line)
    return found


def _lead(row: tuple[Any, ...], deliveries: tuple[DeliveryLine, ...]) -> LeadLine:
    names = ("id", "market", "provider", "language", "node", "at", "received_at", "state", "copies")
    return LeadLine(**dict(zip(names, row, strict=True)), deliveries=deliveries)


def _channel(row: tuple[Any, ...]) -> ChannelLine:
    names = CHANNEL.split(", ")
    return ChannelLine(**{**dict(zip(names, row, strict=True)), "networks": tuple(row[5])})
