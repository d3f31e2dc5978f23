"""Rows of operators, tokens, failed logins and repeated requests."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cloud.account.role import Role
from cloud.account.wire import OperatorLine, TokenLine
from cloud.postgres import Connection

OPERATOR = "operator, role, enabled, revision, created_at"
TOKEN = "id, operator, role, title, created_at, expires_at, revoked_at, used_at"


@dataclass(frozen=True)
class Kept:
    """An operator as kept: with the password's hash."""

    line: OperatorLine
    password: str | None


@dataclass(frozen=True)
class Bearer:
    """A token that was found, and whose it is. `enabled` and `ceiling` are the operator's, now."""

    line: TokenLine
    enabled: bool
    ceiling: Role


def operator(connection: Connection, name: str, *, lock: bool = False) -> Kept | None:
    """One operator; `lock`: until the transaction ends."""
    query = f"SELECT {OPERATOR}, password FROM operator WHERE operator = %s"  # noqa: S608
    row = connection.execute(query + (" FOR UPDATE" if lock else ""), (name,)).fetchone()
    return None if row is None else Kept(_operator(row), row[5])


def operators(connection: Connection, after: str, limit: int) -> list[OperatorLine]:
    """By name, from after a name."""
    query = f"SELECT {OPERATOR} FROM operator WHERE operator > %s ORDER BY operator LIMIT %s"  # noqa: S608
    return [_operator(row) for row in connection.execute(query, (after, limit))]


def add_operator(connection: Connection, name: str, role: Role, password: str | None) -> bool:
    """Whether the name was free."""
    done = connection.execute(
        "INSERT INTO operator (tenant, operator, role, password) VALUES (prilavok_tenant(), %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (name, role, password),
    )
    return done.rowcount == 1


def change_operator(
    connection: Connection, name: str, role: Role | None, password: str | None, enabled: bool | None
) -> None:
    """Sets what is not None, and counts the revision up."""
    connection.execute(
        "UPDATE operator SET role = coalesce(%s, role), password = coalesce(%s, password),"
        " enabled = coalesce(%s, enabled), revision = revision + 1 WHERE operator = %s",
        (role, password, enabled, name),
    )


def count_admins(connection: Connection) -> int:
    """How many there are who can log in."""
    row = connection.execute("SELECT count(*) FROM operator WHERE role = 'admin' AND enabled").fetchone()
    return int(row[0]) if row else 0


def add_token(connection: Connection, line: TokenLine, digest: str) -> None:
    """A new token's digest."""
    connection.execute(
        "INSERT INTO api_token (tenant, id, operator, role, title, digest, created_at, expires_at)"
        " VALUES (prilavok_tenant(), %s, %s, %s, %s, %s, %s, %s)",
        (line.id, line.operator, line.role, line.title, digest, line.created_at, line.expires_at),
    )


def bearer(connection: Connection, digest: str) -> Bearer | None:
    """The token with that digest."""
    row = connection.execute(
        "SELECT t.id, t.operator, t.role, t.title, t.created_at, t.expires_at, t.revoked_at, t.used_at,"
        " o.enabled, o.role FROM api_token t JOIN operator o USING (tenant, operator) WHERE t.digest = %s",
        (digest,),
    ).fetchone()
    return None if row is None else Bearer(_token(row), row[8], row[9])


def tokens(connection: Connection, operator: str | None, after: str, limit: int) -> list[TokenLine]:
    """By id, from after an id; one operator's where one is named."""
    query = (
        f"SELECT {TOKEN} FROM api_token WHERE (%(operator)s::text IS NULL OR operator = %(operator)s)"  # noqa: S608
        " AND id > %(after)s ORDER BY id LIMIT %(limit)s"
    )
    found = connection.execute(query, {"operator": operator, "after": after, "limit": limit})
    return [_token(row) for row in found]


