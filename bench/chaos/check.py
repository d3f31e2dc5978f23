"""The checker: callers' journals against the hub's rows, by plain SQL. Shares no code with node or hub.

lost         acknowledged by a node's service, and in no row of the hub
duplicated   in more than one row
reordered    a session's record that stands before one said earlier
invented     in a row, and never said
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

# A whole node gives its answers ids of its own; what was said over HTTP names itself in brackets.
ROWS = r"""
SELECT coalesce(substring(said.words FROM '\[([a-z0-9.]+)\]'), said.id) FROM (
    SELECT node, epoch, seq, question AS words, answer AS id FROM chat_turn
    UNION ALL SELECT node, epoch, seq, reason, answer FROM feedback
    UNION ALL SELECT node, epoch, seq, '', id FROM lead
) said JOIN outbox USING (node, epoch) ORDER BY node, began_at, seq
"""
UNPROJECTED = """
SELECT count(*) FROM outbox o LEFT JOIN projection p USING (tenant, node, epoch)
WHERE o.settled <> coalesce(p.done, '{}')
"""
JOINED = "SELECT count(*) FROM node WHERE state = 'accepted' AND sign_key IS NOT NULL"
COUNTS = {
    "quarantined": "SELECT count(*) FROM quarantine",
    "twins": "SELECT count(*) FROM raw_twin",
    "nodes_out": "SELECT count(*) FROM node WHERE state <> 'accepted'",
    "noticed": "SELECT count(*) FROM ingest_event WHERE kind = 'restored'",
}


@dataclass(frozen=True)
class Line:
    """One line of a journal."""

    id: str
    session: str
    order: int


@dataclass
class Verdict:
    """What was found; a few of each kind by name."""

    kept: int = 0
    arrived: int = 0
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    reordered: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)


def journal(folder: Path, what: str) -> dict[str, Line]:
    """The journals of all callers, `said` or `kept`, by id. A line cut short was not acknowledged."""
    found: dict[str, Line] = {}
    for path in sorted(folder.glob(f"*.{what}")):
        for text in path.read_text(encoding="utf-8").split("\n")[:-1]:
            id, session, order, _kind = text.split("\t")
            if id in found:
                raise ValueError(f"{path} has {id} twice")
            found[id] = Line(id, session, int(order))
    return found


def arrived(address: str) -> list[str]:
    """The ids in the hub's rows, in the order in which each node told them."""
    with psycopg.connect(address) as connection:
        return [row[0] for row in connection.execute(ROWS).fetchall()]


def unprojected(address: str) -> int:
    """Outboxes of which something is stored and not in rows yet."""
    with psycopg.connect(address) as connection:
        return int(_one(connection, UNPROJECTED))


def joined(address: str) -> int:
    """How many nodes the hub has let in and knows the keys of."""
    with psycopg.connect(address) as connection:
        return int(_one(connection, JOINED))


def counts(address: str) -> dict[str, int]:
    """What the hub noticed: should be nothing but its own restores."""
    with psycopg.connect(address) as connection:
        return {name: int(_one(connection, query)) for name, query in COUNTS.items()}


def _one(connection: "psycopg.Connection[tuple[int, ...]]", query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def judge(said: dict[str, Line], kept: dict[str, Line], rows: list[str]) -> Verdict:
    """The verdict. What a node kept and could not say any more may have arrived: it is no duplicate."""
    times = Counter(rows)
    verdict = Verdict(kept=len(kept), arrived=len(times))
    verdict.lost = sorted(id for id in kept if id not in times)
    verdict.duplicated = sorted(id for id, count in times.items() if count > 1)
    verdict.invented = sorted(id for id in times if id not in said)
    latest: dict[str, int] = {}
    for id in dict.fromkeys(rows):
        line = said.get(id)
        if line is None:
            continue
        if line.order < latest.get(line.session, -1):
            verdict.reordered.append(id)
        latest[line.session] = max(line.order, latest.get(line.session, -1))
    return verdict
