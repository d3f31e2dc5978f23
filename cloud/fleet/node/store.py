"""Rows of nodes, their keys, and what the broker is to know of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cloud.fleet.node.enrolment import Known, State
from cloud.fleet.node.wire import BrokerState, NewNode, NodeEdit, NodeLine, Presence
from cloud.postgres import Connection
from sync.identity import key_id

LINE = (
    "SELECT n.node, n.market, n.title, n.tags, n.state, n.state_reason, n.state_at, n.sign_key, n.account,"
    " n.broker_account, n.token_expires_at, n.token_used_at, n.joined_at, n.revision, n.created_at,"
    " p.online AND n.broker_account IS NOT NULL, p.seen_at, p.status"
    " FROM node n LEFT JOIN node_presence p USING (tenant, node)"
)


@dataclass(frozen=True)
class Wanted:
    """Which nodes a list is of."""

    market: str | None = None
    state: str | None = None
    tag: str | None = None


CHANNEL = "prilavok_fleet"
"""Where whoever looks after the fleet is told, at a commit, in which tenant there is something to do."""


@dataclass(frozen=True)
class Seat:
    """A node that is to have an account at the broker."""

    node: str
    market: str
    sign_key: bytes
    number: int


def node(connection: Connection, name: str, *, lock: bool = False) -> NodeLine | None:
    """One of them; `lock`: until the transaction ends."""
    query = f"{LINE} WHERE n.node = %s" + (" FOR UPDATE OF n" if lock else "")
    row = connection.execute(query.encode(), (name,)).fetchone()
    return None if row is None else _line(row)


def nodes(connection: Connection, wanted: Wanted, after: str, limit: int) -> list[NodeLine]:
    """By name, from after a name."""
    query = (
        f"{LINE} WHERE n.node > %(after)s AND (%(market)s::text IS NULL OR n.market = %(market)s)"
        " AND (%(state)s::text IS NULL OR n.state = %(state)s)"
        " AND (%(tag)s::text IS NULL OR %(tag)s = ANY (n.tags)) ORDER BY n.node LIMIT %(limit)s"
    )
    asked = {
        "after": after,
        "limit": limit,
        "market": wanted.market,
        "state": wanted.state,
        "tag": wanted.tag,
    }
    return [_line(row) for row in connection.execute(query.encode(), asked)]


def add(connection: Connection, wanted: NewNode) -> bool:
    """Whether the name was free. There is no file for it yet."""
    done = connection.execute(
        "INSERT INTO node (tenant, node, market, title, tags) VALUES (prilavok_tenant(), %s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (wanted.node, wanted.market, wanted.title, list(wanted.tags)),
    )
    return done.rowcount == 1


def edit(connection: Connection, name: str, change: NodeEdit) -> None:
    """Sets what is not None."""
    tags = None if change.tags is None else list(change.tags)
    connection.execute(
        "UPDATE node SET title = coalesce(%s, title), tags = coalesce(%s, tags), revision = revision + 1"
        " WHERE node = %s",
        (change.title, tags, name),
    )


def move(connection: Connection, name: str, market: str) -> None:
    """To another market: its account is made anew, with the same password and other rights."""
    connection.execute("UPDATE node SET market = %s, broker_account = NULL WHERE node = %s", (market, name))
    poke(connection)


def set_file(connection: Connection, name: str, digest: str, expires: datetime, accept: bool) -> None:
    """The token of the node's newest file; older files are void."""
    connection.execute(
        "UPDATE node SET token_digest = %s, token_expires_at = %s, token_used_at = NULL, auto_accept = %s,"
        " revision = revision + 1 WHERE node = %s",
        (digest, expires, accept, name),
    )


def set_state(connection: Connection, name: str, state: State, reason: str, now: datetime) -> None:
    """Where the node stands. One that is kept out gets another account if it ever comes back."""
    connection.execute(
        "UPDATE node SET state = %(state)s, state_reason = %(reason)s, state_at = %(now)s,"
        " account = account + CASE WHEN %(state)s IN ('rejected', 'revoked') THEN 1 ELSE 0 END,"
        " revision = revision + 1 WHERE node = %(node)s",
        {"state": state, "reason": reason, "now": now, "node": name},
    )
    poke(connection)


def void_file(connection: Connection, name: str, now: datetime) -> None:
    """A file that was not used opens nothing any more."""
    connection.execute(
        "UPDATE node SET token_expires_at = least(token_expires_at, %s) WHERE node = %s"
        " AND token_used_at IS NULL",
        (now, name),
    )


