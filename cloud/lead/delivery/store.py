"""Rows as the delivery worker sees them: requests that came, channels, deliveries that are due."""

from dataclasses import dataclass, field
from datetime import datetime

from cloud.lead.delivery.envelope import Envelope
from cloud.postgres import Connection

PLACE = """
INSERT INTO lead_delivery (tenant, lead, channel, next_at)
SELECT c.tenant, c.lead, h.channel, %(now)s FROM lead_case c
JOIN lead_channel h ON h.tenant = c.tenant AND h.enabled AND (h.market IS NULL OR h.market = c.market)
WHERE c.state IN ('new', 'waiting') ON CONFLICT DO NOTHING
"""
PLACED = """
UPDATE lead_case c SET state = CASE WHEN EXISTS (
    SELECT FROM lead_delivery d WHERE d.tenant = c.tenant AND d.lead = c.lead
) THEN 'due' ELSE 'waiting' END
WHERE c.state = 'new' OR (c.state = 'waiting' AND EXISTS (
    SELECT FROM lead_delivery d WHERE d.tenant = c.tenant AND d.lead = c.lead))
"""
# Few of each channel, so that one that hangs does not hold up the others; the rest is due in the next round.
TAKE = """
WITH ranked AS (
    SELECT d.lead, d.channel, row_number() OVER (PARTITION BY d.channel ORDER BY d.next_at, d.lead) AS place
    FROM lead_delivery d JOIN lead_channel h USING (tenant, channel)
    WHERE d.state = 'due' AND d.next_at <= %(now)s AND h.enabled
), chosen AS (
    SELECT d.tenant, d.lead, d.channel FROM lead_delivery d
    WHERE (d.lead, d.channel) IN (SELECT lead, channel FROM ranked WHERE place <= %(each)s)
        AND d.state = 'due' AND d.next_at <= %(now)s
    ORDER BY d.next_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
)
UPDATE lead_delivery d SET tries = d.tries + 1, last_at = %(now)s, next_at = %(lease)s
FROM chosen c WHERE d.tenant = c.tenant AND d.lead = c.lead AND d.channel = c.channel
RETURNING d.lead, d.channel, d.tries
"""
REQUEST = """
SELECT c.market, c.provider, c.language, c.at, l.consent, l.key, l.enc, l.sealed,
    p.line
FROM lead_case c
JOIN lead l ON l.tenant = c.tenant AND l.node = c.node AND l.epoch = c.epoch AND l.seq = c.seq
LEFT JOIN catalog_line p ON p.tenant = c.tenant AND p.market = c.market AND p.id = c.provider
    AND p.until_version IS NULL
WHERE c.lead = %s
"""


@dataclass(frozen=True)
class Taken:
    """A delivery that is this worker's for a while; `tries` with this one."""

    lead: str
    channel: str
    tries: int


@dataclass(frozen=True)
class Request:
    """A request, its contact still sealed; `line` is the provider's, where the catalogue has one."""

    market: str
    provider: str
    language: str
    at: datetime
    envelope: Envelope
    line: bytes | None


@dataclass(frozen=True)
class ChannelRow:
    """Where requests go."""

    channel: str
    kind: str
    url: str
    secret: str = field(repr=False)
    networks: tuple[str, ...] = ()


def place(connection: Connection, now: datetime) -> None:
    """A delivery for each channel of requests that have none; without a channel they wait."""
    connection.execute(PLACE, {"now": now})
    connection.execute(PLACED)


def take(connection: Connection, now: datetime, lease: datetime, each: int, most: int) -> list[Taken]:
    """Deliveries that are due, at most `each` of a channel; nobody else takes them before the lease ends."""
    rows = connection.execute(TAKE, {"now": now, "lease": lease, "each": each, "most": most})
    return [Taken(*row) for row in rows]


def request(connection: Connection, lead: str) -> Request | None:
    """A request; None where it was erased."""
    row = connection.execute(REQUEST, (lead,)).fetchone()
    if row is None:
        return None
    envelope = Envelope(lead, row[1], row[4], row[5], bytes(row[6]), bytes(row[7]))
    return Request(row[0], row[1], row[2], row[3], envelope, row[8] and row[8].encode())


def channels(connection: Connection) -> dict[str, ChannelRow]:
    """The tenant's channels that are on."""
    rows = connection.execute("SELECT channel, kind, url, secret, networks FROM lead_channel WHERE enabled")
    return {row[0]: ChannelRow(row[0], row[1], row[2], row[3], tuple(row[4])) for row in rows}


def record(
    connection: Connection,
    taken: Taken,
    state: str,
    next_at: datetime | None,
    said: tuple[int | None, str, str],
) -> None:
    """What became of a try; `said` is status, code and detail. Nothing where it was erased meanwhile."""
    connection.execute(
        "UPDATE lead_delivery SET state = %s, next_at = coalesce(%s, next_at), status = %s, code = %s,"
        " detail = %s WHERE lead = %s AND channel = %s AND tries = %s",
        (state, next_at, *said, taken.lead, taken.channel, taken.tries),
    )
    connection.execute(
        "UPDATE lead_case c SET state = (SELECT CASE WHEN count(*) = 0 THEN 'waiting'"
        " WHEN bool_or(d.state = 'due') THEN 'due'"
        " WHEN bool_or(d.state = 'dead') THEN 'dead' ELSE 'delivered' END FROM lead_delivery d"
        " WHERE d.tenant = c.tenant AND d.lead = c.lead) WHERE c.lead = %s",
        (taken.lead,),
    )


def turn_off(connection: Connection, channel: str, trouble: str) -> None:
    """The channel takes no more until somebody turns it on again."""
    connection.execute(
        "UPDATE lead_channel SET enabled = false, trouble = %s, revision = revision + 1 WHERE channel = %s",
        (trouble, channel),
    )