def use_token(connection: Connection, id: str, now: datetime) -> None:
    """Notes when it was last used, to the minute, so that reading costs few writes."""
    connection.execute(
        "UPDATE api_token SET used_at = %(now)s WHERE id = %(id)s"
        " AND (used_at IS NULL OR used_at < %(now)s::timestamptz - interval '1 minute')",
        {"now": now, "id": id},
    )


def revoke_token(connection: Connection, id: str, now: datetime, operator: str | None) -> TokenLine | None:
    """The token, revoked now or before; only that operator's where one is named."""
    query = (
        "UPDATE api_token SET revoked_at = coalesce(revoked_at, %(now)s) WHERE id = %(id)s"  # noqa: S608
        f" AND (%(operator)s::text IS NULL OR operator = %(operator)s) RETURNING {TOKEN}"
    )
    row = connection.execute(query, {"now": now, "id": id, "operator": operator}).fetchone()
    return None if row is None else _token(row)


def revoke_tokens_of(connection: Connection, operator: str, now: datetime) -> None:
    """All of an operator's."""
    connection.execute(
        "UPDATE api_token SET revoked_at = %s WHERE operator = %s AND revoked_at IS NULL", (now, operator)
    )


def owner_known(connection: Connection) -> bool:
    """Whether the transaction's tenant is one, or the hub."""
    row = connection.execute(
        "SELECT prilavok_tenant() = '@hub' OR EXISTS (SELECT FROM tenant WHERE tenant = prilavok_tenant())"
    ).fetchone()
    return bool(row and row[0])


def wait_until(connection: Connection, bucket: int) -> datetime | None:
    """Until when nobody of that bucket may try to log in."""
    row = connection.execute("SELECT wait_until FROM login_failure WHERE bucket = %s", (bucket,)).fetchone()
    return None if row is None else row[0]


def count_failure(connection: Connection, bucket: int, now: datetime, free: int, most_s: int) -> None:
    """One more try: after `free` of them each doubles the wait, up to `most_s`."""
    connection.execute(
        "INSERT INTO login_failure AS f (tenant, bucket, failures, wait_until)"
        " VALUES (prilavok_tenant(), %(bucket)s, 1, %(now)s)"
        " ON CONFLICT (tenant, bucket) DO UPDATE SET failures = f.failures + 1, wait_until = %(now)s +"
        " CASE WHEN f.failures < %(free)s THEN interval '0' ELSE"
        " least(%(most)s, 2 ^ least(f.failures - %(free)s + 1, 20)) * interval '1 second' END",
        {"bucket": bucket, "now": now, "free": free, "most": most_s},
    )


def forget_failures(connection: Connection, bucket: int) -> None:
    """After a login that succeeded."""
    connection.execute("DELETE FROM login_failure WHERE bucket = %s", (bucket,))


def claim(connection: Connection, key: str, request: str, now: datetime) -> tuple[str, str | None] | None:
    """None: the key is new and now this request's. Else the request that had it, and what that one made.

    A request under way with the same key is waited for.
    """
    connection.execute("DELETE FROM repeated WHERE at < %s::timestamptz - interval '1 day'", (now,))
    done = connection.execute(
        "INSERT INTO repeated (tenant, key_digest, request_digest, at)"
        " VALUES (prilavok_tenant(), %s, %s, %s) ON CONFLICT DO NOTHING",
        (key, request, now),
    )
    if done.rowcount:
        return None
    row = connection.execute(
        "SELECT request_digest, subject FROM repeated WHERE key_digest = %s", (key,)
    ).fetchone()
    return (row[0], row[1]) if row else None


def settle(connection: Connection, key: str, subject: str) -> None:
    """What the request with that key made."""
    connection.execute("UPDATE repeated SET subject = %s WHERE key_digest = %s", (subject, key))


def _operator(row: tuple[Any, ...]) -> OperatorLine:
    return OperatorLine(
        operator=row[0],
        role=row[1],
        enabled=row[2],
        revision=row[3],
        created_at=row[4],
    )


def _token(row: tuple[Any, ...]) -> TokenLine:
    names = TokenLine.__struct_fields__
    return TokenLine(**dict(zip(names, row[: len(names)], strict=True)))