def known(connection: Connection, name: str) -> Known | None:
    """What joining is decided by; locked until the transaction ends."""
    row = connection.execute(
        "SELECT state, auto_accept, sign_key, seal_key, token_digest, token_expires_at, token_used_at"
        " FROM node WHERE node = %s FOR UPDATE",
        (name,),
    ).fetchone()
    return None if row is None else Known(*row)


def bind(connection: Connection, name: str, sign_key: bytes, seal_key: bytes, now: datetime) -> None:
    """The node's keys from now on; its token is used."""
    connection.execute(
        "UPDATE node SET sign_key = %s, seal_key = %s, token_used_at = %s, joined_at = %s,"
        " account = account + 1, revision = revision + 1 WHERE node = %s",
        (sign_key, seal_key, now, now, name),
    )
    remember(connection, name, (sign_key,), now)
    poke(connection)


def remember(connection: Connection, name: str, sign_keys: Sequence[bytes], now: datetime) -> None:
    """The node signs or signed with these: what it sealed under them can be opened."""
    for sign_key in sign_keys:
        connection.execute(
            "INSERT INTO node_key (tenant, node, sign_key, since) VALUES (prilavok_tenant(), %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (name, sign_key, now),
        )


def key_elsewhere(connection: Connection, name: str, sign_keys: Sequence[bytes]) -> str | None:
    """Another node that has or had one of these keys."""
    row = connection.execute(
        "SELECT node FROM node_key WHERE sign_key = ANY (%s) AND node <> %s LIMIT 1", (list(sign_keys), name)
    ).fetchone()
    return None if row is None else row[0]


def seats(connection: Connection) -> list[Seat]:
    """Every node that is to have an account."""
    found = connection.execute(
        "SELECT node, market, sign_key, account FROM node WHERE state = 'accepted' AND sign_key IS NOT NULL"
    )
    return [Seat(*row) for row in found]


def seat(connection: Connection, name: str) -> tuple[Seat | None, int | None]:
    """The account that a node is to have, and the number of the one it has as far as is known."""
    row = connection.execute(
        "SELECT node, market, sign_key, account, state = 'accepted' AND sign_key IS NOT NULL, broker_account"
        " FROM node WHERE node = %s",
        (name,),
    ).fetchone()
    if row is None:
        return None, None
    return (Seat(*row[:4]) if row[4] else None), row[5]


def heard(connection: Connection, name: str, number: int | None) -> None:
    """The account that the broker has now."""
    connection.execute(
        "UPDATE node SET broker_account = %(number)s WHERE node = %(node)s"
        " AND broker_account IS DISTINCT FROM %(number)s::int",
        {"number": number, "node": name},
    )


def poke(connection: Connection) -> None:
    """With the commit, tells whoever looks after the fleet that this tenant has something to do."""
    connection.execute("SELECT pg_notify(%s, prilavok_tenant())", (CHANNEL,))


def unsettled(connection: Connection) -> list[tuple[str, Seat | None, int | None]]:
    """Nodes whose account is not what it is to be: name, account to be, number of the one the broker has."""
    found = connection.execute(
        "SELECT node, market, sign_key, account, state = 'accepted' AND sign_key IS NOT NULL, broker_account"
        " FROM node WHERE broker_account IS DISTINCT FROM"
        " CASE WHEN state = 'accepted' AND sign_key IS NOT NULL THEN account END ORDER BY node"
    )
    return [(row[0], Seat(*row[:4]) if row[4] else None, row[5]) for row in found]


def _line(row: tuple[Any, ...]) -> NodeLine:
    presence = None
    if row[15] is not None:
        presence = Presence(online=row[15], seen_at=row[16], status=row[17])
    return NodeLine(
        node=row[0],
        market=row[1],
        title=row[2],
        tags=tuple(row[3]),
        state=row[4],
        state_reason=row[5],
        state_at=row[6],
        key=key_id(row[7]) if isinstance(row[7], bytes) else None,
        broker=_broker(row[4] == "accepted" and row[7] is not None, row[8], row[9]),
        file_expires_at=row[10],
        file_used_at=row[11],
        joined_at=row[12],
        revision=row[13],
        created_at=row[14],
        presence=presence,
    )


def _broker(wanted: bool, number: object, has: object) -> BrokerState:
    if wanted:
        return "open" if has == number else "opening"
    return "closed" if has is None else "closing"
